//! Scenarios with their defaults filled in and their ranges checked.

mod check;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::options::named;

pub(crate) use check::check;

/// What starts the iterations of a scenario.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "each is named after its executor")]
pub enum ExecutorKind {
    SharedIterations,
    PerVuIterations,
    ConstantVus,
    RampingVus,
    ConstantArrivalRate,
    RampingArrivalRate,
}

named!(
    ExecutorKind,
    SharedIterations = "shared-iterations",
    PerVuIterations = "per-vu-iterations",
    ConstantVus = "constant-vus",
    RampingVus = "ramping-vus",
    ConstantArrivalRate = "constant-arrival-rate",
    RampingArrivalRate = "ramping-arrival-rate",
);

/// A scenario of the whole test, before it is divided into segments.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name, also the value of the tag `scenario`.
    pub name: String,
    /// When it starts, from the start of the test.
    pub start_time: Duration,
    /// Time that running iterations get at its end.
    pub graceful_stop: Duration,
    /// Exported function that an iteration calls, if it is named.
    pub exec: Option<String>,
    /// Environment of its script, over that of the test.
    pub env: BTreeMap<String, String>,
    /// Tags of its samples; a tag `scenario` among them has no effect.
    pub tags: BTreeMap<String, String>,
    /// Its `options.browser`.
    pub browser: Option<Value>,
    /// What starts its iterations.
    pub executor: Executor,
}

impl Scenario {
    /// The exported function that an iteration calls.
    #[must_use]
    pub fn function(&self) -> &str {
        self.exec.as_deref().unwrap_or("default")
    }
}

/// What starts the iterations of a scenario, with all its numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Executor {
    /// Users take iterations from a common number.
    SharedIterations {
        /// Users, at least 1.
        vus: u64,
        /// Iterations, at least as many as users.
        iterations: u64,
        /// Time after which no iteration starts.
        max_duration: Duration,
    },
    /// Every user runs a number of iterations.
    PerVuIterations {
        /// Users, at least 1.
        vus: u64,
        /// Iterations of each user, at least 1.
        iterations: u64,
        /// Time after which no iteration starts.
        max_duration: Duration,
    },
    /// A number of users loops.
    ConstantVus {
        /// Users, at least 1.
        vus: u64,
        /// How long they loop.
        duration: Duration,
    },
    /// A changing number of users loops.
    RampingVus {
        /// Users at the start.
        start_vus: u64,
        /// The ramp.
        stages: Vec<VuStage>,
        /// Time that running iterations get when the number of users falls.
        graceful_ramp_down: Duration,
    },
    /// Iterations start at a rate, whether or not earlier ones have ended.
    ConstantArrivalRate {
        /// Iterations per time unit, at least 1.
        rate: u64,
        /// The time unit, at least 1 ns.
        time_unit: Duration,
        /// How long they start.
        duration: Duration,
        /// Users made before the start.
        pre_allocated_vus: u64,
        /// Users that it may grow to.
        max_vus: u64,
    },
    /// Iterations start at a changing rate.
    RampingArrivalRate {
        /// Iterations per time unit at the start.
        start_rate: u64,
        /// The time unit, at least 1 ns.
        time_unit: Duration,
        /// The ramp.
        stages: Vec<RateStage>,
        /// Users made before the start.
        pre_allocated_vus: u64,
        /// Users that it may grow to.
        max_vus: u64,
    },
}

/// One stage of a changing number of users.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VuStage {
    /// How long it takes; zero jumps.
    pub duration: Duration,
    /// Users at its end.
    pub target: u64,
}

/// One stage of a changing rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RateStage {
    /// How long it takes; zero jumps.
    pub duration: Duration,
    /// Iterations per time unit at its end.
    pub target: u64,
}
