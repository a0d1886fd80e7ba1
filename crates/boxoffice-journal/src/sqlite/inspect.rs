//! Looks at a house without changing a byte of it.
//!
//! SQLite itself reads a hard link of the store and a copy of the log in a scratch directory, with
//! a read-only connection. So the check sees exactly what SQLite would recover, and the store and
//! the log stay as they are.
//!
//! Invariants: used only while the house is locked and nobody has its store open.

use super::reader::SqliteReader;
use crate::error::ReadError;
use crate::files::{
    Context as _, JOURNAL_FILE, SCRATCH_DIR, StorageError, WAL_FILE, create_dir, link_or_copy,
    remove_dir_if_present,
};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a house could not be looked at.
#[derive(Debug, Error)]
pub(crate) enum InspectError {
    /// The scratch copy failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// SQLite cannot open what is there.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Whether the log counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    /// As SQLite would recover it.
    Recovered,
    /// As if there were none: behind a damaged page in the log, the store may know more.
    Ignored,
}

/// A reader of the house's entries on scratch copies; removes them when dropped.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// Reads what SQLite would recover.
    pub(crate) reader: SqliteReader,
    has_header: bool,
    _scratch: Scratch,
}

/// What every store starts with: the magic, our page size, and WAL mode for reading and writing.
///
/// With another mode SQLite would ignore the log, or refuse to write once the house is open.
const HEADER: &[u8; 20] = b"SQLite format 3\0\x20\x00\x02\x02";

impl Inspection {
    /// Prepares the scratch directory inside `dir`.
    pub(crate) fn open(dir: &Path, log: Log) -> Result<Self, InspectError> {
        let scratch = dir.join(SCRATCH_DIR);
        remove_dir_if_present(&scratch)?;
        create_dir(&scratch)?;
        let scratch = Scratch(scratch);
        let copy = scratch.0.join(JOURNAL_FILE);
        link_or_copy(&dir.join(JOURNAL_FILE), &copy)?;
        let wal = dir.join(WAL_FILE);
        if log == Log::Recovered && wal.exists() {
            fs::copy(&wal, scratch.0.join(WAL_FILE)).context("copying", &wal)?;
        }
        // Before SQLite opens it: closing another handle of the file would drop SQLite's locks.
        let mut header = [0_u8; HEADER.len()];
        let read = File::open(&copy).and_then(|mut file| file.read_exact(&mut header));
        let has_header = read.is_ok() && header == *HEADER;
        let reader = SqliteReader::open(&copy, None)?;
        Ok(Self {
            reader,
            has_header,
            _scratch: scratch,
        })
    }
}

impl Inspection {
    /// What is wrong with the store apart from its entries; see [`SqliteReader::structure_fault`].
    pub(crate) fn store_fault(&self, every_page: bool) -> Result<Option<String>, ReadError> {
        if !self.has_header {
            return Ok(Some("is damaged: its header is not a journal's".to_owned()));
        }
        self.reader.structure_fault(every_page)
    }
}

#[derive(Debug)]
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind is removed by the next start.
        drop(fs::remove_dir_all(&self.0));
    }
}
