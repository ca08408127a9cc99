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
        if user.is_disabled {
            // Their password is not looked at, so that nothing tells the right one from a wrong one.
            let checked = self.verifier.verify_nobody(username, password, address).await;
            checked.map_err(|error| unchecked(Some(user.username), error))?;
            return Err(wrong(username, "disabled user"));
        }
        let checked = self.verifier.verify(username, &user.password_hash, password, address).await;
        if !checked.map_err(|error| unchecked(Some(username.to_owned()), error))? {
            return Err(wrong(username, "wrong password"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passwords::{hash_with_salt, new_salt};
    use crate::test_world::{World, request, said};
    use base64::prelude::{BASE64_STANDARD, Engine};
    use model::SystemEntropy;

    /// What basic authentication says, and how many hashes it took.
    async fn ask(world: &World, username: &str, password: &str) -> (String, u64) {
        let basic = BasicAuthenticator::new(world.db.clone(), world.verifier.clone());
        let credentials = BASE64_STANDARD.encode(format!("{username}:{password}"));
        let request = request("192.0.2.1", &[("authorization", &format!("Basic {credentials}"))]);
        let before = world.verifier.load().done;
        let outcome = basic.authenticate(&request).await;
        (said(outcome), world.verifier.load().done - before)
    }

    #[tokio::test]
    async fn nothing_tells_a_disabled_users_right_password_from_a_wrong_one() {
        let world = World::new().await;
        let hash = hash_with_salt("a right password", &new_salt(&SystemEntropy));
        let made = world.db.write(move |connection| {
            let hash = hash.clone();
            async move { users::create(connection, "carol", &hash, false).await }.boxed()
        });
        made.await.unwrap();
        assert_eq!(ask(&world, "carol", "a right password").await, ("carol false whole".to_owned(), 1));
        assert_eq!(ask(&world, "carol", "a right password").await.1, 0);
        world.disable("carol", true).await;
        for password in ["a right password", "a wrong password"] {
            let refused = ("disabled user: carol".to_owned(), 1);
            assert_eq!(ask(&world, "carol", password).await, refused, "{password}");
        }
        world.disable("carol", false).await;
        assert_eq!(ask(&world, "carol", "a right password").await, ("carol false whole".to_owned(), 0));
    }
}
