//! The seam between a request and who sent it.

use crate::function::Answer;
use crate::throttle::Throttled;
use authz::Scope;
use futures::future::BoxFuture;
use http::request::Parts;
use model::user::UserId;
use model::{Error, Millis};
use std::net::IpAddr;
use std::sync::Arc;
use store::auth::holder::Holder;

/// Where a request comes from: an extension of the request, put there before anybody reads its credentials. An IPv4
/// address is never in the guise of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The address at the other end of the connection, in the same form: an extension beside the [`ClientAddress`], which a proxy
/// may have told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress(pub IpAddr);

/// Who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody asks who is calling: the server runs without an app that has users.
    Anyone,
    User(AuthenticatedUser),
}

/// A user of the authentication database who proved who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatedUser {
    /// The id in the database.
    pub id: UserId,
    /// The name, letter by letter as the database has it.
    pub username: String,
    /// Whether nothing but the scope restricts them: as the database says, or the credentials for this request.
    pub is_admin: bool,
    /// Roles of the default workspace, by name, that the credentials bring for this request beside those that are assigned.
    pub roles: Vec<String>,
    /// What the credentials leave of all these rights; `None` where that is everything.
    pub scope: Option<Scope>,
    /// What they proved it with.
    pub credentials: CredentialKind,
}

/// What a user proved with who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CredentialKind {
    Password,
    AccessToken {
        /// From when on it is refused.
        expires_at: Option<Millis>,
    },
    /// Somebody else vouched for them.
    External,
}

impl CredentialKind {
    /// From when on they are refused, if that is known. Who vouches from outside does so for one request.
    pub const fn expires_at(&self) -> Option<Millis> {
        match self {
            Self::AccessToken { expires_at } => *expires_at,
            Self::Password | Self::External => None,
        }
    }
}

impl Principal {
    /// The user, if there is one.
    pub const fn user(&self) -> Option<&AuthenticatedUser> {
        match self {
            Self::Anyone => None,
            Self::User(user) => Some(user),
        }
    }

    /// The name of the user, if there is one.
    pub fn username(&self) -> Option<&str> {
        self.user().map(|user| user.username.as_str())
    }

    /// Whether nothing restricts the caller: no grant, and no scope.
    pub fn is_unrestricted(&self) -> bool {
        self.user().is_none_or(|user| user.is_admin && user.scope.is_none())
    }

    /// What the credentials leave of the user's rights; `None` where that is all of them.
    pub fn scope(&self) -> Option<&Scope> {
        self.user().and_then(|user| user.scope.as_ref())
    }
}

impl AuthenticatedUser {
    /// The user, as one who holds roles.
    pub(crate) fn holder(&self) -> Holder<'_> {
        Holder { user: self.id, brought: &self.roles }
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
    /// A function of the operator's own answers itself.
    Answered {
        /// Whether credentials were turned away.
        is_failed_login: bool,
        answer: Box<Answer>,
    },
    /// Somebody outside has to say whether they are right, and does not: 503.
    Unavailable {
        /// What is wrong there, for the audit and the log.
        problem: &'static str,
    },
    /// It could not be found out whether they are: the error's own status.
    Failed(Error),
}

/// Reads a request's credentials.
pub trait Authenticator: Send + Sync + 'static {
    /// Finds out who sends a request, or that its credentials are for other authenticators. It is asked at every request, before
    /// anything else is done; what it remembers of one must not outlive a right.
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
