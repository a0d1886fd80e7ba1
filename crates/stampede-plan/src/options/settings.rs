//! The options with the defaults filled in, for those who carry them out.

use std::time::Duration;

use super::{Dns, DnsPolicy, DnsSelect, Options};
use crate::duration::Span;

const SETUP_TIMEOUT: Span = Span::from_secs(60);
const TEARDOWN_TIMEOUT: Span = Span::from_secs(60);
const HANDLE_SUMMARY_TIMEOUT: Span = Span::from_secs(120);
const DNS_TTL: Span = Span::from_secs(300);
const MAX_REDIRECTS: u32 = 10;
const BATCH: i64 = 20;
const BATCH_PER_HOST: i64 = 6;

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
        let time = |span: Option<Span>, default: Span| span.unwrap_or(default).to_duration();
        let ttl = self
            .dns
            .ttl
            .as_deref()
            .and_then(|ttl| Dns::parse_ttl(ttl).ok());
        Settings {
            setup_timeout: time(self.setup_timeout, SETUP_TIMEOUT),
            teardown_timeout: time(self.teardown_timeout, TEARDOWN_TIMEOUT),
            handle_summary_timeout: time(self.handle_summary_timeout, HANDLE_SUMMARY_TIMEOUT),
            rps: self.rps.and_then(positive),
            dns_ttl: ttl.unwrap_or(Some(DNS_TTL)).map(Span::to_duration),
            dns_select: self.dns.select.unwrap_or(DnsSelect::Random),
            dns_policy: self.dns.policy.unwrap_or(DnsPolicy::PreferIpv4),
            max_redirects: self.max_redirects.map_or(MAX_REDIRECTS, |n| {
                u32::try_from(n.max(0)).unwrap_or(u32::MAX)
            }),
            batch: positive(self.batch.unwrap_or(BATCH)),
            batch_per_host: positive(self.batch_per_host.unwrap_or(BATCH_PER_HOST)),
            min_iteration_duration: time(self.min_iteration_duration, Span::ZERO),
        }
    }
}

/// The number if it limits anything.
fn positive<T: TryFrom<i64>>(n: i64) -> Option<T> {
    (n > 0).then(|| T::try_from(n).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_level_says_has_its_default() {
        let settings = Options::default().settings();
        let expected = Settings {
            setup_timeout: Duration::from_secs(60),
            teardown_timeout: Duration::from_secs(60),
            handle_summary_timeout: Duration::from_secs(120),
            rps: None,
            dns_ttl: Some(Duration::from_secs(300)),
            dns_select: DnsSelect::Random,
            dns_policy: DnsPolicy::PreferIpv4,
            max_redirects: 10,
            batch: Some(20),
            batch_per_host: Some(6),
            min_iteration_duration: Duration::ZERO,
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn numbers_that_are_not_above_zero_limit_nothing() {
        let options = Options {
            rps: Some(-1),
            batch: Some(0),
            batch_per_host: Some(-5),
            max_redirects: Some(-1),
            dns: Dns {
                ttl: Some("inf".to_owned()),
                ..Dns::default()
            },
            ..Options::default()
        };
        let settings = options.settings();
        assert_eq!(
            (settings.rps, settings.batch, settings.batch_per_host),
            (None, None, None)
        );
        assert_eq!((settings.max_redirects, settings.dns_ttl), (0, None));
    }

    #[test]
    fn a_time_to_live_of_zero_keeps_nothing() {
        let options = Options {
            dns: Dns {
                ttl: Some("0".to_owned()),
                ..Dns::default()
            },
            ..Options::default()
        };
        assert_eq!(options.settings().dns_ttl, Some(Duration::ZERO));
    }
}
