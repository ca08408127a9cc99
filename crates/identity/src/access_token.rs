//! What an access token looks like.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Entropy, hex};
use sha2::{Digest, Sha256};

/// What every token begins with, so that people and scanners know one when they see it.
const PREFIX: &str = "mgt_";
/// 256 random bits.
const BYTES: usize = 32;
/// Of the 32 bytes in base64url without padding.
const CHARS: usize = 43;

/// An access token: `mgt_` and 43 characters of base64url. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessToken([hidden])")
    }
}

impl AccessToken {
    /// One that nobody can guess.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; BYTES];
        entropy.fill(&mut bytes);
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads exactly what [`generate`](Self::generate) writes: nothing else is a token.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(PREFIX)?;
        if encoded.len() != CHARS {
            return None;
        }
        let mut bytes = [0; BYTES + 1];
        // Strict: bits that no byte has must be zero, so that a token has one spelling.
        let length = URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes).ok()?;
        (length == BYTES).then(|| Self(text.to_owned()))
    }

    /// The token itself, for whom it was made. It must not get into a log or an error.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is stored of it: SHA-256 in lower-case hexadecimal. With 256 random bits nobody can try them all, so that no slow
    /// hash is needed, and an index may look it up.
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SystemEntropy;
    use proptest::prelude::*;

    struct Fixed([u8; BYTES]);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0);
        }
    }

    #[test]
    fn a_token_is_known_by_its_shape_and_not_shown() {
        let token = AccessToken::generate(&SystemEntropy);
        assert_eq!(token.expose().len(), 47);
        assert_ne!(token, AccessToken::generate(&SystemEntropy));
        assert_eq!(format!("{token:?}"), "AccessToken([hidden])");
        let zeros = AccessToken::generate(&Fixed([0; BYTES]));
        assert_eq!(zeros.expose(), format!("mgt_{}", "A".repeat(43)));
        // `printf mgt_AAA… | sha256sum`
        assert_eq!(zeros.hash(), "dc65e973cbe5c4d5a08ccceca4efd97868bd62289ed69d7a4c71dc0d1e43814a");
    }

    #[test]
    fn what_is_not_exactly_a_token_is_none() {
        let zeros = format!("mgt_{}", "A".repeat(43));
        assert!(AccessToken::parse(&zeros).is_some());
        for text in [
            String::new(),
            "mgt_".to_owned(),
            "A".repeat(47),
            zeros.to_uppercase(),
            format!("{zeros}A"),
            format!("{zeros}="),
            format!(" {zeros}"),
            format!("{zeros} "),
            format!("mgt_{}", "A".repeat(42)),
            format!("mgt_{}B", "A".repeat(42)),
            format!("mgt_{}+", "A".repeat(42)),
            format!("mgt_{}/A", "A".repeat(41)),
            format!("mgt_{}\u{e9}", "A".repeat(41)),
            format!("mgt_{}\0", "A".repeat(42)),
            format!("mgt-{}", "A".repeat(43)),
        ] {
            assert_eq!(AccessToken::parse(&text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_token_reads_back(bytes: [u8; BYTES]) {
            let token = AccessToken::generate(&Fixed(bytes));
            prop_assert_eq!(AccessToken::parse(token.expose()), Some(token));
        }

        #[test]
        fn what_reads_as_a_token_has_one_spelling(text in "(mgt_)?[A-Za-z0-9_=+/-]{40,45}") {
            if let Some(token) = AccessToken::parse(&text) {
                prop_assert_eq!(token.expose(), text.as_str());
                let bytes = URL_SAFE_NO_PAD.decode(text.trim_start_matches(PREFIX)).unwrap();
                prop_assert_eq!(AccessToken::generate(&Fixed(bytes.try_into().unwrap())), token);
            }
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC*") {
            let _ = AccessToken::parse(&text);
            let _ = AccessToken::parse(&format!("mgt_{text}"));
        }
    }
}
