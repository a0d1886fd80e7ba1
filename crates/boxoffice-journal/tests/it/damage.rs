//! Every file of a house is flipped, cut and deleted: a start refuses and changes nothing, or
//! nothing acknowledged is missing.

use crate::support::{Contents, contents, entries, fill, options, write_contents};
use boxoffice_journal::sqlite::{OpenOptions, SqliteJournal};
use boxoffice_journal::verify::verify;
use boxoffice_journal::{Entry, Journal as _};
use std::path::Path;

const SEED: u64 = 0x5EED_0001;
const FLIPS_PER_FILE: usize = 64;

/// A small deterministic generator (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(value).expect("31 bits") % limit.max(1)
    }
}

/// What is done to one file.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Flip { offset: usize, bit: u8 },
    Zero { offset: usize, bytes: usize },
    Cut { bytes: usize },
    Delete,
}

impl Damage {
    fn apply(self, files: &mut Contents, name: &str) {
        let file = files.get_mut(name).expect("the file is there");
        match self {
            Self::Flip { offset, bit } => file[offset] ^= 1 << bit,
            Self::Zero { offset, bytes } => {
                let end = (offset + bytes).min(file.len());
                file[offset..end].fill(0);
            }
            Self::Cut { bytes } => file.truncate(bytes),
            Self::Delete => {
                let is_dir = name.ends_with('/');
                files.retain(|other, _| other != name && !(is_dir && other.starts_with(name)));
            }
        }
    }
}

fn all_damage(random: &mut Random, name: &str, bytes: usize) -> Vec<Damage> {
    let mut all = vec![Damage::Delete];
    if bytes == 0 {
        return all;
    }
    for n_flip in 0..FLIPS_PER_FILE {
        // Every other flip hits the first 128 bytes, where headers are.
        let range = if n_flip % 2 == 0 {
            bytes
        } else {
            bytes.min(128)
        };
        let offset = random.below(range);
        let bit = u8::try_from(random.below(8)).expect("a bit");
        all.push(Damage::Flip { offset, bit });
    }
    for _ in 0..8 {
        let offset = random.below(bytes);
        all.push(Damage::Zero {
            offset,
            bytes: 1 + random.below(9000),
        });
        all.push(Damage::Cut {
            bytes: random.below(bytes),
        });
    }
    all.push(Damage::Cut { bytes: 0 });
    all.push(Damage::Cut { bytes: bytes - 1 });
    assert!(all.len() > FLIPS_PER_FILE, "{name} is damaged in many ways");
    all
}

/// A house with checkpointed entries, entries in the log, and two snapshots.
fn build(dir: &Path, options: &OpenOptions) -> SqliteJournal {
    let mut journal = SqliteJournal::open(dir, options).expect("the house opens");
    let snapshots = journal.snapshots();
    for size in [700_usize, 9_000, 300] {
        fill(&mut journal, 30);
        let written = snapshots.write(journal.tail(), &vec![size.to_le_bytes()[0]; size]);
        written.expect("the snapshot is written");
    }
    fill(&mut journal, 15);
    assert!(journal.stat().checkpoints > 0, "part of it is in the store");
    assert!(
        journal.stat().wal_pages > 0,
        "part of it is only in the log"
    );
    journal
}

fn small_log() -> OpenOptions {
    let mut options = options();
    options.wal_pages_max = 40;
    options
}

/// Damages each file in many ways; returns how many starts refused and how many went on.
#[expect(
    clippy::print_stdout,
    reason = "the seed belongs to the output of a failed run"
)]
fn check_damage(files: &Contents, acknowledged: &[Entry], options: &OpenOptions) -> (usize, usize) {
    println!("seed {SEED:#x}, {FLIPS_PER_FILE} flips per file");
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let dir = scratch.path().join("house");
    let mut random = Random(SEED);
    let (mut refused, mut went_on) = (0, 0);
    for (name, bytes) in files {
        for damage in all_damage(&mut random, name, bytes.len()) {
            let mut damaged = files.clone();
            damage.apply(&mut damaged, name);
            write_contents(&dir, &damaged);
            check_verify(&dir, &damaged, acknowledged, &format!("{name} {damage:?}"));
            match SqliteJournal::open(&dir, options) {
                Err(error) => {
                    let message = error.to_string();
                    // What the log and the directory of snapshots lack shows in their neighbours.
                    let named = match name.as_str() {
                        "journal.db-wal" | "journal.db-shm" => "journal.db",
                        "snapshots/" => "snapshots",
                        other => other,
                    };
                    assert!(message.contains(named), "{name} {damage:?}: {message}");
                    let is_unchanged = contents(&dir) == damaged;
                    assert!(
                        is_unchanged,
                        "{name} {damage:?}: refused, but changed a file"
                    );
                    refused += 1;
                }
                Ok(journal) => {
                    check_goes_on(
                        journal,
                        &dir,
                        acknowledged,
                        options,
                        &format!("{name} {damage:?}"),
                    );
                    went_on += 1;
                }
            }
        }
    }
    (refused, went_on)
}

/// Verifying must change nothing, and must not call a house intact that lacks an entry.
fn check_verify(dir: &Path, files: &Contents, acknowledged: &[Entry], case: &str) {
    let mut read = Vec::new();
    let verified = verify(dir, &mut |entry| {
        read.push(entry.clone());
        Ok(())
    });
    assert!(
        acknowledged.starts_with(&read),
        "{case}: verify shows a changed entry"
    );
    if verified.is_ok() {
        assert_eq!(
            read.len(),
            acknowledged.len(),
            "{case}: verify missed a missing entry"
        );
    }
    assert!(contents(dir) == *files, "{case}: verify changed a file");
}

/// All acknowledged entries must be there, and still after more appends and a restart.
fn check_goes_on(
    mut journal: SqliteJournal,
    dir: &Path,
    acknowledged: &[Entry],
    options: &OpenOptions,
    case: &str,
) {
    let before = entries(&journal);
    assert!(
        before == acknowledged,
        "{case}: an acknowledged entry is missing or changed"
    );
    fill(&mut journal, 20);
    drop(journal);
    let journal = SqliteJournal::open(dir, options);
    let journal = journal.unwrap_or_else(|error| panic!("{case}: does not restart: {error}"));
    let after = entries(&journal);
    assert_eq!(after.len(), acknowledged.len() + 20, "{case}");
    assert!(
        after.starts_with(acknowledged),
        "{case}: an entry was lost later"
    );
}

#[test]
fn a_house_that_was_closed_survives_or_refuses_any_damage() {
    let house = tempfile::tempdir().expect("a directory");
    let options = small_log();
    let journal = build(house.path(), &options);
    let acknowledged = entries(&journal);
    drop(journal);
    let (refused, went_on) = check_damage(&contents(house.path()), &acknowledged, &options);
    println!("{refused} refused, {went_on} went on");
    assert!(refused > 100, "damage is noticed");
    assert!(
        went_on > 10,
        "damage that affects nothing does not stop the house"
    );
}

#[test]
fn a_house_that_was_killed_survives_or_refuses_any_damage() {
    let house = tempfile::tempdir().expect("a directory");
    let options = small_log();
    let journal = build(house.path(), &options);
    let acknowledged = entries(&journal);
    // What a killed process leaves is what the files hold now.
    let files = contents(house.path());
    drop(journal);
    let (refused, went_on) = check_damage(&files, &acknowledged, &options);
    println!("{refused} refused, {went_on} went on");
    assert!(refused > 100, "damage is noticed");
    assert!(
        went_on > 10,
        "damage that affects nothing does not stop the house"
    );
}

#[test]
fn a_flipped_bit_in_the_header_of_the_store_does_not_open_a_house_that_cannot_be_written() {
    // With another write version SQLite opens the file, reads it, and refuses every commit.
    let house = tempfile::tempdir().expect("a directory");
    fill(&mut crate::support::open(house.path()), 5);
    for offset in [16, 17, 18, 19] {
        for bit in 0..8 {
            let mut files = contents(house.path());
            Damage::Flip { offset, bit }.apply(&mut files, "journal.db");
            let copy = tempfile::tempdir().expect("a directory");
            write_contents(copy.path(), &files);
            let message = crate::support::refusal(copy.path());
            assert!(message.contains("journal.db"), "{message}");
            assert!(contents(copy.path()) == files, "not a byte was changed");
        }
    }
}

#[test]
fn a_flipped_bit_in_the_log_of_a_killed_house_never_shortens_it_silently() {
    // SQLite alone drops everything behind the flip and reports itself healthy.
    let house = tempfile::tempdir().expect("a directory");
    let mut options = options();
    // No checkpoint on the way: all entries are in the log only.
    options.wal_pages_max = 4_096;
    let mut journal = SqliteJournal::open(house.path(), &options).expect("the house opens");
    fill(&mut journal, 1000);
    let mut files = contents(house.path());
    drop(journal);
    let log = files.get_mut("journal.db-wal").expect("the log is there");
    let middle = log.len() / 2;
    log[middle] ^= 1;
    write_contents(house.path(), &files);
    let message = crate::support::refusal(house.path());
    assert!(message.contains("were acknowledged"), "{message}");
    assert!(message.contains("to 1000 are missing"), "{message}");
    assert!(
        message.contains("journal accept-loss DIR --at "),
        "{message}"
    );
    assert!(contents(house.path()) == files, "not a byte was changed");
}
