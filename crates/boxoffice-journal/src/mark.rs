//! The tail mark: the last acknowledged position and hash, outside SQLite.
//!
//! Two slots in one file, 4,096 bytes apart so that no write can tear both, are written in turn.
//! The newest slot with a right checksum counts.
//!
//! Invariants: a slot is written after the commit that it names and before that commit is
//! acknowledged; what is written is synced within [`SYNC_INTERVAL`], in strict mode at once; after
//! a failed sync nothing is written or synced again.

use crate::chain::{Hash, Position, Tail, digest};
use crate::error::Cause;
use crate::files::{Context as _, MARK_FILE, StorageError};
use crate::sqlite::{FaultHook, FaultPoint, MarkMode};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the background thread syncs; half of the promised 100 ms.
pub(crate) const SYNC_INTERVAL: Duration = Duration::from_millis(50);

const MAGIC: &[u8; 8] = b"BOXMARK1";
const SLOT_SPACING: usize = 4096;
const BODY_BYTES: usize = 56;
const SLOT_BYTES: usize = BODY_BYTES + 32;
const FILE_BYTES: usize = SLOT_SPACING * 2;

/// One mark as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Counts the writes of the file; its parity selects the slot.
    pub(crate) sequence: u64,
    /// The tail that was acknowledged.
    pub(crate) tail: Tail,
}

/// Why there is no mark to go by.
#[derive(Debug)]
pub(crate) enum MarkError {
    /// There is no file.
    Missing,
    /// No slot is intact; says how.
    Damaged(String),
    /// The file could not be read.
    Storage(StorageError),
}

impl Mark {
    fn encode(self) -> [u8; SLOT_BYTES] {
        let mut body = Vec::with_capacity(SLOT_BYTES);
        body.extend_from_slice(MAGIC);
        body.extend_from_slice(&self.sequence.to_be_bytes());
        body.extend_from_slice(&self.tail.position.0.to_be_bytes());
        body.extend_from_slice(&self.tail.hash.0);
        let checksum = digest(&body);
        body.extend_from_slice(&checksum);
        body.try_into().expect("the parts add up to a slot")
    }

    fn decode(slot: &[u8]) -> Option<Self> {
        let (body, rest) = slot.split_at_checked(BODY_BYTES)?;
        let checksum = rest.first_chunk::<32>()?;
        if digest(body) != *checksum {
            return None;
        }
        let body = body.strip_prefix(MAGIC)?;
        let (sequence, body) = body.split_first_chunk::<8>()?;
        let (position, body) = body.split_first_chunk::<8>()?;
        Some(Self {
            sequence: u64::from_be_bytes(*sequence),
            tail: Tail {
                position: Position(u64::from_be_bytes(*position)),
                hash: Hash::from_slice(body)?,
            },
        })
    }

    fn slot_offset(self) -> u64 {
        (self.sequence & 1).saturating_mul(SLOT_SPACING as u64)
    }
}

/// Reads the newest intact mark of the house in `dir`.
pub(crate) fn read(dir: &Path) -> Result<Mark, MarkError> {
    let path = dir.join(MARK_FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(MarkError::Missing),
        Err(error) => {
            let failure = Err(error).context("reading", &path);
            return failure.map_err(MarkError::Storage);
        }
    };
    if bytes.len() != FILE_BYTES {
        return Err(MarkError::Damaged(format!(
            "it has {} bytes instead of {FILE_BYTES}",
            bytes.len()
        )));
    }
    bytes
        .chunks(SLOT_SPACING)
        .filter_map(Mark::decode)
        .max_by_key(|mark| mark.sequence)
        .ok_or_else(|| MarkError::Damaged("neither slot has a right checksum".to_owned()))
}

/// Writes a whole new mark file at `path` with both slots intact, durably.
pub(crate) fn create(path: &Path, tail: Tail, sequence: u64) -> Result<(), StorageError> {
    let mut bytes = vec![0_u8; FILE_BYTES];
    for sequence in [sequence, sequence.saturating_add(1)] {
        let mark = Mark { sequence, tail };
        let slot = mark.encode();
        let offset = usize::try_from(mark.slot_offset()).unwrap_or(0);
        for (to, from) in bytes.iter_mut().skip(offset).zip(slot) {
            *to = from;
        }
    }
    crate::files::write_atomically(path, &[&bytes])
}

#[derive(Debug)]
struct Shared {
    file: File,
    dirty: AtomicBool,
    failed: AtomicBool,
    stop: Mutex<bool>,
    wake: Condvar,
    fault: FaultHook,
}

impl Shared {
    /// Syncs once if something was written; after a failure never again.
    fn sync(&self) -> io::Result<()> {
        if self.failed.load(Ordering::Acquire) {
            return Err(io::Error::other("an earlier sync of the tail mark failed"));
        }
        if !self.dirty.swap(false, Ordering::AcqRel) {
            return Ok(());
        }
        let synced = self
            .fault
            .check(FaultPoint::MarkSync)
            .and_then(|()| self.file.sync_data());
        if synced.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        synced
    }

    fn sync_until_stopped(&self) {
        let mut stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        while !*stop {
            let waited = self.wake.wait_timeout(stop, SYNC_INTERVAL);
            stop = waited.unwrap_or_else(PoisonError::into_inner).0;
            drop(stop);
            if self.sync().is_err() {
                return;
            }
            stop = self.stop.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The writer's handle on the mark, with its background thread.
#[derive(Debug)]
pub(crate) struct MarkWriter {
    shared: Arc<Shared>,
    mode: MarkMode,
    newest: Mark,
    thread: Option<JoinHandle<()>>,
}

impl MarkWriter {
    /// Opens the mark file, whose newest mark is `newest`, and starts the background thread.
    pub(crate) fn open(
        dir: &Path,
        newest: Mark,
        mode: MarkMode,
        fault: FaultHook,
    ) -> Result<Self, StorageError> {
        let path = dir.join(MARK_FILE);
        let file = File::options()
            .write(true)
            .open(&path)
            .context("opening", &path)?;
        let shared = Arc::new(Shared {
            file,
            // What the process before us wrote may not be synced yet.
            dirty: AtomicBool::new(true),
            failed: AtomicBool::new(false),
            stop: Mutex::new(false),
            wake: Condvar::new(),
            fault,
        });
        let thread = match mode {
            MarkMode::Strict => None,
            MarkMode::Background => {
                let shared = Arc::clone(&shared);
                let thread = std::thread::Builder::new()
                    .name("tail-mark".to_owned())
                    .spawn(move || shared.sync_until_stopped())
                    .context("starting the thread that syncs", &path)?;
                Some(thread)
            }
        };
        Ok(Self {
            shared,
            mode,
            newest,
            thread,
        })
    }

    /// The newest mark written.
    pub(crate) fn tail(&self) -> Tail {
        self.newest.tail
    }

    /// Whether a sync has failed, after which the mark can no longer be relied on.
    pub(crate) fn has_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// Writes the mark of an entry that is durable, and syncs it in strict mode.
    pub(crate) fn write(&mut self, tail: Tail) -> Result<(), Cause> {
        let mark = Mark {
            sequence: self.newest.sequence.saturating_add(1),
            tail,
        };
        self.shared.fault.check(FaultPoint::MarkWrite)?;
        self.shared
            .file
            .write_all_at(&mark.encode(), mark.slot_offset())?;
        self.newest = mark;
        self.shared.dirty.store(true, Ordering::Release);
        match self.mode {
            MarkMode::Strict => Ok(self.shared.sync()?),
            MarkMode::Background => Ok(()),
        }
    }

    /// Syncs what was written.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.shared.sync()
    }
}

impl Drop for MarkWriter {
    fn drop(&mut self) {
        *self
            .shared
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        // A failure here loses nothing: the journal may be ahead of the mark.
        drop(self.shared.sync());
    }
}
