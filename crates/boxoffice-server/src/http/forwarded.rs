//! Who the client is, directly or behind a proxy that we trust.
//!
//! Never: believe a header from a peer that is not in the list.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method, Uri};

use super::service::Head;

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";

/// The two ends of a connection or, behind a proxy, of what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    pub(super) local: SocketAddr,
    pub(super) tls: bool,
}

impl Client {
    pub(super) fn head<'a>(
        &self,
        method: &'a Method,
        uri: &'a Uri,
        headers: &'a HeaderMap,
    ) -> Head<'a> {
        Head {
            method,
            uri,
            headers,
            peer: self.peer,
            local: self.local,
            tls: self.tls,
        }
    }

    /// The client of one request on this connection.
    pub(super) fn of_request(self, headers: &HeaderMap, trusted: &[IpAddr]) -> Self {
        if trusted.is_empty() || !trusted.contains(&self.peer.ip().to_canonical()) {
            return self;
        }
        // Every proxy appends the address it saw, so the list is only as true as its end: the last
        // one that is not a proxy of ours. What stands before it the client may have made up.
        let lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>();
        let client = lines
            .iter()
            .rev()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.rsplit(','))
            .map_while(|address| parse_address(address.trim()))
            .find(|address| !trusted.contains(address));
        let proto = headers.get_all(FORWARDED_PROTO).iter().next_back();
        let tls = proto.and_then(|proto| proto.to_str().ok()).map(|proto| {
            let last = proto.rsplit(',').next().unwrap_or(proto);
            last.trim().eq_ignore_ascii_case("https")
        });
        let peer = client.map_or(self.peer, |client| SocketAddr::new(client, 0));
        Self {
            peer,
            local: self.local,
            tls: tls.unwrap_or(self.tls),
        }
    }
}

/// An address as proxies write it: with or without a port, IPv6 with or without brackets.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare.parse::<IpAddr>();
    let address = address.or_else(|_error| text.parse::<SocketAddr>().map(|address| address.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwarded_headers_count_only_from_a_trusted_peer() {
        let proxy = "10.0.0.1";
        for (peer, lines, want) in [
            (proxy, &["198.51.100.7"][..], "198.51.100.7"),
            (proxy, &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (proxy, &["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
            (proxy, &["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (proxy, &["198.51.100.7:5555"], "198.51.100.7"),
            (proxy, &["[2001:db8::1]:443"], "2001:db8::1"),
            (proxy, &["[2001:db8::1]"], "2001:db8::1"),
            // Garbage behind the client's address hides it: then the proxy is all we know.
            (proxy, &["198.51.100.7, unknown"], proxy),
            (proxy, &[], proxy),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("192.0.2.1", &["198.51.100.7"], "192.0.2.1"),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            headers.insert(FORWARDED_PROTO, "https".parse().unwrap());
            let trusted = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse().unwrap());
            let local = "127.0.0.1:80".parse().unwrap();
            let direct = Client {
                peer: SocketAddr::new(peer.parse().unwrap(), 7),
                local,
                tls: false,
            };
            let client = direct.of_request(&headers, &trusted);
            assert_eq!(
                client.peer.ip(),
                want.parse::<IpAddr>().unwrap(),
                "{peer} {lines:?}"
            );
            assert_eq!(client.tls, peer != "192.0.2.1", "{peer}");
        }
    }
}
