//! `boxoffice journal verify|export|stat|accept-loss`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use boxoffice_engine::apply::apply;
use boxoffice_engine::event::take_batch;
use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants;
use boxoffice_engine::names::Seed;
use boxoffice_engine::state::State;
use boxoffice_journal::loss::{LossError, Prospect, accept_loss, prospect};
use boxoffice_journal::verify::{VerifyError, VerifyReport, stat, verify};
use boxoffice_server::export::Exporter;
use boxoffice_server::secret_file;

use super::require_house;
use crate::exit::Exit;

/// Entries between two full checks of all invariants; a full check looks at everything.
const CHECK_EVERY_ENTRIES: u64 = 100_000;

/// Why a cut is not made; nothing was changed.
#[derive(Debug, thiserror::Error)]
enum CutRefused {
    /// There is no loss to accept.
    #[error(
        "the journal in {} is intact: entries 1 to {tail} can be read and executed; a cut at {at} \
         would give up {}; nothing was changed; to cut it all the same, repeat this with --force",
        dir.display(), entries(*at, *tail)
    )]
    Intact { dir: PathBuf, at: u64, tail: u64 },
    /// More can be kept.
    #[error(
        "entries up to {intact} of the journal in {} are intact; a cut at {at} would give up {} \
         without need; nothing was changed; keep them with \"--at {intact}\", or repeat this with \
         --force",
        dir.display(), entries(*at, *intact)
    )]
    Further { dir: PathBuf, at: u64, intact: u64 },
}

/// The entries behind a cut.
fn entries(at: u64, last: u64) -> String {
    match last.saturating_sub(at) {
        0 => "none of them".to_owned(),
        1 => format!("entry {last}"),
        n => format!("the {n} entries from {} to {last}", at + 1),
    }
}

/// Re-reads everything: chain, records, re-execution, invariants. Also counts the events.
fn examine(path: &Path) -> anyhow::Result<(VerifyReport, u64)> {
    let mut state = State::new(Seed(1));
    let mut n_events = 0_u64;
    let report = verify(path, &mut |entry| {
        let events = take_batch(&entry.payload).map_err(|error| error.to_string())?;
        let position = Position(entry.position.0);
        n_events += events.len() as u64;
        for stamped in &events {
            apply(&mut state, stamped, position);
        }
        if entry.position.0.is_multiple_of(CHECK_EVERY_ENTRIES) {
            invariants::check(&state).map_err(|broken| broken.to_string())?;
        }
        Ok(())
    })?;
    invariants::check(&state).context("the journal is intact, but what it says cannot be")?;
    Ok((report, n_events))
}

/// Tells whether all is well.
pub(crate) fn verify_house(notes: &mut dyn Write, path: &Path) -> anyhow::Result<Exit> {
    require_house(path)?;
    let (report, n_events) = examine(path)?;
    writeln!(
        notes,
        "all is well: {} entries, {n_events} events, {} bytes; the chain holds, every record \
         decodes, every invariant holds after re-execution; the mark names entry {}; {} snapshots",
        report.tail.position,
        report.bytes,
        report.mark.position,
        report.snapshots.len()
    )?;
    Ok(Exit::Success)
}

/// Writes every public event as one line of JSON.
pub(crate) fn export(out: &mut dyn Write, path: &Path, from: u64) -> anyhow::Result<Exit> {
    require_house(path)?;
    let mut exporter = Exporter::new(secret_file::read(path)?.secret());
    let mut failed = None;
    let mut write_entry = |entry: &boxoffice_journal::Entry| {
        let events = take_batch(&entry.payload).map_err(|error| error.to_string())?;
        let position = Position(entry.position.0);
        for line in exporter.lines(position, events) {
            if from <= entry.position.0
                && let Err(error) = writeln!(out, "{line}")
            {
                let text = error.to_string();
                failed = Some(error);
                return Err(text);
            }
        }
        Ok(())
    };
    let read = verify(path, &mut write_entry);
    match failed {
        // Whoever read the lines has seen enough.
        Some(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Exit::Success),
        Some(error) => Err(error.into()),
        None => {
            read?;
            Ok(Exit::Success)
        }
    }
}

/// Prints figures about the journal.
pub(crate) fn figures(
    out: &mut dyn Write,
    notes: &mut dyn Write,
    path: &Path,
) -> anyhow::Result<Exit> {
    require_house(path)?;
    let stat = stat(path)?;
    writeln!(out, "position        {}", stat.tail.position)?;
    writeln!(out, "hash            {}", stat.tail.hash)?;
    writeln!(out, "tail mark       {}", stat.mark.position)?;
    writeln!(out, "store bytes     {}", stat.store_bytes)?;
    writeln!(out, "log bytes       {}", stat.wal_bytes)?;
    writeln!(out, "free bytes      {}", stat.free_bytes)?;
    writeln!(out, "implementation  {}", stat.implementation)?;
    if stat.tail.position < stat.mark.position {
        writeln!(
            notes,
            "boxoffice: entries up to {} were acknowledged, but the journal ends at {}: the others \
             are missing; \"boxoffice journal verify\" tells more",
            stat.mark.position, stat.tail.position
        )?;
        return Ok(Exit::DataDamaged);
    }
    Ok(Exit::Success)
}

/// Cuts a damaged journal behind an entry; the only way on after a loss.
pub(crate) fn cut(
    notes: &mut dyn Write,
    path: &Path,
    at: u64,
    force: bool,
) -> anyhow::Result<Exit> {
    require_house(path)?;
    let at = boxoffice_journal::Position(at);
    if let Prospect::Intact(intact) = prospect(path)? {
        if intact.unwrap_or_default() < at {
            return Err(LossError::NotIntact { at, intact }.into());
        }
        if !force {
            refuse_without_need(path, at.0, intact.unwrap_or_default().0)?;
        }
    }
    // Numbers that the cut takes back will be given again, but not with the same ids and tokens.
    secret_file::demand_renewal(path)?;
    let report = accept_loss(path, at)?;
    writeln!(
        notes,
        "the journal ends at entry {} now; {} entries that may have been acknowledged are given \
         up; all old files are in {}",
        report.kept.position,
        report.entries_lost(),
        report.lost_dir.display()
    )?;
    for snapshot in &report.snapshots_removed {
        writeln!(
            notes,
            "snapshot {snapshot} was beyond it and is no longer used"
        )?;
    }
    Ok(Exit::Success)
}

/// Refuses a cut that gives up what can be kept.
fn refuse_without_need(path: &Path, at: u64, intact: u64) -> anyhow::Result<()> {
    let dir = path.to_path_buf();
    let worth_keeping = match examine(path) {
        Ok((report, _)) => {
            let tail = report.tail.position.0;
            return Err(CutRefused::Intact { dir, at, tail }.into());
        }
        Err(error) => match error.downcast_ref() {
            // Stored as it was written, but no house can be recovered from it or what follows.
            Some(VerifyError::Rejected { position, .. }) => position.0.saturating_sub(1),
            _ => intact,
        },
    };
    if at < worth_keeping {
        let intact = worth_keeping;
        return Err(CutRefused::Further { dir, at, intact }.into());
    }
    Ok(())
}
