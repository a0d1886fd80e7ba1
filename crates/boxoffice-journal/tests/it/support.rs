//! Houses for tests: small logs, deterministic payloads, and comparison of whole directories.

use boxoffice_journal::sqlite::{MarkMode, OpenOptions, SqliteJournal};
use boxoffice_journal::{Entry, Journal, Position, Tail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a directory tree by relative name; directories end with a slash.
pub(crate) type Contents = BTreeMap<String, Vec<u8>>;

/// Options with a log that is not grown, so that a test's directory is small.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new(MarkMode::Background);
    options.wal_bytes_grown = 0;
    options.free_bytes_min = 0;
    options
}

/// Opens the house in `dir` with the test options.
pub(crate) fn open(dir: &Path) -> SqliteJournal {
    SqliteJournal::open(dir, &options()).expect("the house opens")
}

/// Why the house in `dir` does not open.
pub(crate) fn refusal(dir: &Path) -> String {
    let error = SqliteJournal::open(dir, &options()).expect_err("the house does not open");
    error.to_string()
}

/// Appends `count` entries with deterministic payloads of varying size.
pub(crate) fn fill(journal: &mut SqliteJournal, count: u64) -> Vec<Tail> {
    let mut tails = Vec::new();
    for _ in 0..count {
        let tail = journal.tail();
        let size = usize::try_from(tail.position.0 * 37 % 900).expect("small");
        let payload = vec![tail.position.0.to_le_bytes()[0]; size];
        tails.push(journal.append(tail, &payload).expect("it is accepted"));
        journal.checkpoint_if_due();
    }
    tails
}

/// Reads all entries, verified.
pub(crate) fn entries(journal: &dyn Journal) -> Vec<Entry> {
    let mut reader = journal.reader().expect("a reader opens");
    reader
        .read(Position(1), usize::MAX, usize::MAX)
        .expect("the entries are intact")
}

/// The tails of all entries, verified.
pub(crate) fn tails(journal: &dyn Journal) -> Vec<Tail> {
    entries(journal).iter().map(Entry::tail).collect()
}

/// Every file below `dir` with its content.
pub(crate) fn contents(dir: &Path) -> Contents {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("the directory is there") {
        let entry = entry.expect("it can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            files.insert(format!("{name}/"), Vec::new());
            for (inner, bytes) in contents(&entry.path()) {
                files.insert(format!("{name}/{inner}"), bytes);
            }
        } else {
            files.insert(name, fs::read(entry.path()).expect("it can be read"));
        }
    }
    files
}

/// Makes `dir` hold exactly the files of [`contents`].
pub(crate) fn write_contents(dir: &Path, files: &Contents) {
    if dir.exists() {
        fs::remove_dir_all(dir).expect("the old files can be removed");
    }
    fs::create_dir_all(dir).expect("the directory can be created");
    for (name, bytes) in files {
        let path = dir.join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).expect("the directory can be created");
        } else {
            fs::write(path, bytes).expect("the file can be written");
        }
    }
}
