//! Asking whether to delete.

use std::io::{BufRead, IsTerminal, Write};

/// Why nothing was deleted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error("there is no terminal to ask at; --yes deletes without asking")]
    NoTerminal,
    #[error("nothing was deleted")]
    Declined,
    #[error("the answer cannot be read: {0}")]
    Unreadable(std::io::Error),
}

/// Goes on when `yes` was given on the command line or is said at the terminal.
///
/// # Errors
/// When it is not said, or nobody can be asked.
pub(super) fn confirm(what: &str, yes: bool) -> Result<(), NotAsked> {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(NotAsked::NoTerminal);
    }
    let mut stderr = std::io::stderr().lock();
    write!(stderr, "Delete {what}? [y/N] ").and_then(|()| stderr.flush()).map_err(NotAsked::Unreadable)?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(NotAsked::Unreadable)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(NotAsked::Declined),
    }
}
