//! The idle connections of one client.
//!
//! Invariants: no more than [`IDLE_MAX`] in all and [`IDLE_PER_HOST_MAX`] per host, the newest is
//! used first; one connection of HTTP/2 per host.

use super::http1::Http1;
use super::http2::Http2;
use crate::limits::{IDLE_MAX, IDLE_PER_HOST_MAX};
use crate::url::Url;

/// Which server a connection leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    host: String,
    port: u16,
    is_https: bool,
}

impl Key {
    pub(super) fn new(url: &Url) -> Self {
        let (port, is_https) = (url.port_or_default(), url.is_https());
        Self {
            host: url.host.clone(),
            port,
            is_https,
        }
    }

    fn is_for(&self, url: &Url) -> bool {
        self.host == url.host
            && self.port == url.port_or_default()
            && self.is_https == url.is_https()
    }
}

/// What waits for its next request.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Oldest first.
    http1: Vec<(Key, Box<Http1>)>,
    http2: Vec<(Key, Http2)>,
}

impl Pool {
    /// The newest idle connection of HTTP/1 to a server.
    pub(super) fn take_http1(&mut self, url: &Url) -> Option<(Key, Box<Http1>)> {
        let idx = self.http1.iter().rposition(|(key, _)| key.is_for(url))?;
        Some(self.http1.remove(idx))
    }

    /// The connection of HTTP/2 to a server; one that has ended is forgotten.
    pub(super) fn http2(&mut self, url: &Url) -> Option<Http2> {
        if self.http2.is_empty() {
            return None;
        }
        self.http2.retain(|(_, connection)| connection.is_usable());
        self.http2
            .iter()
            .find(|(key, _)| key.is_for(url))
            .map(|(_, found)| found.clone())
    }

    /// Keeps a connection; beyond the limits the oldest is closed.
    pub(super) fn put_http1(&mut self, key: Key, connection: Box<Http1>, per_host_max: usize) {
        let per_host_max = match per_host_max {
            0 => IDLE_PER_HOST_MAX,
            wanted => wanted.min(IDLE_PER_HOST_MAX),
        };
        let same = self.http1.iter().filter(|(known, _)| *known == key).count();
        if same >= per_host_max
            && let Some(idx) = self.http1.iter().position(|(known, _)| *known == key)
        {
            self.http1.remove(idx);
        } else if self.http1.len() >= IDLE_MAX {
            self.http1.remove(0);
        }
        self.http1.push((key, connection));
    }

    /// Shares a connection with later requests.
    pub(super) fn put_http2(&mut self, key: Key, connection: Http2) {
        if self.http2.len() >= IDLE_MAX {
            self.http2.remove(0);
        }
        self.http2.push((key, connection));
    }

    /// Closes everything idle.
    pub(super) fn clear(&mut self) {
        self.http1.clear();
        self.http2.clear();
    }
}
