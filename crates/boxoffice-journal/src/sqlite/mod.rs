//! The journal in SQLite: one file, one table, one connection that writes and checkpoints.
//!
//! Invariants:
//! * `append` returns only after the commit is synced and the tail mark written.
//! * The log is grown before use and reused; it is checkpointed here and nowhere else.
//! * After an error of the storage nothing is written, synced or checkpointed again.
//!
//! Never: anything but entries in that file.

mod create;
mod inspect;
mod open;
mod options;
mod reader;

pub use open::{OpenError, Refusal};
pub use options::{FaultHook, FaultPoint, MarkMode, OpenOptions, SqliteTooOld};
pub use reader::SqliteReader;

pub(crate) use create::StoreBuilder;
pub(crate) use inspect::{InspectError, Inspection, Log};
pub(crate) use open::most_intact;

use crate::chain::{ENTRY_VERSION, PAYLOAD_BYTES_MAX, Position, Tail};
use crate::error::{AppendError, Cause, ReadError};
use crate::files::{self, HouseLock, JOURNAL_FILE, WAL_FILE};
use crate::journal::{Journal, OpenReader, Reader, Stat};
use crate::mark::MarkWriter;
use crate::snapshot::SnapshotStore;
use reader::to_sql;
use rusqlite::{Connection, ErrorCode, params};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The table of every store: rows are only ever added at the end.
const SCHEMA: &str = "CREATE TABLE entries (position INTEGER PRIMARY KEY, \
                      version INTEGER NOT NULL, hash BLOB NOT NULL, payload BLOB NOT NULL) STRICT";

/// The fence: the row goes in only behind exactly the expected predecessor, and only at the end.
const INSERT: &str = "INSERT INTO entries (position, version, hash, payload) \
                      SELECT ?1, ?2, ?3, ?4 \
                      WHERE (SELECT hash FROM entries WHERE position = ?1 - 1) IS ?5 \
                      AND (SELECT max(position) FROM entries) IS ?6";

/// The writer's handle on a house's journal in SQLite.
pub struct SqliteJournal {
    dir: PathBuf,
    connection: Connection,
    tail: Tail,
    mark: MarkWriter,
    options: OpenOptions,
    /// Pages in the log, told by SQLite after each commit.
    wal_pages: Arc<AtomicU64>,
    /// Whether those pages were all copied to the store, so that the log starts over.
    is_checkpointed: bool,
    checkpoints: u64,
    is_poisoned: bool,
    /// Dropped last: the house stays locked until everything else is closed.
    lock: Arc<HouseLock>,
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal")
            .field("dir", &self.dir)
            .field("tail", &self.tail)
            .field("is_poisoned", &self.is_poisoned)
            .finish_non_exhaustive()
    }
}

impl SqliteJournal {
    /// Opens the house in `dir`, or creates it if the directory is absent or empty.
    ///
    /// Checks the house first, on a copy of the log and before SQLite may recover anything; the
    /// crate's documentation lists what is checked.
    ///
    /// # Errors
    /// See [`OpenError`]; none of them leaves a trace in an existing house.
    pub fn open(dir: &Path, options: &OpenOptions) -> Result<Self, OpenError> {
        open::open(dir, options)
    }

    /// The snapshots of this house.
    #[must_use]
    pub fn snapshots(&self) -> SnapshotStore {
        SnapshotStore::of_house(&self.dir, self.options.free_bytes_min)
    }

    /// The directory of the house.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Poisons the handle and says that the entry is certainly not stored.
    fn failed(&mut self, source: impl Into<Cause>) -> AppendError {
        self.is_poisoned = true;
        let source = source.into();
        AppendError::Failed { source }
    }

    /// Poisons the handle and says that nobody knows whether the entry is stored.
    fn unknown(&mut self, source: impl Into<Cause>) -> AppendError {
        self.is_poisoned = true;
        let source = source.into();
        AppendError::Unknown { source }
    }

    /// Everything that refuses an append before anything is written.
    fn check_append(&mut self, expected: Tail, bytes: usize) -> Result<(), AppendError> {
        if self.is_poisoned {
            return Err(AppendError::Poisoned);
        }
        if self.mark.has_failed() {
            return Err(self.failed("the tail mark could not be synced"));
        }
        if expected != self.tail {
            let actual = self.tail;
            return Err(AppendError::Conflict { expected, actual });
        }
        let bytes_max = PAYLOAD_BYTES_MAX;
        if bytes > bytes_max {
            return Err(AppendError::TooLarge { bytes, bytes_max });
        }
        let free_bytes = self.free_bytes();
        // The entry is written twice, to the log and at the checkpoint to the store.
        let needed = (bytes as u64).saturating_mul(2);
        let free_bytes_min = self.options.free_bytes_min.saturating_add(needed);
        if free_bytes < free_bytes_min {
            return Err(AppendError::StorageFull {
                free_bytes,
                free_bytes_min,
            });
        }
        Ok(())
    }

    /// Commits the row; the number of rows that went in is 1, or 0 when the fence held it back.
    fn insert(&self, expected: Tail, tail: Tail, payload: &[u8]) -> rusqlite::Result<usize> {
        let (previous, newest) = if expected.position == Position::ZERO {
            (None, None)
        } else {
            (Some(expected.hash.0), Some(to_sql(expected.position)))
        };
        self.connection.prepare_cached(INSERT)?.execute(params![
            to_sql(tail.position),
            ENTRY_VERSION,
            tail.hash.0,
            payload,
            previous,
            newest
        ])
    }

    /// What the database says about its end after the fence held.
    fn conflict(&mut self, expected: Tail) -> AppendError {
        let mut reader = match self.open_reader() {
            Ok(reader) => reader,
            Err(error) => return self.failed(error),
        };
        match reader.tail() {
            Ok(actual) => {
                self.tail = actual;
                AppendError::Conflict { expected, actual }
            }
            Err(error) => self.failed(error),
        }
    }

    fn open_reader(&self) -> Result<SqliteReader, ReadError> {
        SqliteReader::open(&self.dir.join(JOURNAL_FILE), Some(Arc::clone(&self.lock)))
    }

    /// Copies the log into the store when it has at least `pages_min` pages.
    fn checkpoint(&mut self, pages_min: u64) {
        if self.is_poisoned || self.is_checkpointed {
            return;
        }
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < pages_min.max(1) {
            return;
        }
        let copied = self
            .options
            .fault
            .check(FaultPoint::Checkpoint)
            .map_err(Cause::from)
            .and_then(|()| {
                let run = "PRAGMA wal_checkpoint(PASSIVE)";
                let columns = |row: &rusqlite::Row<'_>| Ok((row.get(1)?, row.get(2)?));
                Ok(self.connection.query_row(run, [], columns)?)
            });
        match copied {
            // A reader may hold the last pages back; the rest is copied next time.
            Ok((in_log, copied)) => {
                let (in_log, copied): (i64, i64) = (in_log, copied);
                self.is_checkpointed = in_log == copied;
                self.checkpoints = self.checkpoints.saturating_add(u64::from(in_log == copied));
            }
            // It may have been a sync that failed, and a sync is never repeated.
            Err(_) => self.is_poisoned = true,
        }
    }
}

impl Journal for SqliteJournal {
    fn tail(&self) -> Tail {
        self.tail
    }

    fn append(&mut self, expected: Tail, payload: &[u8]) -> Result<Tail, AppendError> {
        self.check_append(expected, payload.len())?;
        let tail = expected.extended(payload);
        if let Err(fault) = self.options.fault.check(FaultPoint::BeforeCommit) {
            return Err(self.failed(fault));
        }
        match self.insert(expected, tail, payload) {
            Ok(1) => {}
            Ok(_) => return Err(self.conflict(expected)),
            Err(error) if is_before_any_write(&error) => return Err(self.failed(error)),
            Err(error) => return Err(self.unknown(error)),
        }
        self.is_checkpointed = false;
        if let Err(fault) = self.options.fault.check(FaultPoint::AfterCommit) {
            return Err(self.unknown(fault));
        }
        if let Err(error) = self.mark.write(tail) {
            return Err(self.unknown(error));
        }
        self.tail = tail;
        // A caller that never calls `checkpoint_if_due` gets a bounded log all the same.
        self.checkpoint(self.options.wal_pages_max.saturating_mul(2));
        Ok(tail)
    }

    fn reader(&self) -> Result<Box<dyn Reader>, ReadError> {
        Ok(Box::new(self.open_reader()?))
    }

    fn reader_opener(&self) -> OpenReader {
        let (path, lock) = (self.dir.join(JOURNAL_FILE), Arc::clone(&self.lock));
        Arc::new(move || {
            Ok(Box::new(SqliteReader::open(
                &path,
                Some(Arc::clone(&lock)),
            )?))
        })
    }

    fn free_bytes(&self) -> u64 {
        files::free_bytes(&self.dir)
    }

    fn stat(&self) -> Stat {
        Stat {
            tail: self.tail,
            mark: self.mark.tail(),
            store_bytes: files::file_bytes(&self.dir.join(JOURNAL_FILE)),
            wal_bytes: files::file_bytes(&self.dir.join(WAL_FILE)),
            wal_pages: if self.is_checkpointed {
                0
            } else {
                self.wal_pages.load(Ordering::Relaxed)
            },
            checkpoints: self.checkpoints,
            free_bytes: self.free_bytes(),
            implementation: format!("SQLite {}", rusqlite::version()),
            poisoned: self.is_poisoned,
        }
    }

    fn is_poisoned(&self) -> bool {
        self.is_poisoned || self.mark.has_failed()
    }

    fn checkpoint_if_due(&mut self) {
        self.checkpoint(self.options.wal_pages_max);
    }

    fn idle(&mut self) {
        self.checkpoint(self.options.wal_pages_max / 2);
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        // A clean close leaves a short start behind; failing here loses nothing.
        if !self.is_poisoned && self.mark.sync().is_ok() {
            self.checkpoint(1);
            if self.is_checkpointed {
                // An empty log cannot be damaged. Readers that are still there may prevent it.
                let run = "PRAGMA wal_checkpoint(TRUNCATE)";
                drop(self.connection.query_row(run, [], |_| Ok(())));
            }
        }
    }
}

/// Errors that SQLite gives before it writes the first page of a transaction.
fn is_before_any_write(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::ConstraintViolation
                | ErrorCode::TooBig
        )
    )
}
