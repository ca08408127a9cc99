//! From a request to a worker's answer.

use crate::body::{Noted, Patient, Progress};
use gate::{ForwardedBody, HOST_PREFIX, HostSecret};
use http::header::{
    CONNECTION, EXPECT, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use model::{Error, ErrorCode, SystemEntropy};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{timeout, timeout_at};

/// Requests that a worker has at a time, those whose answers are still on their way with them.
const PER_WORKER: usize = 256;
/// How long a request waits for room.
const QUEUE_PATIENCE: Duration = Duration::from_secs(5);
/// How long a connection may take, after an answer, until it is ready for the next request.
const SETTLE_PATIENCE: Duration = Duration::from_secs(1);
/// Connections to a worker that are kept for later.
const MAX_IDLE: usize = 64;
/// Bytes of an answer's head.
const MAX_HEAD_BYTES: usize = 128 * 1024;

/// Hop-by-hop fields (RFC 9110, section 7.6.1), and what the server has answered itself.
const NOT_PASSED: [HeaderName; 8] =
    [CONNECTION, EXPECT, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];
const SECRET: HeaderName = HeaderName::from_static("x-millgate-host-secret");

type Sender = SendRequest<Noted>;

/// The way to one process.
pub(crate) struct Line {
    path: PathBuf,
    idle: Mutex<Vec<Sender>>,
    busy: AtomicUsize,
}

impl Line {
    pub(crate) fn new(path: PathBuf) -> Arc<Self> {
        Arc::new(Self { path, idle: Mutex::new(Vec::new()), busy: AtomicUsize::new(0) })
    }

    /// A connection that has been used before, if one still stands. Nobody waits for one.
    fn used(&self) -> Option<Sender> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(Sender::is_ready)
    }

    async fn connect(&self) -> Result<Sender, Failure> {
        let socket = UnixStream::connect(&self.path).await.map_err(|_| Failure::Gone)?;
        let handshake = http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(TokioIo::new(socket));
        let (sender, connection) = handshake.await.map_err(|_| Failure::Gone)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a Python worker ended with an error");
            }
        });
        Ok(sender)
    }

    /// Keeps a connection for later, once it can take another request: after an answer that came before the end of its
    /// request's body, it can not yet, and may never.
    fn keep(self: Arc<Self>, mut sender: Sender) {
        if sender.is_ready() {
            return self.push(sender);
        }
        tokio::spawn(async move {
            if let Ok(Ok(())) = timeout(SETTLE_PATIENCE, sender.ready()).await {
                self.push(sender);
            }
        });
    }

    fn push(&self, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE {
            idle.push(sender);
        }
    }
}

/// A place at a worker, and the connection that an answer comes over.
struct Visit {
    line: Arc<Line>,
    sender: Option<Sender>,
    _permit: OwnedSemaphorePermit,
}

impl Visit {
    fn new(line: Arc<Line>, permit: OwnedSemaphorePermit) -> Self {
        line.busy.fetch_add(1, Ordering::Relaxed);
        Self { line, sender: None, _permit: permit }
    }

    /// The answer came to its end: the connection can be used again.
    fn end(mut self) {
        if let Some(sender) = self.sender.take() {
            Arc::clone(&self.line).keep(sender);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.line.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why there is no answer.
#[derive(Debug)]
enum Failure {
    /// The process is not there, or went away.
    Gone,
    /// What it said is no answer.
    Nonsense(hyper::Error),
    Silent,
    /// The request's body broke off, or came too slowly.
    Request,
}

/// Hands requests to workers.
pub(crate) struct Proxy {
    lines: RwLock<Vec<Option<Arc<Line>>>>,
    room: Arc<Semaphore>,
    timeout: Duration,
    secret: HostSecret,
    core_host: String,
}

impl Proxy {
    pub(crate) fn new(workers: usize, timeout: Duration, secret: HostSecret) -> Self {
        Self {
            lines: RwLock::new(vec![None; workers]),
            room: Arc::new(Semaphore::new(workers.saturating_mul(PER_WORKER).min(Semaphore::MAX_PERMITS))),
            timeout,
            secret,
            // Under `invalid` no name ever resolves (RFC 6761).
            core_host: format!("{}.millgate.invalid", model::ambient::uuid_hex(&SystemEntropy)),
        }
    }

    /// A name for the core, in URLs within workers.
    pub(crate) fn core_host(&self) -> &str {
        &self.core_host
    }

    pub(crate) fn connect(&self, worker: usize, line: Arc<Line>) {
        self.set(worker, Some(line));
    }

    pub(crate) fn disconnect(&self, worker: usize) {
        self.set(worker, None);
    }

    fn set(&self, worker: usize, line: Option<Arc<Line>>) {
        let mut lines = self.lines.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = lines.get_mut(worker) {
            *place = line;
        }
    }

    /// The line to the worker with the least to do.
    fn choose(&self) -> Option<Arc<Line>> {
        let lines = self.lines.read().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flatten().min_by_key(|line| line.busy.load(Ordering::Relaxed)).cloned()
    }

    /// A worker's answer.
    pub(crate) async fn pass(
        &self,
        request: Request<ForwardedBody>,
    ) -> model::Result<Response<ForwardedBody>> {
        if self.choose().is_none() {
            return Err(down());
        }
        let path = request.uri().path().to_owned();
        let progress = Progress::new();
        let mut request = self.outgoing(request, &progress);
        // Who sends slowly takes no place meanwhile.
        request.body_mut().begin().await.map_err(|_| broken(&path))?;
        let room = timeout(QUEUE_PATIENCE, Arc::clone(&self.room).acquire_owned()).await;
        let Ok(Ok(permit)) = room else {
            tracing::warn!("the Python app has more requests than it can take: one was turned away");
            return Err(Error::unavailable("The server's app has too much to do."));
        };
        let line = self.choose().ok_or_else(down)?;
        self.visit(Visit::new(line, permit), request, &progress).await.map_err(|failure| match failure {
            Failure::Gone => {
                tracing::warn!(path, "a Python worker went away before it answered");
                down()
            }
            Failure::Nonsense(error) => {
                tracing::error!(path, %error, "a Python worker gave an answer that is none");
                Error::internal("The server's app gave no proper answer.")
            }
            Failure::Silent => {
                tracing::warn!(path, "the Python app took too long and was given up");
                Error::new(ErrorCode::DeadlineExceeded, "The server's app took too long.")
            }
            Failure::Request => broken(&path),
        })
    }

    async fn visit(
        &self,
        mut visit: Visit,
        mut request: Request<Noted>,
        progress: &Progress,
    ) -> Result<Response<ForwardedBody>, Failure> {
        // Now its time begins.
        progress.note();
        let answer = loop {
            let (mut sender, used) = match visit.line.used() {
                Some(sender) => (sender, true),
                None => (visit.line.connect().await?, false),
            };
            let sent = within(self.timeout, progress, sender.try_send_request(request)).await;
            match sent.ok_or(Failure::Silent)? {
                Ok(answer) => {
                    visit.sender = Some(sender);
                    break answer;
                }
                // A connection that was closed before anything was sent on it.
                Err(mut refused) => match refused.take_message() {
                    Some(again) if used => request = again,
                    _ if progress.is_broken() => return Err(Failure::Request),
                    _ if refused.error().is_parse() || refused.error().is_parse_too_large() => {
                        return Err(Failure::Nonsense(refused.into_error()));
                    }
                    _ => return Err(Failure::Gone),
                },
            }
        };
        Ok(self.incoming(answer, visit))
    }

    fn outgoing(&self, request: Request<ForwardedBody>, progress: &Progress) -> Request<Noted> {
        let (mut parts, body) = request.into_parts();
        remove_hop_by_hop(&mut parts.headers);
        // Hexadecimal digits are a header's value.
        if let Ok(secret) = HeaderValue::from_str(self.secret.expose()) {
            parts.headers.insert(SECRET, secret);
        }
        // The form of a request's target that names no host.
        if let Some(path) = parts.uri.path_and_query() {
            parts.uri = Uri::from(path.clone());
        }
        parts.version = http::Version::HTTP_11;
        Request::from_parts(parts, Noted::new(body, progress.clone()))
    }

    fn incoming(&self, answer: Response<Incoming>, visit: Visit) -> Response<ForwardedBody> {
        let (mut parts, body) = answer.into_parts();
        remove_hop_by_hop(&mut parts.headers);
        if parts.status == StatusCode::SWITCHING_PROTOCOLS {
            parts.status = StatusCode::BAD_GATEWAY;
        }
        let body = Patient::<Incoming, Visit>::new(body, self.timeout, visit, Visit::end);
        Response::from_parts(parts, body.boxed_unsync())
    }
}

fn broken(path: &str) -> Error {
    tracing::debug!(path, "a request's body broke off or came too slowly");
    Error::bad_request("The request's body broke off or came too slowly.")
}

fn down() -> Error {
    Error::unavailable("The server's app is not running.")
}

/// The future's value, unless nothing moves for too long.
async fn within<T>(patience: Duration, progress: &Progress, future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    loop {
        let deadline = progress.last() + patience;
        match timeout_at(deadline, &mut future).await {
            Ok(value) => return Some(value),
            Err(_) if progress.last() + patience > deadline => {}
            Err(_) => return None,
        }
    }
}

/// Removes what concerns one connection alone.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse::<HeaderName>().ok())
        // What stands between the front and the host no client can have removed.
        .filter(|name| !name.as_str().starts_with(HOST_PREFIX))
        .collect();
    for name in NOT_PASSED.iter().chain(&named) {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
