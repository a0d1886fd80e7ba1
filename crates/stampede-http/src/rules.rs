//! Which names and addresses are replaced or refused: `hosts`, `blockHostnames`, `blacklistIPs`.

use std::net::{IpAddr, SocketAddr};

/// A name, or everything below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NamePattern {
    text: String,
    /// The part behind the star, with its dot, in lower case; or the whole name.
    suffix: String,
    is_wildcard: bool,
}

impl NamePattern {
    /// Reads `name` or `*.name`. A star alone stands for every name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let (suffix, is_wildcard) = match lower.strip_prefix('*') {
            Some(suffix) => (suffix.to_owned(), true),
            None => (lower, false),
        };
        let is_name = |letter: char| letter.is_alphanumeric() || ".-_".contains(letter);
        let is_empty = suffix.is_empty() && !is_wildcard;
        if is_empty || !suffix.chars().all(is_name) {
            return Err(format!(
                "{text:?} is no host name; give a name such as \"example.com\" or \"*.example.com\""
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            suffix,
            is_wildcard,
        })
    }

    /// Whether a name in lower case is meant.
    pub(crate) fn matches(&self, name: &str) -> bool {
        if self.is_wildcard {
            name.ends_with(&self.suffix)
        } else {
            name == self.suffix
        }
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The longest fixed part wins, and a name beats a wildcard.
    pub(crate) fn precision(&self) -> (bool, usize) {
        (!self.is_wildcard, self.suffix.len())
    }
}

/// A range of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IpRange {
    text: String,
    base: IpAddr,
    prefix_bits: u8,
}

impl IpRange {
    /// Reads `10.0.0.0/8`, or one address.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no range of addresses; give one such as \"10.0.0.0/8\"");
        let (base, bits) = text.split_once('/').unwrap_or((text, ""));
        let base: IpAddr = base.parse().map_err(|_| wrong())?;
        let bits_max = if base.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match text.contains('/') {
            true => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= bits_max)
                .ok_or_else(wrong)?,
            false => bits_max,
        };
        let text = if text.contains('/') {
            text.to_owned()
        } else {
            format!("{text}/{bits_max}")
        };
        Ok(Self {
            text,
            base,
            prefix_bits,
        })
    }

    /// Whether the address is in the range.
    pub(crate) fn contains(&self, ip: IpAddr) -> bool {
        let (base, ip, bits) = match (self.base, ip.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                (u128::from(u32::from(base)), u128::from(u32::from(ip)), 32)
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => (u128::from(base), u128::from(ip), 128),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        let shift = bits - u32::from(self.prefix_bits);
        (base ^ ip).checked_shr(shift).unwrap_or(0) == 0
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// One entry of `hosts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostOverride {
    pub(crate) name: NamePattern,
    /// Only this port is replaced.
    pub(crate) port: Option<u16>,
    pub(crate) ip: IpAddr,
    pub(crate) to_port: Option<u16>,
}

impl HostOverride {
    /// Reads `name` or `name:port`, and `ip` or `ip:port`.
    pub(crate) fn parse(from: &str, to: &str) -> Result<Self, String> {
        let (name, port) = match from.rsplit_once(':') {
            Some((name, port)) => {
                let port = port
                    .parse()
                    .map_err(|_| format!("{from:?} has no valid port"))?;
                (name, Some(port))
            }
            None => (from, None),
        };
        let name = NamePattern::parse(name)?;
        let (ip, to_port) = if let Ok(ip) = to.parse::<IpAddr>() {
            (ip, None)
        } else if let Ok(address) = to.parse::<SocketAddr>() {
            (address.ip(), Some(address.port()))
        } else {
            return Err(format!(
                "{to:?} (for {from:?}) is no address; give one such as \"127.0.0.1\" or \"127.0.0.1:8080\""
            ));
        };
        Ok(Self {
            name,
            port,
            ip,
            to_port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_covers_what_is_below_and_not_the_name_itself() {
        let pattern = NamePattern::parse("*.Wild.com").unwrap();
        assert!(pattern.matches("a.b.wild.com"));
        assert!(!pattern.matches("wild.com"));
        assert!(!pattern.matches("badwild.com"));
        assert!(NamePattern::parse("a b").is_err());
        assert!(NamePattern::parse("").is_err());
    }

    #[test]
    fn a_range_holds_its_addresses() {
        let range = IpRange::parse("10.0.0.0/8").unwrap();
        assert!(range.contains("10.255.1.2".parse().unwrap()));
        assert!(range.contains("::ffff:10.1.1.1".parse().unwrap()));
        assert!(!range.contains("11.0.0.0".parse().unwrap()));
        assert!(!range.contains("::1".parse().unwrap()));
        assert!(
            IpRange::parse("0.0.0.0/0")
                .unwrap()
                .contains("1.2.3.4".parse().unwrap())
        );
        assert!(
            IpRange::parse("2001:db8::/32")
                .unwrap()
                .contains("2001:db8::1".parse().unwrap())
        );
        assert_eq!(
            IpRange::parse("127.0.0.9").unwrap().as_str(),
            "127.0.0.9/32"
        );
        assert!(IpRange::parse("10.0.0.0/33").is_err());
        assert!(IpRange::parse("x").is_err());
    }

    #[test]
    fn an_override_may_name_ports_on_both_sides() {
        let found = HostOverride::parse("exact.com:81", "127.0.0.1:18099").unwrap();
        assert_eq!((found.port, found.to_port), (Some(81), Some(18099)));
        let found = HostOverride::parse("*.x.com", "::1").unwrap();
        assert_eq!((found.port, found.to_port), (None, None));
        assert!(HostOverride::parse("x.com", "y.com").is_err());
        assert!(HostOverride::parse("x.com:http", "127.0.0.1").is_err());
    }
}
