//! What a failure of an object store means to a client.

use std::error::Error as StdError;

use object_store::Error as StoreError;
use object_store::client::{HttpError, HttpErrorKind};

use crate::error::Error;
use crate::safe_path::SafePath;

/// What `error` means where `path` of a bucket was to be reached. The error itself is for the log: it may name keys and URLs,
/// never a secret.
pub(super) fn translate(error: StoreError, bucket: &str, path: &SafePath) -> Error {
    let bucket = bucket.to_owned();
    let text = error.to_string();
    let says = |code: &str| text.contains(&format!("<Code>{code}</Code>"));
    if says("NoSuchBucket") || says("ContainerNotFound") || says("ContainerBeingDeleted") {
        return Error::NoBucket { bucket };
    }
    if says("AuthenticationFailed")
        || says("InvalidAccessKeyId")
        || says("SignatureDoesNotMatch")
        || says("ExpiredToken")
    {
        return Error::StoreRefused { bucket, source: Box::new(error) };
    }
    if says("NoSuchUpload") {
        return Error::NoUpload;
    }
    if ["InvalidPart", "InvalidPartOrder", "EntityTooSmall", "InvalidBlockList"].into_iter().any(says) {
        return Error::BadParts;
    }
    // Where credentials come from when there are none: the machine's own service, which only a cloud has.
    if text.contains("://169.254.169.254") || text.contains("://metadata.google.internal") {
        return Error::NoCredentials { bucket, source: Box::new(error) };
    }
    // A listing wraps what a read has in a variant of its own.
    let status = |code: &str| text.contains(&format!("status code: {code}"));
    match error {
        error if status("403") || status("401") || text.contains("(code: AccessDenied)") => {
            Error::StoreRefused { bucket, source: Box::new(error) }
        }
        _ if status("404") => Error::NotFound(path.clone()),
        StoreError::NotFound { .. } => Error::NotFound(path.clone()),
        StoreError::Precondition { .. }
        | StoreError::NotModified { .. }
        | StoreError::AlreadyExists { .. } => Error::Replaced(path.clone()),
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
            Error::StoreRefused { bucket, source: Box::new(error) }
        }
        error if text.contains("redirect without LOCATION") => {
            Error::WrongRegion { bucket, source: Box::new(error) }
        }
        error if is_silence(&error) || status("5") => {
            Error::StoreUnavailable { bucket, source: Box::new(error) }
        }
        error => Error::StoreFailed { bucket, source: Box::new(error) },
    }
}

/// Whether no answer came, or not all of it.
fn is_silence(error: &StoreError) -> bool {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(http) = cause.downcast_ref::<HttpError>() {
            return !matches!(http.kind(), HttpErrorKind::Decode);
        }
        next = cause.source();
    }
    false
}
