//! Tables from names to dense indexes: hashed, but with no order that could reach a result.
//!
//! Invariants: indexes are given in the order of insertion, from 0, and never change.
//! The seed only spreads keys; callers of a house may choose names, so a process picks its seed
//! at random and nobody can prepare names that collide.

use hashbrown::HashTable;

use crate::codec::{Damaged, Input, Wire as _};
use crate::ids::Name;
use crate::state::map::{SHARDED_FROM, SHARDS, shard_of};

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

/// Names of one chunk. A full chunk never moves.
const NAMES_PER_CHUNK: usize = 4_096;

/// Some short strings in one allocation.
#[derive(Debug, Clone, Default)]
struct Chunk {
    text: String,
    ends: Vec<u32>,
}

/// Many short strings, by index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Strings {
    chunks: Vec<Chunk>,
    len: usize,
}

impl Strings {
    fn at(&self, idx: usize) -> &str {
        std::str::from_utf8(self.bytes_at(idx)).expect("names are text")
    }

    #[inline]
    fn bytes_at(&self, idx: usize) -> &[u8] {
        let chunk = self
            .chunks
            .get(idx / NAMES_PER_CHUNK)
            .expect("the index was given by push");
        let slot = idx % NAMES_PER_CHUNK;
        let end_of = |slot: usize| *chunk.ends.get(slot).expect("the index was given by push");
        let start = slot.checked_sub(1).map_or(0, end_of) as usize;
        let end = end_of(slot) as usize;
        chunk
            .text
            .as_bytes()
            .get(start..end)
            .expect("ends lie inside the text")
    }

    fn push(&mut self, text: &str) -> usize {
        if self.len.is_multiple_of(NAMES_PER_CHUNK) {
            if let Some(full) = self.chunks.last_mut() {
                full.text.shrink_to_fit();
            }
            let ends = Vec::with_capacity(NAMES_PER_CHUNK);
            self.chunks.push(Chunk {
                text: String::new(),
                ends,
            });
        }
        let chunk = self.chunks.last_mut().expect("pushed above");
        chunk.text.push_str(text);
        let end = u32::try_from(chunk.text.len()).expect("a chunk of short names is small");
        chunk.ends.push(end);
        let idx = self.len;
        self.len = idx
            .checked_add(1)
            .expect("limits keep tables below 2^32 names");
        idx
    }

    fn shrink(&mut self) {
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.text.shrink_to_fit();
            chunk.ends.shrink_to_fit();
        }
        self.chunks.shrink_to_fit();
    }
}

/// Names by dense index and back.
#[derive(Debug, Clone)]
pub(crate) struct NameTable {
    seed: Seed,
    strings: Strings,
    /// One, or [`SHARDS`] once a table that grows is large.
    shards: Vec<HashTable<u32>>,
    grows: bool,
}

impl NameTable {
    /// A table that is filled at once.
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            seed,
            strings: Strings::default(),
            shards: vec![HashTable::new()],
            grows: false,
        }
    }

    /// A table that grows with its house: one command never moves much of it.
    pub(crate) fn growing(seed: Seed) -> Self {
        Self {
            grows: true,
            ..Self::new(seed)
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.strings.len
    }

    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<u32> {
        self.find_hashed(self.seed.hash(name), name)
    }

    #[inline]
    fn find_hashed(&self, hash: u64, name: &[u8]) -> Option<u32> {
        let shard = self.shards.get(shard_of(hash, self.shards.len()))?;
        let same = |idx: &u32| self.strings.bytes_at(*idx as usize) == name;
        shard.find(hash, same).copied()
    }

    pub(crate) fn name(&self, idx: u32) -> &str {
        self.strings.at(idx as usize)
    }

    /// The name's index, given now if it has none. Callers keep to their limits, which lie far
    /// below what indexes can count.
    pub(crate) fn intern(&mut self, name: &str) -> u32 {
        let hash = self.seed.hash(name.as_bytes());
        if let Some(idx) = self.find_hashed(hash, name.as_bytes()) {
            return idx;
        }
        if self.grows && self.len() == SHARDED_FROM && self.shards.len() == 1 {
            self.shard();
        }
        let at = self.strings.push(name);
        let idx = u32::try_from(at).expect("limits keep tables below 2^32 names");
        self.index(hash, idx);
        idx
    }

    /// Enters an index whose name is there.
    fn index(&mut self, hash: u64, idx: u32) {
        let (seed, strings, n) = (self.seed, &self.strings, self.shards.len());
        let shard = self
            .shards
            .get_mut(shard_of(hash, n))
            .expect("within the shards");
        shard.insert_unique(hash, idx, |other| {
            seed.hash(strings.bytes_at(*other as usize))
        });
    }

    fn shard(&mut self) {
        self.shards.clear();
        self.shards.resize_with(SHARDS, HashTable::new);
        for idx in (0..self.len()).filter_map(|idx| u32::try_from(idx).ok()) {
            self.index(self.seed.hash(self.strings.bytes_at(idx as usize)), idx);
        }
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

    /// Reads what [`Self::put`] wrote into an empty table.
    ///
    /// # Errors
    /// [`Damaged`] when a name breaks the rules of names or is there twice.
    pub(crate) fn take(input: &mut Input<'_>, empty: Self) -> Result<Self, Damaged> {
        let n = input.count()?;
        let mut names = empty;
        if !names.grows {
            names.shards = vec![HashTable::with_capacity(n)];
        }
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
        Ok(names)
    }

    /// Gives back the room that growing left over.
    pub(crate) fn shrink(&mut self) {
        let (seed, strings) = (self.seed, &self.strings);
        for shard in &mut self.shards {
            shard.shrink_to_fit(|other| seed.hash(strings.bytes_at(*other as usize)));
        }
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
            assert_eq!(table.find(b"abcdefghi"), Some(1));
            assert_eq!(table.find(b"b"), None);
            assert_eq!(table.name(1), "abcdefghi");
        }
    }
}
