//! Measures commits of the journal against a preallocated file with fdatasync, the limit of the
//! disk, in turn in one run, and prints one line.
//!
//! Usage: `cargo run --release -p boxoffice-journal --example commit_latency [DIR] [SECONDS]`

use boxoffice_journal::Journal as _;
use boxoffice_journal::sqlite::{MarkMode, OpenOptions, SqliteJournal};
use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One batch: 30 events of 80 bytes.
const BATCH: [u8; 30 * 80] = [7; 30 * 80];
const SLICE: Duration = Duration::from_millis(500);
const RAW_BYTES: u64 = 64 << 20;

/// The latencies of one contender in nanoseconds.
#[derive(Default)]
struct Latencies(Vec<u64>);

impl Latencies {
    /// Commits for one slice.
    fn measure(
        &mut self,
        mut commit: impl FnMut() -> Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        let mut before = start;
        while start.elapsed() < SLICE {
            commit()?;
            let after = Instant::now();
            self.0.push(u64::try_from((after - before).as_nanos())?);
            before = after;
        }
        Ok(())
    }

    fn per_second(&self) -> u64 {
        let total_ns: u64 = self.0.iter().sum();
        (self.0.len() as u64 * 1_000_000_000) / total_ns.max(1)
    }

    fn summary(&mut self) -> String {
        self.0.sort_unstable();
        let us = |per_mille: usize| {
            let idx = (self.0.len() * per_mille / 1000).min(self.0.len() - 1);
            self.0[idx] / 1000
        };
        format!(
            "{} commits/s p50 {} p99 {} p99.9 {} max {} us",
            self.per_second(),
            us(500),
            us(990),
            us(999),
            us(1000)
        )
    }
}

fn raw_file(path: &Path) -> Result<File, Box<dyn Error>> {
    let mut file = File::create(path)?;
    let zeros = vec![0; 1 << 20];
    for _ in 0..RAW_BYTES >> 20 {
        file.write_all(&zeros)?;
    }
    file.sync_all()?;
    Ok(file)
}

#[expect(clippy::print_stdout, reason = "the line is what this program is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args
        .next()
        .map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let seconds: u64 = args.next().map_or(Ok(12), |text| text.parse())?;
    let dir = tempfile::tempdir_in(dir)?;
    let raw = raw_file(&dir.path().join("raw"))?;
    let options = OpenOptions::new(MarkMode::Background);
    let mut journal = SqliteJournal::open(&dir.path().join("house"), &options)?;
    let (mut ours, mut limit) = (Latencies::default(), Latencies::default());
    let mut offset = 0;
    for _ in 0..seconds {
        limit.measure(|| {
            raw.write_all_at(&BATCH, offset)?;
            offset = (offset + BATCH.len() as u64) % (RAW_BYTES - BATCH.len() as u64);
            Ok(raw.sync_data()?)
        })?;
        ours.measure(|| {
            journal.append(journal.tail(), &BATCH)?;
            journal.checkpoint_if_due();
            Ok(())
        })?;
    }
    let ratio = ours.per_second() as f64 / limit.per_second() as f64;
    let stat = journal.stat();
    // A killed process leaves its files as they are now.
    let killed = dir.path().join("killed");
    std::fs::create_dir_all(killed.join("snapshots"))?;
    for name in [
        "house.lock",
        "journal.db",
        "journal.db-wal",
        "tail.mark",
        "snapshots/manifest",
    ] {
        std::fs::copy(dir.path().join("house").join(name), killed.join(name))?;
    }
    let start = Instant::now();
    let reopened = SqliteJournal::open(&killed, &options)?;
    let open_ms = start.elapsed().as_millis();
    assert_eq!(
        reopened.tail(),
        journal.tail(),
        "a killed house has every entry"
    );
    println!(
        "ratio {ratio:.3} | journal {} | preallocated file {} | {} checkpoints, log {} MiB \
         | opened {} entries, {} MiB after a kill in {open_ms} ms",
        ours.summary(),
        limit.summary(),
        stat.checkpoints,
        stat.wal_bytes >> 20,
        stat.tail.position,
        stat.store_bytes >> 20
    );
    Ok(())
}
