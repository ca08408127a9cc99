//! What can go wrong with an artifact, and how a client hears of it.

use std::io;

use crate::safe_path::{RESERVED_PREFIX, SafePath};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an object store said, for the log.
pub type StoreError = Box<dyn std::error::Error + Send + Sync>;

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
         Supported are s3, gs, wasbs, abfss, and a local directory, as a path or as a file:///path URI."
    )]
    UnsupportedScheme { scheme: String },
    /// The location breaks a rule of MLflow. The message is MLflow's.
    #[error("{0}")]
    InvalidLocation(String),
    /// An object was replaced between two steps of one request.
    #[error("The artifact was changed by another request meanwhile: '{0}'")]
    Replaced(SafePath),
    #[error("The artifact is larger than the artifact store takes")]
    TooLarge,
    /// What the store cannot do, at the beginning of a sentence. MLflow's clients match on these words.
    #[error("{0} is not supported for the current artifact repository")]
    Unsupported(&'static str),
    #[error(
        "The parts of the upload must be numbered from 1 to at most 10000 without a gap, each with its etag, and all but \
             the last must have the size that the artifact store asks for"
    )]
    BadParts,
    #[error("There is no such upload")]
    NoUpload,
    /// Too many uploads run, and for too long.
    #[error("The server has too many uploads at once. Try again later.")]
    Busy,
    /// The server's environment is wrong about an object store.
    #[error("The artifact store is not set up: {0}")]
    Misconfigured(String),
    #[error("The artifact store '{bucket}' does not exist")]
    NoBucket { bucket: String },
    #[error("The server has no credentials for the artifact store '{bucket}'")]
    NoCredentials { bucket: String, source: StoreError },
    #[error("The artifact store '{bucket}' does not permit the operation to this server")]
    StoreRefused { bucket: String, source: StoreError },
    #[error("The artifact store '{bucket}' is in another region than the server's AWS_DEFAULT_REGION says")]
    WrongRegion { bucket: String, source: StoreError },
    #[error("The artifact store '{bucket}' does not answer. Try again later.")]
    StoreUnavailable { bucket: String, source: StoreError },
    #[error("The artifact store '{bucket}' failed")]
    StoreFailed { bucket: String, source: StoreError },
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
            | Error::TooLarge
            | Error::BadParts
            | Error::InvalidLocation(_) => Self::invalid(message),
            Error::NotFound(_) | Error::NoUpload | Error::NoBucket { .. } => Self::not_found(message),
            Error::Replaced(_) => Self::new(model::ErrorCode::ResourceConflict, message),
            Error::Unsupported(_) => Self::new(model::ErrorCode::NotImplemented, message),
            Error::Busy => Self::unavailable(message),
            Error::Misconfigured(_) => {
                tracing::error!("{message}");
                Self::internal(message)
            }
            Error::StoreRefused { source, .. } => {
                tracing::error!(error = %source, "{message}");
                Self::new(model::ErrorCode::PermissionDenied, message)
            }
            Error::StoreUnavailable { source, .. } => {
                tracing::warn!(error = %source, "{message}");
                Self::unavailable(message)
            }
            Error::NoCredentials { source, .. }
            | Error::WrongRegion { source, .. }
            | Error::StoreFailed { source, .. } => {
                tracing::error!(error = %source, "{message}");
                Self::internal(message)
            }
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
