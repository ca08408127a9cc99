//! Where a webhook's URL leads, and whether it may (MLflow 3.17 `_validate_webhook_url`).

use crate::address;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::Url;

/// How webhooks may be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl FromStr for Scheme {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "http" => Ok(Self::Http),
            "https" => Ok(Self::Https),
            _ => Err(()),
        }
    }
}

/// Where webhooks may lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// `MLFLOW_WEBHOOK_ALLOWED_SCHEMES`.
    pub schemes: Vec<Scheme>,
    /// `MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS`: whether addresses that are not public may be reached.
    pub allow_private_ips: bool,
}

impl Rules {
    pub(crate) fn admit(&self, address: IpAddr) -> bool {
        self.allow_private_ips || address::is_public(address)
    }
}

/// A URL that no webhook may have. The words are MLflow's, but for what they tell of names and addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("Webhook URL cannot be empty or just whitespace: '{0}'")]
    Empty(String),
    #[error("Invalid webhook URL scheme: '{scheme}'. Allowed schemes are: {allowed}.")]
    Scheme { scheme: String, allowed: String },
    #[error("Webhook URL must include a hostname: '{0}'")]
    NoHost(String),
    #[error("Invalid webhook URL '{url}': {reason}")]
    Malformed { url: String, reason: String },
    #[error(
        "Webhook URL must not resolve to a non-public IP address. The host '{0}' does, or could not be resolved to one that \
         is public."
    )]
    NotPublic(String),
}

/// Where to connect to, and what to ask for there. The user of a URL and their password are sent as such.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// For the header `host`.
    pub(crate) authority: HeaderValue,
    /// Path and query.
    pub(crate) path: Uri,
    pub(crate) authorization: Option<HeaderValue>,
}

/// Hides the path, which may hold a token, and the password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}://{}:{})", self.scheme.as_str(), self.host, self.port)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// In ASCII.
    Name(String),
    Address(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

impl Target {
    /// Reads a URL as browsers do, for whom `0x7f.1` and `2130706433` are addresses of this machine. A name is not resolved.
    ///
    /// # Errors
    /// When the URL has another scheme than the rules allow, no host, or an address that may not be reached.
    pub(crate) fn parse(text: &str, rules: &Rules) -> Result<Self, UrlError> {
        if text.trim().is_empty() {
            return Err(UrlError::Empty(text.to_owned()));
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
        let scheme = match scheme.parse::<Scheme>() {
            Ok(scheme) if rules.schemes.contains(&scheme) => scheme,
            _ => {
                let allowed: Vec<&str> = rules.schemes.iter().map(|scheme| scheme.as_str()).collect();
                let is_one = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
                return Err(UrlError::Scheme {
                    scheme: if is_one { scheme } else { String::new() },
                    allowed: allowed.join(", "),
                });
            }
        };
        // Browsers would find a host in `https:host` and `https:///host` too.
        let host = text.get(scheme.as_str().len()..).and_then(|rest| rest.strip_prefix("://"));
        if host.is_none_or(|host| host.starts_with(['/', '\\', '?', '#'])) {
            return Err(UrlError::NoHost(text.to_owned()));
        }
        let malformed =
            |reason: &str| UrlError::Malformed { url: text.to_owned(), reason: reason.to_owned() };
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::EmptyHost => UrlError::NoHost(text.to_owned()),
            error => malformed(&error.to_string()),
        })?;
        let host = match url.host() {
            Some(url::Host::Domain(name)) if name.trim_matches('.').is_empty() => {
                return Err(UrlError::NoHost(text.to_owned()));
            }
            // No name of the DNS, whatever a resolver might make of it.
            Some(url::Host::Domain(name))
                if name.strip_suffix('.').unwrap_or(name).split('.').any(str::is_empty) =>
            {
                return Err(malformed("invalid host"));
            }
            Some(url::Host::Domain(name)) => Host::Name(name.to_owned()),
            Some(url::Host::Ipv4(address)) => Host::Address(address.into()),
            Some(url::Host::Ipv6(address)) => Host::Address(address.into()),
            None => return Err(UrlError::NoHost(text.to_owned())),
        };
        if let Host::Address(address) = host
            && !rules.admit(address)
        {
            return Err(UrlError::NotPublic(host.to_string()));
        }
        let port =
            url.port_or_known_default().filter(|port| *port != 0).ok_or_else(|| malformed("no port"))?;
        let asked =
            url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let name = url.host_str().unwrap_or_default();
        let authority = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        Ok(Self {
            scheme,
            host,
            port,
            authority: HeaderValue::try_from(authority).map_err(|_| malformed("invalid host"))?,
            path: Uri::try_from(asked).map_err(|_| malformed("invalid path"))?,
            authorization: authorization(&url),
        })
    }
}

/// The user and the password of a URL, as Python's requests sends them.
fn authorization(url: &Url) -> Option<HeaderValue> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).collect::<Vec<u8>>();
    let pair = [decoded(url.username()), decoded(url.password().unwrap_or_default())].join(&b':');
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(schemes: &[Scheme], allow_private_ips: bool) -> Rules {
        Rules { schemes: schemes.to_vec(), allow_private_ips }
    }

    fn refusal(url: &str) -> String {
        Target::parse(url, &rules(&[Scheme::Https], false)).unwrap_err().to_string()
    }

    #[test]
    fn a_url_says_where_to_connect_to_and_what_to_ask_for() {
        let target = Target::parse(
            "https://Us%20er:p%3Aw@Example.com:8443/a b?c=d#e",
            &rules(&[Scheme::Https], false),
        );
        let target = target.unwrap();
        assert_eq!((&target.host, target.port), (&Host::Name("example.com".to_owned()), 8443));
        assert_eq!(
            (target.authority.to_str().unwrap(), target.path.to_string()),
            ("example.com:8443", "/a%20b?c=d".into())
        );
        assert_eq!(target.authorization.as_ref().unwrap(), "Basic VXMgZXI6cDp3");
        assert_eq!(format!("{target:?}"), "Target(https://example.com:8443)");
        let plain = Target::parse("https://example.com", &rules(&[Scheme::Https], false)).unwrap();
        assert_eq!(
            (plain.port, plain.authority.to_str().unwrap(), plain.path.path()),
            (443, "example.com", "/")
        );
        assert!(plain.authorization.is_none());
    }

    #[test]
    fn mlflows_words_say_what_is_wrong_with_a_url() {
        assert_eq!(refusal("  "), "Webhook URL cannot be empty or just whitespace: '  '");
        for (url, scheme) in [
            ("http://example.com", "http"),
            ("ftp://x", "ftp"),
            ("not-a-url", ""),
            ("javascript:1", "javascript"),
        ] {
            assert_eq!(
                refusal(url),
                format!("Invalid webhook URL scheme: '{scheme}'. Allowed schemes are: https.")
            );
        }
        for url in [
            "https://",
            "https:",
            "https:example.com",
            "https:/example.com",
            "https:///x",
            "https://\\x",
            "https://:80/",
        ] {
            assert_eq!(refusal(url), format!("Webhook URL must include a hostname: '{url}'"));
        }
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "%31%32%37.0.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "0",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[fe80::1]",
            "[64:ff9b::127.0.0.1]",
            "169.254.169.254",
            "0251.0376.0251.0376",
            "user@127.0.0.1",
            "example.com@127.0.0.1",
        ] {
            let refusal = refusal(&format!("https://{host}/"));
            assert!(refusal.contains("must not resolve to a non-public IP address"), "{host}: {refusal}");
        }
        for host in [
            "0..",
            "a..b",
            ".a",
            "[fe80::1%25eth0]",
            "[fe80::1%eth0]",
            "256.1.1.1",
            "1.2.3.4.5",
            "0x100000000",
            "exa mple",
            "a%00b",
            "[::1",
            "example.com:0",
        ] {
            assert!(refusal(&format!("https://{host}/")).starts_with("Invalid webhook URL"), "{host}");
        }
        let allowed = Target::parse("http://0x7f.1:80/", &rules(&[Scheme::Http], true)).unwrap();
        assert_eq!(allowed.host, Host::Address("127.0.0.1".parse().unwrap()));
        assert!(Target::parse("https://8.8.8.8/", &rules(&[Scheme::Https], false)).is_ok());
    }
    proptest::proptest! {
        #[test]
        fn no_text_leads_to_an_address_that_is_not_public(text in "(https://)?[0-9a-fx.:@%/\\[\\]１。]{0,24}|.{0,40}") {
            if let Ok(target) = Target::parse(&text, &rules(&[Scheme::Https], false)) {
                match target.host {
                    Host::Address(address) => assert!(address::is_public(address)),
                    // What the system's resolver might take for an address is none of a name's.
                    Host::Name(name) => {
                        let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
                        assert!(!last.bytes().all(|byte| byte.is_ascii_digit()), "{name}");
                        assert!(!name.contains(':'));
                    }
                }
            }
        }
    }
}
