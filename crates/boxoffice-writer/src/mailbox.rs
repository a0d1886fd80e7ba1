//! The writer's inbox: bounded queues by class, and the one place where the writer sleeps.
//!
//! Invariants: no queue grows beyond its bound; a request that is refused here was not decided;
//! after [`Mailbox::close`] nothing enters any more.
//! Never: waits on behalf of a caller.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use boxoffice_engine::command::Class;

use crate::request::{Request, Unavailable};

/// Requests that one class may have waiting.
pub const INBOX_PER_CLASS_MAX: usize = 16_384;
/// Requests that are decided in one batch at the most.
pub const BATCH_MAX: usize = 4_096;
/// The share of a batch that every class keeps however much of the more urgent ones waits.
pub const CLASS_SHARE_MIN: usize = BATCH_MAX / 8;

const CLASSES: [Class; 3] = [Class::Finish, Class::Claim, Class::Read];

const _: () = assert!(BATCH_MAX <= INBOX_PER_CLASS_MAX);

/// Where an outcome goes.
pub trait Respond: Send + 'static {
    /// Delivers the outcome. Must not block; a caller that has left is no error.
    fn respond(self, outcome: crate::request::Outcome);
}

/// Requests on their way to the writer, and the end of the commit that is running.
#[derive(Debug)]
pub struct Mailbox<R, C> {
    mail: Mutex<Mail<R, C>>,
    arrived: Condvar,
    depth: AtomicUsize,
    retry_after_ms: AtomicU32,
    free_bytes: AtomicU64,
    storage_full: AtomicBool,
    /// Whether `storage_full` changed since it was last asked.
    storage_changed: AtomicBool,
}

#[derive(Debug)]
struct Mail<R, C> {
    queues: [VecDeque<(Request, R)>; 3],
    committed: Option<C>,
    closed: bool,
    /// Whether the writer sleeps until a request comes; while it waits for a commit only, senders
    /// need not wake it.
    wake_on_request: bool,
}

/// What woke the writer.
#[derive(Debug)]
pub struct Woken<R, C> {
    /// The commit that ended, if one did.
    pub committed: Option<C>,
    /// The next batch, most urgent class first.
    pub requests: Vec<(Request, R)>,
    /// Whether the mailbox is closed and empty.
    pub finished: bool,
}

/// What the writer waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitFor {
    /// Nothing: take what is there.
    Nothing,
    /// The end of the running commit; requests collect meanwhile.
    Commit,
    /// A request, the close of the mailbox, or this long.
    Request(Duration),
}

impl<R, C> Default for Mailbox<R, C> {
    fn default() -> Self {
        Self {
            mail: Mutex::new(Mail {
                queues: [VecDeque::new(), VecDeque::new(), VecDeque::new()],
                committed: None,
                closed: false,
                wake_on_request: false,
            }),
            arrived: Condvar::new(),
            depth: AtomicUsize::new(0),
            retry_after_ms: AtomicU32::new(1_000),
            free_bytes: AtomicU64::new(u64::MAX),
            storage_full: AtomicBool::new(false),
            storage_changed: AtomicBool::new(false),
        }
    }
}

impl<R, C> Mailbox<R, C> {
    /// Puts a request in, or gives its sender back with the reason.
    ///
    /// # Errors
    /// [`Unavailable::Overloaded`] when its class is full, [`Unavailable::Stopping`] after the
    /// close. Nothing was decided in either case.
    pub fn send(&self, request: Request, sender: R) -> Result<(), (Unavailable, R)> {
        let mut mail = self.lock();
        if mail.closed {
            return Err((Unavailable::Stopping, sender));
        }
        let queue = mail.queue(request.command.action.class());
        if queue.len() >= INBOX_PER_CLASS_MAX {
            let retry_after_ms = self.retry_after_ms.load(Ordering::Relaxed);
            return Err((Unavailable::Overloaded { retry_after_ms }, sender));
        }
        queue.push_back((request, sender));
        self.depth.fetch_add(1, Ordering::Relaxed);
        let wake = std::mem::take(&mut mail.wake_on_request);
        drop(mail);
        if wake {
            self.arrived.notify_one();
        }
        Ok(())
    }

    /// Reports the end of a commit.
    pub fn commit_ended(&self, end: C) {
        let mut mail = self.lock();
        assert!(mail.committed.is_none(), "one commit runs at a time");
        mail.committed = Some(end);
        drop(mail);
        self.arrived.notify_one();
    }

    /// Sleeps as told, then takes the end of the commit and the next batch.
    pub fn wait(&self, wait_for: WaitFor) -> Woken<R, C> {
        let mut mail = self.lock();
        match wait_for {
            WaitFor::Nothing => {}
            WaitFor::Commit => {
                while mail.committed.is_none() {
                    mail = self
                        .arrived
                        .wait(mail)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
            WaitFor::Request(timeout) => {
                mail.wake_on_request = true;
                let sleep = |m: &mut Mail<R, C>| m.is_empty() && m.committed.is_none() && !m.closed;
                let (woken, _) = self
                    .arrived
                    .wait_timeout_while(mail, timeout, sleep)
                    .unwrap_or_else(PoisonError::into_inner);
                mail = woken;
                mail.wake_on_request = false;
            }
        }
        let committed = mail.committed.take();
        let requests = mail.take_batch();
        let finished = mail.closed && mail.is_empty() && requests.is_empty();
        drop(mail);
        self.depth.fetch_sub(requests.len(), Ordering::Relaxed);
        Woken {
            committed,
            requests,
            finished,
        }
    }

    /// Lets nothing in any more and wakes the writer.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Takes everything that waits, to refuse it.
    pub fn drain(&self) -> Vec<(Request, R)> {
        let mut mail = self.lock();
        let all: Vec<_> = mail.queues.iter_mut().flat_map(std::mem::take).collect();
        drop(mail);
        self.depth.fetch_sub(all.len(), Ordering::Relaxed);
        all
    }

    /// Requests that wait now.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// Sets what an overloaded caller is told: when there will probably be room.
    pub fn set_retry_after_ms(&self, ms: u32) {
        self.retry_after_ms.store(ms, Ordering::Relaxed);
    }

    /// Reports the free space of the storage, and whether it is too little.
    pub fn set_free_bytes(&self, free_bytes: u64, full: bool) {
        self.free_bytes.store(free_bytes, Ordering::Relaxed);
        if self.storage_full.swap(full, Ordering::Relaxed) != full {
            self.storage_changed.store(true, Ordering::Relaxed);
        }
    }

    /// Free space of the storage when it was last looked at.
    #[must_use]
    pub fn free_bytes(&self) -> u64 {
        self.free_bytes.load(Ordering::Relaxed)
    }

    /// Whether there is too little free space, and whether that changed since it was last asked.
    pub fn storage_full(&self) -> (bool, bool) {
        let changed = self.storage_changed.swap(false, Ordering::Relaxed);
        (self.storage_full.load(Ordering::Relaxed), changed)
    }

    fn lock(&self) -> MutexGuard<'_, Mail<R, C>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R, C> Mail<R, C> {
    fn queue(&mut self, class: Class) -> &mut VecDeque<(Request, R)> {
        let [finish, claim, read] = &mut self.queues;
        match class {
            Class::Finish => finish,
            Class::Claim => claim,
            Class::Read => read,
        }
    }

    fn is_empty(&self) -> bool {
        self.queues.iter().all(VecDeque::is_empty)
    }

    /// The most urgent first, but each class keeps at least [`CLASS_SHARE_MIN`].
    fn take_batch(&mut self) -> Vec<(Request, R)> {
        let waiting: usize = self.queues.iter().map(VecDeque::len).sum();
        let mut batch = Vec::with_capacity(waiting.min(BATCH_MAX));
        for (done, class) in CLASSES.into_iter().enumerate() {
            let kept_for_others: usize = CLASSES
                .into_iter()
                .skip(done + 1)
                .map(|other| self.queue(other).len().min(CLASS_SHARE_MIN))
                .sum();
            let room = BATCH_MAX - batch.len() - kept_for_others;
            let queue = self.queue(class);
            let n = queue.len().min(room);
            batch.extend(queue.drain(..n));
        }
        batch
    }
}
