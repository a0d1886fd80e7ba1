//! The event loop of one virtual user: timers, and futures that end in a call into JavaScript.
//!
//! Invariants: callbacks run one at a time, never inside another function of the script; timers
//! that are due run in the order of their times, then of their making.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rquickjs::{Ctx, Function, Persistent};

/// Futures and timers that one virtual user may have under way.
pub(crate) const PENDING_MAX: usize = 10_000;

/// What is done in JavaScript once a future has ended.
pub(crate) type Callback = Box<dyn for<'js> FnOnce(&Ctx<'js>) -> rquickjs::Result<()>>;

type Task = Pin<Box<dyn Future<Output = Callback>>>;

/// A timer's number, as scripts see it.
pub(crate) type TimerId = u64;

struct Timer {
    id: TimerId,
    due: Instant,
    /// The pause before the next time, for intervals.
    again_after: Option<Duration>,
    call: Persistent<Function<'static>>,
    arguments: Vec<Persistent<rquickjs::Value<'static>>>,
}

/// A timer that is due.
pub(crate) struct Due {
    /// What to call.
    pub(crate) call: Persistent<Function<'static>>,
    /// With which arguments.
    pub(crate) arguments: Vec<Persistent<rquickjs::Value<'static>>>,
}

/// The futures and timers of one virtual user.
#[derive(Default)]
pub(crate) struct Events {
    tasks: RefCell<Vec<Task>>,
    /// Tasks that were added while the others were polled.
    added: RefCell<Vec<Task>>,
    ready: RefCell<VecDeque<Callback>>,
    timers: RefCell<Vec<Timer>>,
    last_id: Cell<TimerId>,
    /// Promises that were rejected without a handler, and why.
    rejections: RefCell<Vec<Rejection>>,
}

struct Rejection {
    promise: Persistent<rquickjs::Value<'static>>,
    reason: Persistent<rquickjs::Value<'static>>,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("tasks", &self.tasks.borrow().len())
            .field("timers", &self.timers.borrow().len())
            .finish_non_exhaustive()
    }
}

impl Events {
    /// Whether nothing is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.borrow().is_empty()
            && self.added.borrow().is_empty()
            && self.ready.borrow().is_empty()
            && self.timers.borrow().is_empty()
    }

    /// Whether [`PENDING_MAX`] are under way.
    pub(crate) fn is_full(&self) -> bool {
        self.tasks.borrow().len() + self.timers.borrow().len() >= PENDING_MAX
    }

    /// Adds a future whose result is delivered by the loop.
    pub(crate) fn spawn(&self, task: impl Future<Output = Callback> + 'static) {
        self.added.borrow_mut().push(Box::pin(task));
    }

    /// Adds a timer and answers its number.
    pub(crate) fn timer(
        &self,
        after: Duration,
        repeats: bool,
        call: Persistent<Function<'static>>,
        arguments: Vec<Persistent<rquickjs::Value<'static>>>,
    ) -> TimerId {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        self.timers.borrow_mut().push(Timer {
            id,
            due: Instant::now() + after,
            again_after: repeats.then_some(after),
            call,
            arguments,
        });
        id
    }

    /// Forgets a timer.
    pub(crate) fn clear_timer(&self, id: TimerId) {
        self.timers.borrow_mut().retain(|timer| timer.id != id);
    }

    /// Hears that a promise was rejected without a handler, or got one after all.
    pub(crate) fn rejected<'js>(
        &self,
        promise: &rquickjs::Value<'js>,
        reason: &rquickjs::Value<'js>,
        is_handled: bool,
    ) {
        let promise = Persistent::save(promise.ctx(), promise.clone());
        let mut rejections = self.rejections.borrow_mut();
        if is_handled {
            rejections.retain(|rejection| rejection.promise != promise);
        } else if rejections.len() < PENDING_MAX {
            let reason = Persistent::save(reason.ctx(), reason.clone());
            rejections.push(Rejection { promise, reason });
        }
    }

    /// Why the first promise without a handler was rejected; forgets all of them.
    pub(crate) fn take_rejection(&self) -> Option<Persistent<rquickjs::Value<'static>>> {
        let mut rejections = std::mem::take(&mut *self.rejections.borrow_mut());
        (!rejections.is_empty()).then(|| rejections.swap_remove(0).reason)
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.tasks.borrow_mut().clear();
        self.added.borrow_mut().clear();
        self.ready.borrow_mut().clear();
        self.timers.borrow_mut().clear();
        self.rejections.borrow_mut().clear();
    }

    /// Polls the futures; their callbacks wait in [`Events::next_callback`].
    pub(crate) fn poll_tasks(&self, context: &mut Context<'_>) {
        let mut tasks = std::mem::take(&mut *self.tasks.borrow_mut());
        tasks.append(&mut self.added.borrow_mut());
        tasks.retain_mut(|task| match task.as_mut().poll(context) {
            Poll::Ready(callback) => {
                self.ready.borrow_mut().push_back(callback);
                false
            }
            Poll::Pending => true,
        });
        tasks.append(&mut self.added.borrow_mut());
        *self.tasks.borrow_mut() = tasks;
    }

    /// The next callback of a future that has ended.
    pub(crate) fn next_callback(&self) -> Option<Callback> {
        self.ready.borrow_mut().pop_front()
    }

    /// The next timer that is due; an interval is set anew.
    pub(crate) fn next_due(&self) -> Option<Due> {
        let mut timers = self.timers.borrow_mut();
        let idx = earliest(&timers)?;
        let now = Instant::now();
        if now < timers[idx].due {
            return None;
        }
        let timer = &mut timers[idx];
        if let Some(pause) = timer.again_after {
            timer.due = now + pause.max(Duration::from_millis(1));
            return Some(Due {
                call: timer.call.clone(),
                arguments: timer.arguments.clone(),
            });
        }
        let timer = timers.remove(idx);
        Some(Due {
            call: timer.call,
            arguments: timer.arguments,
        })
    }

    /// Waits until a callback is ready or a timer is due.
    pub(crate) async fn changed(&self) {
        let due = {
            let timers = self.timers.borrow();
            earliest(&timers).map(|idx| timers[idx].due)
        };
        let mut alarm = due.map(|due| Box::pin(tokio::time::sleep_until(due.into())));
        poll_fn(|context| {
            self.poll_tasks(context);
            let is_due = alarm
                .as_mut()
                .is_some_and(|alarm| alarm.as_mut().poll(context).is_ready());
            if is_due || !self.ready.borrow().is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}

fn earliest(timers: &[Timer]) -> Option<usize> {
    let by_due = timers.iter().enumerate();
    by_due
        .min_by_key(|(_, timer)| (timer.due, timer.id))
        .map(|(idx, _)| idx)
}
