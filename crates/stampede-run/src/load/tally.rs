//! Counts what one thread of a load saw, and adds threads up.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use stampede_metrics::Latency;

use super::{Load, LoadResult};
use crate::wire::Connection;

/// The times of a load.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) start: Instant,
    /// The warm-up ends and counting begins.
    pub(super) measured: Instant,
    pub(super) end: Instant,
}

impl Window {
    pub(super) fn starting_at(start: Instant, load: &Load) -> Window {
        let measured = start + load.warm_up;
        Window {
            start,
            measured,
            end: measured + load.duration,
        }
    }

    pub(super) fn counts(&self, end: Instant) -> bool {
        self.measured <= end && end < self.end
    }
}

/// When a request should have started, started and was answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    pub(super) intended: Instant,
    pub(super) start: Instant,
    pub(super) end: Instant,
}

/// What one thread saw.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) unanswered: u64,
    pub(super) unsent: u64,
    pub(super) reopened: u64,
    pub(super) cpu: Duration,
    answered: u64,
    expected: u64,
    statuses: BTreeMap<u16, u64>,
    latency: Latency,
    service: Latency,
    schedule_lag: Latency,
    sent_bytes: u64,
    received_bytes: u64,
}

/// A tally that the tasks of one thread share. They never wait for each other: only one runs.
pub(super) type SharedTally = Arc<Mutex<Tally>>;

/// Changes the tally.
pub(super) fn with(tally: &SharedTally, change: impl FnOnce(&mut Tally)) {
    change(&mut tally.lock().expect("no task panics while it counts"));
}

impl Tally {
    pub(super) fn answer(&mut self, status: u16, is_expected: bool, times: Times) {
        self.answered += 1;
        self.expected += u64::from(is_expected);
        *self.statuses.entry(status).or_default() += 1;
        self.latency.record(times.end - times.intended);
        self.service.record(times.end - times.start);
        self.schedule_lag.record(times.start - times.intended);
    }

    pub(super) fn connection_done(&mut self, connection: &Connection) {
        self.sent_bytes += connection.sent_bytes();
        self.received_bytes += connection.received_bytes();
    }

    pub(super) fn merge(&mut self, other: &Tally) {
        self.unanswered += other.unanswered;
        self.unsent += other.unsent;
        self.reopened += other.reopened;
        self.cpu += other.cpu;
        self.answered += other.answered;
        self.expected += other.expected;
        for (&status, &count) in &other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        self.schedule_lag.merge(&other.schedule_lag);
        self.sent_bytes += other.sent_bytes;
        self.received_bytes += other.received_bytes;
    }

    pub(super) fn result(&self, load: &Load, wall: Duration, n_threads: usize) -> LoadResult {
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
        let (answered, n_threads) = (self.answered as f64, n_threads as f64);
        LoadResult {
            answered: self.answered,
            expected: self.expected,
            unanswered: self.unanswered,
            unsent: self.unsent,
            reopened: self.reopened,
            per_second: answered / load.duration.as_secs_f64(),
            statuses: self
                .statuses
                .iter()
                .map(|(&status, &count)| (status, count))
                .collect(),
            latency: self.latency.summary(),
            service: self.service.summary(),
            schedule_lag: self.schedule_lag.summary(),
            sent_bytes: self.sent_bytes,
            received_bytes: self.received_bytes,
            loader_busy: self.cpu.as_secs_f64() / (wall.as_secs_f64() * n_threads).max(1e-9),
        }
    }
}
