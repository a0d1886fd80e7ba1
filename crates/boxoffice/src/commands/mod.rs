//! The commands beside `serve` and `demo`, one file each.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod journal;
pub(crate) mod key;
pub(crate) mod seat;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A house has at least one of these, however damaged it is.
const FILES_OF_A_HOUSE: [&str; 7] = [
    "house.lock",
    "house.secret",
    "journal.db",
    "journal.db-wal",
    "tail.mark",
    "snapshots",
    "accept-loss.pending",
];

/// The directory is another one than was meant.
#[derive(Debug, thiserror::Error)]
#[error(
    "there is no house in {}, and nothing there was touched; give the directory that was given to \
     \"boxoffice serve --data\", or that a backup was made in",
    dir.display()
)]
pub(crate) struct NoHouse {
    dir: PathBuf,
}

/// Refuses a directory that has nothing of a house, before anything is made of it.
fn require_house(dir: &Path) -> anyhow::Result<()> {
    for name in FILES_OF_A_HOUSE {
        let path = dir.join(name);
        match path.try_exists() {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // A file in the place of the directory.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {}
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", path.display()));
            }
        }
    }
    let dir = dir.to_path_buf();
    Err(NoHouse { dir }.into())
}
