//! The layout of a house's directory, its exclusive lock, and durable file operations.
//!
//! Invariants: the lock is taken before anything else in the directory is touched, and is held
//! until the last handle of the process is dropped, readers included.

use rustix::fs::{FlockOperation, flock, statvfs};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The lock file; it has content once the house was completely created.
pub(crate) const LOCK_FILE: &str = "house.lock";
/// The SQLite database.
pub(crate) const JOURNAL_FILE: &str = "journal.db";
/// Its write-ahead log.
pub(crate) const WAL_FILE: &str = "journal.db-wal";
/// Its shared-memory index.
pub(crate) const SHM_FILE: &str = "journal.db-shm";
/// A rollback journal, which this program never leaves.
pub(crate) const ROLLBACK_FILE: &str = "journal.db-journal";
/// The tail mark.
pub(crate) const MARK_FILE: &str = "tail.mark";
/// The directory of snapshots.
pub(crate) const SNAPSHOTS_DIR: &str = "snapshots";
/// Scratch space of the start-up check and of file creation; worthless after a crash.
pub(crate) const SCRATCH_DIR: &str = "check";
/// Present while an accepted loss is being carried out.
pub(crate) const LOSS_FILE: &str = "accept-loss.pending";

/// How often a lock file that was removed under our hands is opened again.
const LOCK_ATTEMPTS: usize = 8;

const LOCK_CONTENT: &[u8] = b"boxoffice house 1\n";

/// An operation on a file of the house failed.
#[derive(Debug, Error)]
#[error(
    "{operation} {} failed; entries acknowledged before are not affected; check the disk and the \
     permissions of the data directory",
    path.display()
)]
pub struct StorageError {
    /// What was tried.
    pub operation: &'static str,
    /// On which file.
    pub path: PathBuf,
    /// What the system answered.
    #[source]
    pub source: io::Error,
}

/// Another process uses the house.
#[derive(Debug, Error)]
#[error(
    "another process has the house in {} open; nothing was touched; stop that process, or use \
     another data directory",
    dir.display()
)]
pub struct HouseInUse {
    /// The directory.
    pub dir: PathBuf,
}

/// Adds the operation and the file to an IO error.
pub(crate) trait Context<T> {
    /// Names what was tried.
    fn context(self, operation: &'static str, path: &Path) -> Result<T, StorageError>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, operation: &'static str, path: &Path) -> Result<T, StorageError> {
        self.map_err(|source| StorageError {
            operation,
            path: path.to_path_buf(),
            source,
        })
    }
}

/// Why the lock was not taken.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// Someone else has it.
    #[error(transparent)]
    InUse(#[from] HouseInUse),
    /// The lock file could not be opened or created.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The exclusive lock on a house; dropping it lets the next process in.
#[derive(Debug)]
pub(crate) struct HouseLock {
    file: File,
    path: PathBuf,
    was_absent: bool,
}

impl HouseLock {
    /// Takes the lock, creating an empty lock file if there is none.
    pub(crate) fn acquire(dir: &Path) -> Result<Self, LockError> {
        let path = dir.join(LOCK_FILE);
        // A holder that refused to start may remove the file that it had created, after we opened
        // it; such a lock protects nothing, so take the file that has the name now.
        for _ in 0..LOCK_ATTEMPTS {
            let was_absent = !path.exists();
            let file = File::options()
                .create(true)
                .truncate(false)
                .read(true)
                .write(true)
                .open(&path)
                .context("opening", &path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    break;
                }
                Err(error) => return Err(io::Error::from(error)).context("locking", &path)?,
            }
            let locked = file.metadata().context("reading", &path)?;
            if fs::metadata(&path).is_ok_and(|named| named.ino() == locked.ino()) {
                return Ok(Self {
                    file,
                    path,
                    was_absent,
                });
            }
        }
        let dir = dir.to_path_buf();
        Err(HouseInUse { dir }.into())
    }

    /// Whether the house was completely created at some time, as far as the lock file knows.
    pub(crate) fn says_created(&self) -> Result<bool, StorageError> {
        let metadata = self.file.metadata().context("reading", &self.path)?;
        Ok(metadata.len() > 0)
    }

    /// Records that the house is complete.
    pub(crate) fn set_created(&self) -> Result<(), StorageError> {
        if self.says_created()? {
            return Ok(());
        }
        (&self.file)
            .write_all(LOCK_CONTENT)
            .and_then(|()| self.file.sync_all())
            .context("writing", &self.path)
    }
}

impl Drop for HouseLock {
    fn drop(&mut self) {
        // A lock file that was created only to look at something that turned out not to be a
        // house, or a damaged one, must not stay: whoever looks changes nothing.
        if self.was_absent && self.says_created().is_ok_and(|created| !created) {
            drop(fs::remove_file(&self.path));
        }
    }
}

/// Makes names that were created, renamed or removed in `dir` durable.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), StorageError> {
    File::open(dir)
        .and_then(|file| file.sync_all())
        .context("syncing", dir)
}

/// Makes the content of a file durable.
pub(crate) fn sync_file(path: &Path) -> Result<(), StorageError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .context("syncing", path)
}

/// Creates `dir` with its parents, durably.
pub(crate) fn create_dir(dir: &Path) -> Result<(), StorageError> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir).context("creating", dir)?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_dir(parent),
        Some(_) | None => Ok(()),
    }
}

/// Replaces `path` by `bytes`: written aside, synced, renamed, and the name synced.
pub(crate) fn write_atomically(path: &Path, parts: &[&[u8]]) -> Result<(), StorageError> {
    let temporary = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()
    };
    write().context("writing", &temporary)?;
    fs::rename(&temporary, path).context("renaming", &temporary)?;
    match path.parent() {
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    }
}

/// Gives a file a second name, or copies it where there are no hard links.
///
/// Returns false when there is no such file.
pub(crate) fn link_or_copy(from: &Path, to: &Path) -> Result<bool, StorageError> {
    if !from.exists() {
        return Ok(false);
    }
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).context("copying", from)?;
        sync_file(to)?;
    }
    Ok(true)
}

/// Removes a file; that it is not there is fine.
pub(crate) fn remove_if_present(path: &Path) -> Result<(), StorageError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("removing", path)
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes a directory with its content; that it is not there is fine.
pub(crate) fn remove_dir_if_present(path: &Path) -> Result<(), StorageError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("removing", path)
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The names in a directory, sorted; empty when the directory does not exist.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, StorageError> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        other => other.context("listing", dir)?,
    };
    for entry in entries {
        let entry = entry.context("listing", dir)?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Free bytes for unprivileged processes on the filesystem of `path`; 0 when it cannot be asked.
pub(crate) fn free_bytes(path: &Path) -> u64 {
    statvfs(path).map_or(0, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// The size of a file in bytes, 0 when it does not exist.
pub(crate) fn file_bytes(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}
