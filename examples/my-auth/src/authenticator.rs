//! Who is calling, by a token.

use crate::tokens::{PREFIX, Tokens};
use millgate::http::header::AUTHORIZATION;
use millgate::http::request::Parts;
use millgate::{Authenticator, BoxFuture, Directory, Outcome, Principal, Rejection};
use std::sync::Arc;

/// Reads `Authorization: Bearer my_…`, and leaves everything else to the authenticators that are built in.
pub(crate) struct TokenAuthenticator {
    tokens: Arc<Tokens>,
    users: Directory,
}

impl TokenAuthenticator {
    pub(crate) fn new(tokens: Arc<Tokens>, users: Directory) -> Self {
        Self { tokens, users }
    }

    async fn check(&self, request: &Parts) -> Outcome {
        let header = request.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some(token) =
            header.and_then(|text| text.strip_prefix("Bearer ")).filter(|text| text.starts_with(PREFIX))
        else {
            return Outcome::NotMine;
        };
        let wrong = |problem| Outcome::Rejected(Rejection::WrongCredentials { username: None, problem });
        let Some(username) = self.tokens.find(token) else { return wrong("unknown token of my-auth") };
        match self.users.find(&username).await {
            Ok(Some(user)) => Outcome::Authenticated(Principal::User(user)),
            Ok(None) => wrong("a token of my-auth for a user who is gone"),
            Err(error) => Outcome::Rejected(Rejection::Failed(error)),
        }
    }
}

impl Authenticator for TokenAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        Box::pin(self.check(request))
    }
}
