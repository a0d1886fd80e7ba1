//! The flags of `stampede run`, by k6's names, and what they set.
//!
//! Invariant: a flag that sets an option is read by the same code as its `K6_*` variable.

use std::path::PathBuf;

use clap::Args;
use stampede_plan::{Options, Problem, Setting, Source};

/// Run a load test script written for k6
///
/// The script, its options, its exit code and its summary are those of k6 2.x. A line at the end
/// says how it went; the exit code says it to machines.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes:\n  0    all thresholds held\n  99   a threshold was crossed\n  \
    100  setup took too long, 101 teardown did\n  104  the options make no sense\n  105  ended by a \
    signal\n  107  the script threw in its init code, setup or teardown\n  108  test.abort(), 110 \
    test.fail()\n  255  unknown flag, or a script that is not there"
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the command line"
)]
pub(crate) struct RunArgs {
    /// The script, or - to read it from standard input
    pub(crate) script: String,

    /// Number of virtual users
    #[arg(short = 'u', long, value_name = "N", allow_hyphen_values = true)]
    vus: Option<String>,
    /// How long the users loop
    #[arg(short = 'd', long, value_name = "DURATION", allow_hyphen_values = true)]
    duration: Option<String>,
    /// Iterations among all users
    #[arg(short = 'i', long, value_name = "N", allow_hyphen_values = true)]
    iterations: Option<String>,
    /// Add a stage of the ramp, as DURATION:TARGET
    #[arg(
        short = 's',
        long = "stage",
        value_name = "STAGE",
        allow_hyphen_values = true
    )]
    stages: Vec<String>,
    /// The part of the whole test to run, such as 0:1/2
    #[arg(long, value_name = "SEGMENT")]
    execution_segment: Option<String>,
    /// The parts that the whole test is divided into, such as 0,1/2,1
    #[arg(long, value_name = "SEGMENTS")]
    execution_segment_sequence: Option<String>,
    /// Leave out setup()
    #[arg(long)]
    pub(crate) no_setup: bool,
    /// Leave out teardown()
    #[arg(long)]
    pub(crate) no_teardown: bool,
    /// Most redirects that a request follows
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    max_redirects: Option<String>,
    /// Most requests of one batch in flight
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    batch: Option<String>,
    /// Most requests of one batch in flight to one host
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    batch_per_host: Option<String>,
    /// Most requests per second of all users
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    rps: Option<String>,
    /// The User-Agent header
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
    /// Log requests and answers; =full with bodies
    #[arg(
        long,
        value_name = "FORM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "headers"
    )]
    http_debug: Option<String>,
    /// Accept any certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Open a connection for every request
    #[arg(long)]
    no_connection_reuse: bool,
    /// Open connections anew for every iteration
    #[arg(long)]
    no_vu_connection_reuse: bool,
    /// Shortest time of an iteration
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    min_iteration_duration: Option<String>,
    /// Let failed requests throw
    #[arg(short = 'w', long)]
    throw: bool,
    /// Never connect to these addresses
    #[arg(long = "blacklist-ip", value_name = "CIDR")]
    blacklist_ips: Vec<String>,
    /// Never connect to these names
    #[arg(long, value_name = "PATTERN")]
    block_hostnames: Vec<String>,
    /// The figures of trends in the summary, such as avg,p(95)
    #[arg(long, value_name = "STATS")]
    summary_trend_stats: Option<String>,
    /// The unit of times in the summary: s, ms or us
    #[arg(long, value_name = "UNIT")]
    summary_time_unit: Option<String>,
    /// The tags that samples get by themselves
    #[arg(long, value_name = "TAGS")]
    system_tags: Option<String>,
    /// Add a tag to all samples, as NAME=VALUE
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Send the script's console to a file
    #[arg(long, value_name = "FILE", env = "K6_CONSOLE_OUTPUT", hide_env = true)]
    pub(crate) console_output: Option<PathBuf>,
    /// Read bodies without keeping them
    #[arg(long)]
    discard_response_bodies: bool,
    /// Source addresses of the users
    #[arg(long, value_name = "ADDRESSES")]
    local_ips: Option<String>,
    /// How names are looked up, such as ttl=5m,select=random,policy=preferIPv4
    #[arg(long, value_name = "DNS")]
    dns: Option<String>,

    /// Show the environment of this process to the script: yes by default, but not to `archive`
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) include_system_env_vars: Option<bool>,
    /// What surrounds the script: extended, or base, which has no global named global
    #[arg(long, value_name = "MODE")]
    pub(crate) compatibility_mode: Option<String>,
    /// Set a variable of the script's __ENV, as NAME=VALUE
    #[arg(short = 'e', long = "env", value_name = "VAR")]
    pub(crate) env: Vec<String>,
    /// Where k6/secrets reads: file=PATH or mock=NAME=VALUE,…; repeatable
    #[arg(long = "secret-source", value_name = "SOURCE")]
    pub(crate) secret_sources: Vec<String>,
    /// Do not judge thresholds
    #[arg(long)]
    pub(crate) no_thresholds: bool,
    /// Form of the summary: compact, full or disabled
    #[arg(long, value_name = "MODE")]
    pub(crate) summary_mode: Option<String>,
    /// Write the summary as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) summary_export: Option<PathBuf>,
    /// Write the export, and hand handleSummary, the newer form of the summary
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) new_machine_readable_summary: Option<bool>,
    /// Send samples to an output, such as json=out.json, csv=out.csv, influxdb=http://host:8086/db,
    /// experimental-prometheus-rw or opentelemetry; repeatable
    #[arg(short = 'o', long = "out", value_name = "OUTPUT")]
    pub(crate) out: Vec<String>,
    /// Stay until interrupted when the test is over
    #[arg(
        short = 'l',
        long,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) linger: Option<bool>,
    /// Accepted for compatibility: nothing is ever reported
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_usage_report: Option<bool>,
    /// What the file is: js or archive; seen from its content unless set
    #[arg(
        short = 't',
        long = "type",
        value_name = "TYPE",
        env = "K6_TYPE",
        hide_env = true
    )]
    pub(crate) test_type: Option<String>,
    /// Accepted for compatibility: a test is never paused
    #[arg(
        short = 'p',
        long,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) paused: Option<bool>,
    /// Accepted for compatibility when it says none
    #[arg(long, value_name = "OUTPUT", env = "K6_TRACES_OUTPUT", hide_env = true)]
    pub(crate) traces_output: Option<String>,
    /// Read options from a JSON file
    #[arg(short = 'c', long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where the log goes: stderr, stdout, none or file=PATH
    #[arg(long, value_name = "OUTPUT", env = "K6_LOG_OUTPUT", hide_env = true)]
    pub(crate) log_output: Option<String>,
    /// Form of the log: text, json or raw
    #[arg(long, value_name = "FORMAT", env = "K6_LOG_FORMAT", hide_env = true)]
    pub(crate) log_format: Option<String>,
    /// No colours
    #[arg(long)]
    pub(crate) no_color: bool,
    /// No banner and no progress
    #[arg(short = 'q', long)]
    pub(crate) quiet: bool,
    /// Log more
    #[arg(short = 'v', long)]
    pub(crate) verbose: bool,
    /// =false fetches modules that the script imports by https:// addresses, and keeps them
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) offline: Option<bool>,
    /// Most memory of one virtual user's script, in MiB; no limit unless set
    #[arg(long, value_name = "MIB")]
    pub(crate) vu_memory_mib: Option<usize>,
    /// Worker threads; as many as cores unless set
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
}

impl RunArgs {
    /// What the flags set.
    ///
    /// # Errors
    /// Every flag whose text is not accepted.
    pub(crate) fn options(&self) -> Result<Options, Vec<Problem>> {
        let mut options = Options::default();
        let mut problems = Vec::new();
        let mut set = |setting, flag: &str, text: &str| {
            if let Err(problem) = options.set_text(setting, text, Source::Flag(flag)) {
                problems.push(problem);
            }
        };
        for (setting, flag, text) in self.texts() {
            if let Some(text) = text {
                set(setting, flag, text);
            }
        }
        for (setting, flag, texts) in [
            (Setting::Stages, "--stage", &self.stages),
            (Setting::BlacklistIps, "--blacklist-ip", &self.blacklist_ips),
            (
                Setting::BlockHostnames,
                "--block-hostnames",
                &self.block_hostnames,
            ),
            (Setting::Tags, "--tag", &self.tags),
        ] {
            for text in texts {
                set(setting, flag, text);
            }
        }
        for (setting, flag, is_set) in self.switches() {
            if is_set {
                set(setting, flag, "true");
            }
        }
        if problems.is_empty() {
            Ok(options)
        } else {
            Err(problems)
        }
    }

    fn texts(&self) -> [(Setting, &'static str, Option<&str>); 17] {
        [
            (Setting::Vus, "--vus", self.vus.as_deref()),
            (Setting::Duration, "--duration", self.duration.as_deref()),
            (
                Setting::Iterations,
                "--iterations",
                self.iterations.as_deref(),
            ),
            (
                Setting::ExecutionSegment,
                "--execution-segment",
                self.execution_segment.as_deref(),
            ),
            (
                Setting::ExecutionSegmentSequence,
                "--execution-segment-sequence",
                self.execution_segment_sequence.as_deref(),
            ),
            (
                Setting::MaxRedirects,
                "--max-redirects",
                self.max_redirects.as_deref(),
            ),
            (Setting::Batch, "--batch", self.batch.as_deref()),
            (
                Setting::BatchPerHost,
                "--batch-per-host",
                self.batch_per_host.as_deref(),
            ),
            (Setting::Rps, "--rps", self.rps.as_deref()),
            (
                Setting::UserAgent,
                "--user-agent",
                self.user_agent.as_deref(),
            ),
            (
                Setting::HttpDebug,
                "--http-debug",
                self.http_debug.as_deref(),
            ),
            (
                Setting::MinIterationDuration,
                "--min-iteration-duration",
                self.min_iteration_duration.as_deref(),
            ),
            (
                Setting::SummaryTrendStats,
                "--summary-trend-stats",
                self.summary_trend_stats.as_deref(),
            ),
            (
                Setting::SummaryTimeUnit,
                "--summary-time-unit",
                self.summary_time_unit.as_deref(),
            ),
            (
                Setting::SystemTags,
                "--system-tags",
                self.system_tags.as_deref(),
            ),
            (Setting::LocalIps, "--local-ips", self.local_ips.as_deref()),
            (Setting::Dns, "--dns", self.dns.as_deref()),
        ]
    }

    fn switches(&self) -> [(Setting, &'static str, bool); 7] {
        [
            (Setting::NoSetup, "--no-setup", self.no_setup),
            (Setting::NoTeardown, "--no-teardown", self.no_teardown),
            (
                Setting::InsecureSkipTlsVerify,
                "--insecure-skip-tls-verify",
                self.insecure_skip_tls_verify,
            ),
            (
                Setting::NoConnectionReuse,
                "--no-connection-reuse",
                self.no_connection_reuse,
            ),
            (
                Setting::NoVuConnectionReuse,
                "--no-vu-connection-reuse",
                self.no_vu_connection_reuse,
            ),
            (Setting::Throw, "--throw", self.throw),
            (
                Setting::DiscardResponseBodies,
                "--discard-response-bodies",
                self.discard_response_bodies,
            ),
        ]
    }
}
