//! A disk with a journal on it that does everything that disks do: delays, fails before or after
//! writing, tears, forgets what was not synced, keeps what it said it lost.
//!
//! The entries are those of the real memory journal, with its hash chain and its conditional
//! append. Commits take virtual time: they begin, and end when the world says so.
//!
//! Invariants: unless a bug is switched on, what a commit acknowledged is there for ever.

use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_journal::{ENTRY_VERSION, Entry, Journal as _, Position, ReadError, Reader, Tail};
use boxoffice_writer::core::Sealed;

use crate::model::words::Us;
use crate::rng::Rng;

/// How a commit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Durable,
    /// Fails and wrote nothing.
    Lost,
    /// Says that it failed, but is there.
    KeptAndDenied,
    /// Fails half way through an entry.
    Torn,
}

/// When an entry became durable, and which run of the server wrote it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) durable: Us,
    pub(super) run: u32,
}

pub(super) struct Disk {
    storage: MemoryStorage,
    journal: MemoryJournal,
    /// What the newest acknowledged commit left: the journal's tail mark.
    pub(super) mark: Position,
    /// By position, from 1.
    pub(super) written: Vec<Written>,
    in_flight: Option<(Sealed, Fate, u32)>,
}

impl Disk {
    pub(super) fn new() -> Self {
        let storage = MemoryStorage::new();
        let journal = MemoryJournal::open(&storage);
        let mark = Position::ZERO;
        Self {
            storage,
            journal,
            mark,
            written: Vec::new(),
            in_flight: None,
        }
    }

    /// Begins a commit; its end comes when the world calls [`Disk::end`].
    pub(super) fn begin(&mut self, sealed: Sealed, fails_per_mille: u32, run: u32, rng: &mut Rng) {
        assert!(self.in_flight.is_none(), "W2: one commit at a time");
        let fate = if !rng.chance(fails_per_mille) {
            Fate::Durable
        } else {
            match rng.below(3) {
                0 => Fate::Lost,
                1 => Fate::KeptAndDenied,
                _ => Fate::Torn,
            }
        };
        self.in_flight = Some((sealed, fate, run));
    }

    /// Ends the running commit as was its fate.
    pub(super) fn end(&mut self, now: Us) -> Result<Tail, String> {
        let (sealed, fate, run) = self.in_flight.take().expect("a commit was running");
        match fate {
            Fate::Durable => {
                let tail = self.append(&sealed, now, run)?;
                self.mark = tail.position;
                Ok(tail)
            }
            Fate::Lost => Err("input/output error before anything was written".into()),
            Fate::KeptAndDenied => {
                self.append(&sealed, now, run)?;
                Err("input/output error of the sync; the entry may be there".into())
            }
            Fate::Torn => {
                self.tear(&sealed);
                Err("input/output error in the middle of the entry".into())
            }
        }
    }

    /// The machine stops: a running commit is there whole, in part, or not at all.
    pub(super) fn crash(&mut self, now: Us, rng: &mut Rng) {
        let Some((sealed, fate, run)) = self.in_flight.take() else {
            return;
        };
        match rng.below(3) {
            0 if fate != Fate::Lost => {
                let kept = self.append(&sealed, now, run);
                assert!(kept.is_ok(), "the sealed entry follows the tail");
            }
            1 => self.tear(&sealed),
            _ => {}
        }
    }

    fn append(&mut self, sealed: &Sealed, now: Us, run: u32) -> Result<Tail, String> {
        let tail = self.journal.append(sealed.expected, &sealed.payload);
        let tail = tail.map_err(|error| error.to_string())?;
        self.written.push(Written { durable: now, run });
        Ok(tail)
    }

    /// Leaves a part of an entry behind the tail.
    fn tear(&self, sealed: &Sealed) {
        let tail = sealed.expected.extended(&sealed.payload);
        let half = sealed.payload.len() / 2;
        self.storage.edit(|entries| {
            entries.push(Entry {
                position: tail.position,
                previous: sealed.expected.hash,
                hash: tail.hash,
                version: ENTRY_VERSION,
                payload: sealed.payload[..half].to_vec(),
            });
        });
    }

    /// A bug to be found: the newest acknowledged entry is forgotten.
    pub(super) fn forget_newest(&mut self) {
        let at = Position(self.written.len() as u64).previous();
        self.storage.truncate(at);
        self.written
            .truncate(usize::try_from(at.0).expect("a simulation is small"));
        self.mark = self.mark.min(at);
    }

    /// Opens the journal again: a torn entry behind the mark is dropped, as a write-ahead log
    /// drops it; damage in front of the mark is a broken promise.
    pub(super) fn reopen(&mut self) -> Result<Tail, String> {
        let mut reader = self.reader();
        let mut next = Position::ZERO.next();
        loop {
            match reader.read(next, usize::MAX, usize::MAX) {
                Ok(entries) => match entries.last() {
                    None => break,
                    Some(last) => next = last.position.next(),
                },
                Err(ReadError::Damaged { position, .. }) if self.mark < position => {
                    self.storage.truncate(position.previous());
                    break;
                }
                Err(error) => return Err(format!("the journal is damaged: {error}")),
            }
        }
        self.journal = MemoryJournal::open(&self.storage);
        let tail = self.journal.tail();
        if tail.position < self.mark {
            return Err(format!(
                "the journal ends at {}, before its mark",
                tail.position
            ));
        }
        if tail.position.0 != self.written.len() as u64 {
            return Err("the journal has other entries than were written".into());
        }
        Ok(tail)
    }

    pub(super) fn reader(&self) -> Box<dyn Reader> {
        self.journal
            .reader()
            .expect("a journal in memory can be read")
    }
}
