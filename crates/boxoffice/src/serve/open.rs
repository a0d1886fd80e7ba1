//! Opens the data directory: journal, secret, recovery, snapshots.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use boxoffice_engine::decide::Rules;
use boxoffice_engine::ids::Position;
use boxoffice_engine::names::Seed;
use boxoffice_engine::state::State;
use boxoffice_journal::Journal as _;
use boxoffice_journal::snapshot::SnapshotStore;
use boxoffice_journal::sqlite::{MarkMode, OpenOptions, SqliteJournal};
use boxoffice_journal::verify::stat;
use boxoffice_server::opening::{Parts, StartedHouse, start_house};
use boxoffice_server::secret::{Numbers, Secret};
use boxoffice_server::secret_file::{self, Kept, SecretFailed};
use boxoffice_server::views::OpenReader;
use boxoffice_writer::recovery::recover;
use boxoffice_writer::snapshots::{SnapshotFailed, Snapshots};
use boxoffice_writer::watch::WriterOptions;

use crate::settings::{Mark, Settings};

/// Space that the journal keeps in reserve below the writer's own limit, so that what was let in
/// can always be finished.
const RESERVE_BYTES: u64 = 32 << 20;

/// What is stored does not fit together; nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DataRefused(String);

/// An opened house.
pub(super) struct Opened {
    pub(super) started: StartedHouse,
    pub(super) snapshots: Snapshots,
}

/// Opens the house in the data directory, making it if there is none.
pub(super) fn open(settings: &Settings) -> anyhow::Result<Opened> {
    let since = Instant::now();
    let mut options = OpenOptions::new(match settings.mark {
        Mark::Background => MarkMode::Background,
        Mark::Strict => MarkMode::Strict,
    });
    options.free_bytes_min = settings.free_bytes_min.min(RESERVE_BYTES);
    check_secret(&settings.data)?;
    let journal = SqliteJournal::open(&settings.data, &options)?;
    let is_new = journal.tail().position.0 == 0;
    // Read under the lock: whoever had it before may have begun a new epoch.
    let kept = if is_new {
        secret_file::read_or_make(&settings.data)?
    } else {
        secret_file::read(&settings.data)?
    };
    // Snapshots leave the reserve to the entries that were let in.
    let store = SnapshotStore::of_house(&settings.data, settings.free_bytes_min);
    let snapshot = store.latest()?;
    let seed = Seed(u64::from_le_bytes(secret_file::random()?));
    let mut reader = journal.reader()?;
    let (state, recovered) = recover(&mut *reader, snapshot.as_ref(), seed, |_| {})?;
    drop(snapshot);
    let secret = secret_of(&settings.data, kept, &state)?;
    tracing::info!(
        position = state.position().0,
        snapshot = recovered.snapshot.0,
        entries = recovered.n_entries,
        events = recovered.n_events,
        elapsed_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
        "the house is recovered"
    );
    let open_reader: OpenReader = journal.reader_opener();
    let started = start_house(Parts {
        journal: Box::new(journal),
        open_reader: Arc::clone(&open_reader),
        state,
        house_id: secret_file::random()?,
        secret,
        options: WriterOptions {
            rules: rules(settings),
            free_bytes_min: settings.free_bytes_min,
        },
    })?;
    let metrics = Arc::clone(&started.metrics);
    let report = move |result: Result<_, _>| match result {
        Ok(position) => {
            let position: Position = position;
            tracing::info!(position = position.0, "a snapshot was written");
        }
        Err(error) => {
            let error: SnapshotFailed = error;
            if matches!(error, SnapshotFailed::Invariant(_)) {
                metrics.invariant_violated();
            }
            tracing::error!(%error, "no snapshot was written; restarts take longer");
        }
    };
    let every = settings.snapshot_every_entries;
    let snapshots = Snapshots::start(store, open_reader, every, Box::new(report))?;
    Ok(Opened { started, snapshots })
}

/// Refuses a house whose secret is lost or damaged before the journal is opened, which settles its
/// log and its mark: such a house stays as it lies.
fn check_secret(data: &Path) -> Result<(), SecretFailed> {
    match secret_file::read(data) {
        Ok(_) => Ok(()),
        Err(SecretFailed::Missing { path }) => match stat(data) {
            Ok(house) if house.tail.position.0 > 0 => Err(SecretFailed::Missing { path }),
            // There is no house yet, or one that opening it will refuse.
            Ok(_) | Err(_) => Ok(()),
        },
        Err(failed) => Err(failed),
    }
}

/// The secret of the recovered house, with a new epoch if one was demanded.
fn secret_of(data: &Path, kept: Kept, state: &State) -> anyhow::Result<Arc<Secret>> {
    if let Some(opened) = state.house()
        && opened.secret_print != kept.secret().print()
    {
        let path = data.join(secret_file::SECRET_FILE);
        return Err(anyhow::Error::new(DataRefused(format!(
            "{} is the secret of another house: tokens and ids that this house gave out would be \
             refused; nothing was changed; restore the file from a backup of this house",
            path.display()
        ))));
    }
    let given = Numbers {
        holds: state.last_hold().0,
        bookings: state.counts().bookings,
        orders: state.counts().orders,
    };
    let kept = secret_file::renew_if_demanded(data, kept, given)?;
    Ok(Arc::new(kept.secret()))
}

/// The engine's rules as set.
pub(crate) fn rules(settings: &Settings) -> Rules {
    Rules {
        key_effect_ms: settings.key_effect_ms,
        key_refusal_ms: settings.key_refusal_ms,
        keys_per_principal_max: usize::try_from(settings.keys_per_principal_max)
            .unwrap_or(usize::MAX),
        keys_per_house_max: usize::try_from(settings.keys_per_house_max).unwrap_or(usize::MAX),
        order_ttl_ms: settings.order_ttl_ms,
    }
}
