//! The writer's inbox: bounded queues by class, for requests that come while somebody else decides.
//!
//! Invariants: no queue grows beyond its bound; a request that is refused here was not decided;
//! after [`Mailbox::close`] nothing enters any more.
//! Never: waits on behalf of a caller.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use boxoffice_engine::command::Class;

use crate::request::{Outcome, Request, Unavailable};

/// Requests that one class may have waiting.
pub const INBOX_PER_CLASS_MAX: usize = 16_384;
/// Requests that are taken out at once at the most.
pub const BATCH_MAX: usize = 4_096;
/// The share of a batch that every class keeps however much of the more urgent ones waits.
pub const CLASS_SHARE_MIN: usize = BATCH_MAX / 8;

const CLASSES: [Class; 3] = [Class::Finish, Class::Claim, Class::Read];

const _: () = assert!(BATCH_MAX <= INBOX_PER_CLASS_MAX);

/// Where an outcome goes.
pub trait Respond: Send + 'static {
    /// Delivers the outcome. Must not block; a caller that has left is no error.
    fn respond(self, outcome: Outcome);

    /// Delivers many outcomes, such as all replies of a commit.
    fn respond_all(replies: Vec<(Self, Outcome)>)
    where
        Self: Sized,
    {
        for (to, outcome) in replies {
            to.respond(outcome);
        }
    }
}

/// Requests on their way to the writer.
#[derive(Debug)]
pub struct Mailbox<R> {
    mail: Mutex<Mail<R>>,
    depth: AtomicUsize,
    closed: AtomicBool,
    retry_after_ms: AtomicU32,
    free_bytes: AtomicU64,
    storage_full: AtomicBool,
    /// Whether `storage_full` changed since it was last asked.
    storage_changed: AtomicBool,
}

#[derive(Debug)]
struct Mail<R> {
    queues: [VecDeque<(Request, R)>; 3],
}

impl<R> Default for Mailbox<R> {
    fn default() -> Self {
        let queues = [VecDeque::new(), VecDeque::new(), VecDeque::new()];
        Self {
            mail: Mutex::new(Mail { queues }),
            depth: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            retry_after_ms: AtomicU32::new(1_000),
            free_bytes: AtomicU64::new(u64::MAX),
            storage_full: AtomicBool::new(false),
            storage_changed: AtomicBool::new(false),
        }
    }
}

impl<R> Mailbox<R> {
    /// Puts a request in, or gives its sender back with the reason.
    ///
    /// # Errors
    /// [`Unavailable::Overloaded`] when its class is full, [`Unavailable::Stopping`] after the
    /// close. Nothing was decided in either case.
    pub fn send(&self, request: Request, sender: R) -> Result<(), (Unavailable, R)> {
        let mut mail = self.lock();
        // Read under the lock, so that whoever closes and then drains misses nobody.
        if self.is_closed() {
            return Err((Unavailable::Stopping, sender));
        }
        let queue = mail.queue(request.command.action.class());
        if queue.len() >= INBOX_PER_CLASS_MAX {
            let retry_after_ms = self.retry_after_ms.load(Ordering::Relaxed);
            return Err((Unavailable::Overloaded { retry_after_ms }, sender));
        }
        queue.push_back((request, sender));
        self.depth.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Takes the next batch out, most urgent class first.
    #[must_use]
    pub fn take(&self) -> Vec<(Request, R)> {
        if self.depth() == 0 {
            return Vec::new();
        }
        let requests = self.lock().take_batch();
        self.depth.fetch_sub(requests.len(), Ordering::SeqCst);
        requests
    }

    /// Lets nothing in any more.
    pub fn close(&self) {
        let _mail = self.lock();
        self.closed.store(true, Ordering::SeqCst);
    }

    /// Whether nothing is let in any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Takes everything that waits, to refuse it.
    pub fn drain(&self) -> Vec<(Request, R)> {
        let mut mail = self.lock();
        let all: Vec<_> = mail.queues.iter_mut().flat_map(std::mem::take).collect();
        drop(mail);
        self.depth.fetch_sub(all.len(), Ordering::SeqCst);
        all
    }

    /// Requests that wait now.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.depth.load(Ordering::SeqCst)
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

    fn lock(&self) -> MutexGuard<'_, Mail<R>> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Mail<R> {
    fn queue(&mut self, class: Class) -> &mut VecDeque<(Request, R)> {
        let [finish, claim, read] = &mut self.queues;
        match class {
            Class::Finish => finish,
            Class::Claim => claim,
            Class::Read => read,
        }
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
