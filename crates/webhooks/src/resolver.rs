//! Names to addresses. A client asks once, and connects to nothing but what it was told and has checked.

use futures::FutureExt;
use futures::future::BoxFuture;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Names that are looked up at once. The system's resolver cannot be told to stop: without a bound, names that nobody answers
/// for would take all threads there are.
const AT_ONCE: usize = 16;
/// Addresses of a name that are looked at.
const MAX_ADDRESSES: usize = 64;

pub(crate) trait Resolve: Send + Sync {
    /// The addresses of a name.
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The system's own resolver.
pub(crate) struct SystemResolver {
    places: Arc<Semaphore>,
}

impl Default for SystemResolver {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, name: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let name = name.to_owned();
        async move {
            let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
            let asked = tokio::task::spawn_blocking(move || {
                // Given back when the system has answered, whoever still waits for that.
                let _place = place;
                (name.as_str(), port).to_socket_addrs().map(|found| found.take(MAX_ADDRESSES).collect())
            });
            asked.await.map_err(io::Error::other)?
        }
        .boxed()
    }
}
