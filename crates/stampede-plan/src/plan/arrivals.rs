//! When each iteration of an arrival rate starts.

use std::time::Duration;

/// Planned starts of iterations.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Users of this process made before the start.
    pub pre_allocated_vus: u64,
    /// Users of this process that it may grow to.
    pub max_vus: u64,
    duration: Duration,
}

/// One planned start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Start {
    /// Number of the iteration in the whole test, from 0.
    pub index: u64,
    /// Time from the start of the scenario.
    pub at: Duration,
}

/// The planned starts of this process, in order.
#[derive(Clone, Debug)]
pub struct Starts<'a> {
    arrivals: &'a Arrivals,
}

impl Arrivals {
    /// The planned starts of this process.
    #[must_use]
    pub fn starts(&self) -> Starts<'_> {
        Starts { arrivals: self }
    }

    /// Time from the start of the scenario until no iteration starts any more.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Starts per second that this process plans at `at`, for display.
    #[must_use]
    pub fn rate_per_s(&self, at: Duration) -> f64 {
        let _ = at;
        todo!()
    }
}

impl Iterator for Starts<'_> {
    type Item = Start;

    fn next(&mut self) -> Option<Start> {
        let _ = self.arrivals;
        todo!()
    }
}
