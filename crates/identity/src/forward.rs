//! Forward authentication: an HTTP service is asked about each request, as by nginx's `auth_request` and Traefik's ForwardAuth.

use crate::authenticate::{Authenticator, Outcome, Principal};
use crate::external::{ExternalRules, ExternalUsers, Vouched};
use crate::forwarded::{groups, single};
use crate::outbound::{self, Client, OutboundError};
use crate::refusal::{Refusal, address};
use crate::verified::Verifier;
use futures::FutureExt;
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue};
use model::{Clock, Entropy, Error, Millis};
use quick_cache::sync::Cache;
use sha2::Sha256;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::sync::Semaphore;
use url::Url;

/// Requests to the service at a time. More wait, within the time-out.
const MAX_AT_A_TIME: usize = 64;
/// Answers that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// Bytes of an answer that are read, so that its connection can be used again.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// What the source is called in the database and the audit.
const SOURCE: &str = "forward_auth";

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The service, what it is told and what is taken from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForwardAuth {
    pub url: Url,
    /// Headers of a request that are sent on. A request that has none of them is not asked about.
    pub request_headers: Vec<HeaderName>,
    /// The header of an answer that names the user.
    pub username_header: HeaderName,
    /// The header of an answer that lists the user's groups, separated by commas.
    pub groups_header: Option<HeaderName>,
    /// How long an answer may take, waiting for one's turn included.
    pub timeout: Duration,
    /// For how many seconds an answer that names a user of this server counts for requests that are the same; `None` for one
    /// request.
    pub remembered: Option<NonZeroU32>,
    pub rules: ExternalRules,
}

/// Asks a service who is calling.
pub struct ForwardAuthenticator {
    config: ForwardAuth,
    /// `http` or `https`, as clients reach this server.
    scheme: &'static str,
    client: Client,
    turns: Semaphore,
    /// By what was asked, until when.
    remembered: Cache<[u8; 32], (Millis, Vouched)>,
    process_key: [u8; 32],
    users: ExternalUsers,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

impl ForwardAuthenticator {
    /// Failures are counted by `verifier`, by the address alone. `scheme` is how clients reach this server: `http` or `https`.
    ///
    /// # Errors
    /// INTERNAL_ERROR when requests to the service cannot be prepared.
    pub fn new(
        config: ForwardAuth,
        scheme: &'static str,
        db: Db,
        verifier: Verifier,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let client = Client::new(config.timeout).map_err(|error| {
            Error::internal(format!("requests for forward authentication cannot be prepared: {error}"))
        })?;
        let mut process_key = [0; 32];
        entropy.fill(&mut process_key);
        let rules = config.rules.clone();
        let users = ExternalUsers::new(db, SOURCE.to_owned(), rules, Arc::clone(&clock), entropy);
        let (turns, remembered) = (Semaphore::new(MAX_AT_A_TIME), Cache::new(MAX_REMEMBERED));
        Ok(Self { config, scheme, client, turns, remembered, process_key, users, verifier, clock })
    }

    /// What the service is told of a request; `None` where it would learn nothing about who is calling.
    fn question(&self, request: &Parts, address: Option<IpAddr>) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        for name in &self.config.request_headers {
            for value in request.headers.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        if headers.is_empty() {
            return None;
        }
        let uri = request.uri.path_and_query().map_or("/", |uri| uri.as_str());
        let told = [
            (METHOD, HeaderValue::from_str(request.method.as_str()).ok()),
            (PROTO, Some(HeaderValue::from_static(self.scheme))),
            (FORWARDED_HOST, request.headers.get(HOST).cloned()),
            (URI, HeaderValue::from_str(uri).ok()),
            (FOR, address.and_then(|address| HeaderValue::from_str(&address.to_string()).ok())),
        ];
        for (name, value) in told {
            // What the client says of these is not passed on.
            headers.remove(&name);
            if let Some(value) = value {
                headers.insert(name, value);
            }
        }
        Some(headers)
    }

    async fn principal(&self, question: HeaderMap, address: Option<IpAddr>) -> Result<Principal, Refusal> {
        let Some(seconds) = self.config.remembered else {
            return self.users.principal(self.ask(question).await?, address).await;
        };
        let (key, now) = (self.key(&question), self.clock.now());
        if let Some((_, vouched)) = self.remembered.get(&key).filter(|(until, _)| now < *until) {
            return self.users.principal(vouched, address).await;
        }
        let mut vouched = self.ask(question).await?;
        // A caller with many groups could fill the memory with requests that differ.
        vouched.groups.retain(|group| self.config.rules.knows(group));
        let principal = self.users.principal(vouched.clone(), address).await?;
        // As of when it was asked for.
        let until = now.saturating_add(Millis::from(seconds.get()) * 1_000);
        self.remembered.insert(key, (until, vouched));
        Ok(principal)
    }

    /// Everything that the answer can depend on, as a key that nobody else can compute.
    fn key(&self, question: &HeaderMap) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.process_key).expect("a key of any length");
        for (name, value) in question {
            for part in [name.as_str().as_bytes(), value.as_bytes()] {
                mac.update(&(part.len() as u64).to_be_bytes());
                mac.update(part);
            }
        }
        mac.finalize().into_bytes().into()
    }

    async fn ask(&self, question: HeaderMap) -> Result<Vouched, Refusal> {
        let asked = async {
            // The semaphore is never closed.
            let _turn = self.turns.acquire().await;
            let answer = self.client.get(self.config.url.clone()).headers(question).send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            // What it says beside the headers does not matter.
            drop(outbound::body(answer, MAX_BODY_BYTES).await);
            Ok::<_, OutboundError>((status, headers))
        };
        let answered = tokio::time::timeout(self.config.timeout, asked).await;
        match answered {
            Ok(Ok((status, headers))) => self.read(status, &headers),
            Ok(Err(error)) if !error.is_timeout() => {
                tracing::warn!(%error, "the service for forward authentication cannot be asked");
                Err(Refusal::Unavailable("no answer for forward authentication"))
            }
            // Whichever of the two limits comes first.
            Ok(Err(_)) | Err(_) => {
                tracing::warn!("the service for forward authentication did not answer in time");
                Err(Refusal::Unavailable("no answer for forward authentication in time"))
            }
        }
    }

    fn read(&self, status: u16, headers: &HeaderMap) -> Result<Vouched, Refusal> {
        match status {
            200..=299 => {}
            300..=399 => return Err(Refusal::wrong("redirected by forward authentication")),
            400..=499 => return Err(Refusal::wrong("refused by forward authentication")),
            _ => {
                tracing::warn!(status, "the service for forward authentication failed");
                return Err(Refusal::Unavailable("a failure of forward authentication"));
            }
        }
        let Ok(Some(username)) = single(headers, &self.config.username_header) else {
            return Err(Refusal::wrong("no user named by forward authentication"));
        };
        let groups = match &self.config.groups_header {
            Some(name) => groups(headers, name)?,
            None => Vec::new(),
        };
        Ok(Vouched { subject: username.clone(), username, groups })
    }
}

impl Authenticator for ForwardAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        async move {
            let address = address(request);
            let Some(question) = self.question(request, address) else { return Outcome::NotMine };
            match self.principal(question, address).await {
                Ok(principal) => Outcome::Authenticated(principal),
                Err(refusal) => refusal.into_outcome(request, &self.verifier),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "forward_tests.rs"]
mod tests;
