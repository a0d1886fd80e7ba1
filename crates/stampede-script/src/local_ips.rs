//! The addresses of this machine that users connect from: `--local-ips` as a list.
//!
//! Invariants: a user's address is the one of its number, in turn; of an IPv4 network the first and
//! the last address are left out, unless it has no others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most addresses that are told apart; users beyond start over.
pub(crate) const LOCAL_IPS_MAX: u128 = 65_536;

/// Addresses, spans and networks as they were written, one after the other. What cannot be read is
/// left out: options were checked before.
pub(crate) fn list(text: &str) -> Vec<IpAddr> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let Some((first, last)) = bounds(part.trim()) else {
            continue;
        };
        let is_v4 = first.is_ipv4();
        let (first, last) = (number(first), number(last));
        let mut next = first;
        while next <= last && (all.len() as u128) < LOCAL_IPS_MAX {
            all.push(address(next, is_v4));
            next += 1;
        }
    }
    all
}

fn bounds(part: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = part.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.parse().ok()?, last.parse().ok()?);
        return (first.is_ipv4() == last.is_ipv4()).then_some((first, last));
    }
    let Some((base, bits)) = part.split_once('/') else {
        let only = part.parse().ok()?;
        return Some((only, only));
    };
    let (base, bits): (IpAddr, u32) = (base.parse().ok()?, bits.parse().ok()?);
    let width: u32 = if base.is_ipv4() { 32 } else { 128 };
    let free = width.checked_sub(bits)?;
    let ones = u128::MAX.checked_shr(128 - free).unwrap_or(0);
    let first = number(base) & !ones;
    let last = number(base) | ones;
    // The network's own address and the one that means everybody.
    let inner = u128::from(base.is_ipv4() && free > 1);
    let of = |number| address(number, base.is_ipv4());
    Some((of(first + inner), of(last - inner)))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn address(number: u128, is_v4: bool) -> IpAddr {
    match u32::try_from(number) {
        Ok(bits) if is_v4 => Ipv4Addr::from_bits(bits).into(),
        _ => Ipv6Addr::from_bits(number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_spans_and_networks_are_listed_in_order() {
        for (text, expected) in [
            ("127.0.0.9", "127.0.0.9"),
            ("127.0.0.1,127.0.0.3", "127.0.0.1 127.0.0.3"),
            ("127.0.0.9-127.0.0.11", "127.0.0.9 127.0.0.10 127.0.0.11"),
            ("127.0.1.0/30", "127.0.1.1 127.0.1.2"),
            ("127.0.1.2/31", "127.0.1.2 127.0.1.3"),
            ("127.0.1.7/32", "127.0.1.7"),
            ("::1", "::1"),
            ("fd00::4/127", "fd00::4 fd00::5"),
            ("127.0.0.9-127.0.0.1", ""),
            ("127.0.0.1-::1", ""),
        ] {
            let listed: Vec<String> = list(text).iter().map(ToString::to_string).collect();
            assert_eq!(listed.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn a_large_network_is_cut() {
        assert_eq!(list("10.0.0.0/8").len() as u128, LOCAL_IPS_MAX);
        assert_eq!(list("::/0").len() as u128, LOCAL_IPS_MAX);
    }
}
