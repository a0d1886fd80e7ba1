//! How many users a scenario has at each moment.
//!
//! Invariants: steps ascend in time; a ramp changes by one user at a time, at equal distances,
//! and has its target at the end of the stage.

use std::collections::VecDeque;
use std::time::Duration;

use super::stripe::Stripe;
use crate::limits::VU_STEPS_MAX;
use crate::scenario::VuStage;

/// The shortest time that there is.
const INSTANT: Duration = Duration::from_nanos(1);

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
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VuRamp {
    steps: Vec<VuStep>,
    reserved: Vec<VuStep>,
    duration: Duration,
    graceful_ramp_down: Duration,
}

impl VuRamp {
    /// The ramp of this process; `None` if it has more steps than [`VU_STEPS_MAX`].
    pub(super) fn new(
        start_vus: u64,
        stages: &[VuStage],
        graceful_ramp_down: Duration,
        graceful_stop: Duration,
        stripe: &Stripe,
    ) -> Option<Self> {
        let raw = raw_steps(start_vus, stages, stripe)?;
        let duration = stages.iter().fold(Duration::ZERO, |sum, stage| {
            sum.saturating_add(stage.duration)
        });
        let end = duration.saturating_add(graceful_stop);
        Some(Self {
            reserved: reserve(&raw, graceful_ramp_down, end),
            steps: merge(&raw),
            duration,
            graceful_ramp_down,
        })
    }

    /// When the number of looping users changes, and to what; the first step is at 0.
    ///
    /// The users with the highest numbers stop first.
    #[must_use]
    pub fn steps(&self) -> &[VuStep] {
        &self.steps
    }

    /// The same with users kept while their last iteration may take the graceful ramp down.
    ///
    /// The last step is to no user at all.
    #[must_use]
    pub fn reserved(&self) -> &[VuStep] {
        &self.reserved
    }

    /// The sum of the stages.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Time that a running iteration gets when the number of users falls.
    #[must_use]
    pub fn graceful_ramp_down(&self) -> Duration {
        self.graceful_ramp_down
    }

    /// The number of users that should loop at `at`; none after the end.
    #[must_use]
    pub fn vus_at(&self, at: Duration) -> u64 {
        if at >= self.duration {
            return 0;
        }
        let n_before = self.steps.partition_point(|step| step.at <= at);
        n_before
            .checked_sub(1)
            .and_then(|idx| self.steps.get(idx))
            .map_or(0, |step| step.vus)
    }

    /// Most users that loop at once.
    #[must_use]
    pub fn max_vus(&self) -> u64 {
        self.steps.iter().map(|step| step.vus).max().unwrap_or(0)
    }
}

/// Every change of the number of users of this process; several may be at one time.
fn raw_steps(start_vus: u64, stages: &[VuStage], stripe: &Stripe) -> Option<Vec<VuStep>> {
    let mut steps = vec![VuStep {
        at: Duration::ZERO,
        vus: stripe.share(start_vus),
    }];
    let mut all_vus = start_vus;
    let mut stage_start = Duration::ZERO;
    let mut n_all_changes = 0_usize;
    for stage in stages {
        let stage_end = stage_start.saturating_add(stage.duration);
        let n_changes = all_vus.abs_diff(stage.target);
        let n_jumped = if stage.duration.is_zero() {
            n_changes
        } else {
            1
        };
        let mut n_done = 0;
        while n_done < n_changes {
            n_done += n_jumped;
            n_all_changes += 1;
            if n_all_changes > VU_STEPS_MAX {
                return None;
            }
            let vus = if all_vus < stage.target {
                all_vus + n_done
            } else {
                all_vus - n_done
            };
            let vus = stripe.share(vus);
            if steps.last().is_some_and(|last| last.vus == vus) {
                continue;
            }
            let at = stage_start.saturating_add(part_of(stage.duration, n_done, n_changes));
            steps.push(VuStep { at, vus });
        }
        all_vus = stage.target;
        stage_start = stage_end;
    }
    Some(steps)
}

/// `duration * part / whole`; no part is above the whole.
fn part_of(duration: Duration, part: u64, whole: u64) -> Duration {
    let ns = duration.as_nanos() * u128::from(part) / u128::from(whole.max(1));
    Duration::from_nanos(u64::try_from(ns).unwrap_or(u64::MAX))
}

/// Of several steps at one time, the last counts.
fn merge(raw: &[VuStep]) -> Vec<VuStep> {
    let mut steps: Vec<VuStep> = Vec::with_capacity(raw.len());
    for step in raw {
        match steps.last_mut() {
            Some(last) if last.at == step.at => *last = *step,
            _ => steps.push(*step),
        }
    }
    steps.dedup_by_key(|step| step.vus);
    steps
}

/// The users that each moment needs if those that stop may take `grace` more, until `end`.
///
/// Each step's number counts from its time until `grace` after the next step; the largest number
/// that counts is needed. Those that can still become the largest wait in a queue, falling.
fn reserve(raw: &[VuStep], grace: Duration, end: Duration) -> Vec<VuStep> {
    let mut needs = Needs::default();
    for (step_idx, step) in raw.iter().enumerate() {
        let mut step = *step;
        if step.at == end && step_idx + 1 == raw.len() {
            // Users who come at the very end are there for an instant, and have to be made.
            step.at = step.at.saturating_sub(INSTANT);
        }
        needs.expire(step.at);
        let until = raw
            .get(step_idx + 1)
            .map_or(end, |next| next.at.saturating_add(grace).min(end));
        if until > step.at {
            needs.add(step, until);
        }
    }
    needs.expire(Duration::MAX);
    merge(&needs.steps)
}

#[derive(Default)]
struct Needs {
    /// Number and the time until which it counts: numbers fall, times rise.
    counting: VecDeque<(u64, Duration)>,
    steps: Vec<VuStep>,
}

impl Needs {
    fn add(&mut self, step: VuStep, until: Duration) {
        while self
            .counting
            .back()
            .is_some_and(|(vus, _)| *vus <= step.vus)
        {
            self.counting.pop_back();
        }
        self.counting.push_back((step.vus, until));
        self.note(step.at);
    }

    fn expire(&mut self, now: Duration) {
        while let Some((_, until)) = self.counting.front().copied() {
            if until > now {
                break;
            }
            self.counting.pop_front();
            self.note(until);
        }
    }

    fn note(&mut self, at: Duration) {
        let vus = self.counting.front().map_or(0, |(vus, _)| *vus);
        if self.steps.last().is_none_or(|last| last.vus != vus) {
            self.steps.push(VuStep { at, vus });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Segment;
    use crate::plan::stripe::parts_of;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn ramp(start_vus: u64, stages: &[(u64, u64)], grace: (u64, u64), stripe: &Stripe) -> VuRamp {
        let stages: Vec<VuStage> = stages
            .iter()
            .map(|&(duration_ms, target)| VuStage {
                duration: ms(duration_ms),
                target,
            })
            .collect();
        VuRamp::new(start_vus, &stages, ms(grace.0), ms(grace.1), stripe).unwrap()
    }

    fn in_ms(steps: &[VuStep]) -> Vec<(u128, u64)> {
        steps
            .iter()
            .map(|step| (step.at.as_millis(), step.vus))
            .collect()
    }

    #[test]
    fn users_come_and_go_at_the_times_the_reference_was_seen_to_use() {
        let whole = Stripe::whole();
        for (start, stages, steps) in [
            (
                0,
                &[(1500, 3)][..],
                vec![(0, 0), (500, 1), (1000, 2), (1500, 3)],
            ),
            (
                0,
                &[(1000, 4), (1000, 0)],
                vec![
                    (0, 0),
                    (250, 1),
                    (500, 2),
                    (750, 3),
                    (1000, 4),
                    (1250, 3),
                    (1500, 2),
                    (1750, 1),
                    (2000, 0),
                ],
            ),
            (
                0,
                &[(0, 3), (1000, 3), (0, 1), (1000, 1)],
                vec![(0, 3), (1000, 1)],
            ),
            (
                5,
                &[(1000, 1), (1000, 4)],
                vec![
                    (0, 5),
                    (250, 4),
                    (500, 3),
                    (750, 2),
                    (1000, 1),
                    (1333, 2),
                    (1666, 3),
                    (2000, 4),
                ],
            ),
        ] {
            let ramp = ramp(start, stages, (0, 0), &whole);
            assert_eq!(in_ms(ramp.steps()), steps, "{stages:?}");
        }
        let middle = Stripe::new(Some(Segment::parse("1/3:2/3").unwrap()), None).unwrap();
        let steps = ramp(0, &[(1500, 6)], (0, 0), &middle);
        assert_eq!(in_ms(steps.steps()), [(0, 0), (500, 1), (1250, 2)]);
    }

    #[test]
    fn users_are_reserved_while_they_may_still_run() {
        // The end of the last step is the total duration that k6 2.2.0 prints.
        let whole = Stripe::whole();
        let down = |grace| {
            ramp(10, &[(10_000, 0)], grace, &whole)
                .reserved()
                .last()
                .copied()
        };
        for (grace, end_ms) in [
            ((0, 0), 10_000),
            ((0, 30_000), 10_000),
            ((5_000, 0), 10_000),
            ((5_000, 3_000), 13_000),
            ((5_000, 30_000), 15_000),
            ((30_000, 30_000), 40_000),
            ((100_000, 3_000), 13_000),
        ] {
            let last = VuStep {
                at: ms(end_ms),
                vus: 0,
            };
            assert_eq!(down(grace), Some(last), "{grace:?}");
        }
        let reserved =
            |start, stages| in_ms(ramp(start, stages, (3_000, 4_000), &whole).reserved());
        assert_eq!(
            reserved(0, &[(0, 10), (5_000, 10), (0, 0), (5_000, 0)]),
            [(0, 10), (8_000, 0)]
        );
        assert_eq!(reserved(5, &[(0, 0), (5_000, 0)]), [(0, 5), (3_000, 0)]);
        assert_eq!(
            reserved(2, &[(2_000, 0), (2_000, 2)]),
            [(0, 2), (8_000, 0)],
            "a new user comes before the last one's grace is over"
        );
    }

    fn in_seconds(stages: Vec<(u64, u64)>) -> Vec<(u64, u64)> {
        let stage = |(seconds, vus)| (seconds * 1000, vus);
        stages.into_iter().map(stage).collect()
    }

    proptest! {
        #[test]
        fn parts_together_have_the_users_of_the_whole(
            start_vus in 0_u64..30,
            stages in proptest::collection::vec((0_u64..3, 0_u64..30), 1..5),
            at_ms in 0_u64..12_000,
        ) {
            let stages = in_seconds(stages);
            let vus_at = |stripe: &Stripe| {
                ramp(start_vus, &stages, (0, 0), stripe).vus_at(ms(at_ms))
            };
            let parts: u64 = parts_of("0,1/5,1/2,1").iter().map(vus_at).sum();
            prop_assert_eq!(parts, vus_at(&Stripe::whole()));
        }

        #[test]
        fn reserved_users_are_the_most_of_the_time_of_grace(
            start_vus in 0_u64..10,
            stages in proptest::collection::vec((0_u64..4, 0_u64..10), 1..5),
            grace_s in 0_u64..6,
            at_permille in 0_u64..1_000,
        ) {
            let stages = in_seconds(stages);
            let ramp = ramp(start_vus, &stages, (grace_s * 1000, 60_000), &Stripe::whole());
            let at_ms = stages.iter().map(|stage| stage.0).sum::<u64>() * at_permille / 1_000;
            let at = ms(at_ms);
            let n_before = ramp.reserved().partition_point(|step| step.at <= at);
            let reserved = n_before.checked_sub(1).map_or(0, |idx| ramp.reserved()[idx].vus);
            // Steps that jump at one time leave no trace in `vus_at`; they may only add users.
            let from_ms = at_ms.saturating_sub((grace_s * 1000).saturating_sub(1));
            let most = (from_ms..=at_ms).map(|t| ramp.vus_at(ms(t))).max().unwrap();
            prop_assert!(reserved >= most, "{} {}", reserved, most);
            let peak = stages.iter().map(|stage| stage.1).max().unwrap().max(start_vus);
            prop_assert!(reserved <= peak);
        }
    }
}
