//! The variables that set options, by name.

/// An option that a flag or a variable sets.
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

/// A variable of the environment and what it sets.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name, such as `K6_VUS`.
    pub name: &'static str,
    /// The option that it sets.
    pub setting: Setting,
}

/// All variables that set options of the test.
pub const VARIABLES: &[Variable] = &[];
