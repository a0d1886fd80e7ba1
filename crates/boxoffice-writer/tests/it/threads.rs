//! The running writer: everybody is answered, in peace, at a shutdown and after a lost commit.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use boxoffice_engine::command::Action;
use boxoffice_engine::decide::Rules;
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::Reply;
use boxoffice_engine::state::{Counts, State};
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_journal::{AppendError, Journal, OpenReader, ReadError, Reader, Stat, Tail};
use boxoffice_writer::mailbox::Respond;
use boxoffice_writer::request::{Outcome, Unavailable};
use boxoffice_writer::run::{CommitLost, Running, start};
use boxoffice_writer::watch::{Alarm, BatchReport, Watch, WriterOptions};

use crate::house::{book, opened, put_show, request};

struct To(Sender<Outcome>);

impl Respond for To {
    fn respond(self, outcome: Outcome) {
        drop(self.0.send(outcome));
    }
}

struct Silent;

impl Watch for Silent {
    fn committed(&self, _: &BatchReport) {}
    fn busy(&self, _: Duration, _: Duration) {}
    fn counts(&self, _: Counts, _: usize, _: u64) {}
    fn alarm(&self, _: Alarm) {}
}

pub(crate) struct Writer {
    running: Running<To>,
}

impl Writer {
    pub(crate) fn start(journal: Box<dyn Journal>) -> Self {
        let options = WriterOptions {
            rules: Rules::standard(),
            free_bytes_min: 0,
        };
        let state = State::new(Seed(5));
        let running = start(journal, state, opened(), &options, Arc::new(Silent)).unwrap();
        Self { running }
    }

    fn send(&self, action: Action) -> Receiver<Outcome> {
        let (to, outcome) = channel();
        if let Err((why, to)) = self.running.writer.send(request(action), To(to)) {
            to.respond(Err(why));
        }
        outcome
    }

    pub(crate) fn ask(&self, action: Action) -> Outcome {
        self.send(action).recv().expect("everybody is answered")
    }

    pub(crate) fn stop(self) -> Result<(), CommitLost> {
        self.running.writer.close();
        self.running.join()
    }
}

#[test]
fn everybody_who_was_let_in_is_answered_at_a_shutdown() {
    let storage = MemoryStorage::new();
    let writer = Writer::start(Box::new(MemoryJournal::open(&storage)));
    writer.ask(put_show(1_000)).unwrap();
    let outcomes: Vec<_> = (1..=1_000).map(|n| writer.send(book("a", n))).collect();
    writer.stop().unwrap();
    for outcome in outcomes {
        let answered = outcome.recv().expect("everybody is answered").unwrap();
        assert!(matches!(answered.answer.reply, Reply::Booked(_)));
    }
}

#[test]
fn of_many_threads_that_want_one_seat_one_gets_it() {
    let writer = Writer::start(Box::new(MemoryJournal::open(&MemoryStorage::new())));
    writer.ask(put_show(1)).unwrap();
    let won = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let writer = &writer;
                scope.spawn(move || {
                    let outcomes = (0..100).map(|_| writer.ask(book(&format!("b{n}"), 1)));
                    outcomes
                        .filter(|o| matches!(o.as_ref().unwrap().answer.reply, Reply::Booked(_)))
                        .count()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<usize>()
    });
    assert_eq!(won, 1);
    writer.stop().unwrap();
}

/// A journal whose appends fail from the `fails_at`-th on.
struct Failing {
    inner: MemoryJournal,
    appends_left: u32,
    /// Whether the entry is written all the same, as when only the acknowledgement is lost.
    writes: bool,
}

impl Journal for Failing {
    fn tail(&self) -> Tail {
        self.inner.tail()
    }

    fn append(&mut self, expected: Tail, payload: &[u8]) -> Result<Tail, AppendError> {
        if self.appends_left > 0 {
            self.appends_left -= 1;
            return self.inner.append(expected, payload);
        }
        if self.writes {
            self.inner.append(expected, payload)?;
        }
        Err(AppendError::Unknown {
            source: "a test's disk".into(),
        })
    }

    fn reader(&self) -> Result<Box<dyn Reader>, ReadError> {
        self.inner.reader()
    }

    fn reader_opener(&self) -> OpenReader {
        self.inner.reader_opener()
    }

    fn free_bytes(&self) -> u64 {
        self.inner.free_bytes()
    }

    fn stat(&self) -> Stat {
        self.inner.stat()
    }

    fn is_poisoned(&self) -> bool {
        self.appends_left == 0
    }
}

#[test]
fn after_an_unknown_commit_everybody_is_told_and_the_writer_ends() {
    for writes in [false, true] {
        let storage = MemoryStorage::new();
        let inner = MemoryJournal::open(&storage);
        // The house's opening and its show get through.
        let writer = Writer::start(Box::new(Failing {
            inner,
            appends_left: 2,
            writes,
        }));
        writer.ask(put_show(100)).unwrap();
        let outcomes: Vec<_> = (1..=50).map(|n| writer.send(book("a", n))).collect();
        for outcome in outcomes {
            let told = outcome.recv().expect("everybody is told").unwrap_err();
            assert!(matches!(
                told,
                Unavailable::OutcomeUnknown | Unavailable::Stopping
            ));
        }
        assert_eq!(writer.ask(book("a", 99)), Err(Unavailable::Stopping));
        let lost = writer.stop().unwrap_err();
        assert!(lost.to_string().contains("a test's disk"), "{lost}");
    }
}

#[test]
fn durable_entries_reach_the_feed_in_order() {
    let writer = Writer::start(Box::new(MemoryJournal::open(&MemoryStorage::new())));
    writer.ask(put_show(10)).unwrap();
    for n in 1..=10 {
        writer.ask(book("a", n)).unwrap();
    }
    let newest = writer.running.feed.newest();
    assert_eq!(newest.0, 12, "the opening, the show, ten bookings");
    assert!(writer.running.layouts.by_id("s").is_some());
    writer.stop().unwrap();
}
