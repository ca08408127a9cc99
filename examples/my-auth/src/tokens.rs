//! The tokens, in a file.

use millgate::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What every token begins with, so that it is told from others.
pub(crate) const PREFIX: &str = "my_";

/// A token, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// What it is revoked by.
    pub id: String,
    /// Whom it stands for.
    pub username: String,
}

/// What the file holds of one.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    token: Token,
    /// SHA-256 of the text: nobody can log in with what the file holds.
    hash: String,
}

/// All tokens. The file is written anew at every change.
pub(crate) struct Tokens {
    path: PathBuf,
    known: Mutex<Vec<Stored>>,
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn random(bytes: usize) -> Result<String, Error> {
    let mut random = vec![0; bytes];
    #[expect(clippy::disallowed_methods, reason = "an app has no other randomness")]
    getrandom::fill(&mut random).map_err(|error| Error::internal(format!("no randomness: {error}")))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Tokens {
    /// Reads the file. One that is not there yet holds no tokens.
    pub(crate) fn open(path: PathBuf) -> Result<Self, Error> {
        let unreadable = |error: &dyn std::fmt::Display| {
            Error::invalid(format!("{} cannot be read: {error}", path.display()))
        };
        let known = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| unreadable(&error))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(unreadable(&error)),
        };
        Ok(Self { path, known: Mutex::new(known) })
    }

    fn known(&self) -> MutexGuard<'_, Vec<Stored>> {
        // A change is made in a copy, and put in its place whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, tokens: &[Stored]) -> Result<(), Error> {
        let failed =
            |error: std::io::Error| Error::internal(format!("the tokens could not be written: {error}"));
        let text = serde_json::to_vec_pretty(tokens).map_err(|error| failed(error.into()))?;
        let new = self.path.with_extension("new");
        std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, &self.path)).map_err(failed)
    }

    /// Makes one, and gives its text, which is not kept.
    pub(crate) fn create(&self, username: &str) -> Result<(Token, String), Error> {
        let text = format!("{PREFIX}{}", random(32)?);
        let token = Token { id: random(8)?, username: username.to_owned() };
        let mut known = self.known();
        let mut changed = known.clone();
        changed.push(Stored { token: token.clone(), hash: hash(&text) });
        self.write(&changed)?;
        *known = changed;
        Ok((token, text))
    }

    /// Whom the token stands for.
    pub(crate) fn find(&self, text: &str) -> Option<String> {
        let hash = hash(text);
        // The hash of 256 random bits tells nothing by how long it takes to compare.
        self.known().iter().find(|stored| stored.hash == hash).map(|stored| stored.token.username.clone())
    }

    pub(crate) fn list(&self) -> Vec<Token> {
        self.known().iter().map(|stored| stored.token.clone()).collect()
    }

    pub(crate) fn revoke(&self, id: &str) -> Result<(), Error> {
        let mut known = self.known();
        let mut changed = known.clone();
        changed.retain(|stored| stored.token.id != id);
        if changed.len() == known.len() {
            return Err(Error::new(ErrorCode::ResourceDoesNotExist, format!("There is no token {id}.")));
        }
        self.write(&changed)?;
        *known = changed;
        Ok(())
    }
}
