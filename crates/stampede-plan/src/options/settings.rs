//! The options with the defaults filled in, for those who carry them out.

use std::time::Duration;

use super::{DnsPolicy, DnsSelect, Options};

/// Options with their defaults.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Time that setup may take.
    pub setup_timeout: Duration,
    /// Time that teardown may take.
    pub teardown_timeout: Duration,
    /// Time that handleSummary may take.
    pub handle_summary_timeout: Duration,
    /// Most requests per second of all users; `None` for no limit.
    pub rps: Option<u64>,
    /// How long an answer to a lookup is kept; `None` for ever.
    pub dns_ttl: Option<Duration>,
    /// Which of several addresses is used.
    pub dns_select: DnsSelect,
    /// Which family of addresses is used.
    pub dns_policy: DnsPolicy,
    /// Most redirects that a request follows.
    pub max_redirects: u32,
    /// Most requests of one batch in flight; `None` for no limit.
    pub batch: Option<u32>,
    /// Most requests of one batch in flight to one host; `None` for no limit.
    pub batch_per_host: Option<u32>,
    /// Shortest time from the start of an iteration to the next one of the same user.
    pub min_iteration_duration: Duration,
}

impl Options {
    /// The options with their defaults.
    #[must_use]
    pub fn settings(&self) -> Settings {
        todo!()
    }
}
