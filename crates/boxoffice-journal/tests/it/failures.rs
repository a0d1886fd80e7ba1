//! Failures of the storage: what is poisoned, what is said, and what a restart finds.

use crate::support::{fill, open, options, tails};
use boxoffice_journal::sqlite::{FaultHook, FaultPoint, MarkMode, OpenOptions, SqliteJournal};
use boxoffice_journal::{AppendError, Journal as _};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A switch that makes one point fail while it is on, and counts how often it was reached then.
#[derive(Clone, Default)]
struct Switch {
    is_on: Arc<AtomicBool>,
    reached: Arc<AtomicU64>,
}

impl Switch {
    fn options(&self, point: FaultPoint, mark: MarkMode) -> OpenOptions {
        let Self { is_on, reached } = self.clone();
        let mut options = options();
        options.mark = mark;
        options.fault = FaultHook::new(move |at| {
            if at != point || !is_on.load(Ordering::SeqCst) {
                return None;
            }
            reached.fetch_add(1, Ordering::SeqCst);
            Some(io::Error::other("injected"))
        });
        options
    }

    fn turn_on(&self) {
        self.is_on.store(true, Ordering::SeqCst);
    }

    fn turn_off(&self) {
        self.is_on.store(false, Ordering::SeqCst);
    }

    fn reached(&self) -> u64 {
        self.reached.load(Ordering::SeqCst)
    }
}

fn check_poisoned(mut journal: SqliteJournal, dir: &Path) {
    assert!(journal.is_poisoned());
    for _ in 0..3 {
        let again = journal.append(journal.tail(), b"again");
        assert!(matches!(again, Err(AppendError::Poisoned)), "{again:?}");
    }
    let before = std::fs::read(dir.join("journal.db")).unwrap_or_default();
    journal.checkpoint_if_due();
    journal.idle();
    drop(journal);
    let after = std::fs::read(dir.join("journal.db")).unwrap_or_default();
    assert!(
        before == after,
        "a poisoned handle does not even checkpoint"
    );
}

#[test]
fn a_commit_that_fails_poisons_the_handle_and_is_not_there_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let switch = Switch::default();
    let options = switch.options(FaultPoint::BeforeCommit, MarkMode::Background);
    let mut journal = SqliteJournal::open(dir.path(), &options).expect("it opens");
    let acknowledged = fill(&mut journal, 5);
    switch.turn_on();
    let failed = journal.append(journal.tail(), b"lost");
    assert!(
        matches!(failed, Err(AppendError::Failed { .. })),
        "{failed:?}"
    );
    switch.turn_off();
    check_poisoned(journal, dir.path());
    assert_eq!(tails(&open(dir.path())), acknowledged);
}

#[test]
fn a_commit_with_unknown_outcome_poisons_the_handle_and_a_restart_tells() {
    for point in [FaultPoint::AfterCommit, FaultPoint::MarkWrite] {
        let dir = tempfile::tempdir().expect("a directory");
        let switch = Switch::default();
        let options = switch.options(point, MarkMode::Background);
        let mut journal = SqliteJournal::open(dir.path(), &options).expect("it opens");
        let acknowledged = fill(&mut journal, 5);
        switch.turn_on();
        let before = journal.tail();
        let unknown = journal.append(before, b"who knows");
        assert!(
            matches!(unknown, Err(AppendError::Unknown { .. })),
            "{unknown:?}"
        );
        assert_eq!(journal.tail(), before, "what is unknown is not the tail");
        switch.turn_off();
        check_poisoned(journal, dir.path());
        let recovered = tails(&open(dir.path()));
        assert_eq!(recovered.len(), 6, "this time it was committed");
        assert!(recovered.starts_with(&acknowledged));
    }
}

#[test]
fn a_failed_sync_of_the_mark_is_never_repeated() {
    for mark in [MarkMode::Strict, MarkMode::Background] {
        let dir = tempfile::tempdir().expect("a directory");
        let switch = Switch::default();
        let options = switch.options(FaultPoint::MarkSync, mark);
        let mut journal = SqliteJournal::open(dir.path(), &options).expect("it opens");
        fill(&mut journal, 5);
        switch.turn_on();
        let failed = loop {
            // In the background the failure comes to light at some later append.
            if let Err(error) = journal.append(journal.tail(), b"x") {
                break error;
            }
        };
        match mark {
            MarkMode::Strict => assert!(matches!(failed, AppendError::Unknown { .. })),
            MarkMode::Background => assert!(matches!(failed, AppendError::Failed { .. })),
        }
        check_poisoned(journal, dir.path());
        assert_eq!(switch.reached(), 1, "one failed sync and no second one");
        assert!(tails(&open(dir.path())).len() >= 5);
    }
}

#[test]
fn a_failed_checkpoint_poisons_the_handle_and_loses_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let switch = Switch::default();
    let mut options = switch.options(FaultPoint::Checkpoint, MarkMode::Background);
    options.wal_pages_max = 10;
    let mut journal = SqliteJournal::open(dir.path(), &options).expect("it opens");
    let mut acknowledged = Vec::new();
    switch.turn_on();
    while !journal.is_poisoned() {
        let tail = journal.append(journal.tail(), &[1; 3000]);
        acknowledged.push(tail.expect("accepted until the checkpoint fails"));
        journal.checkpoint_if_due();
    }
    assert!(acknowledged.len() > 3);
    check_poisoned(journal, dir.path());
    assert_eq!(switch.reached(), 1);
    assert_eq!(tails(&open(dir.path())), acknowledged);
}

#[test]
fn a_database_that_another_program_holds_fails_the_append_for_certain() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path());
    let acknowledged = fill(&mut journal, 5);
    let intruder = rusqlite::Connection::open(dir.path().join("journal.db")).expect("it opens");
    intruder
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the write lock is free");
    let failed = journal.append(journal.tail(), b"blocked");
    assert!(
        matches!(failed, Err(AppendError::Failed { .. })),
        "{failed:?}"
    );
    intruder.execute_batch("ROLLBACK").expect("it lets go");
    drop(intruder);
    check_poisoned(journal, dir.path());
    assert_eq!(tails(&open(dir.path())), acknowledged);
}

#[test]
fn a_row_written_behind_the_writers_back_is_a_conflict() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut journal = open(dir.path());
    fill(&mut journal, 5);
    let before = journal.tail();
    let stolen = before.extended(b"stolen");
    let intruder = rusqlite::Connection::open(dir.path().join("journal.db")).expect("it opens");
    let row = (6, 1, stolen.hash.0, b"stolen");
    intruder
        .execute("INSERT INTO entries VALUES (?1, ?2, ?3, ?4)", row)
        .expect("nothing stops it");
    match journal.append(before, b"mine") {
        Err(AppendError::Conflict { expected, actual }) => {
            assert_eq!((expected, actual), (before, stolen));
        }
        other => panic!("the fence must hold inside the database, but got {other:?}"),
    }
}
