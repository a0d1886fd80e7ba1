//! The work of one scenario in this process.

use std::time::Duration;

use super::{Arrivals, Requirement, ScenarioPlan, Stripe, VuRamp};
use crate::scenario::{Executor, Scenario};

/// The work of a scenario in this process; all numbers are cut to its segment.
#[derive(Clone, Debug)]
pub enum Work {
    /// Users take iterations from a common number.
    SharedIterations {
        /// Users; 0 if the segment has none.
        vus: u64,
        /// Iterations of this process.
        iterations: u64,
        /// Numbers of its iterations in the whole test.
        stripe: Stripe,
        /// Time after which no iteration starts.
        max_duration: Duration,
    },
    /// Every user runs a number of iterations.
    PerVuIterations {
        /// Users; 0 if the segment has none.
        vus: u64,
        /// Iterations of each user.
        iterations: u64,
        /// Time after which no iteration starts.
        max_duration: Duration,
    },
    /// A number of users loops.
    ConstantVus {
        /// Users; 0 if the segment has none.
        vus: u64,
        /// How long they loop.
        duration: Duration,
    },
    /// A changing number of users loops.
    RampingVus(VuRamp),
    /// Iterations start at planned times.
    Arrivals(Arrivals),
}

impl Work {
    /// The work of `scenario` for one part of the test; `None` if a ramp has too many steps.
    pub(super) fn new(scenario: &Scenario, stripe: &Stripe) -> Option<Self> {
        Some(match &scenario.executor {
            Executor::SharedIterations {
                vus,
                iterations,
                max_duration,
            } => {
                // A process gets as many iterations as its users are of all users.
                let by_users = stripe.of_total(*vus);
                Self::SharedIterations {
                    vus: stripe.share(*vus),
                    iterations: by_users.share(*iterations),
                    stripe: by_users,
                    max_duration: *max_duration,
                }
            }
            Executor::PerVuIterations {
                vus,
                iterations,
                max_duration,
            } => Self::PerVuIterations {
                vus: stripe.share(*vus),
                iterations: *iterations,
                max_duration: *max_duration,
            },
            Executor::ConstantVus { vus, duration } => Self::ConstantVus {
                vus: stripe.share(*vus),
                duration: *duration,
            },
            Executor::RampingVus {
                start_vus,
                stages,
                graceful_ramp_down,
            } => Self::RampingVus(VuRamp::new(
                *start_vus,
                stages,
                *graceful_ramp_down,
                scenario.graceful_stop,
                stripe,
            )?),
            Executor::ConstantArrivalRate {
                rate,
                time_unit,
                duration,
                pre_allocated_vus,
                max_vus,
            } => {
                let (rate, vus) = ((*rate, *time_unit), (*pre_allocated_vus, *max_vus));
                Self::Arrivals(Arrivals::constant(rate, *duration, vus, stripe))
            }
            Executor::RampingArrivalRate {
                start_rate,
                time_unit,
                stages,
                pre_allocated_vus,
                max_vus,
            } => {
                let (rate, vus) = ((*start_rate, *time_unit), (*pre_allocated_vus, *max_vus));
                Self::Arrivals(Arrivals::ramping(rate, stages, vus, stripe))
            }
        })
    }
}

impl ScenarioPlan {
    /// Whether this process has anything to do for the scenario.
    #[must_use]
    pub fn has_work(&self) -> bool {
        !self.requirements().is_empty()
    }

    /// Time from its start until no iteration starts any more.
    #[must_use]
    pub fn regular_duration(&self) -> Duration {
        match &self.work {
            Work::SharedIterations { max_duration, .. }
            | Work::PerVuIterations { max_duration, .. } => *max_duration,
            Work::ConstantVus { duration, .. } => *duration,
            Work::RampingVus(ramp) => ramp.duration(),
            Work::Arrivals(arrivals) => arrivals.duration(),
        }
    }

    /// Users it needs over time, from its own start; the last step needs none.
    ///
    /// There is no step if this process has nothing to do for the scenario.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        let (planned, unplanned) = match &self.work {
            Work::SharedIterations { vus, .. }
            | Work::PerVuIterations { vus, .. }
            | Work::ConstantVus { vus, .. } => (*vus, 0),
            Work::RampingVus(ramp) => return of_ramp(ramp),
            Work::Arrivals(arrivals) => {
                let (planned, max) = (arrivals.pre_allocated_vus, arrivals.max_vus);
                (planned, max.saturating_sub(planned))
            }
        };
        if planned == 0 && unplanned == 0 {
            return Vec::new();
        }
        let end = self
            .regular_duration()
            .saturating_add(self.scenario.graceful_stop);
        let step = |at, planned, unplanned| Requirement {
            at,
            planned,
            unplanned,
        };
        vec![step(Duration::ZERO, planned, unplanned), step(end, 0, 0)]
    }
}

fn of_ramp(ramp: &VuRamp) -> Vec<Requirement> {
    let steps = ramp.reserved();
    if steps.iter().all(|step| step.vus == 0) {
        return Vec::new();
    }
    let requirement = |step: &super::VuStep| Requirement {
        at: step.at,
        planned: step.vus,
        unplanned: 0,
    };
    steps.iter().map(requirement).collect()
}
