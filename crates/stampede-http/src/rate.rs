//! The limit of requests per second that all clients share.
//!
//! Invariants: slots are handed out in order and never saved up: after a quiet second the next
//! requests are still one interval apart.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Hands out one slot per interval.
#[derive(Debug)]
pub(crate) struct RateLimit {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl RateLimit {
    /// A limit of so many requests per second; zero is no limit.
    pub(crate) fn new(per_second: u32) -> Option<Self> {
        let interval = Duration::from_secs(1).checked_div(per_second)?;
        Some(Self {
            interval,
            next: Mutex::new(None),
        })
    }

    /// Takes the next slot and says when it is.
    pub(crate) fn reserve(&self, now: Instant) -> Instant {
        let mut next = self
            .next
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + self.interval);
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_one_interval_apart_and_not_saved_up() {
        let limit = RateLimit::new(10).unwrap();
        let start = Instant::now();
        let ms = Duration::from_millis;
        assert_eq!(limit.reserve(start), start);
        assert_eq!(limit.reserve(start), start + ms(100));
        assert_eq!(limit.reserve(start + ms(10)), start + ms(200));
        assert_eq!(limit.reserve(start + ms(1000)), start + ms(1000));
        assert_eq!(limit.reserve(start + ms(1000)), start + ms(1100));
        assert!(RateLimit::new(0).is_none());
    }
}
