//! Copies a house, entry by entry and verified, into a new directory: backup and restore.
//!
//! Invariants: the copy is a house only when everything in it is durable; until then it has no
//! mark and does not open. The target is never one that has anything in it.

use crate::chain::Tail;
use crate::files::{
    Context as _, HouseInUse, HouseLock, JOURNAL_FILE, LOCK_FILE, LOSS_FILE, LockError, MARK_FILE,
    ROLLBACK_FILE, SCRATCH_DIR, SHM_FILE, SNAPSHOTS_DIR, StorageError, WAL_FILE, create_dir, names,
    remove_dir_if_present, remove_if_present, sync_dir, sync_file,
};
use crate::mark;
use crate::snapshot::{self, SnapshotError, SnapshotStore};
use crate::source::{Source, latest_snapshot};
use crate::sqlite::StoreBuilder;
use crate::verify::VerifyError;
use std::fs;
use std::path::{Component, Path, PathBuf};
use thiserror::Error;

/// Names that belong to the journal and cannot be copied as extra files.
const RESERVED: [&str; 9] = [
    LOCK_FILE,
    JOURNAL_FILE,
    WAL_FILE,
    SHM_FILE,
    ROLLBACK_FILE,
    MARK_FILE,
    SNAPSHOTS_DIR,
    SCRATCH_DIR,
    LOSS_FILE,
];

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Where the copy ends.
    pub tail: Tail,
    /// Payload bytes of all entries.
    pub bytes: u64,
    /// The tail of the copied snapshot, if there was one.
    pub snapshot: Option<Tail>,
}

/// Why there is no copy. The source is never changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The target has something in it.
    #[error(
        "{} is not empty; nothing was copied and nothing there was touched; choose a directory \
         that is empty or does not exist",
        dir.display()
    )]
    TargetNotEmpty {
        /// The target.
        dir: PathBuf,
    },
    /// An extra file is not a plain file name of the source directory.
    #[error(
        "{name:?} cannot be copied as an extra file; nothing was copied; name a file beside the journal"
    )]
    ExtraFile {
        /// The name.
        name: String,
    },
    /// The target is in use.
    #[error(transparent)]
    InUse(#[from] HouseInUse),
    /// The source is not intact.
    #[error(transparent)]
    Source(#[from] VerifyError),
    /// The snapshot could not be copied.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file operation failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Copies the house in `dir`, also while a server writes it, to `target_dir`, which must be absent
/// or empty. The copy opens like any house.
///
/// `extra_files` are names of small files beside the journal; each of them must exist.
///
/// # Errors
/// See [`BackupError`]; what was written to the target is removed again.
pub fn backup(
    dir: &Path,
    target_dir: &Path,
    extra_files: &[&str],
) -> Result<BackupReport, BackupError> {
    for name in extra_files {
        let mut components = Path::new(name).components();
        let is_plain = matches!(components.next(), Some(Component::Normal(_)));
        if !is_plain || components.next().is_some() || RESERVED.contains(name) {
            let name = (*name).to_owned();
            return Err(BackupError::ExtraFile { name });
        }
    }
    let not_empty = || BackupError::TargetNotEmpty {
        dir: target_dir.to_path_buf(),
    };
    if !names(target_dir)?.is_empty() {
        return Err(not_empty());
    }
    let was_absent = !target_dir.exists();
    let mut source = Source::open(dir)?;
    create_dir(target_dir)?;
    let lock = match HouseLock::acquire(target_dir) {
        Ok(lock) => lock,
        Err(LockError::InUse(error)) => return Err(error.into()),
        Err(LockError::Storage(error)) => return Err(error.into()),
    };
    if names(target_dir)? != [LOCK_FILE] {
        return Err(not_empty());
    }
    let copied = copy(dir, &mut source, target_dir, extra_files)
        .and_then(|report| lock.set_created().map(|()| report).map_err(Into::into));
    if copied.is_err() {
        clean(target_dir, extra_files, &lock, was_absent);
    }
    let report = copied?;
    sync_dir(target_dir)?;
    Ok(report)
}

/// Copies a backup into `dir`, which must be absent or empty, and verifies all of it on the way.
///
/// # Errors
/// As [`backup`].
pub fn restore(
    backup_dir: &Path,
    dir: &Path,
    extra_files: &[&str],
) -> Result<BackupReport, BackupError> {
    backup(backup_dir, dir, extra_files)
}

fn copy(
    dir: &Path,
    source: &mut Source,
    target_dir: &Path,
    extra_files: &[&str],
) -> Result<BackupReport, BackupError> {
    // The snapshot comes first: the entries read after it reach at least as far.
    let newest = latest_snapshot(dir)?;
    let mut builder = StoreBuilder::create(&target_dir.join(JOURNAL_FILE))?;
    let mut covers_snapshot = newest.is_none();
    let walked = source.walk(&mut |entries| {
        let tail = newest.as_ref().map(|snapshot| snapshot.tail);
        covers_snapshot |= entries.iter().any(|entry| Some(entry.tail()) == tail);
        Ok(builder.extend(entries)?)
    })?;
    builder.finish()?;
    snapshot::create(&target_dir.join(SNAPSHOTS_DIR))?;
    let newest = newest.filter(|snapshot| covers_snapshot || snapshot.tail == Tail::EMPTY);
    if let Some(snapshot) = &newest {
        SnapshotStore::of_house(target_dir, 0).write(snapshot.tail, &snapshot.payload)?;
    }
    for name in extra_files {
        let (from, to) = (dir.join(name), target_dir.join(name));
        fs::copy(&from, &to).context("copying", &from)?;
        sync_file(&to)?;
    }
    mark::create(&target_dir.join(MARK_FILE), walked.tail, 0)?;
    sync_dir(target_dir)?;
    Ok(BackupReport {
        tail: walked.tail,
        bytes: walked.bytes,
        snapshot: newest.map(|snapshot| snapshot.tail),
    })
}

/// Removes what a failed copy has left; all of it is ours, because the target was empty.
fn clean(target_dir: &Path, extra_files: &[&str], lock: &HouseLock, was_absent: bool) {
    debug_assert!(lock.says_created().is_ok_and(|created| !created));
    for name in [MARK_FILE, JOURNAL_FILE].iter().chain(extra_files) {
        // What cannot be removed has no complete lock file and so never opens as a house.
        drop(remove_if_present(&target_dir.join(name)));
    }
    drop(remove_dir_if_present(&target_dir.join(SNAPSHOTS_DIR)));
    if was_absent {
        drop(remove_if_present(&target_dir.join(LOCK_FILE)));
        drop(fs::remove_dir(target_dir));
    }
}
