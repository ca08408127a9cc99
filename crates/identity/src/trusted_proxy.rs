//! A proxy in front that has found out who is calling, and says so in headers.
//!
//! It is believed when the connection comes from one of its addresses and the request carries a secret that it shares with this
//! server. A request that names a user in such a header without either is a forgery, and refused whatever else it carries. The
//! proxy has to take those headers away from what clients send: one that adds its own behind a client's is found out, as the
//! header is given twice then.

use crate::authenticate::{Authenticator, Outcome, PeerAddress, Principal};
use crate::external::{ExternalRules, ExternalUsers, Vouched};
use crate::forwarded::{Several, groups, single};
use crate::refusal::{Refusal, address};
use crate::verified::Verifier;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::HeaderName;
use http::request::Parts;
use model::{Clock, Entropy, Networks};
use std::sync::Arc;
use store::Db;
use store::uri::Secret;
use subtle::ConstantTimeEq;

/// What the source is called in the database and the audit.
const SOURCE: &str = "trusted_proxy";

/// The proxy, and where it says who is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxy {
    /// From where it connects.
    pub addresses: Networks,
    pub secret_header: HeaderName,
    pub secret: Secret,
    pub username_header: HeaderName,
    /// The header that lists the user's groups, separated by commas.
    pub groups_header: Option<HeaderName>,
    pub rules: ExternalRules,
}

/// Believes a proxy.
pub struct ProxyAuthenticator {
    config: TrustedProxy,
    users: ExternalUsers,
    verifier: Verifier,
}

impl ProxyAuthenticator {
    /// Failures are counted by `verifier`, by the address alone.
    pub fn new(
        config: TrustedProxy,
        db: Db,
        verifier: Verifier,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let users = ExternalUsers::new(db, SOURCE.to_owned(), config.rules.clone(), clock, entropy);
        Self { config, users, verifier }
    }

    /// For whom the proxy vouches; `None` where nobody claims to.
    fn vouched(&self, request: &Parts) -> Result<Option<Vouched>, Refusal> {
        let username = match single(&request.headers, &self.config.username_header) {
            Ok(None) => return Ok(None),
            Ok(Some(username)) => Ok(username),
            Err(Several) => Err(Refusal::wrong("a forwarded user that was given twice")),
        };
        // The address at the other end of the connection, which no header can tell.
        let peer = request.extensions.get::<PeerAddress>();
        if !peer.is_some_and(|peer| self.config.addresses.contains(peer.0)) {
            return Err(Refusal::wrong("a forwarded user from an address that is no proxy's"));
        }
        let mut secrets = request.headers.get_all(&self.config.secret_header).iter();
        let is_right = match (secrets.next(), secrets.next()) {
            (Some(secret), None) => {
                bool::from(secret.as_bytes().ct_eq(self.config.secret.expose().as_bytes()))
            }
            _ => false,
        };
        if !is_right {
            return Err(Refusal::wrong("a forwarded user without the proxy's secret"));
        }
        let username = username?;
        let groups = match &self.config.groups_header {
            Some(name) => groups(&request.headers, name)?,
            None => Vec::new(),
        };
        Ok(Some(Vouched { subject: username.clone(), username, groups }))
    }

    async fn principal(&self, request: &Parts) -> Result<Option<Principal>, Refusal> {
        match self.vouched(request)? {
            None => Ok(None),
            Some(vouched) => self.users.principal(vouched, address(request)).await.map(Some),
        }
    }
}

impl Authenticator for ProxyAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        async move {
            match self.principal(request).await {
                Ok(None) => Outcome::NotMine,
                Ok(Some(principal)) => Outcome::Authenticated(principal),
                Err(refusal) => refusal.into_outcome(request, &self.verifier),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "trusted_proxy_tests.rs"]
mod tests;
