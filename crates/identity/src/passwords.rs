//! Password hashes as MLflow stores them, and what a password and a user name must look like.
//!
//! MLflow hashes with werkzeug: `method$salt$digest`, the digest in lower-case hexadecimal. Both servers may share one
//! database, so every hash that werkzeug 2 and 3 wrote verifies here, and what [`hash`] writes verifies there.

use crate::access_token::AccessToken;
use hmac::EagerHash;
use model::{Entropy, Error, hex};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// Bytes of a stored hash. MLflow's column holds 255 characters, and werkzeug writes ASCII.
pub const MAX_STORED_BYTES: usize = 512;
/// Bytes that one scrypt computation may take: four times werkzeug's default, which takes 32 MiB.
pub const MAX_SCRYPT_MEMORY: u64 = 128 << 20;
/// `N * r * p` of scrypt: eight times werkzeug's default.
pub const MAX_SCRYPT_WORK: u64 = 1 << 21;
/// Iterations of PBKDF2: five times werkzeug's default.
pub const MAX_PBKDF2_ITERATIONS: u32 = 5_000_000;
/// Bytes of a new password. Both methods digest the password once before they iterate, so this only keeps the request
/// and that first pass small. Passwords that MLflow stored verify at any length.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// Characters of a user name: the size of MLflow's column.
pub const MAX_USERNAME_CHARS: usize = 255;
/// Characters of a new password, as MLflow 3.17 `utils/validation.py` demands.
pub const MIN_PASSWORD_CHARS: usize = 12;

/// Characters of a generated password: 24 of 57 give about 140 bits. No two of them look alike.
const GENERATED_CHARS: usize = 24;
const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// The administrator's passwords that MLflow versions shipped in `basic_auth.ini` (GHSA-gq3w-7jj3-x7gr).
pub(crate) const LEGACY_DEFAULTS: [&str; 2] = ["password1234", "password"];

const SALT_CHARS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const SALT_LEN: usize = 16;
const SCRYPT_DIGEST_LEN: usize = 64;

/// Why a stored hash cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("the stored password hash is not of the form method$salt$digest")]
    Malformed,
    #[error("the stored password hash has a method that is not served (only scrypt and pbkdf2 are)")]
    UnknownMethod,
    #[error(
        "the stored password hash asks for more work than is allowed, or has parameters that mean nothing"
    )]
    OutOfBounds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Scrypt { log_n: u8, r: u32, p: u32 },
    Pbkdf2 { digest: Digest, iterations: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

/// werkzeug 3's default: `scrypt:32768:8:1`, about 0.1 s and 32 MiB.
const DEFAULT_METHOD: Method = Method::Scrypt { log_n: 15, r: 8, p: 1 };

/// A stored hash whose parameters are within the limits above.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    method: Method,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

/// Shows the method alone: a hash in a log is a password to guess at.
impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHash").field("method", &self.method).finish_non_exhaustive()
    }
}

impl PasswordHash {
    /// Reads `scrypt:N:r:p$salt$digest` or `pbkdf2:sha1|sha256|sha512:iterations$salt$digest`.
    ///
    /// # Errors
    /// werkzeug's plain digests (`sha256$...`, unsalted ones), which werkzeug 3 refuses too, and parameters beyond the
    /// limits of this module.
    pub fn parse(stored: &str) -> Result<Self, HashError> {
        if stored.len() > MAX_STORED_BYTES {
            return Err(HashError::OutOfBounds);
        }
        let mut parts = stored.splitn(3, '$');
        let (Some(method), Some(salt), Some(digest)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(HashError::Malformed);
        };
        let method = Method::parse(method)?;
        let digest = unhex(digest).ok_or(HashError::Malformed)?;
        if digest.len() != method.digest_len() {
            return Err(HashError::Malformed);
        }
        Ok(Self { method, salt: salt.as_bytes().to_vec(), digest })
    }

    /// Whether `password` is the one that was hashed. Takes 0.1 s to 1 s of computing and up to
    /// [`MAX_SCRYPT_MEMORY`]: never call it on a thread that serves requests ([`crate::verified::Verifier`] doesn't).
    pub fn verify(&self, password: &str) -> bool {
        match self.method.derive(password, &self.salt) {
            Some(digest) => digest.ct_eq(&self.digest).into(),
            None => false,
        }
    }
}

impl Method {
    fn parse(text: &str) -> Result<Self, HashError> {
        let mut parts = text.split(':');
        let (name, args) = (parts.next(), [parts.next(), parts.next(), parts.next(), parts.next()]);
        match (name, args) {
            (Some("scrypt"), [Some(n), Some(r), Some(p), None]) => Self::scrypt(n, r, p),
            (Some("pbkdf2"), [Some(digest), Some(iterations), None, None]) => {
                Self::pbkdf2(digest, iterations)
            }
            (Some("scrypt" | "pbkdf2"), _) => Err(HashError::Malformed),
            _ => Err(HashError::UnknownMethod),
        }
    }

    fn scrypt(n: &str, r: &str, p: &str) -> Result<Self, HashError> {
        let (n, r, p) = (number(n)?, number(r)?, number(p)?);
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(HashError::OutOfBounds);
        }
        let (wide_n, wide_r, wide_p) = (u64::from(n), u64::from(r), u64::from(p));
        // Memory is N blocks for the mixing and p more for the lanes, each of 128 r bytes.
        let memory = wide_r.checked_mul(128).and_then(|block| block.checked_mul(wide_n + wide_p));
        let work = wide_n.checked_mul(wide_r).and_then(|work| work.checked_mul(wide_p));
        match (memory, work) {
            (Some(0..=MAX_SCRYPT_MEMORY), Some(0..=MAX_SCRYPT_WORK)) => {
                let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| HashError::OutOfBounds)?;
                Ok(Self::Scrypt { log_n, r, p })
            }
            _ => Err(HashError::OutOfBounds),
        }
    }

    fn pbkdf2(digest: &str, iterations: &str) -> Result<Self, HashError> {
        let digest = match digest {
            "sha1" => Digest::Sha1,
            "sha256" => Digest::Sha256,
            "sha512" => Digest::Sha512,
            _ => return Err(HashError::UnknownMethod),
        };
        match number(iterations)? {
            iterations @ 1..=MAX_PBKDF2_ITERATIONS => Ok(Self::Pbkdf2 { digest, iterations }),
            _ => Err(HashError::OutOfBounds),
        }
    }

    const fn digest_len(self) -> usize {
        match self {
            Self::Scrypt { .. } => SCRYPT_DIGEST_LEN,
            Self::Pbkdf2 { digest: Digest::Sha1, .. } => 20,
            Self::Pbkdf2 { digest: Digest::Sha256, .. } => 32,
            Self::Pbkdf2 { digest: Digest::Sha512, .. } => 64,
        }
    }

    /// `None` where the scrypt crate refuses the parameters, which the limits here rule out.
    fn derive(self, password: &str, salt: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; self.digest_len()];
        match self {
            Self::Scrypt { log_n, r, p } => {
                let params = scrypt::Params::new(log_n, r, p).ok()?;
                scrypt::scrypt(password.as_bytes(), salt, &params, &mut out).ok()?;
            }
            Self::Pbkdf2 { digest, iterations } => {
                let derive = match digest {
                    Digest::Sha1 => pbkdf2_into::<Sha1>,
                    Digest::Sha256 => pbkdf2_into::<Sha256>,
                    Digest::Sha512 => pbkdf2_into::<Sha512>,
                };
                derive(password, salt, iterations, &mut out);
            }
        }
        Some(out)
    }
}

fn pbkdf2_into<D: EagerHash>(password: &str, salt: &[u8], iterations: u32, out: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<D>(password.as_bytes(), salt, iterations, out);
}

/// Hashes as MLflow 3.17 does (`scrypt:32768:8:1`, a salt of 16 letters and digits). As slow as
/// [`PasswordHash::verify`].
pub fn hash(password: &str, entropy: &dyn Entropy) -> String {
    hash_with_salt(password, &new_salt(entropy))
}

pub(crate) fn hash_with_salt(password: &str, salt: &str) -> String {
    #[expect(clippy::expect_used, reason = "the default parameters are constants that scrypt accepts")]
    let digest = DEFAULT_METHOD.derive(password, salt.as_bytes()).expect("the default parameters are valid");
    format_default(salt, &digest)
}

pub(crate) fn new_salt(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; SALT_LEN * 8];
    entropy.fill(&mut bytes);
    let (words, _) = bytes.as_chunks::<8>();
    // 64 bits a character make the bias of the remainder immeasurable.
    let pick = |word: &[u8; 8]| {
        let index = u64::from_le_bytes(*word) % SALT_CHARS.len() as u64;
        usize::try_from(index).ok().and_then(|index| SALT_CHARS.get(index)).map_or('a', |c| char::from(*c))
    };
    words.iter().map(pick).collect()
}

/// A stored hash of werkzeug's default form that no known password has: its digest is random.
pub(crate) fn unknown_password(entropy: &dyn Entropy) -> String {
    let mut digest = [0; SCRYPT_DIGEST_LEN];
    entropy.fill(&mut digest);
    format_default(&new_salt(entropy), &digest)
}

fn format_default(salt: &str, digest: &[u8]) -> String {
    format!("scrypt:32768:8:1${salt}${}", hex(digest))
}

/// Whether `password` is one that MLflow once shipped as the administrator's. MLflow 3.17 neither creates an
/// administrator with it nor lets one log in.
pub fn is_legacy_default(password: &str) -> bool {
    LEGACY_DEFAULTS.contains(&password)
}

/// Why a new password or user name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("Username cannot be empty.")]
    EmptyUsername,
    #[error("Username must be at most {MAX_USERNAME_CHARS} characters.")]
    LongUsername,
    #[error("Username must not contain control characters.")]
    ControlInUsername,
    #[error("Password must be at least {0} characters.")]
    ShortPassword(usize),
    #[error("Password must be at most {MAX_PASSWORD_BYTES} bytes.")]
    LongPassword,
    #[error("Password must not have the form of an access token.")]
    TokenAsPassword,
}

impl From<PolicyError> for Error {
    fn from(error: PolicyError) -> Self {
        Self::invalid(error.to_string())
    }
}

/// What a new password must be like. Passwords that are stored already are not looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Unicode characters, as Python counts them.
    pub min_chars: usize,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self { min_chars: MIN_PASSWORD_CHARS }
    }
}

impl PasswordPolicy {
    /// # Errors
    /// A password of fewer than `min_chars` characters, an empty one always, one of more than [`MAX_PASSWORD_BYTES`], or one
    /// of the form of an access token, which is never looked at as a password.
    pub fn check(&self, password: &str) -> Result<(), PolicyError> {
        let min = self.min_chars.max(1);
        if password.chars().count() < min {
            return Err(PolicyError::ShortPassword(min));
        }
        if password.len() > MAX_PASSWORD_BYTES {
            return Err(PolicyError::LongPassword);
        }
        if AccessToken::parse(password).is_some() {
            return Err(PolicyError::TokenAsPassword);
        }
        Ok(())
    }

    /// A password that nobody can guess, of 24 characters or as many as the policy asks for.
    pub fn generate(&self, entropy: &dyn Entropy) -> String {
        let chars = GENERATED_CHARS.max(self.min_chars);
        let mut password = String::with_capacity(chars);
        while password.len() < chars {
            let mut byte = [0u8];
            entropy.fill(&mut byte);
            // Bytes past the last whole multiple of the alphabet would make its first characters likelier.
            let [byte] = byte;
            let fair = 256 - 256 % ALPHABET.len();
            if usize::from(byte) < fair
                && let Some(c) = ALPHABET.get(usize::from(byte) % ALPHABET.len())
            {
                password.push(char::from(*c));
            }
        }
        password
    }
}

/// Checks the name of a new user. MLflow 3.17 refuses the empty name alone; a name that its column cannot hold, and
/// control characters (PostgreSQL stores no NUL, and a log line should stay one), are refused here. Colons are let
/// through: no HTTP basic login can carry one, but a user of another authenticator may have one.
///
/// # Errors
/// See [`PolicyError`].
pub fn check_username(username: &str) -> Result<(), PolicyError> {
    if username.is_empty() {
        return Err(PolicyError::EmptyUsername);
    }
    if username.chars().count() > MAX_USERNAME_CHARS {
        return Err(PolicyError::LongUsername);
    }
    if username.chars().any(char::is_control) {
        return Err(PolicyError::ControlInUsername);
    }
    Ok(())
}

/// Digits alone: no sign, no space, no underscore, all of which Python's `int` would take but werkzeug never writes.
fn number(text: &str) -> Result<u32, HashError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(HashError::Malformed);
    }
    text.parse().map_err(|_| HashError::OutOfBounds)
}

/// Lower case alone: werkzeug compares the text, so upper-case digits never verify there.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(nibble(*high)? << 4 | nibble(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SystemEntropy;

    const HORSE: &str = "correct horse battery staple";

    /// Written by werkzeug 3.1.
    #[rustfmt::skip]
    const WERKZEUG: &[(&str, &str)] = &[
        (HORSE, "scrypt:32768:8:1$aB3dE5gH7jK9mN1p$5f4ff2de664996b7f20b24815733f9b84285ed09c2141276b245e4123b9d3b64dc0ce947969d0b6a86011558fd4f3bc39c878939a39f9e480466b71f8bf11e08"),
        ("pässwörd-日本語-🔑", "scrypt:32768:8:1$Zx9$2b901ae42acda4f1805b2015d3bd36d5ec908a17b1663899ee25939b83d23fc90f7c878e478f3a8fe3818839e188de1fc1df28f443574a10681eadd5c0ab35b3"),
        ("twelve chars!", "scrypt:1024:8:4$saltsaltsaltsalt$c76201d1365a10c181ece3be0d835caead1a4229d5bc9c07cb13e2c033ee1d337bab6aa1c02be1d36b4005189250f6bdfb9614159bde88d139dcbdaf10717626"),
        ("a", "scrypt:16384:16:1$s$fe7785da3d9c9aa09d27805d9c61ff934c7a4243d775a721f98a965ceb98c0a44dd4b1331df03a8fe95a5c8e63221c7e464caca87680a3f3c948e2ed65e54e8b"),
        (HORSE, "pbkdf2:sha256:600000$aB3dE5gH7jK9mN1p$7df407ebf75894292c466a2e1c15de79657276914c0dbed7ff62356475091cf2"),
        (HORSE, "pbkdf2:sha256:1000$abcdefgh$3f533e508327f05336431aae27457542bf293df92102fb7d6a3348da850cec2f"),
        (HORSE, "pbkdf2:sha1:1000$abcdefgh$437bb83069835a85957cfb5757bd09d4173a3d17"),
        (HORSE, "pbkdf2:sha512:1000$abcdefgh$f9cc1a82f98484adce0e71f4e9535d4d5710e2d9520b118b24cc71c8fc5448f1b55183147012b6e7e940a92b47c2a8688c734a653c21e3a6beaa98efef899729"),
        ("", "pbkdf2:sha256:150000$abcdefgh$ea41dcabe53bdd25e4141dd93696a1188ce21a72442689a7a2c3accda3a16a64"),
        ("ok", "pbkdf2:sha256:1000$salz-ü$fe1ceaa841c1b3e03df7417871f9e2ce9f534a1c93a962bc42caf08416f172b7"),
    ];

    #[test]
    fn hashes_that_werkzeug_wrote_verify() {
        for (password, stored) in WERKZEUG {
            let hash = PasswordHash::parse(stored).unwrap();
            assert!(hash.verify(password), "{stored}");
            assert!(!hash.verify(&format!("{password} ")), "{stored}");
        }
    }

    #[test]
    fn one_changed_digit_no_longer_verifies() {
        let stored = WERKZEUG[5].1;
        for at in [stored.find("$3f").unwrap() + 1, stored.len() - 1] {
            let mut changed = stored.to_owned();
            changed.replace_range(at..=at, "0");
            assert!(!PasswordHash::parse(&changed).unwrap().verify(HORSE));
        }
    }

    #[test]
    fn what_we_hash_has_the_form_of_werkzeugs_default_and_verifies() {
        let stored = hash(HORSE, &SystemEntropy);
        let (method, rest) = stored.split_once('$').unwrap();
        let (salt, digest) = rest.split_once('$').unwrap();
        assert_eq!(method, "scrypt:32768:8:1");
        assert!(salt.len() == 16 && salt.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert!(digest.len() == 128 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
        assert!(PasswordHash::parse(&stored).unwrap().verify(HORSE));
        assert_ne!(new_salt(&SystemEntropy), new_salt(&SystemEntropy));
    }

    #[test]
    fn the_same_salt_gives_the_hash_that_werkzeug_gives() {
        assert_eq!(hash_with_salt(HORSE, "aB3dE5gH7jK9mN1p"), WERKZEUG[0].1);
    }

    #[test]
    fn forms_that_werkzeug_3_does_not_write_are_refused() {
        let digest = "0".repeat(128);
        let short = "0".repeat(64);
        for (stored, error) in [
            (String::new(), HashError::Malformed),
            ("secret".into(), HashError::Malformed),
            ("scrypt:32768:8:1$salt".into(), HashError::Malformed),
            (format!("scrypt$salt${digest}"), HashError::Malformed),
            (format!("scrypt:32768:8$salt${digest}"), HashError::Malformed),
            (format!("scrypt:32768:8:1:1$salt${digest}"), HashError::Malformed),
            (format!("scrypt:32768:8:1$salt${short}"), HashError::Malformed),
            (format!("scrypt:32768:8:1$salt${digest}0"), HashError::Malformed),
            (format!("scrypt:32768:8:1$salt${}", "A".repeat(128)), HashError::Malformed),
            (format!("scrypt:32768:8:1$salt${}", "é".repeat(64)), HashError::Malformed),
            (format!("scrypt:+32768:8:1$salt${digest}"), HashError::Malformed),
            (format!("scrypt:-1:8:1$salt${digest}"), HashError::Malformed),
            (format!("scrypt:32_768:8:1$salt${digest}"), HashError::Malformed),
            (format!("pbkdf2:sha256$salt${short}"), HashError::Malformed),
            (format!("pbkdf2:md5:1000$salt${}", "0".repeat(32)), HashError::UnknownMethod),
            (format!("sha256$salt${short}"), HashError::UnknownMethod),
            ("plain$$password".into(), HashError::UnknownMethod),
            (format!("bcrypt$salt${short}"), HashError::UnknownMethod),
        ] {
            assert_eq!(PasswordHash::parse(&stored), Err(error), "{stored}");
        }
    }

    #[test]
    fn a_hostile_stored_hash_costs_neither_memory_nor_time() {
        let digest = "0".repeat(128);
        let short = "0".repeat(64);
        for stored in [
            format!("scrypt:0:8:1$salt${digest}"),
            format!("scrypt:1:8:1$salt${digest}"),
            format!("scrypt:3:8:1$salt${digest}"),
            format!("scrypt:32768:0:1$salt${digest}"),
            format!("scrypt:32768:8:0$salt${digest}"),
            format!("scrypt:1073741824:8:1$salt${digest}"),
            format!("scrypt:262144:8:1$salt${digest}"),
            format!("scrypt:2:4294967295:1$salt${digest}"),
            format!("scrypt:2:8:4294967295$salt${digest}"),
            format!("scrypt:2147483648:4294967295:4294967295$salt${digest}"),
            format!("scrypt:32768:8:9$salt${digest}"),
            format!("scrypt:99999999999999999999:8:1$salt${digest}"),
            format!("pbkdf2:sha256:0$salt${short}"),
            format!("pbkdf2:sha256:5000001$salt${short}"),
            format!("pbkdf2:sha256:4294967295$salt${short}"),
            format!("scrypt:2:1:1${}${digest}", "s".repeat(MAX_STORED_BYTES)),
        ] {
            assert_eq!(PasswordHash::parse(&stored), Err(HashError::OutOfBounds), "{stored}");
        }
        let owasp = format!("scrypt:65536:8:2$salt${digest}");
        assert!(PasswordHash::parse(&owasp).is_ok());
    }

    #[test]
    fn a_hash_in_a_log_shows_its_method_alone() {
        let shown = format!("{:?}", PasswordHash::parse(WERKZEUG[5].1).unwrap());
        assert!(
            shown.contains("Pbkdf2") && !shown.contains("3f53") && !shown.contains("abcdefgh"),
            "{shown}"
        );
        assert!(!shown.contains("63, 83"), "{shown}");
    }

    #[test]
    fn a_hash_of_no_password_is_well_formed() {
        let stored = unknown_password(&SystemEntropy);
        assert_eq!(PasswordHash::parse(&stored).unwrap().method, DEFAULT_METHOD);
        assert_ne!(stored, unknown_password(&SystemEntropy));
    }

    #[test]
    fn a_password_has_at_least_twelve_characters_and_at_most_1024_bytes() {
        let policy = PasswordPolicy::default();
        for (password, expected) in [
            (String::new(), Err(PolicyError::ShortPassword(12))),
            ("elevenchars".into(), Err(PolicyError::ShortPassword(12))),
            ("twelve chars".into(), Ok(())),
            ("ü".repeat(11), Err(PolicyError::ShortPassword(12))),
            ("ü".repeat(12), Ok(())),
            ("x".repeat(1024), Ok(())),
            ("x".repeat(1025), Err(PolicyError::LongPassword)),
        ] {
            assert_eq!(policy.check(&password), expected, "{password}");
        }
        assert_eq!(PasswordPolicy { min_chars: 0 }.check(""), Err(PolicyError::ShortPassword(1)));
        let token = AccessToken::generate(&SystemEntropy);
        assert_eq!(PasswordPolicy::default().check(token.expose()), Err(PolicyError::TokenAsPassword));
        assert_eq!(PasswordPolicy::default().check(&token.expose().to_uppercase()), Ok(()));
        assert_eq!(
            PasswordPolicy { min_chars: 20 }.check("twelve chars"),
            Err(PolicyError::ShortPassword(20))
        );
    }

    #[test]
    fn a_user_name_is_not_empty_and_fits_its_column() {
        for (name, expected) in [
            ("admin".to_owned(), Ok(())),
            ("Zoë 日本".into(), Ok(())),
            ("system:serviceaccount:x:y".into(), Ok(())),
            ("ü".repeat(255), Ok(())),
            (String::new(), Err(PolicyError::EmptyUsername)),
            ("x".repeat(256), Err(PolicyError::LongUsername)),
            ("a\0b".into(), Err(PolicyError::ControlInUsername)),
            ("a\nb".into(), Err(PolicyError::ControlInUsername)),
        ] {
            assert_eq!(check_username(&name), expected, "{name:?}");
        }
    }

    #[test]
    fn the_words_that_clients_match_on_are_mlflows() {
        assert_eq!(
            Error::from(PolicyError::ShortPassword(12)),
            Error::invalid("Password must be at least 12 characters.")
        );
        assert_eq!(Error::from(PolicyError::EmptyUsername), Error::invalid("Username cannot be empty."));
    }

    #[test]
    fn the_passwords_that_mlflow_shipped_are_known() {
        assert!(is_legacy_default("password1234") && is_legacy_default("password"));
        assert!(
            !is_legacy_default("Password1234")
                && !is_legacy_default("password1234 ")
                && !is_legacy_default("")
        );
    }

    #[test]
    fn a_generated_password_is_long_enough_for_the_policy() {
        for (min_chars, chars) in
            [(0, 24), (12, 24), (24, 24), (40, 40), (MAX_PASSWORD_BYTES, MAX_PASSWORD_BYTES)]
        {
            let policy = PasswordPolicy { min_chars };
            let password = policy.generate(&model::SystemEntropy);
            assert_eq!(password.chars().count(), chars);
            assert_eq!(policy.check(&password), Ok(()));
            assert_ne!(password, policy.generate(&model::SystemEntropy));
        }
    }
}
