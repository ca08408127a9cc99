//! Who else may say who is calling: the sections `[jwt]`, `[forward_auth]` and `[trusted_proxy]` of the authentication settings.
//! They are ours; MLflow reads `[mlflow]` alone.
//!
//! A key that is not known there is an error: what a typing error leaves out may be what keeps somebody away.

use super::environment::Environment;
use super::error::ConfigError;
use super::section::{MAIN, Section, items};
use http::HeaderName;
use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use identity::{
    ExistingUsers, ExternalRules, ForwardAuth, JwtAlgorithm, JwtIssuer, KeyLocation, NewUsers, TrustedProxy,
    is_protected,
};
use model::Networks;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;
use store::auth::roles::is_a_users_own;
use store::uri::Secret;
use url::Url;

const JWT: &str = "jwt";
/// Another issuer: `[jwt.NAME]`.
const MORE_JWT: &str = "jwt.";
const FORWARD_AUTH: &str = "forward_auth";
const TRUSTED_PROXY: &str = "trusted_proxy";

/// Characters of a secret that a proxy shares with this server, at least.
const MIN_SECRET_CHARS: usize = 16;
/// Characters of an issuer: the size of its column.
const MAX_ISSUER_CHARS: usize = 255;
const MAX_CLOCK_SKEW: u32 = 300;
const MAX_REMEMBERED_SECONDS: u32 = 300;

/// What a request says of its own connection or body. Sent on, it would say that of a request which has neither.
const OF_THE_CONNECTION: [HeaderName; 8] =
    [CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE];

const EXTERNAL_KEYS: [&str; 5] =
    ["new_users", "existing_users", "default_role", "admin_groups", "group_roles"];
const JWT_KEYS: [&str; 9] = [
    "issuer",
    "audience",
    "jwks",
    "algorithms",
    "clock_skew_seconds",
    "username_claim",
    "groups_claim",
    "required_claims",
    "insecure_http",
];
const FORWARD_AUTH_KEYS: [&str; 7] = [
    "url",
    "request_headers",
    "username_header",
    "groups_header",
    "timeout_seconds",
    "cache_seconds",
    "insecure_http",
];
const TRUSTED_PROXY_KEYS: [&str; 5] =
    ["addresses", "secret_header", "secret", "username_header", "groups_header"];

/// Sections by name, each with its keys and values.
pub(super) type Others = BTreeMap<String, BTreeMap<String, Secret>>;

/// Who else may say who is calling, beside the database of users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources {
    /// Issuers of JSON Web Tokens.
    pub issuers: Vec<JwtIssuer>,
    pub forward_auth: Option<ForwardAuth>,
    pub trusted_proxy: Option<TrustedProxy>,
}

impl Sources {
    /// Reads all sections but the main one, `main`. Those that are none of these come back as they are.
    pub(super) fn read(main: &Section<'_>, environment: &Environment) -> Result<(Self, Others), ConfigError> {
        let mut sources = Self::default();
        let mut others = Others::new();
        for name in main.ini.sections() {
            let section = Section { name, ..*main };
            match name {
                MAIN => {}
                FORWARD_AUTH => sources.forward_auth = Some(forward_auth(&section)?),
                TRUSTED_PROXY => sources.trusted_proxy = Some(trusted_proxy(&section)?),
                name if name == JWT || name.strip_prefix(MORE_JWT).is_some_and(|name| !name.is_empty()) => {
                    let issuer = issuer(&section, environment)?;
                    if sources.issuers.iter().any(|known| known.issuer == issuer.issuer) {
                        return Err(section.invalid("issuer", "is that of another section"));
                    }
                    sources.issuers.push(issuer);
                }
                name => {
                    let mut values = BTreeMap::new();
                    for key in section.keys() {
                        // Which of them are secret only who asks for them knows.
                        values.insert(key.to_owned(), Secret::new(section.get(key)?.unwrap_or_default()));
                    }
                    others.insert(name.to_owned(), values);
                }
            }
        }
        Ok((sources, others))
    }
}

fn check_keys(section: &Section<'_>, known: &[&str]) -> Result<(), ConfigError> {
    let unknown: Vec<&str> =
        section.keys().filter(|key| !known.contains(key) && !EXTERNAL_KEYS.contains(key)).collect();
    match unknown.is_empty() {
        true => Ok(()),
        false => {
            Err((section.malformed)(format!("unknown keys in [{}]: {}", section.name, unknown.join(", "))))
        }
    }
}

/// What a source may do with users, and what the groups that it names bring.
fn rules(
    section: &Section<'_>,
    groups_from: &'static str,
    has_groups: bool,
) -> Result<ExternalRules, ConfigError> {
    let new_users = match section.get("new_users")?.as_deref() {
        None | Some("refuse") => NewUsers::Refuse,
        Some("create") => NewUsers::Create,
        Some(_) => return Err(section.invalid("new_users", "must be refuse or create")),
    };
    let existing_users = match section.get("existing_users")?.as_deref() {
        None | Some("refuse") => ExistingUsers::Refuse,
        Some("link") => ExistingUsers::Link,
        Some("link_all") => ExistingUsers::LinkAll,
        Some(_) => return Err(section.invalid("existing_users", "must be refuse, link or link_all")),
    };
    let default_role = section.nonempty("default_role")?;
    if default_role.as_deref().is_some_and(is_a_users_own) {
        return Err(section.invalid("default_role", "must not hold the grants of a single user"));
    }
    if default_role.is_some() && new_users == NewUsers::Refuse {
        return Err(section.invalid("default_role", "is for new users: set new_users = create"));
    }
    let admin_groups = section.list("admin_groups")?.unwrap_or_default();
    let mut group_roles = Vec::new();
    for line in section.lines("group_roles")? {
        let split = line.rsplit_once('=').map(|(group, roles)| (group.trim(), items(roles, [','])));
        match split {
            Some((group, roles))
                if !group.is_empty()
                    && !roles.is_empty()
                    && !roles.iter().any(|role| is_a_users_own(role)) =>
            {
                group_roles.push((group.to_owned(), roles));
            }
            _ => return Err(section.invalid("group_roles", "must have lines such as 'group = role, role'")),
        }
    }
    if !has_groups {
        for (key, is_empty) in
            [("admin_groups", admin_groups.is_empty()), ("group_roles", group_roles.is_empty())]
        {
            if !is_empty {
                return Err(section.invalid(key, format!("needs groups: set {groups_from}")));
            }
        }
    }
    Ok(ExternalRules { new_users, existing_users, default_role, admin_groups, group_roles })
}

/// A URL to which secrets may be sent, or from which keys may come.
fn url(
    section: &Section<'_>,
    key: &'static str,
    text: &str,
    insecure_http: bool,
) -> Result<Url, ConfigError> {
    let url: Url = text.parse().map_err(|_| section.invalid(key, "must be a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(section.invalid(key, "must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(section.invalid(key, "must not hold a user or a password"));
    }
    if !is_protected(&url) && !insecure_http {
        return Err(section.invalid(
            key,
            "is http:// to another machine, where who is on the way can read and change it: use https://, or set \
             insecure_http = true",
        ));
    }
    Ok(url)
}

fn issuer(section: &Section<'_>, environment: &Environment) -> Result<JwtIssuer, ConfigError> {
    check_keys(section, &JWT_KEYS)?;
    let issuer = section.required("issuer")?;
    if issuer.is_empty() || issuer.chars().count() > MAX_ISSUER_CHARS {
        return Err(
            section.invalid("issuer", format!("must have between 1 and {MAX_ISSUER_CHARS} characters"))
        );
    }
    let audiences = section.list("audience")?.unwrap_or_default();
    if audiences.is_empty() {
        // Without one, a token that a user gave to any other service would let that service in here.
        return Err(section.invalid("audience", "is missing"));
    }
    let insecure_http = section.boolean("insecure_http")?.unwrap_or(false);
    let keys = match section.nonempty("jwks")? {
        Some(text) if text.contains("://") => KeyLocation::Url(url(section, "jwks", &text, insecure_http)?),
        Some(path) => KeyLocation::File(environment.working_directory().join(path)),
        None => {
            let base = issuer.trim_end_matches('/');
            let metadata = format!("{base}/.well-known/openid-configuration");
            let metadata = url(section, "issuer", &metadata, insecure_http)?;
            KeyLocation::Issuer { issuer: issuer.clone(), metadata, insecure_http }
        }
    };
    let names = section.list("algorithms")?.unwrap_or_else(|| vec!["RS256".to_owned()]);
    let algorithms: Result<Vec<JwtAlgorithm>, ()> = names.iter().map(|name| name.parse()).collect();
    let algorithms = algorithms.ok().filter(|algorithms| !algorithms.is_empty()).ok_or_else(|| {
        section.invalid(
            "algorithms",
            "must be some of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA",
        )
    })?;
    let mut required_claims = Vec::new();
    for line in section.lines("required_claims")? {
        match line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                required_claims.push((name.to_owned(), value.to_owned()));
            }
            _ => return Err(section.invalid("required_claims", "must have lines such as 'claim = value'")),
        }
    }
    let groups_claim = section.nonempty("groups_claim")?;
    Ok(JwtIssuer {
        issuer,
        audiences,
        keys,
        algorithms,
        clock_skew: section.number("clock_skew_seconds", 0..=MAX_CLOCK_SKEW)?.unwrap_or(60),
        username_claim: section.nonempty("username_claim")?.unwrap_or_else(|| "sub".to_owned()),
        required_claims,
        rules: rules(section, "groups_claim", groups_claim.is_some())?,
        groups_claim,
    })
}

fn header(section: &Section<'_>, key: &'static str, name: &str) -> Result<HeaderName, ConfigError> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| section.invalid(key, "must be the name of a header"))
}

/// The header that names users and the one that lists groups, which can be switched off by setting it to nothing.
fn headers(section: &Section<'_>) -> Result<(HeaderName, Option<HeaderName>), ConfigError> {
    let username = section.nonempty("username_header")?;
    let username = header(section, "username_header", username.as_deref().unwrap_or("X-Forwarded-User"))?;
    let groups = section.get("groups_header")?.unwrap_or_else(|| "X-Forwarded-Groups".to_owned());
    let groups = match groups.as_str() {
        "" => None,
        name => Some(header(section, "groups_header", name)?),
    };
    Ok((username, groups))
}

fn forward_auth(section: &Section<'_>) -> Result<ForwardAuth, ConfigError> {
    check_keys(section, &FORWARD_AUTH_KEYS)?;
    let insecure_http = section.boolean("insecure_http")?.unwrap_or(false);
    let request_headers = match section.list("request_headers")? {
        None => vec![AUTHORIZATION, COOKIE],
        Some(names) => names
            .iter()
            .map(|name| header(section, "request_headers", name))
            .collect::<Result<Vec<_>, _>>()?,
    };
    if request_headers.is_empty() {
        return Err(section.invalid("request_headers", "must name a header at least"));
    }
    if let Some(header) = request_headers.iter().find(|header| OF_THE_CONNECTION.contains(header)) {
        return Err(section.invalid("request_headers", format!("must not name {header}")));
    }
    let (username_header, groups_header) = headers(section)?;
    let timeout = section.number("timeout_seconds", 1..=60)?.unwrap_or(5);
    Ok(ForwardAuth {
        url: url(section, "url", &section.required("url")?, insecure_http)?,
        request_headers,
        username_header,
        rules: rules(section, "groups_header", groups_header.is_some())?,
        groups_header,
        timeout: Duration::from_secs(timeout.into()),
        remembered: section.number("cache_seconds", 0..=MAX_REMEMBERED_SECONDS)?.and_then(NonZeroU32::new),
    })
}

fn trusted_proxy(section: &Section<'_>) -> Result<TrustedProxy, ConfigError> {
    check_keys(section, &TRUSTED_PROXY_KEYS)?;
    let (addresses, unknown) = Networks::parse(&section.list("addresses")?.unwrap_or_default().join(","));
    if addresses.is_empty() || !unknown.is_empty() {
        return Err(
            section.invalid("addresses", "must be addresses and networks, such as 10.0.0.5, 10.1.0.0/16")
        );
    }
    let secret = section.required("secret")?;
    if secret.chars().count() < MIN_SECRET_CHARS || !secret.chars().all(|c| c.is_ascii_graphic()) {
        return Err(section.invalid(
            "secret",
            format!("must have at least {MIN_SECRET_CHARS} characters, all of them visible ASCII"),
        ));
    }
    let secret_header = section.nonempty("secret_header")?;
    let secret_header =
        header(section, "secret_header", secret_header.as_deref().unwrap_or("X-Proxy-Secret"))?;
    let (username_header, groups_header) = headers(section)?;
    if secret_header == username_header || Some(&username_header) == groups_header.as_ref() {
        return Err(section.invalid("username_header", "must be a header of its own"));
    }
    Ok(TrustedProxy {
        addresses,
        secret_header,
        secret: Secret::new(secret),
        username_header,
        rules: rules(section, "groups_header", groups_header.is_some())?,
        groups_header,
    })
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
