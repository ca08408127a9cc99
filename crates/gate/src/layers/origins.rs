//! Which other origins a page may come from that writes here, or reads the answer.

use http::Method;

use super::{hosts, wildcard};

/// The machine's own names in an origin. Unlike in a `Host` header, `0.0.0.0` is none of them.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether a request with this method from a page of `origin` is refused before it does anything, as in MLflow 3.17
/// `should_block_cors_request`: state-changing ones are, unless the origin is the machine's own (any scheme and port) or
/// in the list. An entry with a `*` is a pattern.
///
/// The server's own origin is no exception in MLflow either: where its UI is used under a name, that name belongs in the
/// list.
pub(super) fn blocks(allowed: &[String], method: &Method, origin: &str) -> bool {
    let changes_state = [Method::POST, Method::PUT, Method::DELETE, Method::PATCH].contains(method);
    if !changes_state || origin.is_empty() || local_scheme(origin).is_some() {
        return false;
    }
    !allowed.iter().any(|entry| match entry.contains('*') {
        true => wildcard::matches(entry, origin),
        false => entry == origin,
    })
}

/// Whether a page of `origin` may read answers, with credentials: `http` on the machine itself, or an entry of the list.
/// Patterns do not count here; Starlette, which does this in MLflow, knows none.
pub(super) fn may_read(allowed: &[String], origin: &str) -> bool {
    local_scheme(origin) == Some("http") || allowed.iter().any(|entry| entry == origin)
}

/// The scheme of an origin of the machine itself. An origin is `scheme://host[:port]` and nothing more: what MLflow's URL
/// parser takes beside that (a user name, a path, no scheme) no browser sends.
fn local_scheme(origin: &str) -> Option<&str> {
    let (scheme, host) = origin.split_once("://")?;
    let (name, port) = hosts::split(host)?;
    let is_local = LOCAL.iter().any(|local| local.eq_ignore_ascii_case(name));
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    (is_local && is_scheme && port != Some("")).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin; is a POST let through; may the page read. As `mlflow server` 3.17.2 answers with
    /// `--cors-allowed-origins "https://trusted.com, https://*.corp.com"`.
    const AS_MLFLOW: &[(&str, bool, bool)] = &[
        ("http://localhost", true, true),
        ("http://localhost:3000", true, true),
        ("http://127.0.0.1:1", true, true),
        ("http://[::1]", true, true),
        ("http://[::1]:3000", true, true),
        ("https://localhost", true, false),
        ("ftp://localhost", true, false),
        ("https://trusted.com", true, true),
        ("https://a.corp.com", true, false),
        ("https://a.corp.com:1", false, false),
        ("https://trusted.com:443", false, false),
        ("http://trusted.com", false, false),
        ("http://::1", false, false),
        ("http://0.0.0.0", false, false),
        ("http://192.168.0.1", false, false),
        ("http://localhost.evil.com", false, false),
        ("http://127.0.0.1.evil.com", false, false),
        ("http://localhost@evil.com", false, false),
        ("http://localhost\\.evil.com", false, false),
        ("http://evil.com", false, false),
        ("http://[", false, false),
        ("localhost", false, false),
        ("null", false, false),
    ];

    /// What no browser sends, and MLflow lets write.
    const STRICTER: &[&str] = &[
        "http://evil.com@localhost",
        "http://localhost:3000/x",
        "http://localhost#evil.com",
        "http://localhost?evil",
        "//localhost",
        "http://[::1]x",
    ];

    fn allowed() -> Vec<String> {
        vec!["https://trusted.com".to_owned(), "https://*.corp.com".to_owned()]
    }

    #[test]
    fn only_local_and_listed_origins_write_and_read() {
        for (origin, writes, reads) in AS_MLFLOW {
            assert_eq!(!blocks(&allowed(), &Method::POST, origin), *writes, "{origin}");
            assert_eq!(may_read(&allowed(), origin), *reads, "{origin}");
        }
    }

    #[test]
    fn what_only_looks_like_a_local_origin_is_none() {
        for origin in STRICTER {
            assert!(blocks(&allowed(), &Method::POST, origin), "{origin}");
            assert!(!may_read(&allowed(), origin), "{origin}");
        }
    }

    #[test]
    fn a_list_names_origins_and_none_is_local_only() {
        assert!(blocks(&[], &Method::POST, "https://trusted.com"));
        assert!(!blocks(&[], &Method::POST, "http://localhost:5000"));
    }

    #[test]
    fn reading_is_never_blocked() {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert!(!blocks(&[], &method, "http://evil.com"), "{method}");
        }
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            assert!(blocks(&[], &method, "http://evil.com"), "{method}");
            assert!(!blocks(&[], &method, ""), "{method}: no origin");
        }
    }
}
