//! Runs the writer: whoever brings a request decides it, one at a time; one thread commits.
//!
//! There is one core, and whoever holds its lock is the writer. A thread that finds it free decides
//! its own request and whatever waits in the mailbox; one that finds it taken leaves its request in
//! the mailbox, and the holder looks there before it goes. So a refusal costs no change of threads,
//! and nobody ever waits for the lock.
//!
//! A batch is handed to the committing thread when the thread that filled it has nothing else to do
//! ([`Writer::idle`]), when it has [`WAITING_MAX`] replies waiting, or at once by threads that
//! never report idleness. All requests that arrived together are therefore in one batch, and no
//! batch waits for a timer.
//!
//! Invariants: after a lost commit nobody is acknowledged and everybody is told; a shutdown answers
//! everybody who was let in. A panic while deciding ends the process.
//! Never: retries a commit.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Mono};

use boxoffice_engine::event::HouseOpened;
use boxoffice_engine::ids::Position;
use boxoffice_engine::state::State;
use boxoffice_journal::Journal;

use crate::clock::{Clock, wall_us};
use crate::commit::{Committer, Slot};
use crate::core::{CommitEnd, Core, Moment, Outbox};
use crate::feed::Feed;
use crate::keeper::Keeper;
use crate::layouts::Layouts;
use crate::mailbox::{Mailbox, Respond};
use crate::request::{Outcome, Request, Unavailable};
use crate::watch::{Watch, WriterOptions};

/// Replies that wait for a batch before it is handed over though its threads are still busy.
pub const WAITING_MAX: usize = 64;

thread_local! {
    /// Whether this thread calls [`Writer::idle`] when it has nothing else to do.
    static REPORTS_IDLENESS: Cell<bool> = const { Cell::new(false) };
}

/// The way to a running writer.
pub struct Writer<R> {
    shared: Arc<Shared<R>>,
}

impl<R> fmt::Debug for Writer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let depth = self.shared.mailbox.depth();
        f.debug_struct("Writer")
            .field("depth", &depth)
            .finish_non_exhaustive()
    }
}

impl<R> Clone for Writer<R> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<R: Respond> Writer<R> {
    /// Brings a request, or gives its sender back with the reason.
    ///
    /// # Errors
    /// [`Unavailable::Overloaded`] when its class is full, [`Unavailable::Stopping`] after the
    /// close. Nothing was decided in either case.
    pub fn send(&self, request: Request, to: R) -> Result<(), (Unavailable, R)> {
        self.shared.mailbox.send(request, to)?;
        self.shared.work();
        if !REPORTS_IDLENESS.get() {
            self.shared.seal();
        }
        Ok(())
    }

    /// Hands the collected batch over, if there is one and no commit runs: this thread has nothing
    /// else to do. From its first call on the thread is trusted to call this always.
    pub fn idle(&self) {
        REPORTS_IDLENESS.set(true);
        // What this thread left to a holder that had already looked.
        if self.shared.mailbox.depth() > 0 {
            self.shared.work();
        }
        if self.shared.is_batch_ready.load(Ordering::Relaxed) {
            self.shared.seal();
        }
    }

    /// Lets nothing in any more.
    pub fn close(&self) {
        self.shared.mailbox.close();
    }
}

/// A running writer.
#[derive(Debug)]
pub struct Running<R> {
    /// Where requests go.
    pub writer: Writer<R>,
    /// Durable entries.
    pub feed: Arc<Feed>,
    /// The newest layout of every show.
    pub layouts: Arc<Layouts>,
    keeper: JoinHandle<Result<(), CommitLost>>,
}

/// The writer ended because a commit failed or its end is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a commit failed or its end is unknown ({0}): nothing was acknowledged since; restart to \
     recover from the journal"
)]
pub struct CommitLost(pub String);

impl<R> Running<R> {
    /// Waits until the writer has ended.
    ///
    /// # Errors
    /// [`CommitLost`] when it had to.
    pub fn join(self) -> Result<(), CommitLost> {
        match self.keeper.join() {
            Ok(end) => end,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// Starts the writer of a recovered house; its first entry opens its term.
///
/// # Errors
/// When a thread cannot be started.
pub fn start<R: Respond>(
    journal: Box<dyn Journal>,
    state: State,
    opened: HouseOpened,
    options: &WriterOptions,
    watch: Arc<dyn Watch>,
) -> std::io::Result<Running<R>> {
    let mailbox = Mailbox::default();
    let free_bytes = journal.free_bytes();
    mailbox.set_free_bytes(free_bytes, free_bytes < options.free_bytes_min);
    let feed = Arc::new(Feed::new(Position(journal.tail().position.0)));
    let layouts = Arc::new(Layouts::default());
    for layout in state.layouts() {
        layouts.publish(Arc::clone(layout));
    }
    let clock = Clock::from(state.time().0);
    let mut core = Core::new(state, options.rules.clone(), journal.tail());
    core.open(
        opened,
        Moment {
            journal_us: clock.us(),
            wall_us: 0,
        },
    );
    let shared = Arc::new(Shared {
        mailbox,
        desk: Mutex::new(Desk {
            core,
            backlog: Vec::new(),
            busy: Duration::ZERO,
        }),
        slot: Slot::default(),
        clock,
        feed: Arc::clone(&feed),
        layouts: Arc::clone(&layouts),
        watch,
        lost: Mutex::new(None),
        n_replies: AtomicU64::new(0),
        is_batch_ready: AtomicBool::new(false),
        is_hand_over_wanted: AtomicBool::new(false),
    });
    shared.seal();
    let committer = Committer {
        journal,
        shared: Arc::clone(&shared),
        free_bytes_min: options.free_bytes_min,
        n_commits: 0,
        n_bytes: 0,
    };
    let committer = std::thread::Builder::new()
        .name("commit".into())
        .spawn(move || {
            let _guard = AbortOnPanic;
            committer.run();
        })?;
    let keeper = Keeper {
        shared: Arc::clone(&shared),
        reported: Mono::now(),
    };
    let keeper = std::thread::Builder::new()
        .name("keeper".into())
        .spawn(move || {
            let _guard = AbortOnPanic;
            let end = keeper.run();
            // The committer ends when its slot is closed; it has nothing left to report.
            drop(committer.join());
            end
        })?;
    Ok(Running {
        writer: Writer { shared },
        feed,
        layouts,
        keeper,
    })
}

/// Ends the process when its thread panics: a broken invariant must stop everything, because a
/// writer that is gone answers nobody and one that goes on might serve wrong data. A restart
/// recovers from the journal.
struct AbortOnPanic;

impl Drop for AbortOnPanic {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// What all threads share.
pub(crate) struct Shared<R> {
    pub(crate) mailbox: Mailbox<R>,
    desk: Mutex<Desk<R>>,
    pub(crate) slot: Slot,
    pub(crate) clock: Clock,
    pub(crate) feed: Arc<Feed>,
    layouts: Arc<Layouts>,
    pub(crate) watch: Arc<dyn Watch>,
    pub(crate) lost: Mutex<Option<String>>,
    pub(crate) n_replies: AtomicU64,
    /// Whether a batch could be handed over: a hint that spares idle threads the lock.
    is_batch_ready: AtomicBool,
    /// Set by a thread that found the desk taken: whoever holds it hands the batch over.
    is_hand_over_wanted: AtomicBool,
}

impl<R> Desk<R> {
    /// Whether the batch is large enough to be handed over though threads are still at work.
    fn is_due(&self) -> bool {
        self.core.n_waiting() >= WAITING_MAX || self.core.batch_is_full()
    }
}

/// The core, and what goes with its lock.
#[derive(Debug)]
pub(crate) struct Desk<R> {
    pub(crate) core: Core<R>,
    /// Requests that were taken from the mailbox for a batch that then was full.
    pub(crate) backlog: Vec<(Request, R)>,
    /// Time spent deciding since the last report.
    pub(crate) busy: Duration,
}

impl<R: Respond> Shared<R> {
    pub(crate) fn desk(&self) -> MutexGuard<'_, Desk<R>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides what waits in the mailbox, unless somebody else is at it.
    pub(crate) fn work(&self) {
        loop {
            // Either whoever holds the lock sees what we left before, or we see the lock free.
            fence(Ordering::SeqCst);
            let Some(mut desk) = self.free_desk() else {
                return;
            };
            let out = self.decide_all(&mut desk);
            let full = desk.core.batch_is_full();
            drop(desk);
            self.answer(out.replies);
            fence(Ordering::SeqCst);
            let wanted = self.is_hand_over_wanted.load(Ordering::SeqCst);
            if !wanted && (full || self.mailbox.depth() == 0) {
                return;
            }
        }
    }

    /// The desk, if nobody is at it.
    fn free_desk(&self) -> Option<MutexGuard<'_, Desk<R>>> {
        match self.desk.try_lock() {
            Ok(desk) => Some(desk),
            Err(TryLockError::Poisoned(desk)) => Some(desk.into_inner()),
            // The holder looks once more after it has let go.
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Lets go of the desk and looks for what was left meanwhile.
    pub(crate) fn let_go(&self, desk: MutexGuard<'_, Desk<R>>) {
        drop(desk);
        fence(Ordering::SeqCst);
        if self.is_hand_over_wanted.load(Ordering::SeqCst) || self.mailbox.depth() > 0 {
            self.work();
        }
    }

    /// One look for what was left while the committing thread was at the desk: one helping, because
    /// the batch that it may just have been given comes first.
    fn pick_up(&self) {
        fence(Ordering::SeqCst);
        if !self.is_hand_over_wanted.load(Ordering::SeqCst) && self.mailbox.depth() == 0 {
            return;
        }
        let Some(mut desk) = self.free_desk() else {
            return;
        };
        let mut out = Outbox::default();
        self.decide_some(&mut desk, &mut out);
        if self.is_hand_over_wanted.swap(false, Ordering::SeqCst) || desk.is_due() {
            self.hand_over(&mut desk);
        }
        self.hint(&desk);
        drop(desk);
        self.answer(out.replies);
    }

    /// Decides the backlog and the mailbox, up to a full batch.
    fn decide_all(&self, desk: &mut Desk<R>) -> Outbox<R> {
        let mut out = Outbox::default();
        while self.decide_some(desk, &mut out) {}
        let is_wanted = self.is_hand_over_wanted.swap(false, Ordering::SeqCst);
        if is_wanted || desk.is_due() {
            self.hand_over(desk);
        }
        self.hint(desk);
        out
    }

    /// Decides the backlog, or one helping of the mailbox; says whether there may be more to do.
    fn decide_some(&self, desk: &mut Desk<R>, out: &mut Outbox<R>) -> bool {
        let _guard = AbortOnPanic;
        if desk.core.batch_is_full() {
            return false;
        }
        let backlog = std::mem::take(&mut desk.backlog);
        let requests = if backlog.is_empty() {
            self.mailbox.take()
        } else {
            backlog
        };
        if requests.is_empty() {
            return false;
        }
        let from_us = self.clock.us();
        let mut now_us = from_us;
        let mut requests = requests.into_iter();
        while !desk.core.batch_is_full() {
            let Some((request, to)) = requests.next() else {
                break;
            };
            now_us = self.decide(desk, &request, to, now_us, out);
        }
        desk.backlog.extend(requests);
        desk.busy += Duration::from_micros(now_us.saturating_sub(from_us));
        true
    }

    fn hint(&self, desk: &Desk<R>) {
        let is_ready = desk.core.has_batch() && !desk.core.is_committing();
        self.is_batch_ready.store(is_ready, Ordering::Relaxed);
    }

    fn decide(
        &self,
        desk: &mut Desk<R>,
        request: &Request,
        to: R,
        now_us: u64,
        out: &mut Outbox<R>,
    ) -> u64 {
        let queue_us = now_us.saturating_sub(self.clock.us_at(request.queued));
        let queue_us = u32::try_from(queue_us).unwrap_or(u32::MAX);
        // Only deadlines look at the wall clock.
        let wall_us = if request.deadline_us.is_some() {
            wall_us()
        } else {
            0
        };
        let moment = Moment {
            journal_us: now_us,
            wall_us,
        };
        desk.core
            .handle(request, to, moment, queue_us, &|| self.clock.us(), out)
    }

    /// Hands the collected batch over, if there is one and no commit runs. Waits for nobody: who is
    /// at the desk does it instead.
    pub(crate) fn seal(&self) {
        match self.free_desk() {
            Some(mut desk) => {
                self.hand_over(&mut desk);
                self.let_go(desk);
            }
            None => {
                self.is_hand_over_wanted.store(true, Ordering::SeqCst);
                // Unless the holder has let go between our look and our note.
                self.work();
            }
        }
    }

    pub(crate) fn hand_over(&self, desk: &mut Desk<R>) {
        if let Some(sealed) = desk.core.seal() {
            self.slot.give(sealed);
        }
        self.hint(desk);
    }

    /// Takes the end of a commit; gives its position, events and replies.
    pub(crate) fn committed(&self, end: CommitEnd) -> Option<(Position, usize, usize)> {
        let mut desk = self.desk();
        let mut out = Outbox::default();
        desk.core.committed(end, self.clock.us(), &mut out);
        // Both before anybody can be answered by what just became durable.
        for layout in out.layouts.drain(..) {
            self.layouts.publish(layout);
        }
        let entry = out.entries.pop();
        let n_replies = out.replies.len();
        let report = entry
            .as_ref()
            .map(|e| (e.position, e.events.len(), n_replies));
        if let Some(entry) = entry {
            self.feed.publish(entry);
        }
        // What a full batch left behind: one helping, because the next commit waits for it.
        self.decide_some(&mut desk, &mut out);
        // With no reply nobody is woken who would hand the next batch over.
        if n_replies == 0 || desk.is_due() {
            self.hand_over(&mut desk);
        }
        self.hint(&desk);
        drop(desk);
        self.answer(out.replies);
        self.pick_up();
        report
    }

    fn answer(&self, replies: Vec<(R, Outcome)>) {
        self.n_replies
            .fetch_add(replies.len() as u64, Ordering::Relaxed);
        R::respond_all(replies);
    }

    /// After a lost commit: tells everybody who waits, mailbox included.
    pub(crate) fn give_up(&self, why: String) {
        // Said before anything looks done: whoever finds nothing left to do has to find out why.
        *self.lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
        self.mailbox.close();
        let mut desk = self.desk();
        let mut out = Outbox::default();
        desk.core
            .committed(CommitEnd::Lost(why), self.clock.us(), &mut out);
        let undecided = std::mem::take(&mut desk.backlog);
        for (_, to) in undecided.into_iter().chain(self.mailbox.drain()) {
            out.replies.push((to, Err(Unavailable::Stopping)));
        }
        drop(desk);
        self.answer(out.replies);
    }
}
