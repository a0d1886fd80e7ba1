//! What appending and reading can answer other than success.

use crate::chain::{Position, Tail};
use thiserror::Error;

/// The error that a lower layer gave, for the source chain.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why an entry was not acknowledged.
///
/// `Conflict`, `StorageFull` and `TooLarge` leave no trace and the handle goes on. After `Failed`
/// and `Unknown` the handle is poisoned: every later append answers `Poisoned`.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The journal does not end where the caller expected.
    #[error(
        "the journal ends at {actual}, not at {expected}: another writer extended it; nothing was \
         written; stop this writer and let it recover from the journal"
    )]
    Conflict {
        /// What the caller expected.
        expected: Tail,
        /// Where the journal really ends.
        actual: Tail,
    },
    /// Too little free space is left; refused before anything was written.
    #[error(
        "only {free_bytes} bytes of storage are free and {free_bytes_min} are kept in reserve; \
         nothing was written and everything stored is intact; free some space and try again"
    )]
    StorageFull {
        /// What is free now.
        free_bytes: u64,
        /// What has to be free, this entry included.
        free_bytes_min: u64,
    },
    /// The payload is larger than [`crate::PAYLOAD_BYTES_MAX`].
    #[error("an entry of {bytes} bytes is over the limit of {bytes_max}; nothing was written")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The entry is certainly not in the journal.
    #[error(
        "the entry was not stored, and this journal takes no more; everything acknowledged before \
         is intact; check the disk, then restart to recover from the journal"
    )]
    Failed {
        /// What went wrong below.
        #[source]
        source: Cause,
    },
    /// The entry may or may not be in the journal; a restart will tell.
    #[error(
        "it is unknown whether the entry was stored, and this journal takes no more; everything \
         acknowledged before is intact; check the disk, then restart to recover from the journal"
    )]
    Unknown {
        /// What went wrong below.
        #[source]
        source: Cause,
    },
    /// An earlier failure closed this handle for good.
    #[error(
        "this journal takes no more entries since an earlier one failed; nothing was written; \
         restart to recover from the journal"
    )]
    Poisoned,
}

/// Why entries could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// An entry is there but is not what was appended.
    #[error(
        "entry {position} is damaged: {what}; the entries before it are intact; restore a backup, \
         or give up this entry and all after it with \"boxoffice journal accept-loss DIR --at \
         {}\", where DIR is the house",
        position.previous()
    )]
    Damaged {
        /// The first entry that cannot be trusted.
        position: Position,
        /// How it was noticed.
        what: String,
    },
    /// An entry that must exist is not there.
    #[error(
        "entry {position} is missing; the entries before it are intact; restore a backup, or give \
         up everything from it on with \"boxoffice journal accept-loss DIR --at {}\", where DIR is \
         the house",
        position.previous()
    )]
    Missing {
        /// The first missing entry.
        position: Position,
    },
    /// An entry was written by a newer program.
    #[error(
        "entry {position} has version {version}, which this program does not know; the data is \
         intact; run the newer program that wrote it"
    )]
    UnknownVersion {
        /// The entry.
        position: Position,
        /// Its version.
        version: u8,
    },
    /// The storage could not be read at all.
    #[error(
        "the journal cannot be read right now; nothing was changed; check the disk and the \
         permissions of the data directory"
    )]
    Storage {
        /// What went wrong below.
        #[source]
        source: Cause,
    },
}
