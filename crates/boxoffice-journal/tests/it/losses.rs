//! Accepting a loss: what is kept, what is moved aside, and that it can be repeated after a crash.

use crate::support::{Contents, contents, entries, fill, open, refusal, tails, write_contents};
use boxoffice_journal::loss::{LossError, accept_loss};
use boxoffice_journal::sqlite::SqliteJournal;
use boxoffice_journal::verify::{VerifyError, verify};
use boxoffice_journal::{Journal as _, Position, ReadError, Tail};
use std::fs;
use std::path::Path;

/// A killed house with 20 entries in the store, 20 in the log, and snapshots at 10 and 30.
fn build(dir: &Path) -> (Contents, Vec<Tail>) {
    fill(&mut open(dir), 10);
    let mut journal = open(dir);
    journal
        .snapshots()
        .write(journal.tail(), b"at 10")
        .expect("written");
    fill(&mut journal, 10);
    drop(journal);
    let mut journal = open(dir);
    fill(&mut journal, 10);
    journal
        .snapshots()
        .write(journal.tail(), b"at 30")
        .expect("written");
    fill(&mut journal, 10);
    let all = tails(&journal);
    let files = contents(dir);
    drop(journal);
    (files, all)
}

/// The entries that a refusal says can be kept.
fn advised(message: &str) -> Position {
    let (_, rest) = message.split_once("accept-loss DIR --at ").expect("advice");
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Position(digits.parse().expect("a position"))
}

#[test]
fn every_advice_to_accept_a_loss_is_the_whole_command() {
    let position = Position(8);
    let damaged = ReadError::Damaged {
        position,
        what: "its hash is wrong".to_owned(),
    };
    let wrong = VerifyError::Wrong {
        dir: "house".into(),
        file: "tail.mark".to_owned(),
        what: "is missing".to_owned(),
        intact: Some(Position(7)),
    };
    let recorded = Position(7);
    for message in [
        damaged.to_string(),
        ReadError::Missing { position }.to_string(),
        wrong.to_string(),
        LossError::Interrupted { recorded }.to_string(),
    ] {
        let command = "\"boxoffice journal accept-loss DIR --at 7\"";
        assert!(message.contains(command), "{message}");
    }
}

#[test]
fn a_house_with_a_damaged_log_opens_after_the_advised_loss() {
    let dir = tempfile::tempdir().unwrap();
    let (mut files, all) = build(dir.path());
    let log = files.get_mut("journal.db-wal").unwrap();
    let offset = log.len() / 3;
    log[offset] ^= 1;
    write_contents(dir.path(), &files);
    let at = advised(&refusal(dir.path()));
    assert!(at >= Position(20) && at < Position(40), "{at}");

    let too_far = accept_loss(dir.path(), at.next());
    assert!(
        matches!(too_far, Err(LossError::NotIntact { intact, .. }) if intact == Some(at)),
        "{too_far:?}"
    );
    assert_eq!(contents(dir.path()), files, "nothing was changed yet");

    let report = accept_loss(dir.path(), at).unwrap();
    assert_eq!(report.kept.position, at);
    assert_eq!(report.acknowledged, Some(Position(40)));
    assert_eq!(report.entries_lost(), 40 - at.0);
    for (name, bytes) in &files {
        if !name.ends_with('/') && name != "house.lock" {
            let moved = fs::read(report.lost_dir.join(name)).unwrap();
            assert!(moved == *bytes, "{name} is in the lost directory as it was");
        }
    }
    let kept = usize::try_from(at.0).unwrap();
    let mut journal = open(dir.path());
    assert_eq!(tails(&journal), all[..kept]);
    let expected = if at >= Position(30) { 30 } else { 10 };
    let latest = journal.snapshots().latest().unwrap().unwrap();
    assert_eq!(latest.tail.position, Position(expected));
    fill(&mut journal, 5);
    drop(journal);
    verify(dir.path(), &mut |_| Ok(())).unwrap();
}

#[test]
fn damage_in_a_part_of_the_log_that_the_store_has_costs_no_entry_of_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = crate::support::options();
    options.wal_pages_max = 60;
    let mut journal = SqliteJournal::open(dir.path(), &options).unwrap();
    while journal.stat().checkpoints == 0 {
        fill(&mut journal, 1);
    }
    // Killed right after a checkpoint: everything is in the store, and still in the log.
    let all = tails(&journal);
    let mut files = contents(dir.path());
    drop(journal);
    let log = files.get_mut("journal.db-wal").unwrap();
    let middle = log.len() / 2;
    log[middle] ^= 1;
    write_contents(dir.path(), &files);
    let message = refusal(dir.path());
    assert!(message.contains("were acknowledged"), "{message}");
    let at = advised(&message);
    assert_eq!(Some(at), all.last().map(|tail| tail.position), "{message}");
    assert_eq!(accept_loss(dir.path(), at).unwrap().entries_lost(), 0);
    assert_eq!(tails(&open(dir.path())), all);
}

#[test]
fn an_intact_journal_can_be_cut_anywhere() {
    let dir = tempfile::tempdir().unwrap();
    let (files, all) = build(dir.path());
    for at in [0_usize, 1, 9, 10, 25, 30, 40] {
        write_contents(dir.path(), &files);
        let position = Position(u64::try_from(at).unwrap());
        let report = accept_loss(dir.path(), position).unwrap();
        assert_eq!(report.entries_lost(), 40 - position.0);
        let removed = [10, 30].iter().filter(|snapshot| **snapshot > at).count();
        assert_eq!(report.snapshots_removed.len(), removed, "cut at {at}");
        let mut journal = open(dir.path());
        assert_eq!(tails(&journal), all[..at]);
        fill(&mut journal, 2);
    }
}

#[test]
fn a_missing_mark_or_a_damaged_snapshot_costs_no_entry() {
    let dir = tempfile::tempdir().unwrap();
    let (files, all) = build(dir.path());
    for name in [
        "tail.mark",
        "snapshots/manifest",
        "snapshots/snapshot-00000000000000000030",
    ] {
        let mut damaged = files.clone();
        assert!(damaged.remove(name).is_some());
        write_contents(dir.path(), &damaged);
        let message = refusal(dir.path());
        assert!(message.contains(name), "{message}");
        assert_eq!(advised(&message), Position(40));
        let report = accept_loss(dir.path(), Position(40)).unwrap();
        assert_eq!(report.entries_lost(), 0);
        assert_eq!(tails(&open(dir.path())), all, "without {name}");
    }
}

#[test]
fn a_house_without_a_readable_store_can_only_start_over() {
    let dir = tempfile::tempdir().unwrap();
    let (mut files, _) = build(dir.path());
    files.remove("journal.db");
    write_contents(dir.path(), &files);
    assert!(refusal(dir.path()).contains("restore a backup"));
    let refused = accept_loss(dir.path(), Position(1));
    assert!(
        matches!(refused, Err(LossError::NotIntact { intact: None, .. })),
        "{refused:?}"
    );
    accept_loss(dir.path(), Position::ZERO).unwrap();
    assert_eq!(entries(&open(dir.path())), []);
}

#[test]
fn a_house_that_is_open_is_not_cut() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    fill(&mut journal, 5);
    let before = contents(dir.path());
    assert!(matches!(
        accept_loss(dir.path(), Position(2)),
        Err(LossError::InUse(_))
    ));
    assert_eq!(contents(dir.path()), before);
}

/// Every state that a crash during the exchange can leave, in order.
fn interrupted(dir: &Path, files: &Contents, at: Position) -> Vec<Contents> {
    write_contents(dir, files);
    let report = accept_loss(dir, at).expect("the loss is accepted");
    let after = contents(dir);
    let lost = report
        .lost_dir
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let note = format!("{at} {lost}\n").into_bytes();
    let mut state = files.clone();
    state.extend(
        after
            .iter()
            .filter(|(name, _)| name.starts_with("lost-"))
            .map(|(name, bytes)| (name.clone(), bytes.clone())),
    );
    state.insert("accept-loss.pending".to_owned(), note);
    state.insert(format!("{lost}/replacement/"), Vec::new());
    for name in ["journal.db", "tail.mark"] {
        state.insert(format!("{lost}/replacement/{name}"), after[name].clone());
    }
    let mut states = vec![state.clone()];
    for name in ["journal.db-wal", "journal.db-shm"] {
        state.remove(name);
        states.push(state.clone());
    }
    for name in ["journal.db", "tail.mark"] {
        let moved = state
            .remove(&format!("{lost}/replacement/{name}"))
            .expect("it is there");
        state.insert(name.to_owned(), moved);
        states.push(state.clone());
    }
    state.insert(
        "snapshots/manifest".to_owned(),
        after["snapshots/manifest"].clone(),
    );
    states.push(state.clone());
    state.remove(&format!("{lost}/replacement/"));
    states.push(state);
    states
}

#[test]
fn a_loss_that_was_interrupted_anywhere_keeps_the_house_shut_until_it_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let (files, all) = build(dir.path());
    for state in interrupted(dir.path(), &files, Position(25)) {
        write_contents(dir.path(), &state);
        let message = refusal(dir.path());
        assert!(message.contains("was interrupted"), "{message}");
        assert!(contents(dir.path()) == state, "not a byte was changed");
        let other = accept_loss(dir.path(), Position(24));
        assert!(
            matches!(
                other,
                Err(LossError::Interrupted {
                    recorded: Position(25)
                })
            ),
            "{other:?}"
        );
        let report = accept_loss(dir.path(), Position(25)).unwrap();
        assert_eq!(report.kept, all[24]);
        assert_eq!(report.acknowledged, Some(Position(40)));
        let journal = SqliteJournal::open(dir.path(), &crate::support::options()).unwrap();
        assert_eq!(tails(&journal), all[..25]);
    }
}
