//! The options of a test as one level sets them, and the way to the options that count.
//!
//! Invariants: a field that a level does not set is `None`; values have the right type here, and
//! their ranges are checked when the levels are joined.

mod host;
mod inspect;
mod merge;
mod read;
mod reader;
mod run;
mod scenario;
mod settings;
mod text;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::duration::Span;
use crate::plan::{Segment, SegmentSequence};
use crate::problem::Warning;

pub use host::HostAddress;
pub use merge::{Levels, Merged};
pub use run::RunOptions;
pub use scenario::ScenarioOptions;
pub use settings::Settings;
pub use text::Source;
pub(crate) use values::named;
pub use values::{
    BlockedHost, Dns, DnsPolicy, DnsSelect, IpRange, Stage, SystemTag, Threshold, TlsAuth,
    TlsVersion, TlsVersions,
};

/// What one level (flags, environment, script or config file) sets; `None` is "does not say".
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    /// Waits for a resume before the test starts.
    pub paused: Option<bool>,
    /// Shortcut: number of virtual users.
    pub vus: Option<i64>,
    /// Shortcut: how long the users loop.
    pub duration: Option<Span>,
    /// Shortcut: number of iterations among all users.
    pub iterations: Option<i64>,
    /// Shortcut: the ramp of the number of users.
    pub stages: Option<Vec<Stage>>,
    /// The scenarios by name.
    pub scenarios: Option<BTreeMap<String, ScenarioOptions>>,
    /// The part of the whole test that this process runs.
    pub execution_segment: Option<Segment>,
    /// The parts that the whole test is divided into.
    pub execution_segment_sequence: Option<SegmentSequence>,
    /// Skips setup.
    pub no_setup: Option<bool>,
    /// Time that setup may take.
    pub setup_timeout: Option<Span>,
    /// Skips teardown.
    pub no_teardown: Option<bool>,
    /// Time that teardown may take.
    pub teardown_timeout: Option<Span>,
    /// Time that handleSummary may take.
    pub handle_summary_timeout: Option<Span>,
    /// Most requests per second of all users; no limit if not above 0.
    pub rps: Option<i64>,
    /// How names are looked up.
    pub dns: Dns,
    /// Most redirects that a request follows.
    pub max_redirects: Option<i64>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// Most requests of one batch in flight; no limit if not above 0.
    pub batch: Option<i64>,
    /// Most requests of one batch in flight to one host; no limit if not above 0.
    pub batch_per_host: Option<i64>,
    /// Logs requests and answers: `full` with bodies, any other text without.
    pub http_debug: Option<String>,
    /// Accepts any certificate of a server.
    pub insecure_skip_tls_verify: Option<bool>,
    /// Names of the cipher suites that may be used.
    pub tls_cipher_suites: Option<Vec<String>>,
    /// Versions of TLS that may be used.
    pub tls_version: Option<TlsVersions>,
    /// Certificates that users show to servers.
    pub tls_auth: Option<Vec<TlsAuth>>,
    /// A failed request throws.
    pub throw: Option<bool>,
    /// Thresholds by the name of their metric or submetric.
    pub thresholds: Option<BTreeMap<String, Vec<Threshold>>>,
    /// Addresses that are never connected to.
    pub blacklist_ips: Option<Vec<IpRange>>,
    /// Names that are never connected to.
    pub block_hostnames: Option<Vec<BlockedHost>>,
    /// Addresses of names, by `name`, `*.name` or `name:port`.
    pub hosts: Option<BTreeMap<String, HostAddress>>,
    /// A connection serves one request.
    pub no_connection_reuse: Option<bool>,
    /// A connection serves one iteration.
    pub no_vu_connection_reuse: Option<bool>,
    /// Shortest time from the start of an iteration to the next one of the same user.
    pub min_iteration_duration: Option<Span>,
    /// Options of other programs, kept as they are.
    pub ext: Option<serde_json::Map<String, Value>>,
    /// Options of a cloud service, kept as they are.
    pub cloud: Option<Value>,
    /// The columns of trends in the summary.
    pub summary_trend_stats: Option<Vec<String>>,
    /// The unit of times in the summary: `s`, `ms` or `us`.
    pub summary_time_unit: Option<String>,
    /// The tags that samples get by themselves.
    pub system_tags: Option<BTreeSet<SystemTag>>,
    /// Tags of all samples.
    pub tags: Option<BTreeMap<String, String>>,
    /// Samples that an output may lag behind.
    pub metric_samples_buffer_size: Option<i64>,
    /// Cookies survive the end of an iteration.
    pub no_cookies_reset: Option<bool>,
    /// Bodies of answers are not kept.
    pub discard_response_bodies: Option<bool>,
    /// Feature switches, which have no effect here.
    pub features: Option<Vec<String>>,
    /// File that the console of the script goes to. Not an option of scripts.
    pub console_output: Option<String>,
    /// Source addresses of the users, as given. Not an option of scripts.
    pub local_ips: Option<String>,
}

/// The options of one level with what is odd about them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed<T = Options> {
    /// The options.
    pub options: T,
    /// What their author should know.
    pub warnings: Vec<Warning>,
}
