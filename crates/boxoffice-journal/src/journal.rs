//! The two handles that every implementation offers: one exclusive writer, any number of readers.

use crate::chain::{Entry, Position, Tail};
use crate::error::{AppendError, ReadError};
use std::sync::Arc;

/// Figures about a journal, for metrics and `boxoffice journal stat`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Where it ends.
    pub tail: Tail,
    /// What the tail mark names; equal to the tail for implementations without a mark.
    pub mark: Tail,
    /// Size of the main store in bytes.
    pub store_bytes: u64,
    /// Size of the write-ahead log in bytes, the part grown in advance included.
    pub wal_bytes: u64,
    /// Log pages written since the last complete checkpoint.
    pub wal_pages: u64,
    /// Checkpoints completed by this handle.
    pub checkpoints: u64,
    /// Free bytes of the storage.
    pub free_bytes: u64,
    /// The implementation and its version.
    pub implementation: String,
    /// Whether an earlier failure closed the handle.
    pub poisoned: bool,
}

/// Opens independent read-only handles; it may outlive the writer's handle.
pub type OpenReader = Arc<dyn Fn() -> Result<Box<dyn Reader>, ReadError> + Send + Sync>;

/// The writer's exclusive handle.
pub trait Journal: Send {
    /// The newest acknowledged position and hash.
    fn tail(&self) -> Tail;

    /// Appends one entry and returns the new tail once it is durable.
    ///
    /// It is conditional: the journal must end at `expected`, position and hash.
    ///
    /// # Errors
    /// See [`AppendError`] for which of them leave no trace and which poison the handle.
    fn append(&mut self, expected: Tail, payload: &[u8]) -> Result<Tail, AppendError>;

    /// Opens an independent read-only handle, usable from another thread.
    ///
    /// # Errors
    /// [`ReadError::Storage`] when another handle on the storage cannot be opened.
    fn reader(&self) -> Result<Box<dyn Reader>, ReadError>;

    /// What opens further readers once this handle was given to the writer.
    fn reader_opener(&self) -> OpenReader;

    /// Free bytes of the storage; `u64::MAX` where there is no limit.
    fn free_bytes(&self) -> u64;

    /// Current figures.
    fn stat(&self) -> Stat;

    /// Whether an earlier failure closed this handle for appends.
    fn is_poisoned(&self) -> bool;

    /// Does upkeep that is due (a checkpoint); call it after the replies of a batch have left.
    ///
    /// A failure poisons the handle; the next append reports it. Entries are not affected.
    fn checkpoint_if_due(&mut self) {}

    /// Does upkeep early; call it when nothing is pending.
    fn idle(&mut self) {}
}

/// A read-only handle. It sees an entry only when that entry is durable.
pub trait Reader: Send {
    /// Where the journal ends now.
    ///
    /// # Errors
    /// [`ReadError::Storage`] or [`ReadError::Damaged`] when the last entry cannot be read.
    fn tail(&mut self) -> Result<Tail, ReadError>;

    /// Reads entries in order from `from` on (0 reads as 1), each verified against its predecessor.
    ///
    /// Returns at most `entries_max` entries and stops before `bytes_max` payload bytes are
    /// exceeded, but returns at least one entry if there is one. Empty means: nothing there yet.
    ///
    /// # Errors
    /// See [`ReadError`]; intact entries before a damaged one are returned by a read that stops
    /// before it.
    fn read(
        &mut self,
        from: Position,
        bytes_max: usize,
        entries_max: usize,
    ) -> Result<Vec<Entry>, ReadError>;
}
