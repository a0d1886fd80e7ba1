//! Writes snapshots off the writer's path: a second replay, from the journal alone.
//!
//! Invariants: a snapshot is what replaying the journal gives, never a copy of the writer's
//! memory: a wrong bit there cannot spread. Only durable entries are in it.
//! Never: blocks the writer.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants::{self, Broken};
use boxoffice_engine::names::Seed;
use boxoffice_engine::snapshot::to_snapshot;
use boxoffice_journal::snapshot::{SnapshotError, SnapshotStore};
use boxoffice_journal::{ReadError, Reader, Tail};

use crate::recovery::{RecoveryError, recover};

/// How often the thread looks whether a snapshot is due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Opens a reader of the journal.
pub type OpenReader = dyn Fn() -> Result<Box<dyn Reader>, ReadError> + Send + Sync;

/// Why a snapshot was not written. The journal is not affected; restarts take longer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFailed {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The journal cannot be replayed.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
    /// What the journal says cannot be: the engine decided wrongly at some time. Nothing is lost,
    /// but somebody has to look at it.
    #[error("the journal was replayed and breaks an invariant: {0}; export it and report it")]
    Invariant(Broken),
    /// The snapshot cannot be stored or read.
    #[error(transparent)]
    Store(#[from] SnapshotError),
}

/// What the snapshot thread reports.
pub type Report = Box<dyn Fn(Result<Position, SnapshotFailed>) + Send>;

/// A running snapshot thread.
#[derive(Debug)]
pub struct Snapshots {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Snapshots {
    /// Starts a thread that writes a snapshot whenever `entries_between` entries came since the
    /// last one.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        store: SnapshotStore,
        open_reader: Arc<OpenReader>,
        entries_between: u64,
        report: Report,
    ) -> std::io::Result<Self> {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new()
            .name("snapshot".into())
            .spawn(move || {
                loop {
                    match stopped.recv_timeout(LOOK_EVERY) {
                        Err(RecvTimeoutError::Timeout) => {}
                        Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                    match write_if_due(&store, &*open_reader, entries_between) {
                        Ok(None) => {}
                        Ok(Some(position)) => report(Ok(position)),
                        Err(error) => report(Err(error)),
                    }
                }
            })?;
        Ok(Self { stop, thread })
    }

    /// Ends the thread; a snapshot that is being written is finished first.
    pub fn stop(self) {
        drop(self.stop);
        if let Err(panic) = self.thread.join() {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Writes a snapshot if `entries_between` entries came since the last one.
///
/// # Errors
/// [`SnapshotFailed`]; the journal and older snapshots are not affected.
pub fn write_if_due(
    store: &SnapshotStore,
    open_reader: &OpenReader,
    entries_between: u64,
) -> Result<Option<Position>, SnapshotFailed> {
    let newest = store
        .list()?
        .iter()
        .map(|info| info.tail.position.0)
        .max()
        .unwrap_or(0);
    let tail = open_reader()?.tail()?;
    if tail.position.0 < newest.saturating_add(entries_between.max(1)) {
        return Ok(None);
    }
    write(store, open_reader).map(Some)
}

/// Writes a snapshot of the journal as it is now.
///
/// # Errors
/// [`SnapshotFailed`]; the journal and older snapshots are not affected.
pub fn write(store: &SnapshotStore, open_reader: &OpenReader) -> Result<Position, SnapshotFailed> {
    let mut reader = open_reader()?;
    let last = store.latest()?;
    // Any seed will do: the stored form does not depend on it.
    let (state, _) = recover(&mut *reader, last.as_ref(), Seed(1), |_| {})?;
    drop(last);
    invariants::check(&state).map_err(SnapshotFailed::Invariant)?;
    let position = state.position();
    let at = boxoffice_journal::Position(position.0);
    let tail = match reader.read(at, 1, 1)?.first() {
        Some(entry) => entry.tail(),
        None => Tail::EMPTY,
    };
    let payload = to_snapshot(&state);
    drop(state);
    store.write(tail, &payload)?;
    Ok(position)
}
