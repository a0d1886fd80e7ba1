//! Parts of a test: which users and iterations belong to one of several processes.
//!
//! Invariants: the parts of a sequence from 0 to 1 own every user and every iteration exactly
//! once, and each part's items are spread evenly among those of the others.

/// A number from 0 to 1, in lowest terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

/// A part of the test: from one fraction to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment {
    from: Fraction,
    to: Fraction,
}

/// The points that divide the test into parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SegmentSequence {
    points: Vec<Fraction>,
}

/// The items (users, iterations) of one part, among all items counted from 0.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stripe {
    slots: Vec<u32>,
    n_slots: u64,
}

impl Stripe {
    /// How many of the first `total` items belong to this part.
    #[must_use]
    pub fn share(&self, total: u64) -> u64 {
        let _ = total;
        todo!()
    }

    /// The number in the whole test of this part's item `local`, both from 0.
    #[must_use]
    pub fn global(&self, local: u64) -> u64 {
        let _ = local;
        todo!()
    }
}
