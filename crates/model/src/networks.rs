//! Addresses and networks that a configuration names.

use std::net::IpAddr;

/// A set of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Networks {
    /// Reads a comma-separated list of addresses and networks (`10.0.0.0/8`). What is none of them comes back as the second
    /// part.
    pub fn parse(list: &str) -> (Self, Vec<String>) {
        let (mut networks, mut unknown) = (Vec::new(), Vec::new());
        for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            match Network::parse(entry) {
                Some(network) => networks.push(network),
                None => unknown.push(entry.to_owned()),
            }
        }
        (Self(networks), unknown)
    }

    /// Whether an address is one of them. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(address))
    }

    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
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
