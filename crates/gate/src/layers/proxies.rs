//! Where a request comes from, and whose word counts for it: uvicorn's `--forwarded-allow-ips` and its
//! `ProxyHeadersMiddleware`.
//!
//! Each proxy appends the address that it saw to `X-Forwarded-For`. Read from the right, every address is vouched for by
//! the one before it, the last by the peer; the first that is no listed proxy is the client's, and what stands left of
//! it is that client's own invention.

use http::{HeaderMap, HeaderName};
use model::Networks;
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose `X-Forwarded-For` is believed. By default none: uvicorn believes the local host, where any local
/// user could then pass for another address. `X-Forwarded-Proto` is not read: no decision depends on the scheme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    all: bool,
    networks: Networks,
}

impl TrustedProxies {
    /// Reads a comma-separated list of addresses, networks (`10.0.0.0/8`) and `*`. What is none of them can never be the
    /// address of a peer; it comes back as the second part, for a warning.
    pub fn parse(list: &str) -> (Self, Vec<String>) {
        let (networks, mut unknown) = Networks::parse(list);
        let all = unknown.iter().any(|entry| entry == "*");
        unknown.retain(|entry| entry != "*");
        (Self { all, networks }, unknown)
    }

    /// Whether the peer at `address` is believed. An IPv4 address written as IPv6 counts as IPv4.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.all || self.networks.contains(address)
    }

    /// Where a request from `peer` comes from. An entry that is no address ends the list, as who wrote it cannot have
    /// meant an address; where all are proxies, the first of them asked.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        // Several lines are one list, as if joined by commas (RFC 9110, section 5.3).
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        let mut entries =
            lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(address);
        while self.trusts(client) {
            let Some(Some(before)) = entries.next() else { break };
            client = before;
        }
        client
    }

    /// Whether everybody is believed.
    pub const fn trusts_all(&self) -> bool {
        self.all
    }

    /// Whether nobody is believed.
    pub const fn is_empty(&self) -> bool {
        !self.all && self.networks.is_empty()
    }
}

/// An entry of `X-Forwarded-For`: an address, which proxies write with a port or IPv6 brackets, too.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = match bare.unwrap_or(entry).parse::<IpAddr>() {
        Ok(address) if bare.is_none() || address.is_ipv6() => address,
        Ok(_) => return None,
        Err(_) => entry.parse::<SocketAddr>().ok()?.ip(),
    };
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusts(list: &str, address: &str) -> bool {
        TrustedProxies::parse(list).0.trusts(address.parse().unwrap())
    }

    #[test]
    fn addresses_and_networks_are_trusted_and_nothing_else() {
        for (list, address, expected) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.0.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "::1", false),
            ("::1, 127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "2001:db8::1", true),
            ("*", "2001:db8::1", true),
            ("", "127.0.0.1", false),
        ] {
            assert_eq!(trusts(list, address), expected, "{list} {address}");
        }
    }

    #[test]
    fn entries_that_are_no_address_are_reported() {
        let (proxies, unknown) =
            TrustedProxies::parse("proxy.internal,/run/sock,10.0.0.1/8,10.0.0.0/33,1.2.3.4/");
        assert!(proxies.is_empty());
        assert_eq!(unknown, ["proxy.internal", "/run/sock", "10.0.0.1/8", "10.0.0.0/33", "1.2.3.4/"]);
    }

    #[test]
    fn the_client_is_the_first_from_the_right_that_is_no_listed_proxy() {
        const LISTED: &str = "10.0.0.0/8, ::1";
        for (list, peer, lines, expected) in [
            ("", "127.0.0.1", &["1.2.3.4"][..], "127.0.0.1"),
            (LISTED, "127.0.0.1", &["1.2.3.4"], "127.0.0.1"),
            (LISTED, "10.0.0.1", &[], "10.0.0.1"),
            (LISTED, "10.0.0.1", &[""], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            (LISTED, "10.0.0.1", &["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
            (LISTED, "10.0.0.1", &["6.6.6.6,1.2.3.4 , 10.9.9.9"], "1.2.3.4"),
            (LISTED, "10.0.0.1", &["6.6.6.6", "1.2.3.4", "10.9.9.9"], "1.2.3.4"),
            (LISTED, "10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (LISTED, "::1", &["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", "::ffff:10.0.0.1", &["::ffff:1.2.3.4"], "1.2.3.4"),
            // As proxies write them.
            (LISTED, "10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4"),
            (LISTED, "10.0.0.1", &["[2001:db8::1]:5678"], "2001:db8::1"),
            (LISTED, "10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            (LISTED, "10.0.0.1", &["1.2.3.4, 10.0.0.9:80"], "1.2.3.4"),
            // What is no address ends the list.
            (LISTED, "10.0.0.1", &["unknown"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
            (LISTED, "10.0.0.1", &["1.2.3.4,"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["[1.2.3.4]"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["[2001:db8::1"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["1.2.3.4:99999"], "10.0.0.1"),
            (LISTED, "10.0.0.1", &["fe80::1%eth0"], "10.0.0.1"),
            // Whoever believes everybody believes the first.
            ("*", "8.8.8.8", &["6.6.6.6, 1.2.3.4"], "6.6.6.6"),
            ("*", "8.8.8.8", &["nobody, 1.2.3.4"], "1.2.3.4"),
            ("*", "8.8.8.8", &[], "8.8.8.8"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            let (proxies, _) = TrustedProxies::parse(list);
            let client = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{list} {peer} {lines:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_address() {
        let mut headers = HeaderMap::new();
        headers.append(FORWARDED_FOR, http::HeaderValue::from_bytes(b"1.2.3.4, \xff").unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(TrustedProxies::parse("10.0.0.1").0.client(peer, &headers), peer);
    }
}
