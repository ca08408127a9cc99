//! Sockets: accepting, limits on connections, and an end that loses no request.

use crate::RunError;
use gate::layers::limits::{HEADER_READ_TIMEOUT, MAX_HEAD_BYTES};
use gate::{Connection, Front};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

/// Connections at a time. Further ones wait in the listener's backlog. Below the 1,024 files that a process may have open
/// by default, with room for databases and artifacts.
const MAX_CONNECTIONS: usize = 768;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be silent, within a request or between two.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a client may take nothing of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long requests in flight may take to finish when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause after an accept that failed, for want of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound socket.
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds to a host and port; port 0 finds a free one.
    pub(crate) async fn bind(host: &str, port: u16) -> Result<Self, RunError> {
        let failed = |error| RunError::Listen { address: format!("{host}:{port}"), error };
        let socket = TcpListener::bind((host, port)).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until SIGTERM or SIGINT, then finishes the requests in flight.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<Arc<rustls::ServerConfig>>,
    front: Front,
) -> Result<(), RunError> {
    let mut stop = pin!(stop_signal()?);
    let acceptor = tls.map(TlsAcceptor::from);
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let (permit, socket, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = accept(&listener.socket, &permits) => accepted,
        };
        let (front, acceptor, watcher) = (front.clone(), acceptor.clone(), graceful.watcher());
        tokio::spawn(async move {
            let serve = async {
                match acceptor {
                    None => connection(socket, front.service(peer), watcher).await,
                    Some(acceptor) => {
                        let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket));
                        if let Ok(Ok(stream)) = handshake.await {
                            connection(stream, front.service(peer), watcher).await;
                        }
                    }
                }
            };
            serve.await;
            drop(permit);
        });
    }
    drop(listener);
    tracing::info!("stopping: finishing the requests in flight");
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within {} s", SHUTDOWN_TIMEOUT.as_secs());
    }
    Ok(())
}

/// The next connection, when there is room for one.
async fn accept(
    socket: &TcpListener,
    permits: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, TcpStream, IpAddr) {
    // The semaphore is never closed.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => {
                // Small answers must not wait for more to send.
                let _ = stream.set_nodelay(true);
                return (permit, stream, peer.ip());
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end.
async fn connection<S>(stream: S, service: Connection, watcher: hyper_util::server::graceful::Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_read_timeout(Some(READ_TIMEOUT));
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_header_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended with an error");
    }
}

/// Ready when the process is asked to stop.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
