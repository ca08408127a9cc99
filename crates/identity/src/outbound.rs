//! Requests to those whom the configuration names: issuers of tokens, and services that are asked who is calling.

use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, RequestBuilder, Response};
use std::time::Duration;
use url::{Host, Url};

/// Why there is no answer. It names no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    #[error("{}", without_url(.0))]
    Request(#[from] reqwest::Error),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

impl OutboundError {
    /// Whether the answer did not come in time.
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Request(error) if error.is_timeout())
    }
}

/// The causes, of which reqwest shows the outermost alone.
fn without_url(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(known) = cause {
        text = format!("{text}: {known}");
        cause = known.source();
    }
    text
}

/// Sends requests. It follows no redirect: who is asked is who was configured.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// By the proxies of the environment (`HTTPS_PROXY` and the like), which see nothing of what is encrypted.
    by_environment: reqwest::Client,
    /// For what stays on the machine: what is not encrypted because it stays there must not leave it through a proxy.
    direct: reqwest::Client,
}

impl Client {
    /// # Errors
    /// When the system's certificates cannot be used.
    pub(crate) fn new(timeout: Duration) -> Result<Self, reqwest::Error> {
        // The first in the process counts, and they are all this one.
        drop(rustls::crypto::ring::default_provider().install_default());
        let builder = || reqwest::Client::builder().redirect(Policy::none()).timeout(timeout);
        let build = |builder: ClientBuilder| builder.user_agent("millgate").build();
        Ok(Self { by_environment: build(builder())?, direct: build(builder().no_proxy())? })
    }

    pub(crate) fn get(&self, url: Url) -> RequestBuilder {
        let client = if stays_here(&url) { &self.direct } else { &self.by_environment };
        client.get(url)
    }
}

/// The body of an answer with status 200.
///
/// # Errors
/// See [`OutboundError`].
pub(crate) async fn get(client: &Client, url: Url, max_bytes: usize) -> Result<Vec<u8>, OutboundError> {
    let answer = client.get(url).send().await?;
    match answer.status().as_u16() {
        200 => body(answer, max_bytes).await,
        status => Err(OutboundError::Status(status)),
    }
}

/// The body of an answer.
///
/// # Errors
/// See [`OutboundError`].
pub(crate) async fn body(mut answer: Response, max_bytes: usize) -> Result<Vec<u8>, OutboundError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > max_bytes {
            return Err(OutboundError::TooLarge(max_bytes));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Whether nobody on the way can read or change what is sent there: by TLS, or without leaving the machine.
pub fn is_protected(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && stays_here(url))
}

/// Whether it is on this machine.
fn stays_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protected_is_what_is_encrypted_or_stays_on_the_machine() {
        for (url, protected) in [
            ("https://issuer.example.com/keys", true),
            ("http://127.0.0.1:8080/keys", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://issuer.example.com/", false),
            ("http://localhost.example.com/", false),
            ("http://10.0.0.1/", false),
            ("ftp://127.0.0.1/", false),
            ("file:///etc/keys", false),
        ] {
            assert_eq!(is_protected(&url.parse().unwrap()), protected, "{url}");
        }
    }
}
