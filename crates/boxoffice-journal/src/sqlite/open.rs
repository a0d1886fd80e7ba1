//! Opens a house: lock, check, and only then the store itself.
//!
//! Invariants: until the check has passed nothing in an existing house is created, changed or
//! removed, save scratch files that are gone again afterwards; a journal may be ahead of its mark
//! (a crash between commit and mark) but never behind it.

use super::SqliteJournal;
use super::create::create_house;
use super::inspect::{InspectError, Inspection, Log};
use super::options::{MarkMode, OpenOptions, SqliteTooOld, assert_version};
use crate::chain::{Position, Tail};
use crate::error::{Cause, ReadError};
use crate::files::{
    Context as _, HouseInUse, HouseLock, JOURNAL_FILE, LOCK_FILE, LOSS_FILE, LockError, MARK_FILE,
    ROLLBACK_FILE, SCRATCH_DIR, SNAPSHOTS_DIR, StorageError, WAL_FILE, create_dir, file_bytes,
    free_bytes, names, sync_dir,
};
use crate::journal::Reader as _;
use crate::mark::{self, Mark, MarkError, MarkWriter};
use crate::snapshot::{SnapshotError, SnapshotInfo, SnapshotStore};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use thiserror::Error;

/// How long the writer waits while another process recovers or copies.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a house was not opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has it.
    #[error(transparent)]
    InUse(#[from] HouseInUse),
    /// Something is missing or damaged.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The linked SQLite may not be used.
    #[error(transparent)]
    SqliteTooOld(#[from] SqliteTooOld),
    /// A file operation failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<LockError> for OpenError {
    fn from(error: LockError) -> Self {
        match error {
            LockError::InUse(error) => Self::InUse(error),
            LockError::Storage(error) => Self::Storage(error),
        }
    }
}

/// A house is not opened because something in it is missing or damaged; no byte was changed.
#[derive(Debug, Error)]
#[error(
    "the house in {} was not opened, and nothing in it was changed: {file} {what}; {}",
    dir.display(), advice(*intact)
)]
pub struct Refusal {
    /// The directory.
    pub dir: PathBuf,
    /// The file that is missing or damaged, relative to the directory.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
    /// The last entry up to which the whole journal is intact, if it can be read at all.
    pub intact: Option<Position>,
    /// What a lower layer said.
    #[source]
    pub source: Option<Cause>,
}

fn advice(intact: Option<Position>) -> String {
    match intact {
        None => "no entry can be read from it; restore a backup".to_owned(),
        Some(intact) => format!(
            "entries up to {intact} are intact; restore a backup, or give up everything after \
             that with \"boxoffice journal accept-loss DIR --at {intact}\", where DIR is the house"
        ),
    }
}

/// What the check of a house found, all of it intact.
#[derive(Debug)]
pub(crate) struct Checked {
    /// Where the journal ends, at or after the mark.
    pub(crate) tail: Tail,
    /// The newest mark.
    pub(crate) mark: Mark,
}

pub(super) fn open(dir: &Path, options: &OpenOptions) -> Result<SqliteJournal, OpenError> {
    assert_version(rusqlite::version_number())?;
    create_dir(dir)?;
    let lock = HouseLock::acquire(dir)?;
    let (connection, wal_pages, mark, tail) = open_locked(dir, options, &lock)?;
    Ok(SqliteJournal {
        dir: dir.to_path_buf(),
        connection,
        tail,
        mark,
        options: options.clone(),
        wal_pages,
        is_checkpointed: false,
        checkpoints: 0,
        is_poisoned: false,
        lock: Arc::new(lock),
    })
}

type Opened = (Connection, Arc<AtomicU64>, MarkWriter, Tail);

fn open_locked(dir: &Path, options: &OpenOptions, lock: &HouseLock) -> Result<Opened, OpenError> {
    if is_new(dir, lock)? {
        create_house(dir, lock)?;
    }
    let checked = check(dir, options.verify_all_bytes_max)?;
    lock.set_created()?;
    grow_wal(dir, options)?;
    let (connection, wal_pages) = connect(dir).map_err(|error| unexpected(dir, error))?;
    let recovered = super::SqliteReader::open(&dir.join(JOURNAL_FILE), None)
        .and_then(|mut reader| reader.tail())
        .map_err(|error| unexpected(dir, error))?;
    if recovered != checked.tail {
        // The check has just seen another tail in the same bytes: trust neither.
        return Err(unexpected(dir, "SQLite recovered another tail than the check saw").into());
    }
    let mut mark = MarkWriter::open(dir, checked.mark, options.mark, options.fault.clone())?;
    if checked.mark.tail != checked.tail || options.mark == MarkMode::Strict {
        mark.write(checked.tail)
            .and_then(|()| Ok(mark.sync()?))
            .map_err(|error| unexpected(dir, error))?;
    }
    Ok((connection, wal_pages, mark, checked.tail))
}

/// What may be in the directory before a house is: keys are made before the first start.
const FILES_BEFORE_A_HOUSE: [&str; 3] = ["keys.json", "keys.json.next", "keys.lock"];

/// Whether nothing was ever acknowledged here: nothing is there but an unfinished creation.
fn is_new(dir: &Path, lock: &HouseLock) -> Result<bool, OpenError> {
    if lock.says_created()? {
        return Ok(false);
    }
    let names = names(dir)?;
    let is_own = |name: &String| {
        [LOCK_FILE, SCRATCH_DIR, SNAPSHOTS_DIR, JOURNAL_FILE].contains(&name.as_str())
            || FILES_BEFORE_A_HOUSE.contains(&name.as_str())
    };
    if !names.iter().all(is_own) {
        return Ok(false);
    }
    if !names.iter().any(|name| name == JOURNAL_FILE) {
        // Creation puts the snapshots beside a journal that is there: without it, it was lost.
        return Ok(!names.iter().any(|name| name == SNAPSHOTS_DIR));
    }
    let snapshots = crate::files::names(&dir.join(SNAPSHOTS_DIR))?;
    if snapshots.iter().any(|name| name.starts_with("snapshot-")) {
        return Ok(false);
    }
    // The store is renamed into place whole and before the mark, so an unfinished one is empty.
    let is_empty = Inspection::open(dir, Log::Recovered)
        .ok()
        .and_then(|mut inspection| inspection.reader.tail().ok())
        .is_some_and(|tail| tail == Tail::EMPTY);
    Ok(is_empty)
}

/// Checks a locked house that nobody has open, changing nothing.
pub(crate) fn check(dir: &Path, verify_all_bytes_max: u64) -> Result<Checked, OpenError> {
    for name in [LOSS_FILE, ROLLBACK_FILE] {
        if dir.join(name).exists() {
            let what = if name == LOSS_FILE {
                "says that an accept-loss was interrupted; run it again to finish it"
            } else {
                "does not belong there: another program has written to the journal"
            };
            return Err(refusal(dir, name, what, None).into());
        }
    }
    let mark = mark::read(dir).map_err(|error| match error {
        MarkError::Missing => refusal(dir, MARK_FILE, "is missing", None).into(),
        MarkError::Damaged(how) => {
            refusal(dir, MARK_FILE, format!("is damaged: {how}"), None).into()
        }
        MarkError::Storage(error) => OpenError::from(error),
    })?;
    let snapshots = SnapshotStore::of_house(dir, 0)
        .check()
        .map_err(|error| refuse_snapshot(dir, error))?;
    if !dir.join(JOURNAL_FILE).exists() {
        return Err(refusal(dir, JOURNAL_FILE, "is missing", None).into());
    }
    settle_log(dir)?;
    let mut inspection = Inspection::open(dir, Log::Recovered).map_err(|error| match error {
        InspectError::Storage(error) => OpenError::from(error),
        InspectError::Read(error) => refusal(dir, JOURNAL_FILE, "is damaged", Some(error)).into(),
    })?;
    let is_small = file_bytes(&dir.join(JOURNAL_FILE)) <= verify_all_bytes_max;
    let tail = check_entries(&mut inspection, mark, &snapshots, is_small);
    // The scratch files go first: a refusal looks at the house once more.
    drop(inspection);
    let tail = tail.map_err(|found| match found {
        Found::Unreadable(error) => refusal(dir, JOURNAL_FILE, "cannot be read", Some(error)),
        Found::Wrong(file, what) => refusal(dir, &file, what, None),
    })?;
    Ok(Checked { tail, mark })
}

/// Makes the log on disk and the log that is read the same, without changing it.
///
/// A process killed between write and sync leaves a commit that only the page cache has: it is
/// synced before anyone relies on it. One whose sync failed leaves pages that the cache takes for
/// written: they are dropped, so that what is read next comes from the disk.
fn settle_log(dir: &Path) -> Result<(), StorageError> {
    let path = dir.join(WAL_FILE);
    if !path.exists() {
        return Ok(());
    }
    let file = File::open(&path).context("opening", &path)?;
    file.sync_all().context("syncing", &path)?;
    // Advice only: a filesystem that ignores it is no reason not to start.
    let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
    Ok(())
}

/// What is wrong with the entries.
enum Found {
    Unreadable(ReadError),
    Wrong(String, String),
}

impl From<ReadError> for Found {
    fn from(error: ReadError) -> Self {
        Self::Unreadable(error)
    }
}

fn check_entries(
    inspection: &mut Inspection,
    mark: Mark,
    snapshots: &[SnapshotInfo],
    from_start: bool,
) -> Result<Tail, Found> {
    if let Some(what) = inspection.store_fault(from_start)? {
        return Err(Found::Wrong(JOURNAL_FILE.to_owned(), what));
    }
    let reader = &mut inspection.reader;
    let start = match snapshots.last() {
        Some(newest) if !from_start => newest.tail.position,
        Some(_) | None => Position::ZERO,
    };
    reader.visit(start.next(), usize::MAX, &mut |_| ControlFlow::Continue(()))?;
    let tail = reader.tail()?;
    let anchor = mark.tail.position;
    if tail.position < anchor {
        let what = format!(
            "and its log have entries up to {} only, but entries up to {anchor} were acknowledged: \
             entries {} to {anchor} are missing",
            tail.position,
            tail.position.next(),
        );
        return Err(Found::Wrong(JOURNAL_FILE.to_owned(), what));
    }
    if reader.hash_at(anchor)? != Some(mark.tail.hash) {
        let what = format!("has another entry at {anchor} than the one acknowledged there");
        return Err(Found::Wrong(JOURNAL_FILE.to_owned(), what));
    }
    for info in snapshots {
        let file = format!("{SNAPSHOTS_DIR}/{}", info.file_name());
        if info.tail.position > tail.position {
            let what = format!(
                "stands for entries up to {}, but the journal ends at {}",
                info.tail.position, tail.position
            );
            return Err(Found::Wrong(file, what));
        }
        if reader.hash_at(info.tail.position)? != Some(info.tail.hash) {
            let what = "does not belong to the entries of this journal".to_owned();
            return Err(Found::Wrong(file, what));
        }
    }
    // A journal whose last row was found by another path than the scan would be damaged.
    let scanned = reader.verified();
    if scanned != tail && tail.position > start {
        let position = scanned.position.next();
        return Err(ReadError::Missing { position }.into());
    }
    Ok(tail)
}

fn refuse_snapshot(dir: &Path, error: SnapshotError) -> OpenError {
    let name = |path: &Path| {
        let relative = path.strip_prefix(dir).unwrap_or(path);
        relative.display().to_string()
    };
    match error {
        SnapshotError::Missing { path } => refusal(dir, &name(&path), "is missing", None).into(),
        SnapshotError::Damaged { path, what } => {
            refusal(dir, &name(&path), format!("is damaged: {what}"), None).into()
        }
        SnapshotError::Storage(error) => error.into(),
        other @ (SnapshotError::StorageFull { .. } | SnapshotError::OutOfOrder { .. }) => {
            refusal(dir, SNAPSHOTS_DIR, other.to_string(), None).into()
        }
    }
}

/// Builds a refusal, and finds out up to where the journal is intact.
pub(crate) fn refusal(
    dir: &Path,
    file: &str,
    what: impl Into<String>,
    error: Option<ReadError>,
) -> Refusal {
    let mut what = what.into();
    if let Some(error) = &error {
        what = match error {
            ReadError::Damaged {
                position,
                what: how,
            } => {
                format!("{what}: entry {position} is damaged ({how})")
            }
            ReadError::Missing { position } => format!("{what}: entry {position} is missing"),
            ReadError::UnknownVersion { position, version } => {
                format!("{what}: entry {position} has version {version}, unknown to this program")
            }
            ReadError::Storage { .. } => what,
        };
    }
    Refusal {
        dir: dir.to_path_buf(),
        file: file.to_owned(),
        what,
        intact: intact(dir),
        source: error.map(Into::into),
    }
}

/// The last entry up to which a house's whole journal is intact; `None` if nothing can be read.
fn intact(dir: &Path) -> Option<Position> {
    most_intact(dir).map(|(position, _)| position)
}

/// The last entry up to which a house's whole journal is intact, and how it has to be read.
pub(crate) fn most_intact(dir: &Path) -> Option<(Position, Log)> {
    if !dir.join(JOURNAL_FILE).exists() {
        return None;
    }
    let with_log = intact_with(dir, Log::Recovered);
    let without_log = intact_with(dir, Log::Ignored);
    if without_log > with_log {
        return without_log.map(|position| (position, Log::Ignored));
    }
    with_log.map(|position| (position, Log::Recovered))
}

fn intact_with(dir: &Path, log: Log) -> Option<Position> {
    let mut inspection = Inspection::open(dir, log).ok()?;
    let reader = &mut inspection.reader;
    match reader.visit(Position(1), usize::MAX, &mut |_| ControlFlow::Continue(())) {
        Err(ReadError::Damaged {
            position: Position(1),
            ..
        }) => None,
        Ok(()) | Err(_) => Some(reader.verified().position),
    }
}

/// Grows the log with zeros, which SQLite takes for its unused rest, so that no commit has to.
fn grow_wal(dir: &Path, options: &OpenOptions) -> Result<(), StorageError> {
    let path = dir.join(WAL_FILE);
    let bytes = file_bytes(&path);
    let missing = options.wal_bytes_grown.saturating_sub(bytes);
    let free_bytes_min = options.free_bytes_min.saturating_add(missing);
    if missing == 0 || free_bytes(dir) < free_bytes_min {
        return Ok(());
    }
    let grow = || -> std::io::Result<()> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)?;
        file.seek(SeekFrom::Start(bytes))?;
        let zeros = vec![0_u8; 1 << 20];
        let mut left = missing;
        while left > 0 {
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(zeros.len());
            file.write_all(zeros.get(..count).unwrap_or_default())?;
            left = left.saturating_sub(count as u64);
        }
        file.sync_all()
    };
    grow().context("growing", &path)?;
    sync_dir(dir)
}

/// Opens the one connection that writes and checkpoints.
fn connect(dir: &Path) -> rusqlite::Result<(Connection, Arc<AtomicU64>)> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(dir.join(JOURNAL_FILE), flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    let wal_pages = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&wal_pages);
    // Setting a hook also turns SQLite's own checkpoints off.
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        counter.store(u64::try_from(pages).unwrap_or(0), Ordering::Relaxed);
        Ok(())
    }))?;
    Ok((connection, wal_pages))
}

fn unexpected(dir: &Path, source: impl Into<Cause>) -> StorageError {
    StorageError {
        operation: "opening",
        path: dir.join(JOURNAL_FILE),
        source: std::io::Error::other(source),
    }
}
