//! What one virtual user's native functions share: its identity, its scenario, where samples go.
//!
//! Invariants: lives on one thread; holds no JavaScript value but those of pending events, which
//! are dropped before the runtime is.

use std::cell::{Cell, OnceCell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rquickjs::Ctx;
use stampede_metrics::{Layer, MetricId, TagSet, Tags, UnixNs};

use crate::bundle::Test;
use crate::events::Events;
use crate::interrupt::Interrupt;
use crate::log::{Entry, Level};
use crate::raw::{Fiber, Stopped, throw_uncatchable};
use crate::settings::{Iteration, Scenario, SystemTags, VuConfig};

/// Which part of a test's life a virtual user is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The script's top level runs.
    #[default]
    Init,
    /// `setup` or `teardown` runs.
    Once,
    /// A scenario's function runs.
    Iteration,
    /// `handleSummary` runs.
    Summary,
}

/// Counters of a virtual user, as scripts see them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Iterations that this user began before this one, in all scenarios (`__ITER`).
    pub(crate) in_instance: u64,
    /// The same for the present scenario.
    pub(crate) in_scenario: u64,
    /// The executor's numbers.
    pub(crate) iteration: Iteration,
}

/// What one virtual user's native functions share.
#[derive(Debug)]
pub struct VuState {
    pub(crate) fiber: Rc<Fiber>,
    pub(crate) interrupt: Arc<Interrupt>,
    pub(crate) test: Arc<Test>,
    pub(crate) events: Events,
    pub(crate) phase: Cell<Phase>,
    pub(crate) counts: Cell<Counts>,
    pub(crate) scenario: RefCell<Arc<Scenario>>,
    /// The tags of every sample: the run's, the scenario's, `scenario` and `group`.
    pub(crate) tags: RefCell<TagSet>,
    pub(crate) metadata: RefCell<TagSet>,
    group: RefCell<String>,
    /// The slice of time that was last looked at, and when that was first.
    slice: Cell<(u64, Instant)>,
    pub(crate) config: OnceCell<VuConfig>,
    pub(crate) http: crate::modules::http::HttpState,
    pub(crate) sockets: crate::modules::sockets::Sockets,
    /// Why `test.abort()` was called by this user.
    pub(crate) abort: RefCell<Option<String>>,
}

impl VuState {
    pub(crate) fn new(test: Arc<Test>, config: Option<VuConfig>) -> VuState {
        let cell = OnceCell::new();
        if let Some(config) = config {
            let refused = cell.set(config);
            debug_assert!(refused.is_ok());
        }
        VuState {
            fiber: Rc::default(),
            interrupt: Arc::default(),
            test,
            events: Events::default(),
            phase: Cell::default(),
            counts: Cell::default(),
            scenario: RefCell::default(),
            tags: RefCell::default(),
            metadata: RefCell::default(),
            group: RefCell::default(),
            slice: Cell::new((0, Instant::now())),
            config: cell,
            http: crate::modules::http::HttpState::default(),
            sockets: crate::modules::sockets::Sockets::default(),
            abort: RefCell::default(),
        }
    }

    /// The user's number on this machine; 0 while options are read.
    pub(crate) fn id(&self) -> u64 {
        self.config.get().map_or(0, |config| config.id_in_instance)
    }

    /// Whether the script's top level runs.
    pub(crate) fn is_init(&self) -> bool {
        self.phase.get() == Phase::Init
    }

    /// Whether the user was told to stop.
    pub(crate) fn is_stopped(&self) -> bool {
        self.interrupt.is_stopped()
    }

    /// Which tags samples get by themselves.
    pub(crate) fn system_tags(&self) -> SystemTags {
        let config = self.config.get();
        config.map_or_else(SystemTags::default, |config| config.settings.system_tags)
    }

    /// Lets the neighbours run when this slice of time was long, then goes on.
    pub(crate) fn give_way(&self) {
        let slice = self.fiber.slice();
        let (seen, began) = self.slice.get();
        if slice != seen {
            self.slice.set((slice, Instant::now()));
        } else if began.elapsed() > self.test.limits.slice {
            self.fiber.wake_soon();
            self.fiber.suspend();
        }
    }

    /// Waits for a future in the middle of a native function; other futures go on meanwhile.
    ///
    /// # Errors
    /// An exception that cannot be caught, once the user was told to stop.
    pub(crate) fn block_on<F: Future>(
        &self,
        ctx: &Ctx<'_>,
        future: F,
    ) -> rquickjs::Result<F::Output> {
        let is_stopped = || self.is_stopped();
        let beside = |context: &mut std::task::Context<'_>| self.events.poll_tasks(context);
        match self.fiber.block_on(future, is_stopped, beside) {
            Ok(output) => Ok(output),
            Err(Stopped) => Err(throw_uncatchable(ctx, "the call was told to stop")),
        }
    }

    /// Writes a line for the user of the test; nothing once the user was told to stop.
    pub(crate) fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]) {
        if !self.is_stopped() {
            self.test.log.log(&Entry {
                level,
                message,
                fields,
                is_console: false,
            });
        }
    }

    /// Records one sample now, with tags of its own beside the user's.
    pub(crate) fn record(&self, metric: MetricId, value: f64, own: &[(&str, &str)]) {
        self.record_at(&[(metric, value)], now(), own);
    }

    /// Records samples that share their time and tags; nothing once the user was told to stop.
    pub(crate) fn record_at(&self, values: &[(MetricId, f64)], at: UnixNs, own: &[(&str, &str)]) {
        let Some(config) = self.config.get() else {
            return;
        };
        let tags = self.tags.borrow();
        let metadata = self.metadata.borrow();
        let layers = [Layer::Set(&tags), Layer::Slice(own)];
        let meta = [Layer::Set(&metadata)];
        let view = Tags::new(&layers).with_metadata(&meta);
        config.recorder.borrow_mut().record_all(values, at, &view);
    }

    /// What every iteration starts with: the root group, and no cookies unless they are kept.
    pub(crate) fn begin_iteration(&self) {
        self.enter_group("");
        let on = self.system_tags();
        if on.has(SystemTags::ITER) {
            let iteration = self.counts.get().in_instance;
            self.metadata
                .borrow_mut()
                .set("iter", &iteration.to_string());
        }
        if on.has(SystemTags::VU) {
            self.metadata.borrow_mut().set("vu", &self.id().to_string());
        }
        if let Some(config) = self.config.get() {
            config.client.end_iteration();
            if !config.settings.no_cookies_reset {
                self.http.reset_jar();
            }
        }
    }

    /// The path of the group that the user is in, empty at the root.
    pub(crate) fn group(&self) -> String {
        self.group.borrow().clone()
    }

    /// Enters a group by its path; its tag goes onto samples unless it is switched off.
    pub(crate) fn enter_group(&self, path: &str) {
        path.clone_into(&mut self.group.borrow_mut());
        if self.system_tags().has(SystemTags::GROUP) {
            self.tags.borrow_mut().set("group", path);
        }
    }

    /// Takes the tags of a scenario, or of `setup` and `teardown` when there is none.
    pub(crate) fn reset_tags(&self, scenario: Option<&Scenario>, group: &str) {
        let mut tags = TagSet::new();
        if let Some(config) = self.config.get() {
            for (name, value) in config.settings.tags.iter() {
                tags.set(name, value);
            }
        }
        if let Some(scenario) = scenario {
            for (name, value) in scenario.tags.iter() {
                tags.set(name, value);
            }
            if self.system_tags().has(SystemTags::SCENARIO) {
                tags.set("scenario", &scenario.name);
            }
        }
        *self.tags.borrow_mut() = tags;
        *self.metadata.borrow_mut() = TagSet::new();
        self.enter_group(group);
    }
}

/// The present moment on the wall clock.
pub(crate) fn now() -> UnixNs {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixNs(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// Milliseconds since a moment.
pub(crate) fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
