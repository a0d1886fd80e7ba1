//! `boxoffice journal verify|export|stat|accept-loss`.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use boxoffice_engine::apply::apply;
use boxoffice_engine::event::take_batch;
use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants;
use boxoffice_engine::names::Seed;
use boxoffice_engine::state::State;
use boxoffice_journal::loss::accept_loss;
use boxoffice_journal::verify::{stat, verify};
use boxoffice_server::export::Exporter;
use boxoffice_server::secret_file;

use crate::exit::Exit;

/// Entries between two full checks of all invariants; a full check looks at everything.
const CHECK_EVERY_ENTRIES: u64 = 100_000;

/// Re-reads everything: chain, records, re-execution, invariants.
pub(crate) fn verify_house(notes: &mut dyn Write, path: &Path) -> anyhow::Result<Exit> {
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
pub(crate) fn figures(out: &mut dyn Write, path: &Path) -> anyhow::Result<Exit> {
    let stat = stat(path)?;
    writeln!(out, "position        {}", stat.tail.position)?;
    writeln!(out, "hash            {}", stat.tail.hash)?;
    writeln!(out, "tail mark       {}", stat.mark.position)?;
    writeln!(out, "store bytes     {}", stat.store_bytes)?;
    writeln!(out, "log bytes       {}", stat.wal_bytes)?;
    writeln!(out, "free bytes      {}", stat.free_bytes)?;
    writeln!(out, "implementation  {}", stat.implementation)?;
    Ok(Exit::Success)
}

/// Cuts a damaged journal behind an entry; the only way on after a loss.
pub(crate) fn cut(notes: &mut dyn Write, path: &Path, at: u64) -> anyhow::Result<Exit> {
    // Numbers that the cut takes back will be given again, but not with the same ids and tokens.
    secret_file::demand_renewal(path)?;
    let report = accept_loss(path, boxoffice_journal::Position(at))?;
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
