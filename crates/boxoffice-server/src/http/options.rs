//! Every setting and limit of the HTTP core, with its default.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// What `bind` opens and how it treats its clients.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Addresses to listen on; port 0 takes a free one. At least one.
    pub listen: Vec<SocketAddr>,
    /// Threads that serve connections, at least 1.
    pub threads: usize,
    /// From the first byte of a request's head to its last, and for an HTTP/2 preface.
    pub header_timeout_ms: u64,
    /// From the end of a head to the end of its body.
    pub body_timeout_ms: u64,
    /// How long a connection may stay open without a request.
    pub idle_timeout_ms: u64,
    /// For a TLS handshake.
    pub handshake_timeout_ms: u64,
    /// A client that reads less than `write_bytes_min` of a waiting answer in this time is closed.
    pub write_timeout_ms: u64,
    /// See `write_timeout_ms`.
    pub write_bytes_min: u64,
    /// After this long without a request a connection gives its buffers back.
    pub park_after_ms: u64,
    /// How long `serve` waits after its shutdown signal for requests under way.
    pub drain_timeout_ms: u64,
    /// Open connections, over all addresses.
    pub connections_max: usize,
    /// Headers of one request.
    pub headers_max: usize,
    /// Bytes of one request's head, at least 8,192.
    pub header_bytes_max: usize,
    /// Bytes that large bodies (above 64 KiB) may take together, while they arrive and until they
    /// are answered. A body of n bytes needs up to 1.5 n for a moment.
    pub body_memory_bytes_max: usize,
    /// Requests under way at once on one HTTP/2 connection.
    pub h2_streams_max: u32,
    /// Streams that an HTTP/2 client may open and reset before its connection is closed.
    pub h2_resets_max: usize,
    /// Peers whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// TLS on every address, if given.
    pub tls: Option<TlsOptions>,
}

/// Where the certificate chain and its key are.
#[derive(Debug, Clone)]
pub struct TlsOptions {
    /// PEM file with the server's certificate first, then its issuers.
    pub cert_path: PathBuf,
    /// PEM file with the private key.
    pub key_path: PathBuf,
}

impl HttpOptions {
    /// The defaults, on these addresses.
    #[must_use]
    pub fn new(listen: Vec<SocketAddr>) -> Self {
        Self {
            listen,
            threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            header_timeout_ms: 10_000,
            body_timeout_ms: 30_000,
            idle_timeout_ms: 300_000,
            handshake_timeout_ms: 10_000,
            write_timeout_ms: 30_000,
            write_bytes_min: 4_096,
            park_after_ms: 2_000,
            drain_timeout_ms: 10_000,
            connections_max: 20_000,
            headers_max: 100,
            header_bytes_max: 32 * 1024,
            body_memory_bytes_max: 256 * 1024 * 1024,
            h2_streams_max: 128,
            h2_resets_max: 20,
            trusted_proxies: Vec::new(),
            tls: None,
        }
    }
}
