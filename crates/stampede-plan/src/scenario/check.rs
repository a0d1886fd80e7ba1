//! From a scenario as written to one with defaults, and everything that is wrong with it.

use std::time::Duration;

use super::{Executor, ExecutorKind, RateStage, Scenario, VuStage};
use crate::duration::Span;
use crate::limits::{DURATION_NS_MAX, RATE_MAX, SCENARIO_VUS_MAX, STAGES_MAX};
use crate::options::{ScenarioOptions, Stage};
use crate::problem::Findings;

const GRACEFUL_STOP: Span = Span::from_secs(30);
const GRACEFUL_RAMP_DOWN: Span = Span::from_secs(30);
const MAX_DURATION: Span = Span::from_secs(600);
const DURATION_MIN: Span = Span::from_secs(1);
const TIME_UNIT: Span = Span::from_secs(1);

/// Users made before the start, and at most.
struct Vus {
    pre_allocated: u64,
    max: u64,
}

/// Checks one scenario; what is wrong is noted, and replaced by something harmless.
pub(crate) fn check(name: &str, written: &ScenarioOptions, findings: &mut Findings) -> Scenario {
    let mut c = Check {
        path: format!("scenarios.{name}"),
        findings,
    };
    c.name(name);
    if written.exec.as_deref() == Some("") {
        c.note("exec", "must name an exported function, but is empty");
    }
    let start_time = c.not_negative("startTime", written.start_time, Span::ZERO);
    let graceful_stop = c.not_negative("gracefulStop", written.graceful_stop, GRACEFUL_STOP);
    Scenario {
        name: name.to_owned(),
        start_time,
        graceful_stop,
        exec: written.exec.clone(),
        env: written.env.clone().unwrap_or_default(),
        tags: written.tags.clone().unwrap_or_default(),
        browser: written
            .options
            .as_ref()
            .and_then(|all| all.get("browser").cloned()),
        executor: c.executor(written),
    }
}

struct Check<'a> {
    path: String,
    findings: &'a mut Findings,
}

impl Check<'_> {
    fn note(&mut self, key: &str, what: impl Into<String>) {
        self.findings.problem(format!("{}.{key}", self.path), what);
    }

    fn name(&mut self, name: &str) {
        let is_fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if name.is_empty() || !name.bytes().all(is_fit) {
            let what = "the name of a scenario has one or more letters a-z and A-Z, digits, \
                        underscores and dashes";
            self.findings.problem(self.path.clone(), what);
        }
    }

    fn executor(&mut self, written: &ScenarioOptions) -> Executor {
        match written.executor {
            ExecutorKind::SharedIterations => {
                let vus = self.vus(written.vus);
                let iterations = written.iterations.unwrap_or(1);
                if u64::try_from(iterations).map_or(true, |n| n < vus) {
                    let what = format!(
                        "must be at least the number of users, but is {iterations} for {vus} users"
                    );
                    self.note("iterations", what);
                }
                Executor::SharedIterations {
                    vus,
                    iterations: u64::try_from(iterations).unwrap_or(0),
                    max_duration: self.at_least_a_second("maxDuration", written.max_duration),
                }
            }
            ExecutorKind::PerVuIterations => Executor::PerVuIterations {
                vus: self.vus(written.vus),
                iterations: self.positive("iterations", written.iterations.unwrap_or(1), u64::MAX),
                max_duration: self.at_least_a_second("maxDuration", written.max_duration),
            },
            ExecutorKind::ConstantVus => Executor::ConstantVus {
                vus: self.vus(written.vus),
                duration: self.duration(written.duration),
            },
            ExecutorKind::RampingVus => self.ramping_vus(written),
            ExecutorKind::ConstantArrivalRate => {
                if written.rate.is_none() {
                    self.note(
                        "rate",
                        "is missing; it is the number of iterations per timeUnit",
                    );
                }
                let rate = self.positive("rate", written.rate.unwrap_or(1), RATE_MAX);
                let time_unit = self.time_unit(written.time_unit);
                let duration = self.duration(written.duration);
                let vus = self.arrival_vus(written);
                Executor::ConstantArrivalRate {
                    rate,
                    time_unit,
                    duration,
                    pre_allocated_vus: vus.pre_allocated,
                    max_vus: vus.max,
                }
            }
            ExecutorKind::RampingArrivalRate => {
                let start_rate = self.natural("startRate", written.start_rate, 0, RATE_MAX);
                let time_unit = self.time_unit(written.time_unit);
                let stages = self.stages(written.stages.as_deref(), RATE_MAX);
                let vus = self.arrival_vus(written);
                let stage = |(duration, target)| RateStage { duration, target };
                Executor::RampingArrivalRate {
                    start_rate,
                    time_unit,
                    stages: stages.into_iter().map(stage).collect(),
                    pre_allocated_vus: vus.pre_allocated,
                    max_vus: vus.max,
                }
            }
        }
    }

    fn ramping_vus(&mut self, written: &ScenarioOptions) -> Executor {
        let start_vus = self.natural("startVUs", written.start_vus, 1, SCENARIO_VUS_MAX);
        let stages = self.stages(written.stages.as_deref(), SCENARIO_VUS_MAX);
        let has_no_user = written.start_vus.unwrap_or(1) == 0
            && written
                .stages
                .iter()
                .flatten()
                .all(|stage| stage.target == Some(0));
        if has_no_user && !stages.is_empty() {
            self.note(
                "stages",
                "startVUs or the target of a stage must be more than 0",
            );
        }
        let stage = |(duration, target)| VuStage { duration, target };
        Executor::RampingVus {
            start_vus,
            stages: stages.into_iter().map(stage).collect(),
            graceful_ramp_down: self.not_negative(
                "gracefulRampDown",
                written.graceful_ramp_down,
                GRACEFUL_RAMP_DOWN,
            ),
        }
    }

    fn arrival_vus(&mut self, written: &ScenarioOptions) -> Vus {
        if written.pre_allocated_vus.is_none() {
            let what = "is missing; it is the number of users made before the start";
            self.note("preAllocatedVUs", what);
        }
        let pre_allocated = self.natural(
            "preAllocatedVUs",
            written.pre_allocated_vus,
            0,
            SCENARIO_VUS_MAX,
        );
        let Some(max) = written.max_vus else {
            return Vus {
                pre_allocated,
                max: pre_allocated,
            };
        };
        let max = self.natural("maxVUs", Some(max), 0, SCENARIO_VUS_MAX);
        if max < pre_allocated {
            let what = format!("must be at least preAllocatedVUs, which is {pre_allocated}");
            self.note("maxVUs", what);
        }
        Vus { pre_allocated, max }
    }

    fn vus(&mut self, vus: Option<i64>) -> u64 {
        self.positive("vus", vus.unwrap_or(1), SCENARIO_VUS_MAX)
    }

    /// A number from 1 to `max`; 1 if it is not.
    fn positive(&mut self, key: &str, value: i64, max: u64) -> u64 {
        match u64::try_from(value) {
            Ok(value) if value > 0 && value <= max => value,
            Ok(value) if value > max => {
                self.note(key, format!("must be at most {max}, but is {value}"));
                1
            }
            _ => {
                self.note(key, format!("must be more than 0, but is {value}"));
                1
            }
        }
    }

    /// A number from 0 to `max`; 0 if it is not.
    fn natural(&mut self, key: &str, value: Option<i64>, default: u64, max: u64) -> u64 {
        let Some(value) = value else { return default };
        match u64::try_from(value) {
            Ok(value) if value <= max => value,
            Ok(value) => {
                self.note(key, format!("must be at most {max}, but is {value}"));
                0
            }
            Err(_) => {
                self.note(key, format!("must not be negative, but is {value}"));
                0
            }
        }
    }

    fn not_negative(&mut self, key: &str, value: Option<Span>, default: Span) -> Duration {
        let value = value.unwrap_or(default);
        if value < Span::ZERO {
            self.note(key, format!("must not be negative, but is {value}"));
        }
        self.within_limit(key, value)
    }

    fn within_limit(&mut self, key: &str, value: Span) -> Duration {
        if value.ns() > DURATION_NS_MAX {
            let max = Span::from_ns(DURATION_NS_MAX);
            self.note(key, format!("must be at most {max}, but is {value}"));
            return Duration::ZERO;
        }
        value.to_duration()
    }

    fn at_least_a_second(&mut self, key: &str, value: Option<Span>) -> Duration {
        let value = value.unwrap_or(MAX_DURATION);
        if value < DURATION_MIN {
            self.note(
                key,
                format!("must be at least {DURATION_MIN}, but is {value}"),
            );
        }
        self.within_limit(key, value)
    }

    fn duration(&mut self, value: Option<Span>) -> Duration {
        if value.is_none() {
            self.note("duration", "is missing; it says how long iterations start");
        }
        self.at_least_a_second("duration", value)
    }

    fn time_unit(&mut self, value: Option<Span>) -> Duration {
        let value = value.unwrap_or(TIME_UNIT);
        if value <= Span::ZERO {
            self.note("timeUnit", format!("must be more than 0, but is {value}"));
            return TIME_UNIT.to_duration();
        }
        self.within_limit("timeUnit", value)
    }

    /// Durations and targets; at least one stage, and not longer than the limit in sum.
    fn stages(&mut self, stages: Option<&[Stage]>, target_max: u64) -> Vec<(Duration, u64)> {
        let stages = stages.unwrap_or_default();
        if stages.is_empty() {
            self.note("stages", "must have at least one stage");
        }
        if stages.len() > STAGES_MAX {
            let what = format!("must be at most {STAGES_MAX}, but are {}", stages.len());
            self.note("stages", what);
            return Vec::new();
        }
        let mut checked = Vec::with_capacity(stages.len());
        let mut total = Duration::ZERO;
        for (n, stage) in stages.iter().enumerate() {
            if stage.duration.is_none() {
                self.note(&format!("stages[{n}].duration"), "is missing; \"0s\" jumps");
            }
            if stage.target.is_none() {
                self.note(&format!("stages[{n}].target"), "is missing");
            }
            let duration_key = format!("stages[{n}].duration");
            let duration = self.not_negative(&duration_key, stage.duration, Span::ZERO);
            let target_key = format!("stages[{n}].target");
            let target = self.natural(&target_key, stage.target, 0, target_max);
            total = total.saturating_add(duration);
            checked.push((duration, target));
        }
        self.within_limit("stages", total.into());
        checked
    }
}
