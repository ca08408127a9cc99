//! Access tokens as credentials: as a bearer token (RFC 6750), or as the password of basic authentication.

use crate::access_token::AccessToken;
use crate::authenticate::{AuthenticatedUser, Authenticator, CredentialKind, Outcome, Principal};
use crate::credentials::Credentials;
use crate::last_uses::LastUses;
use crate::refusal::Refusal;
use crate::verified::Verifier;
use authz::{Level, Scope};
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use model::Clock;
use std::sync::Arc;
use store::Db;
use store::auth::tokens::{self, FoundToken};

/// Checks access tokens. What does not look like one is for other authenticators.
#[derive(Clone)]
pub struct TokenAuthenticator {
    db: Db,
    verifier: Verifier,
    uses: LastUses,
    clock: Arc<dyn Clock>,
}

impl TokenAuthenticator {
    /// Failures are counted by `verifier`, by the address alone: nobody can shut a user out with wrong tokens.
    pub fn new(db: Db, verifier: Verifier, uses: LastUses, clock: Arc<dyn Clock>) -> Self {
        Self { db, verifier, uses, clock }
    }

    async fn check(&self, request: &Parts) -> Outcome {
        let (token, username) = match Credentials::of(request) {
            Credentials::Bearer(text) => (AccessToken::parse(text), None),
            Credentials::Basic { username, password } => (AccessToken::parse(&password), Some(username)),
            Credentials::None | Credentials::Malformed => return Outcome::NotMine,
        };
        let Some(token) = token else { return Outcome::NotMine };
        match self.principal(&token, username.as_deref()).await {
            Ok(principal) => Outcome::Authenticated(principal),
            Err(refusal) => refusal.into_outcome(request, &self.verifier),
        }
    }

    /// Whom the token stands for. Whatever is wrong with it, finding out takes one query.
    async fn principal(&self, token: &AccessToken, username: Option<&str>) -> Result<Principal, Refusal> {
        let Some(found) = tokens::find(&self.db, &token.hash()).await? else {
            return Err(Refusal::wrong("unknown token"));
        };
        if username.is_some_and(|name| name != found.username) {
            return Err(Refusal::of(&found.username, "a token of this user under another name"));
        }
        let now = self.clock.now();
        if found.expires_at.is_some_and(|at| at <= now) {
            return Err(Refusal::of(&found.username, "expired token"));
        }
        if found.is_disabled {
            return Err(Refusal::of(&found.username, "disabled user"));
        }
        self.uses.note(&found, now);
        Ok(principal(found))
    }
}

/// MANAGE everywhere takes nothing: such a token has all rights of its user, of an administrator too.
fn principal(found: FoundToken) -> Principal {
    let is_whole = found.level == Level::Manage && found.resources.is_empty();
    Principal::User(AuthenticatedUser {
        id: found.user_id,
        username: found.username,
        is_admin: found.is_admin,
        roles: Vec::new(),
        scope: (!is_whole).then(|| Scope::new(found.level, found.resources)),
        credentials: CredentialKind::AccessToken { expires_at: found.expires_at },
    })
}

impl Authenticator for TokenAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        self.check(request).boxed()
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
