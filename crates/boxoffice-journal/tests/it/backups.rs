//! Backup while the house is written, restore, and verify.

use crate::support::{contents, entries, fill, open, tails};
use boxoffice_journal::backup::{BackupError, backup, restore};
use boxoffice_journal::verify::{VerifyError, stat, verify};
use boxoffice_journal::{Journal as _, Position};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

fn verified(dir: &Path) -> u64 {
    let mut count = 0;
    let report = verify(dir, &mut |entry| {
        count += 1;
        assert_eq!(entry.position, Position(count), "in order, none skipped");
        Ok(())
    });
    let report = report.expect("the house is intact");
    assert_eq!(report.tail.position, Position(count));
    count
}

#[test]
fn a_backup_taken_while_the_house_is_written_opens_as_a_house() {
    let parent = tempfile::tempdir().unwrap();
    let (house, target) = (parent.path().join("house"), parent.path().join("backup"));
    let mut journal = open(&house);
    fill(&mut journal, 500);
    journal
        .snapshots()
        .write(journal.tail(), b"state at 500")
        .unwrap();
    fs::write(house.join("keys.json"), b"{}").unwrap();
    let is_done = AtomicBool::new(false);
    let report = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut n_round = 0_u64;
            while !is_done.load(Ordering::SeqCst) {
                fill(&mut journal, 10);
                n_round += 1;
                if n_round.is_multiple_of(20) {
                    journal.snapshots().write(journal.tail(), b"later").unwrap();
                }
            }
        });
        let report = backup(&house, &target, &["keys.json"]);
        is_done.store(true, Ordering::SeqCst);
        writer.join().unwrap();
        report.unwrap()
    });
    assert!(report.tail.position >= Position(500));
    assert!(report.snapshot.is_some());
    assert_eq!(fs::read(target.join("keys.json")).unwrap(), b"{}");
    assert_eq!(verified(&target), report.tail.position.0);
    let mut copy = open(&target);
    assert_eq!(copy.tail(), report.tail);
    assert!(entries(&journal).starts_with(&entries(&copy)));
    assert_eq!(
        copy.snapshots().latest().unwrap().map(|latest| latest.tail),
        report.snapshot
    );
    fill(&mut copy, 3);
}

#[test]
fn a_restored_backup_is_the_house_that_was_backed_up() {
    let parent = tempfile::tempdir().unwrap();
    let [house, copy, restored] =
        ["house", "copy", "restored"].map(|name| parent.path().join(name));
    let mut journal = open(&house);
    fill(&mut journal, 60);
    journal.snapshots().write(journal.tail(), b"state").unwrap();
    fill(&mut journal, 7);
    let expected = entries(&journal);
    drop(journal);
    let before = contents(&house);
    backup(&house, &copy, &[]).unwrap();
    assert_eq!(contents(&house), before, "the source is not changed");
    fs::remove_dir_all(&house).unwrap();
    restore(&copy, &restored, &[]).unwrap();
    let journal = open(&restored);
    assert_eq!(entries(&journal), expected);
    let latest = journal.snapshots().latest().unwrap().unwrap();
    assert_eq!(
        (latest.tail.position, latest.payload),
        (Position(60), b"state".to_vec())
    );
}

#[test]
fn an_empty_house_can_be_backed_up() {
    let parent = tempfile::tempdir().unwrap();
    let (house, target) = (parent.path().join("house"), parent.path().join("backup"));
    drop(open(&house));
    backup(&house, &target, &[]).unwrap();
    fill(&mut open(&target), 2);
}

#[test]
fn a_target_with_anything_in_it_is_refused_and_not_touched() {
    let parent = tempfile::tempdir().unwrap();
    let (house, target) = (parent.path().join("house"), parent.path().join("target"));
    fill(&mut open(&house), 5);
    fill(&mut open(&target), 2);
    for dir in [&target, &house] {
        let before = contents(dir);
        let refused = restore(&house, dir, &[]);
        assert!(
            matches!(refused, Err(BackupError::TargetNotEmpty { .. })),
            "{refused:?}"
        );
        assert_eq!(&contents(dir), &before);
    }
}

#[test]
fn a_damaged_house_is_not_backed_up_and_leaves_no_half_copy() {
    let parent = tempfile::tempdir().unwrap();
    let (house, target) = (parent.path().join("house"), parent.path().join("target"));
    fill(&mut open(&house), 40);
    let mut store = fs::read(house.join("journal.db")).unwrap();
    let middle = store.len() / 2;
    store[middle..middle + 100].fill(0x55);
    fs::write(house.join("journal.db"), store).unwrap();
    let refused = backup(&house, &target, &[]);
    assert!(
        matches!(refused, Err(BackupError::Source(_))),
        "{refused:?}"
    );
    assert!(!target.exists());
    let missing = backup(&target, &parent.path().join("other"), &[]);
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("journal.db is missing")
    );
}

#[test]
fn only_plain_files_beside_the_journal_are_extra_files() {
    let parent = tempfile::tempdir().unwrap();
    let (house, target) = (parent.path().join("house"), parent.path().join("target"));
    drop(open(&house));
    for name in [
        "../secret",
        "/etc/hostname",
        "a/b",
        "",
        ".",
        "journal.db",
        "tail.mark",
    ] {
        let refused = backup(&house, &target, &[name]);
        assert!(
            matches!(refused, Err(BackupError::ExtraFile { .. })),
            "{name}: {refused:?}"
        );
    }
    let absent = backup(&house, &target, &["absent.json"]);
    assert!(absent.unwrap_err().to_string().contains("absent.json"));
    assert!(!target.exists(), "no half copy stays behind");
}

#[test]
fn verify_shows_every_entry_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 33);
    assert_eq!(verified(dir.path()), 33, "while a server has it open");
    assert_eq!(stat(dir.path()).unwrap().tail, journal.tail());
    drop(journal);
    let before = contents(dir.path());
    assert_eq!(verified(dir.path()), 33, "after it was closed");
    let rejected = verify(dir.path(), &mut |entry| match entry.position {
        Position(5) => Err("unknown record".to_owned()),
        _ => Ok(()),
    });
    assert!(matches!(
        rejected,
        Err(VerifyError::Rejected {
            position: Position(5),
            ..
        })
    ));
    assert_eq!(contents(dir.path()), before);
    fs::remove_file(dir.path().join("house.lock")).unwrap();
    let before = contents(dir.path());
    assert_eq!(verified(dir.path()), 33, "a copy without a lock file");
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn verify_names_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    fill(&mut open(dir.path()), 5);
    let mark_at_five = fs::read(dir.path().join("tail.mark")).unwrap();
    let store_at_five = fs::read(dir.path().join("journal.db")).unwrap();
    fill(&mut open(dir.path()), 5);
    assert_eq!(tails(&open(dir.path())).len(), 10);
    fs::write(dir.path().join("journal.db"), store_at_five).unwrap();
    drop(fs::remove_file(dir.path().join("journal.db-wal")));
    let message = verify(dir.path(), &mut |_| Ok(())).unwrap_err().to_string();
    assert!(message.contains("entries 6 to 10 are missing"), "{message}");
    fs::write(dir.path().join("tail.mark"), mark_at_five).unwrap();
    assert_eq!(verified(dir.path()), 5);
    fs::remove_file(dir.path().join("tail.mark")).unwrap();
    let message = verify(dir.path(), &mut |_| Ok(())).unwrap_err().to_string();
    assert!(message.contains("tail.mark is missing"), "{message}");
}
