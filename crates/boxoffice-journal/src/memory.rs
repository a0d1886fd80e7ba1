//! A journal in memory, for tests and simulation.
//!
//! Invariants: the storage is shared and outlives its handles, so that a "restart" reopens it; two
//! handles on one storage are fenced by the conditional append like two processes would be.

use crate::chain::{ENTRY_VERSION, Entry, PAYLOAD_BYTES_MAX, Position, Tail, check_link};
use crate::error::{AppendError, ReadError};
use crate::journal::{Journal, OpenReader, Reader, Stat};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Entries that several handles share.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl MemoryStorage {
    /// An empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops all entries after `at`, as a crash that forgets the unsynced end would.
    pub fn truncate(&self, at: Position) {
        let keep = usize::try_from(at.0).unwrap_or(usize::MAX);
        self.lock().truncate(keep);
    }

    /// Changes the stored entries in place, for tests that damage them.
    pub fn edit(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut self.lock());
    }

    /// A push cannot leave the list half changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writer's handle on a [`MemoryStorage`].
#[derive(Debug)]
pub struct MemoryJournal {
    storage: MemoryStorage,
    tail: Tail,
}

impl MemoryJournal {
    /// Opens the storage where it ends.
    #[must_use]
    pub fn open(storage: &MemoryStorage) -> Self {
        let tail = storage.lock().last().map_or(Tail::EMPTY, Entry::tail);
        let storage = storage.clone();
        Self { storage, tail }
    }
}

impl Journal for MemoryJournal {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn append(&mut self, expected: Tail, payload: &[u8]) -> Result<Tail, AppendError> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(AppendError::TooLarge {
                bytes: payload.len(),
                bytes_max: PAYLOAD_BYTES_MAX,
            });
        }
        let mut entries = self.storage.lock();
        let actual = entries.last().map_or(Tail::EMPTY, Entry::tail);
        if actual != expected {
            self.tail = actual;
            return Err(AppendError::Conflict { expected, actual });
        }
        let tail = expected.extended(payload);
        entries.push(Entry {
            position: tail.position,
            previous: expected.hash,
            hash: tail.hash,
            version: ENTRY_VERSION,
            payload: payload.to_vec(),
        });
        self.tail = tail;
        Ok(tail)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, ReadError> {
        Ok(Box::new(MemoryReader {
            storage: self.storage.clone(),
        }))
    }

    fn reader_opener(&self) -> OpenReader {
        let storage = self.storage.clone();
        Arc::new(move || {
            Ok(Box::new(MemoryReader {
                storage: storage.clone(),
            }))
        })
    }

    fn free_bytes(&self) -> u64 {
        u64::MAX
    }

    fn stat(&self) -> Stat {
        let entries = self.storage.lock();
        let store_bytes = entries.iter().map(|entry| entry.payload.len() as u64).sum();
        Stat {
            tail: self.tail,
            mark: self.tail,
            store_bytes,
            free_bytes: u64::MAX,
            implementation: "memory".to_owned(),
            ..Stat::default()
        }
    }

    fn is_poisoned(&self) -> bool {
        false
    }
}

/// A reader of a [`MemoryStorage`].
#[derive(Debug)]
pub struct MemoryReader {
    storage: MemoryStorage,
}

impl Reader for MemoryReader {
    fn tail(&mut self) -> Result<Tail, ReadError> {
        Ok(self.storage.lock().last().map_or(Tail::EMPTY, Entry::tail))
    }

    fn read(
        &mut self,
        from: Position,
        bytes_max: usize,
        entries_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let entries = self.storage.lock();
        let first = usize::try_from(from.previous().0).unwrap_or(usize::MAX);
        let mut predecessor = match first.checked_sub(1).map(|idx| entries.get(idx)) {
            None => Tail::EMPTY,
            Some(Some(entry)) => entry.tail(),
            Some(None) => return Ok(Vec::new()),
        };
        let mut read = Vec::new();
        let mut bytes = 0_usize;
        for entry in entries.iter().skip(first).take(entries_max) {
            bytes = bytes.saturating_add(entry.payload.len());
            if bytes > bytes_max && !read.is_empty() {
                break;
            }
            match check_link(predecessor, entry) {
                Ok(()) => {}
                Err(_) if !read.is_empty() => break,
                Err(error) => return Err(error),
            }
            predecessor = entry.tail();
            read.push(entry.clone());
        }
        Ok(read)
    }
}
