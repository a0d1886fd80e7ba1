//! A request's body on its way in, and the memory that all large bodies share.
//!
//! Invariants:
//! * A body of at most [`BODY_SMALL_BYTES_MAX`] bytes never touches the budget.
//! * A larger one owns no byte of a buffer that was not reserved before it was allocated; while a
//!   buffer moves to a larger one, both are reserved.
//! * What was reserved is given back when the last holder of the body drops it, however it ends:
//!   answered, timed out, or left by its client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;

use super::service::Rejection;

/// Bytes of a body that is small: what nearly every request has, and what a connection's own
/// buffers already bound.
const BODY_SMALL_BYTES_MAX: usize = 64 * 1024;

/// Bytes above its route's limit that are read and thrown away, so that their sender reads our
/// refusal. Above this we answer at once and close.
pub(super) const DISCARD_BYTES_MAX: u64 = 1024 * 1024;

/// The bytes that large bodies may take together.
#[derive(Debug)]
pub(super) struct BodyBudget {
    bytes_max: usize,
    reserved_bytes: AtomicUsize,
    reserved_bytes_peak: AtomicUsize,
    refused: AtomicU64,
}

/// A part of the budget; its drop gives it back.
#[derive(Debug)]
struct Share {
    budget: Arc<BodyBudget>,
    bytes: usize,
}

/// The body of one request as far as it has arrived.
#[derive(Debug)]
pub(super) struct Intake {
    bytes_max: usize,
    /// What the buffer will have to hold at most.
    wanted_bytes_max: usize,
    /// The first chunk, which is the whole of most bodies and is then never copied.
    first: Bytes,
    rest: Vec<u8>,
    share: Option<Share>,
    received_bytes: u64,
    /// Whether what arrives is thrown away, because it is too much for its route or for us.
    is_discarding: bool,
}

/// A large body that has arrived, with the memory that it was promised.
struct Kept {
    bytes: Vec<u8>,
    _share: Share,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl BodyBudget {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            reserved_bytes: AtomicUsize::new(0),
            reserved_bytes_peak: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// What large bodies hold now.
    pub(super) fn reserved_bytes(&self) -> usize {
        self.reserved_bytes.load(Ordering::Relaxed)
    }

    /// The most that they held at once.
    pub(super) fn reserved_bytes_peak(&self) -> usize {
        self.reserved_bytes_peak.load(Ordering::Relaxed)
    }

    /// Bodies that there was no room for.
    pub(super) fn refused_total(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Share> {
        let room = |reserved: usize| {
            let reserved = reserved.checked_add(bytes)?;
            (reserved <= self.bytes_max).then_some(reserved)
        };
        // Relaxed: the number is all that is shared.
        let before = self
            .reserved_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, room)
            .ok()?;
        self.reserved_bytes_peak
            .fetch_max(before + bytes, Ordering::Relaxed);
        Some(Share {
            budget: Arc::clone(self),
            bytes,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget
            .reserved_bytes
            .fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Intake {
    /// A body of which nothing has arrived. `announced_bytes` is how long its sender says it is.
    pub(super) fn new(bytes_max: usize, announced_bytes: Option<u64>) -> Self {
        let announced = announced_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        Self {
            bytes_max,
            wanted_bytes_max: announced.unwrap_or(bytes_max).min(bytes_max),
            first: Bytes::new(),
            rest: Vec::new(),
            share: None,
            received_bytes: 0,
            is_discarding: false,
        }
    }

    /// Takes a chunk, with memory from `budget` if the body is large. Returns a refusal when it
    /// makes no sense to read on.
    pub(super) fn take(&mut self, budget: &Arc<BodyBudget>, data: Bytes) -> Option<Rejection> {
        self.received_bytes = self.received_bytes.saturating_add(data.len() as u64);
        let bytes_max = self.bytes_max as u64;
        if bytes_max < self.received_bytes {
            self.discard();
            let hopeless = bytes_max.saturating_add(DISCARD_BYTES_MAX) < self.received_bytes;
            return self.verdict().filter(|_too_large| hopeless);
        }
        if self.is_discarding {
            return None;
        }
        let is_first = self.first.is_empty() && self.rest.is_empty();
        if is_first && data.len() <= BODY_SMALL_BYTES_MAX {
            self.first = data;
            return None;
        }
        let bytes = self.first.len() + self.rest.len() + data.len();
        if !self.make_room(budget, bytes) {
            budget.refused.fetch_add(1, Ordering::Relaxed);
            self.discard();
            return None;
        }
        self.rest
            .extend_from_slice(&std::mem::take(&mut self.first));
        self.rest.extend_from_slice(&data);
        None
    }

    /// Why the body is refused, if it is. Without a reason it is whole when its sender has ended.
    pub(super) fn verdict(&self) -> Option<Rejection> {
        let bytes_max = self.bytes_max;
        if (bytes_max as u64) < self.received_bytes {
            return Some(Rejection::BodyTooLarge { bytes_max });
        }
        self.is_discarding.then_some(Rejection::BodiesFull)
    }

    /// The body.
    pub(super) fn into_bytes(self) -> Bytes {
        match self.share {
            None if self.rest.is_empty() => self.first,
            None => Bytes::from(self.rest),
            Some(share) => Bytes::from_owner(Kept {
                bytes: self.rest,
                _share: share,
            }),
        }
    }

    /// Makes the buffer large enough, within the budget. False if there is no room for it.
    fn make_room(&mut self, budget: &Arc<BodyBudget>, bytes: usize) -> bool {
        if bytes <= self.rest.capacity() {
            return true;
        }
        let doubled = self.next_capacity();
        if bytes <= BODY_SMALL_BYTES_MAX {
            let doubled = doubled.min(BODY_SMALL_BYTES_MAX);
            self.rest
                .reserve_exact(bytes.max(doubled) - self.rest.len());
            return true;
        }
        let bytes = bytes.max(doubled);
        let Some(share) = budget.reserve(bytes) else {
            return false;
        };
        let mut larger = Vec::with_capacity(bytes);
        larger.extend_from_slice(&self.rest);
        self.rest = larger;
        // The old share goes after the old buffer.
        self.share = Some(share);
        true
    }

    /// Twice as large, so that a body is copied once on average, and no larger than it can be. From
    /// a quarter of that at once to all of it, so that a move never needs more than half as much
    /// again.
    fn next_capacity(&self) -> usize {
        let doubled = self.rest.capacity() * 2;
        if self.wanted_bytes_max / 2 < doubled {
            self.wanted_bytes_max
        } else {
            doubled
        }
    }

    fn discard(&mut self) {
        self.is_discarding = true;
        self.first = Bytes::new();
        self.rest = Vec::new();
        self.share = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn fill(intake: &mut Intake, budget: &Arc<BodyBudget>, bytes: usize) -> Option<Rejection> {
        let chunk = Bytes::from(vec![b'x'; 16 * 1024]);
        let mut left = bytes;
        while 0 < left {
            let part = left.min(chunk.len());
            if let Some(rejection) = intake.take(budget, chunk.slice(..part)) {
                return Some(rejection);
            }
            left -= part;
        }
        intake.verdict()
    }

    #[test]
    fn a_small_body_does_not_touch_a_budget_that_is_used_up() {
        let budget = Arc::new(BodyBudget::new(0));
        let mut small = Intake::new(MIB, None);
        assert_eq!(fill(&mut small, &budget, BODY_SMALL_BYTES_MAX), None);
        assert_eq!(small.into_bytes().len(), BODY_SMALL_BYTES_MAX);
        let mut large = Intake::new(MIB, None);
        let full = Some(Rejection::BodiesFull);
        assert_eq!(fill(&mut large, &budget, BODY_SMALL_BYTES_MAX + 1), full);
        let mut at_once = Intake::new(MIB, None);
        let chunk = Bytes::from(vec![b'x'; BODY_SMALL_BYTES_MAX + 1]);
        assert_eq!(at_once.take(&budget, chunk), None);
        assert_eq!(at_once.verdict(), full);
        assert_eq!(budget.refused_total(), 2);
        assert_eq!(budget.reserved_bytes_peak(), 0);
    }

    #[test]
    fn what_is_reserved_is_never_less_than_what_is_owned() {
        let budget = Arc::new(BodyBudget::new(64 * MIB));
        for announced in [None, Some(5 * MIB as u64 + 7)] {
            let mut intake = Intake::new(8 * MIB, announced);
            let chunk = Bytes::from(vec![b'x'; 10_000]);
            for _n_chunk in 0..5 * MIB / 10_000 {
                assert_eq!(intake.take(&budget, chunk.clone()), None);
                let large = BODY_SMALL_BYTES_MAX < intake.rest.len();
                assert!(!large || intake.rest.capacity() <= budget.reserved_bytes());
            }
            assert!(budget.reserved_bytes() <= announced.map_or(8 * MIB, |_known| 5 * MIB + 7));
            let body = intake.into_bytes();
            let clone = body.clone();
            drop(body);
            assert!(clone.len() <= budget.reserved_bytes());
            drop(clone);
            assert_eq!(budget.reserved_bytes(), 0);
        }
    }

    #[test]
    fn a_budget_lets_in_what_fits_and_gives_back_what_is_dropped_or_refused() {
        let budget = Arc::new(BodyBudget::new(4 * MIB));
        let start = || Intake::new(2 * MIB, Some(2 * MIB as u64));
        let mut first = start();
        assert_eq!(fill(&mut first, &budget, 2 * MIB), None);
        let mut second = start();
        assert_eq!(fill(&mut second, &budget, MIB), None);
        let mut third = start();
        assert_eq!(
            fill(&mut third, &budget, 2 * MIB),
            Some(Rejection::BodiesFull)
        );
        // The refused one holds nothing, so the second can go on once the first has left.
        drop(first);
        assert_eq!(fill(&mut second, &budget, MIB), None);
        assert!(budget.reserved_bytes_peak() <= 4 * MIB);
        drop((second, third));
        assert_eq!(budget.reserved_bytes(), 0);
        assert_eq!(budget.refused_total(), 1);
    }

    #[test]
    fn a_body_above_its_limit_is_too_large_whatever_room_there_is() {
        for bytes_max in [0, 64 * MIB] {
            let budget = Arc::new(BodyBudget::new(bytes_max));
            let mut intake = Intake::new(MIB, None);
            let too_large = Some(Rejection::BodyTooLarge { bytes_max: MIB });
            assert_eq!(fill(&mut intake, &budget, MIB + 1), too_large);
            assert_eq!(budget.reserved_bytes(), 0);
            // It is read on for a while, then no more.
            let rest = Bytes::from(vec![b'x'; 512 * 1024]);
            assert_eq!(intake.take(&budget, rest.clone()), None);
            assert_eq!(intake.take(&budget, rest), too_large);
        }
    }
}
