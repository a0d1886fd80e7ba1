//! The suite that every journal passes, whatever it stores its entries in.
//!
//! Each check panics with the broken promise, for use in tests.
//!
//! Never: anything that only one implementation can do.

use crate::chain::{ENTRY_VERSION, Entry, Hash, Position, Tail, entry_hash};
use crate::error::AppendError;
use crate::journal::{Journal, Reader};

/// Opens and reopens one empty journal.
pub trait Factory {
    /// Opens it at the first call, and reopens it as after a restart at later ones.
    ///
    /// The caller drops all handles of an earlier call first.
    fn open(&mut self) -> Box<dyn Journal>;
}

impl<F: FnMut() -> Box<dyn Journal>> Factory for F {
    fn open(&mut self) -> Box<dyn Journal> {
        self()
    }
}

/// Runs every check, each on a journal of its own that `new_factory` makes.
///
/// # Panics
/// If a promise of [`Journal`] or [`Reader`] is broken.
pub fn check_all<F: Factory>(mut new_factory: impl FnMut() -> F) {
    a_new_journal_is_empty(&mut new_factory());
    appended_entries_are_read_back_in_order(&mut new_factory());
    the_chain_has_the_published_formula(&mut new_factory());
    a_wrong_position_conflicts_and_leaves_no_trace(&mut new_factory());
    a_wrong_hash_conflicts_and_leaves_no_trace(&mut new_factory());
    an_oversized_entry_is_refused_and_leaves_no_trace(&mut new_factory());
    entries_survive_a_restart(&mut new_factory());
    a_read_respects_its_limits(&mut new_factory());
    a_reader_follows_appends_from_another_thread(&mut new_factory());
    payloads_of_every_size_come_back(&mut new_factory());
}

fn append(journal: &mut dyn Journal, payload: &[u8]) -> Tail {
    let expected = journal.tail();
    journal
        .append(expected, payload)
        .expect("an append at the tail is accepted")
}

fn reader(journal: &dyn Journal) -> Box<dyn Reader> {
    journal.reader().expect("a reader can be opened")
}

fn read_all(reader: &mut dyn Reader) -> Vec<Entry> {
    reader
        .read(Position::ZERO, usize::MAX, usize::MAX)
        .expect("intact entries can be read")
}

fn a_new_journal_is_empty(factory: &mut impl Factory) {
    let journal = factory.open();
    assert_eq!(journal.tail(), Tail::EMPTY);
    let mut reader = reader(&*journal);
    assert_eq!(
        reader.tail().expect("an empty journal has a tail"),
        Tail::EMPTY
    );
    assert_eq!(read_all(&mut *reader), Vec::new());
    assert!(!journal.is_poisoned());
}

fn appended_entries_are_read_back_in_order(factory: &mut impl Factory) {
    let mut journal = factory.open();
    let mut tails = Vec::new();
    for payload in ["one", "two", "three"] {
        tails.push(append(&mut *journal, payload.as_bytes()));
    }
    let mut reader = reader(&*journal);
    let entries = read_all(&mut *reader);
    let read: Vec<Tail> = entries.iter().map(Entry::tail).collect();
    assert_eq!(read, tails);
    let payloads: Vec<&[u8]> = entries.iter().map(|entry| &*entry.payload).collect();
    assert_eq!(payloads, [&b"one"[..], b"two", b"three"]);
    let last = reader.tail().expect("the tail can be read");
    assert_eq!(Some(&last), tails.last());
    assert_eq!(journal.tail(), last);
    assert_eq!(journal.stat().tail, last);
}

fn the_chain_has_the_published_formula(factory: &mut impl Factory) {
    let mut journal = factory.open();
    append(&mut *journal, b"a");
    append(&mut *journal, b"b");
    let mut previous = Hash::ZERO;
    for (entry, position) in read_all(&mut *reader(&*journal)).iter().zip(1..) {
        assert_eq!(entry.position, Position(position));
        assert_eq!(entry.version, ENTRY_VERSION);
        assert_eq!(entry.previous, previous);
        let hash = entry_hash(entry.version, entry.position, previous, &entry.payload);
        assert_eq!(entry.hash, hash);
        previous = hash;
    }
    assert_eq!(previous, journal.tail().hash);
}

/// An append with a wrong `expected` must conflict, name the real tail and change nothing.
fn check_conflict(journal: &mut dyn Journal, wrong: Tail) {
    let before = journal.tail();
    match journal.append(wrong, b"never") {
        Err(AppendError::Conflict { expected, actual }) => {
            assert_eq!(expected, wrong);
            assert_eq!(actual, before);
        }
        other => panic!("a wrong tail must conflict, but the answer was {other:?}"),
    }
    assert_eq!(journal.tail(), before);
    assert_eq!(
        reader(journal).tail().expect("the tail can be read"),
        before
    );
    assert!(!journal.is_poisoned(), "a conflict does not poison");
    append(journal, b"goes on");
}

fn a_wrong_position_conflicts_and_leaves_no_trace(factory: &mut impl Factory) {
    let mut journal = factory.open();
    let first = append(&mut *journal, b"first");
    check_conflict(&mut *journal, Tail::EMPTY);
    let position = Position(9);
    let hash = first.hash;
    check_conflict(&mut *journal, Tail { position, hash });
}

fn a_wrong_hash_conflicts_and_leaves_no_trace(factory: &mut impl Factory) {
    let mut journal = factory.open();
    let position = append(&mut *journal, b"first").position;
    let hash = Hash([9; 32]);
    check_conflict(&mut *journal, Tail { position, hash });
}

fn an_oversized_entry_is_refused_and_leaves_no_trace(factory: &mut impl Factory) {
    let mut journal = factory.open();
    let before = append(&mut *journal, b"first");
    let oversized = vec![0; crate::chain::PAYLOAD_BYTES_MAX.saturating_add(1)];
    match journal.append(before, &oversized) {
        Err(AppendError::TooLarge { .. }) => {}
        other => panic!("an oversized entry must be refused, but the answer was {other:?}"),
    }
    assert_eq!(journal.tail(), before);
    append(&mut *journal, b"goes on");
}

fn entries_survive_a_restart(factory: &mut impl Factory) {
    let mut expected = Vec::new();
    for round in 0_u8..3 {
        let mut journal = factory.open();
        assert_eq!(read_all(&mut *reader(&*journal)), expected);
        append(&mut *journal, &[round]);
        append(&mut *journal, &[round; 5000]);
        expected = read_all(&mut *reader(&*journal));
        assert_eq!(expected.last().map(Entry::tail), Some(journal.tail()));
    }
    assert_eq!(expected.len(), 6);
}

fn a_read_respects_its_limits(factory: &mut impl Factory) {
    let mut journal = factory.open();
    for size in [10_usize, 20, 30, 40] {
        append(&mut *journal, &vec![1; size]);
    }
    let mut reader = reader(&*journal);
    let mut read = |from: u64, bytes_max: usize, entries_max: usize| -> Vec<u64> {
        let entries = reader.read(Position(from), bytes_max, entries_max);
        let entries = entries.expect("intact entries can be read");
        entries.iter().map(|entry| entry.position.0).collect()
    };
    assert_eq!(read(1, usize::MAX, 2), [1, 2]);
    assert_eq!(read(3, usize::MAX, 9), [3, 4], "from the middle");
    assert_eq!(read(2, usize::MAX, 1), [2], "backwards");
    assert_eq!(read(1, 30, 9), [1, 2], "exactly the bytes");
    assert_eq!(read(1, 29, 9), [1], "one byte less");
    assert_eq!(read(4, 0, 9), [4], "at least one");
    assert_eq!(read(5, usize::MAX, 9), [0_u64; 0], "just behind the tail");
    assert_eq!(read(50, usize::MAX, 9), [0_u64; 0], "far behind the tail");
    assert_eq!(read(1, usize::MAX, 0), [0_u64; 0], "no entries wanted");
}

fn a_reader_follows_appends_from_another_thread(factory: &mut impl Factory) {
    const ENTRIES: u64 = 200;
    let mut journal = factory.open();
    let mut reader = reader(&*journal);
    let follower = std::thread::spawn(move || {
        let mut next = Position(1);
        let mut sum = 0_u64;
        while next.0 <= ENTRIES {
            let entries = reader.read(next, 1 << 20, 16);
            for entry in entries.expect("intact entries can be read") {
                assert_eq!(entry.position, next, "no entry is skipped or repeated");
                next = next.next();
                sum = sum.saturating_add(entry.payload.len() as u64);
            }
            std::thread::yield_now();
        }
        sum
    });
    let mut written = 0_u64;
    for size in 0..ENTRIES {
        let payload = vec![7; usize::try_from(size).expect("small")];
        append(&mut *journal, &payload);
        written = written.saturating_add(size);
        journal.checkpoint_if_due();
    }
    journal.idle();
    let sum = follower.join().expect("the follower does not panic");
    assert_eq!(sum, written);
}

fn payloads_of_every_size_come_back(factory: &mut impl Factory) {
    let mut journal = factory.open();
    let sizes = [0_usize, 1, 4095, 4096, 8100, 8192, 100_000, 3_000_000];
    for size in sizes {
        let payload: Vec<u8> = (0..size).map(|idx| idx.to_le_bytes()[0]).collect();
        append(&mut *journal, &payload);
    }
    let entries = read_all(&mut *reader(&*journal));
    for (entry, size) in entries.iter().zip(sizes) {
        assert_eq!(entry.payload.len(), size);
        let is_same = (0..size)
            .zip(&entry.payload)
            .all(|(idx, byte)| idx.to_le_bytes()[0] == *byte);
        assert!(is_same, "the payload of {size} bytes came back changed");
    }
    assert_eq!(entries.len(), sizes.len());
}
