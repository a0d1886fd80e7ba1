//! From a name and a port to the address that is dialled.
//!
//! Invariants: at most [`DNS_NAMES_MAX`] names are remembered and [`LOOKUPS_MAX`] asked for at
//! once; a blocked name is never resolved and a blocked address never returned.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::code;
use crate::error::{HttpError, Stage};
use crate::limits::{DNS_NAMES_MAX, LOOKUPS_MAX};
use crate::options::{DnsOptions, DnsPolicy, DnsSelect};
use crate::rules::{HostOverride, IpRange, NamePattern};

/// Resolves names for all clients.
#[derive(Debug)]
pub(crate) struct Resolver {
    options: DnsOptions,
    overrides: Vec<HostOverride>,
    blocked_names: Vec<NamePattern>,
    blocked_ranges: Vec<IpRange>,
    answers: Mutex<HashMap<String, Answer>>,
    /// A crowd that starts at once does not take a thread each: the first few ask, and the others
    /// find their answers.
    lookups: Semaphore,
}

#[derive(Debug)]
struct Answer {
    ips: Vec<IpAddr>,
    until: Instant,
    next_idx: usize,
}

/// Where to dial, and how long it took to find out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) address: SocketAddr,
    pub(crate) took: Duration,
}

impl Resolver {
    pub(crate) fn new(
        options: DnsOptions,
        overrides: Vec<HostOverride>,
        blocked_names: Vec<NamePattern>,
        blocked_ranges: Vec<IpRange>,
    ) -> Self {
        let answers = Mutex::new(HashMap::new());
        let lookups = Semaphore::new(LOOKUPS_MAX);
        Self {
            options,
            overrides,
            blocked_names,
            blocked_ranges,
            answers,
            lookups,
        }
    }

    /// Finds the address for a host and port.
    pub(crate) async fn resolve(&self, host: &str, port: u16) -> Result<Found, HttpError> {
        let host = host.to_ascii_lowercase();
        if let Ok(ip) = host.parse::<IpAddr>() {
            let address = SocketAddr::new(ip, port);
            return self.unblocked(Found {
                address,
                took: Duration::ZERO,
            });
        }
        if let Some(pattern) = self
            .blocked_names
            .iter()
            .find(|pattern| pattern.matches(&host))
        {
            let pattern = pattern.as_str();
            let detail = format!("hostname ({host}) is in a blocked pattern ({pattern})");
            let text = "hostname is blocked";
            let error = HttpError::new(code::BLOCKED_HOSTNAME, Stage::Head, text);
            return Err(error.detail(detail));
        }
        if let Some(address) = self.overridden(&host, port) {
            return self.unblocked(Found {
                address,
                took: Duration::ZERO,
            });
        }
        if let Some(ip) = self.remembered(&host) {
            let address = SocketAddr::new(ip, port);
            return self.unblocked(Found {
                address,
                took: Duration::ZERO,
            });
        }
        let started = Instant::now();
        // The semaphore is never closed; if it were, asking without a permit does no harm.
        let _permit = self.lookups.acquire().await.ok();
        let ip = match self.remembered(&host) {
            Some(ip) => ip,
            None => self.look_up(&host, port).await?,
        };
        let address = SocketAddr::new(ip, port);
        self.unblocked(Found {
            address,
            took: started.elapsed(),
        })
    }

    fn unblocked(&self, found: Found) -> Result<Found, HttpError> {
        let ip = found.address.ip();
        match self.blocked_ranges.iter().find(|range| range.contains(ip)) {
            None => Ok(found),
            Some(range) => {
                let range = range.as_str();
                let detail = format!("IP ({ip}) is in a blacklisted range ({range})");
                let text = "ip is blacklisted";
                Err(HttpError::new(code::BLOCKED_ADDRESS, Stage::Head, text).detail(detail))
            }
        }
    }

    fn overridden(&self, host: &str, port: u16) -> Option<SocketAddr> {
        let found = self
            .overrides
            .iter()
            .filter(|rule| rule.port.is_none_or(|only| only == port) && rule.name.matches(host))
            .max_by_key(|rule| (rule.port.is_some(), rule.name.precision()))?;
        Some(SocketAddr::new(found.ip, found.to_port.unwrap_or(port)))
    }

    fn remembered(&self, host: &str) -> Option<IpAddr> {
        if self.options.ttl.is_zero() {
            return None;
        }
        let mut answers = self
            .answers
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let answer = answers.get_mut(host)?;
        if answer.until <= Instant::now() {
            return None;
        }
        select(&answer.ips, &mut answer.next_idx, self.options.select)
    }

    async fn look_up(&self, host: &str, port: u16) -> Result<IpAddr, HttpError> {
        let found = tokio::net::lookup_host((host, port))
            .await
            .map_err(|error| {
                let detail = format!("lookup {host}: {error}");
                no_such_host().detail(detail)
            })?;
        let ips = by_policy(
            found.map(|address| address.ip()).collect(),
            self.options.policy,
        );
        let mut next_idx = 0;
        let ip = select(&ips, &mut next_idx, self.options.select).ok_or_else(|| {
            let detail = format!("lookup {host}: no address of the wanted family");
            no_such_host().detail(detail)
        })?;
        if !self.options.ttl.is_zero() {
            // A ttl too long for the clock is as good as a day.
            let now = Instant::now();
            let day = Duration::from_secs(86_400);
            let until = now.checked_add(self.options.ttl).unwrap_or(now + day);
            let mut answers = self
                .answers
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            if answers.len() >= DNS_NAMES_MAX && !answers.contains_key(host) {
                answers.clear();
            }
            answers.insert(
                host.to_owned(),
                Answer {
                    ips,
                    until,
                    next_idx,
                },
            );
        }
        Ok(ip)
    }
}

fn no_such_host() -> HttpError {
    HttpError::new(code::DNS_NO_ADDRESS, Stage::Head, "lookup: no such host")
}

fn by_policy(ips: Vec<IpAddr>, policy: DnsPolicy) -> Vec<IpAddr> {
    let (v4, v6): (Vec<IpAddr>, Vec<IpAddr>) = ips.iter().partition(|ip| ip.is_ipv4());
    match policy {
        DnsPolicy::PreferIpv4 => {
            if v4.is_empty() {
                v6
            } else {
                v4
            }
        }
        DnsPolicy::PreferIpv6 => {
            if v6.is_empty() {
                v4
            } else {
                v6
            }
        }
        DnsPolicy::OnlyIpv4 => v4,
        DnsPolicy::OnlyIpv6 => v6,
        DnsPolicy::Any => ips,
    }
}

fn select(ips: &[IpAddr], next_idx: &mut usize, how: DnsSelect) -> Option<IpAddr> {
    let idx = match how {
        DnsSelect::First => 0,
        DnsSelect::RoundRobin => {
            let idx = *next_idx;
            *next_idx = next_idx.wrapping_add(1);
            idx
        }
        DnsSelect::Random if ips.len() > 1 => {
            // Without random numbers from the system any choice is as good as another.
            let random = getrandom::u32().unwrap_or(0);
            usize::try_from(random).unwrap_or(0)
        }
        DnsSelect::Random => 0,
    };
    ips.get(idx.checked_rem(ips.len())?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_policy_chooses_the_family() {
        let both = vec![ip("::1"), ip("127.0.0.1")];
        let of = |policy| by_policy(both.clone(), policy);
        assert_eq!(of(DnsPolicy::PreferIpv4), [ip("127.0.0.1")]);
        assert_eq!(of(DnsPolicy::OnlyIpv6), [ip("::1")]);
        assert_eq!(of(DnsPolicy::Any), both);
        assert_eq!(
            by_policy(vec![ip("::1")], DnsPolicy::PreferIpv4),
            [ip("::1")]
        );
        assert!(by_policy(vec![ip("::1")], DnsPolicy::OnlyIpv4).is_empty());
    }

    #[test]
    fn round_robin_goes_around() {
        let ips = [ip("127.0.0.1"), ip("127.0.0.2")];
        let mut next_idx = 0;
        let mut next = || select(&ips, &mut next_idx, DnsSelect::RoundRobin).unwrap();
        assert_eq!([next(), next(), next()], [ips[0], ips[1], ips[0]]);
        assert_eq!(select(&ips, &mut 1, DnsSelect::First), Some(ips[0]));
        assert!(ips.contains(&select(&ips, &mut 0, DnsSelect::Random).unwrap()));
        assert_eq!(select(&[], &mut 0, DnsSelect::Random), None);
    }

    #[test]
    fn the_most_precise_override_wins() {
        let rule = |from: &str, to: &str| HostOverride::parse(from, to).unwrap();
        let overrides = vec![
            rule("*.x.com", "127.0.0.1"),
            rule("a.x.com", "127.0.0.2"),
            rule("*.b.x.com:81", "127.0.0.3:9"),
        ];
        let resolver = Resolver::new(DnsOptions::default(), overrides, Vec::new(), Vec::new());
        let at = |host: &str, port| resolver.overridden(host, port).unwrap().to_string();
        assert_eq!(at("z.x.com", 80), "127.0.0.1:80");
        assert_eq!(at("a.x.com", 80), "127.0.0.2:80");
        assert_eq!(at("c.b.x.com", 81), "127.0.0.3:9");
        assert_eq!(at("c.b.x.com", 80), "127.0.0.1:80");
        assert_eq!(resolver.overridden("x.com", 80), None);
    }
}
