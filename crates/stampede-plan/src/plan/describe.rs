//! The lines that tell a person what will happen.

use std::time::Duration;

use super::{Plan, ScenarioPlan, Work};
use crate::duration::Span;
use crate::scenario::Executor;

impl Plan {
    /// The lines that tell a person what will happen: one for all, one per scenario.
    #[must_use]
    pub fn description(&self) -> Vec<String> {
        let n_scenarios = self.scenarios.len();
        let plural = if n_scenarios == 1 { "" } else { "s" };
        let mut lines = vec![format!(
            "({:.2}%) {n_scenarios} scenario{plural}, {} max VUs, {} max duration (incl. graceful \
             stop):",
            self.segment.percent(),
            self.max_vus(),
            Span::from(to_tenths(self.max_duration())),
        )];
        let scenarios = self.scenarios.iter();
        lines.extend(scenarios.map(|plan| {
            format!(
                "* {}: {}",
                plan.scenario.name,
                plan.description(self.segment.percent())
            )
        }));
        lines
    }
}

/// Rounded to tenths of a second, which is enough to know when to come back.
fn to_tenths(duration: Duration) -> Duration {
    const TENTH_MS: u128 = 100;
    let tenths = (duration.as_millis() + TENTH_MS / 2) / TENTH_MS;
    Duration::from_millis(u64::try_from(tenths * TENTH_MS).unwrap_or(u64::MAX))
}

impl ScenarioPlan {
    /// What the scenario does in this process, and its timeouts in brackets.
    fn description(&self, segment_percent: f64) -> String {
        let mut details = Vec::new();
        let what = match &self.work {
            Work::SharedIterations {
                vus,
                iterations,
                max_duration,
                ..
            } => {
                details.push(format!("maxDuration: {}", Span::from(*max_duration)));
                format!("{iterations} iterations shared among {vus} VUs")
            }
            Work::PerVuIterations {
                vus,
                iterations,
                max_duration,
            } => {
                details.push(format!("maxDuration: {}", Span::from(*max_duration)));
                format!("{iterations} iterations for each of {vus} VUs")
            }
            Work::ConstantVus { vus, duration } => {
                format!("{vus} looping VUs for {}", Span::from(*duration))
            }
            Work::RampingVus(ramp) => {
                let grace = Span::from(ramp.graceful_ramp_down());
                details.push(format!("gracefulRampDown: {grace}"));
                let (max, duration) = (ramp.max_vus(), Span::from(ramp.duration()));
                let n_stages = self.n_stages();
                format!("Up to {max} looping VUs for {duration} over {n_stages} stages")
            }
            Work::Arrivals(arrivals) => {
                let vus = (arrivals.pre_allocated_vus, arrivals.max_vus);
                details.push(match vus {
                    (pre_allocated, max) if pre_allocated == max => format!("maxVUs: {max}"),
                    (pre_allocated, max) => format!("maxVUs: {pre_allocated}-{max}"),
                });
                self.rates(segment_percent)
            }
        };
        details.extend(self.common_details());
        match details.as_slice() {
            [] => what,
            details => format!("{what} ({})", details.join(", ")),
        }
    }

    fn common_details(&self) -> impl Iterator<Item = String> {
        let scenario = &self.scenario;
        let exec = scenario.exec.as_ref().map(|exec| format!("exec: {exec}"));
        let timed = |name: &str, duration: Duration| {
            (!duration.is_zero()).then(|| format!("{name}: {}", Span::from(duration)))
        };
        let start = timed("startTime", scenario.start_time);
        let stop = timed("gracefulStop", scenario.graceful_stop);
        [exec, start, stop].into_iter().flatten()
    }

    fn n_stages(&self) -> usize {
        match &self.scenario.executor {
            Executor::RampingVus { stages, .. } => stages.len(),
            Executor::RampingArrivalRate { stages, .. } => stages.len(),
            Executor::SharedIterations { .. }
            | Executor::PerVuIterations { .. }
            | Executor::ConstantVus { .. }
            | Executor::ConstantArrivalRate { .. } => 0,
        }
    }

    /// A constant rate is the part that this process starts; a ramp's peak is its plain part.
    fn rates(&self, segment_percent: f64) -> String {
        let duration = Span::from(self.regular_duration());
        if let Executor::RampingArrivalRate {
            start_rate,
            time_unit,
            stages,
            ..
        } = &self.scenario.executor
        {
            let targets = stages.iter().map(|stage| stage.target);
            let peak = targets.fold(*start_rate, u64::max);
            #[expect(clippy::cast_precision_loss, reason = "rates are far below 2^53")]
            let per_s = peak as f64 / time_unit.as_secs_f64() * segment_percent / 100.0;
            let n_stages = self.n_stages();
            return format!("Up to {per_s:.2} iterations/s for {duration} over {n_stages} stages");
        }
        let per_s = match &self.work {
            Work::Arrivals(arrivals) if arrivals.max_vus > 0 => arrivals.rate_per_s(Duration::ZERO),
            _ => 0.0,
        };
        format!("{per_s:.2} iterations/s for {duration}")
    }
}
