//! What is to happen when, as numbers: users and starts of iterations, for one segment of the test.

mod arrivals;
mod describe;
mod segment;
mod stripe;
mod vus;
mod work;

use std::time::Duration;

use crate::limits::{SCENARIOS_MAX, VU_STEPS_MAX};
use crate::options::Options;
use crate::problem::{Findings, Problems};
use crate::scenario::{Scenario, check};

pub use arrivals::{Arrivals, Start, Starts};
pub use segment::{Fraction, Segment, SegmentSequence};
pub use stripe::Stripe;
pub use vus::{Requirement, VuRamp, VuStep};
pub use work::Work;

/// What one process is to do: all scenarios, cut to its segment.
#[derive(Clone, Debug)]
pub struct Plan {
    scenarios: Vec<ScenarioPlan>,
    segment: Segment,
    stripe: Stripe,
}

/// What one scenario is to do in this process.
#[derive(Clone, Debug)]
pub struct ScenarioPlan {
    /// The scenario of the whole test.
    pub scenario: Scenario,
    /// Its work in this process.
    pub work: Work,
}

impl Plan {
    /// Plans the scenarios of joined options (see [`Options::merged`]).
    ///
    /// # Errors
    /// Every value out of range, of all scenarios and of the segment.
    pub fn new(options: &Options) -> Result<Self, Problems> {
        let mut findings = Findings::default();
        let sequence = options.execution_segment_sequence.as_ref();
        let stripe = Stripe::new(options.execution_segment, sequence).unwrap_or_else(|what| {
            findings.problem("executionSegment", what);
            Stripe::whole()
        });
        let written = options.scenarios.iter().flatten();
        if written.clone().count() > SCENARIOS_MAX {
            findings.problem("scenarios", format!("must be at most {SCENARIOS_MAX}"));
        }
        let mut scenarios = Vec::new();
        for (name, written) in written.take(SCENARIOS_MAX) {
            let n_problems_before = findings.problems.len();
            let scenario = check(name, written, &mut findings);
            if findings.problems.len() > n_problems_before {
                continue;
            }
            match Work::new(&scenario, &stripe) {
                Some(work) => scenarios.push(ScenarioPlan { scenario, work }),
                None => findings.problem(
                    format!("scenarios.{name}.stages"),
                    format!("must change the number of users at most {VU_STEPS_MAX} times"),
                ),
            }
        }
        scenarios.sort_by(|a, b| {
            let key = |plan: &ScenarioPlan| (plan.scenario.start_time, plan.scenario.name.clone());
            key(a).cmp(&key(b))
        });
        let plan = Self {
            scenarios,
            segment: options.execution_segment.unwrap_or(Segment::WHOLE),
            stripe,
        };
        Problems::or(findings.problems, plan)
    }

    /// The scenarios by start time, then by name.
    #[must_use]
    pub fn scenarios(&self) -> &[ScenarioPlan] {
        &self.scenarios
    }

    /// The users of the whole test that this process runs; their numbers are counted from 0.
    #[must_use]
    pub fn stripe(&self) -> &Stripe {
        &self.stripe
    }

    /// Users needed over time, from the start of the test, of all scenarios together.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut steps = self.sums();
        // Of the sums at one time only the last one lasts.
        steps.reverse();
        steps.dedup_by_key(|step| step.at);
        steps.reverse();
        steps
    }

    /// Most users at any time; scenarios that do not overlap share users.
    ///
    /// Where one scenario grows at the very time at which a later one ends, both count.
    #[must_use]
    pub fn max_vus(&self) -> u64 {
        let steps = self.sums();
        let sums = steps
            .iter()
            .map(|step| step.planned.saturating_add(step.unplanned));
        sums.max().unwrap_or(0)
    }

    /// Users that are made before the start.
    #[must_use]
    pub fn planned_vus(&self) -> u64 {
        self.sums()
            .iter()
            .map(|step| step.planned)
            .max()
            .unwrap_or(0)
    }

    /// The sum after each single change, by time and then in the order of the scenarios.
    fn sums(&self) -> Vec<Requirement> {
        let mut changes: Vec<(Duration, i128, i128)> = Vec::new();
        for plan in &self.scenarios {
            let (mut planned, mut unplanned) = (0, 0);
            for step in plan.requirements() {
                let at = plan.scenario.start_time.saturating_add(step.at);
                let now = (i128::from(step.planned), i128::from(step.unplanned));
                changes.push((at, now.0 - planned, now.1 - unplanned));
                (planned, unplanned) = now;
            }
        }
        changes.sort_by_key(|(at, ..)| *at);
        let to_u64 = |n| u64::try_from(n).expect("no scenario gives back more than it took");
        let (mut planned, mut unplanned) = (0, 0);
        let sum = |(at, planned_change, unplanned_change)| {
            planned += planned_change;
            unplanned += unplanned_change;
            Requirement {
                at,
                planned: to_u64(planned),
                unplanned: to_u64(unplanned),
            }
        };
        changes.into_iter().map(sum).collect()
    }

    /// Longest time from the start of the test to its end, graceful stops included.
    #[must_use]
    pub fn max_duration(&self) -> Duration {
        self.requirements()
            .last()
            .map_or(Duration::ZERO, |step| step.at)
    }
}
