//! Commits of the journal, against the limit of the disk.

use std::time::{Duration, Instant};

use boxoffice_journal::Journal as _;
use boxoffice_journal::sqlite::{MarkMode, OpenOptions, SqliteJournal};

use crate::context::Context;
use crate::figures::{Series, Unit, per_second};
use crate::peers::file::PreallocatedFile;
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "commits of the journal";

/// One batch: 30 events of 80 bytes.
const BATCH: [u8; 30 * 80] = [7; 30 * 80];
/// Both take turns within a round too: the disk's own mood changes from second to second.
const SLICE: Duration = Duration::from_millis(250);

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let directory = context.directory("journal")?;
    let mut file = PreallocatedFile::create(&directory.path().join("file"))?;
    let options = OpenOptions::new(MarkMode::Background);
    let mut journal = SqliteJournal::open(&directory.path().join("house"), &options)?;
    let (mut ours, mut limit) = (Series::default(), Series::default());
    for round in 1..=context.rounds {
        context.progress(&format!("journal: round {round} of {}", context.rounds));
        let (mut ours_all, mut limit_all) = (Commits::default(), Commits::default());
        while ours_all.elapsed < context.duration {
            limit_all.slice(|| Ok(file.commit(&BATCH)?))?;
            ours_all.slice(|| {
                journal.append(journal.tail(), &BATCH)?;
                journal.checkpoint_if_due();
                Ok(())
            })?;
        }
        ours.push(ours_all.per_second());
        limit.push(limit_all.per_second());
    }
    Ok(vec![
        Line::ours("journal", "commits of the journal", Unit::PerSecond, ours)
            .against("preallocated file, fdatasync", limit)
            .target(Judged::RatioAtLeast, 0.7, 0.8)
            .note("30 events of 80 bytes each, checkpoints included"),
    ])
}

/// What one contender committed in its slices of a round.
#[derive(Debug, Default)]
struct Commits {
    count: u64,
    elapsed: Duration,
}

impl Commits {
    fn slice(&mut self, mut commit: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < SLICE {
            commit()?;
            self.count += 1;
        }
        self.elapsed += start.elapsed();
        Ok(())
    }

    fn per_second(&self) -> f64 {
        per_second(self.count, self.elapsed)
    }
}
