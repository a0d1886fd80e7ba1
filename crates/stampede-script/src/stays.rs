//! Which places a closed scenario has, and when each of them is taken.
//!
//! Invariants: place n of a ramp is taken exactly while more than n users loop.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use stampede_plan::{ScenarioPlan, Work};

use crate::job::Limit;

/// A time that a user of a closed scenario is in it, counted from the scenario's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stay {
    pub(crate) from: Duration,
    pub(crate) to: Duration,
    /// Time for the last iteration, where it is not the scenario's own.
    pub(crate) graceful: Option<Duration>,
}

/// What one user's place in a closed scenario does.
#[derive(Clone, Debug)]
pub(crate) struct SlotPart {
    pub(crate) stays: Vec<Stay>,
    pub(crate) limit: Limit,
}

/// The places of a closed scenario.
pub(crate) fn parts_of(plan: &ScenarioPlan) -> Vec<SlotPart> {
    let until = |to| {
        vec![Stay {
            from: Duration::ZERO,
            to,
            graceful: None,
        }]
    };
    let same = |vus: u64, to, limit: &Limit| {
        (0..vus)
            .map(|_| SlotPart {
                stays: until(to),
                limit: limit.clone(),
            })
            .collect()
    };
    match &plan.work {
        Work::SharedIterations {
            vus,
            iterations,
            max_duration,
            ..
        } => same(
            *vus,
            *max_duration,
            &Limit::Shared(Arc::new(AtomicU64::new(*iterations))),
        ),
        Work::PerVuIterations {
            vus,
            iterations,
            max_duration,
        } => same(*vus, *max_duration, &Limit::Each(*iterations)),
        Work::ConstantVus { vus, duration } => same(*vus, *duration, &Limit::None),
        Work::RampingVus(ramp) => {
            stays_of(ramp.steps(), ramp.duration(), ramp.graceful_ramp_down())
                .into_iter()
                .map(|stays| SlotPart {
                    stays,
                    limit: Limit::None,
                })
                .collect()
        }
        Work::Arrivals(_) => Vec::new(),
    }
}

/// When each place of a ramp is taken: place n while more than n users loop.
fn stays_of(
    steps: &[stampede_plan::VuStep],
    end: Duration,
    graceful_ramp_down: Duration,
) -> Vec<Vec<Stay>> {
    let mut places: Vec<Vec<Stay>> = Vec::new();
    // The places that are taken now are the first `open.len()`, each with when it was taken.
    let mut open: Vec<Duration> = Vec::new();
    for step in steps {
        let vus = usize::try_from(step.vus).unwrap_or(usize::MAX);
        while open.len() < vus {
            open.push(step.at);
        }
        while vus < open.len() {
            let place = open.len() - 1;
            let from = open.remove(place);
            if places.len() <= place {
                places.resize(place + 1, Vec::new());
            }
            places[place].push(Stay {
                from,
                to: step.at,
                graceful: Some(graceful_ramp_down),
            });
        }
    }
    for (place, from) in open.into_iter().enumerate() {
        if places.len() <= place {
            places.resize(place + 1, Vec::new());
        }
        places[place].push(Stay {
            from,
            to: end,
            graceful: None,
        });
    }
    places
}

#[cfg(test)]
mod tests {
    use stampede_plan::VuStep;

    use super::*;

    #[test]
    fn a_place_of_a_ramp_is_taken_while_more_users_loop() {
        let s = Duration::from_secs;
        let step = |at, vus| VuStep { at: s(at), vus };
        let steps = [step(0, 1), step(1, 2), step(3, 1), step(4, 2)];
        let stay = |from, to, graceful: Option<u64>| Stay {
            from: s(from),
            to: s(to),
            graceful: graceful.map(s),
        };
        assert_eq!(
            stays_of(&steps, s(5), s(7)),
            [
                vec![stay(0, 5, None)],
                vec![stay(1, 3, Some(7)), stay(4, 5, None)]
            ]
        );
    }
}
