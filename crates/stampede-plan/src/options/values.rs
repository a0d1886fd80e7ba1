//! Values of options that are more than a number or a text.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use crate::duration::Span;

/// One stage of the shortcut `stages` or of a scenario, as written.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Stage {
    /// How long it takes.
    pub duration: Option<Span>,
    /// Users, or iterations per time unit, at its end.
    pub target: Option<i64>,
}

/// One threshold of a metric.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Threshold {
    /// The expression, such as `p(95)<500`, not yet read.
    pub expression: String,
    /// Ends the test when it fails.
    pub abort_on_fail: bool,
    /// Time before its failure may end the test.
    pub delay_abort_eval: Option<Span>,
}

/// How names are looked up, as far as a level says.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct Dns {
    /// How long an answer is kept: `inf`, `0`, or a duration.
    pub ttl: Option<String>,
    /// Which of several addresses is used.
    pub select: Option<DnsSelect>,
    /// Which family of addresses is used.
    pub policy: Option<DnsPolicy>,
}

impl Dns {
    pub(super) const SELECTS: &str = "accepted are \"first\", \"random\" and \"roundRobin\"";
    pub(super) const POLICIES: &str = "accepted are \"preferIPv4\", \"preferIPv6\", \"onlyIPv4\", \
                                       \"onlyIPv6\" and \"any\"";

    /// How long an answer is kept: `None` for ever, zero for not at all.
    pub(super) fn parse_ttl(text: &str) -> Result<Option<Span>, String> {
        if text == "inf" {
            return Ok(None);
        }
        match Span::parse(text) {
            Ok(span) if span >= Span::ZERO => Ok(Some(span)),
            _ => Err(format!(
                "{text:?} is no time to live; accepted are \"inf\", \"0\", and a duration such as \
                 \"5m\""
            )),
        }
    }
}

/// Implements the ways between the values of a closed list and their names.
macro_rules! named {
    ($type:ident, $($variant:ident = $name:literal),+ $(,)?) => {
        impl $type {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in options.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// The value of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    };
}
pub(crate) use named;

/// Which of several addresses of a name is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DnsSelect {
    /// Always the first.
    First,
    /// Any, anew for each lookup.
    Random,
    /// One after the other.
    RoundRobin,
}

named!(
    DnsSelect,
    First = "first",
    Random = "random",
    RoundRobin = "roundRobin"
);

/// Which family of addresses is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DnsPolicy {
    /// IPv4 if there is one.
    PreferIpv4,
    /// IPv6 if there is one.
    PreferIpv6,
    /// IPv4 or nothing.
    OnlyIpv4,
    /// IPv6 or nothing.
    OnlyIpv6,
    /// Either.
    Any,
}

named!(
    DnsPolicy,
    PreferIpv4 = "preferIPv4",
    PreferIpv6 = "preferIPv6",
    OnlyIpv4 = "onlyIPv4",
    OnlyIpv6 = "onlyIPv6",
    Any = "any",
);

/// A version of TLS.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum TlsVersion {
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3.
    Tls13,
}

named!(
    TlsVersion,
    Tls10 = "tls1.0",
    Tls11 = "tls1.1",
    Tls12 = "tls1.2",
    Tls13 = "tls1.3",
);

/// The versions of TLS that may be used, both ends included.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TlsVersions {
    /// The oldest; no bound if absent.
    pub min: Option<TlsVersion>,
    /// The newest; no bound if absent.
    pub max: Option<TlsVersion>,
}

/// The cipher suites that have a name.
pub(super) const CIPHER_SUITES: &[&str] = &[
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
];

/// A certificate that users show to some servers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TlsAuth {
    /// Names of the servers; all if absent.
    pub domains: Option<Vec<String>>,
    /// The certificate, PEM.
    pub cert: String,
    /// The key, PEM.
    pub key: String,
    /// The password of the key.
    pub password: Option<String>,
}

/// A range of addresses in the form `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct IpRange {
    network: IpAddr,
    prefix_bits: u8,
}

impl IpRange {
    /// Reads `10.0.0.0/8`; bits behind the prefix are cleared.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        if bits.is_empty() || !bits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (address, prefix_bits) = (address.parse().ok()?, bits.parse().ok()?);
        let network = masked(address, prefix_bits)?;
        Some(Self {
            network,
            prefix_bits,
        })
    }

    /// Whether `address` is in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = match self.network {
            IpAddr::V4(_) => address.to_canonical(),
            IpAddr::V6(_) => address,
        };
        address.is_ipv4() == self.network.is_ipv4()
            && masked(address, self.prefix_bits) == Some(self.network)
    }
}

/// The first `bits` bits of `address`; `None` if it has fewer.
fn masked(address: IpAddr, bits: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits.into())?);
            Some(IpAddr::V4((v4.to_bits() & mask.unwrap_or(0)).into()))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits.into())?);
            Some(IpAddr::V6((v6.to_bits() & mask.unwrap_or(0)).into()))
        }
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix_bits)
    }
}

/// A pattern of names that are never connected to: a name, `*.name`, or `*` for all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BlockedHost {
    pattern: String,
}

impl BlockedHost {
    pub(super) const ACCEPTED: &str = "accepted are \"name\", \"*.name\" and \"*\"";

    /// Reads a pattern; a `*` may only be its first character.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('*').unwrap_or(text);
        (is_host_tail(rest) && !text.is_empty()).then(|| Self {
            pattern: text.to_owned(),
        })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Whether `host` is blocked; letters match in either case.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        match self.pattern.strip_prefix('*') {
            Some(tail) => host
                .len()
                .checked_sub(tail.len())
                .and_then(|at| host.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(tail)),
            None => host.eq_ignore_ascii_case(&self.pattern),
        }
    }
}

/// Whether `text` may be (the rest of) a name: no wildcard, no space, no slash.
pub(crate) fn is_host_tail(text: &str) -> bool {
    !text.contains(|c: char| c.is_whitespace() || matches!(c, '*' | '/' | '@'))
}

/// A tag that samples get by themselves.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "each is named after its tag")]
pub enum SystemTag {
    Check,
    Error,
    ErrorCode,
    ExpectedResponse,
    Group,
    Ip,
    Iter,
    Method,
    Name,
    OcspStatus,
    Proto,
    Scenario,
    Service,
    Status,
    Subproto,
    TlsVersion,
    Url,
    Vu,
}

named!(
    SystemTag,
    Check = "check",
    Error = "error",
    ErrorCode = "error_code",
    ExpectedResponse = "expected_response",
    Group = "group",
    Ip = "ip",
    Iter = "iter",
    Method = "method",
    Name = "name",
    OcspStatus = "ocsp_status",
    Proto = "proto",
    Scenario = "scenario",
    Service = "service",
    Status = "status",
    Subproto = "subproto",
    TlsVersion = "tls_version",
    Url = "url",
    Vu = "vu",
);

impl SystemTag {
    pub(super) fn unknown(name: &str) -> String {
        let names: Vec<&str> = Self::ALL.iter().map(|tag| tag.name()).collect();
        let names = names.join(", ");
        format!("there is no system tag {name:?}, it is ignored; there are {names}")
    }

    /// The tags that samples have unless `systemTags` says otherwise.
    #[must_use]
    pub fn defaults() -> BTreeSet<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|tag| tag.is_default())
            .collect()
    }

    /// Whether samples have it unless `systemTags` says otherwise.
    #[must_use]
    pub const fn is_default(self) -> bool {
        !matches!(self, Self::Ip | Self::Iter | Self::OcspStatus | Self::Vu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_contains_its_addresses_and_no_others() {
        for (range, address, inside) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.1.2.3/8", "10.0.0.1", true),
            ("0.0.0.0/0", "255.1.1.1", true),
            ("0.0.0.0/0", "::1", false),
            ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("1.2.3.4/32", "1.2.3.4", true),
            ("1.2.3.4/32", "1.2.3.5", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "::1", true),
        ] {
            let range = IpRange::parse(range).unwrap();
            assert_eq!(
                range.contains(address.parse().unwrap()),
                inside,
                "{range} {address}"
            );
        }
        for text in [
            "1.2.3.4",
            "foo",
            "1.2.3.4/33",
            "::/129",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "",
        ] {
            assert_eq!(IpRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_blocked_host_matches_by_its_end() {
        for (pattern, host, matches) in [
            ("*.k6.io", "test.k6.io", true),
            ("*.k6.io", "k6.io", false),
            ("*.K6.io", "a.b.k6.IO", true),
            ("*", "anything", true),
            ("Foo.com", "foo.com", true),
            ("foo.com", "a.foo.com", false),
            ("*.\u{e4}.io", "\u{e4}.io", false),
        ] {
            let pattern = BlockedHost::parse(pattern).unwrap();
            assert_eq!(pattern.matches(host), matches, "{pattern:?} {host}");
        }
        for text in ["a.*.io", "", "**", "a b", "x*"] {
            assert_eq!(BlockedHost::parse(text), None, "{text}");
        }
    }
}
