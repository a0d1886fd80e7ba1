//! What is to happen when, as numbers: users and starts of iterations, for one segment of the test.

mod arrivals;
mod segment;
mod vus;

use std::time::Duration;

use crate::options::Options;
use crate::problem::Problems;
use crate::scenario::Scenario;

pub use arrivals::{Arrivals, Start, Starts};
pub use segment::{Fraction, Segment, SegmentSequence, Stripe};
pub use vus::{Requirement, VuRamp, VuStep};

/// What one process is to do: all scenarios, cut to its segment.
#[derive(Clone, Debug)]
pub struct Plan {
    scenarios: Vec<ScenarioPlan>,
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

/// The work of a scenario in this process; all numbers are cut to its segment.
#[derive(Clone, Debug)]
pub enum Work {
    /// Users take iterations from a common number.
    SharedIterations {
        /// Users; 0 if the segment has none.
        vus: u64,
        /// Iterations of this process.
        iterations: u64,
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

impl Plan {
    /// Plans the scenarios of joined options (see [`Options::merged`]).
    ///
    /// # Errors
    /// Every value out of range, of all scenarios and of the segment.
    pub fn new(options: &Options) -> Result<Self, Problems> {
        let _ = options;
        todo!()
    }

    /// The scenarios by start time, then by name.
    #[must_use]
    pub fn scenarios(&self) -> &[ScenarioPlan] {
        &self.scenarios
    }

    /// The part of the whole test that this process runs.
    #[must_use]
    pub fn stripe(&self) -> &Stripe {
        &self.stripe
    }

    /// Most users at any time; scenarios that do not overlap share users.
    #[must_use]
    pub fn max_vus(&self) -> u64 {
        todo!()
    }

    /// Users that are made before the start.
    #[must_use]
    pub fn planned_vus(&self) -> u64 {
        todo!()
    }

    /// Longest time from the start of the test to its end, graceful stops included.
    #[must_use]
    pub fn max_duration(&self) -> Duration {
        todo!()
    }

    /// The lines that tell a person what will happen: one for all, one per scenario.
    #[must_use]
    pub fn description(&self) -> Vec<String> {
        todo!()
    }
}

impl ScenarioPlan {
    /// Whether this process has anything to do for the scenario.
    #[must_use]
    pub fn has_work(&self) -> bool {
        todo!()
    }

    /// Time from its start until no iteration starts any more.
    #[must_use]
    pub fn regular_duration(&self) -> Duration {
        todo!()
    }

    /// Users it needs over time, from its own start; the last step needs none.
    #[must_use]
    pub fn requirements(&self) -> Vec<Requirement> {
        todo!()
    }

    /// The line that tells a person what will happen.
    #[must_use]
    pub fn description(&self) -> String {
        todo!()
    }
}
