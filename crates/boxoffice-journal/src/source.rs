//! A house to read from end to end, whether a server has it open or not.
//!
//! Invariants: only reads. Of a house that nobody has open it reads scratch copies under the
//! house's lock; of one that is being written it reads what is durable, up to the tail at the
//! start.

use crate::chain::{Entry, Hash, Position, Tail};
use crate::error::ReadError;
use crate::files::{
    HouseLock, JOURNAL_FILE, LOSS_FILE, LockError, MARK_FILE, SNAPSHOTS_DIR, StorageError,
};
use crate::journal::Reader as _;
use crate::mark::{self, Mark, MarkError};
use crate::snapshot::{SnapshotError, SnapshotInfo, SnapshotStore};
use crate::sqlite::{Inspection, Log, SqliteReader};
use crate::verify::VerifyError;
use std::path::{Path, PathBuf};

/// Payload bytes and entries per read: short transactions, so that a writer's log can be reused.
const CHUNK_BYTES: usize = 4 << 20;
const CHUNK_ENTRIES: usize = 4_096;

const EVERY_PAGE: bool = true;

/// How often the files of a house that is being written are read again before they count as
/// damaged: a snapshot may be replaced, and the mark rewritten, while we read.
const ATTEMPTS: usize = 5;

/// What reads the entries.
#[derive(Debug)]
enum Access {
    Live(SqliteReader),
    Closed(
        Inspection,
        #[expect(dead_code, reason = "held until the reading ends")] HouseLock,
    ),
}

/// A house to read.
#[derive(Debug)]
pub(crate) struct Source {
    dir: PathBuf,
    access: Access,
    mark: Mark,
    snapshots: Vec<SnapshotInfo>,
}

/// What [`Source::walk`] has read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Walked {
    /// The last entry.
    pub(crate) tail: Tail,
    /// Payload bytes of all entries.
    pub(crate) bytes: u64,
}

impl Source {
    /// Opens the house in `dir` and verifies its mark and its snapshots.
    pub(crate) fn open(dir: &Path) -> Result<Self, VerifyError> {
        let missing = |file: &str| wrong(dir, file, "is missing", None);
        if !dir.join(JOURNAL_FILE).exists() {
            return Err(missing(JOURNAL_FILE));
        }
        let lock = match HouseLock::acquire(dir) {
            Ok(lock) => Some(lock),
            Err(LockError::InUse(_)) => None,
            Err(LockError::Storage(error)) => return Err(error.into()),
        };
        if dir.join(LOSS_FILE).exists() {
            let what = "says that an accept-loss was interrupted; run it again to finish it";
            return Err(wrong(dir, LOSS_FILE, what, None));
        }
        // The mark comes before the tail: what it names must be there later.
        let attempts = if lock.is_some() { 1 } else { ATTEMPTS };
        let mark = read_mark(dir, attempts)?;
        let snapshots = check_snapshots(dir, attempts)?;
        let access = match lock {
            None => Access::Live(SqliteReader::open(&dir.join(JOURNAL_FILE), None)?),
            Some(lock) => Access::Closed(Inspection::open(dir, Log::Recovered)?, lock),
        };
        Ok(Self {
            dir: dir.to_path_buf(),
            access,
            mark,
            snapshots,
        })
    }

    /// Whether another process has the house open.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self.access, Access::Live(_))
    }

    /// The mark as it was when the source was opened.
    pub(crate) fn mark(&self) -> Tail {
        self.mark.tail
    }

    /// The snapshots as they were when the source was opened, oldest first.
    pub(crate) fn snapshots(&self) -> &[SnapshotInfo] {
        &self.snapshots
    }

    /// Where the journal ends now.
    pub(crate) fn tail(&mut self) -> Result<Tail, ReadError> {
        self.reader().tail()
    }

    fn reader(&mut self) -> &mut SqliteReader {
        match &mut self.access {
            Access::Live(reader) => reader,
            Access::Closed(inspection, _) => &mut inspection.reader,
        }
    }

    /// Reads every entry up to the tail at the start, verified, and compares the chain with the
    /// mark and the snapshots.
    pub(crate) fn walk(
        &mut self,
        on_entries: &mut dyn FnMut(&[Entry]) -> Result<(), VerifyError>,
    ) -> Result<Walked, VerifyError> {
        if let Access::Closed(inspection, _) = &self.access {
            // One long read would keep a writer's log from being reused, so only of a closed house.
            if let Some(what) = inspection.store_fault(EVERY_PAGE)? {
                return Err(wrong(&self.dir, JOURNAL_FILE, what, None));
            }
        }
        let end = self.tail()?;
        let mut named = vec![(MARK_FILE.to_owned(), self.mark.tail)];
        for info in &self.snapshots {
            named.push((format!("{SNAPSHOTS_DIR}/{}", info.file_name()), info.tail));
        }
        let mut at = Tail::EMPTY;
        let mut bytes = 0_u64;
        while at.position < end.position {
            let left = end.position.0.saturating_sub(at.position.0);
            let count = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(CHUNK_ENTRIES);
            let from = at.position.next();
            let entries = self.reader().read(from, CHUNK_BYTES, count)?;
            let Some(last) = entries.last() else {
                return Err(ReadError::Missing { position: from }.into());
            };
            for entry in &entries {
                bytes = bytes.saturating_add(entry.payload.len() as u64);
                for (file, tail) in &named {
                    check_named(&self.dir, file, *tail, entry.position, entry.hash)?;
                }
            }
            at = last.tail();
            on_entries(&entries)?;
        }
        for (file, tail) in &named {
            if tail.position > at.position {
                let what = format!(
                    "names entry {}, but the journal ends at {}: entries {} to {} are missing",
                    tail.position,
                    at.position,
                    at.position.next(),
                    tail.position
                );
                return Err(wrong(&self.dir, file, what, Some(at.position)));
            }
        }
        Ok(Walked { tail: at, bytes })
    }
}

/// Compares what a file says about an entry with the entry.
fn check_named(
    dir: &Path,
    file: &str,
    tail: Tail,
    position: Position,
    hash: Hash,
) -> Result<(), VerifyError> {
    if tail.position != position || tail.hash == hash {
        return Ok(());
    }
    let what = format!("names another entry at {position} than the one in the journal");
    Err(wrong(dir, file, what, Some(position)))
}

fn read_mark(dir: &Path, attempts: usize) -> Result<Mark, VerifyError> {
    let mut attempt = 1;
    loop {
        match mark::read(dir) {
            Ok(mark) => return Ok(mark),
            Err(MarkError::Damaged(_)) if attempt < attempts => {}
            Err(MarkError::Damaged(how)) => {
                let what = format!("is damaged: {how}");
                return Err(wrong(dir, MARK_FILE, what, None));
            }
            Err(MarkError::Missing) => return Err(wrong(dir, MARK_FILE, "is missing", None)),
            Err(MarkError::Storage(error)) => return Err(error.into()),
        }
        attempt = attempt.saturating_add(1);
    }
}

fn check_snapshots(dir: &Path, attempts: usize) -> Result<Vec<SnapshotInfo>, VerifyError> {
    let store = SnapshotStore::of_house(dir, 0);
    let mut attempt = 1;
    loop {
        match store.check() {
            Err(SnapshotError::Missing { .. }) if attempt < attempts => {}
            other => return Ok(other?),
        }
        attempt = attempt.saturating_add(1);
    }
}

fn wrong(dir: &Path, file: &str, what: impl Into<String>, intact: Option<Position>) -> VerifyError {
    VerifyError::Wrong {
        dir: dir.to_path_buf(),
        file: file.to_owned(),
        what: what.into(),
        intact,
    }
}

impl From<crate::sqlite::InspectError> for VerifyError {
    fn from(error: crate::sqlite::InspectError) -> Self {
        match error {
            crate::sqlite::InspectError::Storage(error) => Self::Storage(error),
            crate::sqlite::InspectError::Read(error) => Self::Read(error),
        }
    }
}

/// Loads the newest snapshot, following a server that replaces it meanwhile.
pub(crate) fn latest_snapshot(
    dir: &Path,
) -> Result<Option<crate::snapshot::Snapshot>, SnapshotError> {
    let store = SnapshotStore::of_house(dir, 0);
    let mut attempt = 1;
    loop {
        match store.latest() {
            Err(SnapshotError::Missing { .. }) if attempt < ATTEMPTS => {}
            other => return other,
        }
        attempt = attempt.saturating_add(1);
    }
}

impl From<StorageError> for VerifyError {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}
