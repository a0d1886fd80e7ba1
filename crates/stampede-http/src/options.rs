//! The options of a script that concern HTTP, as plain values.
//!
//! Never: compiled or judged here; [`crate::Environment::new`] does that and reports all problems.

use std::net::IpAddr;
use std::time::Duration;

use crate::debug::DebugHook;
use crate::limits;

/// Everything that a script or the command line can say about how requests are sent.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Sent as `User-Agent` unless a request has its own; empty sends none.
    pub user_agent: String,
    /// How many redirects a request follows unless it says otherwise; `None` follows
    /// [`limits::REDIRECTS_DEFAULT`].
    pub redirects_max: Option<u32>,
    /// How to speak TLS.
    pub tls: TlsOptions,
    /// How to resolve names.
    pub dns: DnsOptions,
    /// Names that are not resolved but replaced: `name`, `name:port` or `*.name`, by `ip` or
    /// `ip:port`.
    pub hosts: Vec<(String, String)>,
    /// Addresses never dialled, in CIDR notation; a bare address is itself alone.
    pub blocked_ips: Vec<String>,
    /// Names never dialled; `*.name` covers everything below it.
    pub blocked_hostnames: Vec<String>,
    /// Local addresses to dial from; client n uses the n-th, modulo their number.
    pub local_ips: Vec<IpAddr>,
    /// The most requests per second of all clients together.
    pub requests_per_second_max: Option<u32>,
    /// The most requests of one batch in flight together; 0 is no limit.
    pub batch_max: usize,
    /// The most requests of one batch in flight to one host, and the most idle connections kept
    /// for it; 0 is no limit.
    pub batch_per_host_max: usize,
    /// Whether every iteration starts with new connections.
    pub no_vu_connection_reuse: bool,
    /// Whether every request has a new connection.
    pub no_connection_reuse: bool,
    /// The largest body kept for the script, in bytes.
    pub body_bytes_max: u64,
    /// How many bytes of bodies one client keeps together; a response that does not fit fails.
    pub client_bodies_bytes_max: u64,
    /// How many bytes of bodies all clients keep together, beyond
    /// [`limits::BODIES_BYTES_FREE`] of each.
    pub all_bodies_bytes_max: u64,
    /// Sees every request and response as text.
    pub debug: Option<DebugHook>,
}

impl ClientOptions {
    /// The values that k6 has when nothing is said, with our own name as user agent.
    #[must_use]
    pub fn new() -> Self {
        Self {
            user_agent: concat!("stampede/", env!("CARGO_PKG_VERSION")).to_owned(),
            redirects_max: None,
            tls: TlsOptions::default(),
            dns: DnsOptions::default(),
            hosts: Vec::new(),
            blocked_ips: Vec::new(),
            blocked_hostnames: Vec::new(),
            local_ips: Vec::new(),
            requests_per_second_max: None,
            batch_max: 20,
            batch_per_host_max: 6,
            no_vu_connection_reuse: false,
            no_connection_reuse: false,
            body_bytes_max: limits::BODY_BYTES_MAX,
            client_bodies_bytes_max: limits::CLIENT_BODIES_BYTES_MAX,
            all_bodies_bytes_max: limits::ALL_BODIES_BYTES_MAX,
            debug: None,
        }
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// `tls1.0`, which this client cannot speak.
    Tls10,
    /// `tls1.1`, which this client cannot speak.
    Tls11,
    /// `tls1.2`
    Tls12,
    /// `tls1.3`
    Tls13,
}

/// How to speak TLS.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Whether any certificate will do.
    pub insecure_skip_verify: bool,
    /// The lowest version to offer.
    pub version_min: Option<TlsVersion>,
    /// The highest version to offer.
    pub version_max: Option<TlsVersion>,
    /// Suites by their registered names; empty offers all that are safe.
    pub cipher_suites: Vec<String>,
    /// Certificates to show to servers that ask.
    pub client_certificates: Vec<ClientCertificate>,
    /// More authorities to trust, as PEM, beside the system's.
    pub extra_roots_pem: Vec<u8>,
}

/// One entry of `tlsAuth`.
#[derive(Clone, Debug, Default)]
pub struct ClientCertificate {
    /// The hosts to show it to; `*.name` covers everything below; empty covers all.
    pub domains: Vec<String>,
    /// The chain as PEM.
    pub cert_pem: String,
    /// The key as PEM.
    pub key_pem: String,
    /// The key's password. Encrypted keys are refused with a message.
    pub password: Option<String>,
}

/// How one of several addresses is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsSelect {
    /// Always the first.
    First,
    /// Any, each time.
    #[default]
    Random,
    /// One after the other.
    RoundRobin,
}

/// Which family of addresses is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DnsPolicy {
    /// IPv4 if there is any.
    #[default]
    PreferIpv4,
    /// IPv6 if there is any.
    PreferIpv6,
    /// IPv4 alone.
    OnlyIpv4,
    /// IPv6 alone.
    OnlyIpv6,
    /// Both alike.
    Any,
}

/// How to resolve names.
#[derive(Clone, Copy, Debug)]
pub struct DnsOptions {
    /// How long an answer is remembered; zero asks every time.
    pub ttl: Duration,
    /// Which of several addresses is used.
    pub select: DnsSelect,
    /// Which family of addresses is used.
    pub policy: DnsPolicy,
}

impl Default for DnsOptions {
    fn default() -> Self {
        let ttl = Duration::from_secs(300);
        Self {
            ttl,
            select: DnsSelect::default(),
            policy: DnsPolicy::default(),
        }
    }
}
