//! One virtual user, called from outside.
//!
//! Invariants: a call that is dropped before its end is stopped by the next one; dropping the user
//! ends its coroutine.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use crate::bundle::{Bundle, Exports, Test};
use crate::engine;
use crate::error::{ScriptError, ScriptErrorKind};
use crate::interrupt::Interrupter;
use crate::raw::Coro;
use crate::settings::{Iteration, Scenario, VuConfig};
use crate::state::VuState;

/// What the coroutine is asked to do.
#[derive(Debug)]
pub(crate) enum Job {
    /// Run `setup`.
    Setup,
    /// Take the data that `setup` answered, as JSON.
    Data(Option<Arc<str>>),
    /// Join a scenario.
    Activate(Arc<Scenario>),
    /// Run the scenario's function once.
    Iterate(Iteration),
    /// Run `teardown`.
    Teardown,
    /// Run `handleSummary` with its data as JSON.
    Summary(String),
    /// End.
    End,
}

/// What `handleSummary` answered: contents by path, `stdout` and `stderr` among the paths.
pub type SummaryFiles = Vec<(String, Vec<u8>)>;

/// What the coroutine answers.
#[derive(Debug, Default)]
pub(crate) enum Reply {
    /// Nothing but that it is done.
    #[default]
    Done,
    /// The script's top level ran.
    Started(Exports),
    /// What `setup` answered, as JSON.
    Data(Option<String>),
    /// What `handleSummary` answered; `None` when the script has none.
    Summary(Option<SummaryFiles>),
}

pub(crate) type Answer = Result<Reply, ScriptError>;

/// How the two sides of a coroutine pass jobs and answers.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) job: RefCell<Option<Job>>,
    pub(crate) answer: RefCell<Option<Answer>>,
}

/// One virtual user: a runtime that ran the script's top level, on a coroutine of its own.
#[derive(Debug)]
pub struct Vu {
    coro: Coro,
    link: Rc<Link>,
    state: Rc<VuState>,
    /// Whether a job has no answer yet.
    is_busy: Cell<bool>,
}

impl Vu {
    /// Makes a virtual user and runs the script's top level in it.
    ///
    /// # Errors
    /// What the top level throws, and [`ScriptErrorKind::Resources`] when the system refuses a
    /// stack.
    pub async fn new(bundle: &Bundle, config: VuConfig) -> Result<Vu, ScriptError> {
        let (vu, _) = Vu::start(Arc::clone(&bundle.test), Some(config)).await?;
        Ok(vu)
    }

    pub(crate) async fn start(
        test: Arc<Test>,
        config: Option<VuConfig>,
    ) -> Result<(Vu, Exports), ScriptError> {
        let stack_bytes = test.limits.stack_bytes;
        let state = Rc::new(VuState::new(test, config));
        let link = Rc::new(Link::default());
        let (inner_state, inner_link) = (Rc::clone(&state), Rc::clone(&link));
        let body = move || engine::run(&inner_state, &inner_link);
        let coro = Coro::new(stack_bytes, Rc::clone(&state.fiber), body).map_err(|error| {
            let message = format!(
                "the operating system refused the stack of another virtual user ({error}); raise \
                 vm.max_map_count, or run fewer virtual users per machine"
            );
            ScriptError::new(ScriptErrorKind::Resources, message)
        })?;
        let mut vu = Vu {
            coro,
            link,
            state,
            is_busy: Cell::new(true),
        };
        match vu.answer().await? {
            Reply::Started(exports) => Ok((vu, exports)),
            other => unreachable!("a start is answered by what is exported, not by {other:?}"),
        }
    }

    /// A handle that ends the call under way from anywhere.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(Arc::clone(&self.state.interrupt))
    }

    /// Calls `setup`, if the script exports it, and answers what it returned as JSON.
    ///
    /// # Errors
    /// What the script throws; nothing is kept of the call but its samples.
    pub async fn setup(&mut self) -> Result<Option<String>, ScriptError> {
        match self.ask(Job::Setup).await? {
            Reply::Data(json) => Ok(json),
            other => unreachable!("setup is answered by its data, not by {other:?}"),
        }
    }

    /// Takes what `setup` answered: each user parses its own copy, once, and keeps its changes.
    ///
    /// # Errors
    /// Data that is not JSON.
    pub async fn set_data(&mut self, json: Option<Arc<str>>) -> Result<(), ScriptError> {
        self.ask(Job::Data(json)).await.map(drop)
    }

    /// Joins a scenario: its function, tags and environment hold from now on.
    ///
    /// # Errors
    /// Only when an earlier call was dropped and cannot be ended.
    pub async fn activate(&mut self, scenario: Arc<Scenario>) -> Result<(), ScriptError> {
        self.ask(Job::Activate(scenario)).await.map(drop)
    }

    /// Runs the scenario's function once, until its event loop is empty too.
    ///
    /// Records `iterations` and `iteration_duration` unless it was interrupted, and the bytes that
    /// were sent and received in any case.
    ///
    /// # Errors
    /// What the script throws, [`ScriptErrorKind::Interrupted`] and [`ScriptErrorKind::Aborted`].
    pub async fn iterate(&mut self, iteration: Iteration) -> Result<(), ScriptError> {
        self.ask(Job::Iterate(iteration)).await.map(drop)
    }

    /// Calls `teardown`, if the script exports it, with the data of [`Vu::set_data`].
    ///
    /// # Errors
    /// What the script throws.
    pub async fn teardown(&mut self) -> Result<(), ScriptError> {
        self.ask(Job::Teardown).await.map(drop)
    }

    /// Calls `handleSummary` with its data as JSON; `None` when the script does not export it.
    ///
    /// # Errors
    /// What the script throws.
    pub async fn handle_summary(
        &mut self,
        data_json: String,
    ) -> Result<Option<SummaryFiles>, ScriptError> {
        match self.ask(Job::Summary(data_json)).await? {
            Reply::Summary(files) => Ok(files),
            other => unreachable!("a summary is answered by its files, not by {other:?}"),
        }
    }

    /// What the user's native functions share.
    #[must_use]
    pub fn state(&self) -> &VuState {
        &self.state
    }

    async fn ask(&mut self, job: Job) -> Answer {
        if self.is_busy.get() {
            // An earlier call was dropped half way.
            self.state.interrupt.stop();
            drop(self.answer().await);
        }
        self.state.interrupt.reset();
        *self.link.job.borrow_mut() = Some(job);
        self.is_busy.set(true);
        self.answer().await
    }

    async fn answer(&mut self) -> Answer {
        poll_fn(|context| {
            self.state.interrupt.polled_by(context.waker());
            let is_over = self.coro.resume(context.waker());
            if let Some(answer) = self.link.answer.borrow_mut().take() {
                self.is_busy.set(false);
                return Poll::Ready(answer);
            }
            if is_over {
                let message = "this virtual user has ended and cannot be called";
                return Poll::Ready(Err(ScriptError::new(ScriptErrorKind::Resources, message)));
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Vu {
    fn drop(&mut self) {
        self.state.interrupt.stop();
        *self.link.job.borrow_mut() = Some(Job::End);
        if !self.coro.finish() {
            tracing::error!("a virtual user did not end when told to; its memory is lost");
        }
    }
}
