//! How a SQLite journal is opened, and the points where tests make it fail.

use std::fmt;
use std::io;
use std::sync::Arc;
use thiserror::Error;

/// The oldest SQLite that may open a journal: 3.51.3 fixed a bug that corrupts reused logs.
pub(crate) const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// When the tail mark is synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkMode {
    /// By a background thread, at most 100 ms after it was written.
    Background,
    /// Before each append returns.
    Strict,
}

/// Settings of [`crate::sqlite::SqliteJournal::open`].
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// When the tail mark is synced.
    pub mark: MarkMode,
    /// Appends are refused when fewer bytes would be free. Default: 256 MiB.
    pub free_bytes_min: u64,
    /// The log is checkpointed when it has this many pages of 8 KiB, after the replies of a batch
    /// have left; twice as many are reached at most while no reader blocks it. Default: 1,024. No
    /// commit goes on meanwhile: with 4,096 pages that took 50 ms at full load, often enough to be
    /// the p99 of arrivals.
    pub wal_pages_max: u64,
    /// The log is grown to this size at the start, so that no commit has to. Default: what twice
    /// `wal_pages_max` pages and large batches need, 40 MiB. With 0 it grows as it is used, which
    /// suits houses that live for a test.
    pub wal_bytes_grown: u64,
    /// Journal files up to this size are verified whole at the start, larger ones from the newest
    /// snapshot on. Default: 128 MiB, about 0.2 s.
    pub verify_all_bytes_max: u64,
    /// Where tests inject failures. Default: nowhere.
    #[doc(hidden)]
    pub fault: FaultHook,
}

impl OpenOptions {
    /// The defaults with the given mark mode.
    #[must_use]
    pub fn new(mark: MarkMode) -> Self {
        Self {
            mark,
            free_bytes_min: 256 << 20,
            wal_pages_max: 1_024,
            wal_bytes_grown: 40 << 20,
            verify_all_bytes_max: 128 << 20,
            fault: FaultHook::default(),
        }
    }
}

/// A moment at which a test can make the storage fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultPoint {
    /// Before the row is inserted.
    BeforeCommit,
    /// After the commit is durable, before the mark.
    AfterCommit,
    /// The write of the mark.
    MarkWrite,
    /// The sync of the mark.
    MarkSync,
    /// A checkpoint.
    Checkpoint,
}

type FaultFn = dyn Fn(FaultPoint) -> Option<io::Error> + Send + Sync;

/// Decides at each [`FaultPoint`] whether it fails; by default none does.
#[derive(Clone, Default)]
pub struct FaultHook(Option<Arc<FaultFn>>);

impl FaultHook {
    /// Fails where `decide` gives an error.
    #[must_use]
    pub fn new(decide: impl Fn(FaultPoint) -> Option<io::Error> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(decide)))
    }

    pub(crate) fn check(&self, point: FaultPoint) -> io::Result<()> {
        match self.0.as_ref().and_then(|decide| decide(point)) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for FaultHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FaultHook").field(&self.0.is_some()).finish()
    }
}

/// This program was linked with a SQLite that can corrupt a journal.
#[derive(Debug, Error)]
#[error(
    "this program was built with SQLite {version_number}, but the journal needs at least \
     {SQLITE_VERSION_MIN}: older ones can corrupt a log that is reused; nothing was touched; \
     build it with the bundled SQLite"
)]
pub struct SqliteTooOld {
    /// The number that the library gives, as 3051003 for 3.51.3.
    pub version_number: i32,
}

/// Checks a version number as `sqlite3_libversion_number` gives it.
pub(crate) fn assert_version(version_number: i32) -> Result<(), SqliteTooOld> {
    if version_number < SQLITE_VERSION_MIN {
        return Err(SqliteTooOld { version_number });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sqlite_with_the_wal_reset_bug_is_refused_and_the_bundled_one_is_not() {
        assert!(assert_version(3_051_002).is_err());
        assert!(assert_version(3_051_003).is_ok());
        assert!(assert_version(rusqlite::version_number()).is_ok());
    }
}
