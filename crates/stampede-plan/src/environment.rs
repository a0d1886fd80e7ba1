//! The variables that set options, by name.
//!
//! Invariants: every option that a variable can set is in [`VARIABLES`], once.

/// An option of the test that a flag or a variable sets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each is named after its option")]
pub enum Setting {
    Paused,
    Vus,
    Duration,
    Iterations,
    Stages,
    ExecutionSegment,
    ExecutionSegmentSequence,
    NoSetup,
    SetupTimeout,
    NoTeardown,
    TeardownTimeout,
    HandleSummaryTimeout,
    Rps,
    Dns,
    MaxRedirects,
    UserAgent,
    Batch,
    BatchPerHost,
    HttpDebug,
    InsecureSkipTlsVerify,
    Throw,
    BlacklistIps,
    BlockHostnames,
    NoConnectionReuse,
    NoVuConnectionReuse,
    MinIterationDuration,
    SummaryTrendStats,
    SummaryTimeUnit,
    SystemTags,
    Tags,
    MetricSamplesBufferSize,
    NoCookiesReset,
    DiscardResponseBodies,
    ConsoleOutput,
    LocalIps,
}

/// An option of the program around the test that a variable sets.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each is named after its option")]
pub enum RunSetting {
    Out,
    Linger,
    NoUsageReport,
    NoThresholds,
    SummaryMode,
    SummaryExport,
    NewMachineReadableSummary,
    IncludeSystemEnvVars,
    CompatibilityMode,
    TestType,
    TracesOutput,
    NoColor,
    LogOutput,
    LogFormat,
    Config,
    Address,
}

impl RunSetting {
    /// The texts that it takes, if it does not take any.
    pub(crate) const fn accepted(self) -> Option<&'static [&'static str]> {
        match self {
            Self::SummaryMode => Some(&["compact", "full", "disabled"]),
            Self::CompatibilityMode => Some(&["extended", "base", "experimental_enhanced"]),
            Self::TestType => Some(&["js", "archive"]),
            _ => None,
        }
    }
}

/// What a variable sets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sets {
    /// An option of the test.
    Test(Setting),
    /// An option of the program around it.
    Run(RunSetting),
    /// Nothing; setting it is worth a warning, with what to use instead.
    Nothing(&'static str),
}

/// A variable of the environment and what it sets.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name, such as `K6_VUS`.
    pub name: &'static str,
    /// The option that it sets.
    pub sets: Sets,
}

const fn test(name: &'static str, setting: Setting) -> Variable {
    let sets = Sets::Test(setting);
    Variable { name, sets }
}

const fn run(name: &'static str, setting: RunSetting) -> Variable {
    let sets = Sets::Run(setting);
    Variable { name, sets }
}

const fn nothing(name: &'static str, instead: &'static str) -> Variable {
    let sets = Sets::Nothing(instead);
    Variable { name, sets }
}

/// All variables that set options.
///
/// The last ones set nothing: the reference ignores them too, or they need a structure that a
/// text cannot have.
pub const VARIABLES: &[Variable] = &[
    test("K6_PAUSED", Setting::Paused),
    test("K6_VUS", Setting::Vus),
    test("K6_DURATION", Setting::Duration),
    test("K6_ITERATIONS", Setting::Iterations),
    test("K6_STAGES", Setting::Stages),
    test("K6_NO_SETUP", Setting::NoSetup),
    test("K6_SETUP_TIMEOUT", Setting::SetupTimeout),
    test("K6_NO_TEARDOWN", Setting::NoTeardown),
    test("K6_TEARDOWN_TIMEOUT", Setting::TeardownTimeout),
    test("K6_HANDLE_SUMMARY_TIMEOUT", Setting::HandleSummaryTimeout),
    test("K6_RPS", Setting::Rps),
    test("K6_DNS", Setting::Dns),
    test("K6_MAX_REDIRECTS", Setting::MaxRedirects),
    test("K6_USER_AGENT", Setting::UserAgent),
    test("K6_BATCH", Setting::Batch),
    test("K6_BATCH_PER_HOST", Setting::BatchPerHost),
    test("K6_HTTP_DEBUG", Setting::HttpDebug),
    test(
        "K6_INSECURE_SKIP_TLS_VERIFY",
        Setting::InsecureSkipTlsVerify,
    ),
    test("K6_THROW", Setting::Throw),
    test("K6_BLACKLIST_IPS", Setting::BlacklistIps),
    test("K6_BLOCK_HOSTNAMES", Setting::BlockHostnames),
    test("K6_NO_CONNECTION_REUSE", Setting::NoConnectionReuse),
    test("K6_NO_VU_CONNECTION_REUSE", Setting::NoVuConnectionReuse),
    test("K6_MIN_ITERATION_DURATION", Setting::MinIterationDuration),
    test("K6_SUMMARY_TREND_STATS", Setting::SummaryTrendStats),
    test("K6_SUMMARY_TIME_UNIT", Setting::SummaryTimeUnit),
    test("K6_SYSTEM_TAGS", Setting::SystemTags),
    test("K6_TAGS", Setting::Tags),
    test(
        "K6_METRIC_SAMPLES_BUFFER_SIZE",
        Setting::MetricSamplesBufferSize,
    ),
    test("K6_NO_COOKIES_RESET", Setting::NoCookiesReset),
    test("K6_DISCARD_RESPONSE_BODIES", Setting::DiscardResponseBodies),
    test("K6_CONSOLE_OUTPUT", Setting::ConsoleOutput),
    test("K6_LOCAL_IPS", Setting::LocalIps),
    run("K6_OUT", RunSetting::Out),
    run("K6_LINGER", RunSetting::Linger),
    run("K6_NO_USAGE_REPORT", RunSetting::NoUsageReport),
    run("K6_NO_THRESHOLDS", RunSetting::NoThresholds),
    run("K6_SUMMARY_MODE", RunSetting::SummaryMode),
    run("K6_SUMMARY_EXPORT", RunSetting::SummaryExport),
    run(
        "K6_NEW_MACHINE_READABLE_SUMMARY",
        RunSetting::NewMachineReadableSummary,
    ),
    run(
        "K6_INCLUDE_SYSTEM_ENV_VARS",
        RunSetting::IncludeSystemEnvVars,
    ),
    run("K6_COMPATIBILITY_MODE", RunSetting::CompatibilityMode),
    run("K6_TYPE", RunSetting::TestType),
    run("K6_TRACES_OUTPUT", RunSetting::TracesOutput),
    run("K6_NO_COLOR", RunSetting::NoColor),
    run("K6_LOG_OUTPUT", RunSetting::LogOutput),
    run("K6_LOG_FORMAT", RunSetting::LogFormat),
    run("K6_CONFIG", RunSetting::Config),
    run("K6_ADDRESS", RunSetting::Address),
    nothing("K6_EXECUTION_SEGMENT", "--execution-segment"),
    nothing(
        "K6_EXECUTION_SEGMENT_SEQUENCE",
        "--execution-segment-sequence",
    ),
    nothing("K6_HOSTS", "hosts in the script or the config file"),
    nothing("K6_SCENARIOS", "scenarios in the script or the config file"),
    nothing(
        "K6_THRESHOLDS",
        "thresholds in the script or the config file",
    ),
    nothing(
        "K6_TLS_VERSION",
        "tlsVersion in the script or the config file",
    ),
    nothing(
        "K6_TLS_CIPHER_SUITES",
        "tlsCipherSuites in the script or the config file",
    ),
    nothing("K6_TLSAUTH", "tlsAuth in the script or the config file"),
    nothing("K6_NO_SUMMARY", "K6_SUMMARY_MODE=disabled"),
];
