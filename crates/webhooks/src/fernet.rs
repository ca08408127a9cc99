//! Secrets at rest: Fernet, version 0x80, as Python's `cryptography` writes and reads it, so that MLflow can share the rows.
//! AES-128-CBC with PKCS #7 padding, then HMAC-SHA256 over all that comes before it, in URL-safe base64.

use aes::Aes128;
use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use model::{Clock, Entropy};
use sha2::Sha256;
use std::fmt;

const VERSION: u8 = 0x80;
const IV_BYTES: usize = 16;
/// Version, seconds since the epoch, initialization vector.
const HEAD_BYTES: usize = 1 + 8 + IV_BYTES;
const MAC_BYTES: usize = 32;
/// Bytes of a secret at the most: its token then still fits the column of 1,000 characters that MLflow gives it.
pub const MAX_SECRET_BYTES: usize = 687;

/// A key for secrets at rest: `MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY`.
#[derive(Clone)]
pub struct EncryptionKey {
    signing: [u8; 16],
    encryption: [u8; 16],
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncryptionKey([hidden])")
    }
}

impl PartialEq for EncryptionKey {
    fn eq(&self, other: &Self) -> bool {
        use subtle::ConstantTimeEq;
        (self.signing.ct_eq(&other.signing) & self.encryption.ct_eq(&other.encryption)).into()
    }
}

impl Eq for EncryptionKey {}

/// No key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be 32 bytes in URL-safe base64, as `Fernet.generate_key()` of Python's cryptography makes them"
)]
pub struct BadKey;

/// Not written with this key, or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret was encrypted with another key, or is damaged")]
pub struct BadToken;

impl EncryptionKey {
    /// Reads a key. As in Python, the letters of plain base64 will do.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim_ascii().replace('+', "-").replace('/', "_");
        let bytes = URL_SAFE.decode(text).map_err(|_| BadKey)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| BadKey)?;
        let (mut signing, mut encryption) = ([0; 16], [0; 16]);
        signing.copy_from_slice(&bytes[..16]);
        encryption.copy_from_slice(&bytes[16..]);
        Ok(Self { signing, encryption })
    }

    /// A new key, as text.
    pub fn generate(entropy: &dyn Entropy) -> String {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        URL_SAFE.encode(bytes)
    }

    fn mac(&self) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        Hmac::new_from_slice(&self.signing).expect("a key of any length")
    }

    /// The token of a secret.
    pub fn encrypt(&self, secret: &str, clock: &dyn Clock, entropy: &dyn Entropy) -> String {
        let mut iv = [0; IV_BYTES];
        entropy.fill(&mut iv);
        let seconds = u64::try_from(clock.now() / 1000).unwrap_or_default();
        let mut token = Vec::with_capacity(HEAD_BYTES + secret.len() + IV_BYTES + MAC_BYTES);
        token.push(VERSION);
        token.extend(seconds.to_be_bytes());
        token.extend(iv);
        let cipher = cbc::Encryptor::<Aes128>::new(&self.encryption.into(), &iv.into());
        token.extend(cipher.encrypt_padded_vec::<Pkcs7>(secret.as_bytes()));
        let mac = self.mac().chain_update(&token).finalize().into_bytes();
        token.extend(mac);
        URL_SAFE.encode(token)
    }

    /// The secret of a token, whatever its age.
    ///
    /// # Errors
    /// When the token was not written with this key.
    pub fn decrypt(&self, token: &str) -> Result<String, BadToken> {
        let token = URL_SAFE.decode(token).map_err(|_| BadToken)?;
        let (signed, mac) = token.split_last_chunk::<MAC_BYTES>().ok_or(BadToken)?;
        // Before anything else is looked at.
        self.mac().chain_update(signed).verify_slice(mac).map_err(|_| BadToken)?;
        let (head, ciphertext) = signed.split_first_chunk::<HEAD_BYTES>().ok_or(BadToken)?;
        let (before_iv, iv) = head.split_last_chunk::<IV_BYTES>().ok_or(BadToken)?;
        if before_iv.first() != Some(&VERSION) {
            return Err(BadToken);
        }
        let cipher = cbc::Decryptor::<Aes128>::new(&self.encryption.into(), &(*iv).into());
        let secret = cipher.decrypt_padded_vec::<Pkcs7>(ciphertext).map_err(|_| BadToken)?;
        String::from_utf8(secret).map_err(|_| BadToken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Millis, SystemEntropy};

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// Made by `cryptography.fernet.Fernet(KEY)._encrypt_from_parts("sécret", 1700000000, bytes(range(16)))`.
    const OF_PYTHON: &str = "gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD-K0CQb8mUS-rCLCI91TSyAJEX6r91SEfEzu9Me_a6YRwpAgvnxmb1fGykYsWu3xZA==";

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Millis {
            1_700_000_000_999
        }
    }

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.iter_mut().zip(0..).for_each(|(byte, value)| *byte = value);
        }
    }

    fn key() -> EncryptionKey {
        EncryptionKey::parse(KEY).unwrap()
    }

    #[test]
    fn a_token_is_the_one_that_python_writes() {
        assert_eq!(key().encrypt("sécret", &Fixed, &Fixed), OF_PYTHON);
        assert_eq!(key().decrypt(OF_PYTHON).unwrap(), "sécret");
        assert_eq!(EncryptionKey::generate(&Fixed), KEY);
    }

    #[test]
    fn secrets_of_every_length_come_back() {
        for length in 0..70 {
            let secret = "s".repeat(length);
            let token = key().encrypt(&secret, &Fixed, &SystemEntropy);
            assert_eq!(key().decrypt(&token).as_deref(), Ok(secret.as_str()));
        }
        let longest = key().encrypt(&"s".repeat(MAX_SECRET_BYTES), &Fixed, &Fixed);
        let too_long = key().encrypt(&"s".repeat(MAX_SECRET_BYTES + 1), &Fixed, &Fixed);
        assert!(longest.len() <= 1000 && too_long.len() > 1000);
    }

    #[test]
    fn a_token_that_was_changed_anywhere_is_refused() {
        let bytes = URL_SAFE.decode(OF_PYTHON).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert_eq!(key().decrypt(&URL_SAFE.encode(changed)), Err(BadToken), "byte {position}");
            assert_eq!(key().decrypt(&URL_SAFE.encode(&bytes[..position])), Err(BadToken));
        }
        for token in ["", "x", "gAAAAA==", "é", OF_PYTHON.trim_start_matches('g')] {
            assert_eq!(key().decrypt(token), Err(BadToken));
        }
        let other = EncryptionKey::parse(&EncryptionKey::generate(&SystemEntropy)).unwrap();
        assert_eq!(other.decrypt(OF_PYTHON), Err(BadToken));
    }

    #[test]
    fn a_key_is_32_bytes() {
        let plain = "+/ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        assert_eq!(EncryptionKey::parse(plain), EncryptionKey::parse(&plain.replace("+/", "-_")));
        assert!(EncryptionKey::parse(plain).is_ok_and(|parsed| parsed != key()));
        for wrong in [
            "",
            "secret",
            KEY.trim_end_matches('='),
            "AAECAwQFBgcICQoLDA0ODw==",
            "not base64 at all, and too long for it!!!!!!!",
        ] {
            assert_eq!(EncryptionKey::parse(wrong), Err(BadKey), "{wrong}");
        }
        assert_eq!(format!("{:?}", key()), "EncryptionKey([hidden])");
    }
    proptest::proptest! {
        #[test]
        fn every_secret_comes_back_and_no_text_is_one_by_chance(secret in ".{0,80}", text in "gAAAAA.{0,200}|.{0,100}") {
            let token = key().encrypt(&secret, &Fixed, &SystemEntropy);
            assert_eq!(key().decrypt(&token), Ok(secret));
            assert_eq!(key().decrypt(&text), Err(BadToken));
        }
    }
}
