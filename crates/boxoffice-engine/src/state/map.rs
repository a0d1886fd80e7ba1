//! Hash maps with the house's own seed, and dense tables that grow without moving anything.

use std::hash::{BuildHasher, Hasher};

use crate::codec::{Damaged, Input, Wire};
use crate::names::Seed;

/// A hash map whose order must never reach a result.
pub(crate) type Map<K, V> = hashbrown::HashMap<K, V, SeedState>;

/// Makes hashers with the house's seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeedState(pub(crate) Seed);

impl BuildHasher for SeedState {
    type Hasher = SeedHasher;

    fn build_hasher(&self) -> SeedHasher {
        SeedHasher {
            seed: self.0,
            hash: 0,
        }
    }
}

/// Hashes numbers and short byte strings.
#[derive(Debug)]
pub(crate) struct SeedHasher {
    seed: Seed,
    hash: u64,
}

impl Hasher for SeedHasher {
    fn finish(&self) -> u64 {
        self.hash
    }

    fn write(&mut self, bytes: &[u8]) {
        self.hash = self.seed.hash(bytes) ^ self.hash.rotate_left(5);
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.hash = self.seed.hash_number(number ^ self.hash.rotate_left(5));
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }
}

const CHUNK: usize = 4_096;

/// Records numbered from 1 that are never removed. Growing never moves what is there, so that no
/// command pays for the size of the table.
#[derive(Debug, Clone)]
pub(crate) struct Chunks<T> {
    chunks: Vec<Vec<T>>,
    len: u64,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Chunks<T> {
    /// How many records there are: the number of the newest.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The number that the next record gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.len
            .checked_add(1)
            .expect("limits keep tables far below 2^64 records")
    }

    pub(crate) fn push(&mut self, record: T) {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks.last_mut().expect("pushed above").push(record);
        self.len = self.next_number();
    }

    pub(crate) fn at(&self, number: u64) -> Option<&T> {
        let (chunk, slot) = Self::place(number)?;
        self.chunks.get(chunk)?.get(slot)
    }

    pub(crate) fn at_mut(&mut self, number: u64) -> Option<&mut T> {
        let (chunk, slot) = Self::place(number)?;
        self.chunks.get_mut(chunk)?.get_mut(slot)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    fn place(number: u64) -> Option<(usize, usize)> {
        let idx = usize::try_from(number.checked_sub(1)?).ok()?;
        Some((idx / CHUNK, idx % CHUNK))
    }
}

impl<T: Wire> Wire for Chunks<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len.put(out);
        for record in self.iter() {
            record.put(out);
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let mut chunks = Self::default();
        for _ in 0..input.count()? {
            chunks.push(T::take(input)?);
        }
        Ok(chunks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_numbered_from_one_across_chunks() {
        let mut chunks = Chunks::default();
        for value in 1..=10_000_u64 {
            assert_eq!(chunks.next_number(), value);
            chunks.push(value);
        }
        assert_eq!(chunks.at(0), None);
        assert_eq!(chunks.at(4_097), Some(&4_097));
        assert_eq!(chunks.at(10_001), None);
        assert_eq!(chunks.iter().count(), 10_000);
    }
}
