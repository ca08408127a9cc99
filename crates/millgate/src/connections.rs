//! Sockets: accepting, limits on connections, and an end that loses no request.

use crate::RunError;
use gate::layers::limits::{HEADER_READ_TIMEOUT, MAX_HEAD_BYTES};
use gate::{Connection, Front};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

/// Connections at a time. Further ones wait in the listener's backlog. Below the 1,024 files that a process may have open where
/// the limit cannot be raised, with room for databases and artifacts.
const MAX_CONNECTIONS: usize = 768;
/// Connections that wait to be accepted, as many as the standard library's listeners have waiting.
const BACKLOG: u32 = 1024;
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may be silent, within a request or between two.
const READ_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a client may take nothing of an answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long requests in flight may take to finish when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(30);
/// Connections to the core at a time: more than all workers of a host open.
const MAX_LOCAL_CONNECTIONS: usize = 16_384;
/// Bytes of the head of a request to the core: what a client may send, and what the host adds.
const MAX_LOCAL_HEAD_BYTES: usize = MAX_HEAD_BYTES * 2;
/// Headers of a request to the core: the 100 that a client may send, and what the host adds.
const MAX_LOCAL_HEADERS: usize = 200;
/// How long requests to the core may take to finish after the host has ended.
const LOCAL_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);
/// Files that the process may have open: far more than connections, their workers and databases need.
const MAX_FILES: u64 = 65_536;
/// The pause after an accept that failed, for want of file descriptors say.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A bound socket. Until it listens, who connects is told that nobody does: a client that waits for an answer instead would not
/// know that the server has yet to start.
pub(crate) struct Bound {
    socket: TcpSocket,
    address: SocketAddr,
}

impl Bound {
    /// Binds to a host and port; port 0 finds a free one.
    pub(crate) async fn bind(host: &str, port: u16) -> Result<Self, RunError> {
        let failed = |error| RunError::Listen { address: format!("{host}:{port}"), error };
        let mut last = Error::new(ErrorKind::InvalidInput, "the name has no address");
        for address in tokio::net::lookup_host((host, port)).await.map_err(failed)? {
            match bind(address) {
                Ok(bound) => return Ok(bound),
                Err(error) => last = error,
            }
        }
        Err(failed(last))
    }

    /// Takes connections from now on.
    pub(crate) fn listen(self) -> Result<Listener, RunError> {
        let Self { socket, address } = self;
        let failed = |error| RunError::Listen { address: address.to_string(), error };
        Ok(Listener { socket: socket.listen(BACKLOG).map_err(failed)?, address })
    }
}

fn bind(address: SocketAddr) -> std::io::Result<Bound> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As the standard library's listeners: a server that is started again need not wait for old connections to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    let address = socket.local_addr()?;
    Ok(Bound { socket, address })
}

/// A socket that listens.
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves until the process is asked to stop, then finishes the requests in flight.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<Arc<rustls::ServerConfig>>,
    front: Front,
    mut stop: StopSignal,
) -> Result<(), RunError> {
    let acceptor = tls.map(TlsAcceptor::from);
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let (permit, socket, peer) = tokio::select! {
            () = stop.asked() => break,
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

/// Serves the connections of a socket of this machine, those of this process's own user alone, until it is told to stop or who
/// could tell it is gone.
pub(crate) async fn serve_local(listener: UnixListener, front: Front, mut stop: oneshot::Receiver<()>) {
    let permits = Arc::new(Semaphore::new(MAX_LOCAL_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let (permit, socket) = tokio::select! {
            _ = &mut stop => break,
            accepted = accept_local(&listener, &permits) => accepted,
        };
        let (service, watcher) = (front.local_service(), graceful.watcher());
        tokio::spawn(async move {
            let connection = http1::Builder::new()
                .max_header_size(MAX_LOCAL_HEAD_BYTES)
                .max_headers(MAX_LOCAL_HEADERS)
                .serve_connection(TokioIo::new(socket), service);
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(%error, "a connection to the core ended with an error");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(LOCAL_SHUTDOWN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests to the core did not finish");
    }
}

/// The next connection from this process's own user, when there is room for one.
async fn accept_local(
    listener: &UnixListener,
    permits: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, UnixStream) {
    // The semaphore is never closed.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    let me = rustix::process::geteuid().as_raw();
    loop {
        match listener.accept().await {
            Ok((stream, _)) if stream.peer_cred().is_ok_and(|peer| peer.uid() == me) => {
                return (permit, stream);
            }
            Ok(_) => tracing::warn!("refused a connection of another user to the core"),
            Err(error) => {
                tracing::warn!(%error, "a connection to the core could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
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

/// What asks the process to stop, SIGTERM or SIGINT. It is heard from the moment that this is made: whoever waits later is told
/// at once.
pub(crate) struct StopSignal {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignal {
    pub(crate) fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Ready when the process is asked to stop.
    pub(crate) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Lets the process have as many open files as it may, up to [`MAX_FILES`]: a shell's usual 1,024 are few for connections that
/// each need one to a Python worker and to the core too.
pub(crate) fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(MAX_FILES).min(MAX_FILES);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    limit.current = Some(wanted);
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit on open files could not be raised");
    }
}
