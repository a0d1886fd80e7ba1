//! The committing thread: makes one batch after the other durable and releases its replies.
//!
//! Invariants: one commit at a time, each on the tail of the one before; after a lost commit the
//! thread tells everybody and ends.
//! Never: retries a commit, waits for a batch to grow when nobody is at work on it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant as Mono};

use boxoffice_journal::Journal;

use crate::core::{CommitEnd, Sealed};
use crate::mailbox::Respond;
use crate::run::Shared;
use crate::watch::{Alarm, BatchReport};

/// How often the free space of the storage is looked at, in commits.
const FREE_SPACE_EVERY_COMMITS: u32 = 64;
/// How often it is looked at, in bytes handed to the journal.
const FREE_SPACE_EVERY_BYTES: u64 = 16 << 20;
/// How often it is looked at while nothing is committed, so that writes go on once there is room.
const FREE_SPACE_EVERY: Duration = Duration::from_secs(1);
/// How long threads that were just woken by replies may take to hand over the next batch. They do
/// when they have nothing else to do; this only bounds it.
const HAND_OVER_WITHIN: Duration = Duration::from_micros(500);

/// The one batch on its way to the committing thread.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    hand: Mutex<Hand>,
    given: Condvar,
}

#[derive(Debug, Default)]
struct Hand {
    sealed: Option<Sealed>,
    closed: bool,
}

impl Slot {
    /// Hands a batch over. The one before was committed.
    pub(crate) fn give(&self, sealed: Sealed) {
        let mut hand = self.lock();
        assert!(hand.sealed.is_none(), "W2: one batch at a time");
        hand.sealed = Some(sealed);
        drop(hand);
        self.given.notify_one();
    }

    /// Ends the committing thread.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.given.notify_one();
    }

    /// The next batch, if it comes in time.
    fn wait(&self, timeout: Duration) -> Taken {
        let nothing = |hand: &mut Hand| hand.sealed.is_none() && !hand.closed;
        let (mut hand, _) = self
            .given
            .wait_timeout_while(self.lock(), timeout, nothing)
            .unwrap_or_else(PoisonError::into_inner);
        match hand.sealed.take() {
            Some(sealed) => Taken::Batch(sealed),
            None if hand.closed => Taken::Closed,
            None => Taken::Nothing,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Taken {
    Batch(Sealed),
    Nothing,
    Closed,
}

/// The thread's own.
pub(crate) struct Committer<R> {
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) shared: Arc<Shared<R>>,
    pub(crate) free_bytes_min: u64,
    pub(crate) n_commits: u32,
    /// Bytes handed to the journal since the free space was looked at.
    pub(crate) n_bytes: u64,
}

impl<R: Respond> Committer<R> {
    pub(crate) fn run(mut self) {
        let mut patience = FREE_SPACE_EVERY;
        loop {
            match self.shared.slot.wait(patience) {
                Taken::Batch(sealed) => {
                    if !self.commit(&sealed) {
                        return;
                    }
                    patience = HAND_OVER_WITHIN;
                }
                Taken::Nothing => {
                    if patience == HAND_OVER_WITHIN {
                        self.shared.seal();
                        self.journal.idle();
                    } else {
                        self.look_at_free_space();
                    }
                    patience = FREE_SPACE_EVERY;
                }
                Taken::Closed => return,
            }
        }
    }

    /// Commits a batch and releases what waited for it; false when nothing goes on.
    fn commit(&mut self, sealed: &Sealed) -> bool {
        let began = Mono::now();
        let end = match self.journal.append(sealed.expected, &sealed.payload) {
            Ok(tail) => CommitEnd::Durable(tail),
            Err(error) => CommitEnd::Lost(chain(&error)),
        };
        let commit = began.elapsed();
        if let CommitEnd::Lost(why) = end {
            self.shared.watch.alarm(Alarm::CommitLost(why.clone()));
            self.shared.give_up(why);
            return false;
        }
        self.n_commits = self.n_commits.wrapping_add(1);
        self.n_bytes += sealed.payload.len() as u64;
        if self.n_commits.is_multiple_of(FREE_SPACE_EVERY_COMMITS)
            || self.n_bytes >= FREE_SPACE_EVERY_BYTES
        {
            self.n_bytes = 0;
            self.look_at_free_space();
        }
        if let Some((position, n_events, n_replies)) = self.shared.committed(end) {
            let report = BatchReport {
                position,
                n_events,
                n_replies,
                commit,
            };
            self.shared.watch.committed(&report);
        }
        self.journal.checkpoint_if_due();
        true
    }

    fn look_at_free_space(&self) {
        let free_bytes = self.journal.free_bytes();
        let full = free_bytes < self.free_bytes_min;
        self.shared.mailbox.set_free_bytes(free_bytes, full);
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
