//! What the writer tells its surroundings while it runs.

use std::time::Duration;

use boxoffice_engine::decide::Rules;
use boxoffice_engine::ids::Position;
use boxoffice_engine::state::Counts;

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
