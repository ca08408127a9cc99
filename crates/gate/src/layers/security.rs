//! MLflow's security middleware (`server/fastapi_security.py` of 3.17): host validation, CORS, and headers for browsers.

use std::str::FromStr;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderName, ORIGIN, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;

use super::{hosts, origins};

/// The body of a 403 for an unknown host: MLflow's words.
pub const INVALID_HOST: &str = "Invalid Host header - possible DNS rebinding attack detected";
/// The body of a 403 for a state-changing request of another origin: MLflow's words.
pub const CROSS_ORIGIN: &str = "Cross-origin request blocked";

const REQUEST_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
/// What a preflight answer depends on.
const PREFLIGHT_VARY: &str = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, \
                              Access-Control-Request-Private-Network";
const METHODS: &str = "GET, POST, PUT, DELETE, OPTIONS, PATCH";
const METHODS_FOR_ANY_ORIGIN: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY";
/// Seconds that a browser may remember a preflight answer: Starlette's default.
const PREFLIGHT_AGE: &str = "600";

/// Answered for any host, so that a load balancer's probe needs no name.
const HEALTH: [&str; 3] = ["/health", "/health/ready", "/version"];
/// Where requests of other origins are blocked.
const API: [&str; 2] = ["api/", "ajax-api/"];
/// Shown in a frame by notebooks.
const FRAMEABLE: &str = "/static-files/lib/notebook-trace-renderer";

/// `X-Frame-Options`: who may show the server's pages in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FrameOptions {
    /// Pages of the same origin.
    #[default]
    SameOrigin,
    /// Nobody.
    Deny,
    /// Anybody: the header is not sent.
    None,
}

impl FromStr for FrameOptions {
    type Err = SecurityConfigError;

    /// In either case. MLflow sends any other word to the browser, which ignores it and with it the protection; it is an
    /// error here.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_uppercase().as_str() {
            "SAMEORIGIN" => Ok(Self::SameOrigin),
            "DENY" => Ok(Self::Deny),
            "NONE" => Ok(Self::None),
            _ => Err(SecurityConfigError::FrameOptions(text.to_owned())),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecurityConfigError {
    #[error("X-Frame-Options is one of SAMEORIGIN, DENY and NONE, not {0:?}")]
    FrameOptions(String),
    #[error("the list of allowed hosts names no host")]
    NoHosts,
}

/// The default is MLflow's: local and private hosts, local origins, frames of the same origin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SecurityConfig {
    /// `--allowed-hosts`: hosts with their ports, `*` as a wildcard, `*` alone for any host. Empty for local and private
    /// ones.
    pub allowed_hosts: Vec<String>,
    /// `--cors-allowed-origins`, beside the local ones; `*` alone for any origin, which then gets no credentials.
    pub cors_origins: Vec<String>,
    pub frame_options: FrameOptions,
    /// `--disable-security-middleware`: every request passes and no header is added.
    pub disabled: bool,
    /// `--static-prefix`, such as `/mlflow`, or empty.
    pub static_prefix: String,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on.
    Pass,
    /// 403, [`INVALID_HOST`].
    InvalidHost,
    /// 403, [`CROSS_ORIGIN`].
    CrossOrigin,
    /// A browser asks what it may do; this is the answer.
    Preflight(Preflight),
}

/// The answer to a CORS preflight, as Starlette's `CORSMiddleware` gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// 200, or 400 where something was asked for that is not allowed.
    pub status: StatusCode,
    /// Plain text.
    pub body: String,
    pub headers: HeaderMap,
}

/// What [`SecurityConfig::finish`] must know of a request that is gone by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The answer needs CORS headers: a preflight's has them, and one to an unknown host is nobody's to read.
    cors: bool,
    /// The origin, if the request named exactly one.
    origin: Option<HeaderValue>,
    frameable: bool,
}

impl SecurityConfig {
    /// Reads the flags of `mlflow server`: comma-separated lists, spaces around their entries ignored. An absent or empty
    /// flag is MLflow's default.
    ///
    /// # Errors
    /// A list of hosts without a host (`,`), an unknown word for the frame options.
    pub fn from_flags(
        allowed_hosts: Option<&str>,
        cors_origins: Option<&str>,
        frame_options: Option<&str>,
        disabled: bool,
        static_prefix: Option<&str>,
    ) -> Result<Self, SecurityConfigError> {
        let hosts = list(allowed_hosts);
        if hosts.is_empty() && allowed_hosts.is_some_and(|flag| !flag.is_empty()) {
            return Err(SecurityConfigError::NoHosts);
        }
        let frame_options = frame_options.filter(|flag| !flag.is_empty());
        Ok(Self {
            allowed_hosts: hosts,
            cors_origins: list(cors_origins),
            frame_options: frame_options.map_or(Ok(FrameOptions::default()), str::parse)?,
            disabled,
            static_prefix: static_prefix.unwrap_or_default().trim_end_matches('/').to_owned(),
        })
    }

    /// Whether any host is taken, which leaves the server open to DNS rebinding.
    pub fn any_host(&self) -> bool {
        self.allowed_hosts.iter().any(|entry| entry == "*")
    }

    /// Whether a page of any origin may write, and read without credentials.
    pub fn any_origin(&self) -> bool {
        self.cors_origins.iter().any(|entry| entry == "*")
    }

    /// What becomes of a request: first its host is checked, then a preflight is answered, then state-changing requests
    /// of other origins are refused.
    pub fn decide(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Verdict {
        if !self.knows_host(uri, headers) {
            return Verdict::InvalidHost;
        }
        if self.disabled {
            return Verdict::Pass;
        }
        if let (&Method::OPTIONS, Some(origin), Some(asked)) =
            (method, headers.get(ORIGIN), headers.get(ACCESS_CONTROL_REQUEST_METHOD))
        {
            return Verdict::Preflight(self.preflight(origin, asked, headers));
        }
        // A browser sends one Origin. Of several, each must be allowed.
        let blocked = |origin: &HeaderValue| {
            origins::blocks(&self.cors_origins, method, &String::from_utf8_lossy(origin.as_bytes()))
        };
        if !self.any_origin() && self.is_api(uri.path()) && headers.get_all(ORIGIN).iter().any(blocked) {
            return Verdict::CrossOrigin;
        }
        Verdict::Pass
    }

    /// What [`Self::finish`] will need, to be taken before the request is handed on.
    pub fn asked(&self, verdict: &Verdict, uri: &Uri, headers: &HeaderMap) -> Asked {
        let mut origins = headers.get_all(ORIGIN).iter();
        let origin = match (origins.next(), origins.next()) {
            (Some(origin), None) => Some(origin.clone()),
            _ => None,
        };
        let path = uri.path();
        let below = path.strip_prefix(self.static_prefix.as_str()).unwrap_or(path);
        let cors = matches!(verdict, Verdict::Pass | Verdict::CrossOrigin);
        Asked { cors, origin, frameable: below.starts_with(FRAMEABLE) }
    }

    /// Adds to an answer, whoever gave it, what MLflow adds.
    pub fn finish(&self, asked: &Asked, headers: &mut HeaderMap) {
        if self.disabled {
            return;
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        match self.frame_options {
            _ if asked.frameable => {}
            FrameOptions::SameOrigin => set(headers, X_FRAME_OPTIONS, "SAMEORIGIN"),
            FrameOptions::Deny => set(headers, X_FRAME_OPTIONS, "DENY"),
            FrameOptions::None => {}
        }
        if asked.cors {
            self.share(asked.origin.as_ref(), headers);
        }
    }

    /// The CORS headers of an answer that is not a preflight's.
    fn share(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        if let Some(origin) = origin {
            set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, "*");
            if self.any_origin() {
                set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
            } else {
                set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
                if self.may_read(origin) {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                }
            }
        }
        if !varies_by_origin(headers) {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
    }

    fn preflight(&self, origin: &HeaderValue, method: &HeaderValue, asked: &HeaderMap) -> Preflight {
        let any = self.any_origin();
        let methods = if any { METHODS_FOR_ANY_ORIGIN } else { METHODS };
        let mut headers = HeaderMap::new();
        let mut refused = Vec::new();
        set(&mut headers, VARY, PREFLIGHT_VARY);
        set(&mut headers, ACCESS_CONTROL_ALLOW_METHODS, methods);
        set(&mut headers, ACCESS_CONTROL_MAX_AGE, PREFLIGHT_AGE);
        if any {
            set(&mut headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
        } else {
            set(&mut headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
            if self.may_read(origin) {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            } else {
                refused.push("origin");
            }
        }
        if !methods.split(", ").any(|allowed| allowed.as_bytes() == method.as_bytes()) {
            refused.push("method");
        }
        // Any header may be sent, and a browser wants each of them named.
        if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        if asked.contains_key(REQUEST_PRIVATE_NETWORK) {
            refused.push("private-network");
        }
        if refused.is_empty() {
            Preflight { status: StatusCode::OK, body: "OK".to_owned(), headers }
        } else {
            let body = format!("Disallowed CORS {}", refused.join(", "));
            Preflight { status: StatusCode::BAD_REQUEST, body, headers }
        }
    }

    fn may_read(&self, origin: &HeaderValue) -> bool {
        origin.to_str().is_ok_and(|origin| origins::may_read(&self.cors_origins, origin))
    }

    /// Every name by which a request calls the server must be one of its own: each `Host` header, and the authority of a
    /// request line that has one. A request that has none is refused. Where any name will do it must still be one (RFC 9112,
    /// section 3.2): whoever puts a URL together from it would be misled.
    fn knows_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let given = headers.get_all(HOST).iter().map(|host| host.to_str().ok());
        let mut named = given.chain(uri.authority().map(|authority| Some(authority.as_str()))).peekable();
        if self.disabled || self.any_host() || self.is_health(uri.path()) {
            return named.all(|host| host.and_then(hosts::split).is_some());
        }
        named.peek().is_some()
            && named.all(|host| host.is_some_and(|host| hosts::is_allowed(&self.allowed_hosts, host)))
    }

    /// Whether a path is that of a health check. Under a prefix, `/health` has no route and is no exception.
    pub(super) fn is_health(&self, path: &str) -> bool {
        path.strip_prefix(self.static_prefix.as_str()).is_some_and(|path| HEALTH.contains(&path))
    }

    /// Whether a path, as written or decoded, is one of the API. MLflow serves the artifact proxy without the prefix even
    /// where there is one, so paths without it always count.
    fn is_api(&self, path: &str) -> bool {
        let decoded = percent_decode_str(path).decode_utf8_lossy();
        // Slashes at the start count once, as in MLflow's router.
        let path = decoded.trim_start_matches('/');
        let below = path.strip_prefix(self.static_prefix.trim_start_matches('/')).unwrap_or(path);
        [path, below.trim_start_matches('/')].iter().any(|path| API.iter().any(|api| path.starts_with(api)))
    }
}

fn list(flag: Option<&str>) -> Vec<String> {
    let entries = flag.unwrap_or_default().split(',').map(str::trim);
    entries.filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

fn varies_by_origin(headers: &HeaderMap) -> bool {
    let names = headers
        .get_all(VARY)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    names.map(str::trim).any(|name| name == "*" || name.eq_ignore_ascii_case("origin"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEARCH: &str = "/api/2.0/mlflow/experiments/search";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    fn decide(
        config: &SecurityConfig,
        method: Method,
        path: &str,
        pairs: &[(&'static str, &str)],
    ) -> Verdict {
        config.decide(&method, &path.parse().unwrap(), &headers(pairs))
    }

    fn with_prefix() -> SecurityConfig {
        SecurityConfig { static_prefix: "/ml".to_owned(), ..SecurityConfig::default() }
    }

    #[test]
    fn flags_are_comma_separated_and_default_to_mlflows() {
        let from = |hosts, origins, frames| SecurityConfig::from_flags(hosts, origins, frames, false, None);
        assert_eq!(from(None, None, None), Ok(SecurityConfig::default()));
        assert_eq!(from(Some(""), Some(""), Some("")), Ok(SecurityConfig::default()));
        let config = from(Some("a.com, *.b.com:5000,"), Some(" https://a.com ,"), Some("deny")).unwrap();
        assert_eq!(config.allowed_hosts, ["a.com", "*.b.com:5000"]);
        assert_eq!(config.cors_origins, ["https://a.com"]);
        assert_eq!(config.frame_options, FrameOptions::Deny);
        assert_eq!(from(Some(" , "), None, None), Err(SecurityConfigError::NoHosts));
        let word = "ALLOW-FROM https://x";
        assert_eq!(from(None, None, Some(word)), Err(SecurityConfigError::FrameOptions(word.to_owned())));
        let prefixed = SecurityConfig::from_flags(None, None, None, false, Some("/ml/")).unwrap();
        assert_eq!(prefixed, with_prefix());
    }

    #[test]
    fn an_unknown_host_is_refused_on_every_path_but_the_health_checks() {
        let config = SecurityConfig::default();
        for path in
            ["/", SEARCH, "/health/", "/healthy", "/static-files/x", "/nope", "/api/3.0/mlflow/server-info"]
        {
            for host in [&[("host", "evil.com")][..], &[("host", "")], &[]] {
                assert_eq!(decide(&config, Method::GET, path, host), Verdict::InvalidHost, "{path} {host:?}");
            }
            assert_eq!(decide(&config, Method::GET, path, &[("host", "localhost")]), Verdict::Pass, "{path}");
        }
        for path in ["/health", "/version", "/health?x=1"] {
            assert_eq!(decide(&config, Method::GET, path, &[("host", "evil.com")]), Verdict::Pass, "{path}");
        }
    }

    #[test]
    fn under_a_prefix_the_health_checks_are_below_it() {
        for (path, expected) in [
            ("/ml/health", Verdict::Pass),
            ("/ml/version", Verdict::Pass),
            ("/health", Verdict::InvalidHost),
            ("/mlx/health", Verdict::InvalidHost),
        ] {
            assert_eq!(
                decide(&with_prefix(), Method::GET, path, &[("host", "evil.com")]),
                expected,
                "{path}"
            );
        }
    }

    #[test]
    fn every_name_that_a_request_calls_the_server_by_must_be_known() {
        let config = SecurityConfig::default();
        for hosts in [["localhost", "evil.com"], ["evil.com", "localhost"]] {
            let pairs = hosts.map(|host| ("host", host));
            assert_eq!(decide(&config, Method::GET, "/", &pairs), Verdict::InvalidHost);
        }
        for uri in ["http://evil.com/x", "http://localhost@evil.com/x", "http://evil.com/health/x"] {
            assert_eq!(
                decide(&config, Method::GET, uri, &[("host", "localhost")]),
                Verdict::InvalidHost,
                "{uri}"
            );
        }
        assert_eq!(decide(&config, Method::GET, "http://localhost:5000/x", &[]), Verdict::Pass);
    }

    #[test]
    fn a_star_takes_any_host_and_any_origin() {
        let config = SecurityConfig::from_flags(Some("a.com, *"), Some("*"), None, false, None).unwrap();
        assert!(config.any_host() && config.any_origin());
        let pairs = [("host", "evil.com"), ("origin", "http://evil.com")];
        assert_eq!(decide(&config, Method::POST, SEARCH, &pairs), Verdict::Pass);
        assert_eq!(decide(&config, Method::POST, SEARCH, &[]), Verdict::Pass);
        assert_eq!(decide(&config, Method::POST, SEARCH, &[("host", "")]), Verdict::Pass);
    }

    #[test]
    fn what_is_no_host_is_refused_where_any_host_will_do() {
        for hosts in [Some("*"), None] {
            let config = SecurityConfig::from_flags(hosts, None, None, hosts.is_none(), None).unwrap();
            for host in ["a/health?.example.com", "a#b", "a b", "a@b", "a:b", "[::1", "\u{e4}.example.com"] {
                for path in [SEARCH, "/health"] {
                    let verdict = decide(&config, Method::GET, path, &[("host", host)]);
                    assert_eq!(verdict, Verdict::InvalidHost, "{host} {path}");
                }
            }
        }
    }

    /// But for the last rows as `mlflow server` 3.17.2.
    #[test]
    fn other_origins_are_blocked_from_changing_state_below_the_api_alone() {
        for (config, path, blocked) in [
            (SecurityConfig::default(), SEARCH, true),
            (SecurityConfig::default(), "/ajax-api/2.0/mlflow/experiments/search", true),
            (SecurityConfig::default(), "/api/nope", true),
            (SecurityConfig::default(), "/%61pi/2.0/mlflow/experiments/search", true),
            (SecurityConfig::default(), "//api/2.0/mlflow/experiments/search", true),
            (SecurityConfig::default(), "/nope", false),
            (SecurityConfig::default(), "/health", false),
            (SecurityConfig::default(), "/apix/", false),
            (with_prefix(), "/ml/api/2.0/mlflow/experiments/search", true),
            (with_prefix(), "/ml/ajax-api/2.0/x", true),
            (with_prefix(), "/api/2.0/mlflow-artifacts/artifacts/0/x", true),
            (with_prefix(), "/ml/nope", false),
            // MLflow has no route here, so it answers 404.
            (with_prefix(), SEARCH, true),
            // MLflow's tests have a route here.
            (SecurityConfig::default(), "/api/test", true),
        ] {
            let pairs = [("host", "localhost"), ("origin", "http://evil.com")];
            let expected = if blocked { Verdict::CrossOrigin } else { Verdict::Pass };
            assert_eq!(decide(&config, Method::POST, path, &pairs), expected, "{path}");
            assert_eq!(decide(&config, Method::GET, path, &pairs), Verdict::Pass, "{path}");
        }
    }

    #[test]
    fn of_two_origins_each_must_be_allowed() {
        for origins in [["http://localhost", "http://evil.com"], ["http://evil.com", "http://localhost"]] {
            let pairs = [("host", "localhost"), ("origin", origins[0]), ("origin", origins[1])];
            assert_eq!(
                decide(&SecurityConfig::default(), Method::POST, SEARCH, &pairs),
                Verdict::CrossOrigin
            );
        }
    }

    #[test]
    fn an_origin_that_is_no_text_is_blocked() {
        let pairs = [("host", "localhost"), ("origin", "http://evïl.com")];
        assert_eq!(decide(&SecurityConfig::default(), Method::POST, SEARCH, &pairs), Verdict::CrossOrigin);
    }

    fn preflight(config: &SecurityConfig, origin: &str, more: &[(&'static str, &str)]) -> Preflight {
        let mut pairs = vec![("host", "localhost"), ("origin", origin)];
        pairs.extend(more);
        match decide(config, Method::OPTIONS, SEARCH, &pairs) {
            Verdict::Preflight(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// Status, body and origin are those of `mlflow server` 3.17.2.
    #[test]
    fn a_preflight_is_answered_as_starlette_answers_it() {
        let default = SecurityConfig::default();
        let listed = SecurityConfig {
            cors_origins: vec!["https://trusted.com".into(), "https://*.corp.com".into()],
            ..default.clone()
        };
        let any = SecurityConfig { cors_origins: vec!["*".into()], ..default.clone() };
        let local = "http://localhost:3000";
        let method = "access-control-request-method";
        for (config, origin, asked, status, body, allowed) in [
            (&default, local, vec![(method, "POST")], 200, "OK", Some(local)),
            (&default, local, vec![(method, "TRACE")], 400, "Disallowed CORS method", Some(local)),
            (&default, local, vec![(method, "post")], 400, "Disallowed CORS method", Some(local)),
            (&default, local, vec![(method, "HEAD")], 400, "Disallowed CORS method", Some(local)),
            (&default, "http://evil.com", vec![(method, "POST")], 400, "Disallowed CORS origin", None),
            (
                &default,
                "http://evil.com",
                vec![(method, "TRACE")],
                400,
                "Disallowed CORS origin, method",
                None,
            ),
            (
                &default,
                local,
                vec![(method, "GET"), ("access-control-request-private-network", "true")],
                400,
                "Disallowed CORS private-network",
                Some(local),
            ),
            (&listed, "https://trusted.com", vec![(method, "PUT")], 200, "OK", Some("https://trusted.com")),
            (&listed, "https://a.corp.com", vec![(method, "PUT")], 400, "Disallowed CORS origin", None),
            (&any, "http://evil.com", vec![(method, "POST")], 200, "OK", Some("*")),
            (&any, "http://evil.com", vec![(method, "HEAD")], 200, "OK", Some("*")),
            (&any, "http://evil.com", vec![(method, "TRACE")], 400, "Disallowed CORS method", Some("*")),
        ] {
            let answer = preflight(config, origin, &asked);
            let case = format!("{origin} {asked:?}");
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{case}");
            let header = |name: HeaderName| answer.headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header(ACCESS_CONTROL_ALLOW_ORIGIN), allowed, "{case}");
            let credentials = (!config.any_origin()).then_some("true");
            assert_eq!(header(ACCESS_CONTROL_ALLOW_CREDENTIALS), credentials, "{case}");
            assert_eq!(header(ACCESS_CONTROL_MAX_AGE), Some("600"), "{case}");
            assert_eq!(header(VARY), Some(PREFLIGHT_VARY), "{case}");
            assert!(header(ACCESS_CONTROL_ALLOW_METHODS).unwrap().contains("PATCH"), "{case}");
            assert_eq!(header(ACCESS_CONTROL_ALLOW_HEADERS), None, "{case}");
        }
    }

    #[test]
    fn a_preflight_is_told_the_headers_that_it_asked_for() {
        let asked = [
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "X-A, authorization"),
        ];
        let answer = preflight(&SecurityConfig::default(), "http://localhost", &asked);
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_HEADERS], "X-A, authorization");
    }

    #[test]
    fn an_options_request_that_is_no_preflight_goes_on() {
        let config = SecurityConfig::default();
        for pairs in [
            &[("host", "localhost")][..],
            &[("host", "localhost"), ("origin", "http://evil.com")],
            &[("host", "localhost"), ("access-control-request-method", "POST")],
        ] {
            assert_eq!(decide(&config, Method::OPTIONS, SEARCH, pairs), Verdict::Pass, "{pairs:?}");
        }
    }

    #[test]
    fn a_preflight_under_an_unknown_name_is_not_answered() {
        let pairs =
            [("host", "evil.com"), ("origin", "http://localhost"), ("access-control-request-method", "POST")];
        assert_eq!(decide(&SecurityConfig::default(), Method::OPTIONS, SEARCH, &pairs), Verdict::InvalidHost);
    }
}
