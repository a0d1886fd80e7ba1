//! Which users and iterations belong to one of several processes.
//!
//! All items are counted from 0 and dealt in rounds of slots, as many as the least common
//! denominator of the points. The largest part chooses first: the k-th of its n slots is the
//! first free one from `k * slots / n` on. So each part's items are spread among the others'.
//!
//! Invariants: the parts that cover the whole own every item exactly once.

use super::segment::{Fraction, Segment, SegmentSequence, gcd};
use crate::limits::SEGMENT_SLOTS_MAX;

/// The items (users, iterations) of one part, among all items counted from 0.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stripe {
    /// The slots of this part in a round, ascending.
    slots: Vec<u64>,
    n_slots: u64,
    /// Slots of every part, and which of them is this one; what another division starts from.
    widths: Vec<u64>,
    part_idx: usize,
}

impl Stripe {
    /// The only part of an undivided test.
    #[must_use]
    pub fn whole() -> Self {
        Self::deal(vec![1], 0)
    }

    /// The part `segment` of `sequence`, or of the parts that it makes itself.
    ///
    /// # Errors
    /// The sequence does not contain the segment, or has too many slots.
    pub fn new(
        segment: Option<Segment>,
        sequence: Option<&SegmentSequence>,
    ) -> Result<Self, String> {
        let segment = segment.unwrap_or(Segment::WHOLE);
        let sequence = match sequence {
            Some(sequence) if !sequence.points().is_empty() => {
                let is_part = |pair: &[Fraction]| pair == [segment.from(), segment.to()];
                if !sequence.points().windows(2).any(is_part) {
                    return Err(format!(
                        "the segment {segment} is no part of the sequence {sequence}; accepted \
                         are two neighbours of its points"
                    ));
                }
                sequence.completed()
            }
            _ => SegmentSequence::around(segment),
        };
        let n_slots = slots_of(sequence.points()).ok_or_else(|| {
            format!(
                "the sequence {sequence} needs more than {SEGMENT_SLOTS_MAX} slots; use points \
                 with a small common denominator, such as 1/3 for 0.333333"
            )
        })?;
        let at = |point: &Fraction| point.numerator() * (n_slots / point.denominator());
        let pairs = sequence.points().windows(2);
        let widths: Vec<u64> = pairs.map(|pair| at(&pair[1]) - at(&pair[0])).collect();
        let points = &sequence.points()[..widths.len()];
        let part_idx = points.iter().position(|point| *point == segment.from());
        Ok(Self::deal(widths, part_idx.unwrap_or(0)))
    }

    fn deal(widths: Vec<u64>, part_idx: usize) -> Self {
        let owners = owners(&widths);
        let mine = |(slot, owner): (usize, &usize)| (*owner == part_idx).then(|| to_u64(slot));
        Self {
            slots: owners.iter().enumerate().filter_map(mine).collect(),
            n_slots: to_u64(owners.len()),
            widths,
            part_idx,
        }
    }

    /// How many of the first `total` items belong to this part.
    #[must_use]
    pub fn share(&self, total: u64) -> u64 {
        if self.n_slots == 0 {
            return 0;
        }
        let (rounds, rest) = (total / self.n_slots, total % self.n_slots);
        let in_rest = self.slots.partition_point(|slot| *slot < rest);
        rounds * self.width() + to_u64(in_rest)
    }

    /// The number in the whole test of this part's item `local`, both from 0.
    ///
    /// An empty part has no items; its answer is the largest number there is.
    #[must_use]
    pub fn global(&self, local: u64) -> u64 {
        let width = self.width();
        if width == 0 {
            return u64::MAX;
        }
        let slot_idx = usize::try_from(local % width).unwrap_or(usize::MAX);
        let slot = self.slots.get(slot_idx).copied().unwrap_or(0);
        (local / width)
            .saturating_mul(self.n_slots)
            .saturating_add(slot)
    }

    /// Whether this process runs the whole test.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.width() == self.n_slots
    }

    /// Whether this part owns nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The stripe of `total` items dealt in one round, so that all parts keep their shares of it.
    ///
    /// Arrival rates are divided like this: each part starts iterations as it owns users.
    ///
    /// The round has as many slots as `total`, or fewer; more than the limit stay as they are.
    pub(super) fn of_total(&self, total: u64) -> Self {
        if self.is_whole() || total > SEGMENT_SLOTS_MAX {
            return self.clone();
        }
        let rounds = total / self.n_slots;
        let mut widths: Vec<u64> = self.widths.iter().map(|width| width * rounds).collect();
        let rest = usize::try_from(total % self.n_slots).unwrap_or(usize::MAX);
        for owner in owners(&self.widths).into_iter().take(rest) {
            widths[owner] += 1;
        }
        // A common divisor makes the same rounds shorter, unless it changes who comes first.
        let divisor = widths.iter().copied().fold(0, gcd_of);
        let widths = widths.iter().map(|width| width / divisor.max(1)).collect();
        Self::deal(widths, self.part_idx)
    }

    /// Slots of this part in a round, and of all parts.
    pub(super) fn ratio(&self) -> (u64, u64) {
        (self.width(), self.n_slots)
    }

    fn width(&self) -> u64 {
        to_u64(self.slots.len())
    }
}

/// The part that owns each slot of a round.
fn owners(widths: &[u64]) -> Vec<usize> {
    let n_slots: u64 = widths.iter().sum();
    let mut order: Vec<usize> = (0..widths.len()).collect();
    order.sort_by_key(|idx| std::cmp::Reverse(widths[*idx]));
    let mut free = FreeSlots::new(n_slots);
    let mut owners = vec![0; free.len()];
    for part_idx in order {
        let width = widths[part_idx];
        for k in 0..width {
            let slot = free.take_from((k * n_slots).div_ceil(width));
            owners[slot] = part_idx;
        }
    }
    owners
}

fn gcd_of(a: u64, b: u64) -> u64 {
    match (a, b) {
        (0, other) | (other, 0) => other,
        (a, b) => gcd(a, b),
    }
}

fn to_u64(n: usize) -> u64 {
    n.try_into().expect("a length fits into 64 bits")
}

/// The least common denominator of the points, if it is within the limit.
fn slots_of(points: &[Fraction]) -> Option<u64> {
    points.iter().try_fold(1_u64, |slots, point| {
        let denominator = point.denominator();
        let slots = slots.checked_mul(denominator / gcd(slots, denominator))?;
        (slots <= SEGMENT_SLOTS_MAX).then_some(slots)
    })
}

/// Slots that are not taken yet.
struct FreeSlots {
    /// A free slot points to itself, a taken one towards the next that may be free.
    next: Vec<usize>,
}

impl FreeSlots {
    fn new(n_slots: u64) -> Self {
        let n_slots = usize::try_from(n_slots).unwrap_or(usize::MAX);
        Self {
            next: (0..=n_slots).collect(),
        }
    }

    fn len(&self) -> usize {
        self.next.len() - 1
    }

    /// Takes the first free slot from `wish` on, from the start again after the last.
    ///
    /// There is one as long as no more are taken than there are.
    fn take_from(&mut self, wish: u64) -> usize {
        let end = self.len();
        let mut slot = self.find(usize::try_from(wish).unwrap_or(end).min(end));
        if slot == end {
            slot = self.find(0);
        }
        self.next[slot] = slot + 1;
        slot
    }

    fn find(&mut self, slot: usize) -> usize {
        let mut root = slot;
        while self.next[root] != root {
            root = self.next[root];
        }
        let mut at = slot;
        while self.next[at] != root && at != root {
            at = std::mem::replace(&mut self.next[at], root);
        }
        root
    }
}

/// The parts of a sequence, for tests that put them together again.
#[cfg(test)]
pub(super) fn parts_of(sequence: &str) -> Vec<Stripe> {
    let sequence = SegmentSequence::parse(sequence).unwrap();
    let pairs = sequence.points().windows(2);
    pairs
        .map(|pair| Stripe::new(Segment::new(pair[0], pair[1]), Some(&sequence)).unwrap())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Letters by part for the first items: which part owns which.
    fn pattern(sequence: &str, n_items: u64) -> String {
        let sequence = SegmentSequence::parse(sequence).unwrap();
        let mut owners = vec!['?'; usize::try_from(n_items).unwrap()];
        for (part, pair) in ('A'..).zip(sequence.points().windows(2)) {
            let segment = Segment::new(pair[0], pair[1]);
            let stripe = Stripe::new(segment, Some(&sequence)).unwrap();
            for local in 0..stripe.share(n_items) {
                owners[usize::try_from(stripe.global(local)).unwrap()] = part;
            }
        }
        owners.into_iter().collect()
    }

    #[test]
    fn items_are_dealt_as_the_reference_deals_them() {
        for (sequence, owners) in [
            ("0,1/2,1", "ABABABABABABAB"),
            ("0,1/3,1", "BABBABBABBABBA"),
            ("0,2/3,1", "ABAABAABAABAAB"),
            ("0,1/3,2/3,1", "ABCABCABCABCAB"),
            ("0,1/4,1", "BABBBABBBABBBA"),
            ("0,3/4,1", "ABAAABAAABAAAB"),
            ("0,1/6,1/2,1", "CBCBCACBCBCACB"),
            ("0,1/2,5/6,1", "ABABACABABACAB"),
            ("0,1/4,3/4,1", "BABCBABCBABCBA"),
            ("0,2/5,1", "BABABBABABBABA"),
            ("0,3/7,1", "BABABABBABABAB"),
            ("0,1/7,3/7,1", "CBCACBCCBCACBC"),
            ("0,1/10,3/10,6/10,1", "DCBDCDBCDADCBD"),
            ("1/4,1/2", "???A???A???A??"),
            ("0,1/4,1/2", "?A?B?A?B?A?B?A"),
        ] {
            assert_eq!(pattern(sequence, 14), owners, "{sequence}");
        }
    }

    #[test]
    fn a_segment_alone_makes_its_own_sequence() {
        for (segment, owned) in [
            ("1/4:1/2", vec![3, 7, 11]),
            ("1/2:1", vec![1, 3, 5, 7, 9, 11, 13]),
            ("0:1/4", vec![1, 5, 9, 13]),
            ("1/3:1", vec![0, 2, 3, 5, 6, 8, 9, 11, 12]),
        ] {
            let stripe = Stripe::new(Some(Segment::parse(segment).unwrap()), None).unwrap();
            let items: Vec<u64> = (0..stripe.share(14)).map(|n| stripe.global(n)).collect();
            assert_eq!(items, owned, "{segment}");
        }
    }

    #[test]
    fn a_segment_outside_the_sequence_and_a_huge_sequence_are_refused() {
        let sequence = SegmentSequence::parse("0,1/2,1").unwrap();
        let quarter = Segment::parse("0:1/4").unwrap();
        let error = Stripe::new(Some(quarter), Some(&sequence)).unwrap_err();
        assert!(
            error.contains("0:1/4") && error.contains("0,1/2,1"),
            "{error}"
        );
        assert!(Stripe::new(None, Some(&sequence)).is_err());
        let tiny = Segment::parse("0:0.33333333").unwrap();
        let error = Stripe::new(Some(tiny), None).unwrap_err();
        assert!(error.contains("slots"), "{error}");
    }

    fn sequences() -> impl Strategy<Value = SegmentSequence> {
        proptest::collection::btree_set((1_u64..40, 2_u64..40), 0..5).prop_map(|points| {
            let mut points: Vec<Fraction> = points
                .iter()
                .filter_map(|(n, d)| Fraction::new(*n, *d))
                .collect();
            points.extend([Fraction::ZERO, Fraction::ONE]);
            points.sort_unstable();
            points.dedup();
            let texts: Vec<String> = points.iter().map(ToString::to_string).collect();
            SegmentSequence::parse(&texts.join(",")).unwrap()
        })
    }

    proptest! {
        #[test]
        fn parts_together_own_every_item_once(sequence in sequences(), total in 0_u64..3_000) {
            let mut n_owners = vec![0; usize::try_from(total).unwrap()];
            for pair in sequence.points().windows(2) {
                let Ok(stripe) = Stripe::new(Segment::new(pair[0], pair[1]), Some(&sequence)) else {
                    return Ok(());
                };
                let share = stripe.share(total);
                for local in 0..share {
                    n_owners[usize::try_from(stripe.global(local)).unwrap()] += 1;
                }
                prop_assert!(stripe.global(share) >= total);
            }
            prop_assert!(n_owners.iter().all(|n| *n == 1), "{sequence}");
        }

        #[test]
        fn parts_of_a_total_together_own_it(sequence in sequences(), total in 1_u64..500) {
            let mut n_owners = vec![0; usize::try_from(total).unwrap()];
            for pair in sequence.points().windows(2) {
                let Ok(stripe) = Stripe::new(Segment::new(pair[0], pair[1]), Some(&sequence)) else {
                    return Ok(());
                };
                let dealt = stripe.of_total(total);
                prop_assert_eq!(dealt.share(total), stripe.share(total));
                for local in 0..dealt.share(total) {
                    n_owners[usize::try_from(dealt.global(local)).unwrap()] += 1;
                }
            }
            prop_assert!(n_owners.iter().all(|n| *n == 1), "{sequence}");
        }
    }
}
