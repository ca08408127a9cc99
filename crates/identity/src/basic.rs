//! HTTP basic authentication (RFC 7617) against the users of the database.

use crate::authenticate::{Authenticator, Outcome, Principal, Rejection};
use crate::passwords::is_legacy_default;
use crate::verified::Verifier;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::request::Parts;
use store::Db;
use store::auth::users;

/// Bytes of an `Authorization` header that are read; more is no name and password of ours.
const MAX_HEADER_BYTES: usize = 8 * 1024;

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
        let credentials = match credentials(request) {
            Credentials::None => return Outcome::NotMine,
            Credentials::Malformed => return Outcome::Rejected(Rejection::Unauthorized),
            Credentials::Basic { username, password } => (username, password),
        };
        let (username, password) = credentials;
        match self.user(&username, &password).await {
            Ok(Some(principal)) => Outcome::Authenticated(principal),
            Ok(None) => Outcome::Rejected(Rejection::Unauthorized),
            Err(error) => Outcome::Rejected(Rejection::Failed(error)),
        }
    }

    /// The user, if the password is theirs. An unknown name takes as long as a wrong password.
    async fn user(&self, username: &str, password: &str) -> Result<Option<Principal>, model::Error> {
        let Some(user) = users::find(&self.db, username).await? else {
            self.verifier.verify_nobody(username, password).await?;
            return Ok(None);
        };
        if !self.verifier.verify(username, &user.password_hash, password).await? {
            return Ok(None);
        }
        if user.is_admin && is_legacy_default(password) {
            tracing::warn!(
                username,
                "refused the login of an administrator with a password that older versions of MLflow shipped: set \
                 MLFLOW_AUTH_ADMIN_PASSWORD to a new one and restart"
            );
            return Ok(None);
        }
        Ok(Some(Principal::User { id: user.id, username: user.username, is_admin: user.is_admin }))
    }
}

impl Authenticator for BasicAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        self.check(request).boxed()
    }
}

enum Credentials {
    /// No basic credentials at all.
    None,
    /// Meant as basic credentials, but they cannot be read.
    Malformed,
    Basic {
        username: String,
        password: String,
    },
}

fn credentials(request: &Parts) -> Credentials {
    let mut headers = request.headers.get_all(AUTHORIZATION).iter();
    let (Some(header), None) = (headers.next(), headers.next()) else {
        // Two headers could be read differently by a proxy in front.
        return if request.headers.contains_key(AUTHORIZATION) {
            Credentials::Malformed
        } else {
            Credentials::None
        };
    };
    let Some((scheme, encoded)) = header.to_str().ok().and_then(|text| text.split_once(' ')) else {
        return Credentials::None;
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Credentials::None;
    }
    if encoded.len() > MAX_HEADER_BYTES {
        return Credentials::Malformed;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.as_deref().and_then(|text| text.split_once(':')) {
        Some((username, password)) => {
            Credentials::Basic { username: username.to_owned(), password: password.to_owned() }
        }
        None => Credentials::Malformed,
    }
}
