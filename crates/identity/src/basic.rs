//! HTTP basic authentication (RFC 7617) against the users of the database.

use crate::authenticate::{AuthenticatedUser, Authenticator, CredentialKind, Outcome, Principal, Rejection};
use crate::credentials::Credentials;
use crate::passwords::is_legacy_default;
use crate::refusal::address;
use crate::verified::{Verifier, VerifyError};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use std::net::IpAddr;
use store::Db;
use store::auth::users;

/// Checks names and passwords.
#[derive(Clone)]
pub struct BasicAuthenticator {
    db: Db,
    verifier: Verifier,
}

impl BasicAuthenticator {
    pub fn new(db: Db, verifier: Verifier) -> Self {
        Self { db, verifier }
    }

    async fn check(&self, request: &Parts) -> Outcome {
        let address = address(request);
        let checked = match Credentials::of(request) {
            Credentials::None | Credentials::Bearer(_) => return Outcome::NotMine,
            Credentials::Malformed => Err(self.unreadable(address)),
            Credentials::Basic { username, password } => self.user(&username, &password, address).await,
        };
        match checked {
            Ok(principal) => Outcome::Authenticated(principal),
            Err(rejection) => Outcome::Rejected(rejection),
        }
    }

    fn unreadable(&self, address: Option<IpAddr>) -> Rejection {
        match self.verifier.count_unreadable(address) {
            Ok(()) => Rejection::WrongCredentials { username: None, problem: "unreadable credentials" },
            Err(throttled) => Rejection::Throttled { username: None, throttled },
        }
    }

    /// The user, if the password is theirs. An unknown name takes as long as a wrong password, and is throttled like one.
    async fn user(
        &self,
        username: &str,
        password: &str,
        address: Option<IpAddr>,
    ) -> Result<Principal, Rejection> {
        let Some(user) = users::find(&self.db, username).await.map_err(|error| failed(error.into()))? else {
            let checked = self.verifier.verify_nobody(username, password, address).await;
            checked.map_err(|error| unchecked(None, error))?;
            return Err(Rejection::WrongCredentials { username: None, problem: "unknown user" });
        };
        let checked = self.verifier.verify(username, &user.password_hash, password, address).await;
        if !checked.map_err(|error| unchecked(Some(username.to_owned()), error))? {
            return Err(wrong(username, "wrong password"));
        }
        if user.is_disabled {
            return Err(wrong(username, "disabled user"));
        }
        if user.is_admin && is_legacy_default(password) {
            tracing::warn!(
                username,
                "refused the login of an administrator with a password that older versions of MLflow shipped: set \
                 MLFLOW_AUTH_ADMIN_PASSWORD to a new one and restart"
            );
            return Err(wrong(username, "a password that MLflow shipped"));
        }
        Ok(Principal::User(AuthenticatedUser {
            id: user.id,
            username: user.username,
            is_admin: user.is_admin,
            roles: Vec::new(),
            scope: None,
            credentials: CredentialKind::Password,
        }))
    }
}

fn wrong(username: &str, problem: &'static str) -> Rejection {
    Rejection::WrongCredentials { username: Some(username.to_owned()), problem }
}

fn failed(error: model::Error) -> Rejection {
    Rejection::Failed(error)
}

fn unchecked(username: Option<String>, error: VerifyError) -> Rejection {
    match error {
        VerifyError::Busy(busy) => failed(busy.into()),
        VerifyError::Throttled(throttled) => Rejection::Throttled { username, throttled },
    }
}

impl Authenticator for BasicAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        self.check(request).boxed()
    }
}
