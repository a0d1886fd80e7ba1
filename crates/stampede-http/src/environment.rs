//! What all clients of a run share: compiled options, certificates, resolved names, the rate limit.

use http::header::HeaderValue;

use crate::dns::Resolver;
use crate::meter::Store;
use crate::options::ClientOptions;
use crate::rate::RateLimit;
use crate::rules::{HostOverride, IpRange, NamePattern};
use crate::tls::TlsSetup;

/// One option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {problem}")]
#[non_exhaustive]
pub struct OptionError {
    /// The option as scripts write it.
    pub option: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

/// What all clients of a run share, on all threads.
#[derive(Debug)]
pub struct Environment {
    pub(crate) options: ClientOptions,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) resolver: Resolver,
    pub(crate) rate: Option<RateLimit>,
    pub(crate) tls: TlsSetup,
    pub(crate) store: Store,
}

impl Environment {
    /// Compiles the options. Nothing is dialled or read until a request needs it.
    ///
    /// # Errors
    /// Every option that cannot be used, not only the first.
    pub fn new(options: ClientOptions) -> Result<Self, Vec<OptionError>> {
        let mut errors = Vec::new();
        let mut note = |option, problem| errors.push(OptionError { option, problem });
        let mut overrides = Vec::new();
        for (from, to) in &options.hosts {
            match HostOverride::parse(from, to) {
                Ok(rule) => overrides.push(rule),
                Err(problem) => note("hosts", problem),
            }
        }
        let mut blocked_names = Vec::new();
        for text in &options.blocked_hostnames {
            match NamePattern::parse(text) {
                Ok(pattern) => blocked_names.push(pattern),
                Err(problem) => note("blockHostnames", problem),
            }
        }
        let mut blocked_ranges = Vec::new();
        for text in &options.blocked_ips {
            match IpRange::parse(text) {
                Ok(range) => blocked_ranges.push(range),
                Err(problem) => note("blacklistIPs", problem),
            }
        }
        let user_agent = match HeaderValue::from_str(&options.user_agent) {
            Ok(value) => (!value.is_empty()).then_some(value),
            Err(_) => {
                let problem = format!("{:?} cannot be sent as a header", options.user_agent);
                note("userAgent", problem);
                None
            }
        };
        let tls = match TlsSetup::new(&options.tls) {
            Ok(tls) => Some(tls),
            Err(mut problems) => {
                errors.append(&mut problems);
                None
            }
        };
        let (Some(tls), true) = (tls, errors.is_empty()) else {
            return Err(errors);
        };
        let resolver = Resolver::new(options.dns, overrides, blocked_names, blocked_ranges);
        let rate = options.requests_per_second_max.and_then(RateLimit::new);
        Ok(Self {
            options,
            user_agent,
            resolver,
            rate,
            tls,
            store: Store::default(),
        })
    }

    /// The options as they were given.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_reported_at_once() {
        let mut options = ClientOptions::new();
        options.hosts = vec![("x.com".to_owned(), "nowhere".to_owned())];
        options.blocked_ips = vec!["10.0.0.0/99".to_owned()];
        options.blocked_hostnames = vec!["a b".to_owned()];
        options.user_agent = "a\nb".to_owned();
        options.tls.cipher_suites = vec!["TLS_NO_SUCH".to_owned()];
        let errors = Environment::new(options).unwrap_err();
        let found: Vec<&str> = errors.iter().map(|error| error.option).collect();
        let wanted = [
            "hosts",
            "blockHostnames",
            "blacklistIPs",
            "userAgent",
            "tlsCipherSuites",
        ];
        assert_eq!(found, wanted);
    }
}
