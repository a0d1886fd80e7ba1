//! One scenario as a script writes it, before defaults.

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::{KeysNotKnown, stages};
use super::reader::{Reader, known_key};
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

/// Keys that every scenario has.
pub(super) const COMMON_KEYS: &[&str] = &[
    "executor",
    "startTime",
    "gracefulStop",
    "env",
    "exec",
    "tags",
    "options",
];

/// Keys that only some executors have.
const OWN_KEYS: &[&str] = &[
    "vus",
    "iterations",
    "maxDuration",
    "duration",
    "startVUs",
    "stages",
    "gracefulRampDown",
    "rate",
    "startRate",
    "timeUnit",
    "preAllocatedVUs",
    "maxVUs",
];

impl ExecutorKind {
    /// The keys of its own, in the order in which they are printed.
    pub(super) const fn own_keys(self) -> &'static [&'static str] {
        match self {
            Self::SharedIterations | Self::PerVuIterations => &["vus", "iterations", "maxDuration"],
            Self::ConstantVus => &["vus", "duration"],
            Self::RampingVus => &["startVUs", "stages", "gracefulRampDown"],
            Self::ConstantArrivalRate => {
                &["rate", "timeUnit", "duration", "preAllocatedVUs", "maxVUs"]
            }
            Self::RampingArrivalRate => &[
                "startRate",
                "timeUnit",
                "stages",
                "preAllocatedVUs",
                "maxVUs",
            ],
        }
    }
}

/// Reads one scenario; without an executor nothing else can be judged.
pub(super) fn read(r: &mut Reader, field: &str, value: &Value) -> Option<ScenarioOptions> {
    if value.is_null() {
        r.findings
            .problem(format!("{field}.executor"), executor_is_missing());
        return None;
    }
    let object = r.object(field, value)?;
    let executor = object
        .iter()
        .find(|(key, _)| known_key(key, &["executor"]).is_some());
    let executor = read_executor(
        r,
        &format!("{field}.executor"),
        executor.map(|(_, value)| value),
    );
    let own_keys = executor.map_or(OWN_KEYS, ExecutorKind::own_keys);
    let mut scenario = ScenarioOptions::new(executor.unwrap_or(ExecutorKind::SharedIterations));
    for (key, value) in object {
        let at = format!("{field}.{key}");
        match known_key(key, COMMON_KEYS).or_else(|| known_key(key, own_keys)) {
            Some(known) => scenario.read_field(known, &at, value, r),
            None => r.findings.problem(at, unknown_key(key, executor)),
        }
    }
    executor.map(|_| scenario)
}

fn read_executor(r: &mut Reader, field: &str, value: Option<&Value>) -> Option<ExecutorKind> {
    match value {
        None | Some(Value::Null) => {
            r.findings.problem(field, executor_is_missing());
            None
        }
        Some(Value::String(name)) if name == "externally-controlled" => {
            let what = format!(
                "\"externally-controlled\" is not supported; {}",
                accepted_kinds()
            );
            r.findings.problem(field, what);
            None
        }
        Some(value) => r.parsed(field, value, &accepted_kinds(), ExecutorKind::from_name),
    }
}

fn executor_is_missing() -> String {
    format!("is missing; {}", accepted_kinds())
}

fn accepted_kinds() -> String {
    let names: Vec<&str> = ExecutorKind::ALL.iter().map(|kind| kind.name()).collect();
    format!("accepted are {}", names.join(", "))
}

fn unknown_key(key: &str, executor: Option<ExecutorKind>) -> String {
    let Some(executor) = executor else {
        return "no executor has such a key".to_owned();
    };
    let keys = [COMMON_KEYS, executor.own_keys()].concat().join(", ");
    let others = ExecutorKind::ALL
        .iter()
        .filter(|kind| known_key(key, kind.own_keys()).is_some());
    let others: Vec<&str> = others.map(|kind| kind.name()).collect();
    let hint = match others.as_slice() {
        [] => String::new(),
        names => format!(" ({} would have it)", names.join(", ")),
    };
    format!("{executor} has no such key{hint}; it has {keys}")
}

impl ScenarioOptions {
    fn read_field(&mut self, key: &'static str, at: &str, value: &Value, r: &mut Reader) {
        match key {
            "executor" => {}
            "startTime" => self.start_time = r.span(at, value),
            "gracefulStop" => self.graceful_stop = r.span(at, value),
            "env" => self.env = r.text_map(at, value),
            "exec" => self.exec = r.text(at, value),
            "tags" => self.tags = r.text_map(at, value),
            "options" => self.options = browser_options(r, at, value),
            "vus" => self.vus = r.integer(at, value),
            "iterations" => self.iterations = r.integer(at, value),
            "maxDuration" => self.max_duration = r.span(at, value),
            "duration" => self.duration = r.span(at, value),
            "startVUs" => self.start_vus = r.integer(at, value),
            "stages" => self.stages = stages(r, at, value, KeysNotKnown::Refused),
            "gracefulRampDown" => self.graceful_ramp_down = r.span(at, value),
            "rate" => self.rate = r.integer(at, value),
            "startRate" => self.start_rate = r.integer(at, value),
            "timeUnit" => self.time_unit = r.span(at, value),
            "preAllocatedVUs" => self.pre_allocated_vus = r.integer(at, value),
            "maxVUs" => self.max_vus = r.integer(at, value),
            key => unreachable!("{key} is a known key and read above"),
        }
    }
}

fn browser_options(r: &mut Reader, at: &str, value: &Value) -> Option<Value> {
    for key in r.object(at, value)?.keys() {
        if known_key(key, &["browser"]).is_none() {
            r.findings
                .problem(format!("{at}.{key}"), "accepted is only \"browser\"");
        }
    }
    Some(value.clone())
}
