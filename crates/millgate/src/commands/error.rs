//! Why a command failed.

use super::ask::NotAsked;
use super::password::PasswordError;

/// Why a command did not do what it was told to. `Display` is for the person at the terminal, and holds no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("{}", .0.message)]
    Refused(#[from] model::Error),
    #[error("{0}")]
    Password(#[from] PasswordError),
    #[error("{0}")]
    NotAsked(#[from] NotAsked),
    /// Says what is wrong and what to do.
    #[error("{0}")]
    Failed(String),
    /// What was asked for may be done.
    #[error("the result cannot be written: {0}")]
    Output(#[from] std::io::Error),
}
