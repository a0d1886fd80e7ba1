//! What workers are asked to do, and what they share while they do it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use stampede_js::{Iteration, Scenario, ScriptError};
use stampede_plan::Stripe;
use tokio::sync::oneshot;

use crate::status::ScenarioState;

/// A scenario while it runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) state: Arc<ScenarioState>,
    /// As its users know it.
    pub(crate) script: Arc<Scenario>,
    pub(crate) stripe: Stripe,
    /// When it began; all its times count from here.
    pub(crate) start: Instant,
    /// When its last iteration is cut short.
    pub(crate) hard_end: Instant,
    pub(crate) iteration_duration_min: Duration,
}

impl Running {
    /// Numbers the next iteration to begin.
    pub(crate) fn next_iteration(&self) -> Iteration {
        let in_instance = self.state.begun.fetch_add(1, Ordering::Relaxed);
        Iteration {
            in_instance,
            in_test: self.stripe.global(in_instance),
        }
    }
}

/// How many iterations a user may run.
#[derive(Clone, Debug)]
pub(crate) enum Limit {
    /// As many as it can.
    None,
    /// So many.
    Each(u64),
    /// So many together with all others of the scenario.
    Shared(Arc<AtomicU64>),
}

impl Limit {
    /// Takes one iteration, if there is one left.
    pub(crate) fn take(&mut self) -> bool {
        match self {
            Limit::None => true,
            Limit::Each(left) => match left.checked_sub(1) {
                Some(rest) => {
                    *left = rest;
                    true
                }
                None => false,
            },
            Limit::Shared(left) => left
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                    left.checked_sub(1)
                })
                .is_ok(),
        }
    }
}

/// One user's part in a scenario of the closed model.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) running: Arc<Running>,
    /// After this no iteration begins.
    pub(crate) soft_end: Instant,
    /// At this the last iteration is cut short.
    pub(crate) hard_end: Instant,
    pub(crate) limit: Limit,
}

/// A worker's part in a scenario of the open model.
#[derive(Debug)]
pub(crate) struct ArrivalPart {
    pub(crate) running: Arc<Running>,
    /// Users of this worker.
    pub(crate) users: Vec<u64>,
    pub(crate) board: Arc<Board>,
}

/// What the workers of one open scenario tell each other.
#[derive(Debug)]
pub(crate) struct Board {
    /// Users that wait for an arrival, by worker.
    pub(crate) free: Vec<AtomicU64>,
    /// Users that may still be made.
    pub(crate) unplanned: AtomicU64,
    /// The next number for a user that is made.
    pub(crate) next_id: Arc<AtomicU64>,
    /// Set once the script's author was told that users ran out.
    pub(crate) has_warned: std::sync::atomic::AtomicBool,
    /// The scenario's place in the plan, by which parts are found.
    pub(crate) scenario_idx: usize,
}

/// What a worker is asked.
#[derive(Debug)]
pub(crate) enum Command {
    /// Makes these users.
    Make {
        ids: Vec<u64>,
        done: oneshot::Sender<Result<(), ScriptError>>,
    },
    /// What setup returned, for users that join a scenario from now on.
    Data(Option<Arc<str>>),
    /// Lets a user do its part; answers when it has left the scenario.
    Slot {
        user: u64,
        slot: Box<Slot>,
        done: oneshot::Sender<()>,
    },
    /// Does a part of the arrivals; answers when its users have left the scenario.
    Arrivals {
        part: Box<ArrivalPart>,
        done: oneshot::Sender<Vec<u64>>,
    },
    /// An arrival that found no free user elsewhere.
    HandOver { scenario_idx: usize },
    /// Cuts all iterations short.
    Interrupt,
    /// Hands over what was recorded.
    Collect,
    /// Drops all users and ends.
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_limit_is_used_up_once() {
        let left = Arc::new(AtomicU64::new(3));
        let mut users = [Limit::Shared(Arc::clone(&left)), Limit::Shared(left)];
        let taken = (0..10).filter(|turn| users[turn % 2].take()).count();
        assert_eq!(taken, 3);
    }

    #[test]
    fn a_limit_of_its_own_is_used_up_too() {
        let mut limit = Limit::Each(2);
        assert_eq!((0..5).filter(|_| limit.take()).count(), 2);
    }
}
