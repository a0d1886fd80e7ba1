//! Random numbers and UUIDs for clients that must differ from each other.
//!
//! Never: used where a value must not be guessed; the generator is fast, not secret.

/// A small generator (splitmix64): every seed gives a different, repeatable sequence.
#[derive(Debug, Clone)]
pub struct Ids {
    state: u64,
}

impl Ids {
    /// Starts from a given seed.
    #[must_use]
    pub fn new(seed: u64) -> Ids {
        Ids { state: seed }
    }

    /// Starts from randomness of the operating system.
    ///
    /// # Panics
    /// When the operating system has no randomness to give, which no supported system does.
    #[must_use]
    pub fn seeded_by_system() -> Ids {
        let mut seed = [0_u8; 8];
        getrandom::fill(&mut seed).expect("the operating system gives randomness");
        Ids::new(u64::from_le_bytes(seed))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, `bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.next_u64()) * u128::from(bound);
        u64::try_from(product >> 64).expect("the high half of a 128-bit product fits")
    }

    /// A version 4 UUID in its usual form.
    pub fn uuid(&mut self) -> String {
        let high = self.next_u64() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000;
        let low = self.next_u64() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000;
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF,
        )
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Ids;

    #[test]
    fn uuids_have_their_form_and_differ() {
        let mut ids = Ids::new(1);
        let uuids: HashSet<String> = (0..10_000).map(|_| ids.uuid()).collect();
        assert_eq!(uuids.len(), 10_000);
        for uuid in uuids {
            assert_eq!(uuid.len(), 36);
            assert_eq!(uuid.as_bytes()[14], b'4', "{uuid}");
            assert!(b"89ab".contains(&uuid.as_bytes()[19]), "{uuid}");
        }
    }

    #[test]
    fn numbers_below_a_bound_reach_every_value() {
        let mut ids = Ids::new(2);
        let seen: HashSet<u64> = (0..1_000).map(|_| ids.below(3)).collect();
        assert_eq!(seen, HashSet::from([0, 1, 2]));
        assert_eq!(ids.below(0), 0);
    }
}
