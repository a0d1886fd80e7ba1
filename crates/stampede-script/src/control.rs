//! The life of a run: users, setup, scenarios, teardown, figures.
//!
//! Invariants: every user that a scenario took comes back before the run ends; what was recorded
//! is complete, also after a stop.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stampede_js::ScriptError;
use stampede_metrics::{Recorder, Sinks};
use stampede_plan::Work;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

use crate::collect::Collector;
use crate::dropped;
use crate::job::{ArrivalPart, Board, Command, Limit, Running, Slot};
use crate::output::OutputThread;
use crate::pool::{Pool, UserRef};
use crate::prepare::Prepared;
use crate::status::{ScenarioState, Snapshot, Status};
use crate::stays::{SlotPart, parts_of};
use crate::stop::{Stop, StopReason};
use crate::translate;
use crate::worker::{self, COMMANDS_MAX, Outfit};

/// Users that are made between two looks at whether the run was told to stop.
const MAKE_AT_ONCE: usize = 64;

/// What a caller decides about a run.
#[derive(Debug)]
pub struct RunOptions {
    /// Worker threads; at most as many as users are made.
    pub workers_max: usize,
    /// Whether setup is left out.
    pub no_setup: bool,
    /// Whether teardown is left out.
    pub no_teardown: bool,
    /// Where raw samples go.
    pub outputs: OutputThread,
}

/// Sees a run go on.
pub trait Watch {
    /// Called about once a second, and once when users begin to be made.
    fn tick(&self, status: &Status, now: Snapshot);
}

/// How a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Ended {
    /// As planned.
    AsPlanned,
    /// Told to.
    Stopped(StopReason),
    /// Users could not be made.
    NoUsers(ScriptError),
    /// Setup threw or called `test.abort()`.
    Setup(ScriptError),
    /// Setup took too long.
    SetupTimeout(Duration),
    /// Teardown threw.
    Teardown(ScriptError),
    /// Teardown took too long.
    TeardownTimeout(Duration),
}

/// What a run left.
#[derive(Debug)]
pub struct RunResult {
    /// How it ended; the first thing that went wrong.
    pub ended: Ended,
    /// Everything that was recorded.
    pub sinks: Sinks,
    /// From before setup to after teardown: the time by which rates are divided.
    pub duration: Duration,
    /// What setup returned, as JSON.
    pub setup_data: Option<String>,
    /// What each scenario did.
    pub status: Arc<Status>,
    /// What went wrong with outputs.
    pub output_problems: Vec<String>,
}

/// Runs a test to its end. Blocks; call it outside of async code.
///
/// # Errors
/// When the system gives no threads.
pub fn run(
    prepared: &Prepared,
    options: RunOptions,
    stop: &Stop,
    watch: Rc<dyn Watch>,
) -> std::io::Result<RunResult> {
    let n_users = prepared.plan.max_vus().max(1);
    let n_workers = options
        .workers_max
        .clamp(1, usize::try_from(n_users).unwrap_or(usize::MAX));
    let status = Arc::new(Status::new(n_workers, &prepared.plan));
    let (collected, arrived) = mpsc::unbounded_channel();
    let channels: Vec<_> = (0..n_workers)
        .map(|_| mpsc::channel(COMMANDS_MAX))
        .collect();
    let (peers, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
    let outfit = Outfit {
        bundle: prepared.bundle.clone(),
        settings: Arc::clone(&prepared.settings),
        environment: Arc::clone(&prepared.environment),
        metrics: Arc::clone(&prepared.metrics),
        log: Arc::clone(&prepared.log),
        status: Arc::clone(&status),
        stop: stop.clone(),
        collected,
        peers: peers.clone(),
    };
    let threads = start_workers(&outfit, receivers, &options.outputs)?;
    let mut recorder = Recorder::new(Arc::clone(&prepared.metrics));
    if let Some(sink) = options.outputs.sink() {
        recorder = recorder.with_output(sink);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let control = Rc::new(Control {
        prepared_plan: prepared.plan.clone(),
        outfit,
        recorder: Rc::new(RefCell::new(recorder)),
        collector: RefCell::new(Collector::new(&prepared.metrics, arrived)),
        pool: Pool::new(),
        next_id: Arc::new(AtomicU64::new(1)),
        watch,
        begun: Notify::new(),
        iteration_duration_min: prepared.options.settings().min_iteration_duration,
    });
    let tasks = LocalSet::new();
    let living = Rc::clone(&control);
    let times = prepared.options.settings();
    let (ended, setup_data, duration) = tasks.block_on(&runtime, async move {
        living
            .live(
                (!options.no_setup).then_some(times.setup_timeout),
                (!options.no_teardown).then_some(times.teardown_timeout),
            )
            .await
    });
    for thread in threads {
        match thread.join() {
            Ok(result) => result?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    drop(tasks);
    let sinks = control.finish();
    drop(control);
    let output_problems = options.outputs.finish();
    Ok(RunResult {
        ended,
        sinks,
        duration,
        setup_data,
        status,
        output_problems,
    })
}

fn start_workers(
    outfit: &Outfit,
    receivers: Vec<mpsc::Receiver<Command>>,
    outputs: &OutputThread,
) -> std::io::Result<Vec<JoinHandle<std::io::Result<()>>>> {
    let start = |(idx, receiver)| {
        let (outfit, sink) = (outfit.clone(), outputs.sink());
        std::thread::Builder::new()
            .name(format!("worker-{idx}"))
            .spawn(move || worker::run(idx, outfit, receiver, sink))
    };
    receivers.into_iter().enumerate().map(start).collect()
}

/// The thread that controls a run.
pub(crate) struct Control {
    prepared_plan: stampede_plan::Plan,
    pub(crate) outfit: Outfit,
    pub(crate) recorder: Rc<RefCell<Recorder>>,
    pub(crate) collector: RefCell<Collector>,
    pool: Pool,
    next_id: Arc<AtomicU64>,
    pub(crate) watch: Rc<dyn Watch>,
    /// Told once, when the run begins.
    pub(crate) begun: Notify,
    iteration_duration_min: Duration,
}

impl Control {
    /// The whole run: how it ended, what setup returned, and how long it took.
    async fn live(
        self: Rc<Self>,
        setup_timeout: Option<Duration>,
        teardown_timeout: Option<Duration>,
    ) -> (Ended, Option<String>, Duration) {
        let ticking = spawn_local(Rc::clone(&self).tick());
        let interrupting = spawn_local(Rc::clone(&self).interrupt_when_stopped());
        let made = self.make_users().await;
        let begun = Instant::now();
        let _first_time = self.outfit.status.started.set(begun).is_ok();
        self.begun.notify_one();
        let mut data = None;
        let mut ended = match made {
            Err(error) => Ended::NoUsers(error),
            Ok(()) => match self.setup(setup_timeout).await {
                Err(failed) => failed,
                Ok(returned) => {
                    data = returned;
                    self.run_scenarios(data.as_deref()).await;
                    let failed = self.teardown(data.as_deref(), teardown_timeout).await;
                    failed.unwrap_or(Ended::AsPlanned)
                }
            },
        };
        if let Some(reason) = self.outfit.stop.reason() {
            ended = Ended::Stopped(reason.clone());
        }
        let duration = begun.elapsed();
        ticking.abort();
        interrupting.abort();
        for peer in &self.outfit.peers {
            drop(peer.send(Command::End).await);
        }
        (ended, data, duration)
    }

    /// Everything that was recorded; call it when the workers have ended.
    fn finish(&self) -> Sinks {
        let own = self.recorder.borrow_mut().take();
        // Ends what feeds the outputs, as the workers have done with theirs.
        *self.recorder.borrow_mut() = Recorder::new(Arc::clone(&self.outfit.metrics));
        let mut collector = self.collector.borrow_mut();
        collector.add_arrived();
        collector.sinks.merge(&own);
        collector.sinks.clone()
    }

    async fn make_users(&self) -> Result<(), ScriptError> {
        self.watch
            .tick(&self.outfit.status, self.outfit.status.snapshot());
        let n_users = self.prepared_plan.planned_vus();
        let n_workers = self.outfit.peers.len();
        let ids: Vec<u64> = (1..=n_users).collect();
        self.next_id.store(n_users + 1, Ordering::Relaxed);
        for chunk in ids.chunks(MAKE_AT_ONCE * n_workers) {
            let mut waiting = Vec::with_capacity(n_workers);
            for (worker_idx, peer) in self.outfit.peers.iter().enumerate() {
                let own = chunk
                    .iter()
                    .filter(|id| worker_of(**id, n_workers) == worker_idx);
                let (done, made) = oneshot::channel();
                let ids = own.copied().collect();
                drop(peer.send(Command::Make { ids, done }).await);
                waiting.push(made);
            }
            for made in waiting {
                made.await.unwrap_or(Ok(()))?;
            }
        }
        if self.outfit.stop.is_stopped() {
            return Ok(());
        }
        for id in ids {
            let worker_idx = worker_of(id, n_workers);
            self.pool.give(UserRef { worker_idx, id });
        }
        Ok(())
    }

    async fn run_scenarios(self: &Rc<Self>, data: Option<&str>) {
        let data: Option<Arc<str>> = data.map(Arc::from);
        for peer in &self.outfit.peers {
            drop(peer.send(Command::Data(data.clone())).await);
        }
        let start = Instant::now();
        let states = self.outfit.status.scenarios.clone();
        let running: Vec<_> = states
            .into_iter()
            .enumerate()
            .map(|(idx, state)| spawn_local(Rc::clone(self).run_scenario(idx, state, start)))
            .collect();
        for scenario in running {
            if let Err(error) = scenario.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }

    async fn run_scenario(self: Rc<Self>, idx: usize, state: Arc<ScenarioState>, begun: Instant) {
        let start = begun + state.plan.scenario.start_time;
        let stop = &self.outfit.stop;
        tokio::select! {
            () = tokio::time::sleep_until(start.into()) => {}
            () = stop.stopped() => {}
        }
        if stop.is_stopped() || !state.plan.has_work() {
            return;
        }
        // Times count from now: the timer may have been a little late.
        let start = Instant::now();
        let _first_time = state.started.set(start).is_ok();
        let running = Arc::new(self.running(&state, start));
        match &state.plan.work {
            Work::Arrivals(arrivals) => {
                let n_planned = arrivals.pre_allocated_vus;
                let n_more = arrivals.max_vus.saturating_sub(n_planned);
                self.run_arrivals(idx, &running, n_planned, n_more).await;
            }
            _ => self.run_slots(&running).await,
        }
        if stop.is_stopped() || state.has_shared_work_left() {
            state.is_cut_short.store(true, Ordering::Relaxed);
        }
        let _first_time = state.ended.set(Instant::now()).is_ok();
    }

    fn running(&self, state: &Arc<ScenarioState>, start: Instant) -> Running {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH);
        let unix_ms = unix.unwrap_or_default().as_millis();
        let scenario = &state.plan.scenario;
        let regular = state.plan.regular_duration();
        Running {
            state: Arc::clone(state),
            script: Arc::new(translate::scenario(
                scenario,
                u64::try_from(unix_ms).unwrap_or(u64::MAX),
            )),
            stripe: match &state.plan.work {
                // Its iterations are divided among processes apart from the users.
                Work::SharedIterations { stripe, .. } => stripe.clone(),
                _ => self.prepared_plan.stripe().clone(),
            },
            start,
            hard_end: start + regular + scenario.graceful_stop,
            iteration_duration_min: self.iteration_duration_min,
        }
    }

    /// Lets users do their parts of a closed scenario.
    async fn run_slots(self: &Rc<Self>, running: &Arc<Running>) {
        let parts = parts_of(&running.state.plan);
        let shared = parts.iter().find_map(|part| match &part.limit {
            Limit::Shared(left) => Some(Arc::clone(left)),
            _ => None,
        });
        let tasks: Vec<_> = parts
            .into_iter()
            .map(|part| spawn_local(Rc::clone(self).run_slot(Arc::clone(running), part)))
            .collect();
        for task in tasks {
            // A slot neither panics nor is it cancelled.
            drop(task.await);
        }
        if let Some(left) = shared.filter(|_| !self.outfit.stop.is_stopped()) {
            let left = left.load(Ordering::Relaxed);
            dropped::record(&self.recorder, &self.outfit.settings, running, left);
        }
    }

    async fn run_slot(self: Rc<Self>, running: Arc<Running>, mut part: SlotPart) {
        let graceful = running.state.plan.scenario.graceful_stop;
        for stay in std::mem::take(&mut part.stays) {
            let stop = &self.outfit.stop;
            let from = running.start + stay.from;
            if Instant::now() < from {
                tokio::select! {
                    () = tokio::time::sleep_until(from.into()) => {}
                    () = stop.stopped() => {}
                }
            }
            let user = tokio::select! {
                user = self.pool.take() => user,
                () = stop.stopped() => return,
            };
            let soft_end = running.start + stay.to;
            let slot = Box::new(Slot {
                running: Arc::clone(&running),
                soft_end,
                hard_end: soft_end + stay.graceful.unwrap_or(graceful),
                limit: part.limit.clone(),
            });
            let (done, left) = oneshot::channel();
            let command = Command::Slot {
                user: user.id,
                slot,
                done,
            };
            drop(self.outfit.peers[user.worker_idx].send(command).await);
            // An answer that never comes is that of a worker that has ended.
            drop(left.await);
            self.pool.give(user);
        }
    }

    async fn run_arrivals(
        self: &Rc<Self>,
        scenario_idx: usize,
        running: &Arc<Running>,
        n_planned: u64,
        n_more: u64,
    ) {
        let n_workers = self.outfit.peers.len();
        let board = Arc::new(Board {
            free: (0..n_workers).map(|_| AtomicU64::new(0)).collect(),
            unplanned: AtomicU64::new(n_more),
            next_id: Arc::clone(&self.next_id),
            has_warned: AtomicBool::new(false),
            scenario_idx,
        });
        let mut users = vec![Vec::new(); n_workers];
        for _ in 0..n_planned {
            let user = tokio::select! {
                user = self.pool.take() => user,
                () = self.outfit.stop.stopped() => break,
            };
            users[user.worker_idx].push(user.id);
        }
        let mut waiting = Vec::with_capacity(n_workers);
        for (worker_idx, users) in users.into_iter().enumerate() {
            let (done, left) = oneshot::channel();
            let part = Box::new(ArrivalPart {
                running: Arc::clone(running),
                users,
                board: Arc::clone(&board),
            });
            let command = Command::Arrivals { part, done };
            drop(self.outfit.peers[worker_idx].send(command).await);
            waiting.push((worker_idx, left));
        }
        for (worker_idx, left) in waiting {
            for id in left.await.unwrap_or_default() {
                self.pool.give(UserRef { worker_idx, id });
            }
        }
    }

    async fn interrupt_when_stopped(self: Rc<Self>) {
        self.outfit.stop.stopped().await;
        for peer in &self.outfit.peers {
            drop(peer.send(Command::Interrupt).await);
        }
    }
}

fn worker_of(id: u64, n_workers: usize) -> usize {
    usize::try_from((id - 1) % n_workers as u64).unwrap_or_default()
}
