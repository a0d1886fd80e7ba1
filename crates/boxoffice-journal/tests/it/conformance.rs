//! The conformance suite on every implementation.

use crate::support::options;
use boxoffice_journal::Journal;
use boxoffice_journal::conformance::check_all;
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_journal::sqlite::{MarkMode, SqliteJournal};

#[test]
fn memory_conforms() {
    check_all(|| {
        let storage = MemoryStorage::new();
        move || Box::new(MemoryJournal::open(&storage)) as Box<dyn Journal>
    });
}

#[test]
fn sqlite_conforms_in_both_mark_modes() {
    for mark in [MarkMode::Background, MarkMode::Strict] {
        check_all(|| {
            let dir = tempfile::tempdir().unwrap();
            let mut options = options();
            options.mark = mark;
            options.wal_pages_max = 8;
            move || {
                let journal = SqliteJournal::open(dir.path(), &options);
                Box::new(journal.expect("the house opens")) as Box<dyn Journal>
            }
        });
    }
}
