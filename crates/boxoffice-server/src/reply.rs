//! The way back from the writer to a waiting request: many replies, one wake-up for each thread.
//!
//! Waking a task from another thread costs a system call. A commit releases dozens of replies at
//! once, so they are put where their tasks will find them, and each thread that serves connections
//! is woken once: its bell task wakes the others from within, which costs next to nothing.
//!
//! Invariants: a reply that was put down is found, whoever polls first; a bell whose runtime is
//! gone wakes nobody, and nobody waits for it.
//! Never: blocks.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use boxoffice_writer::mailbox::Respond;
use boxoffice_writer::request::{Outcome, Unavailable};

/// Where a reply is put.
#[derive(Debug, Default)]
struct Cell {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

/// Puts a reply down. Dropped without one, it tells the waiting request that nobody knows.
#[derive(Debug)]
pub struct ReplyTo {
    cell: Arc<Cell>,
    bell: Arc<Bell>,
}

/// Waits for a reply.
#[derive(Debug)]
pub struct Reply {
    cell: Arc<Cell>,
}

/// A reply's two ends. Call it on the runtime that will wait.
#[must_use]
pub fn reply() -> (ReplyTo, Reply) {
    let cell = Arc::new(Cell::default());
    let bell = Bell::of_this_thread();
    (
        ReplyTo {
            cell: Arc::clone(&cell),
            bell,
        },
        Reply { cell },
    )
}

impl Cell {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the outcome down, unless there is one; gives back who waits for it.
    fn put(&self, outcome: Outcome) -> Option<Waker> {
        let mut inner = self.lock();
        inner.outcome.get_or_insert(outcome);
        inner.waker.take()
    }
}

impl Drop for ReplyTo {
    fn drop(&mut self) {
        // After an answer this finds nobody who waits.
        if let Some(waker) = self.cell.put(Err(Unavailable::OutcomeUnknown)) {
            waker.wake();
        }
    }
}

impl Respond for ReplyTo {
    fn respond(self, outcome: Outcome) {
        if let Some(waker) = self.cell.put(outcome) {
            waker.wake();
        }
    }

    fn respond_all(replies: Vec<(Self, Outcome)>) {
        let mut bells: Vec<Arc<Bell>> = Vec::new();
        for (to, outcome) in replies {
            let Some(waker) = to.cell.put(outcome) else {
                continue;
            };
            to.bell.lock().wakers.push(waker);
            if !bells.iter().any(|bell| Arc::ptr_eq(bell, &to.bell)) {
                bells.push(Arc::clone(&to.bell));
            }
        }
        for bell in bells {
            bell.ring();
        }
    }
}

impl Future for Reply {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut inner = self.cell.lock();
        match inner.outcome.take() {
            Some(outcome) => Poll::Ready(outcome),
            None => {
                inner.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Wakes the tasks of one thread.
#[derive(Debug, Default)]
struct Bell {
    rope: Mutex<Rope>,
    is_dead: AtomicBool,
}

#[derive(Debug, Default)]
struct Rope {
    /// Tasks to be woken.
    wakers: Vec<Waker>,
    /// The bell's own task, while it sleeps.
    ringer: Option<Waker>,
}

/// Says that the bell's task is gone: its runtime was shut down.
struct Ringer(Arc<Bell>);

impl Drop for Ringer {
    fn drop(&mut self) {
        self.0.is_dead.store(true, Ordering::SeqCst);
        // Whoever was to be woken belongs to the same runtime, or is woken directly.
        self.0.ring();
    }
}

impl Bell {
    /// This thread's bell, hung on the current runtime.
    fn of_this_thread() -> Arc<Self> {
        thread_local! {
            static BELL: RefCell<Option<Arc<Bell>>> = const { RefCell::new(None) };
        }
        BELL.with_borrow_mut(|bell| match bell {
            Some(bell) if !bell.is_dead.load(Ordering::SeqCst) => Arc::clone(bell),
            _ => {
                let new = Arc::new(Self::default());
                tokio::spawn(Self::wait(Ringer(Arc::clone(&new))));
                Arc::clone(bell.insert(new))
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, Rope> {
        self.rope.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the bell's task, or, if it is gone, everybody directly.
    fn ring(&self) {
        if self.is_dead.load(Ordering::SeqCst) {
            let wakers = std::mem::take(&mut self.lock().wakers);
            wakers.into_iter().for_each(Waker::wake);
            return;
        }
        let ringer = self.lock().ringer.take();
        if let Some(ringer) = ringer {
            ringer.wake();
        }
    }

    /// The bell's task: sleeps until it is rung, then wakes all who are due.
    async fn wait(ringer: Ringer) {
        poll_fn(|context| {
            let mut rope = ringer.0.lock();
            rope.ringer = Some(context.waker().clone());
            let wakers = std::mem::take(&mut rope.wakers);
            drop(rope);
            wakers.into_iter().for_each(Waker::wake);
            Poll::<()>::Pending
        })
        .await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
    }

    #[test]
    fn every_reply_of_a_batch_reaches_its_request() {
        runtime().block_on(async {
            let mut tasks = tokio::task::JoinSet::new();
            let mut replies = Vec::new();
            for _ in 0..100 {
                let (to, waiting) = reply();
                replies.push((to, Err(Unavailable::StorageFull)));
                tasks.spawn(waiting);
            }
            // All wait before the batch comes from another thread.
            tokio::task::yield_now().await;
            let answered = tokio::task::spawn_blocking(|| ReplyTo::respond_all(replies));
            let outcomes = tasks.join_all().await;
            answered.await.unwrap();
            assert!(outcomes.iter().all(|o| *o == Err(Unavailable::StorageFull)));
        });
    }

    #[test]
    fn a_reply_that_came_first_is_found() {
        runtime().block_on(async {
            let (to, waiting) = reply();
            to.respond(Err(Unavailable::Stopping));
            assert_eq!(waiting.await, Err(Unavailable::Stopping));
        });
    }

    #[test]
    fn a_reply_that_never_comes_is_an_unknown_outcome() {
        runtime().block_on(async {
            let (to, waiting) = reply();
            let task = tokio::spawn(waiting);
            tokio::task::yield_now().await;
            drop(to);
            assert_eq!(task.await.unwrap(), Err(Unavailable::OutcomeUnknown));
        });
    }

    #[test]
    fn a_thread_whose_first_runtime_is_gone_gets_a_new_bell() {
        for _ in 0..2 {
            runtime().block_on(async {
                let (to, waiting) = reply();
                let task = tokio::spawn(waiting);
                tokio::task::yield_now().await;
                let put = move || ReplyTo::respond_all(vec![(to, Err(Unavailable::Stopping))]);
                std::thread::spawn(put).join().unwrap();
                assert_eq!(task.await.unwrap(), Err(Unavailable::Stopping));
            });
        }
    }
}
