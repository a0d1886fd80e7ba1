//! Snapshots: what is kept, what is verified, and what a damaged one says.

use crate::support::{contents, fill, open, refusal};
use boxoffice_journal::snapshot::{SNAPSHOTS_KEPT, SnapshotError};
use boxoffice_journal::{Hash, Journal as _, Position, Tail};
use std::fs;

#[test]
fn the_newest_two_are_kept_and_the_newest_is_returned() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let store = journal.snapshots();
    assert_eq!(store.latest().unwrap(), None);
    let mut written = Vec::new();
    for n_round in 0_u8..4 {
        fill(&mut journal, 3);
        let payload = vec![n_round; 1000 * usize::from(n_round)];
        written.push(store.write(journal.tail(), &payload).unwrap());
        let latest = store.latest().unwrap().unwrap();
        assert_eq!((latest.tail, latest.payload), (journal.tail(), payload));
    }
    assert_eq!(store.list().unwrap(), written[4 - SNAPSHOTS_KEPT..]);
    let mut names: Vec<_> = fs::read_dir(dir.path().join("snapshots"))
        .unwrap()
        .collect();
    assert_eq!(names.len(), SNAPSHOTS_KEPT + 1, "{names:?}");
    names.clear();
    drop(journal);
    let again = open(dir.path()).snapshots().latest().unwrap().unwrap();
    assert_eq!(again.tail.position, Position(12));
}

#[test]
fn an_older_one_is_refused_and_the_same_one_is_written_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let store = journal.snapshots();
    let older = fill(&mut journal, 3)[1];
    let newest = store.write(journal.tail(), b"state").unwrap();
    let before = contents(dir.path());
    assert_eq!(store.write(journal.tail(), b"state").unwrap(), newest);
    let refused = store.write(older, b"older");
    assert!(
        matches!(refused, Err(SnapshotError::OutOfOrder { .. })),
        "{refused:?}"
    );
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_snapshot_that_does_not_belong_to_the_journal_stops_the_start() {
    let cases = [
        (Position(9), Hash([1; 32]), "stands for entries up to 9"),
        (Position(3), Hash([1; 32]), "does not belong to the entries"),
    ];
    for (position, hash, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = open(dir.path());
        fill(&mut journal, 5);
        journal
            .snapshots()
            .write(Tail { position, hash }, b"foreign")
            .unwrap();
        drop(journal);
        let before = contents(dir.path());
        let message = refusal(dir.path());
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("snapshots/snapshot-"), "{message}");
        assert!(
            message.contains("journal accept-loss DIR --at 5\""),
            "{message}"
        );
        assert_eq!(contents(dir.path()), before);
    }
}

#[test]
fn a_damaged_snapshot_is_named_and_never_replaced_by_an_older_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let store = journal.snapshots();
    for _ in 0..2 {
        fill(&mut journal, 3);
        store.write(journal.tail(), &[7; 5000]).unwrap();
    }
    let path = dir
        .path()
        .join("snapshots")
        .join(store.list().unwrap()[1].file_name());
    let mut bytes = fs::read(&path).unwrap();
    bytes[3000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let error = store.latest().unwrap_err();
    assert!(matches!(&error, SnapshotError::Damaged { path: named, .. } if *named == path));
    fs::remove_file(&path).unwrap();
    let error = store.latest().unwrap_err();
    assert!(matches!(&error, SnapshotError::Missing { path: named } if *named == path));
}

#[test]
fn a_crash_between_a_snapshot_and_its_listing_leaves_a_house_that_starts() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 3);
    let store = journal.snapshots();
    store.write(journal.tail(), b"listed").unwrap();
    let manifest = fs::read(dir.path().join("snapshots/manifest")).unwrap();
    fill(&mut journal, 3);
    store.write(journal.tail(), b"not listed yet").unwrap();
    fs::write(dir.path().join("snapshots/manifest"), manifest).unwrap();
    fs::write(dir.path().join("snapshots/snapshot-0009.tmp"), b"torn").unwrap();
    drop(journal);
    let mut journal = open(dir.path());
    let store = journal.snapshots();
    assert_eq!(store.latest().unwrap().unwrap().payload, b"listed");
    fill(&mut journal, 1);
    store.write(journal.tail(), b"next").unwrap();
    assert!(
        !dir.path().join("snapshots/snapshot-0009.tmp").exists(),
        "leftovers go"
    );
    assert_eq!(store.list().unwrap().len(), 2);
}
