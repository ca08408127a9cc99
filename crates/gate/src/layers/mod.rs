//! What every request passes and every answer carries, whatever the route: a request id, the check of the `Host`
//! header, CORS, and the headers that keep browsers careful.
//!
//! The rules are pure functions in the modules below; [`apply`] is the one place where they meet axum.

pub mod content_type;
pub mod limits;
pub mod request_id;
pub mod security;

mod hosts;
mod origins;
mod proxies;
mod wildcard;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use crate::front::Peer;
use crate::reply;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderValue, StatusCode};
use identity::{ClientAddress, PeerAddress};
use model::{Entropy, Error};
use telemetry::Telemetry;
use tokio::time::Instant;

pub use content_type::{form_content_type, json_content_type};
pub use proxies::TrustedProxies;
pub use request_id::RequestId;
pub use security::{FrameOptions, Preflight, SecurityConfig, SecurityConfigError, Verdict};

/// What [`apply`] needs to know.
pub struct Layers {
    pub security: SecurityConfig,
    pub proxies: TrustedProxies,
    pub entropy: Arc<dyn Entropy>,
    /// What counts the requests, where they are counted.
    pub telemetry: Option<Telemetry>,
}

/// The middleware: `router.layer(axum::middleware::from_fn_with_state(layers, layers::apply))`, as the outermost layer,
/// so that the answers of every other one pass it.
///
/// A request that goes on carries its [`RequestId`] and its [`ClientAddress`] as extensions; every answer has the id in
/// `x-request-id`. Code of an app's that panics ends its request with a 500.
pub async fn apply(State(layers): State<Arc<Layers>>, mut request: Request, next: Next) -> Response {
    let id = RequestId::accept_or_make(request.headers(), &*layers.entropy);
    let security = &layers.security;
    let counted = match &layers.telemetry {
        // As MLflow does it: probes would hide everything else.
        Some(telemetry) if !security.is_health(request.uri().path()) => {
            Some((telemetry, request.method().clone(), Instant::now()))
        }
        _ => None,
    };
    let verdict = security.decide(request.method(), request.uri(), request.headers());
    let asked = security.asked(&verdict, request.uri(), request.headers());
    let mut answer = match verdict {
        Verdict::Pass => {
            request.extensions_mut().insert(id.clone());
            // Without a connection, as in tests, there is no address.
            if let Some(Peer(peer)) = request.extensions().get().copied() {
                let client = layers.proxies.client(peer, request.headers());
                request.extensions_mut().insert(ClientAddress(client));
                request.extensions_mut().insert(PeerAddress(peer));
            }
            let answering = AssertUnwindSafe(next.run(request)).catch_unwind();
            answering.await.unwrap_or_else(|panicked| {
                let problem = message(&*panicked);
                tracing::error!(request_id = %id, problem, "a request was given up: what works on it panicked");
                reply::failure(&Error::internal("The request was given up because of a fault in the server."))
            })
        }
        Verdict::InvalidHost => {
            tracing::warn!(request_id = %id, host = shown(request.headers(), &HOST), "refused an unknown Host header");
            refusal(security::INVALID_HOST)
        }
        Verdict::CrossOrigin => {
            let origin = shown(request.headers(), &ORIGIN);
            tracing::warn!(request_id = %id, origin, "blocked a cross-origin request");
            refusal(security::CROSS_ORIGIN)
        }
        Verdict::Preflight(Preflight { status, body, headers }) => {
            let mut answer = plain(status, body);
            answer.headers_mut().extend(headers);
            answer
        }
    };
    security.finish(&asked, answer.headers_mut());
    answer.headers_mut().insert(request_id::HEADER, id.header());
    if let Some((telemetry, method, began)) = counted {
        telemetry.request(method.as_str(), answer.status().as_u16(), began.elapsed());
    }
    answer
}

/// What a panic says.
fn message(panicked: &(dyn Any + Send)) -> &str {
    let text = panicked.downcast_ref::<&str>().copied();
    text.or_else(|| panicked.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

fn refusal(text: &'static str) -> Response {
    plain(StatusCode::FORBIDDEN, text)
}

fn plain(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut answer = Response::new(text.into());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// The start of a header for the log: a hostile one may fill the whole head of a request.
fn shown(headers: &HeaderMap, name: &http::HeaderName) -> String {
    let value = headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    String::from_utf8_lossy(value).chars().take(100).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;
