//! Forms of the server's own pages: the protection against cross-site request forgery (CSRF).
//!
//! Browsers send a user's name and password, and cookies, with any request, whoever's page makes it. JSON bodies are safe
//! from that, since another site cannot send `application/json` without asking first; a form can be sent by anybody. So a
//! form counts only with a token that stood in the server's page, which other sites cannot read.
//!
//! The token is an HMAC over a random session id, which the browser keeps in a cookie, the time, and the user. Nothing is
//! stored, and every server with the same key accepts it. Since it names the user, nobody can use a session that they
//! planted in another's browser together with a token of their own.

use crate::layers::security::CROSS_ORIGIN;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use model::ambient::{Millis, uuid_hex};
use model::{Entropy, Error, ErrorCode};
use operations::FormTicket;
use sha2::Sha256;
use std::sync::Arc;

/// How long a token is valid: MLflow's hour (Flask-WTF `WTF_CSRF_TIME_LIMIT`).
const LIFETIME: Millis = 60 * 60 * 1000;
/// How far the clock of the server that made a token may be ahead of the one that checks it.
const SKEW: Millis = 60 * 1000;

/// Keeps the key apart from whatever else the same secret is used for.
const PURPOSE: &[u8] = b"millgate form token v1";

const COOKIE_NAME: &str = "millgate_form";
/// A browser takes a cookie of this name only from the host itself, over TLS, for all paths.
const HOST_COOKIE_NAME: &str = "__Host-millgate_form";
/// Cookies of the name that are looked at. A browser sends several where others of the domain have set some.
const MAX_SESSIONS: usize = 8;

/// The content types that need no preflight (Fetch, "CORS-safelisted request-header").
const FORM_TYPES: [&[u8]; 3] = [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data"];

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

type HmacSha256 = Hmac<Sha256>;

/// Makes and checks the tokens of forms.
pub struct Forms {
    key: HmacSha256,
    https: bool,
    entropy: Arc<dyn Entropy>,
}

impl Forms {
    /// `secret` must be the same on all servers that clients take for one. With `https` the cookie is sent over TLS alone.
    pub fn new(secret: &[u8], https: bool, entropy: Arc<dyn Entropy>) -> Self {
        let key = keyed(secret).chain_update(PURPOSE).finalize().into_bytes();
        Self { key: keyed(&key), https, entropy }
    }

    /// A ticket for a page with a form, in the session that the browser has or in a new one.
    pub(crate) fn ticket(&self, headers: &HeaderMap, caller: &Caller<'_>) -> FormTicket {
        let known = self.sessions(headers, caller).next();
        let set_cookie = known.is_none().then(|| uuid_hex(&*self.entropy));
        let session = known.or(set_cookie.as_deref()).unwrap_or_default();
        FormTicket {
            token: self.token(session, caller),
            set_cookie: set_cookie.as_deref().map(|session| self.cookie(session, caller)),
        }
    }

    /// Whether a form with this token comes from the caller's own page. Gives the ticket for the page that answers.
    ///
    /// # Errors
    /// PERMISSION_DENIED for a form of another site's page; BAD_REQUEST in the words of Flask-WTF for a token that is
    /// missing, forged, expired, or of another session or user.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        caller: &Caller<'_>,
        token: Option<&str>,
    ) -> Result<FormTicket, Error> {
        if !is_same_origin(headers) {
            return Err(Error::new(ErrorCode::PermissionDenied, CROSS_ORIGIN));
        }
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(Error::bad_request("The CSRF token is missing."));
        };
        let mut sessions = self.sessions(headers, caller).peekable();
        if sessions.peek().is_none() {
            return Err(Error::bad_request("The CSRF session token is missing."));
        }
        let Some((issued, mac)) = parse(token) else {
            return Err(Error::bad_request("The CSRF token is invalid."));
        };
        let is_of = |session: &&str| self.mac(session, issued, caller).verify_slice(&mac).is_ok();
        let Some(session) = sessions.find(is_of) else {
            return Err(Error::bad_request("The CSRF tokens do not match."));
        };
        if !(-SKEW..=LIFETIME).contains(&caller.now.saturating_sub(issued)) {
            return Err(Error::bad_request("The CSRF token has expired."));
        }
        Ok(FormTicket { token: self.token(session, caller), set_cookie: None })
    }

    fn token(&self, session: &str, caller: &Caller<'_>) -> String {
        let mac = self.mac(session, caller.now, caller).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([caller.now.to_be_bytes().as_slice(), &mac].concat())
    }

    /// Session and time have a fixed length, so that no other three make the same bytes.
    fn mac(&self, session: &str, issued: Millis, caller: &Caller<'_>) -> HmacSha256 {
        let username = caller.username.unwrap_or_default();
        self.key.clone().chain_update(session).chain_update(issued.to_be_bytes()).chain_update(username)
    }

    fn cookie(&self, session: &str, caller: &Caller<'_>) -> String {
        let path = if caller.static_prefix.is_empty() { "/" } else { caller.static_prefix };
        let secure = if self.https { "; Secure" } else { "" };
        let name = self.cookie_name(caller);
        format!("{name}={session}; Path={path}; HttpOnly; SameSite=Strict{secure}")
    }

    fn cookie_name(&self, caller: &Caller<'_>) -> &'static str {
        if self.https && caller.static_prefix.is_empty() { HOST_COOKIE_NAME } else { COOKIE_NAME }
    }

    fn sessions<'h>(
        &self,
        headers: &'h HeaderMap,
        caller: &Caller<'_>,
    ) -> impl Iterator<Item = &'h str> + use<'h> {
        let name = self.cookie_name(caller);
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split(';'))
            .filter_map(move |cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='))
            .filter(|session| session.len() == 32 && session.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .take(MAX_SESSIONS)
    }
}

/// For whom a form is, and when.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'r> {
    pub(crate) username: Option<&'r str>,
    pub(crate) now: Millis,
    /// Below which path the server is: the cookie goes nowhere else.
    pub(crate) static_prefix: &'r str,
}

fn keyed(key: &[u8]) -> HmacSha256 {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    HmacSha256::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn parse(token: &str) -> Option<(Millis, [u8; 32])> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (issued, mac) = bytes.split_first_chunk()?;
    Some((Millis::from_be_bytes(*issued), mac.try_into().ok()?))
}

/// Whether a request is made by a page of this server, or by no page at all, as far as the browser says. `Sec-Fetch-Site`
/// is the browser's own word and knows about proxies; browsers that lack it say `Origin` with every POST.
///
/// The origins that may write over CORS are no exception: their pages have no form of this server.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
    if sites.peek().is_some() {
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    headers.get_all(ORIGIN).iter().all(|origin| is_on(origin, host))
}

/// Refuses what a form or a script of another site's page could send without a preflight: a POST with one of the content
/// types of forms, or none. For inputs that have no content type of their own.
///
/// # Errors
/// PERMISSION_DENIED.
pub(crate) fn refuse_foreign_form(parts: &Parts) -> Result<(), Error> {
    let declared =
        parts.headers.get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes).to_ascii_lowercase();
    let is_of_forms = FORM_TYPES.iter().any(|kind| declared.starts_with(kind)) || declared.is_empty();
    if parts.method == Method::POST && is_of_forms && !is_same_origin(&parts.headers) {
        return Err(Error::new(ErrorCode::PermissionDenied, CROSS_ORIGIN));
    }
    Ok(())
}

/// Whether an origin is `http` or `https` on the host, as a browser writes both.
fn is_on(origin: &HeaderValue, host: Option<&str>) -> bool {
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let (Some(origin), Some(host)) = (origin, host) else { return false };
    matches!(origin.scheme_str(), Some("http" | "https"))
        && origin.authority().is_some_and(|authority| authority.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
#[path = "forms_tests.rs"]
mod tests;
