//! Journal time from the monotonic clock; the wall clock only says where it starts.
//!
//! Never: follows a wall clock that is set while the process runs.

use std::time::{Duration, Instant as Mono, SystemTime, UNIX_EPOCH};

/// A clock that starts at the wall clock or behind the last entry, whichever is later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    started: Mono,
    base_us: u64,
    /// The wall clock at the start: journal time may be ahead of it, which is no news later.
    wall_us: u64,
}

impl Clock {
    /// Starts not before `last_us`, the journal time of the newest entry.
    pub(crate) fn from(last_us: u64) -> Self {
        let wall_us = wall_us();
        Self {
            started: Mono::now(),
            base_us: wall_us.max(last_us),
            wall_us,
        }
    }

    /// How far the wall clock ran away from the monotonic one since the start, in microseconds.
    pub(crate) fn drift_us(&self) -> i64 {
        let expected = i128::from(self.wall_us) + i128::from(micros(self.started.elapsed()));
        i64::try_from(i128::from(wall_us()) - expected).unwrap_or(i64::MAX)
    }

    /// Now, in microseconds since the Unix epoch.
    pub(crate) fn us(&self) -> u64 {
        self.us_at(Mono::now())
    }

    /// At a moment of the monotonic clock.
    pub(crate) fn us_at(&self, mono: Mono) -> u64 {
        self.base_us + micros(mono.saturating_duration_since(self.started))
    }
}

/// The wall clock in microseconds since the Unix epoch; 0 before it.
pub(crate) fn wall_us() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, micros)
}

/// A duration in whole microseconds.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
