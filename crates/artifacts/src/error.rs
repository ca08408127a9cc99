//! What can go wrong with an artifact, and how a client hears of it.

use std::io;

use crate::safe_path::{RESERVED_PREFIX, SafePath};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation on artifacts failed. `Display` is fit for a client; the I/O errors inside are for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is not one that may be joined to the root.
    #[error("Invalid path")]
    InvalidPath,
    /// The path holds a name that belongs to unfinished uploads.
    #[error(
        "Invalid artifact file name: '{name}'. Artifact names starting with '{RESERVED_PREFIX}' are reserved."
    )]
    ReservedName { name: String },
    /// A symbolic link on the path leads out of the repository.
    #[error("Invalid path: resolved path is outside the artifact directory")]
    Escapes,
    #[error("No such artifact: '{0}'")]
    NotFound(SafePath),
    #[error("Artifact path refers to a directory, not a file: '{0}'")]
    IsDirectory(SafePath),
    /// A part of the path that would have to be a directory is a file.
    #[error("Artifact path goes through a file as if it were a directory: '{0}'")]
    NotADirectory(SafePath),
    /// A socket, a device or a pipe.
    #[error("Artifact path refers to something that is neither a file nor a directory: '{0}'")]
    NotAFile(SafePath),
    /// An upload to the root or to a path that ends in `/`.
    #[error("Artifact path must include a filename (cannot end with '/').")]
    NoFileName,
    #[error("Artifact path is longer than the artifact store allows")]
    NameTooLong,
    /// Deleting everything is never what one request may do.
    #[error("The root of the artifact store cannot be deleted")]
    RootDelete,
    #[error("The directory holds more than {limit} artifacts, which is the most that one listing answers")]
    TooManyEntries { limit: usize },
    /// `Range` asks for bytes that the file does not have. HTTP answers it with 416 and `Content-Range: bytes */total`.
    #[error("The requested range lies outside the artifact, which has {total} bytes")]
    UnsatisfiableRange { total: u64 },
    /// The stream of an upload failed before its end. A `model::Error` inside is what the client hears.
    #[error("The upload broke off before its end")]
    Interrupted(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("The artifact store has no space left")]
    NoSpace(#[source] io::Error),
    #[error("The artifact store does not permit the operation")]
    Refused(#[source] io::Error),
    /// The scheme of an artifact store that is not supported.
    #[error(
        "The artifact store scheme '{scheme}' is not supported. \
         Supported are a local directory, as a path or as a file:///path URI."
    )]
    UnsupportedScheme { scheme: String },
    /// The location breaks a rule of MLflow. The message is MLflow's.
    #[error("{0}")]
    InvalidLocation(String),
    #[error("The artifact store failed")]
    Io(#[source] io::Error),
}

impl Error {
    /// What `error` means where `path` was to be reached.
    pub(crate) fn from_io(error: io::Error, path: &SafePath) -> Self {
        if is_escape(&error) {
            return Self::Escapes;
        }
        if error.raw_os_error() == Some(libc::ELOOP) {
            return Self::NotFound(path.clone());
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound(path.clone()),
            io::ErrorKind::NotADirectory => Self::NotADirectory(path.clone()),
            io::ErrorKind::IsADirectory => Self::IsDirectory(path.clone()),
            io::ErrorKind::InvalidFilename => Self::NameTooLong,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::NoSpace(error)
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::Refused(error),
            _ => Self::Io(error),
        }
    }
}

/// Whether cap-std refused to follow a link out of the root. It makes this error itself, so no code of the operating
/// system stands in it, unlike in a plain "permission denied".
fn is_escape(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied && error.raw_os_error().is_none()
}

impl From<Error> for model::Error {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::InvalidPath
            | Error::ReservedName { .. }
            | Error::Escapes
            | Error::IsDirectory(_)
            | Error::NotADirectory(_)
            | Error::NotAFile(_)
            | Error::NoFileName
            | Error::NameTooLong
            | Error::RootDelete
            | Error::TooManyEntries { .. }
            | Error::UnsatisfiableRange { .. }
            | Error::UnsupportedScheme { .. }
            | Error::InvalidLocation(_) => Self::invalid(message),
            Error::NotFound(_) => Self::not_found(message),
            Error::Interrupted(source) => match source.downcast::<Self>() {
                Ok(reason) => *reason,
                Err(_) => Self::bad_request(message),
            },
            Error::NoSpace(source) | Error::Refused(source) | Error::Io(source) => {
                tracing::error!(error = %source, "{message}");
                Self::internal(message)
            }
        }
    }
}
