//! Why a host does not run.

use crate::output::Tail;
use std::path::PathBuf;

/// Why a Python app could not be started. `Display` is for the person at the terminal, over several lines where Python has more
/// to say.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error(
        "cannot run {}: {error} (MILLGATE_PYTHON names another Python)", .python.display()
    )]
    NoPython { python: PathBuf, error: std::io::Error },
    #[error("{} did not tell which apps are installed:\n{said}", .python.display())]
    NoEntryPoints { python: PathBuf, said: Tail },
    #[error("a private folder for the sockets of the Python app cannot be made: {0}")]
    Folder(std::io::Error),
    #[error("{what} could not be started:\n{said}")]
    Start { what: String, said: Tail },
    #[error("{what} was not ready within {seconds} s; its last words:\n{said}")]
    Late { what: String, seconds: u64, said: Tail },
    #[error("{what} ended while it started ({status}); its last words:\n{said}")]
    Ended { what: String, status: String, said: Tail },
    #[error("the Python process cannot be reached: {0}")]
    Io(#[from] std::io::Error),
}
