//! Whose word counts for where a request comes from: uvicorn's `--forwarded-allow-ips`.

use std::net::IpAddr;

/// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. By default none: uvicorn believes the local
/// host, where any local user could then pass for another address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    all: bool,
    networks: Vec<Network>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

impl TrustedProxies {
    /// Reads a comma-separated list of addresses, networks (`10.0.0.0/8`) and `*`. What is none of them can never be the
    /// address of a peer; it comes back as the second part, for a warning.
    pub fn parse(list: &str) -> (Self, Vec<String>) {
        let mut proxies = Self::default();
        let mut unknown = Vec::new();
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match (entry, Network::parse(entry)) {
                ("*", _) => proxies.all = true,
                (_, Some(network)) => proxies.networks.push(network),
                _ => unknown.push(entry.to_owned()),
            }
        }
        (proxies, unknown)
    }

    /// Whether the peer at `address` is believed. An IPv4 address written as IPv6 counts as IPv4.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.all || self.networks.iter().any(|network| network.contains(address))
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

impl Network {
    /// An address, or an address with a prefix length. As in Python's `ip_network`, bits beyond the prefix must be zero.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(digits) => digits.parse().ok().filter(|prefix| *prefix <= width)?,
        };
        let network = Self { address, prefix };
        (masked(address, prefix) == masked(address, width)).then_some(network)
    }

    fn contains(self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4()
            && masked(self.address, self.prefix) == masked(address, self.prefix)
    }
}

/// An address with all bits after the first `prefix` cleared; `prefix` is at most the address's width.
fn masked(address: IpAddr, prefix: u8) -> u128 {
    let (bits, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()), 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let cleared = u32::from(width - prefix.min(width));
    bits.checked_shr(cleared).and_then(|kept| kept.checked_shl(cleared)).unwrap_or(0)
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
}
