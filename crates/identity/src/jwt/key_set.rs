//! The public keys of an issuer: a JSON Web Key Set (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys of one set.
const MAX_KEYS: usize = 100;
/// Keys that are tried for a token that names none.
const MAX_TRIES: usize = 8;

/// Why a set cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("it is no JSON Web Key Set")]
    Malformed,
    #[error("it lists more than {MAX_KEYS} keys")]
    TooMany,
    #[error("it lists no key that signatures could be checked with")]
    Empty,
}

/// Keys that signatures can be checked with.
#[derive(Debug, Clone, Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
    /// Ids that were given to different keys: none of these is used.
    pub(super) ambiguous: Vec<String>,
}

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    /// The one algorithm that the key is for, if the set says so.
    algorithm: Option<Algorithm>,
    parameters: AlgorithmParameters,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads a set. Keys of other kinds than RSA, P-256, P-384 and Ed25519, for other uses than signatures and for other
    /// algorithms are left out, as RFC 7517, section 5, asks.
    ///
    /// # Errors
    /// See [`KeySetError`].
    pub(super) fn parse(text: &[u8]) -> Result<Self, KeySetError> {
        let Document { keys } = serde_json::from_slice(text).map_err(|_| KeySetError::Malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(KeySetError::TooMany);
        }
        let mut set = Self::default();
        for key in keys.into_iter().filter_map(Key::read) {
            set.add(key);
        }
        let Self { keys, ambiguous } = &mut set;
        keys.retain(|key| key.id.as_ref().is_none_or(|id| !ambiguous.contains(id)));
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(set) }
    }

    fn add(&mut self, key: Key) {
        let twin = self.keys.iter().find(|known| known.id.is_some() && known.id == key.id);
        match (twin, &key.id) {
            (Some(known), _) if known.parameters == key.parameters && known.algorithm == key.algorithm => {}
            (Some(_), Some(id)) => {
                if !self.ambiguous.contains(id) {
                    self.ambiguous.push(id.clone());
                }
            }
            _ => self.keys.push(key),
        }
    }

    /// How many keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys that may have signed a token which names `id`, or no key, with `algorithm`.
    pub(super) fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<DecodingKey> {
        let may_have = |key: &&Key| {
            key.key.family() == algorithm.family()
                && key.algorithm.is_none_or(|only| only == algorithm)
                && id.is_none_or(|id| key.id.as_deref() == Some(id))
        };
        self.keys.iter().filter(may_have).take(MAX_TRIES).map(|key| key.key.clone()).collect()
    }
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let common = &jwk.common;
        let is_for_signatures = matches!(common.public_key_use, None | Some(PublicKeyUse::Signature))
            && common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
        let algorithm = common.key_algorithm.map(Algorithm::try_from).transpose().ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let is_usable = is_for_signatures
            && key.family() != AlgorithmFamily::Hmac
            && algorithm.is_none_or(|only| only.family() == key.family())
            && common.key_algorithm != Some(KeyAlgorithm::UNKNOWN_ALGORITHM);
        is_usable.then(|| Self { id: common.key_id.clone(), algorithm, parameters: jwk.algorithm, key })
    }
}

#[cfg(test)]
#[path = "key_set_tests.rs"]
mod tests;
