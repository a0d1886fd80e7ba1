//! Runs the writer: one thread decides and answers, one makes batches durable.
//!
//! The deciding thread never sleeps on a batch timer. While a commit runs it releases the replies
//! of the batch before, decides what has come meanwhile, and then sleeps until the commit ends;
//! callers need not wake it for that.
//!
//! Invariants: after a lost commit the threads end, with everybody told; a shutdown answers
//! everybody who was let in.
//! Never: retries a commit.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as Mono, SystemTime, UNIX_EPOCH};

use boxoffice_engine::decide::Rules;
use boxoffice_engine::event::HouseOpened;
use boxoffice_engine::ids::Position;
use boxoffice_engine::state::{Counts, State};
use boxoffice_journal::Journal;

use crate::core::{CommitEnd, Core, Moment, Outbox, Sealed};
use crate::feed::Feed;
use crate::layouts::Layouts;
use crate::mailbox::{Mailbox, Respond, WaitFor};
use crate::request::{Request, Unavailable};

/// How long the writer sleeps at most when nothing has a deadline.
const IDLE_MS: u64 = 100;
/// How far the wall clock may run away from the monotonic one before it is reported.
const CLOCK_DRIFT_ALARM_US: u64 = 1_000_000;
/// How often the free space of the storage is looked at, in commits.
const FREE_SPACE_EVERY_COMMITS: u32 = 64;
/// How often it is looked at while nothing is committed, so that writes go on once there is room.
const FREE_SPACE_EVERY: Duration = Duration::from_secs(1);

/// What the writer reports while it runs, for metrics and logs. Calls must not block.
pub trait Watch: Send + Sync + 'static {
    /// A batch became durable.
    fn committed(&self, batch: &BatchReport);
    /// The deciding thread was busy for so long since the last call, out of so long.
    fn busy(&self, busy: Duration, of: Duration);
    /// What the house has now; called at most a few times a second.
    fn counts(&self, counts: Counts, inbox: usize, free_bytes: u64);
    /// Something that an operator must know.
    fn alarm(&self, alarm: Alarm);
}

/// A durable batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchReport {
    /// Its position.
    pub position: Position,
    /// Its events.
    pub n_events: usize,
    /// Replies that waited for it.
    pub n_replies: usize,
    /// How long the commit took.
    pub commit: Duration,
}

/// Something that an operator must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// The wall clock was set, or runs away; journal time is not affected.
    ClockDrift {
        /// Wall clock less monotonic clock, in microseconds.
        drift_us: i64,
    },
    /// Too little free space: writes are refused, reads go on.
    StorageFull {
        /// What is free.
        free_bytes: u64,
    },
    /// There is enough free space again.
    StorageRecovered,
    /// A commit failed or its end is unknown; the process has to end.
    CommitLost(String),
}

/// Settings of a running writer.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// See [`Rules`].
    pub rules: Rules,
    /// Below this, writes are refused before deciding.
    pub free_bytes_min: u64,
}

/// A running writer.
#[derive(Debug)]
pub struct Running<R> {
    /// Where requests go.
    pub mailbox: Arc<Mailbox<R, CommitEnd>>,
    /// Durable entries.
    pub feed: Arc<Feed>,
    /// The newest layout of every show.
    pub layouts: Arc<Layouts>,
    decider: JoinHandle<Result<(), CommitLost>>,
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
        match self.decider.join() {
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
    options: WriterOptions,
    watch: Arc<dyn Watch>,
) -> std::io::Result<Running<R>> {
    let mailbox = Arc::new(Mailbox::default());
    let feed = Arc::new(Feed::new(Position(journal.tail().position.0)));
    let layouts = Arc::new(Layouts::default());
    for layout in state.layouts() {
        layouts.publish(Arc::clone(layout));
    }
    let free_bytes = journal.free_bytes();
    mailbox.set_free_bytes(free_bytes, free_bytes < options.free_bytes_min);
    let (to_committer, sealed) = sync_channel(1);
    let clock = Clock::from(state.time().0);
    let mut core = Core::new(state, options.rules.clone(), journal.tail());
    core.open(opened, clock.moment());
    let decider = Decider {
        core,
        clock,
        mailbox: Arc::clone(&mailbox),
        feed: Arc::clone(&feed),
        layouts: Arc::clone(&layouts),
        to_committer,
        watch,
        backlog: Vec::new(),
        measured: Measured::start(),
    };
    let committer = Committer {
        journal,
        sealed,
        mailbox: Arc::clone(&mailbox),
        free_bytes_min: options.free_bytes_min,
        n_commits: 0,
    };
    let committer = std::thread::Builder::new()
        .name("commit".into())
        .spawn(move || {
            let _guard = AbortOnPanic;
            committer.run();
        })?;
    let decider = std::thread::Builder::new()
        .name("writer".into())
        .spawn(move || {
            let _guard = AbortOnPanic;
            let end = decider.run();
            // The committer ends when its channel does; it has nothing left to report.
            drop(committer.join());
            end
        })?;
    Ok(Running {
        mailbox,
        feed,
        layouts,
        decider,
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

/// Journal time from the monotonic clock; the wall clock only says where it starts.
#[derive(Debug)]
struct Clock {
    started: Mono,
    base_us: u64,
}

impl Clock {
    fn from(last_us: u64) -> Self {
        Self {
            started: Mono::now(),
            base_us: wall_us().max(last_us),
        }
    }

    fn us(&self) -> u64 {
        self.us_at(Mono::now())
    }

    fn us_at(&self, mono: Mono) -> u64 {
        self.base_us + micros(mono.saturating_duration_since(self.started))
    }

    fn moment(&self) -> Moment {
        Moment {
            journal_us: self.us(),
            wall_us: wall_us(),
        }
    }
}

fn wall_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, micros)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The thread that makes batches durable.
struct Committer<R> {
    journal: Box<dyn Journal>,
    sealed: Receiver<Sealed>,
    mailbox: Arc<Mailbox<R, CommitEnd>>,
    free_bytes_min: u64,
    n_commits: u32,
}

impl<R: Respond> Committer<R> {
    fn run(mut self) {
        loop {
            let sealed = match self.sealed.try_recv() {
                Ok(sealed) => sealed,
                Err(_) => {
                    self.journal.idle();
                    match self.sealed.recv_timeout(FREE_SPACE_EVERY) {
                        Ok(sealed) => sealed,
                        Err(RecvTimeoutError::Timeout) => {
                            self.look_at_free_space();
                            continue;
                        }
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            };
            let end = match self.journal.append(sealed.expected, &sealed.payload) {
                Ok(tail) => CommitEnd::Durable(tail),
                Err(error) => CommitEnd::Lost(chain(&error)),
            };
            let lost = matches!(end, CommitEnd::Lost(_));
            if self.n_commits.is_multiple_of(FREE_SPACE_EVERY_COMMITS) {
                self.look_at_free_space();
            }
            self.n_commits = self.n_commits.wrapping_add(1);
            self.mailbox.commit_ended(end);
            if lost {
                return;
            }
            self.journal.checkpoint_if_due();
        }
    }

    fn look_at_free_space(&self) {
        let free_bytes = self.journal.free_bytes();
        self.mailbox
            .set_free_bytes(free_bytes, free_bytes < self.free_bytes_min);
    }
}

/// An error with all its causes, for people.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What the decider measures for its reports.
#[derive(Debug)]
struct Measured {
    since: Mono,
    slept: Duration,
    sealed_at: Mono,
    n_replies: u64,
}

impl Measured {
    fn start() -> Self {
        let now = Mono::now();
        Self {
            since: now,
            slept: Duration::ZERO,
            sealed_at: now,
            n_replies: 0,
        }
    }
}

struct Decider<R> {
    core: Core<R>,
    clock: Clock,
    mailbox: Arc<Mailbox<R, CommitEnd>>,
    feed: Arc<Feed>,
    layouts: Arc<Layouts>,
    to_committer: SyncSender<Sealed>,
    watch: Arc<dyn Watch>,
    /// Requests of a batch that became too large; they come first in the next.
    backlog: Vec<(Request, R)>,
    measured: Measured,
}

impl<R: Respond> Decider<R> {
    fn run(mut self) -> Result<(), CommitLost> {
        let mut out = Outbox::default();
        let mut just_sealed = self.seal(&mut out);
        loop {
            let wait_for = self.wait_for(just_sealed);
            let asleep = Mono::now();
            let woken = self.mailbox.wait(wait_for);
            self.measured.slept += asleep.elapsed();
            let lost = match woken.committed {
                Some(CommitEnd::Lost(why)) => Some(why),
                Some(end) => {
                    self.take_commit(end, &mut out);
                    None
                }
                None => None,
            };
            if let Some(why) = lost {
                return Err(self.give_up(why, woken.requests, &mut out));
            }
            self.decide_all(woken.requests, &mut out);
            self.core.expire(self.clock.moment());
            just_sealed = self.seal(&mut out);
            self.deliver(&mut out);
            self.report();
            let done = woken.finished && self.backlog.is_empty();
            if done && !self.core.is_committing() && !self.core.has_batch() {
                self.feed.close();
                return Ok(());
            }
        }
    }

    fn wait_for(&self, just_sealed: bool) -> WaitFor {
        if just_sealed || !self.backlog.is_empty() && !self.core.batch_is_full() {
            return WaitFor::Nothing;
        }
        if self.core.is_committing() {
            return WaitFor::Commit;
        }
        let deadline = self.core.state().next_deadline();
        let until_us = deadline.map_or(u64::MAX, |at| at.0.saturating_sub(self.clock.us()));
        WaitFor::Request(Duration::from_micros(until_us.min(IDLE_MS * 1_000)))
    }

    fn take_commit(&mut self, end: CommitEnd, out: &mut Outbox<R>) {
        let n_before = out.replies.len();
        self.core.committed(end, self.clock.us(), out);
        if let Some(entry) = out.entries.last() {
            self.watch.committed(&BatchReport {
                position: entry.position,
                n_events: entry.events.len(),
                n_replies: out.replies.len() - n_before,
                commit: self.measured.sealed_at.elapsed(),
            });
        }
    }

    fn decide_all(&mut self, requests: Vec<(Request, R)>, out: &mut Outbox<R>) {
        let backlog = std::mem::take(&mut self.backlog);
        let mut moment = self.clock.moment();
        let clock = &self.clock;
        let mut requests = backlog.into_iter().chain(requests);
        while !self.core.batch_is_full() {
            let Some((request, to)) = requests.next() else {
                break;
            };
            let queue_us = moment
                .journal_us
                .saturating_sub(clock.us_at(request.queued));
            let queue_us = u32::try_from(queue_us).unwrap_or(u32::MAX);
            let clock_us = || clock.us();
            let decided_us = self
                .core
                .handle(&request, to, moment, queue_us, &clock_us, out);
            // The wall clock moves along: only deadlines look at it.
            moment.wall_us += decided_us.saturating_sub(moment.journal_us);
            moment.journal_us = decided_us;
        }
        self.backlog.extend(requests);
    }

    fn seal(&mut self, out: &mut Outbox<R>) -> bool {
        let Some(sealed) = self.core.seal() else {
            return false;
        };
        self.measured.sealed_at = Mono::now();
        if self.to_committer.send(sealed).is_ok() {
            return true;
        }
        // The committer died: its batch is lost, and the next wait would never end.
        let end = CommitEnd::Lost("the committing thread ended".into());
        self.core.committed(end.clone(), self.clock.us(), out);
        self.mailbox.commit_ended(end);
        true
    }

    fn deliver(&mut self, out: &mut Outbox<R>) {
        for layout in out.layouts.drain(..) {
            self.layouts.publish(layout);
        }
        for entry in out.entries.drain(..) {
            self.feed.publish(entry);
        }
        self.measured.n_replies += out.replies.len() as u64;
        for (to, outcome) in out.replies.drain(..) {
            to.respond(outcome);
        }
    }

    /// Tells everybody who waits, inbox included, and ends.
    fn give_up(
        &mut self,
        why: String,
        requests: Vec<(Request, R)>,
        out: &mut Outbox<R>,
    ) -> CommitLost {
        self.watch.alarm(Alarm::CommitLost(why.clone()));
        self.mailbox.close();
        if self.core.is_committing() {
            self.core
                .committed(CommitEnd::Lost(why.clone()), self.clock.us(), out);
        }
        let undecided = std::mem::take(&mut self.backlog)
            .into_iter()
            .chain(requests);
        for (_, to) in undecided.chain(self.mailbox.drain()) {
            out.replies.push((to, Err(Unavailable::Stopping)));
        }
        self.deliver(out);
        self.feed.close();
        CommitLost(why)
    }

    fn follow_free_space(&mut self) {
        let (full, changed) = self.mailbox.storage_full();
        self.core.set_storage_full(full);
        if changed {
            let free_bytes = self.mailbox.free_bytes();
            self.watch.alarm(if full {
                Alarm::StorageFull { free_bytes }
            } else {
                Alarm::StorageRecovered
            });
        }
    }

    fn report(&mut self) {
        self.follow_free_space();
        let of = self.measured.since.elapsed();
        if of < Duration::from_millis(250) {
            return;
        }
        let busy = of.saturating_sub(self.measured.slept);
        self.watch.busy(busy, of);
        let per_s = (self.measured.n_replies * 1_000) / u64::try_from(of.as_millis()).unwrap_or(1);
        let depth = self.mailbox.depth() as u64;
        // At the measured speed the inbox is empty after this long.
        let retry_after_ms = (depth * 1_000) / per_s.max(1);
        self.mailbox.set_retry_after_ms(
            u32::try_from(retry_after_ms.clamp(1_000, 60_000)).expect("clamped to a minute"),
        );
        let counts = self.core.state().counts();
        self.watch
            .counts(counts, self.mailbox.depth(), self.mailbox.free_bytes());
        let wall = i128::from(wall_us());
        let drift = wall - i128::from(self.clock.us());
        // Journal time may start ahead of a wall clock that was set back: no news.
        if drift.unsigned_abs() > u128::from(CLOCK_DRIFT_ALARM_US) {
            let drift_us = i64::try_from(drift).unwrap_or(i64::MAX);
            self.watch.alarm(Alarm::ClockDrift { drift_us });
        }
        self.measured = Measured {
            sealed_at: self.measured.sealed_at,
            ..Measured::start()
        };
    }
}
