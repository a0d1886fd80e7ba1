//! The virtual users that no scenario has at the moment.
//!
//! Invariants: a user is in the pool, or one scenario has it; users are handed out in the order in
//! which they came back, so that all of them get their turns.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use tokio::sync::Semaphore;

/// A user, and the worker that owns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UserRef {
    pub(crate) worker_idx: usize,
    /// Its number in this process, from 1.
    pub(crate) id: u64,
}

/// Users to be had; lives on the thread that controls the run.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    free: Rc<RefCell<VecDeque<UserRef>>>,
    permits: Rc<Semaphore>,
}

impl Pool {
    pub(crate) fn new() -> Pool {
        Pool {
            free: Rc::default(),
            permits: Rc::new(Semaphore::new(0)),
        }
    }

    pub(crate) fn give(&self, user: UserRef) {
        self.free.borrow_mut().push_back(user);
        self.permits.add_permits(1);
    }

    /// The next free user; waits for one.
    pub(crate) async fn take(&self) -> UserRef {
        let permit = self.permits.acquire().await;
        permit.expect("the pool is never closed").forget();
        let mut free = self.free.borrow_mut();
        free.pop_front().expect("a permit stands for a free user")
    }
}
