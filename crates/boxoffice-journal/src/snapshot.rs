//! Snapshots: opaque bytes of the caller that stand for all entries up to a position.
//!
//! Each is a file with a checksummed header; a manifest lists them, so that a deleted one is
//! noticed. The newest two are kept.
//!
//! Invariants: a snapshot is listed only after it is durable, and removed only after it is no
//! longer listed; bytes are returned only after their hash was compared.

use crate::chain::{Hash, Position, Tail, digest};
use crate::files::{
    Context as _, SNAPSHOTS_DIR, StorageError, create_dir, file_bytes, free_bytes, names,
    remove_if_present, write_atomically,
};
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;

/// How many snapshots are kept.
pub const SNAPSHOTS_KEPT: usize = 2;

const MANIFEST_FILE: &str = "manifest";
const MANIFEST_TITLE: &str = "boxoffice snapshots 1";
const MANIFEST_BYTES_MAX: u64 = 64 << 10;
const MAGIC: &[u8; 8] = b"BOXSNAP1";
const HEADER_BYTES: usize = 120;
const HEADER_BODY_BYTES: usize = 88;
const BLOCK_BYTES: usize = 256 << 10;

/// What the manifest says about a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// The entry up to which it stands for the journal, with its hash.
    pub tail: Tail,
    /// Payload size in bytes.
    pub bytes: u64,
    /// SHA-256 of the payload.
    pub payload_hash: Hash,
}

impl SnapshotInfo {
    /// The name of its file.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("snapshot-{:020}", self.tail.position.0)
    }

    fn header(&self) -> Vec<u8> {
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&self.tail.position.0.to_be_bytes());
        header.extend_from_slice(&self.tail.hash.0);
        header.extend_from_slice(&self.bytes.to_be_bytes());
        header.extend_from_slice(&self.payload_hash.0);
        debug_assert_eq!(header.len(), HEADER_BODY_BYTES);
        let checksum = digest(&header);
        header.extend_from_slice(&checksum);
        header
    }

    fn manifest_line(&self) -> String {
        let Self {
            tail,
            bytes,
            payload_hash,
        } = self;
        format!("{} {} {payload_hash} {bytes}\n", tail.position, tail.hash)
    }

    fn parse_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let position = words.next()?.parse().map(Position).ok()?;
        let hash = parse_hash(words.next()?)?;
        let payload_hash = parse_hash(words.next()?)?;
        let bytes = words.next()?.parse().ok()?;
        Some(Self {
            tail: Tail { position, hash },
            bytes,
            payload_hash,
        })
    }
}

/// A snapshot with its verified payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The entry up to which it stands for the journal, with its hash.
    pub tail: Tail,
    /// The bytes that were written.
    pub payload: Vec<u8>,
}

/// Why a snapshot was not written or not read. Entries of the journal are never affected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// A listed snapshot, or the list itself, is not there.
    #[error(
        "{} is missing; the journal itself is not affected; restore the file from a backup, or \
         drop it with \"boxoffice journal accept-loss DIR --at N\", where DIR is the house and N \
         its last entry",
        path.display()
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A snapshot, or the list, is not what was written.
    #[error(
        "{} is damaged: {what}; the journal itself is not affected; restore the file from a \
         backup, or drop it with \"boxoffice journal accept-loss DIR --at N\", where DIR is the \
         house and N its last entry",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// How it was noticed.
        what: String,
    },
    /// Too little free space is left; refused before anything was written.
    #[error(
        "a snapshot of {bytes} bytes was not written because only {free_bytes} bytes are free and \
         {free_bytes_min} are kept in reserve; nothing is lost, restarts take longer; free some \
         space"
    )]
    StorageFull {
        /// Its size.
        bytes: u64,
        /// What is free.
        free_bytes: u64,
        /// What has to stay free.
        free_bytes_min: u64,
    },
    /// There is a newer snapshot already.
    #[error("a snapshot at {position} was not written because there is one at {newest} already")]
    OutOfOrder {
        /// The refused one.
        position: Position,
        /// The newest one.
        newest: Position,
    },
    /// A file operation failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl SnapshotError {
    /// The file that is missing or damaged.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Missing { path } | Self::Damaged { path, .. } => Some(path),
            Self::Storage(error) => Some(&error.path),
            Self::StorageFull { .. } | Self::OutOfOrder { .. } => None,
        }
    }
}

/// The snapshots of one house. Clones share one lock; one process writes at a time.
#[derive(Clone, Debug)]
pub struct SnapshotStore {
    dir: PathBuf,
    free_bytes_min: u64,
    writing: Arc<Mutex<()>>,
}

impl SnapshotStore {
    /// The store of the house in `house_dir`. Only the process that has the house open may write.
    #[must_use]
    pub fn of_house(house_dir: &Path, free_bytes_min: u64) -> Self {
        Self {
            dir: house_dir.join(SNAPSHOTS_DIR),
            free_bytes_min,
            writing: Arc::default(),
        }
    }

    /// Writes a snapshot that stands for all entries up to `tail`, durably, and removes all but
    /// the newest [`SNAPSHOTS_KEPT`]. One at the same tail is kept as it is.
    ///
    /// # Errors
    /// See [`SnapshotError`]; the snapshots that were there before stay valid in every case.
    pub fn write(&self, tail: Tail, payload: &[u8]) -> Result<SnapshotInfo, SnapshotError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut listed = self.list()?;
        let info = SnapshotInfo {
            tail,
            bytes: payload.len() as u64,
            payload_hash: Hash(digest(payload)),
        };
        if let Some(newest) = listed.last() {
            if newest.tail == tail {
                return Ok(*newest);
            }
            if newest.tail.position >= tail.position {
                return Err(SnapshotError::OutOfOrder {
                    position: tail.position,
                    newest: newest.tail.position,
                });
            }
        }
        let free = free_bytes(&self.dir);
        if free < self.free_bytes_min.saturating_add(info.bytes) {
            return Err(SnapshotError::StorageFull {
                bytes: info.bytes,
                free_bytes: free,
                free_bytes_min: self.free_bytes_min,
            });
        }
        write_atomically(&self.path(&info), &[&info.header(), payload])?;
        listed.push(info);
        let kept = listed.split_off(listed.len().saturating_sub(SNAPSHOTS_KEPT));
        self.replace_list(&kept)?;
        Ok(info)
    }

    /// The listed snapshots, oldest first; their files are not read.
    ///
    /// # Errors
    /// [`SnapshotError::Missing`] or `Damaged` about the manifest.
    pub fn list(&self) -> Result<Vec<SnapshotInfo>, SnapshotError> {
        let path = self.dir.join(MANIFEST_FILE);
        let damaged = |what: &str| SnapshotError::Damaged {
            path: path.clone(),
            what: what.to_owned(),
        };
        if file_bytes(&path) > MANIFEST_BYTES_MAX {
            return Err(damaged("it is too large"));
        }
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SnapshotError::Missing { path });
            }
            other => other.context("reading", &path)?,
        };
        let text = String::from_utf8(bytes).map_err(|_| damaged("it is not text"))?;
        let (body, listed) = parse_manifest(&text).ok_or_else(|| damaged("it is not a list"))?;
        if text != sealed(body) {
            return Err(damaged("its checksum does not match"));
        }
        Ok(listed)
    }

    /// The newest snapshot with its payload, verified; `None` if there is none.
    ///
    /// # Errors
    /// See [`SnapshotError`]; a damaged newest one is never skipped for an older one.
    pub fn latest(&self) -> Result<Option<Snapshot>, SnapshotError> {
        match self.list()?.last() {
            None => Ok(None),
            Some(info) => self.load(info).map(Some),
        }
    }

    /// Reads and verifies one listed snapshot.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn load(&self, info: &SnapshotInfo) -> Result<Snapshot, SnapshotError> {
        let mut payload = Vec::new();
        self.read(info, &mut |block| payload.extend_from_slice(block))?;
        let tail = info.tail;
        Ok(Snapshot { tail, payload })
    }

    /// Verifies the manifest and every listed snapshot, and returns the list.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn check(&self) -> Result<Vec<SnapshotInfo>, SnapshotError> {
        let listed = self.list()?;
        for info in &listed {
            self.read(info, &mut |_| {})?;
        }
        Ok(listed)
    }

    /// Lists exactly `kept`, then removes every other file.
    pub(crate) fn replace_list(&self, kept: &[SnapshotInfo]) -> Result<(), StorageError> {
        write_manifest(&self.dir, kept)?;
        for name in names(&self.dir)? {
            let is_listed = kept.iter().any(|info| info.file_name() == name);
            if !is_listed && name != MANIFEST_FILE && name.starts_with("snapshot-") {
                remove_if_present(&self.dir.join(name))?;
            }
        }
        Ok(())
    }

    pub(crate) fn path(&self, info: &SnapshotInfo) -> PathBuf {
        self.dir.join(info.file_name())
    }

    fn read(&self, info: &SnapshotInfo, sink: &mut dyn FnMut(&[u8])) -> Result<(), SnapshotError> {
        let path = self.path(info);
        let damaged = |what: &str| SnapshotError::Damaged {
            path: path.clone(),
            what: what.to_owned(),
        };
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SnapshotError::Missing { path });
            }
            other => other.context("opening", &path)?,
        };
        let bytes = file.metadata().context("reading", &path)?.len();
        if bytes != info.bytes.saturating_add(HEADER_BYTES as u64) {
            return Err(damaged("its length is not the listed one"));
        }
        let mut header = [0_u8; HEADER_BYTES];
        file.read_exact(&mut header).context("reading", &path)?;
        if header.as_slice() != info.header() {
            return Err(damaged("its header is not the listed one"));
        }
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; BLOCK_BYTES];
        loop {
            let count = file.read(&mut buffer).context("reading", &path)?;
            let block = buffer.get(..count).unwrap_or_default();
            if block.is_empty() {
                break;
            }
            hasher.update(block);
            sink(block);
        }
        if Hash(hasher.finalize().into()) != info.payload_hash {
            return Err(damaged("its payload does not have the listed hash"));
        }
        Ok(())
    }
}

/// Creates the directory with an empty list; an existing list is kept.
pub(crate) fn create(dir: &Path) -> Result<(), StorageError> {
    create_dir(dir)?;
    if dir.join(MANIFEST_FILE).exists() {
        return Ok(());
    }
    write_manifest(dir, &[])
}

/// Writes the list of a directory of snapshots.
pub(crate) fn write_manifest(dir: &Path, listed: &[SnapshotInfo]) -> Result<(), StorageError> {
    let mut body = format!("{MANIFEST_TITLE}\n");
    for info in listed {
        body.push_str(&info.manifest_line());
    }
    write_atomically(&dir.join(MANIFEST_FILE), &[sealed(&body).as_bytes()])
}

fn sealed(body: &str) -> String {
    format!("{body}sha256 {}\n", Hash(digest(body.as_bytes())))
}

/// Splits a manifest into its body and what that lists.
fn parse_manifest(text: &str) -> Option<(&str, Vec<SnapshotInfo>)> {
    let (body, _) = text.split_at_checked(text.rfind("sha256 ")?)?;
    let mut lines = body.lines();
    if lines.next()? != MANIFEST_TITLE {
        return None;
    }
    let listed: Option<Vec<_>> = lines.map(SnapshotInfo::parse_line).collect();
    Some((body, listed?))
}

fn parse_hash(text: &str) -> Option<Hash> {
    if text.len() != 64 {
        return None;
    }
    let mut hash = [0_u8; 32];
    for (idx, byte) in hash.iter_mut().enumerate() {
        let start = idx.checked_mul(2)?;
        *byte = u8::from_str_radix(text.get(start..start.checked_add(2)?)?, 16).ok()?;
    }
    Some(Hash(hash))
}
