//! A restart: the same state from the journal alone and from a snapshot.

use std::sync::Arc;

use boxoffice_engine::ids::Position;
use boxoffice_engine::names::Seed;
use boxoffice_engine::snapshot::to_snapshot;
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_journal::snapshot::Snapshot;
use boxoffice_journal::{Journal as _, OpenReader};
use boxoffice_writer::recovery::{RecoveryError, recover};

use crate::house::{book, hold, put_show};
use crate::threads::Writer;

fn sold_house() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let writer = Writer::start(Box::new(MemoryJournal::open(&storage)));
    writer.ask(put_show(50)).unwrap();
    for n in 1..=20 {
        writer.ask(book("a", n)).unwrap();
        writer.ask(hold("b", 20 + n)).unwrap();
    }
    writer.stop().unwrap();
    storage
}

#[test]
fn a_snapshot_and_the_rest_give_what_the_whole_journal_gives() {
    let storage = sold_house();
    let journal = MemoryJournal::open(&storage);
    let (whole, told) = recover(&mut *journal.reader().unwrap(), None, Seed(1), |_| {}).unwrap();
    assert_eq!(told.n_entries, journal.tail().position.0);
    // A snapshot in the middle, made by a house that ended there.
    let half = MemoryStorage::new();
    let at = journal.tail().position.0 / 2;
    half.edit(|entries| {
        storage.edit(|all| entries.extend(all.iter().take(usize::try_from(at).unwrap()).cloned()));
    });
    let half = MemoryJournal::open(&half);
    let (middle, _) = recover(&mut *half.reader().unwrap(), None, Seed(2), |_| {}).unwrap();
    let snapshot = Snapshot {
        tail: half.tail(),
        payload: to_snapshot(&middle),
    };
    let (rest, told) = recover(
        &mut *journal.reader().unwrap(),
        Some(&snapshot),
        Seed(3),
        |_| {},
    )
    .unwrap();
    assert_eq!(told.snapshot, Position(at));
    assert_eq!(to_snapshot(&rest), to_snapshot(&whole));
}

#[test]
fn an_entry_that_cannot_be_decoded_refuses_the_start_by_its_number() {
    let storage = sold_house();
    let mut journal = MemoryJournal::open(&storage);
    let tail = journal.append(journal.tail(), &[1, 0, 250, 1]).unwrap();
    let error = recover(&mut *journal.reader().unwrap(), None, Seed(1), |_| {}).unwrap_err();
    let RecoveryError::Decode { position, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(position.0, tail.position.0);
}

#[test]
fn a_snapshot_that_is_none_refuses_the_start() {
    let journal = MemoryJournal::open(&sold_house());
    let snapshot = Snapshot {
        tail: journal.tail(),
        payload: vec![255; 10],
    };
    let error = recover(
        &mut *journal.reader().unwrap(),
        Some(&snapshot),
        Seed(1),
        |_| {},
    )
    .unwrap_err();
    assert!(matches!(error, RecoveryError::Snapshot { .. }), "{error}");
}

#[test]
fn a_reader_outlives_the_writers_handle() {
    let journal = MemoryJournal::open(&sold_house());
    let open: OpenReader = journal.reader_opener();
    drop(journal);
    let (state, _) = recover(&mut *open().unwrap(), None, Seed(1), |_| {}).unwrap();
    assert_eq!(state.counts().bookings, 20);
    assert_eq!(Arc::strong_count(&open), 1);
}
