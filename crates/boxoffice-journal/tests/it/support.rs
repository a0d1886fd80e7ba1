//! Houses for tests: small logs, deterministic payloads, and comparison of whole directories.

use boxoffice_journal::sqlite::{MarkMode, OpenOptions, SqliteJournal};
use boxoffice_journal::{Journal as _, Tail};
use std::collections::BTreeMap;
use std::path::Path;

/// Options with a small log, so that a test's directory is small.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new(MarkMode::Background);
    options.wal_bytes_grown = 64 << 10;
    options.free_bytes_min = 0;
    options
}

/// Opens the house in `dir` with the test options.
pub(crate) fn open(dir: &Path) -> SqliteJournal {
    SqliteJournal::open(dir, &options()).expect("the house opens")
}

/// Appends `count` entries with deterministic payloads of varying size.
pub(crate) fn fill(journal: &mut SqliteJournal, count: u64) -> Vec<Tail> {
    (0..count)
        .map(|_| {
            let tail = journal.tail();
            let size = usize::try_from(tail.position.0 * 37 % 900).unwrap();
            let payload = vec![tail.position.0.to_le_bytes()[0]; size];
            journal
                .append(tail, &payload)
                .expect("an append is accepted")
        })
        .collect()
}

/// Every file below `dir` with its content.
pub(crate) fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            files.insert(format!("{name}/"), Vec::new());
            for (inner, bytes) in contents(&entry.path()) {
                files.insert(format!("{name}/{inner}"), bytes);
            }
        } else {
            files.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    files
}

/// Writes the files of [`contents`] into a new directory.
pub(crate) fn write_contents(dir: &Path, files: &BTreeMap<String, Vec<u8>>) {
    std::fs::create_dir_all(dir).unwrap();
    for (name, bytes) in files {
        let path = dir.join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(path).unwrap();
        } else {
            std::fs::write(path, bytes).unwrap();
        }
    }
}
