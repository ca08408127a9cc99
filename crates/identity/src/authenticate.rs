//! The seam between a request and who sent it.

use crate::throttle::Throttled;
use authz::Scope;
use futures::future::BoxFuture;
use http::request::Parts;
use model::Error;
use model::user::UserId;
use std::net::IpAddr;
use std::sync::Arc;

/// Where a request comes from: an extension of the request, put there before anybody reads its credentials. An IPv4
/// address is never in the guise of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody asks who is calling: the server runs without an app that has users.
    Anyone,
    /// A user of the authentication database, with all rights or with what the credentials leave of them.
    User { id: UserId, username: String, is_admin: bool, scope: Option<Scope> },
}

impl Principal {
    /// The name of the user, if there is one.
    pub fn username(&self) -> Option<&str> {
        match self {
            Self::Anyone => None,
            Self::User { username, .. } => Some(username),
        }
    }

    /// Whether nothing restricts the caller: no grant, and no scope.
    pub const fn is_unrestricted(&self) -> bool {
        match self {
            Self::Anyone => true,
            Self::User { is_admin, scope, .. } => *is_admin && scope.is_none(),
        }
    }

    /// What the credentials leave of the user's rights; `None` where that is all of them.
    pub const fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Anyone => None,
            Self::User { scope, .. } => scope.as_ref(),
        }
    }
}

/// What an authenticator found.
#[derive(Debug)]
pub enum Outcome {
    Authenticated(Principal),
    /// The request carries nothing that this authenticator reads.
    NotMine,
    Rejected(Rejection),
}

/// Why a request was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// There are no credentials: 401.
    Unauthorized,
    /// The credentials are not right: 401.
    WrongCredentials {
        /// The name that they give, if it is a user's. Any other may be a password in the wrong field.
        username: Option<String>,
        /// What is wrong, for the audit alone.
        problem: &'static str,
    },
    /// Too many logins failed before: 429.
    Throttled {
        /// As above.
        username: Option<String>,
        throttled: Throttled,
    },
    /// It could not be found out whether they are: the error's own status.
    Failed(Error),
}

/// Reads a request's credentials.
pub trait Authenticator: Send + Sync + 'static {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome>;
}

/// Authenticators in order: the first that does not say [`Outcome::NotMine`] decides; when all do, the request is
/// unauthorized.
#[derive(Clone)]
pub struct Chain {
    links: Vec<Arc<dyn Authenticator>>,
}

impl Chain {
    pub fn new(links: Vec<Arc<dyn Authenticator>>) -> Self {
        Self { links }
    }

    /// Finds out who is calling.
    ///
    /// # Errors
    /// When nobody vouches for the request, or an authenticator turns it away.
    pub async fn authenticate(&self, request: &Parts) -> Result<Principal, Rejection> {
        for link in &self.links {
            match link.authenticate(request).await {
                Outcome::NotMine => {}
                Outcome::Authenticated(principal) => return Ok(principal),
                Outcome::Rejected(rejection) => return Err(rejection),
            }
        }
        Err(Rejection::Unauthorized)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    enum Says {
        NotMine,
        Yes,
        No,
    }

    impl Authenticator for Says {
        fn authenticate<'a>(&'a self, _: &'a Parts) -> BoxFuture<'a, Outcome> {
            let outcome = match self {
                Self::NotMine => Outcome::NotMine,
                Self::Yes => Outcome::Authenticated(Principal::Anyone),
                Self::No => Outcome::Rejected(Rejection::Unauthorized),
            };
            std::future::ready(outcome).boxed()
        }
    }

    async fn ask(links: Vec<Says>) -> Result<Principal, Rejection> {
        let links = links.into_iter().map(|link| Arc::new(link) as Arc<dyn Authenticator>).collect();
        let (parts, ()) = http::Request::new(()).into_parts();
        Chain::new(links).authenticate(&parts).await
    }

    #[tokio::test]
    async fn the_first_that_knows_the_credentials_decides() {
        assert!(ask(vec![Says::NotMine, Says::Yes, Says::No]).await.is_ok());
        assert!(ask(vec![Says::No, Says::Yes]).await.is_err());
    }

    #[tokio::test]
    async fn credentials_that_nobody_knows_are_refused() {
        assert_eq!(ask(vec![]).await, Err(Rejection::Unauthorized));
        assert_eq!(ask(vec![Says::NotMine]).await, Err(Rejection::Unauthorized));
    }
}
