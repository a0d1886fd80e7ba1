//! Opening: new houses, the lock, unfinished creations, the mark, and the layout on disk.

use crate::support::{contents, entries, fill, open, options, refusal, tails, write_contents};
use boxoffice_journal::sqlite::{MarkMode, OpenError, SqliteJournal};
use boxoffice_journal::{AppendError, Entry, Journal as _, Position, Tail};
use std::fs;

#[test]
fn an_absent_and_an_empty_directory_become_new_houses() {
    let parent = tempfile::tempdir().unwrap();
    for dir in [
        parent.path().join("absent/deep"),
        parent.path().join("empty"),
    ] {
        if dir.ends_with("empty") {
            fs::create_dir(&dir).unwrap();
        }
        let journal = open(&dir);
        assert_eq!(journal.tail(), Tail::EMPTY);
        drop(journal);
        for name in [
            "house.lock",
            "journal.db",
            "tail.mark",
            "snapshots/manifest",
        ] {
            assert!(dir.join(name).is_file(), "{name} is there");
        }
        assert!(!dir.join("check").exists(), "no scratch files stay behind");
    }
}

#[test]
fn a_directory_with_something_else_in_it_is_not_a_new_house() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "mine").unwrap();
    let before = contents(dir.path());
    let message = refusal(dir.path());
    assert!(message.contains("tail.mark is missing"), "{message}");
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_house_that_lost_all_but_its_lock_is_not_a_new_house() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 3);
    for name in [
        "journal.db",
        "journal.db-wal",
        "journal.db-shm",
        "tail.mark",
    ] {
        drop(fs::remove_file(dir.path().join(name)));
    }
    fs::remove_dir_all(dir.path().join("snapshots")).unwrap();
    let before = contents(dir.path());
    assert_eq!(before.keys().collect::<Vec<_>>(), ["house.lock"]);
    let message = refusal(dir.path());
    assert!(message.contains("tail.mark is missing"), "{message}");
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_house_that_lost_all_but_its_snapshots_is_not_a_new_house() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 3);
    let mut files = contents(dir.path());
    files.retain(|name, _| name.starts_with("snapshots/"));
    files.insert("keys.lock".to_owned(), Vec::new());
    let without_manifest = [("snapshots/".to_owned(), Vec::new())].into();
    for files in [files, without_manifest] {
        write_contents(dir.path(), &files);
        let message = refusal(dir.path());
        assert!(message.contains("tail.mark is missing"), "{message}");
        assert_eq!(contents(dir.path()), files);
    }
}

#[test]
fn a_creation_that_was_interrupted_anywhere_is_repeated() {
    let complete = tempfile::tempdir().unwrap();
    drop(open(complete.path()));
    let complete = contents(complete.path());
    let orders: [&[&str]; 4] = [
        &[],
        &["journal.db"],
        &["journal.db", "snapshots/", "snapshots/manifest"],
        &[
            "journal.db",
            "snapshots/",
            "snapshots/manifest",
            "tail.mark",
        ],
    ];
    for created in orders {
        let mut files = complete.clone();
        files.retain(|name, _| created.contains(&name.as_str()));
        files.insert("house.lock".to_owned(), Vec::new());
        files.insert("check/".to_owned(), Vec::new());
        files.insert("check/journal.db".to_owned(), b"torn".to_vec());
        let dir = tempfile::tempdir().unwrap();
        write_contents(dir.path(), &files);
        fill(&mut open(dir.path()), 2);
        assert_eq!(
            open(dir.path()).tail().position,
            Position(2),
            "after {created:?}"
        );
    }
}

#[test]
fn a_mark_deleted_together_with_the_lock_does_not_make_a_new_house() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 3);
    for name in ["tail.mark", "house.lock"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    let before = contents(dir.path());
    let message = refusal(dir.path());
    assert!(message.contains("tail.mark is missing"), "{message}");
    assert!(
        message.contains("journal accept-loss DIR --at 3\""),
        "{message}"
    );
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_second_opener_is_told_so_and_touches_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 5);
    let before = contents(dir.path());
    match SqliteJournal::open(dir.path(), &options()) {
        Err(error @ OpenError::InUse(_)) => {
            let message = error.to_string();
            assert!(
                message.contains("another process has the house"),
                "{message}"
            );
        }
        other => panic!("a second opener must be refused, but got {other:?}"),
    }
    assert_eq!(contents(dir.path()), before);
    fill(&mut journal, 5);
    assert_eq!(tails(&journal).len(), 10);
}

#[test]
fn a_house_stays_locked_until_its_last_reader_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 5);
    let mut reader = journal.reader().unwrap();
    drop(journal);
    let opened = SqliteJournal::open(dir.path(), &options());
    assert!(matches!(opened, Err(OpenError::InUse(_))));
    assert_eq!(reader.tail().unwrap().position, Position(5));
    drop(reader);
    assert_eq!(open(dir.path()).tail().position, Position(5));
}

#[test]
fn a_journal_ahead_of_its_mark_starts_and_one_behind_it_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 3);
    drop(journal);
    let at_three = contents(dir.path());
    fill(&mut open(dir.path()), 4);
    let at_seven = contents(dir.path());

    let mut ahead = at_seven.clone();
    ahead.insert("tail.mark".to_owned(), at_three["tail.mark"].clone());
    write_contents(dir.path(), &ahead);
    let journal = open(dir.path());
    assert_eq!(journal.tail().position, Position(7));
    assert_eq!(
        journal.stat().mark,
        journal.tail(),
        "the mark has caught up"
    );
    drop(journal);

    let mut behind = at_three;
    behind.insert("tail.mark".to_owned(), at_seven["tail.mark"].clone());
    write_contents(dir.path(), &behind);
    let message = refusal(dir.path());
    assert!(message.contains("entries 4 to 7 are missing"), "{message}");
    assert_eq!(contents(dir.path()), behind);
}

#[test]
fn a_mark_or_a_store_of_another_house_is_refused() {
    let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fill(&mut open(dir.path()), 5);
    let mut journal = open(other.path());
    for n_entry in 0_u8..5 {
        journal.append(journal.tail(), &[n_entry; 3]).unwrap();
    }
    drop(journal);
    let mark = fs::read(other.path().join("tail.mark")).unwrap();
    fs::write(dir.path().join("tail.mark"), mark).unwrap();
    let before = contents(dir.path());
    let message = refusal(dir.path());
    assert!(message.contains("another entry at 5"), "{message}");
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn one_torn_slot_of_the_mark_is_no_damage_and_two_are() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 6);
    let whole = contents(dir.path());
    for slots in [&[0][..], &[4096], &[0, 4096]] {
        let mut files = whole.clone();
        let mark = files.get_mut("tail.mark").unwrap();
        for slot in slots {
            mark[slot + 20] ^= 4;
        }
        write_contents(dir.path(), &files);
        if slots.len() == 2 {
            let message = refusal(dir.path());
            assert!(message.contains("tail.mark is damaged"), "{message}");
            assert_eq!(contents(dir.path()), files);
        } else {
            assert_eq!(open(dir.path()).tail().position, Position(6));
        }
    }
}

#[test]
fn a_rollback_journal_of_another_program_is_refused_before_sqlite_sees_it() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 3);
    fs::write(dir.path().join("journal.db-journal"), [7; 2000]).unwrap();
    let before = contents(dir.path());
    let message = refusal(dir.path());
    assert!(message.contains("journal.db-journal"), "{message}");
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn the_log_is_grown_in_advance_and_reused() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.wal_bytes_grown = 1 << 20;
    options.wal_pages_max = 50;
    let mut journal = SqliteJournal::open(dir.path(), &options).unwrap();
    assert_eq!(journal.stat().wal_bytes, 1 << 20);
    fill(&mut journal, 500);
    let stat = journal.stat();
    assert!(stat.checkpoints >= 5, "{stat:?}");
    assert_eq!(stat.wal_bytes, 1 << 20, "500 commits did not extend it");
    drop(journal);
    let journal = SqliteJournal::open(dir.path(), &options).unwrap();
    assert_eq!(tails(&journal).len(), 500);
    assert_eq!(journal.stat().wal_bytes, 1 << 20);
}

#[test]
fn a_killed_house_has_everything_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let mut options = options();
    options.wal_pages_max = 20;
    for mark in [MarkMode::Background, MarkMode::Strict] {
        options.mark = mark;
        let mut journal = SqliteJournal::open(dir.path(), &options).unwrap();
        for n_round in 0..12 {
            fill(&mut journal, 7 + n_round);
            let acknowledged = entries(&journal);
            write_contents(copy.path(), &contents(dir.path()));
            let recovered = SqliteJournal::open(copy.path(), &options).unwrap();
            assert!(
                entries(&recovered) == acknowledged,
                "round {n_round}, {mark:?}"
            );
        }
    }
}

#[test]
fn an_entry_changed_in_the_store_is_noticed_by_every_reader() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    // A large house is verified from its newest snapshot on only.
    options.verify_all_bytes_max = 0;
    let mut journal = SqliteJournal::open(dir.path(), &options).unwrap();
    for _ in 0..50 {
        journal
            .append(journal.tail(), b"a payload to be found")
            .unwrap();
    }
    journal.snapshots().write(journal.tail(), b"state").unwrap();
    fill(&mut journal, 10);
    drop(journal);
    let log = fs::metadata(dir.path().join("journal.db-wal")).unwrap();
    assert_eq!(log.len(), 0, "after a clean close the store has everything");
    let mut store = fs::read(dir.path().join("journal.db")).unwrap();
    let needle = b"a payload to be found";
    let found: Vec<usize> = (0..=store.len() - needle.len())
        .filter(|at| store[*at..].starts_with(needle))
        .collect();
    assert_eq!(found.len(), 50, "every payload is found");
    for at in found {
        store[at] ^= 0x20;
    }
    fs::write(dir.path().join("journal.db"), store).unwrap();
    let Ok(mut journal) = SqliteJournal::open(dir.path(), &options) else {
        panic!("entries before the snapshot are not read at the start of a large house");
    };
    fill(&mut journal, 1);
    let mut reader = journal.reader().unwrap();
    let message = reader
        .read(Position(1), usize::MAX, 10)
        .unwrap_err()
        .to_string();
    assert!(message.contains("entry 1 is damaged"), "{message}");
    let intact = reader.read(Position(51), usize::MAX, 100).unwrap();
    assert_eq!(
        intact.first().map(|entry: &Entry| entry.position),
        Some(Position(51))
    );
    let first = boxoffice_journal::verify::verify(dir.path(), &mut |_| Ok(()));
    assert!(
        first
            .unwrap_err()
            .to_string()
            .contains("entry 1 is damaged")
    );
}

#[test]
fn appends_below_the_reserve_of_storage_are_refused_and_leave_no_trace() {
    let dir = tempfile::tempdir().unwrap();
    let acknowledged = fill(&mut open(dir.path()), 4);
    let mut options = options();
    options.free_bytes_min = u64::MAX;
    let mut journal = SqliteJournal::open(dir.path(), &options).unwrap();
    let before = contents(dir.path());
    match journal.append(journal.tail(), b"no room") {
        Err(AppendError::StorageFull {
            free_bytes,
            free_bytes_min,
        }) => {
            assert!(free_bytes < free_bytes_min);
        }
        other => panic!("it must be refused, but got {other:?}"),
    }
    assert!(!journal.is_poisoned(), "reads and later appends go on");
    assert_eq!(contents(dir.path()), before);
    assert_eq!(tails(&journal), acknowledged);
    let snapshot = journal.snapshots().write(journal.tail(), b"state");
    assert!(snapshot.unwrap_err().to_string().contains("not written"));
    drop(journal);
    fill(&mut open(dir.path()), 1);
}
