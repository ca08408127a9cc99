//! The two ends of a server whose requests pass a host on their way, a process that runs an app of its operator's: the front
//! that hands requests to it, and the core that takes them back.
//!
//! What the three tell each other travels in headers that begin with [`PREFIX`]. The front takes them from whatever clients
//! send; the core takes nothing from who does not know the host's secret.

use crate::front::Front;
use crate::layers::{Layers, RequestId};
use crate::linger::Lingering;
use crate::reply::{failure, forbidden};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use identity::ClientAddress;
use model::Entropy;
use percent_encoding::percent_decode;
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// What the names of these headers begin with. No client's and no app's header does.
pub const PREFIX: &str = "x-millgate-host-";

const SECRET: HeaderName = HeaderName::from_static("x-millgate-host-secret");
const USER: HeaderName = HeaderName::from_static("x-millgate-host-user");
const CLIENT: HeaderName = HeaderName::from_static("x-millgate-host-client");
const SCHEME: HeaderName = HeaderName::from_static("x-millgate-host-scheme");

/// Characters of a user's name that are kept; MLflow 3.17 has room for 255.
const MAX_USER_CHARS: usize = 255;

/// What a host proves with that it is the one that this server started. Made anew at every start.
#[derive(Clone)]
pub struct HostSecret(Arc<str>);

impl HostSecret {
    /// 244 random bits in hexadecimal digits.
    pub fn new(entropy: &dyn Entropy) -> Self {
        let (first, second) = (model::ambient::uuid_hex(entropy), model::ambient::uuid_hex(entropy));
        Self(format!("{first}{second}").into())
    }

    /// The secret itself, for the host alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the headers hold it, once, and nothing else under its name.
    fn is_in(&self, headers: &HeaderMap) -> bool {
        let mut sent = headers.get_all(SECRET).iter();
        match (sent.next(), sent.next()) {
            (Some(secret), None) => bool::from(secret.as_bytes().ct_eq(self.0.as_bytes())),
            _ => false,
        }
    }
}

impl std::fmt::Debug for HostSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HostSecret")
    }
}

/// The body of a request or of an answer on its way through a host.
pub type ForwardedBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// Hands requests to a host.
pub trait Forward: Send + Sync + 'static {
    /// The host's answer. An error is answered with its own status: nothing was let through.
    fn forward(
        &self,
        request: http::Request<ForwardedBody>,
    ) -> BoxFuture<'_, model::Result<http::Response<ForwardedBody>>>;
}

struct Forwarding {
    forward: Arc<dyn Forward>,
    scheme: HeaderValue,
}

/// The front of a server with a host: behind the layers, every request is the host's.
pub fn forwarding_front(forward: Arc<dyn Forward>, layers: Layers, over_tls: bool) -> Front {
    let scheme = HeaderValue::from_static(if over_tls { "https" } else { "http" });
    let routes = Router::new().fallback(hand_over).with_state(Arc::new(Forwarding { forward, scheme }));
    Front::new(routes, Vec::new(), layers)
}

async fn hand_over(State(forwarding): State<Arc<Forwarding>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = Lingering::wrap(body, &parts.headers);
    remove_ours(&mut parts.headers);
    parts.headers.insert(SCHEME, forwarding.scheme.clone());
    if let Some(ClientAddress(address)) = parts.extensions.get()
        && let Ok(address) = HeaderValue::try_from(address.to_string())
    {
        parts.headers.insert(CLIENT, address);
    }
    if let Some(id) = parts.extensions.get::<RequestId>() {
        parts.headers.insert(crate::layers::request_id::HEADER, id.header());
    }
    parts.extensions = http::Extensions::new();
    let body = body.map_err(Into::into).boxed_unsync();
    match forwarding.forward.forward(http::Request::from_parts(parts, body)).await {
        Ok(answer) => {
            let (mut parts, body) = answer.into_parts();
            remove_ours(&mut parts.headers);
            parts.extensions = http::Extensions::new();
            Response::from_parts(parts, Body::new(body))
        }
        Err(error) => failure(&error),
    }
}

/// Removes what is between the front, the host and the core. To an app that is told of headers as WSGI tells of them, `_` and
/// `-` are one.
fn remove_ours(headers: &mut HeaderMap) {
    let ours = |name: &HeaderName| name.as_str().replace('_', "-").starts_with(PREFIX);
    let names: Vec<HeaderName> = headers.keys().filter(|name| ours(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// That a request came from the host: an extension, which the core's own layer alone can put there.
#[derive(Debug, Clone)]
pub(crate) struct FromHost {
    /// Whom the host's app names as the caller.
    pub(crate) username: Option<String>,
}

struct Admission {
    secret: HostSecret,
    entropy: Arc<dyn Entropy>,
}

/// The front of a server's core, with routes that the gate mounted: it admits the host and nobody else.
pub(crate) fn core_front(routes: Router, secret: HostSecret, entropy: Arc<dyn Entropy>) -> Front {
    let admission = Arc::new(Admission { secret, entropy });
    Front::bare(routes.layer(axum::middleware::from_fn_with_state(admission, admit)))
}

async fn admit(State(admission): State<Arc<Admission>>, mut request: Request, next: Next) -> Response {
    if !admission.secret.is_in(request.headers()) {
        tracing::warn!("refused a request to the core that came from somebody else than the host");
        return forbidden();
    }
    let headers = request.headers();
    let id = RequestId::accept_or_make(headers, &*admission.entropy);
    let from = FromHost { username: headers.get(USER).and_then(username) };
    let client: Option<IpAddr> = headers.get(CLIENT).and_then(|address| address.to_str().ok()?.parse().ok());
    remove_ours(request.headers_mut());
    let extensions = request.extensions_mut();
    extensions.insert(id.clone());
    extensions.insert(from);
    if let Some(client) = client {
        extensions.insert(ClientAddress(client.to_canonical()));
    }
    let mut answer = next.run(request).await;
    answer.headers_mut().insert(crate::layers::request_id::HEADER, id.header());
    answer
}

/// The name of a user, in percent-encoded UTF-8. What could not stand in one line of a log is no name.
fn username(value: &HeaderValue) -> Option<String> {
    let name = percent_decode(value.as_bytes()).decode_utf8().ok()?;
    let fits = !name.is_empty() && name.chars().count() <= MAX_USER_CHARS;
    (fits && !name.chars().any(char::is_control)).then(|| name.into_owned())
}

#[cfg(test)]
#[path = "hosted_tests.rs"]
mod tests;
