//! What a connection is served with.

use crate::extension::{Body, Layer, Next};
use crate::layers::{self, Layers};
use axum::Router;
use axum::body::HttpBody;
use axum::extract::State;
use futures::FutureExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::net::IpAddr;
use std::sync::Arc;

/// A server's answer to HTTP, for hyper to serve connections with. It gives no access to its routes: only the gate mounts.
#[derive(Clone)]
pub struct Front(Router);

impl Front {
    /// `own` are an app's layers, the outermost first; `layers` stand before them.
    pub(crate) fn new(mut routes: Router, own: Vec<Arc<dyn Layer>>, layers: Layers) -> Self {
        for layer in own.into_iter().rev() {
            routes = routes.layer(axum::middleware::from_fn_with_state(layer, pass));
        }
        Self(routes.layer(axum::middleware::from_fn_with_state(Arc::new(layers), layers::apply)))
    }

    /// Routes whose layers are theirs already.
    pub(crate) fn bare(routes: Router) -> Self {
        Self(routes)
    }

    /// The service of one connection, with the address at its other end.
    pub fn service(&self, peer: IpAddr) -> Connection {
        self.connection(Some(Peer(peer.to_canonical())))
    }

    /// The service of one connection over a socket of this machine, whose other end has no address.
    pub fn local_service(&self) -> Connection {
        self.connection(None)
    }

    fn connection(&self, peer: Option<Peer>) -> Connection {
        Connection { routes: TowerToHyperService::new(self.0.clone()), peer }
    }
}

/// Hands a request to an app's layer.
async fn pass(
    State(layer): State<Arc<dyn Layer>>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let next = Next {
        run: Box::new(move |request| {
            async move { next.run(request.map(|body| body.0)).await.map(Body) }.boxed()
        }),
    };
    layer.call(request.map(Body), next).await.map(|body| body.0)
}

/// Serves the requests of one connection. Each carries the address at the connection's other end as an
/// extension.
#[derive(Clone)]
pub struct Connection {
    routes: TowerToHyperService<Router>,
    peer: Option<Peer>,
}

/// The address at the other end of the connection, an IPv4 address never in the guise of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl<B> Service<http::Request<B>> for Connection
where
    TowerToHyperService<Router>: Service<http::Request<B>>,
    B: HttpBody,
{
    type Response = <TowerToHyperService<Router> as Service<http::Request<B>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<http::Request<B>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<http::Request<B>>>::Future;

    fn call(&self, mut request: http::Request<B>) -> Self::Future {
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        self.routes.call(request)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::process::Command;

    /// The crates of the workspace that use `dependency`, tests aside.
    fn users_of(metadata: &Value, dependency: &str) -> BTreeSet<String> {
        let uses = |package: &Value| {
            let mut dependencies = package["dependencies"].as_array().unwrap().iter();
            dependencies.any(|known| known["name"] == dependency && known["kind"] != "dev")
        };
        let packages = metadata["packages"].as_array().unwrap().iter();
        packages
            .filter(|package| uses(package))
            .map(|package| package["name"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn nobody_but_the_gate_can_mount_a_route_and_nobody_but_the_store_can_speak_sql() {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (dependency, only) in
            [("axum", "gate"), ("sqlx", "store"), ("sea-query", "store"), ("cap-std", "artifacts")]
        {
            assert_eq!(users_of(&metadata, dependency), BTreeSet::from([only.to_owned()]), "{dependency}");
        }
    }
}
