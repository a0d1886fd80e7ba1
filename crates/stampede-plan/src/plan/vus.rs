//! How many users a scenario has at each moment.

use std::time::Duration;

/// From `at` on, `vus` users loop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct VuStep {
    /// Time from the start of the scenario.
    pub at: Duration,
    /// Users of this process.
    pub vus: u64,
}

/// From `at` on, users are needed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Requirement {
    /// Time from the start of the scenario.
    pub at: Duration,
    /// Users made before the start.
    pub planned: u64,
    /// Users that may be made when they are wanted.
    pub unplanned: u64,
}

/// A changing number of users.
#[derive(Clone, Debug)]
pub struct VuRamp {
    steps: Vec<VuStep>,
    reserved: Vec<VuStep>,
    duration: Duration,
}

impl VuRamp {
    /// When the number of looping users changes, and to what; the first step is at 0.
    #[must_use]
    pub fn steps(&self) -> &[VuStep] {
        &self.steps
    }

    /// The same with users kept while their last iteration may take the graceful ramp down.
    #[must_use]
    pub fn reserved(&self) -> &[VuStep] {
        &self.reserved
    }

    /// The sum of the stages.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }
}
