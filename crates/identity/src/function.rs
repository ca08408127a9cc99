//! A function of the operator's own that says who is calling: MLflow's `authorization_function` (MLflow 3.17
//! `server/auth/__init__.py`, `authenticate_request`). What the user may do then, this server decides.

use crate::authenticate::{AuthenticatedUser, Authenticator, CredentialKind, Outcome, Principal, Rejection};
use crate::refusal::{Refusal, address};
use crate::verified::Verifier;
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use model::{Clock, Entropy, Millis};
use quick_cache::sync::Cache;
use sha2::Sha256;
use std::num::NonZeroU32;
use std::sync::Arc;
use store::Db;
use store::auth::users;

/// Answers that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// The one header that says nothing about who is calling and is another one each time.
const REQUEST_ID: &str = "x-request-id";

/// What an [`AuthorizationFunction`] made of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The name of the user who sent it.
    User(String),
    /// What is answered instead.
    Answer(Answer),
}

/// A whole answer that is sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Asks the function.
pub trait AuthorizationFunction: Send + Sync + 'static {
    /// What it makes of a request: of its method, its URL and its headers.
    ///
    /// An error says that it made nothing of it, whatever the reason: then the request is refused with the error's own status.
    fn ask<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, model::Result<Verdict>>;
}

/// Takes the function's word for who is calling. It says something about every request, so that nobody stands behind it.
pub struct FunctionAuthenticator {
    function: Arc<dyn AuthorizationFunction>,
    db: Db,
    verifier: Verifier,
    /// For how many seconds the name of a user counts for requests that are the same; `None` for one request.
    remember_for: Option<NonZeroU32>,
    /// By all that the function was told, until when.
    remembered: Cache<[u8; 32], (Millis, String)>,
    process_key: [u8; 32],
    clock: Arc<dyn Clock>,
}

impl FunctionAuthenticator {
    /// Failures are counted by `verifier`, by the address alone.
    pub fn new(
        function: Arc<dyn AuthorizationFunction>,
        db: Db,
        verifier: Verifier,
        remember_for: Option<NonZeroU32>,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
    ) -> Self {
        let mut process_key = [0; 32];
        entropy.fill(&mut process_key);
        let remembered = Cache::new(MAX_REMEMBERED);
        Self { function, db, verifier, remember_for, remembered, process_key, clock }
    }

    async fn principal(&self, request: &Parts) -> Result<Outcome, Refusal> {
        let username = match self.remember_for {
            None => match self.function.ask(request).await? {
                Verdict::User(username) => username,
                Verdict::Answer(answer) => return Ok(self.answered(answer, request)),
            },
            Some(seconds) => {
                let (key, now) = (self.key(request), self.clock.now());
                match self.remembered.get(&key).filter(|(until, _)| now < *until) {
                    Some((_, username)) => username,
                    None => match self.function.ask(request).await? {
                        Verdict::User(username) => {
                            // As of when it was asked for.
                            let until = now.saturating_add(Millis::from(seconds.get()) * 1_000);
                            self.remembered.insert(key, (until, username.clone()));
                            username
                        }
                        Verdict::Answer(answer) => return Ok(self.answered(answer, request)),
                    },
                }
            }
        };
        // However the database compares names: who is called otherwise is somebody else.
        let user = users::find(&self.db, &username).await?.filter(|user| user.username == username);
        let user = user.ok_or(Refusal::wrong("a user who is not known here"))?;
        if user.is_disabled {
            return Err(Refusal::of(&user.username, "disabled user"));
        }
        Ok(Outcome::Authenticated(Principal::User(AuthenticatedUser {
            id: user.id,
            username: user.username,
            is_admin: user.is_admin,
            roles: Vec::new(),
            scope: None,
            credentials: CredentialKind::External,
        })))
    }

    /// Credentials that the function turns away are a failed login, and count as one. An answer to a request without any may
    /// lead to a page for the login.
    fn answered(&self, answer: Answer, request: &Parts) -> Outcome {
        let refuses = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let is_failed_login = refuses && request.headers.contains_key(AUTHORIZATION);
        let throttled = match is_failed_login {
            true => self.verifier.count_unreadable(address(request)).err(),
            false => None,
        };
        Outcome::Rejected(match throttled {
            Some(throttled) => Rejection::Throttled { username: None, throttled },
            None => Rejection::Answered { is_failed_login, answer: Box::new(answer) },
        })
    }

    /// Everything that the answer can depend on, as a key that nobody else can compute.
    fn key(&self, request: &Parts) -> [u8; 32] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.process_key).expect("a key of any length");
        let mut update = |part: &[u8]| {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        };
        update(request.method.as_str().as_bytes());
        update(request.uri.to_string().as_bytes());
        update(address(request).map(|address| address.to_string()).unwrap_or_default().as_bytes());
        for (name, value) in request.headers.iter().filter(|(name, _)| *name != REQUEST_ID) {
            update(name.as_str().as_bytes());
            update(value.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl Authenticator for FunctionAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        async move {
            match self.principal(request).await {
                Ok(outcome) => outcome,
                Err(refusal) => refusal.into_outcome(request, &self.verifier),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "function_tests.rs"]
mod tests;
