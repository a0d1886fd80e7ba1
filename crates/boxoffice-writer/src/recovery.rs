//! Rebuilds the state of a house from its newest snapshot and the entries behind it.
//!
//! Invariants: every entry is verified against its predecessor and decoded whole before any of it
//! is applied; what cannot be decoded refuses the start and changes nothing.
//! Never: writes.

use std::sync::mpsc::sync_channel;

use boxoffice_engine::apply::apply;
use boxoffice_engine::codec::Damaged;
use boxoffice_engine::event::{Stamped, take_batch};
use boxoffice_engine::ids::Position;
use boxoffice_engine::names::Seed;
use boxoffice_engine::snapshot::from_snapshot;
use boxoffice_engine::state::State;
use boxoffice_journal::snapshot::Snapshot;
use boxoffice_journal::{ReadError, Reader};

/// Payload bytes that are read at once.
const READ_BYTES_MAX: usize = 4 << 20;
/// Entries that are read at once.
const READ_ENTRIES_MAX: usize = 4_096;
/// Decoded reads that wait to be applied.
const DECODED_READS_MAX: usize = 4;

/// Why a house cannot be rebuilt. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry is intact but says something that this program does not know.
    #[error(
        "entry {position} is intact but cannot be decoded: {source}; nothing was changed; run the \
         program that wrote it or a newer one"
    )]
    Decode {
        /// The entry.
        position: Position,
        /// What is unknown.
        source: Damaged,
    },
    /// The newest snapshot is intact but of another version or not of this journal.
    #[error(
        "the snapshot at {position} cannot be used: {source}; nothing was changed; remove the \
         snapshots with \"boxoffice journal accept-loss DIR --at N\", N being the journal's last \
         entry, to rebuild from the journal alone"
    )]
    Snapshot {
        /// The entry that it stands for.
        position: Position,
        /// What is unknown.
        source: Damaged,
    },
}

/// What a recovery read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// The position of the snapshot that it started from; 0 for none.
    pub snapshot: Position,
    /// Entries applied behind it.
    pub n_entries: u64,
    /// Events applied behind it.
    pub n_events: u64,
}

/// Decoded entries on their way from the reading thread to the applying one.
type Decoded = Result<Vec<(Position, Vec<Stamped>)>, RecoveryError>;

/// Rebuilds the state that all entries up to the reader's tail led to. `progress` is called now
/// and then with the position reached.
///
/// # Errors
/// [`RecoveryError`]; then nothing was changed.
pub fn recover(
    reader: &mut dyn Reader,
    snapshot: Option<&Snapshot>,
    seed: Seed,
    mut progress: impl FnMut(Position),
) -> Result<(State, Recovered), RecoveryError> {
    let mut state = State::new(seed);
    let mut recovered = Recovered::default();
    if let Some(snapshot) = snapshot {
        let position = Position(snapshot.tail.position.0);
        let rebuilt = from_snapshot(&snapshot.payload, seed);
        state = rebuilt.map_err(|source| RecoveryError::Snapshot { position, source })?;
        recovered.snapshot = position;
    }
    let from = recovered.snapshot;
    // Reading, checking and decoding take about as long as applying: one thread for each.
    std::thread::scope(|scope| {
        let (to_apply, decoded) = sync_channel::<Decoded>(DECODED_READS_MAX);
        scope.spawn(move || read_all(reader, from, |read| to_apply.send(read).is_ok()));
        for read in decoded {
            for (position, events) in read? {
                recovered.n_entries += 1;
                recovered.n_events += events.len() as u64;
                for stamped in &events {
                    apply(&mut state, stamped, position);
                }
            }
            progress(state.position());
        }
        Ok((state, recovered))
    })
}

/// Reads to the tail; stops early when nobody listens any more.
fn read_all(reader: &mut dyn Reader, from: Position, mut send: impl FnMut(Decoded) -> bool) {
    let mut next = from.0 + 1;
    loop {
        let at = boxoffice_journal::Position(next);
        let entries = match reader.read(at, READ_BYTES_MAX, READ_ENTRIES_MAX) {
            Ok(entries) if entries.is_empty() => return,
            Ok(entries) => entries,
            Err(error) => {
                send(Err(error.into()));
                return;
            }
        };
        let mut decoded = Vec::with_capacity(entries.len());
        for entry in entries {
            let position = Position(entry.position.0);
            next = position.0 + 1;
            match take_batch(&entry.payload) {
                Ok(events) => decoded.push((position, events)),
                Err(source) => {
                    send(Err(RecoveryError::Decode { position, source }));
                    return;
                }
            }
        }
        if !send(Ok(decoded)) {
            return;
        }
    }
}
