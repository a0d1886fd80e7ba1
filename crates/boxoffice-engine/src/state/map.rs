//! Hash maps with the house's own seed, and dense tables, that grow without stalling anyone.

use std::hash::{BuildHasher, Hash, Hasher};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::codec::{Damaged, Input, Wire};
use crate::names::Seed;

/// Shards of a large map. One hash table that doubles moves everything that it has in one command;
/// of so many, each moves its own small part in a command of its own.
pub(crate) const SHARDS: usize = 1_024;
/// Entries from which a map is worth its shards.
pub(crate) const SHARDED_FROM: usize = 4_096;

const _: () = assert!(SHARDS.is_power_of_two());

/// The shard of a hash, of `n` of them: one or [`SHARDS`]. Uses bits that the tables do not.
#[inline]
pub(crate) fn shard_of(hash: u64, n: usize) -> usize {
    let bits = usize::try_from(hash >> 32).expect("32 bits fit");
    bits & n.saturating_sub(1)
}

/// A hash map whose order must never reach a result.
#[derive(Debug, Clone)]
pub(crate) struct Map<K, V> {
    hasher: SeedState,
    shards: Vec<HashTable<(K, V)>>,
    len: usize,
}

impl<K: Hash + Eq, V> Map<K, V> {
    pub(crate) fn new(seed: Seed) -> Self {
        Self {
            hasher: SeedState(seed),
            shards: vec![HashTable::new()],
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        let hash = self.hasher.hash_one(key);
        let shard = self.shards.get(shard_of(hash, self.shards.len()))?;
        shard
            .find(hash, |(other, _)| other == key)
            .map(|(_, value)| value)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let hash = self.hasher.hash_one(key);
        let n = self.shards.len();
        let shard = self.shards.get_mut(shard_of(hash, n))?;
        shard
            .find_mut(hash, |(other, _)| other == key)
            .map(|(_, value)| value)
    }

    /// Puts a value under a key; gives what was there.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.entry(&key) {
            (Entry::Occupied(mut entry), _) => {
                Some(std::mem::replace(&mut entry.get_mut().1, value))
            }
            (Entry::Vacant(entry), len) => {
                entry.insert((key, value));
                *len = len.saturating_add(1);
                None
            }
        }
    }

    /// The value under a key, put there now if there is none.
    pub(crate) fn or_insert(&mut self, key: K, value: V) -> &mut V {
        match self.entry(&key) {
            (Entry::Occupied(entry), _) => &mut entry.into_mut().1,
            (Entry::Vacant(entry), len) => {
                *len = len.saturating_add(1);
                &mut entry.insert((key, value)).into_mut().1
            }
        }
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let hash = self.hasher.hash_one(key);
        let n = self.shards.len();
        let shard = self.shards.get_mut(shard_of(hash, n))?;
        let entry = shard.find_entry(hash, |(other, _)| other == key).ok()?;
        let ((_, value), _) = entry.remove();
        self.len = self.len.saturating_sub(1);
        Some(value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shards
            .iter()
            .flatten()
            .map(|(key, value)| (key, value))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The place of a key, and the count to raise when it is filled.
    fn entry(&mut self, key: &K) -> (Entry<'_, (K, V)>, &mut usize) {
        if self.len >= SHARDED_FROM && self.shards.len() == 1 {
            self.shard();
        }
        let hasher = self.hasher;
        let hash = hasher.hash_one(key);
        let n = self.shards.len();
        let shard = self
            .shards
            .get_mut(shard_of(hash, n))
            .expect("within the shards");
        let same = |(other, _): &(K, V)| other == key;
        (
            shard.entry(hash, same, |(other, _)| hasher.hash_one(other)),
            &mut self.len,
        )
    }

    fn shard(&mut self) {
        let hasher = self.hasher;
        let whole = std::mem::take(&mut self.shards);
        self.shards.resize_with(SHARDS, HashTable::new);
        for (key, value) in whole.into_iter().flatten() {
            let hash = hasher.hash_one(&key);
            let shard = self
                .shards
                .get_mut(shard_of(hash, SHARDS))
                .expect("within the shards");
            shard.insert_unique(hash, (key, value), |(other, _)| hasher.hash_one(other));
        }
    }
}

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

    /// The record at a place from 0.
    #[inline]
    pub(crate) fn get(&self, idx: usize) -> Option<&T> {
        self.chunks.get(idx / CHUNK)?.get(idx % CHUNK)
    }

    /// The record at a place from 0.
    #[inline]
    pub(crate) fn get_mut(&mut self, idx: usize) -> Option<&mut T> {
        self.chunks.get_mut(idx / CHUNK)?.get_mut(idx % CHUNK)
    }

    /// How many records there are.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.len).expect("records are in memory")
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
    fn a_map_keeps_everything_while_it_grows_into_its_shards() {
        let mut map = Map::new(Seed(3));
        for key in 0..10_000_u64 {
            assert_eq!(map.insert(key, key * 2), None);
            assert_eq!(*map.or_insert(key, 0), key * 2);
        }
        assert_eq!(map.len(), 10_000);
        assert_eq!(map.iter().count(), 10_000);
        assert_eq!(map.insert(7, 1), Some(14));
        for key in (0..10_000).step_by(2) {
            assert!(map.remove(&key).is_some());
            assert_eq!(map.remove(&key), None);
        }
        assert_eq!(map.len(), 5_000);
        assert!((0..10_000).all(|key| map.get(&key).is_some() == (key % 2 == 1)));
        *map.get_mut(&9_999).unwrap() = 5;
        assert_eq!(map.get(&9_999), Some(&5));
    }

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
