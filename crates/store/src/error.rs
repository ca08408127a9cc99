//! What can go wrong in the store, and what of it a client may see.

use crate::dialect;
use model::{Error, ErrorCode};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The request asked for something that the data does not allow. The client sees it.
    #[error("{0}")]
    Refused(#[from] Error),
    /// The database failed. The client sees that it did, the log sees why.
    #[error("{0}")]
    Database(#[from] sqlx::Error),
    /// The transaction that the write was part of was lost before its commit: nothing of it was kept.
    #[error("the transaction was lost: {0}")]
    Lost(String),
    /// The database is not one that this version can work with. Only at start.
    #[error("{0}")]
    Schema(String),
}

impl StoreError {
    /// What went wrong, for a message of which it is a part.
    pub(crate) fn into_reason(self) -> String {
        match self {
            Self::Refused(error) => error.message.into_owned(),
            Self::Schema(reason) | Self::Lost(reason) => reason,
            Self::Database(error) => error.to_string(),
        }
    }

    /// Whether a uniqueness constraint refused the row.
    pub(crate) fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }

    /// Whether the connection to the database was lost, and nothing is known of what was asked.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self, Self::Database(error) if crate::driver::is_lost(error))
    }

    /// Whether the other side has ended the connection: not where it did not answer in time, for it may be at it still.
    pub(crate) fn is_hung_up(&self) -> bool {
        use std::io::ErrorKind;
        self.is_lost()
            && !matches!(self, Self::Database(sqlx::Error::Io(error)) if error.kind() == ErrorKind::TimedOut)
    }

    /// Whether other rows refer to what was to be deleted, or nothing to what was referred to.
    pub(crate) fn is_foreign_key_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_foreign_key_violation())
    }
}

impl From<crate::uri::StoreUriError> for StoreError {
    fn from(error: crate::uri::StoreUriError) -> Self {
        Self::Schema(error.to_string())
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(error) => error,
            StoreError::Database(error) if dialect::is_busy(&error) => {
                tracing::warn!(%error, "the database is busy or away");
                Self::unavailable("The database is busy. Please try again.")
            }
            StoreError::Database(error) if dialect::is_conflict(&error) => {
                tracing::warn!(%error, "a write lost against others again and again");
                Self::unavailable("The database is busy. Please try again.")
            }
            StoreError::Database(error) if dialect::is_bad_value(&error) => {
                tracing::info!(%error, "the database refused a value");
                Self::invalid(
                    "A value is too long for the database, out of its range, or holds a NUL character.",
                )
            }
            StoreError::Lost(reason) => {
                tracing::error!(reason, "a transaction was lost");
                Self::unavailable("The database could not keep the change. Please try again.")
            }
            StoreError::Database(error) => {
                tracing::error!(%error, "the database failed");
                Self::new(ErrorCode::InternalError, "The database failed. The server's log says why.")
            }
            StoreError::Schema(reason) => {
                tracing::error!(reason, "the database's schema does not fit");
                Self::new(ErrorCode::InternalError, "The database's schema does not fit this server.")
            }
        }
    }
}
