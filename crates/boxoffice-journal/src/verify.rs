//! Re-reads a whole house or backup: chain, mark and snapshots, and every entry for the caller.
//!
//! Never: writes to the house. Of a closed house it makes a scratch directory and removes it again.

use crate::chain::{Entry, Position, Tail};
use crate::error::ReadError;
use crate::files::{self, JOURNAL_FILE, StorageError, WAL_FILE};
use crate::journal::Stat;
use crate::snapshot::{SnapshotError, SnapshotInfo};
use crate::source::Source;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// What was read and found intact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// The last entry read. Of a house that is being written: the tail when reading began.
    pub tail: Tail,
    /// The tail mark when reading began.
    pub mark: Tail,
    /// Payload bytes of all entries.
    pub bytes: u64,
    /// The listed snapshots, oldest first.
    pub snapshots: Vec<SnapshotInfo>,
    /// Whether another process had the house open.
    pub is_live: bool,
}

/// What is wrong with a house.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A file is missing, damaged, or does not agree with the entries.
    #[error(
        "the house in {} is not intact: {file} {what}; nothing was changed; {}",
        dir.display(), advice(*intact)
    )]
    Wrong {
        /// The directory.
        dir: PathBuf,
        /// The file, relative to it.
        file: String,
        /// What is wrong with it.
        what: String,
        /// The last entry that was read and is intact, if entries were read at all.
        intact: Option<Position>,
    },
    /// An entry is missing or damaged.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A snapshot is missing or damaged.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The caller did not accept an intact entry.
    #[error(
        "entry {position} is stored as it was written, but it cannot be executed: {message}; \
         nothing was changed; keep the files and report this"
    )]
    Rejected {
        /// The entry.
        position: Position,
        /// What the caller said.
        message: String,
    },
    /// A file operation failed.
    #[error(transparent)]
    Storage(StorageError),
}

fn advice(intact: Option<Position>) -> String {
    match intact {
        None => "restore a backup, or see what a start of the server says".to_owned(),
        Some(intact) => format!(
            "entries up to {intact} are intact; restore a backup, or give up what comes after with \
             \"boxoffice journal accept-loss DIR --at {intact}\", where DIR is the house"
        ),
    }
}

/// Reads and verifies everything in the house or backup in `dir`, also while a server writes it.
///
/// `on_entry` sees every entry in order, to decode and execute it; what it says against one ends
/// the run.
///
/// # Errors
/// See [`VerifyError`]; the first problem found.
pub fn verify(
    dir: &Path,
    on_entry: &mut dyn FnMut(&Entry) -> Result<(), String>,
) -> Result<VerifyReport, VerifyError> {
    let mut source = Source::open(dir)?;
    let walked = source.walk(&mut |entries| {
        for entry in entries {
            on_entry(entry).map_err(|message| VerifyError::Rejected {
                position: entry.position,
                message,
            })?;
        }
        Ok(())
    })?;
    Ok(VerifyReport {
        tail: walked.tail,
        mark: source.mark(),
        bytes: walked.bytes,
        snapshots: source.snapshots().to_vec(),
        is_live: source.is_live(),
    })
}

/// Figures about the house or backup in `dir`, also while a server writes it.
///
/// # Errors
/// See [`VerifyError`]; mark, snapshots and the last entry are looked at, not all entries.
pub fn stat(dir: &Path) -> Result<Stat, VerifyError> {
    let mut source = Source::open(dir)?;
    Ok(Stat {
        tail: source.tail()?,
        mark: source.mark(),
        store_bytes: files::file_bytes(&dir.join(JOURNAL_FILE)),
        wal_bytes: files::file_bytes(&dir.join(WAL_FILE)),
        free_bytes: files::free_bytes(dir),
        implementation: format!("SQLite {}", rusqlite::version()),
        ..Stat::default()
    })
}
