//! Reading entries from the SQLite store.
//!
//! Invariants: each call is one short read transaction, so that the log can be reused; the
//! connection is read-only and never checkpoints, not even when it is closed last.

use crate::chain::{Entry, Hash, Position, Tail, check_entry};
use crate::error::ReadError;
use crate::files::HouseLock;
use crate::journal::Reader;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row};
use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a reader waits while another process recovers the log.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

const SELECT_TAIL: &str = "SELECT position, hash FROM entries ORDER BY position DESC LIMIT 1";
const SELECT_HASH: &str = "SELECT hash FROM entries WHERE position = ?1";
const SELECT_FROM: &str = "SELECT position, version, hash, payload FROM entries \
                           WHERE position >= ?1 ORDER BY position LIMIT ?2";

/// An entry as it lies in the store, verified.
pub(crate) struct EntryRef<'a> {
    /// Its predecessor's tail.
    pub(crate) predecessor: Tail,
    /// Its own.
    pub(crate) tail: Tail,
    /// Its frame's version.
    pub(crate) version: u8,
    /// Its bytes.
    pub(crate) payload: &'a [u8],
}

impl EntryRef<'_> {
    /// Copies it out of the store.
    pub(crate) fn to_entry(&self) -> Entry {
        Entry {
            position: self.tail.position,
            previous: self.predecessor.hash,
            hash: self.tail.hash,
            version: self.version,
            payload: self.payload.to_vec(),
        }
    }
}

/// A reader of a SQLite journal.
pub struct SqliteReader {
    connection: Connection,
    /// The newest entry that this reader has verified: the anchor of the next read.
    verified: Tail,
    /// Keeps other processes out as long as this process has the house open.
    _lock: Option<Arc<HouseLock>>,
}

impl fmt::Debug for SqliteReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteReader")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl SqliteReader {
    /// Opens the database at `path` for reading.
    pub(crate) fn open(path: &Path, lock: Option<Arc<HouseLock>>) -> Result<Self, ReadError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, flags)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| store_error(error, Position(1)))?;
        Ok(Self {
            connection,
            verified: Tail::EMPTY,
            _lock: lock,
        })
    }

    /// The newest entry that this reader has verified.
    pub(crate) fn verified(&self) -> Tail {
        self.verified
    }

    /// The stored hash at a position, not verified against its entry.
    pub(crate) fn hash_at(&self, position: Position) -> Result<Option<Hash>, ReadError> {
        if position == Position::ZERO {
            return Ok(Some(Hash::ZERO));
        }
        let stored = self
            .connection
            .prepare_cached(SELECT_HASH)
            .and_then(|mut statement| {
                statement
                    .query_row([to_sql(position)], |row| Ok(hash_column(row, 0)))
                    .optional()
            })
            .map_err(|error| store_error(error, position))?;
        match stored {
            None => Ok(None),
            Some(Some(hash)) => Ok(Some(hash)),
            Some(None) => Err(wrong_shape(position)),
        }
    }

    /// What is wrong with the store's pages, which could make the next append overwrite entries.
    ///
    /// Looks at the free list, which is empty because nothing is ever deleted, and at all pages if
    /// `every_page`.
    pub(crate) fn structure_fault(&self, every_page: bool) -> Result<Option<String>, ReadError> {
        let ask = || -> rusqlite::Result<Option<String>> {
            let connection = &self.connection;
            let number =
                |pragma: &str| connection.query_row(pragma, [], |row| row.get::<_, i64>(0));
            let free = number("PRAGMA freelist_count")?;
            if free != 0 {
                return Ok(Some(format!("is damaged: it claims {free} free pages")));
            }
            if every_page {
                let text: String =
                    connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
                if text != "ok" {
                    return Ok(Some(format!("is damaged: {}", text.replace('\n', ", "))));
                }
            }
            Ok(None)
        };
        ask().map_err(|error| store_error(error, Position(1)))
    }

    /// Lets `visitor` see at most `entries_max` verified entries from `from` on, until it breaks.
    ///
    /// All of it is one read transaction: only for a store that nobody writes, or a few entries.
    pub(crate) fn visit(
        &mut self,
        from: Position,
        entries_max: usize,
        visitor: &mut dyn FnMut(&EntryRef<'_>) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let from = Position(from.0.max(1));
        let Some(mut predecessor) = self.predecessor(from)? else {
            return Ok(());
        };
        let verified = &mut self.verified;
        let mut statement = self
            .connection
            .prepare_cached(SELECT_FROM)
            .map_err(|error| store_error(error, from))?;
        let mut rows = statement
            .query([to_sql(from), i64::try_from(entries_max).unwrap_or(i64::MAX)])
            .map_err(|error| store_error(error, from))?;
        loop {
            let next = predecessor.position.next();
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => return Ok(()),
                Err(error) => return Err(store_error(error, next)),
            };
            let entry = entry_columns(row, predecessor)?;
            predecessor = entry.tail;
            if visitor(&entry).is_break() {
                return Ok(());
            }
            *verified = predecessor;
        }
    }

    /// The tail before `from`, or `None` when the journal ends before that.
    fn predecessor(&mut self, from: Position) -> Result<Option<Tail>, ReadError> {
        let position = from.previous();
        if position == self.verified.position {
            return Ok(Some(self.verified));
        }
        if let Some(hash) = self.hash_at(position)? {
            return Ok(Some(Tail { position, hash }));
        }
        if self.tail()?.position < position {
            return Ok(None);
        }
        Err(ReadError::Missing { position })
    }
}

impl Reader for SqliteReader {
    fn tail(&mut self) -> Result<Tail, ReadError> {
        let next = self.verified.position.next();
        let row = self
            .connection
            .prepare_cached(SELECT_TAIL)
            .and_then(|mut statement| {
                statement
                    .query_row([], |row| Ok((position_column(row, 0), hash_column(row, 1))))
                    .optional()
            })
            .map_err(|error| store_error(error, next))?;
        let tail = match row {
            None => Tail::EMPTY,
            Some((Some(position), Some(hash))) => Tail { position, hash },
            Some((position, _)) => return Err(wrong_shape(position.unwrap_or(next))),
        };
        if tail.position < self.verified.position {
            let position = tail.position.next();
            return Err(ReadError::Missing { position });
        }
        Ok(tail)
    }

    fn read(
        &mut self,
        from: Position,
        bytes_max: usize,
        entries_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::new();
        let mut bytes = 0_usize;
        let visited = self.visit(from, entries_max, &mut |entry| {
            bytes = bytes.saturating_add(entry.payload.len());
            if bytes > bytes_max && !entries.is_empty() {
                return ControlFlow::Break(());
            }
            entries.push(entry.to_entry());
            ControlFlow::Continue(())
        });
        match visited {
            Ok(()) => Ok(entries),
            // What is intact is delivered; the next read starts at the damage and reports it.
            Err(_) if !entries.is_empty() => Ok(entries),
            Err(error) => Err(error),
        }
    }
}

/// A position as SQLite stores it; positions beyond `i64` are never reached.
pub(crate) fn to_sql(position: Position) -> i64 {
    i64::try_from(position.0).unwrap_or(i64::MAX)
}

fn entry_columns<'a>(row: &'a Row<'_>, predecessor: Tail) -> Result<EntryRef<'a>, ReadError> {
    let next = predecessor.position.next();
    let position = position_column(row, 0).ok_or_else(|| wrong_shape(next))?;
    let version = match row.get_ref(1) {
        Ok(ValueRef::Integer(version)) => u8::try_from(version).ok(),
        Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) | Err(_) => {
            None
        }
    };
    let (Some(version), Some(hash), Ok(ValueRef::Blob(payload))) =
        (version, hash_column(row, 2), row.get_ref(3))
    else {
        return Err(wrong_shape(next));
    };
    check_entry(predecessor, position, version, hash, payload)?;
    Ok(EntryRef {
        predecessor,
        tail: Tail { position, hash },
        version,
        payload,
    })
}

fn position_column(row: &Row<'_>, idx: usize) -> Option<Position> {
    let position: i64 = row.get(idx).ok()?;
    u64::try_from(position).ok().map(Position)
}

fn hash_column(row: &Row<'_>, idx: usize) -> Option<Hash> {
    Hash::from_slice(row.get_ref(idx).ok()?.as_blob().ok()?)
}

fn wrong_shape(position: Position) -> ReadError {
    ReadError::Damaged {
        position,
        what: "its row does not have the columns of an entry".to_owned(),
    }
}

/// Tells damage in the database from a storage that cannot be read at the moment.
pub(crate) fn store_error(error: rusqlite::Error, position: Position) -> ReadError {
    let is_transient = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::PermissionDenied
                | ErrorCode::CannotOpen
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed
        )
    );
    if is_transient {
        return ReadError::Storage {
            source: error.into(),
        };
    }
    ReadError::Damaged {
        position,
        what: format!("SQLite cannot read it ({error})"),
    }
}
