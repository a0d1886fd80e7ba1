//! Tables from names to dense indexes: hashed, but with no order that could reach a result.
//!
//! Invariants: indexes are given in the order of insertion, from 0, and never change.
//! The seed only spreads keys; callers of a house may choose names, so a process picks its seed
//! at random and nobody can prepare names that collide.

use hashbrown::HashTable;

use crate::codec::{Damaged, Input, Wire as _};
use crate::ids::Name;

/// Spreads keys over hash tables. Two houses with different seeds decide the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    let low = (product & u128::from(u64::MAX)).to_le_bytes();
    let high = (product >> 64).to_le_bytes();
    let half = |bytes: [u8; 16]| {
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    };
    half(low) ^ half(high)
}

impl Seed {
    /// Hashes a number.
    #[must_use]
    #[inline]
    pub fn hash_number(self, number: u64) -> u64 {
        fold(number ^ self.0, MULTIPLIER ^ self.0.rotate_left(32))
    }

    /// Hashes bytes: folded multiplication over words of eight.
    #[must_use]
    #[inline]
    pub fn hash(self, bytes: &[u8]) -> u64 {
        let mut hash = self.0 ^ (bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            hash = fold(
                hash ^ u64::from_le_bytes(*word),
                MULTIPLIER ^ self.0.rotate_left(32),
            );
        }
        let mut last = [0_u8; 8];
        for (slot, byte) in last.iter_mut().zip(rest) {
            *slot = *byte;
        }
        fold(hash ^ u64::from_le_bytes(last), MULTIPLIER)
    }
}

/// Many short strings in one allocation, by index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn at(&self, idx: usize) -> &str {
        let start = match idx.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before).expect("the index was given by push") as usize,
        };
        let end = *self.ends.get(idx).expect("the index was given by push") as usize;
        self.text
            .get(start..end)
            .expect("ends lie on character borders inside the text")
    }

    /// Appends, or `None` when 4 GiB of names are reached.
    pub(crate) fn push(&mut self, text: &str) -> Option<usize> {
        let end = u32::try_from(self.text.len().checked_add(text.len())?).ok()?;
        self.text.push_str(text);
        self.ends.push(end);
        self.ends.len().checked_sub(1)
    }

    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// Names by dense index and back.
#[derive(Debug, Clone)]
pub(crate) struct NameTable {
    seed: Seed,
    strings: Strings,
    table: HashTable<u32>,
}

impl NameTable {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            seed,
            strings: Strings::default(),
            table: HashTable::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.strings.len()
    }

    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<u32> {
        let hash = self.seed.hash(name.as_bytes());
        self.table
            .find(hash, |idx| self.strings.at(*idx as usize) == name)
            .copied()
    }

    pub(crate) fn name(&self, idx: u32) -> &str {
        self.strings.at(idx as usize)
    }

    /// The name's index, given now if it has none. Callers keep to their limits, which lie far
    /// below what indexes can count.
    pub(crate) fn intern(&mut self, name: &str) -> u32 {
        if let Some(idx) = self.find(name) {
            return idx;
        }
        let at = self
            .strings
            .push(name)
            .expect("limits keep all names of a table below 4 GiB");
        let idx = u32::try_from(at).expect("limits keep tables below 2^32 names");
        let hash = self.seed.hash(name.as_bytes());
        let (seed, strings) = (self.seed, &self.strings);
        self.table.insert_unique(hash, idx, |other| {
            seed.hash(strings.at(*other as usize).as_bytes())
        });
        idx
    }

    /// Appends all names in the order of their indexes.
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        for idx in 0..self.len() {
            let name = self.strings.at(idx);
            (name.len() as u64).put(out);
            out.extend_from_slice(name.as_bytes());
        }
    }

    /// Reads what [`Self::put`] wrote.
    ///
    /// # Errors
    /// [`Damaged`] when a name breaks the rules of names or is there twice.
    pub(crate) fn take(input: &mut Input<'_>, seed: Seed) -> Result<Self, Damaged> {
        let n = input.count()?;
        let mut names = Self::new(seed);
        names.table = HashTable::with_capacity(n);
        names.strings.ends.reserve_exact(n);
        for _ in 0..n {
            let len = usize::from(u8::take(input)?);
            let name = std::str::from_utf8(input.bytes(len)?).map_err(|_| Damaged::BadText)?;
            if !Name::is_valid(name) {
                return Err(Damaged::BadText);
            }
            let before = names.len();
            if names.intern(name) as usize != before {
                return Err(Damaged::Contradiction("every name has one index"));
            }
        }
        names.strings.text.shrink_to_fit();
        Ok(names)
    }

    pub(crate) fn shrink(&mut self) {
        let (seed, strings) = (self.seed, &self.strings);
        self.table
            .shrink_to_fit(|other| seed.hash(strings.at(*other as usize).as_bytes()));
        self.strings.shrink();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_follow_insertion_whatever_the_seed() {
        for seed in [0, 1, u64::MAX] {
            let mut table = NameTable::new(Seed(seed));
            assert_eq!(table.intern("a"), 0);
            assert_eq!(table.intern("abcdefghi"), 1);
            assert_eq!(table.intern("a"), 0);
            assert_eq!(table.find("abcdefghi"), Some(1));
            assert_eq!(table.find("b"), None);
            assert_eq!(table.name(1), "abcdefghi");
        }
    }
}
