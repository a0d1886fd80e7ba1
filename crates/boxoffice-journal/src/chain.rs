//! Positions, hashes, and the chain that links each entry to its predecessor.
//!
//! Invariants: the hash of an entry covers a domain prefix, its version, its position, the hash of
//! its predecessor and its payload; position 0 is the empty journal and its hash is all zeros.

use crate::error::ReadError;
use sha2::{Digest as _, Sha256};
use std::fmt;

/// The version that this build gives to the entries it appends. Frozen: a number is never reused.
pub const ENTRY_VERSION: u8 = 1;

/// The largest payload of one entry, in bytes.
pub const PAYLOAD_BYTES_MAX: usize = 256 << 20;

const ENTRY_DOMAIN: &[u8] = b"boxoffice journal entry\0";

/// The number of an entry; 0 stands for the empty journal, the first entry is 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// The position before the first entry.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The position before this one; 0 stays 0.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A SHA-256 value of the chain.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash of the empty journal.
    pub const ZERO: Self = Self([0; 32]);

    /// Takes a hash from stored bytes; `None` unless there are exactly 32.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// The end of a journal: its newest position and that entry's hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// The newest position, 0 when there is no entry.
    pub position: Position,
    /// The hash of the entry there, all zeros when there is none.
    pub hash: Hash,
}

impl Tail {
    /// The tail of the empty journal.
    pub const EMPTY: Self = Self {
        position: Position::ZERO,
        hash: Hash::ZERO,
    };

    /// The tail after an entry of the current version with this payload.
    #[must_use]
    pub fn extended(self, payload: &[u8]) -> Self {
        let position = self.position.next();
        let hash = entry_hash(ENTRY_VERSION, position, self.hash, payload);
        Self { position, hash }
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.position, self.hash)
    }
}

/// One entry as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub position: Position,
    /// The hash of its predecessor.
    pub previous: Hash,
    /// Its own hash.
    pub hash: Hash,
    /// The version of this frame (hash formula and fields), not of what the payload holds.
    pub version: u8,
    /// The bytes that were appended.
    pub payload: Vec<u8>,
}

impl Entry {
    /// The tail of a journal that ends with this entry.
    #[must_use]
    pub const fn tail(&self) -> Tail {
        Tail {
            position: self.position,
            hash: self.hash,
        }
    }
}

/// Computes the hash of an entry from everything that it covers.
#[must_use]
pub fn entry_hash(version: u8, position: Position, previous: Hash, payload: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(ENTRY_DOMAIN);
    hasher.update([version]);
    hasher.update(position.0.to_be_bytes());
    hasher.update(previous.0);
    hasher.update(payload);
    Hash(hasher.finalize().into())
}

/// Checks that `entry` follows `predecessor` and is what was appended.
pub(crate) fn check_link(predecessor: Tail, entry: &Entry) -> Result<(), ReadError> {
    if entry.previous != predecessor.hash {
        return Err(ReadError::Damaged {
            position: entry.position,
            what: "it does not link to its predecessor".to_owned(),
        });
    }
    check_entry(
        predecessor,
        entry.position,
        entry.version,
        entry.hash,
        &entry.payload,
    )
}

/// Checks an entry's position, version and hash against its predecessor.
pub(crate) fn check_entry(
    predecessor: Tail,
    position: Position,
    version: u8,
    hash: Hash,
    payload: &[u8],
) -> Result<(), ReadError> {
    let expected = predecessor.position.next();
    if position != expected {
        return Err(ReadError::Missing { position: expected });
    }
    if hash != entry_hash(version, position, predecessor.hash, payload) {
        let what = "its hash does not match its bytes and its predecessor".to_owned();
        return Err(ReadError::Damaged { position, what });
    }
    if version != ENTRY_VERSION {
        return Err(ReadError::UnknownVersion { position, version });
    }
    Ok(())
}

/// The SHA-256 of plain bytes, for marks, manifests and snapshots.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_entry_is_frozen() {
        // Journals in the field are chained with this formula; a changed value here is data loss.
        let tail = Tail::EMPTY.extended(b"first").extended(b"second");
        assert_eq!(tail.position, Position(2));
        assert_eq!(
            tail.hash.to_string(),
            "037876ebc3b499a8553580e44f593ca249551ef381ee91d87e17351a29a35efd"
        );
    }

    #[test]
    fn every_part_of_an_entry_reaches_its_hash() {
        let hash = entry_hash(1, Position(7), Hash([3; 32]), b"payload");
        assert_ne!(hash, entry_hash(2, Position(7), Hash([3; 32]), b"payload"));
        assert_ne!(hash, entry_hash(1, Position(8), Hash([3; 32]), b"payload"));
        assert_ne!(hash, entry_hash(1, Position(7), Hash([4; 32]), b"payload"));
        assert_ne!(hash, entry_hash(1, Position(7), Hash([3; 32]), b"payloae"));
    }
}
