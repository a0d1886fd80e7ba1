//! Journal time: microseconds since the Unix epoch, as stamped by the writer.
//!
//! Never: reads a clock. Time arrives with the command and is stored with the event.

use crate::codec::{Damaged, Input, Wire};

/// A moment of journal time in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// Later by whole milliseconds; the last moment that can be stored when beyond it.
    #[must_use]
    pub fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000)))
    }

    /// Milliseconds until `later`, 0 when it has passed.
    #[must_use]
    pub fn ms_until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0) / 1_000
    }
}

impl Wire for Instant {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self(u64::take(input)?))
    }
}
