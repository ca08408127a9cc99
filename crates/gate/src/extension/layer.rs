//! What stands between the server and its routes.

use super::body::Body;
use futures::future::BoxFuture;
use http::{Request, Response};

/// Something that every request passes before the gate, and every answer after it: where MLflow's plugins have
/// `before_request` and `after_request`.
///
/// It sees requests of callers who are not known yet. The check of the `Host` header, the check for other origins and the request
/// id stand before it.
pub trait Layer: Send + Sync + 'static {
    /// Answers a request: by itself, or by what `next` answers.
    fn call<'a>(&'a self, request: Request<Body>, next: Next<'a>) -> BoxFuture<'a, Response<Body>>;
}

/// What comes after a layer: the other layers, and the gate.
pub struct Next<'a> {
    pub(crate) run: Box<dyn FnOnce(Request<Body>) -> BoxFuture<'a, Response<Body>> + Send + 'a>,
}

impl Next<'_> {
    /// The answer of what comes after.
    pub async fn run(self, request: Request<Body>) -> Response<Body> {
        (self.run)(request).await
    }
}

impl std::fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Next")
    }
}
