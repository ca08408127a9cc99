//! Where an issuer's keys come from, and how they stay up to date.
//!
//! * Keys are read when the first token comes, and again when they are five minutes old (a file: ten seconds), so that a rotated
//!   key is known and a revoked one forgotten without a restart.
//! * A token that names a key which is not known has them read at once, but not more than once in five seconds: nobody can make
//!   this server flood the issuer.
//! * One request at a time reads them; others go on with those that are known.
//! * When reading fails, those that are known count for another day, and then none does.

use super::key_set::KeySet;
use crate::outbound::{self, Client, OutboundError, is_protected};
use jsonwebtoken::{Algorithm, DecodingKey};
use model::{Clock, Millis};
use serde::Deserialize;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;
use url::Url;

/// Bytes of a key set and of an issuer's metadata.
const MAX_BYTES: usize = 1024 * 1024;
/// How long reading may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Age from which on keys are read again.
const FRESH_FROM_URL: Millis = 5 * 60 * 1_000;
const FRESH_FROM_FILE: Millis = 10 * 1_000;
/// Between two times that they are read because one is missing, or could not be read.
const PAUSE: Millis = 5_000;
/// Age from which on they do not count any more.
const STALE: Millis = 24 * 3_600 * 1_000;

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLocation {
    /// A JSON Web Key Set.
    Url(Url),
    File(PathBuf),
    /// What the issuer's metadata says, at `/.well-known/openid-configuration` below it (OpenID Connect Discovery 1.0).
    Issuer {
        issuer: String,
        metadata: Url,
        /// Whether the place that it names may be reached without TLS.
        insecure_http: bool,
    },
}

/// Why there are no keys to check with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoKey {
    /// They could not be read.
    Unavailable,
    /// None of them can have signed the token.
    Unknown,
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("{0}")]
    Outbound(#[from] OutboundError),
    #[error("{0}")]
    File(#[from] std::io::Error),
    #[error("{0}")]
    Set(#[from] super::key_set::KeySetError),
    #[error("the issuer's metadata is not what OpenID Connect Discovery says")]
    Metadata,
    #[error("the issuer's metadata is that of another issuer")]
    OtherIssuer,
    #[error("the issuer's metadata names a place without TLS")]
    Unprotected,
}

/// The keys of one issuer.
pub(super) struct Keys {
    location: KeyLocation,
    client: Client,
    clock: Arc<dyn Clock>,
    known: RwLock<Known>,
    /// Held while the keys are read.
    reading: Mutex<()>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    set: Arc<KeySet>,
    /// When the set was read; `None` before the first time.
    read_at: Option<Millis>,
    /// When it was last tried.
    tried_at: Option<Millis>,
}

impl Keys {
    /// # Errors
    /// When the system's certificates cannot be used.
    pub(super) fn new(location: KeyLocation, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = Client::new(TIMEOUT)?;
        Ok(Self { location, client, clock, known: RwLock::default(), reading: Mutex::default() })
    }

    fn known(&self) -> Known {
        // Nothing that holds the lock can panic.
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys that may have signed a token.
    pub(super) async fn candidates(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Vec<DecodingKey>, NoKey> {
        let is_missing = |known: &Known| known.set.candidates(id, algorithm).is_empty();
        let known = self.known();
        if known.read_at.is_none() || self.is_due(&known, is_missing(&known)) {
            let reading = match self.reading.try_lock() {
                Ok(reading) => Some(reading),
                Err(_) if known.read_at.is_some() => None,
                // Who has none waits for those that somebody else is reading.
                Err(_) => Some(self.reading.lock().await),
            };
            if let Some(_reading) = reading {
                let known = self.known();
                if self.is_due(&known, is_missing(&known)) {
                    self.read_again().await;
                }
            }
        }
        let known = self.known();
        let Some(read_at) = known.read_at else { return Err(NoKey::Unavailable) };
        if self.clock.now().saturating_sub(read_at) > STALE {
            return Err(NoKey::Unavailable);
        }
        let candidates = known.set.candidates(id, algorithm);
        if candidates.is_empty() { Err(NoKey::Unknown) } else { Ok(candidates) }
    }

    fn is_due(&self, known: &Known, missing: bool) -> bool {
        let now = self.clock.now();
        // A clock that was set back makes nothing wait.
        let age = |at: Millis| now.checked_sub(at).filter(|age| *age >= 0).unwrap_or(Millis::MAX);
        let fresh = match self.location {
            KeyLocation::File(_) => FRESH_FROM_FILE,
            KeyLocation::Url(_) | KeyLocation::Issuer { .. } => FRESH_FROM_URL,
        };
        let has_paused = known.tried_at.is_none_or(|at| age(at) >= PAUSE);
        has_paused && (missing || known.read_at.is_none_or(|at| age(at) >= fresh))
    }

    async fn read_again(&self) {
        // Noted before, so that a client that hangs up does not let the next one ask at once.
        let tried_at = Some(self.clock.now());
        self.update(|known| known.tried_at = tried_at);
        match self.read().await {
            Ok(set) => {
                for id in &set.ambiguous {
                    tracing::warn!(location = %self, key = shown(id), "a key set lists different keys of one id: none counts");
                }
                let read_at = Some(self.clock.now());
                self.update(|known| (known.set, known.read_at) = (Arc::new(set), read_at));
            }
            Err(error) => tracing::warn!(%error, location = %self, "the keys of an issuer could not be read"),
        }
    }

    fn update(&self, change: impl FnOnce(&mut Known)) {
        // As above.
        change(&mut self.known.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Reads the keys and tells how many there are, for who asks whether they can be read.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) async fn count(&self) -> Result<usize, String> {
        self.read().await.map(|set| set.len()).map_err(|error| error.to_string())
    }

    async fn read(&self) -> Result<KeySet, ReadError> {
        let text = match &self.location {
            KeyLocation::Url(url) => outbound::get(&self.client, url.clone(), MAX_BYTES).await?,
            KeyLocation::File(path) => {
                let (mut text, limit) = (Vec::new(), MAX_BYTES as u64 + 1);
                tokio::fs::File::open(path).await?.take(limit).read_to_end(&mut text).await?;
                if text.len() > MAX_BYTES {
                    return Err(OutboundError::TooLarge(MAX_BYTES).into());
                }
                text
            }
            KeyLocation::Issuer { issuer, metadata, insecure_http } => {
                let text = outbound::get(&self.client, metadata.clone(), MAX_BYTES).await?;
                let found: Metadata = serde_json::from_slice(&text).map_err(|_| ReadError::Metadata)?;
                if &found.issuer != issuer {
                    return Err(ReadError::OtherIssuer);
                }
                let keys: Url = found.jwks_uri.parse().map_err(|_| ReadError::Metadata)?;
                let is_admitted = is_protected(&keys) || (*insecure_http && keys.scheme() == "http");
                if !is_admitted {
                    return Err(ReadError::Unprotected);
                }
                outbound::get(&self.client, keys, MAX_BYTES).await?
            }
        };
        Ok(KeySet::parse(&text)?)
    }
}

impl std::fmt::Display for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.location {
            KeyLocation::Url(url) => url.fmt(f),
            KeyLocation::File(path) => path.display().fmt(f),
            KeyLocation::Issuer { metadata, .. } => metadata.fmt(f),
        }
    }
}

/// The start of an id for the log: the issuer may have chosen anything.
fn shown(id: &str) -> String {
    id.chars().take(100).flat_map(char::escape_debug).collect()
}

/// What is needed of an issuer's metadata.
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
