//! Who is calling: passwords, access tokens, users, and the rights that their grants give them.
//!
//! An [`Authenticator`] reads a request's credentials; a chain of them decides who is calling. [`Rights`] then says what the
//! caller may do. Both read the database at every request, so that a change by any node or program is seen at once.

mod access_token;
mod audit;
mod audited;
mod authenticate;
mod basic;
mod bootstrap;
mod credentials;
mod directory;
mod external;
mod forward;
mod forwarded;
mod function;
#[doc(hidden)]
pub mod fuzzing;
mod grants;
mod guest;
mod jwt;
mod last_uses;
mod outbound;
pub mod passwords;
mod refusal;
mod refusals;
mod rights;
mod roles;
#[cfg(test)]
mod test_world;
mod throttle;
mod token;
mod tokens;
mod trusted_proxy;
mod upkeep;
mod users;
pub mod verified;

pub use access_token::AccessToken;
pub use audit::Audit;
pub use authenticate::{
    AuthenticatedUser, Authenticator, Chain, ClientAddress, CredentialKind, Outcome, PeerAddress, Principal,
    Rejection,
};
pub use basic::BasicAuthenticator;
pub use bootstrap::{Bootstrap, Bootstrapped, LegacyPassword, bootstrap_admin, rotate_legacy_password};
pub use directory::Directory;
pub use external::{ExistingUsers, ExternalRules, NewUsers};
pub use forward::{ForwardAuth, ForwardAuthenticator};
pub use function::{Answer, AuthorizationFunction, FunctionAuthenticator, Verdict};
pub use grants::{
    Grants, OwnGrant, checked_kind, checked_kind_for_single_users, checked_level, checked_pattern,
    no_such_grant,
};
pub use guest::Guest;
pub use jwt::{JwtAlgorithm, JwtAuthenticator, JwtIssuer, KeyLocation};
pub use last_uses::LastUses;
pub use outbound::is_protected;
pub use refusals::Refusals;
pub use rights::Rights;
pub use roles::{Roles, check_workspace};
pub use store::auth::roles::Standing;
pub use store::schema::DEFAULT_WORKSPACE;
pub use throttle::{FailureLimits, Throttled};
pub use token::TokenAuthenticator;
pub use tokens::{IssuedToken, TokenRequest, Tokens, checked_token_level, checked_token_resource};
pub use trusted_proxy::{ProxyAuthenticator, TrustedProxy};
pub use users::Users;
