//! Creates, lists and revokes keys in the data directory, also while a server runs.
//!
//! Invariants: the file changes whole or not at all (written aside, synced, renamed, directory
//! synced), is readable for its owner only, and one change at a time is made under a file lock.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use thiserror::Error;

use super::key::{self, KEYS_MAX, Key, KeysDamaged, NAME_CHARS_MAX};
use super::principal::Role;

/// The file of keys.
const FILE: &str = "keys.json";

/// What is locked while it changes; it is itself never replaced. It has content once the file of
/// keys was there, so that a house that lost its keys does not pass for one that never had any.
const LOCK: &str = "keys.lock";

const LOCK_CONTENT: &[u8] = b"keys were made\n";

/// Where the next version is written.
const NEXT: &str = "keys.json.next";

/// The largest file that can hold `KEYS_MAX` keys.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The keys of one data directory.
#[derive(Debug, Clone)]
pub struct KeyStore {
    directory: PathBuf,
}

/// A key that was just made. Its secret can be shown now and never again.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What is stored.
    pub key: Key,
    /// What its owner sends as `Authorization: Bearer`.
    pub secret: String,
}

/// Keys could not be read or changed; what was stored is as before.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyStoreFailed {
    /// A file operation failed.
    #[error("cannot {action} {}; the keys are as before", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The file is damaged.
    #[error(
        "the keys in {} are damaged, so nobody can be told apart and nothing was changed; restore \
         the file from a backup, or move it away and create new keys", path.display()
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// How.
        source: KeysDamaged,
    },
    /// Keys were made, and the file of keys is gone.
    #[error(
        "{} is missing, but keys were made for this house: without them it would be open to \
         everybody on this machine; nothing was changed; restore the file from a backup, or remove \
         {} beside it to start without any key",
        path.display(), LOCK
    )]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// The name cannot be used.
    #[error("a key's name has 1 to {NAME_CHARS_MAX} printable characters; nothing was changed")]
    Name,
    /// There are too many keys.
    #[error("there are {KEYS_MAX} keys, the most that a house keeps; nothing was changed")]
    Full,
    /// There is no such key.
    #[error("there is no key {number}; nothing was changed")]
    Unknown {
        /// What was asked for.
        number: u32,
    },
    /// The system has no random numbers.
    #[error("the system gave no random numbers; nothing was changed")]
    Random(#[source] getrandom::Error),
}

impl KeyStore {
    /// The keys of this data directory.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// Where the keys are.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// Makes a key. Servers that run take it within a second.
    ///
    /// # Errors
    /// `KeyStoreFailed`; no key was made then.
    pub fn create(&self, name: &str, role: Role, now: Timestamp) -> Result<NewKey, KeyStoreFailed> {
        if !key::is_name(name) {
            return Err(KeyStoreFailed::Name);
        }
        let mut random = [0; 20];
        getrandom::fill(&mut random).map_err(KeyStoreFailed::Random)?;
        let secret = key::secret(role, random);
        let hash = key::hex(&key::hash(secret.as_bytes()));
        self.change(|keys| {
            if KEYS_MAX <= keys.len() {
                return Err(KeyStoreFailed::Full);
            }
            let number = keys.last().map_or(0, |last| last.number) + 1;
            let name = name.to_owned();
            let key = Key {
                number,
                name,
                role,
                hash,
                created_at: now,
                revoked_at: None,
            };
            keys.push(key.clone());
            Ok(NewKey { key, secret })
        })
    }

    /// Every key, revoked ones included, in the order of their numbers. None if none was ever made.
    ///
    /// # Errors
    /// `KeyStoreFailed`; `Missing` if keys were made and their file is gone.
    pub fn list(&self) -> Result<Vec<Key>, KeyStoreFailed> {
        let path = self.path();
        let bytes = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return match self.were_made()? {
                    true => Err(KeyStoreFailed::Missing { path }),
                    false => Ok(Vec::new()),
                };
            }
            Err(source) => {
                return Err(KeyStoreFailed::Io {
                    action: "read",
                    path,
                    source,
                });
            }
            Ok(metadata) if FILE_BYTES_MAX < metadata.len() => {
                return Err(KeyStoreFailed::Damaged {
                    path,
                    source: KeysDamaged::Content,
                });
            }
            Ok(_metadata) => fs::read(&path).map_err(|source| KeyStoreFailed::Io {
                action: "read",
                path: path.clone(),
                source,
            })?,
        };
        key::decode(&bytes).map_err(|source| KeyStoreFailed::Damaged { path, source })
    }

    /// Ends a key for ever. A revoked key may be revoked again and keeps its first date. Servers
    /// that run refuse it within a second.
    ///
    /// # Errors
    /// `KeyStoreFailed`; the key still works then.
    pub fn revoke(&self, number: u32, now: Timestamp) -> Result<Key, KeyStoreFailed> {
        self.change(|keys| {
            let key = keys.iter_mut().find(|key| key.number == number);
            let key = key.ok_or(KeyStoreFailed::Unknown { number })?;
            key.revoked_at.get_or_insert(now);
            Ok(key.clone())
        })
    }

    /// Whether the lock says that the file of keys was there.
    fn were_made(&self) -> Result<bool, KeyStoreFailed> {
        let path = self.directory.join(LOCK);
        match fs::metadata(&path) {
            Ok(metadata) => Ok(0 < metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KeyStoreFailed::Io {
                action: "read",
                path,
                source,
            }),
        }
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<Key>) -> Result<T, KeyStoreFailed>,
    ) -> Result<T, KeyStoreFailed> {
        let lock_path = self.directory.join(LOCK);
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| KeyStoreFailed::Io {
                action,
                path,
                source,
            }
        };
        let lock = private(OpenOptions::new().create(true).truncate(false))
            .open(&lock_path)
            .map_err(failed("open", &lock_path))?;
        // The lock ends with the file's descriptor, also if this process dies.
        flock(&lock, FlockOperation::LockExclusive)
            .map_err(io::Error::from)
            .map_err(failed("lock", &lock_path))?;
        let mut keys = self.list()?;
        let changed = change(&mut keys)?;
        let (path, next) = (self.path(), self.directory.join(NEXT));
        write_synced(&next, &key::encode(keys)).map_err(failed("write", &next))?;
        fs::rename(&next, &path).map_err(failed("replace", &path))?;
        File::open(&self.directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed("sync the directory of", &path))?;
        // Last, so that a first change that fails half-way leaves a house without keys.
        remember(&lock).map_err(failed("write", &lock_path))?;
        Ok(changed)
    }
}

/// Lets the lock say that the file of keys is there.
fn remember(mut lock: &File) -> io::Result<()> {
    if lock.metadata()?.len() == 0 {
        lock.write_all(LOCK_CONTENT)?;
        lock.sync_all()?;
    }
    Ok(())
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.write(true).mode(0o600)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // What an interrupted change left behind may have been created with other rights.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _gone => {}
    }
    let mut file = private(OpenOptions::new().create_new(true)).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn keys_are_numbered_listed_and_revoked_for_ever() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        assert_eq!(store.list().unwrap(), []);
        let first = store.create("box office", Role::Admin, NOW).unwrap();
        let second = store.create("till", Role::Seller, NOW).unwrap();
        assert_eq!((first.key.number, second.key.number), (1, 2));
        assert!(first.secret.starts_with("bo_admin_"));
        assert_ne!(first.secret[9..], second.secret[10..]);
        let later = Timestamp::from_second(1).unwrap();
        assert_eq!(store.revoke(2, NOW).unwrap().revoked_at, Some(NOW));
        assert_eq!(store.revoke(2, later).unwrap().revoked_at, Some(NOW));
        assert!(matches!(
            store.revoke(3, NOW),
            Err(KeyStoreFailed::Unknown { number: 3 })
        ));
        assert_eq!(
            store.create("till", Role::Seller, NOW).unwrap().key.number,
            3
        );
        let listed = store.list().unwrap();
        assert_eq!(
            listed.iter().map(|key| key.revoked_at).collect::<Vec<_>>(),
            [None, Some(NOW), None]
        );
    }

    #[test]
    fn the_file_is_private_and_holds_no_secret() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        let made = store.create("till", Role::Seller, NOW).unwrap();
        let mode = fs::metadata(store.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = fs::read_to_string(store.path()).unwrap();
        assert!(!text.contains(&made.secret));
        assert!(!text.contains(&made.secret[10..]));
    }

    #[test]
    fn names_that_would_spoil_a_list_are_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        for name in [
            "",
            " till",
            "a\tb",
            "a\u{1b}[31m",
            &"a".repeat(NAME_CHARS_MAX + 1),
        ] {
            let refused = store.create(name, Role::Seller, NOW);
            assert!(matches!(refused, Err(KeyStoreFailed::Name)), "{name:?}");
        }
        assert!(!store.path().exists());
    }

    #[test]
    fn a_damaged_file_is_neither_read_nor_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        for damaged in [
            &b""[..],
            b"{}",
            b"[]",
            b"{\"version\":1,\"keys\":[],\"checksum\":\"\"}",
        ] {
            fs::write(store.path(), damaged).unwrap();
            assert!(matches!(store.list(), Err(KeyStoreFailed::Damaged { .. })));
            let made = store.create("till", Role::Seller, NOW);
            assert!(matches!(made, Err(KeyStoreFailed::Damaged { .. })));
            assert_eq!(fs::read(store.path()).unwrap(), damaged);
        }
    }

    #[test]
    fn keys_that_are_gone_are_missed_and_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        // What changed nothing leaves a house without keys.
        assert!(store.revoke(1, NOW).is_err());
        assert_eq!(store.list().unwrap(), []);
        store.create("till", Role::Seller, NOW).unwrap();
        fs::remove_file(store.path()).unwrap();
        let missing = |failed| matches!(failed, Some(KeyStoreFailed::Missing { .. }));
        assert!(missing(store.list().err()));
        assert!(missing(store.create("till", Role::Seller, NOW).err()));
        assert!(!store.path().exists());
        fs::remove_file(directory.path().join(LOCK)).unwrap();
        let made = store.create("till", Role::Seller, NOW).unwrap();
        assert_eq!(made.key.number, 1);
    }

    #[test]
    fn keys_made_at_once_all_exist() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::new(directory.path());
        std::thread::scope(|scope| {
            for _n_thread in 0..4 {
                scope.spawn(|| {
                    for _n_key in 0..10 {
                        store.create("till", Role::Seller, NOW).unwrap();
                    }
                });
            }
        });
        assert_eq!(store.list().unwrap().len(), 40);
    }
}
