//! When each iteration of an arrival rate starts.
//!
//! A rate is whole iterations per time unit, and changes linearly within a stage. Multiplied by
//! twice the time unit, the number of iterations due at the end of each stage is a whole number,
//! so that nothing adds up to an error, however long the test; within a stage the time of an
//! iteration is the root of one quadratic equation.
//!
//! Invariants: starts ascend; the starts of all parts of a test together are the starts of the
//! whole test.

use std::time::Duration;

use super::stripe::Stripe;
use crate::scenario::RateStage;

/// Planned starts of iterations.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Users of this process made before the start.
    pub pre_allocated_vus: u64,
    /// Users of this process that it may grow to.
    pub max_vus: u64,
    curve: Curve,
    /// Which of all iterations start in this process.
    stripe: Stripe,
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
    next_local: u64,
    /// The stage in which the last start was.
    stage_idx: usize,
    last_ns: u64,
}

/// The rate of the whole test over time.
#[derive(Clone, Debug)]
enum Curve {
    /// The first start is at 0, and one may be at the very end.
    Constant {
        rate: u64,
        time_unit_ns: u64,
        duration_ns: u64,
    },
    /// A start is when a whole iteration is due, and none is at the very end.
    Ramp {
        time_unit_ns: u64,
        stages: Vec<Ramp>,
    },
}

/// One stage of a ramp that takes time.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    start_ns: u64,
    duration_ns: u64,
    from_rate: u64,
    to_rate: u64,
    /// Iterations due before the stage, and at its end, times twice the time unit.
    due_before: u128,
    due_after: u128,
}

impl Arrivals {
    /// Starts at a constant rate; `vus` are the users of the whole test, made before and at most.
    pub(super) fn constant(
        (rate, time_unit): (u64, Duration),
        duration: Duration,
        vus: (u64, u64),
        stripe: &Stripe,
    ) -> Self {
        let curve = Curve::Constant {
            rate,
            time_unit_ns: ns(time_unit),
            duration_ns: ns(duration),
        };
        Self::new(curve, vus, stripe)
    }

    /// Starts at a rate that begins with `start_rate` and follows `stages`.
    pub(super) fn ramping(
        (start_rate, time_unit): (u64, Duration),
        stages: &[RateStage],
        vus: (u64, u64),
        stripe: &Stripe,
    ) -> Self {
        let mut from_rate = start_rate;
        let (mut start_ns, mut due_before) = (0_u64, 0_u128);
        let mut ramps = Vec::with_capacity(stages.len());
        for stage in stages {
            let duration_ns = ns(stage.duration);
            let rates = u128::from(from_rate) + u128::from(stage.target);
            let due_after = due_before + rates * u128::from(duration_ns);
            if duration_ns > 0 {
                ramps.push(Ramp {
                    start_ns,
                    duration_ns,
                    from_rate,
                    to_rate: stage.target,
                    due_before,
                    due_after,
                });
            }
            from_rate = stage.target;
            start_ns = start_ns.saturating_add(duration_ns);
            due_before = due_after;
        }
        let curve = Curve::Ramp {
            time_unit_ns: ns(time_unit),
            stages: ramps,
        };
        Self::new(curve, vus, stripe)
    }

    fn new(curve: Curve, (pre_allocated, max): (u64, u64), stripe: &Stripe) -> Self {
        Self {
            pre_allocated_vus: stripe.share(pre_allocated),
            max_vus: stripe.share(max),
            curve,
            // Each process starts as many iterations as its users are of all users.
            stripe: stripe.of_total(max),
        }
    }

    /// The planned starts of this process.
    #[must_use]
    pub fn starts(&self) -> Starts<'_> {
        Starts {
            arrivals: self,
            next_local: 0,
            stage_idx: 0,
            last_ns: 0,
        }
    }

    /// How many starts [`Self::starts`] has, without counting them one by one.
    #[must_use]
    pub fn count(&self) -> u64 {
        let all = match &self.curve {
            Curve::Constant {
                rate,
                time_unit_ns,
                duration_ns,
            } => {
                let due = u128::from(*duration_ns) * u128::from(*rate);
                // A start at `index * unit / rate`, rounded down, is in while it is not after the
                // end: the last index is that of the last nanosecond's end.
                let unit = u128::from(*time_unit_ns);
                (due + u128::from(*rate) - 1) / unit + 1
            }
            Curve::Ramp {
                time_unit_ns,
                stages,
            } => {
                let due = stages.last().map_or(0, |stage| stage.due_after);
                // None is at the very end.
                due.saturating_sub(1) / (2 * u128::from(*time_unit_ns))
            }
        };
        self.stripe.share(u64::try_from(all).unwrap_or(u64::MAX))
    }

    /// Time from the start of the scenario until no iteration starts any more.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(match &self.curve {
            Curve::Constant { duration_ns, .. } => *duration_ns,
            Curve::Ramp { stages, .. } => stages.last().map_or(0, Ramp::end_ns),
        })
    }

    /// Starts per second that this process plans at `at`, for display; 0 after the end.
    #[must_use]
    pub fn rate_per_s(&self, at: Duration) -> f64 {
        let (rate, time_unit_ns) = match &self.curve {
            Curve::Constant {
                rate,
                time_unit_ns,
                duration_ns,
            } => {
                let is_running = ns(at) <= *duration_ns;
                (if is_running { as_f64(*rate) } else { 0.0 }, *time_unit_ns)
            }
            Curve::Ramp {
                time_unit_ns,
                stages,
            } => {
                let stage = stages.iter().find(|stage| ns(at) < stage.end_ns());
                (
                    stage.map_or(0.0, |stage| stage.rate_at(ns(at))),
                    *time_unit_ns,
                )
            }
        };
        let (mine, all) = self.stripe.ratio();
        rate * 1e9 / as_f64(time_unit_ns) * as_f64(mine) / as_f64(all.max(1))
    }

    /// Whether this process starts nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.max_vus == 0 || self.stripe.is_empty()
    }
}

impl Ramp {
    fn end_ns(&self) -> u64 {
        self.start_ns.saturating_add(self.duration_ns)
    }

    /// Iterations per time unit at a time within the stage.
    fn rate_at(&self, at_ns: u64) -> f64 {
        let (from, to) = (as_f64(self.from_rate), as_f64(self.to_rate));
        let elapsed = as_f64(at_ns.saturating_sub(self.start_ns));
        from + (to - from) * elapsed / as_f64(self.duration_ns)
    }

    /// When `due` iterations (times twice the time unit) are due; they are within the stage.
    ///
    /// With elapsed time t, rates a and b, and duration d: `(b-a)/d·t² + 2a·t = m`. The root is
    /// taken in the form that adds, from the slower end, so that nothing cancels.
    fn time_of(&self, due: u128) -> u64 {
        if self.from_rate <= self.to_rate {
            let rates = (self.from_rate, self.to_rate);
            let elapsed = rise(due - self.due_before, rates, self.duration_ns);
            self.start_ns.saturating_add(elapsed)
        } else {
            let rates = (self.to_rate, self.from_rate);
            let left = rise(self.due_after - due, rates, self.duration_ns);
            self.end_ns() - left
        }
    }
}

/// Time until `m` are due while the rate rises from `a` to `b` in `d` nanoseconds.
fn rise(m: u128, (a, b): (u64, u64), d: u64) -> u64 {
    if a == b {
        // Both ends of the stage divide exactly.
        let elapsed = m.checked_div(2 * u128::from(a)).unwrap_or(0);
        return u64::try_from(elapsed).unwrap_or(d).min(d);
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "53 bits are a nanosecond in a hundred days"
    )]
    let m = m as f64;
    let (slope, a) = (as_f64(b - a) / as_f64(d), as_f64(a));
    let elapsed = m / (a + (a * a + slope * m).sqrt());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "neither negative nor beyond the stage"
    )]
    if elapsed.is_finite() {
        (elapsed as u64).min(d)
    } else {
        0
    }
}

impl Starts<'_> {
    /// The time of the iteration `index` of the whole test; `None` if it is after the end.
    fn time_of(&mut self, index: u64) -> Option<u64> {
        match &self.arrivals.curve {
            Curve::Constant {
                rate,
                time_unit_ns,
                duration_ns,
            } => {
                let at = u128::from(index) * u128::from(*time_unit_ns) / u128::from(*rate);
                u64::try_from(at).ok().filter(|at| at <= duration_ns)
            }
            Curve::Ramp {
                time_unit_ns,
                stages,
            } => {
                let due = (u128::from(index) + 1) * 2 * u128::from(*time_unit_ns);
                if stages.last().is_none_or(|last| due >= last.due_after) {
                    return None;
                }
                while stages[self.stage_idx].due_after < due {
                    self.stage_idx += 1;
                }
                Some(stages[self.stage_idx].time_of(due))
            }
        }
    }
}

impl Iterator for Starts<'_> {
    type Item = Start;

    fn next(&mut self) -> Option<Start> {
        if self.arrivals.is_empty() {
            return None;
        }
        let index = self.arrivals.stripe.global(self.next_local);
        let at_ns = self.time_of(index)?.max(self.last_ns);
        self.last_ns = at_ns;
        self.next_local += 1;
        Some(Start {
            index,
            at: Duration::from_nanos(at_ns),
        })
    }
}

fn ns(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "rates and times are far below 2^53"
)]
fn as_f64(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests;
