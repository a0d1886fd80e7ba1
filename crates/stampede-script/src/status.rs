//! What a run is doing now: counted by the workers, read by scripts, the progress and the summary.
//!
//! Invariants: counting is one relaxed atomic in a place of the thread's own; reading adds up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use stampede_js::{Figures, RunInfo};
use stampede_plan::{Plan, ScenarioPlan, Stripe, Work};

/// The counts of one worker.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(crate) struct WorkerCounts {
    pub(crate) completed: AtomicU64,
    pub(crate) interrupted: AtomicU64,
    pub(crate) active: AtomicU64,
    pub(crate) initialized: AtomicU64,
}

/// The state of one scenario.
#[derive(Debug)]
pub struct ScenarioState {
    /// Its plan.
    pub plan: ScenarioPlan,
    /// Iterations that began.
    pub(crate) begun: AtomicU64,
    /// Iterations that ended and were not cut short, of executors that have a number of them.
    pub(crate) finished: AtomicU64,
    /// Iterations that found no free user.
    pub(crate) dropped: AtomicU64,
    /// Users in it now; in the open model, those in an iteration.
    pub(crate) active: AtomicU64,
    /// Users that it has or had at its end, those that wait for an arrival included.
    pub(crate) allocated: AtomicU64,
    pub(crate) started: OnceLock<Instant>,
    pub(crate) ended: OnceLock<Instant>,
    /// Whether it ended before its work was done.
    pub(crate) is_cut_short: AtomicBool,
}

/// What a run is doing now.
#[derive(Debug)]
pub struct Status {
    pub(crate) workers: Vec<WorkerCounts>,
    /// The scenarios, in the plan's order.
    pub scenarios: Vec<Arc<ScenarioState>>,
    pub(crate) started: OnceLock<Instant>,
    stripe: Stripe,
}

/// The figures of a run at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Iterations that ended.
    pub completed: u64,
    /// Iterations that were cut short.
    pub interrupted: u64,
    /// Users in an iteration, or in the closed model between two of them.
    pub active_vus: u64,
    /// Users that exist.
    pub initialized_vus: u64,
    /// Since the start of the scenarios.
    pub elapsed: Duration,
}

impl ScenarioState {
    pub(crate) fn new(plan: ScenarioPlan) -> ScenarioState {
        ScenarioState {
            plan,
            begun: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            active: AtomicU64::new(0),
            allocated: AtomicU64::new(0),
            started: OnceLock::new(),
            ended: OnceLock::new(),
            is_cut_short: AtomicBool::new(false),
        }
    }

    /// Users in it now; in the open model, those in an iteration.
    #[must_use]
    pub fn active_vus(&self) -> u64 {
        self.active.load(Ordering::Relaxed)
    }

    /// Users that it has, or had at its end, those that wait for an arrival included.
    #[must_use]
    pub fn allocated_vus(&self) -> u64 {
        self.allocated.load(Ordering::Relaxed)
    }

    /// Iterations that ended and were not cut short, of executors that have a number of them.
    #[must_use]
    pub fn finished(&self) -> u64 {
        self.finished.load(Ordering::Relaxed)
    }

    /// Iterations that found no free user.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Since it began; zero before.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let end = self.ended.get().copied();
        self.started.get().map_or(Duration::ZERO, |started| {
            end.unwrap_or_else(Instant::now)
                .saturating_duration_since(*started)
        })
    }

    /// Whether it began.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.started.get().is_some()
    }

    /// Whether it is over, be its work done or not.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    /// Whether it is over, and its work is not done: the run was told to stop, or its time was up.
    #[must_use]
    pub fn was_cut_short(&self) -> bool {
        self.has_ended() && self.is_cut_short.load(Ordering::Relaxed)
    }

    /// Counts an iteration that ended, where its number matters: a place that all threads write to.
    pub(crate) fn finish_one(&self) {
        if let Work::SharedIterations { .. } | Work::PerVuIterations { .. } = &self.plan.work {
            self.finished.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether iterations that its users share are left.
    pub(crate) fn has_shared_work_left(&self) -> bool {
        match &self.plan.work {
            Work::SharedIterations { iterations, .. } => self.finished() < *iterations,
            _ => false,
        }
    }

    /// How much of it is done, 0.0-1.0: of its iterations where it has a number of them, else of
    /// its time.
    #[must_use]
    pub fn progress(&self) -> f64 {
        if self.has_ended() && !self.was_cut_short() {
            return 1.0;
        }
        let iterations = match &self.plan.work {
            Work::SharedIterations { iterations, .. } => Some(*iterations),
            Work::PerVuIterations {
                vus, iterations, ..
            } => Some(vus.saturating_mul(*iterations)),
            Work::ConstantVus { .. } | Work::RampingVus(_) | Work::Arrivals(_) => None,
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share for display; counts are far below 2^53"
        )]
        let share = match iterations {
            Some(all) => self.finished() as f64 / (all.max(1)) as f64,
            None => {
                let whole = self.plan.regular_duration().as_secs_f64();
                self.elapsed().as_secs_f64() / whole.max(f64::MIN_POSITIVE)
            }
        };
        share.clamp(0.0, 1.0)
    }
}

impl Status {
    pub(crate) fn new(n_workers: usize, plan: &Plan) -> Status {
        let state = |plan: &ScenarioPlan| Arc::new(ScenarioState::new(plan.clone()));
        Status {
            workers: (0..n_workers).map(|_| WorkerCounts::default()).collect(),
            scenarios: plan.scenarios().iter().map(state).collect(),
            started: OnceLock::new(),
            stripe: plan.stripe().clone(),
        }
    }

    /// The number in the whole test of a user of this process; both count from 1, and 0 is whoever
    /// runs setup.
    pub(crate) fn id_in_test(&self, id: u64) -> u64 {
        id.checked_sub(1)
            .map_or(0, |idx| self.stripe.global(idx) + 1)
    }

    /// Whether the run began; setup is its first part.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.started.get().is_some()
    }

    /// The figures now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut all = Snapshot::default();
        for worker in &self.workers {
            all.completed += worker.completed.load(Ordering::Relaxed);
            all.interrupted += worker.interrupted.load(Ordering::Relaxed);
            all.active_vus += worker.active.load(Ordering::Relaxed);
            all.initialized_vus += worker.initialized.load(Ordering::Relaxed);
        }
        all.elapsed = self.started.get().map_or(Duration::ZERO, Instant::elapsed);
        all
    }
}

/// Answers scripts, on one worker.
#[derive(Debug)]
pub(crate) struct Info(pub(crate) Arc<Status>);

impl RunInfo for Info {
    fn figures(&self) -> Figures {
        let now = self.0.snapshot();
        Figures {
            iterations_completed: now.completed,
            iterations_interrupted: now.interrupted,
            vus_active: now.active_vus,
            vus_initialized: now.initialized_vus,
            elapsed: now.elapsed,
        }
    }

    fn progress(&self, scenario: &str) -> f64 {
        let mut all = self.0.scenarios.iter();
        let found = all.find(|state| state.plan.scenario.name == scenario);
        found.map_or(0.0, |state| state.progress())
    }
}
