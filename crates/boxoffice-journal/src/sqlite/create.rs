//! Builds new stores and new houses.
//!
//! Invariants: a house is complete only when its lock file has content; before that nothing was
//! ever acknowledged in it, so that an interrupted creation is simply repeated.

use super::SCHEMA;
use super::reader::to_sql;
use crate::chain::{Entry, Tail};
use crate::error::Cause;
use crate::files::{
    Context as _, HouseLock, JOURNAL_FILE, MARK_FILE, SCRATCH_DIR, SNAPSHOTS_DIR, StorageError,
    create_dir, remove_dir_if_present, sync_dir, sync_file,
};
use crate::mark;
use crate::snapshot;
use rusqlite::{Connection, params};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The page size of the store, by measurement (see `examples/commit_latency.rs`).
pub(crate) const PAGE_BYTES: u32 = 8_192;

/// Writes a store from the first entry on, fast, for a file that nobody relies on until it is
/// finished.
#[derive(Debug)]
pub(crate) struct StoreBuilder {
    connection: Connection,
    path: PathBuf,
    tail: Tail,
}

impl StoreBuilder {
    /// Creates an empty store at `path`, which must not exist.
    pub(crate) fn create(path: &Path) -> Result<Self, StorageError> {
        let build = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.pragma_update(None, "page_size", PAGE_BYTES)?;
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection.query_row("PRAGMA journal_mode = MEMORY", [], |_| Ok(()))?;
            connection.execute_batch(SCHEMA)?;
            Ok(connection)
        };
        let connection = build().map_err(|error| failed("creating", path, error))?;
        Ok(Self {
            connection,
            path: path.to_path_buf(),
            tail: Tail::EMPTY,
        })
    }

    /// Adds entries that were verified and follow each other.
    pub(crate) fn extend(&mut self, entries: &[Entry]) -> Result<(), StorageError> {
        let tail = self.tail;
        let insert = |connection: &mut Connection| -> rusqlite::Result<Tail> {
            let mut tail = tail;
            let transaction = connection.transaction()?;
            let mut statement =
                transaction.prepare_cached("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)")?;
            for entry in entries {
                assert_eq!(
                    entry.position,
                    tail.position.next(),
                    "entries come in order"
                );
                assert_eq!(entry.previous, tail.hash, "entries link to each other");
                let position = to_sql(entry.position);
                statement.execute(params![
                    position,
                    entry.version,
                    entry.hash.0,
                    entry.payload
                ])?;
                tail = entry.tail();
            }
            drop(statement);
            transaction.commit()?;
            Ok(tail)
        };
        let inserted = insert(&mut self.connection);
        self.tail = inserted.map_err(|error| failed("writing", &self.path, error))?;
        Ok(())
    }

    /// Closes and syncs the file, and returns its tail.
    pub(crate) fn finish(self) -> Result<Tail, StorageError> {
        let Self {
            connection,
            path,
            tail,
        } = self;
        connection
            .query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))
            .map_err(|error| failed("finishing", &path, error))?;
        connection
            .close()
            .map_err(|(_, error)| failed("closing", &path, error))?;
        sync_file(&path)?;
        Ok(tail)
    }
}

/// Creates everything that an empty house consists of, or completes an interrupted creation.
pub(crate) fn create_house(dir: &Path, lock: &HouseLock) -> Result<(), StorageError> {
    let scratch = dir.join(SCRATCH_DIR);
    remove_dir_if_present(&scratch)?;
    create_dir(&scratch)?;
    snapshot::create(&scratch.join(SNAPSHOTS_DIR))?;
    let tail = StoreBuilder::create(&scratch.join(JOURNAL_FILE))?.finish()?;
    mark::create(&scratch.join(MARK_FILE), tail, 0)?;
    // The order tells an interrupted creation from a house that lost a file: the journal is the
    // first to be there, the mark the last.
    for name in [JOURNAL_FILE, SNAPSHOTS_DIR, MARK_FILE] {
        let (from, to) = (scratch.join(name), dir.join(name));
        // A directory is there whole or not at all, and is not replaced.
        if name != SNAPSHOTS_DIR || !to.exists() {
            fs::rename(&from, &to).context("renaming", &from)?;
            sync_dir(dir)?;
        }
    }
    lock.set_created()?;
    sync_dir(dir)?;
    remove_dir_if_present(&scratch)
}

fn failed(operation: &'static str, path: &Path, source: impl Into<Cause>) -> StorageError {
    StorageError {
        operation,
        path: path.to_path_buf(),
        source: io::Error::other(source),
    }
}
