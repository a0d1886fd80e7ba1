//! The housekeeping thread: ends what is overdue, reports figures, and ends the writer in order.
//!
//! Never: keeps the desk for longer than one helping takes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant as Mono};

use crate::clock::micros;
use crate::core::Moment;
use crate::mailbox::Respond;
use crate::run::{CommitLost, Shared};
use crate::watch::Alarm;

/// How long the housekeeping thread sleeps at the most and at the least.
const TICK_MAX: Duration = Duration::from_millis(50);
const TICK_MIN: Duration = Duration::from_millis(1);
/// How often figures are reported.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// How far the wall clock may run away from the monotonic one before it is reported.
const CLOCK_DRIFT_ALARM_US: u64 = 1_000_000;

/// The thread's own.
pub(crate) struct Keeper<R> {
    pub(crate) shared: Arc<Shared<R>>,
    pub(crate) reported: Mono,
}

impl<R: Respond> Keeper<R> {
    pub(crate) fn run(mut self) -> Result<(), CommitLost> {
        loop {
            self.shared.work();
            let (sleep, is_done) = self.tend();
            // Looked at after the desk: a lost commit leaves nothing to do either, and it is said
            // before it shows there.
            if let Some(why) = self.lost() {
                self.end();
                return Err(CommitLost(why));
            }
            if is_done {
                self.end();
                return Ok(());
            }
            self.report();
            std::thread::sleep(sleep);
        }
    }

    fn lost(&self) -> Option<String> {
        let mut lost = self
            .shared
            .lost
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        lost.take()
    }

    /// Expires what is overdue; says how long nothing else is, and whether all is done.
    fn tend(&self) -> (Duration, bool) {
        let shared = &self.shared;
        let mut desk = shared.desk();
        let (full, changed) = shared.mailbox.storage_full();
        desk.core.set_storage_full(full);
        let now_us = shared.clock.us();
        desk.core.expire(Moment {
            journal_us: now_us,
            wall_us: 0,
        });
        shared.hand_over(&mut desk);
        let core = &desk.core;
        let is_done = shared.mailbox.is_closed()
            && shared.mailbox.depth() == 0
            && desk.backlog.is_empty()
            && !core.is_committing()
            && !core.has_batch();
        let until_us = core
            .state()
            .next_deadline()
            .map_or(u64::MAX, |at| at.0.saturating_sub(now_us));
        shared.let_go(desk);
        if changed {
            let free_bytes = shared.mailbox.free_bytes();
            shared.watch.alarm(if full {
                Alarm::StorageFull { free_bytes }
            } else {
                Alarm::StorageRecovered
            });
        }
        let closing = shared.mailbox.is_closed();
        let until = if closing {
            TICK_MIN
        } else {
            Duration::from_micros(until_us)
        };
        (until.clamp(TICK_MIN, TICK_MAX), is_done)
    }

    fn end(&self) {
        self.shared.slot.close();
        self.shared.feed.close();
    }

    fn report(&mut self) {
        let of = self.reported.elapsed();
        if of < REPORT_EVERY {
            return;
        }
        self.reported = Mono::now();
        let shared = &self.shared;
        let mut desk = shared.desk();
        let busy = std::mem::take(&mut desk.busy);
        let counts = desk.core.state().counts();
        shared.let_go(desk);
        shared.watch.busy(busy, of);
        let mailbox = &shared.mailbox;
        let depth = mailbox.depth();
        shared.watch.counts(counts, depth, mailbox.free_bytes());
        let n_replies = shared.n_replies.swap(0, Ordering::Relaxed);
        // At the measured speed the mailbox is empty after this long.
        let per_ms = n_replies / micros(of).max(1_000).div_euclid(1_000);
        let retry_after_ms = depth as u64 / per_ms.max(1);
        mailbox.set_retry_after_ms(
            u32::try_from(retry_after_ms.clamp(1_000, 60_000)).expect("clamped to a minute"),
        );
        let drift_us = shared.clock.drift_us();
        if drift_us.unsigned_abs() > CLOCK_DRIFT_ALARM_US {
            shared.watch.alarm(Alarm::ClockDrift { drift_us });
        }
    }
}
