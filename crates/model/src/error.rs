//! The one error type that reaches a client, with MLflow's error codes.

use std::borrow::Cow;

/// A result whose error can be shown to a client.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// MLflow's error codes (`databricks.proto`, `ErrorCode`), as far as a server sends them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    BadRequest,
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
    ResourceConflict,
    EndpointNotFound,
    PermissionDenied,
    Unauthenticated,
    RequestLimitExceeded,
    TemporarilyUnavailable,
    DeadlineExceeded,
    InvalidState,
    NotImplemented,
    InternalError,
}

impl ErrorCode {
    /// The name as it stands in `error_code` of an answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "BAD_REQUEST",
            Self::InvalidParameterValue => "INVALID_PARAMETER_VALUE",
            Self::ResourceAlreadyExists => "RESOURCE_ALREADY_EXISTS",
            Self::ResourceDoesNotExist => "RESOURCE_DOES_NOT_EXIST",
            Self::ResourceConflict => "RESOURCE_CONFLICT",
            Self::EndpointNotFound => "ENDPOINT_NOT_FOUND",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::RequestLimitExceeded => "REQUEST_LIMIT_EXCEEDED",
            Self::TemporarilyUnavailable => "TEMPORARILY_UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::InvalidState => "INVALID_STATE",
            Self::NotImplemented => "NOT_IMPLEMENTED",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }

    /// The HTTP status that MLflow 3.17 `exceptions.py` gives the code.
    pub const fn http_status(self) -> u16 {
        match self {
            Self::BadRequest | Self::InvalidParameterValue | Self::ResourceAlreadyExists => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::ResourceDoesNotExist | Self::EndpointNotFound => 404,
            Self::ResourceConflict => 409,
            Self::RequestLimitExceeded => 429,
            Self::InvalidState | Self::InternalError => 500,
            Self::NotImplemented => 501,
            Self::TemporarilyUnavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }
}

/// An error as a client sees it. What must stay inside (SQL, paths, addresses) goes to the log, never into `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// MLflow's code, from which the status follows.
    pub code: ErrorCode,
    /// What the client is told.
    pub message: Cow<'static, str>,
    /// Seconds after which the client may ask again, where the code tells it to.
    pub retry_after: Option<u32>,
}

impl Error {
    /// An error with a code, and what the client is told.
    pub fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), retry_after: None }
    }

    /// With the seconds after which the client may ask again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// INVALID_PARAMETER_VALUE: 400.
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidParameterValue, message)
    }

    /// RESOURCE_DOES_NOT_EXIST: 404.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ResourceDoesNotExist, message)
    }

    /// RESOURCE_ALREADY_EXISTS: 400.
    pub fn already_exists(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::ResourceAlreadyExists, message)
    }

    /// BAD_REQUEST: 400.
    pub fn bad_request(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    /// Something of ours went wrong. `message` must not hold internals: those are logged where they happen.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InternalError, message)
    }

    /// TEMPORARILY_UNAVAILABLE: 503.
    pub fn unavailable(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::TemporarilyUnavailable, message)
    }

    /// MLflow's words for a parameter that a request must have.
    pub fn missing(parameter: &str) -> Self {
        Self::invalid(format!(
            "Missing value for required parameter '{parameter}'. \
             See the API docs for more information about request parameters."
        ))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Error {}
