//! Which hosts an open house answers for, and where a house without keys may listen.
//!
//! A web page can make its own name point at 127.0.0.1 and then talk to us as its own origin. What
//! it cannot do is send another `Host`; so an open house answers for names of this machine only.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use http::header::HOST;
use http::{HeaderMap, Uri};
use thiserror::Error;

/// The hosts that a house without keys answers for.
#[derive(Debug, Clone, Default)]
pub struct HostRule {
    /// Further names, lower case, with or without a port.
    allowed: Vec<String>,
}

/// A house without keys must not listen there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{address} can be reached from other machines, and there is no API key, so anybody could sell \
     or give away your seats; nothing was started. Make a key with `boxoffice key create --role \
     admin`, or listen on 127.0.0.1"
)]
pub struct ListenRefused {
    /// The address that is not loopback.
    pub address: SocketAddr,
}

/// Decides whether a house may be served on these addresses: beyond loopback it needs a key.
///
/// # Errors
/// `ListenRefused`, with the first such address.
pub fn check_listen(listen: &[SocketAddr], any_key: bool) -> Result<(), ListenRefused> {
    let open = |address: &&SocketAddr| !address.ip().to_canonical().is_loopback();
    match listen.iter().find(open) {
        Some(&address) if !any_key => Err(ListenRefused { address }),
        _fine => Ok(()),
    }
}

impl HostRule {
    /// Names of this machine, and these.
    #[must_use]
    pub fn new(allowed_hosts: &[String]) -> Self {
        Self {
            allowed: allowed_hosts
                .iter()
                .map(|host| host.to_ascii_lowercase())
                .collect(),
        }
    }

    /// Whether a request may be answered. Every host that it names counts: the `Host` header and
    /// the authority of the target; a request that names none is refused.
    #[must_use]
    pub fn allows(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let mut hosts = headers
            .get_all(HOST)
            .iter()
            .map(|host| host.to_str().unwrap_or(""))
            .chain(uri.authority().map(http::uri::Authority::as_str))
            .peekable();
        hosts.peek().is_some() && hosts.all(|host| self.allows_host(host))
    }

    fn allows_host(&self, host: &str) -> bool {
        let Some(name) = without_port(host) else {
            return false;
        };
        let local = name.eq_ignore_ascii_case("localhost")
            || name
                .parse::<Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback())
            || name == "[::1]"
            || ipv6(name).is_some_and(|address| address.is_loopback());
        let is = |allowed: &String| {
            allowed.eq_ignore_ascii_case(host) || allowed.eq_ignore_ascii_case(name)
        };
        local || self.allowed.iter().any(is)
    }
}

fn ipv6(name: &str) -> Option<Ipv6Addr> {
    name.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

/// The host without its port. `None` if it is neither.
fn without_port(host: &str) -> Option<&str> {
    let name_bytes = if host.starts_with('[') {
        host.find(']')? + 1
    } else {
        host.find(':').unwrap_or(host.len())
    };
    let (name, port) = host.split_at(name_bytes);
    let port_is_fine = match port.strip_prefix(':') {
        Some(digits) => digits.len() <= 5 && digits.bytes().all(|digit| digit.is_ascii_digit()),
        None => port.is_empty(),
    };
    (port_is_fine && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_house_answers_for_this_machine_and_for_listed_names() {
        let rule = HostRule::new(&[
            "Seats.example".to_owned(),
            "tickets.example:8443".to_owned(),
        ]);
        for (host, allowed) in [
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("127.0.0.1", true),
            ("127.0.0.1:80", true),
            ("127.8.9.1:80", true),
            ("[::1]", true),
            ("[::1]:8080", true),
            ("[0:0:0:0:0:0:0:1]:8080", true),
            ("seats.example", true),
            ("SEATS.example:9999", true),
            ("tickets.example:8443", true),
            ("tickets.example:8444", false),
            ("tickets.example", false),
            ("", false),
            (":80", false),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("evil.localhost", false),
            ("127.0.0.1.evil.example", false),
            ("localhost:80:80", false),
            ("localhost:port", false),
            ("localhost@evil.example", false),
            ("128.0.0.1", false),
            ("0.0.0.0", false),
            ("2130706433", false),
            ("0x7f.1", false),
            ("127.1", false),
            ("[::]", false),
            ("[::1", false),
            ("[::1]evil.example", false),
            ("::1", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            assert_eq!(
                rule.allows(&Uri::from_static("/"), &headers),
                allowed,
                "{host:?}"
            );
        }
    }

    #[test]
    fn every_host_that_a_request_names_must_be_allowed() {
        let rule = HostRule::new(&[]);
        let check = |target: &'static str, hosts: &[&str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, host.parse().unwrap());
            }
            rule.allows(&Uri::from_static(target), &headers)
        };
        assert!(!check("/", &[]));
        assert!(check("http://localhost/", &[]));
        assert!(check("http://localhost/", &["localhost"]));
        assert!(!check("http://evil.example/", &["localhost"]));
        assert!(!check("http://localhost/", &["evil.example"]));
        assert!(!check("/", &["localhost", "evil.example"]));
    }

    #[test]
    fn beyond_loopback_a_house_needs_a_key() {
        for (listen, refused) in [
            (&["127.0.0.1:8080"][..], None),
            (
                &["127.0.0.1:8080", "[::1]:8080", "[::ffff:127.0.0.1]:80"],
                None,
            ),
            (&["0.0.0.0:8080"], Some("0.0.0.0:8080")),
            (&["[::]:8080"], Some("[::]:8080")),
            (&["127.0.0.1:8080", "192.0.2.1:80"], Some("192.0.2.1:80")),
        ] {
            let listen = listen
                .iter()
                .map(|address| address.parse().unwrap())
                .collect::<Vec<_>>();
            let refused = refused.map(|address| ListenRefused {
                address: address.parse().unwrap(),
            });
            assert_eq!(check_listen(&listen, false).err(), refused, "{listen:?}");
            assert_eq!(check_listen(&listen, true), Ok(()));
        }
    }
}
