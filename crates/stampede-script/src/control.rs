//! The life of a run: users, setup, scenarios, teardown, figures.
//!
//! Invariants: every user that a scenario took comes back before the run ends; what was recorded
//! is complete, also after a stop.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use stampede_http::Client;
use stampede_js::{ScriptError, ScriptErrorKind, SummaryFiles, Vu, VuConfig};
use stampede_metrics::{Layer, Recorder, Sinks, TagSet, Tags, UnixNs, builtin};
use stampede_plan::{ScenarioPlan, Work};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

use crate::collect::Collector;
use crate::job::{ArrivalPart, Board, Command, Limit, Running, Slot};
use crate::output::OutputThread;
use crate::pool::{Pool, UserRef};
use crate::prepare::Prepared;
use crate::status::{Info, ScenarioState, Snapshot, Status};
use crate::stop::{Stop, StopReason};
use crate::translate;
use crate::worker::{self, COMMANDS_MAX, Outfit};

/// How often figures are collected, and shown.
const TICK: Duration = Duration::from_secs(1);
/// Every how many ticks thresholds are judged.
const TICKS_PER_JUDGEMENT: u64 = 2;
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
    let mut threads = Vec::with_capacity(n_workers);
    for (idx, receiver) in receivers.into_iter().enumerate() {
        let (outfit, sink) = (outfit.clone(), options.outputs.sink());
        let thread = std::thread::Builder::new()
            .name(format!("worker-{idx}"))
            .spawn(move || worker::run(idx, outfit, receiver, sink))?;
        threads.push(thread);
    }
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

/// Calls `handleSummary` in a user of its own; `None` when the script has none. Blocks.
///
/// # Errors
/// What the script throws, and that it took too long.
pub fn handle_summary(
    prepared: &Prepared,
    data_json: String,
) -> std::io::Result<Result<Option<SummaryFiles>, ScriptError>> {
    if !prepared.bundle.exports().has("handleSummary") {
        return Ok(Ok(None));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let timeout = prepared.options.settings().handle_summary_timeout;
    let recorder = Recorder::new(Arc::clone(&prepared.metrics));
    let config = VuConfig {
        id_in_instance: 0,
        id_in_test: 0,
        settings: Arc::clone(&prepared.settings),
        recorder: Rc::new(RefCell::new(recorder)),
        client: Client::new(Arc::clone(&prepared.environment), 0),
        info: Rc::new(stampede_js::NoRunInfo),
    };
    let tasks = LocalSet::new();
    Ok(tasks.block_on(&runtime, async {
        let mut vu = Vu::new(&prepared.bundle, config).await?;
        let interrupter = vu.interrupter();
        let watchdog = spawn_local(async move {
            tokio::time::sleep(timeout).await;
            interrupter.stop();
        });
        let files = vu.handle_summary(data_json).await;
        watchdog.abort();
        files
    }))
}

/// The thread that controls a run.
struct Control {
    prepared_plan: stampede_plan::Plan,
    outfit: Outfit,
    recorder: Rc<RefCell<Recorder>>,
    collector: RefCell<Collector>,
    pool: Pool,
    next_id: Arc<AtomicU64>,
    watch: Rc<dyn Watch>,
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

    /// A user that only runs setup or teardown.
    async fn extra_user(&self) -> Result<Vu, ScriptError> {
        let config = VuConfig {
            id_in_instance: 0,
            id_in_test: 0,
            settings: Arc::clone(&self.outfit.settings),
            recorder: Rc::clone(&self.recorder),
            client: Client::new(Arc::clone(&self.outfit.environment), 0),
            info: Rc::new(Info(Arc::clone(&self.outfit.status))),
        };
        Vu::new(&self.outfit.bundle, config).await
    }

    async fn setup(&self, timeout: Option<Duration>) -> Result<Option<String>, Ended> {
        let is_exported = self.outfit.bundle.exports().has("setup");
        let Some(timeout) = timeout.filter(|_| is_exported && !self.outfit.stop.is_stopped())
        else {
            return Ok(None);
        };
        let mut vu = self.extra_user().await.map_err(Ended::Setup)?;
        let late = self.watch_over(&vu, timeout);
        let returned = vu.setup().await;
        let is_late = late.end();
        match returned {
            Ok(data) => Ok(data),
            Err(_) if is_late => Err(Ended::SetupTimeout(timeout)),
            Err(error) => Err(self.failed_once(error, Ended::Setup)),
        }
    }

    async fn teardown(&self, data: Option<&str>, timeout: Option<Duration>) -> Option<Ended> {
        let is_exported = self.outfit.bundle.exports().has("teardown");
        let timeout = timeout.filter(|_| is_exported)?;
        let run = async {
            let mut vu = self.extra_user().await?;
            vu.set_data(data.map(Arc::from)).await?;
            let late = self.watch_over(&vu, timeout);
            let result = vu.teardown().await;
            Ok((result, late.end()))
        };
        match run.await {
            Ok((Ok(()), _)) => None,
            Ok((Err(_), true)) => Some(Ended::TeardownTimeout(timeout)),
            Ok((Err(error), false)) | Err(error) => Some(self.failed_once(error, Ended::Teardown)),
        }
    }

    /// An error of setup or teardown; `test.abort()` there ends the run like anywhere else.
    fn failed_once(&self, error: ScriptError, how: fn(ScriptError) -> Ended) -> Ended {
        if error.kind == ScriptErrorKind::Aborted {
            let reason = self.outfit.bundle.abort_reason().unwrap_or_default();
            self.outfit.stop.stop(StopReason::Script(reason.clone()));
            return Ended::Stopped(StopReason::Script(reason));
        }
        how(error)
    }

    /// Ends a call when it takes too long, or, in setup, when the run is told to stop.
    fn watch_over(&self, vu: &Vu, timeout: Duration) -> Late {
        let interrupter = vu.interrupter();
        let is_late = Rc::new(std::cell::Cell::new(false));
        let set = Rc::clone(&is_late);
        let task = spawn_local(async move {
            tokio::time::sleep(timeout).await;
            set.set(true);
            interrupter.stop();
        });
        Late { is_late, task }
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
        let tasks: Vec<_> = parts
            .into_iter()
            .map(|part| spawn_local(Rc::clone(self).run_slot(Arc::clone(running), part)))
            .collect();
        for task in tasks {
            // A slot neither panics nor is it cancelled.
            drop(task.await);
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

    /// Once a second: collects, judges, shows.
    async fn tick(self: Rc<Self>) {
        let mut interval = tokio::time::interval(TICK);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        interval.tick().await;
        for n_tick in 1_u64.. {
            interval.tick().await;
            for peer in &self.outfit.peers {
                // A worker that is that far behind is asked again the next second.
                drop(peer.try_send(Command::Collect));
            }
            let status = &self.outfit.status;
            let now = status.snapshot();
            if status.started.get().is_some() {
                self.record_users(now);
            }
            let own = self.recorder.borrow_mut().take();
            let mut collector = self.collector.borrow_mut();
            collector.sinks.merge(&own);
            collector.add_arrived();
            if n_tick.is_multiple_of(TICKS_PER_JUDGEMENT)
                && collector.judge(&self.outfit.metrics, now.elapsed).abort
            {
                self.outfit.stop.stop(StopReason::Threshold);
            }
            drop(collector);
            self.watch.tick(status, now);
        }
    }

    /// Records how many users there are.
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers of users are far below 2^53"
    )]
    fn record_users(&self, now: Snapshot) {
        let mut tags = TagSet::new();
        for (name, value) in self.outfit.settings.tags.iter() {
            tags.set(name, value);
        }
        let layers = [Layer::Set(&tags)];
        let at = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let at = UnixNs(u64::try_from(at.as_nanos()).unwrap_or(u64::MAX));
        let values = [
            (builtin::VUS, now.active_vus as f64),
            (builtin::VUS_MAX, now.initialized_vus as f64),
        ];
        let mut recorder = self.recorder.borrow_mut();
        recorder.record_all(&values, at, &Tags::new(&layers));
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

/// Whether a call took too long.
struct Late {
    is_late: Rc<std::cell::Cell<bool>>,
    task: tokio::task::JoinHandle<()>,
}

impl Late {
    fn end(self) -> bool {
        self.task.abort();
        self.is_late.get()
    }
}

/// A time that a user of a closed scenario is in it, counted from the scenario's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stay {
    from: Duration,
    to: Duration,
    /// Time for the last iteration, where it is not the scenario's own.
    graceful: Option<Duration>,
}

/// What one user's place in a closed scenario does.
#[derive(Clone, Debug)]
struct SlotPart {
    stays: Vec<Stay>,
    limit: Limit,
}

/// The places of a closed scenario.
fn parts_of(plan: &ScenarioPlan) -> Vec<SlotPart> {
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
