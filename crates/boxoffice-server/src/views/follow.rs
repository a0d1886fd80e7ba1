//! The thread that keeps the views up to date.
//!
//! Invariants: it applies every durable entry once, in order; from the feed where it can, from the
//! journal where it has fallen behind. It never applies an entry that the writer has not published
//! as durable. If it fails, panics included, the views know it and it is logged. Never: makes the
//! writer wait.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use boxoffice_engine::ids::Position;
use boxoffice_journal::{ReadError, Reader};
use boxoffice_writer::feed::{Committed, Feed, Next};
use thiserror::Error;

use super::Views;
use super::entries::{EntryError, read_from};

/// How long the follower sleeps at the most before it looks whether it should stop.
const IDLE: Duration = Duration::from_millis(250);
/// Pause after a read that failed for a reason that may pass.
const RETRY: Duration = Duration::from_millis(250);
/// Entries that are applied at once: readers wait no longer than for so many.
const APPLY_ENTRIES_MAX: usize = 64;

/// Why the views stopped following. What they show stays right as of their position.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FollowFailed {
    /// An entry cannot be read or decoded; the journal's error says what to do.
    #[error("the views stopped behind position {position}")]
    Entry {
        /// Where they stand.
        position: u64,
        /// Why.
        source: EntryError,
    },
    /// The thread panicked: a fault of ours.
    #[error("the views' thread panicked: a fault of this program; restart it")]
    Panicked,
}

/// The running thread.
#[derive(Debug)]
pub struct Follower {
    thread: JoinHandle<Result<(), FollowFailed>>,
    stop: Arc<AtomicBool>,
}

impl Follower {
    /// Whether the thread has ended; before [`Self::stop`] was called that is a failure.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Ends the thread and waits for it.
    ///
    /// # Errors
    /// Why it had ended before.
    pub fn stop(self) -> Result<(), FollowFailed> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or(Err(FollowFailed::Panicked))
    }
}

/// Starts the thread. It ends when it is stopped or when the feed is closed and applied.
///
/// # Errors
/// When the system gives no thread.
pub fn start(views: Arc<Views>) -> io::Result<Follower> {
    let stop = Arc::new(AtomicBool::new(false));
    let is_stopped = Arc::clone(&stop);
    let thread = std::thread::Builder::new()
        .name("views".to_owned())
        .spawn(move || {
            // A panic leaves the views poisoned: nobody is shown what is half changed.
            let followed = catch_unwind(AssertUnwindSafe(|| follow(&views, &is_stopped)));
            let result = followed.unwrap_or(Err(FollowFailed::Panicked));
            if let Err(error) = &result {
                views.set_failed();
                let cause = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(%error, cause, "the views no longer follow the journal");
            }
            result
        })?;
    Ok(Follower { thread, stop })
}

fn follow(views: &Views, is_stopped: &AtomicBool) -> Result<(), FollowFailed> {
    let feed: &Feed = &views.feed;
    let mut reader: Option<Box<dyn Reader>> = None;
    while !is_stopped.load(Ordering::Relaxed) {
        match feed.wait_after(views.position(), IDLE) {
            None => return Ok(()),
            Some(Next::Entries(entries)) if entries.is_empty() => {
                // Nothing happens: give back what is only needed while catching up.
                reader = None;
                views.core_mut().share_layouts();
            }
            Some(Next::Entries(entries)) => {
                for part in entries.chunks(APPLY_ENTRIES_MAX) {
                    views.apply_all(part.iter().map(AsRef::as_ref));
                }
            }
            Some(Next::Behind) => match catch_up(views, &mut reader, feed.newest()) {
                Ok(()) => {}
                Err(EntryError::Read(ReadError::Storage { source })) => {
                    tracing::warn!(error = %source, "the views wait for the journal's storage");
                    reader = None;
                    std::thread::park_timeout(RETRY);
                }
                Err(source) => {
                    let position = views.position().0;
                    return Err(FollowFailed::Entry { position, source });
                }
            },
        }
    }
    Ok(())
}

/// Applies one read's worth of entries from the journal.
fn catch_up(
    views: &Views,
    reader: &mut Option<Box<dyn Reader>>,
    newest: Position,
) -> Result<(), EntryError> {
    let mut handle = match reader.take() {
        Some(handle) => handle,
        None => views.readers.open()?,
    };
    let from = Position(views.position().0.saturating_add(1));
    let entries: Vec<Committed> = read_from(handle.as_mut(), from, newest)?;
    if entries.is_empty() {
        let position = boxoffice_journal::Position(from.0);
        return Err(EntryError::Read(ReadError::Missing { position }));
    }
    for part in entries.chunks(APPLY_ENTRIES_MAX) {
        views.apply_all(part);
    }
    *reader = Some(handle);
    Ok(())
}
