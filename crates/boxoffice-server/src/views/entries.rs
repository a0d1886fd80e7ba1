//! Reading entries from the journal, for whoever asks for what the feed's window no longer has.
//!
//! Invariants: at most [`READERS_MAX`] handles exist and as many reads run at a time; what is read
//! is verified by the journal, and decoded whole or not at all.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use boxoffice_engine::codec::Damaged;
use boxoffice_engine::event::take_batch;
use boxoffice_engine::ids::Position;
use boxoffice_journal::{Entry, ReadError, Reader};
use boxoffice_writer::feed::Committed;
use thiserror::Error;
use tokio::sync::Semaphore;

use super::refusal::Refusal;

/// Read handles on the journal, and reads at a time.
const READERS_MAX: usize = 4;
/// Payload bytes that one read returns, unless a single entry is larger.
pub(super) const READ_BYTES_MAX: usize = 1 << 20;
/// Entries that one read returns.
pub(super) const READ_ENTRIES_MAX: usize = 512;

/// Opens the journal for reading.
pub type OpenReader = Arc<dyn Fn() -> Result<Box<dyn Reader>, ReadError> + Send + Sync>;

/// Why an entry could not be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The journal refused.
    #[error("the journal cannot be read")]
    Read(#[from] ReadError),
    /// The entry is intact but its events cannot be decoded.
    #[error("entry {position} cannot be decoded: run the program that wrote it, or a newer one")]
    Decode {
        /// Which.
        position: u64,
        /// What is wrong with it.
        source: Damaged,
    },
}

/// A pool of read handles.
pub(super) struct Readers {
    open: OpenReader,
    idle: Mutex<Vec<Box<dyn Reader>>>,
    permits: Semaphore,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers")
            .field("permits", &self.permits)
            .finish_non_exhaustive()
    }
}

impl Readers {
    pub(super) fn new(open: OpenReader) -> Self {
        let idle = Mutex::new(Vec::with_capacity(READERS_MAX));
        Self {
            open,
            idle,
            permits: Semaphore::new(READERS_MAX),
        }
    }

    /// A handle of its own, for the follower.
    pub(super) fn open(&self) -> Result<Box<dyn Reader>, ReadError> {
        (self.open)()
    }

    /// Runs `read` with a handle on a thread that may block.
    pub(super) async fn with<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&mut dyn Reader) -> Result<T, EntryError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let permit = self.permits.acquire().await;
        let _permit = permit.expect("the semaphore is never closed");
        let readers = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            let idle = readers.lock().pop();
            let mut reader = match idle {
                Some(reader) => reader,
                None => readers.open()?,
            };
            // A handle that failed is not used again.
            let result = read(reader.as_mut())?;
            readers.lock().push(reader);
            Ok::<_, EntryError>(result)
        });
        match done.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "a view could not read the journal");
                Err(Refusal::Unreadable)
            }
            Err(panicked) => {
                tracing::error!(error = %panicked, "reading the journal panicked");
                Err(Refusal::Unreadable)
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Reader>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Decodes an entry.
pub(super) fn decode(entry: &Entry) -> Result<Committed, EntryError> {
    let position = entry.position.0;
    let events =
        take_batch(&entry.payload).map_err(|source| EntryError::Decode { position, source })?;
    Ok(Committed {
        position: Position(position),
        events,
    })
}

/// Reads the entries from `from` on, up to `last`.
pub(super) fn read_from(
    reader: &mut dyn Reader,
    from: Position,
    last: Position,
) -> Result<Vec<Committed>, EntryError> {
    let from = boxoffice_journal::Position(from.0);
    let entries = reader.read(from, READ_BYTES_MAX, READ_ENTRIES_MAX)?;
    entries
        .iter()
        .filter(|entry| entry.position.0 <= last.0)
        .map(decode)
        .collect()
}

/// Reads one entry; `None` where there is none.
pub(super) fn read_one(
    reader: &mut dyn Reader,
    at: Position,
) -> Result<Option<Committed>, EntryError> {
    let entries = reader.read(boxoffice_journal::Position(at.0), 1, 1)?;
    entries.first().map(decode).transpose()
}
