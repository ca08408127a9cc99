//! Which `Host` headers are the server's own: the protection against DNS rebinding.
//!
//! A page of `http://evil.example` can make that name resolve to the server's address; the browser then takes the server
//! for the page's own origin. What gives it away is the `Host` header, which still has the name.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::wildcard;

/// MLflow's own names for the machine, each with or without a port.
const LOCAL: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];

/// Whether `host` is in the list, or local or private where the list is empty.
///
/// As in MLflow 3.17 `server/security_utils.py`, an entry with a `*` is a pattern over name and port together, and one
/// without must equal them (`mlflow.example.com` is not `mlflow.example.com:5000`). Unlike there:
/// * letters match in either case, as names do;
/// * the private networks, and patterns of numbers (`10.*`), cover IPv4 addresses alone. In MLflow they also cover names
///   such as `10.evil.example`, which anyone can have;
/// * the unique local addresses of IPv6 are known in brackets, the only form in which a browser sends them.
pub(super) fn is_allowed(allowed: &[String], host: &str) -> bool {
    if allowed.is_empty() {
        return is_local_or_private(host);
    }
    allowed.iter().any(|entry| covers(entry, host))
}

fn covers(entry: &str, host: &str) -> bool {
    if !entry.contains('*') {
        return entry.eq_ignore_ascii_case(host);
    }
    let is_meant = |name: &str| !is_of_addresses(entry) || name.parse::<Ipv4Addr>().is_ok();
    wildcard::matches(&entry.to_ascii_lowercase(), &host.to_ascii_lowercase())
        && split(host).is_some_and(|(name, _)| is_meant(name))
}

/// Numbers and wildcards alone, with a port or without: `10.*`, `192.168.1?.*:5000`.
fn is_of_addresses(pattern: &str) -> bool {
    let name = pattern.split(':').next().unwrap_or_default();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | '*' | '?');
    name.chars().all(is_part) && name.contains(|c: char| c.is_ascii_digit())
}

fn is_local_or_private(host: &str) -> bool {
    let Some((name, _)) = split(host) else { return false };
    if LOCAL.iter().any(|local| local.eq_ignore_ascii_case(name)) {
        return true;
    }
    if let Some(address) = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok_and(|address| address.is_unique_local());
    }
    name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_private())
}

/// A host and its port, if it has one. `None` for what is no `host[:port]`: a port that is no number, an IPv6 address
/// without brackets, a character that no name in use has. Behind such a one a URL could be read otherwise than it is meant:
/// `a/b?.example.com`.
pub(super) fn split(host: &str) -> Option<(&str, Option<&str>)> {
    let (name_end, is_part): (usize, fn(char) -> bool) = match host.strip_prefix('[') {
        Some(rest) => (rest.find(']')? + 2, |c| c.is_ascii_hexdigit() || matches!(c, '[' | ']' | ':' | '.')),
        None => {
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
            (host.find(':').unwrap_or(host.len()), is_part)
        }
    };
    let (name, rest) = host.split_at_checked(name_end)?;
    if !name.chars().all(is_part) {
        return None;
    }
    if rest.is_empty() {
        return Some((name, None));
    }
    let port = rest.strip_prefix(':')?;
    (port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit())).then_some((name, Some(port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> Vec<String> {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    /// The last column is what `mlflow server` 3.17.2 does without `--allowed-hosts`.
    #[rustfmt::skip]
    const DEFAULT: &[(&str, bool, bool)] = &[
        ("localhost", true, true),
        ("localhost:5000", true, true),
        ("localhost:", true, true),
        ("127.0.0.1", true, true),
        ("127.0.0.1:99999", true, true),
        ("0.0.0.0", true, true),
        ("0.0.0.0:1", true, true),
        ("[::1]", true, true),
        ("[::1]:5000", true, true),
        ("192.168.1.1", true, true),
        ("192.168.1.1:80", true, true),
        ("10.0.0.1", true, true),
        ("172.16.0.1", true, true),
        ("172.31.9.9:1", true, true),
        ("172.15.0.1", false, false),
        ("172.32.0.1", false, false),
        ("127.0.0.2", false, false),
        ("localhost.", false, false),
        ("localhost@evil.com", false, false),
        ("localhost.evil.com", false, false),
        ("::1", false, false),
        ("evil.com", false, false),
        ("evil.com:5000", false, false),
        ("a.example.com", false, false),
        ("", false, false),
        // Where we differ: names are not addresses, and letters have no case.
        ("10.evil.com", false, true),
        ("192.168.evil.com", false, true),
        ("172.16.evil.com:5000", false, true),
        ("10.1", false, true),
        ("localhost:evil.com", false, true),
        ("fc00:1", false, true),
        ("[fc00::1]", true, false),
        ("[fd00::1]:5000", true, false),
        ("LOCALHOST", true, false),
    ];

    #[test]
    fn local_and_private_hosts_are_allowed_by_default() {
        for (host, expected, _mlflow) in DEFAULT {
            assert_eq!(is_allowed(&[], host), *expected, "{host}");
        }
        let differing = DEFAULT.iter().filter(|(_, ours, mlflow)| ours != mlflow).count();
        assert_eq!(differing, 9, "each difference is written down above");
    }

    /// As `mlflow server` 3.17.2 does, but for letters of either case.
    #[test]
    fn a_list_replaces_the_default_and_counts_the_port() {
        let allowed = list(&["*.example.com", "exact.test", "p.test:8443", "h[ab]*.x", "q?x*"]);
        for (host, expected) in [
            ("a.example.com", true),
            ("A.EXAMPLE.COM", true),
            ("a.example.com:5000", false),
            (".example.com", true),
            ("example.com", false),
            ("exact.test", true),
            ("exact.test:1", false),
            ("p.test:8443", true),
            ("p.test", false),
            ("ha.x", true),
            ("hc.x", false),
            ("qzx1", true),
            ("localhost", false),
            ("127.0.0.1:5000", false),
            ("10.0.0.1", false),
            ("a/health?.example.com", false),
            ("a#.example.com", false),
            ("a b.example.com", false),
            ("a@b.example.com", false),
            ("a%2f.example.com", false),
            ("a\\b.example.com", false),
            ("a:1.example.com", false),
            ("q[x", false),
        ] {
            assert_eq!(is_allowed(&allowed, host), expected, "{host}");
        }
    }

    #[test]
    fn a_pattern_of_numbers_covers_no_names() {
        let allowed = list(&["10.*", "192.168.7.*", "172.16.?.*:80", "*.10.corp", "*:7000"]);
        for (host, expected) in [
            ("10.1.2.3", true),
            ("10.1.2.3:5000", true),
            ("10.evil.com", false),
            ("10.1.2.3.evil.com", false),
            ("192.168.7.1", true),
            ("192.168.70.1", false),
            ("172.16.1.2:80", true),
            ("172.16.1.evil.com:80", false),
            ("172.16.1.2:81", false),
            ("a.10.corp", true),
            ("any.test:7000", true),
        ] {
            assert_eq!(is_allowed(&allowed, host), expected, "{host}");
        }
    }

    #[test]
    fn a_port_is_up_to_five_digits() {
        assert_eq!(split("a:80"), Some(("a", Some("80"))));
        assert_eq!(split("[::1]"), Some(("[::1]", None)));
        for broken in
            ["a:b", "a:123456", "a:1:2", "[::1", "[::1]x", "::1", "a/b", "a?b", "[a]b]", "[g::1]", "ä"]
        {
            assert_eq!(split(broken), None, "{broken}");
        }
    }
}
