//! Where the names of the option `hosts` lead.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Where a name of the option `hosts` leads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HostAddress {
    /// The address; `None` for a text that is none: k6 then dials this machine.
    pub ip: Option<IpAddr>,
    /// The port, if it replaces that of the request.
    pub port: Option<u16>,
}

impl HostAddress {
    /// Reads `1.2.3.4`, `1.2.3.4:8443`, `::1` or `[::1]:443`; `None` if what stands for the port is
    /// no number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(ip) = text.parse() {
            return Some(Self {
                ip: Some(ip),
                port: None,
            });
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Some(Self {
                ip: Some(address.ip()),
                port: Some(address.port()),
            });
        }
        match text.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') => {
                let number: u64 = port.parse().ok()?;
                let port = u16::try_from(number).ok();
                Some(Self { ip: None, port })
            }
            _ => Some(Self {
                ip: None,
                port: None,
            }),
        }
    }

    /// The address to dial.
    #[must_use]
    pub fn dialled(self) -> String {
        let ip = self.ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into());
        match self.port {
            Some(port) => SocketAddr::new(ip, port).to_string(),
            None => ip.to_string(),
        }
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.ip, self.port) {
            (Some(ip), Some(port)) => SocketAddr::new(ip, port).fmt(f),
            (Some(ip), None) => ip.fmt(f),
            (None, Some(port)) => write!(f, ":{port}"),
            (None, None) => f.write_str("<nil>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HostAddress;

    #[test]
    fn addresses_of_hosts_read_and_print() {
        for text in ["1.2.3.4", "1.2.3.4:8443", "::1", "[::1]:443"] {
            let address = HostAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), text);
            assert_eq!(address.dialled(), text);
        }
        for (text, shown, dialled) in [
            ("localhost", "<nil>", "0.0.0.0"),
            ("", "<nil>", "0.0.0.0"),
            ("a:b:c", "<nil>", "0.0.0.0"),
            ("localhost:80", ":80", "0.0.0.0:80"),
            ("1.2.3.4:70000", "<nil>", "0.0.0.0"),
        ] {
            let address = HostAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown, "{text}");
            assert_eq!(address.dialled(), dialled, "{text}");
        }
        for text in ["1.2.3.4:foo", "localhost:", "http://a"] {
            assert_eq!(HostAddress::parse(text), None, "{text}");
        }
    }
}
