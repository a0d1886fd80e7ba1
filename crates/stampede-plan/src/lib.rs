//! What a load test is asked to do, decided before anything runs: options, scenarios, plans.
//!
//! The way of a test through this crate: every level that may set options (flags, `K6_*`
//! variables, the script, a config file) becomes [`Options`]; [`Options::merged`] joins them and
//! turns shortcuts into scenarios; [`Plan::new`] checks the scenarios and says for each of them
//! how many users it needs when, and when each of its iterations starts.
//!
//! Invariants: everything here is a function of its arguments; all problems of one step are
//! reported together, each with the name of the field.
//!
//! Never: reads a clock, the environment or a file; knows JavaScript, HTTP or metrics.

mod duration;
mod environment;
pub mod limits;
mod options;
mod plan;
mod problem;
mod scenario;

pub use duration::{BadDuration, Span};
pub use environment::{RunSetting, Sets, Setting, VARIABLES, Variable};
pub use options::{
    BlockedHost, Dns, DnsPolicy, DnsSelect, HostAddress, IpRange, Levels, Merged, Options, Parsed,
    RunOptions, ScenarioOptions, Settings, Source, Stage, SystemTag, Threshold, TlsAuth,
    TlsVersion, TlsVersions,
};
pub use plan::{
    Arrivals, Fraction, Plan, Requirement, ScenarioPlan, Segment, SegmentSequence, Start, Starts,
    Stripe, VuRamp, VuStep, Work,
};
pub use problem::{Problem, Problems, Warning};
pub use scenario::{Executor, ExecutorKind, RateStage, Scenario, VuStage};
