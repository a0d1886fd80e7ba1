//! One scenario as a script writes it, before defaults.

use std::collections::BTreeMap;

use serde_json::Value;

use super::values::Stage;
use crate::duration::Span;
use crate::scenario::ExecutorKind;

/// A scenario as written; keys that its executor does not have are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioOptions {
    /// What starts its iterations.
    pub executor: ExecutorKind,
    /// When it starts, from the start of the test.
    pub start_time: Option<Span>,
    /// Time that running iterations get at its end.
    pub graceful_stop: Option<Span>,
    /// Environment of its script, over that of the test.
    pub env: Option<BTreeMap<String, String>>,
    /// Exported function that an iteration calls.
    pub exec: Option<String>,
    /// Tags of its samples.
    pub tags: Option<BTreeMap<String, String>>,
    /// Its `options`, of which only `browser` exists.
    pub options: Option<Value>,
    /// Number of users.
    pub vus: Option<i64>,
    /// Number of iterations, shared or of each user.
    pub iterations: Option<i64>,
    /// Time after which no iteration starts, of the two executors with a number of iterations.
    pub max_duration: Option<Span>,
    /// How long it runs, of the two constant executors.
    pub duration: Option<Span>,
    /// Users at its start.
    pub start_vus: Option<i64>,
    /// Stages of the two ramping executors.
    pub stages: Option<Vec<Stage>>,
    /// Time that running iterations get when the number of users falls.
    pub graceful_ramp_down: Option<Span>,
    /// Iterations per time unit.
    pub rate: Option<i64>,
    /// Iterations per time unit at its start.
    pub start_rate: Option<i64>,
    /// The time unit of rates.
    pub time_unit: Option<Span>,
    /// Users made before the start.
    pub pre_allocated_vus: Option<i64>,
    /// Users that it may grow to.
    pub max_vus: Option<i64>,
}

impl ScenarioOptions {
    /// A scenario that only says what starts its iterations.
    #[must_use]
    pub const fn new(executor: ExecutorKind) -> Self {
        Self {
            executor,
            start_time: None,
            graceful_stop: None,
            env: None,
            exec: None,
            tags: None,
            options: None,
            vus: None,
            iterations: None,
            max_duration: None,
            duration: None,
            start_vus: None,
            stages: None,
            graceful_ramp_down: None,
            rate: None,
            start_rate: None,
            time_unit: None,
            pre_allocated_vus: None,
            max_vus: None,
        }
    }
}
