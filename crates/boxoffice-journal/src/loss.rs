//! `accept-loss`: the only way on after damage, when there is no backup to restore.
//!
//! The kept entries are copied to a new store; all old files move to a `lost-<time>` directory
//! beside it. A note of the intent makes the exchange repeatable after a crash.
//!
//! Invariants: nothing is destroyed; the journal never keeps an entry after a damaged one; a house
//! is never left between old and new without the note that keeps it from opening.

use crate::chain::{Entry, Position, Tail};
use crate::error::ReadError;
use crate::files::{
    Context as _, HouseInUse, HouseLock, JOURNAL_FILE, LOSS_FILE, LockError, MARK_FILE,
    ROLLBACK_FILE, SHM_FILE, SNAPSHOTS_DIR, StorageError, WAL_FILE, create_dir, link_or_copy,
    names, remove_dir_if_present, remove_if_present, sync_dir, write_atomically,
};
use crate::journal::Reader as _;
use crate::mark;
use crate::snapshot::{self, SnapshotInfo, SnapshotStore};
use crate::sqlite::{InspectError, Inspection, Log, StoreBuilder, most_intact};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use thiserror::Error;

const REPLACEMENT_DIR: &str = "replacement";
const CHUNK_BYTES: usize = 4 << 20;
const CHUNK_ENTRIES: usize = 4_096;

/// What was kept and what was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LossReport {
    /// Where the journal ends now.
    pub kept: Tail,
    /// The last entry that was ever acknowledged, as far as the old mark could be read.
    pub acknowledged: Option<Position>,
    /// The last entry that the old store could still show, damaged or not.
    pub found: Option<Position>,
    /// Where all old files are now.
    pub lost_dir: PathBuf,
    /// Snapshots that no longer belong to the house, by file name.
    pub snapshots_removed: Vec<String>,
}

impl LossReport {
    /// How many entries are known to be gone from the journal.
    #[must_use]
    pub fn entries_lost(&self) -> u64 {
        let last = self
            .acknowledged
            .max(self.found)
            .unwrap_or(self.kept.position);
        last.0.saturating_sub(self.kept.position.0)
    }
}

/// Why the loss was not carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LossError {
    /// A server has the house open.
    #[error(transparent)]
    InUse(#[from] HouseInUse),
    /// Not all entries up to the given position are intact.
    #[error(
        "entries up to {at} cannot be kept, only those up to {}; nothing was changed; restore a \
         backup, or give a position that can be kept",
        intact.unwrap_or(Position::ZERO)
    )]
    NotIntact {
        /// What was asked for.
        at: Position,
        /// What could be kept.
        intact: Option<Position>,
    },
    /// An interrupted run has to be finished first.
    #[error(
        "an accept-loss at {recorded} was interrupted here and has to be finished first; nothing \
         was changed now; run \"boxoffice journal accept-loss DIR --at {recorded}\", where DIR is \
         the house"
    )]
    Interrupted {
        /// The position of the interrupted run.
        recorded: Position,
    },
    /// The note of an interrupted run cannot be read.
    #[error(
        "{} cannot be understood; nothing was changed; the old files are in the newest lost-* \
         directory beside it; restore a backup",
        path.display()
    )]
    Note {
        /// The file.
        path: PathBuf,
    },
    /// A file operation failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// How far a cut could go, before any is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// The whole journal is intact up to this entry; `None` if not even the first can be read.
    Intact(Option<Position>),
    /// An interrupted run has to be finished first, with its own position.
    Interrupted,
}

/// Finds out how much of the house in `dir` can be kept, changing nothing.
///
/// # Errors
/// [`LossError::InUse`] or [`LossError::Storage`].
pub fn prospect(dir: &Path) -> Result<Prospect, LossError> {
    let _lock = lock(dir)?;
    if dir.join(LOSS_FILE).exists() {
        return Ok(Prospect::Interrupted);
    }
    Ok(Prospect::Intact(
        most_intact(dir).map(|(position, _)| position),
    ))
}

fn lock(dir: &Path) -> Result<HouseLock, LossError> {
    match HouseLock::acquire(dir) {
        Ok(lock) => Ok(lock),
        Err(LockError::InUse(error)) => Err(error.into()),
        Err(LockError::Storage(error)) => Err(error.into()),
    }
}

/// Cuts the journal of the house in `dir` after entry `at` and makes the house open again.
///
/// # Errors
/// See [`LossError`]. After a `Storage` error run it again with the same position.
pub fn accept_loss(dir: &Path, at: Position) -> Result<LossReport, LossError> {
    let lock = lock(dir)?;
    let note = dir.join(LOSS_FILE);
    if !note.exists() {
        let (lost_dir, found) = prepare(dir, at)?;
        let name = lost_dir.file_name().unwrap_or_default().to_string_lossy();
        write_atomically(&note, &[format!("{at} {name}\n").as_bytes()])?;
        return exchange(dir, &lock, &lost_dir, found);
    }
    let text = fs::read_to_string(&note).context("reading", &note)?;
    let Some((recorded, name)) = parse_note(&text) else {
        return Err(LossError::Note { path: note });
    };
    if recorded != at {
        return Err(LossError::Interrupted { recorded });
    }
    exchange(dir, &lock, &dir.join(name), None)
}

fn parse_note(text: &str) -> Option<(Position, &str)> {
    let (position, name) = text.strip_suffix('\n')?.split_once(' ')?;
    let is_plain = name.starts_with("lost-") && !name.contains('/');
    is_plain.then_some((Position(position.parse().ok()?), name))
}

/// Links all old files into a new lost directory and builds the replacement there.
fn prepare(dir: &Path, at: Position) -> Result<(PathBuf, Option<Position>), LossError> {
    let lost_dir = new_lost_dir(dir)?;
    let replacement = lost_dir.join(REPLACEMENT_DIR);
    create_dir(&replacement)?;
    let built = build_replacement(dir, at, &replacement);
    let (kept, found) = match built {
        Ok(built) => built,
        Err(error) => {
            // Nothing was moved yet, so what was built so far is the only trace.
            drop(remove_dir_if_present(&lost_dir));
            return Err(error);
        }
    };
    mark::create(&replacement.join(MARK_FILE), kept, 0)?;
    for name in [JOURNAL_FILE, WAL_FILE, SHM_FILE, ROLLBACK_FILE, MARK_FILE] {
        link_or_copy(&dir.join(name), &lost_dir.join(name))?;
    }
    let (snapshots, lost_snapshots) = (dir.join(SNAPSHOTS_DIR), lost_dir.join(SNAPSHOTS_DIR));
    create_dir(&lost_snapshots)?;
    for name in names(&snapshots)? {
        link_or_copy(&snapshots.join(&name), &lost_snapshots.join(&name))?;
    }
    for synced in [&lost_snapshots, &replacement, &lost_dir] {
        sync_dir(synced)?;
    }
    sync_dir(dir)?;
    Ok((lost_dir, found))
}

fn new_lost_dir(dir: &Path) -> Result<PathBuf, StorageError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_or(0, |now| now.as_secs());
    let mut lost_dir = dir.join(format!("lost-{seconds}"));
    let mut number = 1_u32;
    while lost_dir.exists() {
        number = number.saturating_add(1);
        lost_dir = dir.join(format!("lost-{seconds}-{number}"));
    }
    create_dir(&lost_dir)?;
    Ok(lost_dir)
}

/// Copies the entries up to `at`; returns the new tail, and the last one that the old store shows.
fn build_replacement(
    dir: &Path,
    at: Position,
    replacement: &Path,
) -> Result<(Tail, Option<Position>), LossError> {
    let mut builder = StoreBuilder::create(&replacement.join(JOURNAL_FILE))?;
    let most = most_intact(dir);
    let (intact, log) = most.map_or((None, Log::Recovered), |(intact, log)| (Some(intact), log));
    if intact.unwrap_or(Position::ZERO) < at {
        return Err(LossError::NotIntact { at, intact });
    }
    let mut inspection = match intact.map(|_| Inspection::open(dir, log)) {
        Some(Ok(inspection)) => Some(inspection),
        Some(Err(InspectError::Storage(error))) => return Err(error.into()),
        Some(Err(InspectError::Read(_))) | None => None,
    };
    let mut kept = Tail::EMPTY;
    while kept.position < at {
        let left = at.0.saturating_sub(kept.position.0);
        let count = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(CHUNK_ENTRIES);
        let from = kept.position.next();
        let entries = match &mut inspection {
            Some(inspection) => inspection.reader.read(from, CHUNK_BYTES, count),
            None => Err(ReadError::Missing { position: from }),
        };
        let entries = entries.unwrap_or_default();
        let Some(last) = entries.last().map(Entry::tail) else {
            let intact = Some(kept.position);
            return Err(LossError::NotIntact { at, intact });
        };
        builder.extend(&entries)?;
        kept = last;
    }
    let found = inspection.and_then(|mut inspection| inspection.reader.tail().ok());
    builder.finish()?;
    Ok((kept, found.map(|tail| tail.position)))
}

/// Puts the replacement in place; every step can be repeated after a crash.
fn exchange(
    dir: &Path,
    lock: &HouseLock,
    lost_dir: &Path,
    found: Option<Position>,
) -> Result<LossReport, LossError> {
    let replacement = lost_dir.join(REPLACEMENT_DIR);
    for name in [WAL_FILE, SHM_FILE, ROLLBACK_FILE] {
        remove_if_present(&dir.join(name))?;
    }
    for name in [JOURNAL_FILE, MARK_FILE] {
        let from = replacement.join(name);
        if from.exists() {
            fs::rename(&from, dir.join(name)).context("renaming", &from)?;
        }
    }
    sync_dir(dir)?;
    let kept = match mark::read(dir) {
        Ok(mark) => mark.tail,
        Err(_) => {
            return Err(LossError::Note {
                path: dir.join(LOSS_FILE),
            });
        }
    };
    let snapshots_removed = cut_snapshots(dir, kept)?;
    lock.set_created()?;
    remove_dir_if_present(&replacement)?;
    remove_if_present(&dir.join(LOSS_FILE))?;
    sync_dir(dir)?;
    let acknowledged = mark::read(lost_dir).ok().map(|mark| mark.tail.position);
    Ok(LossReport {
        kept,
        acknowledged,
        found,
        lost_dir: lost_dir.to_path_buf(),
        snapshots_removed,
    })
}

/// Keeps the snapshots that are intact and belong to the kept entries; returns the others.
fn cut_snapshots(dir: &Path, kept: Tail) -> Result<Vec<String>, LossError> {
    let snapshots_dir = dir.join(SNAPSHOTS_DIR);
    let store = SnapshotStore::of_house(dir, 0);
    let before = names(&snapshots_dir)?;
    // A list that cannot be read vouches for nothing; the entries alone are enough to go on.
    let mut listed = store.list().unwrap_or_default();
    let inspection = Inspection::open(dir, Log::Recovered);
    listed.retain(|info: &SnapshotInfo| {
        let stored = inspection
            .as_ref()
            .ok()
            .and_then(|inspection| inspection.reader.hash_at(info.tail.position).ok())
            .flatten();
        info.tail.position <= kept.position
            && stored == Some(info.tail.hash)
            && store.load(info).is_ok()
    });
    drop(inspection);
    create_dir(&snapshots_dir)?;
    snapshot::create(&snapshots_dir)?;
    store.replace_list(&listed)?;
    let after = names(&snapshots_dir)?;
    let is_gone = |name: &String| name.starts_with("snapshot-") && !after.contains(name);
    Ok(before.into_iter().filter(is_gone).collect())
}
