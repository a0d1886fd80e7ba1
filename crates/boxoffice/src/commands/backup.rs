//! `boxoffice backup` (also while the server runs) and `boxoffice restore`.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use boxoffice_journal::backup::{BackupError, BackupReport, backup, restore};
use boxoffice_journal::verify::stat;
use boxoffice_server::secret_file::{self, SecretFailed};

use super::require_house;
use crate::exit::Exit;

/// Files of the data directory beside the journal and the secret that belong to a house.
fn companions(dir: &Path) -> Vec<&'static str> {
    ["keys.json", "keys.lock"]
        .into_iter()
        .filter(|name| dir.join(name).exists())
        .collect()
}

pub(crate) fn make(notes: &mut dyn Write, data: &Path, target: &Path) -> anyhow::Result<Exit> {
    let (report, done) = (
        copy(data, target, backup)?,
        "the backup is whole and verified",
    );
    tell(notes, &report, target, done)?;
    Ok(Exit::Success)
}

pub(crate) fn bring_back(notes: &mut dyn Write, from: &Path, data: &Path) -> anyhow::Result<Exit> {
    let (report, done) = (
        copy(from, data, restore)?,
        "the house is restored and verified",
    );
    tell(notes, &report, data, done)?;
    Ok(Exit::Success)
}

type Copy = fn(&Path, &Path, &[&str]) -> Result<BackupReport, BackupError>;

fn copy(from: &Path, to: &Path, journal: Copy) -> anyhow::Result<BackupReport> {
    require_house(from)?;
    // What cannot be copied is told before anything is. A house before its first event may be
    // without a secret; with one, a copy without could not open.
    let has_secret = match secret_file::read(from) {
        Ok(_) => true,
        Err(SecretFailed::Missing { .. }) if stat(from)?.tail.position.0 == 0 => false,
        Err(failed) => return Err(failed.into()),
    };
    let report = journal(from, to, &companions(from))?;
    if has_secret || report.tail.position.0 > 0 {
        // After the journal: the server may have begun a new epoch since, and the copied entries
        // may be of it. A copy that ends here has no secret, so it does not open.
        secret_file::copy(from, to).with_context(|| {
            format!(
                "the copy in {} has no secret and is useless; remove it",
                to.display()
            )
        })?;
    }
    Ok(report)
}

fn tell(
    notes: &mut dyn Write,
    report: &BackupReport,
    to: &Path,
    done: &str,
) -> std::io::Result<()> {
    writeln!(
        notes,
        "{done}: entries 1 to {} ({} bytes) in {}",
        report.tail.position,
        report.bytes,
        to.display()
    )
}
