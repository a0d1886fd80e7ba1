//! Options from JSON: a script's exported `options`, or a config file.

use serde_json::Value;

use super::host::HostAddress;
use super::reader::{Reader, known_key};
use super::values::{BlockedHost, Dns, Stage, SystemTag, Threshold, TlsAuth, is_host_tail};
use super::values::{CIPHER_SUITES, TlsVersion, TlsVersions};
use super::values::{DnsPolicy, DnsSelect, IpRange};
use super::{Options, Parsed, RunOptions};
use crate::plan::{Segment, SegmentSequence};
use crate::problem::{EXIT_USAGE, Problem, Problems};

/// Every option of a script, in the order in which they are printed.
pub(super) const FIELDS: &[&str] = &[
    "paused",
    "vus",
    "duration",
    "iterations",
    "stages",
    "scenarios",
    "executionSegment",
    "executionSegmentSequence",
    "noSetup",
    "setupTimeout",
    "noTeardown",
    "teardownTimeout",
    "handleSummaryTimeout",
    "rps",
    "dns",
    "maxRedirects",
    "userAgent",
    "batch",
    "batchPerHost",
    "httpDebug",
    "insecureSkipTLSVerify",
    "tlsCipherSuites",
    "tlsVersion",
    "tlsAuth",
    "throw",
    "thresholds",
    "blacklistIPs",
    "blockHostnames",
    "hosts",
    "noConnectionReuse",
    "noVUConnectionReuse",
    "minIterationDuration",
    "cloud",
    "ext",
    "summaryTrendStats",
    "summaryTimeUnit",
    "systemTags",
    "tags",
    "metricSamplesBufferSize",
    "noCookiesReset",
    "discardResponseBodies",
    "features",
];

/// What a script cannot set though it is an option, and how it is set instead.
const ELSEWHERE: &[(&str, &str)] = &[
    ("linger", "--linger or K6_LINGER"),
    ("noUsageReport", "--no-usage-report or K6_NO_USAGE_REPORT"),
    ("noThresholds", "--no-thresholds or K6_NO_THRESHOLDS"),
    ("noSummary", "--summary-mode=disabled"),
    ("summaryMode", "--summary-mode or K6_SUMMARY_MODE"),
    ("summaryExport", "--summary-export or K6_SUMMARY_EXPORT"),
    ("out", "--out or K6_OUT"),
    ("localIPs", "--local-ips or K6_LOCAL_IPS"),
    ("consoleOutput", "--console-output or K6_CONSOLE_OUTPUT"),
    (
        "execution",
        "the option \"scenarios\", its name since k6 0.27",
    ),
];

impl Options {
    /// Reads the exported `options` of a script.
    ///
    /// # Errors
    /// Every value of a wrong type, with its field and what is accepted.
    pub fn from_script(value: &Value) -> Result<Parsed, Problems> {
        let (parsed, problems) = Self::from_script_in_part(value);
        Problems::or(problems, parsed)
    }

    /// As [`Self::from_script`], with what could be read beside what could not.
    #[must_use]
    pub fn from_script_in_part(value: &Value) -> (Parsed, Vec<Problem>) {
        let mut reader = Reader::default();
        let mut options = Self::default();
        if let Some(object) = reader.object("options", value) {
            for (key, value) in object {
                match known_key(key, FIELDS) {
                    Some(field) => options.read_field(field, value, &mut reader),
                    None => reader.findings.warn(unknown(key)),
                }
            }
        }
        if options
            .features
            .as_ref()
            .is_some_and(|list| !list.is_empty())
        {
            let message = "the option \"features\" has no effect in a script";
            reader.findings.warn(message);
        }
        let warnings = reader.findings.warnings;
        (Parsed { options, warnings }, reader.findings.problems)
    }

    /// Reads a config file, which may also set what a script cannot.
    ///
    /// # Errors
    /// Every value of a wrong type, with its field and what is accepted.
    pub fn from_config(value: &Value) -> Result<Parsed<(Self, RunOptions)>, Problems> {
        let mut reader = Reader::default();
        let mut options = Self::default();
        let mut run = RunOptions::default();
        if let Some(object) = reader.object("config", value) {
            for (key, value) in object {
                if let Some(field) = known_key(key, FIELDS) {
                    options.read_field(field, value, &mut reader);
                } else if !run.read_field(key, value, &mut reader) {
                    let message = format!("the config file sets {key:?}, which is unknown");
                    reader.findings.warn(message);
                }
            }
        }
        let warnings = reader.findings.warnings;
        let options = (options, run);
        Problems::or(reader.findings.problems, Parsed { options, warnings })
    }

    fn read_field(&mut self, field: &'static str, value: &Value, r: &mut Reader) {
        match field {
            "paused" => self.paused = r.boolean(field, value),
            "vus" => self.vus = r.integer(field, value),
            "duration" => self.duration = r.span(field, value),
            "iterations" => self.iterations = r.integer(field, value),
            "stages" => self.stages = stages(r, field, value, KeysNotKnown::Ignored),
            "scenarios" => self.scenarios = r.map(field, value, super::scenario::read),
            "executionSegment" => self.execution_segment = segment(r, field, value),
            "executionSegmentSequence" => {
                self.execution_segment_sequence = sequence(r, field, value);
            }
            "noSetup" => self.no_setup = r.boolean(field, value),
            "setupTimeout" => self.setup_timeout = r.span(field, value),
            "noTeardown" => self.no_teardown = r.boolean(field, value),
            "teardownTimeout" => self.teardown_timeout = r.span(field, value),
            "handleSummaryTimeout" => self.handle_summary_timeout = r.span(field, value),
            "rps" => self.rps = r.integer(field, value),
            "dns" => self.dns = dns(r, field, value),
            "maxRedirects" => self.max_redirects = r.integer(field, value),
            "userAgent" => self.user_agent = r.text(field, value),
            "batch" => self.batch = r.integer(field, value),
            "batchPerHost" => self.batch_per_host = r.integer(field, value),
            "httpDebug" => self.http_debug = r.text(field, value),
            "insecureSkipTLSVerify" => self.insecure_skip_tls_verify = r.boolean(field, value),
            "tlsCipherSuites" => self.tls_cipher_suites = r.list(field, value, cipher_suite),
            "tlsVersion" => self.tls_version = tls_versions(r, field, value),
            "tlsAuth" => self.tls_auth = r.list(field, value, tls_auth),
            "throw" => self.throw = r.boolean(field, value),
            "thresholds" => self.thresholds = r.map(field, value, thresholds),
            "blacklistIPs" => self.blacklist_ips = r.list(field, value, ip_range),
            "blockHostnames" => self.block_hostnames = r.list(field, value, blocked_host),
            "hosts" => {
                self.hosts = r.map(field, value, host);
            }
            "noConnectionReuse" => self.no_connection_reuse = r.boolean(field, value),
            "noVUConnectionReuse" => self.no_vu_connection_reuse = r.boolean(field, value),
            "minIterationDuration" => self.min_iteration_duration = r.span(field, value),
            "cloud" => self.cloud = Some(value.clone()).filter(|value| !value.is_null()),
            "ext" => self.ext = r.object(field, value).cloned(),
            "summaryTrendStats" => self.summary_trend_stats = r.texts(field, value),
            "summaryTimeUnit" => self.summary_time_unit = r.text(field, value),
            "systemTags" => self.system_tags = system_tags(r, field, value),
            "tags" => self.tags = r.text_map(field, value),
            "metricSamplesBufferSize" => {
                self.metric_samples_buffer_size = r.integer(field, value);
            }
            "noCookiesReset" => self.no_cookies_reset = r.boolean(field, value),
            "discardResponseBodies" => self.discard_response_bodies = r.boolean(field, value),
            "features" => self.features = r.texts(field, value),
            field => unreachable!("{field} is in FIELDS and read above"),
        }
    }
}

fn unknown(key: &str) -> String {
    let elsewhere = ELSEWHERE
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(key));
    match elsewhere {
        Some((_, instead)) => {
            format!("the option {key:?} cannot be set by a script and is ignored; use {instead}")
        }
        None => format!("the script exports an unknown option {key:?}, which is ignored"),
    }
}

/// What is done with keys that an object does not have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KeysNotKnown {
    Ignored,
    Refused,
}

pub(super) fn stages(
    r: &mut Reader,
    field: &str,
    value: &Value,
    not_known: KeysNotKnown,
) -> Option<Vec<Stage>> {
    r.list(field, value, |r, field, value| {
        let mut stage = Stage::default();
        for (key, value) in r.object(field, value)? {
            let at = format!("{field}.{key}");
            match known_key(key, &["duration", "target"]) {
                Some("duration") => stage.duration = r.span(&at, value),
                Some(_) => stage.target = r.integer(&at, value),
                None if not_known == KeysNotKnown::Ignored => {}
                None => {
                    let what = "a stage has no such key; accepted are \"duration\" and \"target\"";
                    r.findings.problem(at, what);
                }
            }
        }
        Some(stage)
    })
}

fn segment(r: &mut Reader, field: &str, value: &Value) -> Option<Segment> {
    let text = r.text(field, value)?;
    let read = Segment::parse(&text);
    read.map_err(|what| r.findings.problem(field, what)).ok()
}

fn sequence(r: &mut Reader, field: &str, value: &Value) -> Option<SegmentSequence> {
    let text = r.text(field, value)?;
    let read = SegmentSequence::parse(&text);
    read.map_err(|what| r.findings.problem(field, what)).ok()
}

fn dns(r: &mut Reader, field: &str, value: &Value) -> Dns {
    let mut dns = Dns::default();
    let Some(object) = r.object(field, value) else {
        return dns;
    };
    for (key, value) in object {
        let at = format!("{field}.{key}");
        match known_key(key, &["ttl", "select", "policy"]) {
            Some("ttl") => {
                dns.ttl = r.text(&at, value);
                if let Some(Err(what)) = dns.ttl.as_deref().map(Dns::parse_ttl) {
                    r.findings.problem_with_code(at, what, EXIT_USAGE);
                }
            }
            Some("select") => {
                dns.select = r.parsed(&at, value, Dns::SELECTS, DnsSelect::from_name);
            }
            Some(_) => dns.policy = r.parsed(&at, value, Dns::POLICIES, DnsPolicy::from_name),
            None => {
                let message = format!("the option {at:?} is unknown and ignored");
                r.findings.warn(message);
            }
        }
    }
    dns
}

fn tls_versions(r: &mut Reader, field: &str, value: &Value) -> Option<TlsVersions> {
    const ACCEPTED: &str = "accepted are \"tls1.0\", \"tls1.1\", \"tls1.2\" and \"tls1.3\", alone \
                            or as \"min\" and \"max\"";
    let version = |r: &mut Reader, field: &str, value: &Value| match value {
        Value::String(text) if text.is_empty() => None,
        value => r.parsed(field, value, ACCEPTED, TlsVersion::from_name),
    };
    match value {
        Value::Null => None,
        Value::Object(object) => {
            let mut versions = TlsVersions::default();
            for (key, value) in object {
                let at = format!("{field}.{key}");
                match known_key(key, &["min", "max"]) {
                    Some("min") => versions.min = version(r, &at, value),
                    Some(_) => versions.max = version(r, &at, value),
                    None => r
                        .findings
                        .warn(format!("the option {at:?} is unknown and ignored")),
                }
            }
            Some(versions)
        }
        value => {
            let one = version(r, field, value);
            Some(TlsVersions { min: one, max: one })
        }
    }
}

fn cipher_suite(r: &mut Reader, field: &str, value: &Value) -> Option<String> {
    const ACCEPTED: &str = "accepted are the names of cipher suites, such as \
                            \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"";
    let suite = |text: &str| CIPHER_SUITES.contains(&text).then(|| text.to_owned());
    r.parsed(field, value, ACCEPTED, suite)
}

fn tls_auth(r: &mut Reader, field: &str, value: &Value) -> Option<TlsAuth> {
    let mut auth = TlsAuth::default();
    for (key, value) in r.object(field, value)? {
        let at = format!("{field}.{key}");
        match known_key(key, &["domains", "cert", "key", "password"]) {
            Some("domains") => auth.domains = r.texts(&at, value),
            Some("cert") => auth.cert = r.text(&at, value).unwrap_or_default(),
            Some("key") => auth.key = r.text(&at, value).unwrap_or_default(),
            Some(_) => auth.password = r.text(&at, value),
            None => {
                let what = "accepted are \"domains\", \"cert\", \"key\" and \"password\"";
                r.findings.problem(at, what);
            }
        }
    }
    for (key, pem) in [("cert", &auth.cert), ("key", &auth.key)] {
        if !pem.contains("-----BEGIN ") {
            let what = "accepted is a text in PEM form; read it with open()";
            r.findings.problem(format!("{field}.{key}"), what);
        }
    }
    Some(auth)
}

fn thresholds(r: &mut Reader, field: &str, value: &Value) -> Option<Vec<Threshold>> {
    const ACCEPTED: &str = "accepted is a list of texts such as \"p(95)<500\" and of objects with \
                            \"threshold\", \"abortOnFail\" and \"delayAbortEval\"";
    match value {
        // A metric without a list has no thresholds, but it is named.
        Value::Null => Some(Vec::new()),
        Value::Array(_) => r.list(field, value, |r, field, value| match value {
            Value::Null => Some(Threshold::default()),
            Value::String(text) => Some(Threshold {
                expression: text.clone(),
                ..Threshold::default()
            }),
            Value::Object(_) => threshold(r, field, value),
            value => {
                r.refuse(field, value, ACCEPTED);
                None
            }
        }),
        value => {
            r.refuse(field, value, ACCEPTED);
            None
        }
    }
}

fn threshold(r: &mut Reader, field: &str, value: &Value) -> Option<Threshold> {
    let mut threshold = Threshold::default();
    for (key, value) in r.object(field, value)? {
        let at = format!("{field}.{key}");
        match known_key(key, &["threshold", "abortOnFail", "delayAbortEval"]) {
            Some("threshold") => threshold.expression = r.text(&at, value).unwrap_or_default(),
            Some("abortOnFail") => {
                threshold.abort_on_fail = r.boolean(&at, value).unwrap_or(false);
            }
            Some(_) => threshold.delay_abort_eval = r.span(&at, value),
            None => r
                .findings
                .warn(format!("{at:?} is no key of a threshold and ignored")),
        }
    }
    Some(threshold)
}

fn ip_range(r: &mut Reader, field: &str, value: &Value) -> Option<IpRange> {
    let accepted = "accepted are ranges of addresses such as \"10.0.0.0/8\"";
    r.parsed(field, value, accepted, IpRange::parse)
}

fn blocked_host(r: &mut Reader, field: &str, value: &Value) -> Option<BlockedHost> {
    r.parsed(field, value, BlockedHost::ACCEPTED, BlockedHost::parse)
}

/// Where a name of `hosts` may lead.
const ADDRESSES_ACCEPTED: &str =
    "accepted are addresses such as \"1.2.3.4\", \"1.2.3.4:8443\", \"::1\" and \"[::1]:443\"";

fn host(r: &mut Reader, field: &str, value: &Value) -> Option<HostAddress> {
    let name = field.split_once('.').map_or("", |(_, name)| name);
    if !is_host_tail(name.strip_prefix('*').unwrap_or(name)) {
        let what = "is no name of a host; accepted are \"name\", \"name:port\" and \"*.name\"";
        r.findings.problem(field, what);
    }
    let address = r.parsed(field, value, ADDRESSES_ACCEPTED, HostAddress::parse)?;
    if address.ip.is_none() {
        // As in k6 the test runs. What is not resolved here must not be asked of the name's real
        // address either.
        r.findings.warn(format!(
            "the option {field} is {value}, which has no address: requests to that name are \
             dialled at this machine; {ADDRESSES_ACCEPTED}"
        ));
    }
    Some(address)
}

fn system_tags(
    r: &mut Reader,
    field: &str,
    value: &Value,
) -> Option<std::collections::BTreeSet<SystemTag>> {
    let names = r.texts(field, value)?;
    let mut tags = std::collections::BTreeSet::new();
    for name in names {
        match SystemTag::from_name(&name) {
            Some(tag) => {
                tags.insert(tag);
            }
            None => r.findings.warn(SystemTag::unknown(&name)),
        }
    }
    Some(tags)
}
