//! One worker thread: its users, its recorder, and what it is asked to do.
//!
//! Invariants: a user is made, run and dropped on one worker; while a scenario has it, it is in
//! the scenario's hands and not in the worker's list.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use stampede_http::{Client, Environment};
use stampede_js::{
    Bundle, Entry, Interrupter, Level, LogSink, ScriptError, ScriptErrorKind, Settings, Vu,
    VuConfig,
};
use stampede_metrics::{MetricPlan, Recorder, SampleSink, Sinks};
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use crate::arrivals::{self, Part};
use crate::job::{Command, Running};
use crate::slots;
use crate::status::{Info, Status, WorkerCounts};
use crate::stop::{Stop, StopReason};

/// Commands that may wait for a worker; arrivals beyond it are dropped ones.
pub(crate) const COMMANDS_MAX: usize = 4_096;
/// Iterations of one user after which others of its thread get a turn, if none has waited for
/// anything.
const TURNS: u32 = 16;

/// What all workers are given.
#[derive(Clone, Debug)]
pub(crate) struct Outfit {
    pub(crate) bundle: Bundle,
    pub(crate) settings: Arc<Settings>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) metrics: Arc<MetricPlan>,
    pub(crate) log: Arc<dyn LogSink>,
    pub(crate) status: Arc<Status>,
    pub(crate) stop: Stop,
    /// Where figures go.
    pub(crate) collected: mpsc::UnboundedSender<Sinks>,
    /// How workers reach each other.
    pub(crate) peers: Vec<mpsc::Sender<Command>>,
}

/// One worker, shared by the tasks of its thread.
pub(crate) struct Worker {
    pub(crate) idx: usize,
    pub(crate) outfit: Outfit,
    pub(crate) recorder: Rc<RefCell<Recorder>>,
    /// Users that no scenario has.
    users: RefCell<HashMap<u64, Vu>>,
    /// Ends the calls of all users of this worker.
    interrupters: RefCell<HashMap<u64, Interrupter>>,
    data: RefCell<Option<Arc<str>>>,
    pub(crate) parts: RefCell<HashMap<usize, Rc<Part>>>,
    turns: Cell<u32>,
}

/// Runs a worker until it is told to end. Blocks.
pub(crate) fn run(
    idx: usize,
    outfit: Outfit,
    commands: mpsc::Receiver<Command>,
    sink: Option<Box<dyn SampleSink + Send>>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut recorder = Recorder::new(Arc::clone(&outfit.metrics));
    if let Some(sink) = sink {
        recorder = recorder.with_output(sink);
    }
    let worker = Rc::new(Worker {
        idx,
        outfit,
        recorder: Rc::new(RefCell::new(recorder)),
        users: RefCell::default(),
        interrupters: RefCell::default(),
        data: RefCell::default(),
        parts: RefCell::default(),
        turns: Cell::new(0),
    });
    let tasks = LocalSet::new();
    let serving = Rc::clone(&worker);
    tasks.block_on(&runtime, serve(serving, commands));
    // Users hold connections, which belong to the runtime: they go before it does.
    worker.interrupters.borrow_mut().clear();
    // The outputs end when the last recorder that feeds them has: whatever of a user lives on, its
    // recorder is another one from here on.
    *worker.recorder.borrow_mut() = Recorder::new(Arc::clone(&worker.outfit.metrics));
    let users = std::mem::take(&mut *worker.users.borrow_mut());
    let _context = runtime.enter();
    drop(users);
    drop(tasks);
    Ok(())
}

async fn serve(worker: Rc<Worker>, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        let worker = Rc::clone(&worker);
        match command {
            Command::Make { ids, done } => {
                spawn_local(async move {
                    let made = worker.make_all(ids).await;
                    // Whoever asked may have given up.
                    drop(done.send(made));
                });
            }
            Command::Data(data) => *worker.data.borrow_mut() = data,
            Command::Slot { user, slot, done } => {
                spawn_local(async move {
                    slots::run(&worker, user, *slot).await;
                    // Whoever asked may have given up.
                    done.send(()).unwrap_or_default();
                });
            }
            Command::Arrivals { part, done } => {
                spawn_local(async move {
                    let users = arrivals::run(&worker, *part).await;
                    drop(done.send(users));
                });
            }
            Command::HandOver { scenario_idx } => arrivals::take_over(&worker, scenario_idx),
            Command::Interrupt => worker.interrupt_all(),
            Command::Collect => worker.hand_over_figures(),
            Command::End => break,
        }
    }
    worker.hand_over_figures();
}

impl Worker {
    pub(crate) fn counts(&self) -> &WorkerCounts {
        &self.outfit.status.workers[self.idx]
    }

    fn hand_over_figures(&self) {
        let sinks = self.recorder.borrow_mut().take();
        // The collector ends after all workers have.
        drop(self.outfit.collected.send(sinks));
    }

    async fn make_all(&self, ids: Vec<u64>) -> Result<(), ScriptError> {
        for id in ids {
            if self.outfit.stop.is_stopped() {
                return Ok(());
            }
            let vu = self.make(id).await?;
            self.put_back(id, vu);
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Makes a user.
    pub(crate) async fn make(&self, id: u64) -> Result<Vu, ScriptError> {
        let outfit = &self.outfit;
        let client_idx = usize::try_from(id.saturating_sub(1)).unwrap_or(usize::MAX);
        let config = VuConfig {
            id_in_instance: id,
            id_in_test: outfit.id_in_test(id),
            settings: Arc::clone(&outfit.settings),
            recorder: Rc::clone(&self.recorder),
            client: Client::new(Arc::clone(&outfit.environment), client_idx),
            info: Rc::new(Info(Arc::clone(&outfit.status))),
        };
        let vu = Vu::new(&outfit.bundle, config).await?;
        self.interrupters.borrow_mut().insert(id, vu.interrupter());
        self.counts().initialized.fetch_add(1, Ordering::Relaxed);
        Ok(vu)
    }

    /// Takes a user that no scenario has.
    pub(crate) fn take(&self, id: u64) -> Vu {
        let user = self.users.borrow_mut().remove(&id);
        user.expect("the pool hands out users that are there")
    }

    pub(crate) fn put_back(&self, id: u64, vu: Vu) {
        self.users.borrow_mut().insert(id, vu);
    }

    fn interrupt_all(&self) {
        for interrupter in self.interrupters.borrow().values() {
            interrupter.stop();
        }
    }

    /// Makes a user anew whose runtime is lost, and lets it join its scenario again.
    pub(crate) async fn remake(&self, id: u64, running: &Running) -> Result<Vu, ScriptError> {
        self.counts().initialized.fetch_sub(1, Ordering::Relaxed);
        let mut vu = self.make(id).await?;
        self.join(&mut vu, running).await?;
        Ok(vu)
    }

    /// Gives a user what it needs to know about a scenario.
    pub(crate) async fn join(&self, vu: &mut Vu, running: &Running) -> Result<(), ScriptError> {
        let data = self.data.borrow().clone();
        vu.set_data(data).await?;
        vu.activate(Arc::clone(&running.script)).await
    }

    /// Counts a user as active, up to [`Self::leave`].
    pub(crate) fn enter(&self, running: &Running) {
        running.state.active.fetch_add(1, Ordering::Relaxed);
        self.counts().active.fetch_add(1, Ordering::Relaxed);
    }

    /// The end of [`Self::enter`].
    pub(crate) fn leave(&self, running: &Running) {
        running.state.active.fetch_sub(1, Ordering::Relaxed);
        self.counts().active.fetch_sub(1, Ordering::Relaxed);
    }

    /// Runs one iteration and counts it; says whether the user can go on.
    pub(crate) async fn iterate(&self, vu: &mut Vu, running: &Running) -> bool {
        let least = running.iteration_duration_min;
        let begun = (!least.is_zero()).then(Instant::now);
        let result = vu.iterate(running.next_iteration()).await;
        let counts = self.counts();
        let can_go_on = match &result {
            Ok(()) => {
                counts.completed.fetch_add(1, Ordering::Relaxed);
                running.state.finish_one();
                true
            }
            Err(error) => self.failed(error, running),
        };
        let rest = begun.map_or(least, |begun| least.saturating_sub(begun.elapsed()));
        if !rest.is_zero() && !self.outfit.stop.is_stopped() {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = self.outfit.stop.stopped() => {}
            }
        }
        // A script that waits for nothing would keep its thread for itself.
        self.turns.set(self.turns.get().wrapping_add(1));
        if self.turns.get().is_multiple_of(TURNS) {
            tokio::task::yield_now().await;
        }
        can_go_on
    }

    fn failed(&self, error: &ScriptError, running: &Running) -> bool {
        let counts = self.counts();
        match error.kind {
            ScriptErrorKind::Interrupted => {
                counts.interrupted.fetch_add(1, Ordering::Relaxed);
                true
            }
            ScriptErrorKind::Aborted => {
                counts.interrupted.fetch_add(1, Ordering::Relaxed);
                let reason = self.outfit.bundle.abort_reason().unwrap_or_default();
                self.outfit.stop.stop(StopReason::Script(reason));
                false
            }
            ScriptErrorKind::OutOfMemory | ScriptErrorKind::Resources => {
                self.finished_badly(error, running);
                false
            }
            _ => {
                self.finished_badly(error, running);
                true
            }
        }
    }

    fn finished_badly(&self, error: &ScriptError, running: &Running) {
        self.counts().completed.fetch_add(1, Ordering::Relaxed);
        running.state.finish_one();
        self.complain(error, running);
    }

    /// Tells the script's author about an error of an iteration.
    pub(crate) fn complain(&self, error: &ScriptError, running: &Running) {
        let scenario = &running.script;
        self.outfit.log.log(&Entry {
            level: Level::Error,
            message: &error.full(),
            fields: &[
                ("executor", scenario.executor.as_str()),
                ("scenario", scenario.name.as_str()),
            ],
            is_console: false,
        });
    }
}

impl Outfit {
    /// The number in the whole test of a user of this process.
    pub(crate) fn id_in_test(&self, id: u64) -> u64 {
        self.status.id_in_test(id)
    }
}
