//! JSON Web Tokens of somebody else as credentials: `Authorization: Bearer` (RFC 6750, RFC 7519, RFC 8725).

mod claims;
mod key_set;
mod keys;
mod signatures;

use crate::access_token::AccessToken;
use crate::authenticate::{Authenticator, Outcome, Principal};
use crate::credentials::Credentials;
use crate::external::{ExternalRules, ExternalUsers, MAX_GROUPS, Vouched};
use crate::refusal::{Refusal, address};
use crate::verified::Verifier;
use claims::Claims;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::request::Parts;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
pub use keys::KeyLocation;
use keys::{Keys, NoKey};
use model::{Clock, Entropy, Error, Millis};
use serde_json::Value;
use signatures::ALL as ALL_ALGORITHMS;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;
use store::Db;

/// Bytes of a token that is looked at. Issuers that put many groups into one come to a few KiB.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// What a header may say that its token is (RFC 7519, section 5.1; RFC 9068, section 2.1). A logout token, say, is no credential.
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// An algorithm with which an issuer may sign: one that needs a public key alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JwtAlgorithm(Algorithm);

impl FromStr for JwtAlgorithm {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match Algorithm::from_str(name) {
            Ok(algorithm) if ALL_ALGORITHMS.contains(&algorithm) => Ok(Self(algorithm)),
            _ => Err(()),
        }
    }
}

/// An issuer whose tokens count, and what they are read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtIssuer {
    /// `iss`, letter by letter.
    pub issuer: String,
    /// Of which a token has to name one in `aud`.
    pub audiences: Vec<String>,
    pub keys: KeyLocation,
    pub algorithms: Vec<JwtAlgorithm>,
    /// Seconds by which the issuer's clock may differ.
    pub clock_skew: u32,
    /// The claim that names the user.
    pub username_claim: String,
    /// The claim that lists the user's groups.
    pub groups_claim: Option<String>,
    /// Claims that a token must have, each with its value.
    pub required_claims: Vec<(String, String)>,
    pub rules: ExternalRules,
}

impl JwtIssuer {
    /// Reads the issuer's keys and tells how many there are that count.
    ///
    /// # Errors
    /// Why they cannot be read, in words without any secret.
    pub async fn count_keys(&self, clock: Arc<dyn Clock>) -> Result<usize, String> {
        signatures::install();
        let keys = Keys::new(self.keys.clone(), clock).map_err(|error| error.to_string())?;
        keys.count().await
    }
}

/// Checks the tokens of some issuers.
pub struct JwtAuthenticator {
    issuers: Vec<Issuer>,
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

struct Issuer {
    config: JwtIssuer,
    validation: Validation,
    keys: Keys,
    users: ExternalUsers,
}

impl JwtAuthenticator {
    /// Failures are counted by `verifier`, by the address alone.
    ///
    /// # Errors
    /// INTERNAL_ERROR when requests to the issuers cannot be prepared.
    pub fn new(
        issuers: Vec<JwtIssuer>,
        db: &Db,
        verifier: Verifier,
        clock: Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        signatures::install();
        let issuers = issuers.into_iter().map(|config| Issuer::new(config, db, &clock, entropy));
        Ok(Self { issuers: issuers.collect::<Result<_, _>>()?, verifier, clock })
    }

    async fn principal(&self, token: &str, address: Option<IpAddr>) -> Result<Principal, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::wrong("a token that is too long"));
        }
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(token)
            .map_err(|_| Refusal::wrong("no readable token"))?;
        // Nothing of it is believed but where to find the keys that prove it.
        let issuer = claims
            .text("iss")
            .and_then(|issuer| self.issuers.iter().find(|known| known.config.issuer == issuer));
        let Some(issuer) = issuer else { return Err(Refusal::wrong("a token of an unknown issuer")) };
        let claims = issuer.verified(token, self.clock.now()).await?;
        issuer.users.principal(issuer.vouched(&claims)?, address).await
    }
}

impl Issuer {
    fn new(
        config: JwtIssuer,
        db: &Db,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&config.issuer]);
        validation.set_audience(&config.audiences);
        validation.leeway = config.clock_skew.into();
        validation.validate_nbf = true;
        let keys = Keys::new(config.keys.clone(), Arc::clone(clock)).map_err(|error| {
            Error::internal(format!("requests to issuers of tokens cannot be prepared: {error}"))
        })?;
        let users = ExternalUsers::new(
            db.clone(),
            config.issuer.clone(),
            config.rules.clone(),
            Arc::clone(clock),
            Arc::clone(entropy),
        );
        Ok(Self { config, validation, keys, users })
    }

    /// The claims of a token that this issuer signed, for this server and for now.
    async fn verified(&self, token: &str, now: Millis) -> Result<Claims, Refusal> {
        let header = checked_header(token, &self.config.algorithms)?;
        let candidates = self.keys.candidates(header.kid.as_deref(), header.alg).await;
        let candidates = candidates.map_err(|missing| match missing {
            NoKey::Unavailable => Refusal::Unavailable("the keys of the issuer are not to be had"),
            NoKey::Unknown => Refusal::wrong("a token signed with an unknown key"),
        })?;
        let claims = signed(token, header.alg, &candidates, &self.validation)?;
        self.check_times(&claims, now)?;
        for (name, value) in &self.config.required_claims {
            if !claims.has(name, value) {
                return Err(Refusal::wrong("a token without a required claim"));
            }
        }
        Ok(claims)
    }

    /// What the library leaves open of times: `exp` is the first second in which a token does not count (RFC 7519, section
    /// 4.1.4), and `iat` has to be past, where there is one.
    fn check_times(&self, claims: &Claims, now: Millis) -> Result<(), Refusal> {
        let (now, skew) = (now / 1_000, Millis::from(self.config.clock_skew));
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are exact")]
        let (earliest, latest) = ((now - skew) as f64, (now + skew) as f64);
        if !claims.get("exp").and_then(Value::as_f64).is_some_and(|seconds| seconds > earliest) {
            return Err(Refusal::wrong("an expired token"));
        }
        match claims.get("iat").map(Value::as_f64) {
            None => Ok(()),
            Some(Some(seconds)) if seconds <= latest => Ok(()),
            Some(_) => Err(Refusal::wrong("a token from the future")),
        }
    }

    /// Whom a token's claims are about.
    fn vouched(&self, claims: &Claims) -> Result<Vouched, Refusal> {
        let name = &self.config.username_claim;
        let (Some(subject), Some(username)) = (claims.text("sub"), claims.text(name)) else {
            return Err(Refusal::wrong("a token that names no user"));
        };
        if name == "email" && claims.has("email_verified", "false") {
            return Err(Refusal::wrong("a token with an address that nobody verified"));
        }
        let groups = self.config.groups_claim.as_ref().map(|name| claims.texts(name)).unwrap_or_default();
        if groups.len() > MAX_GROUPS {
            return Err(Refusal::wrong("a token with too many groups"));
        }
        Ok(Vouched { subject: subject.to_owned(), username: username.to_owned(), groups })
    }
}

/// The header of a token that may be checked with one of the algorithms.
fn checked_header(token: &str, algorithms: &[JwtAlgorithm]) -> Result<Header, Refusal> {
    let header = decode_header(token).map_err(|_| Refusal::wrong("no readable token"))?;
    if !algorithms.contains(&JwtAlgorithm(header.alg)) {
        return Err(Refusal::wrong("a token with another algorithm"));
    }
    if header.crit.is_some() {
        // It says that who does not know some extension must refuse (RFC 7515, section 4.1.11). None is known here.
        return Err(Refusal::wrong("a token with an unknown extension"));
    }
    let is_known = |kind: &String| TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known));
    match header.typ.as_ref().is_none_or(is_known) {
        true => Ok(header),
        false => Err(Refusal::wrong("a token of another type")),
    }
}

/// The claims of a token that one of the keys has signed.
fn signed(
    token: &str,
    algorithm: Algorithm,
    candidates: &[DecodingKey],
    validation: &Validation,
) -> Result<Claims, Refusal> {
    let validation = Validation { algorithms: vec![algorithm], ..validation.clone() };
    let mut problem = "a token with a wrong signature";
    for key in candidates {
        match decode::<Claims>(token, key, &validation) {
            Ok(token) => return Ok(token.claims),
            Err(error) => match error.kind() {
                // Perhaps of the next key.
                ErrorKind::InvalidSignature => {}
                kind => problem = told(kind),
            },
        }
    }
    Err(Refusal::wrong(problem))
}

/// Reads a token and a key set as a request would have them read, without a server around it. Whether one of the keys has signed
/// the token, or `None` where either cannot be read.
pub(crate) fn read_for_fuzzing(token: &str, keys: &[u8]) -> Option<bool> {
    signatures::install();
    let read: Result<Claims, _> = jsonwebtoken::dangerous::insecure_decode_claims(token);
    let set = key_set::KeySet::parse(keys);
    let header = checked_header(token, &ALL_ALGORITHMS.map(JwtAlgorithm)).ok()?;
    let candidates = set.ok()?.candidates(header.kid.as_deref(), header.alg);
    let signed = signed(token, header.alg, &candidates, &Validation::new(header.alg));
    read.is_ok().then_some(signed.is_ok())
}

/// What is wrong with a token, for the audit.
const fn told(kind: &ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ExpiredSignature => "an expired token",
        ErrorKind::ImmatureSignature => "a token from the future",
        ErrorKind::InvalidIssuer => "a token of an unknown issuer",
        ErrorKind::InvalidAudience => "a token for somebody else",
        ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
            "a token without a standard claim"
        }
        _ => "no readable token",
    }
}

impl Authenticator for JwtAuthenticator {
    fn authenticate<'a>(&'a self, request: &'a Parts) -> BoxFuture<'a, Outcome> {
        async move {
            let token = match Credentials::of(request) {
                Credentials::Bearer(text) if AccessToken::parse(text).is_none() => text,
                Credentials::Bearer(_)
                | Credentials::Basic { .. }
                | Credentials::None
                | Credentials::Malformed => return Outcome::NotMine,
            };
            match self.principal(token, address(request)).await {
                Ok(principal) => Outcome::Authenticated(principal),
                Err(refusal) => refusal.into_outcome(request, &self.verifier),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
#[path = "jwt_tests.rs"]
mod tests;
