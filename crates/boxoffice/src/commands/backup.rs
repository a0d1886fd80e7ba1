//! `boxoffice backup` (also while the server runs) and `boxoffice restore`.

use std::io::Write;
use std::path::Path;

use boxoffice_journal::backup::{BackupReport, backup, restore};
use boxoffice_server::secret_file::SECRET_FILE;

use crate::exit::Exit;

/// Files of the data directory beside the journal that a house cannot do without.
fn companions(dir: &Path) -> Vec<&'static str> {
    [SECRET_FILE, "keys.json"]
        .into_iter()
        .filter(|name| dir.join(name).exists())
        .collect()
}

pub(crate) fn make(notes: &mut dyn Write, data: &Path, target: &Path) -> anyhow::Result<Exit> {
    let report = backup(data, target, &companions(data))?;
    tell(notes, &report, target, "the backup is whole and verified")?;
    Ok(Exit::Success)
}

pub(crate) fn bring_back(notes: &mut dyn Write, from: &Path, data: &Path) -> anyhow::Result<Exit> {
    let report = restore(from, data, &companions(from))?;
    tell(notes, &report, data, "the house is restored and verified")?;
    Ok(Exit::Success)
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
