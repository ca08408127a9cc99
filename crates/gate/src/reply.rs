//! From a handler's output to an HTTP answer.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use identity::Rejection;
use model::{Error, ErrorCode};
use operations::{Confidential, Download, Exposition, Json, Pieces, Piecewise, Text};
use serde::Serialize;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// An output that can be sent.
pub(crate) trait Reply {
    /// The answer. Links in it begin with `prefix`, the server's static prefix.
    fn reply(self, prefix: &str) -> Response;

    /// The answer to a request that got none of this kind.
    fn refusal(error: &Error, _prefix: &str) -> Response {
        failure(error)
    }
}

impl<T: Serialize> Reply for Json<T> {
    fn reply(self, _: &str) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => respond(StatusCode::OK, JSON, bytes),
            Err(error) => unwritten(&error),
        }
    }
}

fn unwritten(error: &serde_json::Error) -> Response {
    tracing::error!(%error, "an answer could not be written as JSON");
    failure(&Error::internal("The answer could not be written."))
}

/// One piece is an answer with a length like any other. An error behind the first breaks the answer off.
impl<T: Piecewise> Reply for Pieces<T> {
    fn reply(self, _: &str) -> Response {
        let Self(mut pieces) = self;
        let mut first = Vec::new();
        match pieces.write_piece(&mut first) {
            Err(error) => unwritten(&error),
            Ok(false) => respond(StatusCode::OK, JSON, first),
            Ok(true) => {
                let rest = stream::unfold(Some(pieces), async |pieces| {
                    let mut pieces = pieces?;
                    let mut piece = Vec::new();
                    match pieces.write_piece(&mut piece) {
                        Ok(more) => Some((Ok(Bytes::from(piece)), more.then_some(pieces))),
                        Err(error) => Some((Err(std::io::Error::other(error)), None)),
                    }
                });
                let body = stream::iter([Ok(Bytes::from(first))]).chain(rest);
                respond(StatusCode::OK, JSON, Body::from_stream(body))
            }
        }
    }
}

impl<T: Serialize> Reply for Confidential<T> {
    fn reply(self, prefix: &str) -> Response {
        let mut response = Json(self.0).reply(prefix);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Reply for Text {
    fn reply(self, _: &str) -> Response {
        respond(StatusCode::OK, PLAIN, self.0)
    }
}

/// Prometheus' text format 0.0.4.
const EXPOSITION: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

impl Reply for Exposition {
    fn reply(self, _: &str) -> Response {
        respond(StatusCode::OK, EXPOSITION, self.0)
    }
}

impl Reply for Download {
    fn reply(self, _: &str) -> Response {
        let mut response = respond(
            if self.part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK },
            header(&self.content_type, "application/octet-stream"),
            Body::from_stream(self.body),
        );
        let headers = response.headers_mut();
        headers.insert(CONTENT_DISPOSITION, header(&self.content_disposition, "attachment"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(self.length));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // A page among the files that is shown although it is an attachment runs no script in the server's origin.
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
        if let Some(part) = self.part {
            let last = (part.offset + self.length).saturating_sub(1);
            headers.insert(
                CONTENT_RANGE,
                header(&format!("bytes {}-{last}/{}", part.offset, part.total), "bytes */*"),
            );
        }
        response
    }
}

/// A header whose value was made from data; what cannot stand in a header is replaced as a whole.
fn header(value: &str, otherwise: &'static str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static(otherwise))
}

fn respond(status: StatusCode, content_type: HeaderValue, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

#[derive(Serialize)]
struct ErrorAnswer<'e> {
    error_code: &'static str,
    message: &'e str,
}

/// An error with MLflow's code and status.
pub(crate) fn failure(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let answer = ErrorAnswer { error_code: error.code.as_str(), message: &error.message };
    // Two strings always serialize.
    let body = serde_json::to_vec(&answer).unwrap_or_default();
    let mut response = respond(status, JSON, body);
    if matches!(error.code, ErrorCode::TemporarilyUnavailable | ErrorCode::RequestLimitExceeded) {
        response.headers_mut().insert(RETRY_AFTER, error.retry_after.unwrap_or(1).into());
    }
    response
}

/// 403 in plain text, as MLflow answers it.
pub(crate) fn forbidden() -> Response {
    respond(StatusCode::FORBIDDEN, PLAIN, "Permission denied")
}

/// Why a caller was turned away at the door.
pub(crate) fn rejected(rejection: &Rejection) -> Response {
    match rejection {
        Rejection::Failed(error) => failure(error),
        Rejection::Answered { answer, .. } => {
            let mut response = Response::new(Body::from(answer.body.clone()));
            *response.status_mut() = answer.status;
            *response.headers_mut() = answer.headers.clone();
            response
        }
        Rejection::Unavailable { .. } => failure(&Error::new(
            ErrorCode::TemporarilyUnavailable,
            "Who is calling could not be found out. Please try again later.",
        )),
        Rejection::Throttled { throttled, .. } => failure(&(*throttled).into()),
        Rejection::Unauthorized | Rejection::WrongCredentials { .. } => {
            let mut response = respond(
                StatusCode::UNAUTHORIZED,
                PLAIN,
                "You are not authenticated. Log in with your user name and password.",
            );
            let realm = HeaderValue::from_static("Basic realm=\"mlflow\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, realm);
            response
        }
    }
}

/// 503 in plain text: the part of the server that has this route is switched off.
pub(crate) fn switched_off(route: &str, reason: &str) -> Response {
    let text = format!("Endpoint: {route} disabled {reason}");
    respond(StatusCode::SERVICE_UNAVAILABLE, PLAIN, text)
}

/// No row of the table has this path, or this method on it.
pub(crate) fn not_served(status: StatusCode) -> Response {
    let error = Error::new(
        ErrorCode::EndpointNotFound,
        if status == StatusCode::METHOD_NOT_ALLOWED {
            "The method is not allowed for this endpoint."
        } else {
            "There is no such endpoint."
        },
    );
    let mut response = failure(&error);
    *response.status_mut() = status;
    response
}
