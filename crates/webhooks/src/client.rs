//! One request to a webhook. The connection is our own, so that the address that is checked is the one connected to: a name is
//! resolved once, each of its addresses has to be admitted, and so does the peer of the socket. No redirect is followed and no
//! proxy asked, as either would lead elsewhere.

use crate::resolver::{Resolve, SystemResolver};
use crate::target::{Host, Rules, Scheme, Target, UrlError};
use bytes::Bytes;
use futures::future::{Either, select};
use http::header::{ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;

/// How long a name may take to be looked up where a URL is only checked (MLflow 3.17
/// `_HOSTNAME_RESOLUTION_TIMEOUT_SECONDS`).
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// Bytes of an answer's head.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Addresses of a name that are tried, one after the other.
const MAX_TRIES: usize = 4;

/// Why there is no answer. What is shown of it tells nothing of names and addresses; the rest is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    #[error("the URL or its address is not allowed")]
    Refused(String),
    #[error("no answer came in time")]
    TimedOut,
    #[error("the request failed")]
    Failed(String),
}

impl SendError {
    /// What the log may say.
    pub fn detail(&self) -> &str {
        match self {
            Self::Refused(detail) | Self::Failed(detail) => detail,
            Self::TimedOut => "",
        }
    }
}

fn failed(error: impl std::error::Error) -> SendError {
    SendError::Failed(error.to_string())
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub(crate) retry_after: Option<String>,
    /// The beginning of the body.
    pub body: Vec<u8>,
}

/// Sends requests to webhooks.
#[derive(Clone)]
pub struct Client {
    rules: Rules,
    /// How long a request may take from the look-up of the name to the last byte that is read.
    timeout: Duration,
    resolver: Arc<dyn Resolve>,
    tls: Arc<OnceCell<TlsConnector>>,
}

impl Client {
    pub fn new(rules: Rules, timeout: Duration) -> Self {
        Self { rules, timeout, resolver: Arc::new(SystemResolver::default()), tls: Arc::default() }
    }

    #[cfg(test)]
    pub(crate) fn with(self, resolver: Arc<dyn Resolve>, roots: rustls::RootCertStore) -> Self {
        let tls = OnceCell::new_with(tls_config(roots).ok());
        Self { resolver, tls: Arc::new(tls), ..self }
    }

    /// Whether a webhook may have the URL. As in MLflow, a name has to resolve, and to nothing that is not public.
    ///
    /// # Errors
    /// When it may not.
    pub async fn check(&self, url: &str) -> Result<(), UrlError> {
        let target = Target::parse(url, &self.rules)?;
        if self.rules.allow_private_ips {
            return Ok(());
        }
        match tokio::time::timeout(CHECK_TIMEOUT, self.addresses(&target)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(UrlError::NotPublic(target.host.to_string())),
        }
    }

    /// Posts a body, and reads at most `keep` bytes of the answer's.
    ///
    /// # Errors
    /// When no answer came.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
        keep: usize,
    ) -> Result<Answer, SendError> {
        // Not the URL itself, which may hold a password or a token.
        let target = Target::parse(url, &self.rules).map_err(|error| match error {
            UrlError::NotPublic(host) => SendError::Refused(format!("{host} is not public")),
            UrlError::Scheme { .. } => SendError::Refused("the scheme is not allowed".to_owned()),
            UrlError::Empty(_) | UrlError::NoHost(_) | UrlError::Malformed { .. } => {
                SendError::Refused("the URL cannot be read".to_owned())
            }
        })?;
        let exchange = async {
            let socket = self.connect(&target).await?;
            let request = request(&target, headers, body).map_err(failed)?;
            match target.scheme {
                Scheme::Http => exchange(socket, request, keep).await,
                Scheme::Https => {
                    let name = match &target.host {
                        Host::Name(name) => ServerName::try_from(name.clone()).map_err(failed)?,
                        Host::Address(address) => ServerName::from(*address),
                    };
                    let stream = self.tls().await?.connect(name, socket).await.map_err(failed)?;
                    exchange(stream, request, keep).await
                }
            }
        };
        tokio::time::timeout(self.timeout, exchange).await.unwrap_or(Err(SendError::TimedOut))
    }

    /// The addresses of the host, all of them admitted: one that is not spoils the others, as nobody mixes them but to get past
    /// a check.
    async fn addresses(&self, target: &Target) -> Result<Vec<SocketAddr>, SendError> {
        let addresses = match &target.host {
            Host::Address(address) => vec![SocketAddr::new(*address, target.port)],
            Host::Name(name) => self.resolver.resolve(name, target.port).await.map_err(failed)?,
        };
        if let Some(address) = addresses.iter().find(|address| !self.rules.admit(address.ip())) {
            return Err(SendError::Refused(format!("{} has the address {}", target.host, address.ip())));
        }
        match addresses.is_empty() {
            true => Err(SendError::Failed(format!("{} has no address", target.host))),
            false => Ok(addresses),
        }
    }

    async fn connect(&self, target: &Target) -> Result<TcpStream, SendError> {
        let addresses = self.addresses(target).await?;
        let tries = addresses.len().min(MAX_TRIES);
        let patience = self.timeout / u32::try_from(tries).unwrap_or(1);
        let mut last = SendError::TimedOut;
        for address in addresses.into_iter().take(tries) {
            match tokio::time::timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(socket)) => {
                    let peer = socket.peer_addr().map_err(failed)?;
                    if peer.ip() != address.ip() || !self.rules.admit(peer.ip()) {
                        return Err(SendError::Refused(format!("{} led to {}", target.host, peer.ip())));
                    }
                    let _ = socket.set_nodelay(true);
                    return Ok(socket);
                }
                Ok(Err(error)) => last = failed(error),
                Err(_) => last = SendError::TimedOut,
            }
        }
        Err(last)
    }

    /// With the system's root certificates, read when they are first needed.
    async fn tls(&self) -> Result<&TlsConnector, SendError> {
        let read = async {
            let read = tokio::task::spawn_blocking(|| {
                let mut roots = rustls::RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                match roots.is_empty() {
                    true => Err(SendError::Failed("the system has no root certificates".to_owned())),
                    false => tls_config(roots).map_err(failed),
                }
            });
            read.await.map_err(failed)?
        };
        self.tls.get_or_try_init(|| read).await
    }
}

fn tls_config(roots: rustls::RootCertStore) -> Result<TlsConnector, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn request(target: &Target, headers: HeaderMap, body: Bytes) -> http::Result<Request<Full<Bytes>>> {
    let mut request = Request::post(target.path.clone()).body(Full::new(body))?;
    let all = request.headers_mut();
    *all = headers;
    all.insert(HOST, target.authority.clone());
    all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    all.insert(ACCEPT, HeaderValue::from_static("*/*"));
    all.insert(CONNECTION, HeaderValue::from_static("close"));
    all.insert(USER_AGENT, HeaderValue::from_static(concat!("millgate/", env!("CARGO_PKG_VERSION"))));
    if let Some(authorization) = &target.authorization {
        all.insert(AUTHORIZATION, authorization.clone());
    }
    Ok(request)
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>, keep: usize) -> Result<Answer, SendError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let stream = TokioIo::new(Box::pin(stream));
    let handshake = http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(stream);
    let (mut sender, connection) = handshake.await.map_err(failed)?;
    let answer = pin!(async {
        let response = sender.send_request(request).await.map_err(failed)?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let (status, retry_after) = (response.status().as_u16(), retry_after.map(str::to_owned));
        Ok(Answer { status, retry_after, body: beginning(response.into_body(), keep).await })
    });
    match select(answer, pin!(connection)).await {
        Either::Left((answer, _)) => answer,
        // All has arrived that ever will.
        Either::Right((_, answer)) => answer.await,
    }
}

/// What comes of a body, up to so many bytes. One that breaks off is as long as it got.
async fn beginning(mut body: hyper::body::Incoming, keep: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    while kept.len() < keep {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Ok(data) = frame.into_data() {
            kept.extend(data.iter().take(keep - kept.len()));
        }
    }
    kept
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
