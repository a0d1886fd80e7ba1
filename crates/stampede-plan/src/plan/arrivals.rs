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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Segment;
    use crate::plan::stripe::parts_of;

    const S: Duration = Duration::from_secs(1);
    const VUS: (u64, u64) = (20, 20);

    fn ramp(start_rate: u64, stages: &[(u64, u64)], stripe: &Stripe) -> Arrivals {
        let stages: Vec<RateStage> = stages
            .iter()
            .map(|&(seconds, target)| RateStage {
                duration: S * u32::try_from(seconds).unwrap(),
                target,
            })
            .collect();
        Arrivals::ramping((start_rate, S), &stages, VUS, stripe)
    }

    fn check(arrivals: &Arrivals, observed: &[(u128, u64)]) {
        let planned: Vec<Start> = arrivals.starts().collect();
        assert_eq!(arrivals.count(), planned.len() as u64);
        assert_eq!(planned.len(), observed.len(), "{planned:?}");
        for (start, (at_ms, index)) in planned.iter().zip(observed) {
            assert_eq!(start.index, *index);
            let late_ms = at_ms.abs_diff(start.at.as_millis());
            assert!(
                late_ms <= 5,
                "iteration {index}: {at_ms} ms, {:?}",
                start.at
            );
        }
    }

    fn numbered(at_ms: &[u128]) -> Vec<(u128, u64)> {
        at_ms.iter().copied().zip(0..).collect()
    }

    fn part(segment: &str) -> Stripe {
        Stripe::new(Some(Segment::parse(segment).unwrap()), None).unwrap()
    }

    // The times below are what k6 2.2.0 was seen to do.

    #[test]
    fn a_constant_rate_starts_at_zero_and_ends_with_the_end() {
        let three = Arrivals::constant((3, S), S * 2, VUS, &Stripe::whole());
        check(&three, &numbered(&[2, 335, 669, 1002, 1337, 1669, 2002]));
        let n_starts = |rate| {
            Arrivals::constant((rate, S), S, VUS, &Stripe::whole())
                .starts()
                .count()
        };
        for (rate, n) in [(10, 11), (7, 8), (100, 101), (64, 65)] {
            assert_eq!(n_starts(rate), n);
        }
    }

    #[test]
    fn a_ramp_starts_iterations_when_they_are_due() {
        let whole = Stripe::whole();
        let up = [
            450, 635, 777, 897, 1003, 1098, 1186, 1267, 1344, 1417, 1486, 1551, 1615, 1676, 1734,
            1791, 1846, 1900, 1951,
        ];
        check(&ramp(0, &[(2, 20)], &whole), &numbered(&up));
        let hold_then_down = [
            102, 202, 302, 402, 502, 602, 702, 802, 902, 1002, 1104, 1213, 1329, 1452, 1588, 1737,
            1906, 2107, 2370,
        ];
        check(
            &ramp(10, &[(1, 10), (2, 0)], &whole),
            &numbered(&hold_then_down),
        );
        let jump = [
            201, 401, 601, 802, 1001, 1052, 1101, 1151, 1201, 1251, 1301, 1351, 1401, 1451, 1501,
            1551, 1602, 1651, 1701, 1751, 1801, 1851, 1901, 1951,
        ];
        check(
            &ramp(5, &[(1, 5), (0, 20), (1, 20)], &whole),
            &numbered(&jump),
        );
        let pause = [107, 228, 370, 554, 1003, 2452, 2635, 2777, 2896];
        check(
            &ramp(10, &[(1, 0), (1, 0), (1, 10)], &whole),
            &numbered(&pause),
        );
    }

    #[test]
    fn parts_share_a_rate_by_their_users() {
        let third = Arrivals::constant((10, S), S * 2, VUS, &part("0:1/3"));
        let observed = [
            (101, 1),
            (301, 3),
            (601, 6),
            (902, 9),
            (1201, 12),
            (1502, 15),
            (1801, 18),
        ];
        check(&third, &observed);
        assert_eq!((third.pre_allocated_vus, third.max_vus), (7, 7));
        let few = Arrivals::constant((10, S), S * 2, (2, 2), &part("0:1/3"));
        let observed: Vec<(u128, u64)> = (0..11).map(|n| (u128::from(n) * 200, n * 2)).collect();
        check(&few, &observed);
        let third = ramp(0, &[(2, 20)], &part("0:1/3"));
        let observed = [
            (635, 1),
            (896, 3),
            (1184, 6),
            (1415, 9),
            (1614, 12),
            (1790, 15),
            (1952, 18),
        ];
        check(&third, &observed);
    }

    #[test]
    fn a_thousand_million_iterations_do_not_drift() {
        // 3 per second for 400,000,000 s: the times of single iterations are known exactly.
        let long = Arrivals::constant((3, S), S * 400_000_000, VUS, &Stripe::whole());
        let mut starts = long.starts();
        assert_eq!(starts.time_of(999_999_999), Some(333_333_333_000_000_000));
        assert_eq!(starts.time_of(1_000_000_000), Some(333_333_333_333_333_333));
        // From 0 to 20,000 per second in 100,000 s: iteration n is due at sqrt(n * 10) s.
        let up = ramp(0, &[(100_000, 20_000)], &Stripe::whole());
        let at_ns = up.starts().time_of(999_999_998).unwrap();
        assert!(at_ns.abs_diff(99_999_999_950_000) <= 1, "{at_ns}");
        let down = ramp(20_000, &[(100_000, 0)], &Stripe::whole());
        let at_ns = down.starts().time_of(999_999_998).unwrap();
        let exact_ns = 100_000_000_000_000_u64 - 3_162_277_660;
        assert!(at_ns.abs_diff(exact_ns) <= 1, "{at_ns}");
    }

    #[test]
    fn a_rate_of_zero_for_ever_starts_nothing() {
        assert_eq!(ramp(0, &[(10, 0)], &Stripe::whole()).starts().count(), 0);
        assert_eq!(ramp(5, &[(0, 9)], &Stripe::whole()).starts().count(), 0);
    }

    proptest! {
        #[test]
        fn parts_together_start_the_whole(
            start_rate in 0_u64..50,
            stages in proptest::collection::vec((0_u64..4, 0_u64..60), 1..6),
            max_vus in 1_u64..40,
        ) {
            let stage = |(seconds, target)| {
                let duration = Duration::from_secs(seconds);
                RateStage { duration, target }
            };
            let stages: Vec<RateStage> = stages.into_iter().map(stage).collect();
            let plan = |stripe: &Stripe| {
                let ramp = Arrivals::ramping((start_rate, S), &stages, (1, max_vus), stripe);
                {
                    assert_eq!(ramp.count(), ramp.starts().count() as u64);
                    ramp.starts().collect::<Vec<Start>>()
                }
            };
            let mut starts = Vec::new();
            for part in parts_of("0,1/7,1/4,2/3,1") {
                starts.extend(plan(&part));
            }
            starts.sort_by_key(|start| start.index);
            let whole = plan(&Stripe::whole());
            prop_assert!(whole.windows(2).all(|pair| pair[0].at <= pair[1].at));
            prop_assert_eq!(starts, whole);
        }

        #[test]
        fn a_start_is_when_its_iteration_is_due(
            rates in (0_u64..100_000, 0_u64..100_000),
            seconds in 1_u64..10_000,
            n in 0_u64..1_000_000,
        ) {
            let arrivals = ramp(rates.0, &[(seconds, rates.1)], &Stripe::whole());
            let Some(at_ns) = arrivals.starts().time_of(n) else {
                let total = (rates.0 + rates.1) * seconds / 2;
                prop_assert!(n + 1 >= total);
                return Ok(());
            };
            let t = as_f64(at_ns) / 1e9;
            let (a, b) = (as_f64(rates.0), as_f64(rates.1));
            let due = a * t + (b - a) * t * t / (2.0 * as_f64(seconds));
            // Within a microsecond of the fastest rate, and the rounding of this very formula.
            let slack = 1e-6 * a.max(b) + 1e-9 * as_f64(n) + 1e-6;
            prop_assert!((due - as_f64(n + 1)).abs() <= slack, "{due} {n}");
        }
    }
}
