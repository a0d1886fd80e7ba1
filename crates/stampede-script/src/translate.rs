//! The settled options in the words of those who carry them out.

use std::sync::Arc;
use std::time::Duration;

use stampede_http::{
    ClientCertificate, ClientOptions, DebugHook, DnsOptions, DnsPolicy, DnsSelect, TlsOptions,
    TlsVersion,
};
use stampede_js::{Entry, Level, LogSink, Scenario, Settings, SystemTags};
use stampede_metrics::TagSet;
use stampede_metrics::threshold::{ThresholdConfig, ThresholdRule};
use stampede_plan as plan;
use stampede_plan::{Executor, ExecutorKind, Options};

use crate::local_ips;

/// Requests of a batch in flight when the options set no limit.
const BATCH_UNLIMITED: usize = 1_024;

pub(crate) fn thresholds(options: &Options) -> Vec<ThresholdConfig> {
    let all = options.thresholds.iter().flatten();
    all.map(|(key, rules)| ThresholdConfig {
        key: key.clone(),
        rules: rules
            .iter()
            .map(|rule| ThresholdRule {
                expression: rule.expression.clone(),
                abort_on_fail: rule.abort_on_fail,
                delay_abort_eval: rule
                    .delay_abort_eval
                    .map_or(Duration::ZERO, plan::Span::to_duration),
            })
            .collect(),
    })
    .collect()
}

pub(crate) fn settings(options: &Options) -> Settings {
    let defaults = options.settings();
    let names = options.system_tags.iter().flatten();
    let names = names.map(|tag| tag.name());
    let mut tags = TagSet::new();
    for (name, value) in options.tags.iter().flatten() {
        tags.set(name, value);
    }
    Settings {
        options_json: options.to_json(&[]),
        // The options know the same names.
        system_tags: SystemTags::from_names(names).unwrap_or_default(),
        tags,
        throw: options.throw.unwrap_or_default(),
        discard_response_bodies: options.discard_response_bodies.unwrap_or_default(),
        no_cookies_reset: options.no_cookies_reset.unwrap_or_default(),
        batch_max: count_or(defaults.batch),
        batch_per_host_max: count_or(defaults.batch_per_host),
    }
}

fn count_or(limit: Option<u32>) -> usize {
    limit.map_or(BATCH_UNLIMITED, |limit| {
        usize::try_from(limit).unwrap_or(BATCH_UNLIMITED)
    })
}

pub(crate) fn client_options(options: &Options, log: &Arc<dyn LogSink>) -> ClientOptions {
    let defaults = options.settings();
    let mut client = ClientOptions::new();
    if let Some(user_agent) = &options.user_agent {
        client.user_agent.clone_from(user_agent);
    }
    client.redirects_max = options.max_redirects.map(|_| defaults.max_redirects);
    client.tls = tls_options(options);
    client.dns = DnsOptions {
        ttl: defaults.dns_ttl.unwrap_or(Duration::MAX),
        select: match defaults.dns_select {
            plan::DnsSelect::First => DnsSelect::First,
            plan::DnsSelect::Random => DnsSelect::Random,
            plan::DnsSelect::RoundRobin => DnsSelect::RoundRobin,
        },
        policy: match defaults.dns_policy {
            plan::DnsPolicy::PreferIpv4 => DnsPolicy::PreferIpv4,
            plan::DnsPolicy::PreferIpv6 => DnsPolicy::PreferIpv6,
            plan::DnsPolicy::OnlyIpv4 => DnsPolicy::OnlyIpv4,
            plan::DnsPolicy::OnlyIpv6 => DnsPolicy::OnlyIpv6,
            plan::DnsPolicy::Any => DnsPolicy::Any,
        },
    };
    let hosts = options.hosts.iter().flatten();
    client.hosts = hosts
        .map(|(name, to)| (name.clone(), to.dialled()))
        .collect();
    if let Some(text) = &options.local_ips {
        client.local_ips = local_ips::list(text);
    }
    let ranges = options.blacklist_ips.iter().flatten();
    client.blocked_ips = ranges.map(ToString::to_string).collect();
    let names = options.block_hostnames.iter().flatten();
    client.blocked_hostnames = names.map(|name| name.pattern().to_owned()).collect();
    client.requests_per_second_max = defaults
        .rps
        .map(|rps| u32::try_from(rps).unwrap_or(u32::MAX));
    client.batch_max = count_or(defaults.batch);
    client.batch_per_host_max = count_or(defaults.batch_per_host);
    client.no_vu_connection_reuse = options.no_vu_connection_reuse.unwrap_or_default();
    client.no_connection_reuse = options.no_connection_reuse.unwrap_or_default();
    client.debug = options
        .http_debug
        .as_deref()
        .map(|form| debug_hook(form == "full", Arc::clone(log)));
    client
}

/// Writes every message to the log, with its body if that is wanted.
fn debug_hook(has_bodies: bool, log: Arc<dyn LogSink>) -> DebugHook {
    DebugHook::new(move |dump| {
        let what = if dump.is_request {
            "Request"
        } else {
            "Response"
        };
        let body = String::from_utf8_lossy(if has_bodies { dump.body } else { b"" });
        log.log(&Entry {
            level: Level::Info,
            message: &format!("{what}:\n{}{body}", dump.head),
            fields: &[],
            is_console: false,
        });
    })
}

fn tls_options(options: &Options) -> TlsOptions {
    let version = |version: plan::TlsVersion| match version {
        plan::TlsVersion::Tls10 => TlsVersion::Tls10,
        plan::TlsVersion::Tls11 => TlsVersion::Tls11,
        plan::TlsVersion::Tls12 => TlsVersion::Tls12,
        plan::TlsVersion::Tls13 => TlsVersion::Tls13,
    };
    let versions = options.tls_version.unwrap_or_default();
    let certificates = options.tls_auth.iter().flatten();
    TlsOptions {
        insecure_skip_verify: options.insecure_skip_tls_verify.unwrap_or_default(),
        version_min: versions.min.map(version),
        version_max: versions.max.map(version),
        cipher_suites: options.tls_cipher_suites.clone().unwrap_or_default(),
        client_certificates: certificates
            .map(|auth| ClientCertificate {
                domains: auth.domains.clone().unwrap_or_default(),
                cert_pem: auth.cert.clone(),
                key_pem: auth.key.clone(),
                password: auth.password.clone(),
            })
            .collect(),
        extra_roots_pem: Vec::new(),
    }
}

/// A scenario as its users know it.
pub(crate) fn scenario(scenario: &plan::Scenario, started_unix_ms: u64) -> Scenario {
    let mut tags = TagSet::new();
    for (name, value) in &scenario.tags {
        tags.set(name, value);
    }
    Scenario {
        name: scenario.name.clone(),
        executor: executor_name(&scenario.executor).to_owned(),
        exec: exec(scenario).to_owned(),
        env: scenario
            .env
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        tags,
        started_unix_ms,
    }
}

/// The exported function that an iteration of the scenario calls.
pub(crate) fn exec(scenario: &plan::Scenario) -> &str {
    scenario.exec.as_deref().unwrap_or("default")
}

fn executor_name(executor: &Executor) -> &'static str {
    let kind = match executor {
        Executor::SharedIterations { .. } => ExecutorKind::SharedIterations,
        Executor::PerVuIterations { .. } => ExecutorKind::PerVuIterations,
        Executor::ConstantVus { .. } => ExecutorKind::ConstantVus,
        Executor::RampingVus { .. } => ExecutorKind::RampingVus,
        Executor::ConstantArrivalRate { .. } => ExecutorKind::ConstantArrivalRate,
        Executor::RampingArrivalRate { .. } => ExecutorKind::RampingArrivalRate,
    };
    kind.name()
}
