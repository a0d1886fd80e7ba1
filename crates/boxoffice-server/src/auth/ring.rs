//! The keys as a running server knows them: looked up per request, read again when they change.
//!
//! Invariants: a key that was made or revoked counts within a second. A file that turns bad while
//! the server runs changes nothing, loudly: the last good keys stay in force.

use std::collections::HashMap;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use super::key;
use super::principal::Principal;
use super::store::{KeyStore, KeyStoreFailed};

/// The shortest time between two looks at the file.
const LOOK_MS: u64 = 500;

/// The longest secret that is worth hashing.
const SECRET_BYTES_MAX: usize = 128;

type Keys = HashMap<[u8; 32], Principal>;

/// What tells one version of the file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    inode: u64,
    modified_ns: i128,
    bytes: u64,
}

/// The keys in force.
#[derive(Debug)]
pub struct KeyRing {
    store: KeyStore,
    start: Instant,
    next_look_ms: AtomicU64,
    /// Whether a key was ever made: from then on the house is closed without one.
    any: AtomicBool,
    seen: RwLock<(Option<Version>, Arc<Keys>)>,
}

impl KeyRing {
    /// Reads the keys of a data directory; none is fine.
    ///
    /// # Errors
    /// `KeyStoreFailed` if the file is there and cannot be used: the server must not start.
    pub fn open(directory: &Path, now: Instant) -> Result<Self, KeyStoreFailed> {
        let ring = Self {
            store: KeyStore::new(directory),
            start: now,
            next_look_ms: AtomicU64::new(LOOK_MS),
            any: AtomicBool::new(false),
            seen: RwLock::new((None, Arc::new(Keys::new()))),
        };
        ring.load(ring.version().unwrap_or(None))?;
        Ok(ring)
    }

    /// Whether a key was ever made, revoked ones included.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Who sends this secret. The time it takes tells nothing: what is compared are hashes, and
    /// nobody can choose the hash of a guess.
    #[must_use]
    pub fn authenticate(&self, secret: &[u8], now: Instant) -> Option<Principal> {
        self.look(now);
        if SECRET_BYTES_MAX < secret.len() {
            return None;
        }
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.1.get(&key::hash(secret)).copied()
    }

    /// Reads the file again if it changed and the last look was long enough ago.
    pub fn look(&self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.start).as_millis();
        let now_ms = u64::try_from(elapsed).unwrap_or(u64::MAX);
        let next_ms = self.next_look_ms.load(Ordering::Relaxed);
        if now_ms < next_ms {
            return;
        }
        let later_ms = now_ms.saturating_add(LOOK_MS);
        let (success, failure) = (Ordering::Relaxed, Ordering::Relaxed);
        // One of the threads that notice looks; the others go on with what they have.
        if self
            .next_look_ms
            .compare_exchange(next_ms, later_ms, success, failure)
            .is_err()
        {
            return;
        }
        let version = match self.version() {
            Ok(version) => version,
            Err(error) => {
                tracing::error!(%error, "keys.json cannot be looked at; the last good keys stay");
                return;
            }
        };
        if version == self.seen.read().unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        if version.is_none() {
            tracing::error!("keys.json is gone; the last good keys stay in force");
            return;
        }
        match self.load(version) {
            Ok(keys) => tracing::info!(keys, "keys.json was read again"),
            Err(error) => {
                tracing::error!(%error, "keys.json is damaged; the last good keys stay in force");
                // Once per version of the file is loud enough.
                self.seen.write().unwrap_or_else(PoisonError::into_inner).0 = version;
            }
        }
    }

    fn version(&self) -> io::Result<Option<Version>> {
        match std::fs::metadata(self.store.path()) {
            Ok(metadata) => Ok(Some(Version {
                inode: metadata.ino(),
                modified_ns: i128::from(metadata.mtime()) * 1_000_000_000
                    + i128::from(metadata.mtime_nsec()),
                bytes: metadata.len(),
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn load(&self, version: Option<Version>) -> Result<usize, KeyStoreFailed> {
        let listed = self.store.list()?;
        let keys = listed
            .iter()
            .filter(|key| key.revoked_at.is_none())
            .filter_map(|key| {
                let principal = Principal {
                    number: key.number,
                    role: key.role,
                };
                Some((key::hash_bytes(&key.hash)?, principal))
            });
        let keys = Arc::new(keys.collect::<Keys>());
        let in_force = keys.len();
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = (version, keys);
        self.any.store(!listed.is_empty(), Ordering::Release);
        Ok(in_force)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::*;
    use crate::auth::Role;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn keys_made_and_revoked_while_it_runs_count_at_the_next_look() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let start = Instant::now();
        let ring = KeyRing::open(directory.path(), start).unwrap();
        assert!(!ring.is_any());
        let made = store.create("till", Role::Seller, NOW).unwrap();
        let secret = made.secret.as_bytes();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(ring.authenticate(secret, at(LOOK_MS - 1)), None);
        let seller = Principal {
            number: 1,
            role: Role::Seller,
        };
        assert_eq!(ring.authenticate(secret, at(LOOK_MS)), Some(seller));
        assert!(ring.is_any());
        store.revoke(1, NOW).unwrap();
        assert_eq!(ring.authenticate(secret, at(2 * LOOK_MS - 1)), Some(seller));
        assert_eq!(ring.authenticate(secret, at(2 * LOOK_MS)), None);
        // A house that had a key stays closed.
        assert!(ring.is_any());
    }

    #[test]
    fn only_the_whole_secret_opens() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let secret = store.create("till", Role::Admin, NOW).unwrap().secret;
        let now = Instant::now();
        let ring = KeyRing::open(directory.path(), now).unwrap();
        assert!(ring.authenticate(secret.as_bytes(), now).is_some());
        let upper = secret.to_ascii_uppercase();
        let long = format!("{secret}a");
        for wrong in ["", &secret[1..], &secret[..secret.len() - 1], &long, &upper] {
            assert_eq!(ring.authenticate(wrong.as_bytes(), now), None, "{wrong}");
        }
    }

    #[test]
    fn damage_stops_a_start_and_does_not_change_a_running_server() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let secret = store.create("till", Role::Admin, NOW).unwrap().secret;
        let start = Instant::now();
        let ring = KeyRing::open(directory.path(), start).unwrap();
        std::fs::write(store.path(), b"garbage").unwrap();
        let later = start + Duration::from_secs(1);
        assert!(ring.authenticate(secret.as_bytes(), later).is_some());
        assert!(KeyRing::open(directory.path(), start).is_err());
        std::fs::remove_file(store.path()).unwrap();
        let missing = KeyRing::open(directory.path(), start);
        assert!(matches!(missing, Err(KeyStoreFailed::Missing { .. })));
        let later = start + Duration::from_secs(2);
        assert!(ring.authenticate(secret.as_bytes(), later).is_some());
        assert!(ring.is_any());
    }
}
