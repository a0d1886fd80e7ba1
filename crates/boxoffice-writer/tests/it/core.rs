//! The writer's core, step by step: W1 to W5.

use boxoffice_engine::decide::Rules;
use boxoffice_engine::ids::Position;
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::{Reply, Rule};
use boxoffice_engine::state::State;
use boxoffice_journal::Tail;
use boxoffice_writer::core::{CommitEnd, Core, Moment, Outbox, Sealed};
use boxoffice_writer::request::{Outcome, Request, Unavailable};

use crate::house::{book, hold, keyed, opened, put_long_show, put_show, read_hold, request};

const START_US: u64 = 1_000_000_000;

/// A core whose clock and commits the test drives.
struct Driver {
    core: Core<u32>,
    out: Outbox<u32>,
    now_us: u64,
    sealed: Option<Sealed>,
}

impl Driver {
    /// An open house with a show of ten seats, all durable.
    fn new() -> Self {
        let core = Core::new(State::new(Seed(7)), Rules::standard(), Tail::EMPTY);
        let mut driver = Self {
            core,
            out: Outbox::default(),
            now_us: START_US,
            sealed: None,
        };
        driver.core.open(opened(), driver.moment());
        driver.handle(0, &request(put_show(10)));
        driver.commit();
        driver.replies();
        driver
    }

    fn moment(&self) -> Moment {
        Moment {
            journal_us: self.now_us,
            wall_us: self.now_us,
        }
    }

    fn handle(&mut self, to: u32, request: &Request) {
        let now_us = self.now_us;
        self.core
            .handle(request, to, self.moment(), 0, &|| now_us, &mut self.out);
    }

    fn seal(&mut self) -> bool {
        self.sealed = self.core.seal();
        self.sealed.is_some()
    }

    fn end_commit(&mut self) {
        let sealed = self.sealed.take().expect("a batch was sealed");
        let tail = sealed.expected.extended(&sealed.payload);
        self.core
            .committed(CommitEnd::Durable(tail), self.now_us, &mut self.out);
    }

    fn commit(&mut self) {
        assert!(self.seal());
        self.end_commit();
    }

    fn replies(&mut self) -> Vec<(u32, Outcome)> {
        std::mem::take(&mut self.out.replies)
    }

    /// Who was answered since the last look.
    fn answered(&mut self) -> Vec<u32> {
        self.replies().into_iter().map(|(to, _)| to).collect()
    }
}

fn reply(outcome: &Outcome) -> &Reply {
    &outcome.as_ref().unwrap().answer.reply
}

#[test]
fn refusal_waits_for_the_hold_it_saw() {
    let mut driver = Driver::new();
    driver.handle(1, &request(hold("a", 1)));
    driver.handle(2, &request(hold("b", 1)));
    assert!(
        driver.answered().is_empty(),
        "the hold is not durable, so neither is its refusal"
    );
    assert!(driver.seal());
    driver.handle(3, &request(hold("c", 1)));
    assert!(driver.answered().is_empty(), "the commit has not ended");
    driver.end_commit();
    let replies = driver.replies();
    assert_eq!(
        replies.iter().map(|(to, _)| *to).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert!(matches!(reply(&replies[0].1), Reply::HoldPlaced(_)));
    for (_, refused) in &replies[1..] {
        let Reply::Refused(refusal) = reply(refused) else {
            panic!("{refused:?}")
        };
        assert_eq!(refusal.rule, Rule::SeatUnavailable);
        assert_eq!(refused.as_ref().unwrap().position, Position(2));
    }
}

#[test]
fn a_refusal_that_rests_on_durable_entries_overtakes_a_running_commit() {
    let mut driver = Driver::new();
    driver.handle(1, &request(book("a", 1)));
    driver.commit();
    driver.answered();
    driver.handle(2, &request(book("b", 2)));
    assert!(driver.seal());
    driver.handle(3, &request(book("c", 1)));
    assert_eq!(
        driver.answered(),
        [3],
        "seat A1 is durably booked, whatever becomes of A2"
    );
}

#[test]
fn a_refusal_under_a_key_waits_for_its_own_record() {
    let mut driver = Driver::new();
    driver.handle(1, &request(book("a", 1)));
    driver.commit();
    driver.answered();
    driver.handle(2, &keyed(book("b", 1), Some(9)));
    assert!(driver.answered().is_empty());
    driver.commit();
    assert_eq!(driver.answered(), [2]);
}

#[test]
fn positions_in_replies_are_durable_and_indexes_order_them() {
    let mut driver = Driver::new();
    driver.handle(1, &request(book("a", 1)));
    driver.handle(2, &request(book("a", 2)));
    driver.commit();
    let replies = driver.replies();
    let stamps: Vec<_> = replies
        .iter()
        .map(|(_, outcome)| outcome.as_ref().unwrap())
        .map(|answered| (answered.position, answered.index))
        .collect();
    assert!(stamps[0] < stamps[1], "{stamps:?}");
    assert_eq!(stamps[0].0, Position(driver.core.tail().position.0));
}

#[test]
fn after_a_lost_commit_nobody_is_told_that_it_worked() {
    let mut driver = Driver::new();
    driver.handle(1, &request(book("a", 1)));
    assert!(driver.seal());
    driver.handle(2, &request(book("a", 2)));
    driver.core.committed(
        CommitEnd::Lost("disk".into()),
        driver.now_us,
        &mut driver.out,
    );
    let replies = driver.replies();
    assert_eq!(replies.len(), 2);
    for (_, outcome) in replies {
        assert_eq!(outcome, Err(Unavailable::OutcomeUnknown));
    }
    driver.handle(3, &request(read_hold(1)));
    assert_eq!(driver.replies(), [(3, Err(Unavailable::Stopping))]);
    assert!(driver.core.seal().is_none(), "nothing is written any more");
}

#[test]
fn a_command_past_its_deadline_is_not_decided() {
    let mut driver = Driver::new();
    let mut late = request(book("a", 1));
    late.deadline_us = Some(driver.now_us - 1);
    driver.handle(1, &late);
    assert_eq!(driver.replies(), [(1, Err(Unavailable::DeadlinePassed))]);
    assert!(!driver.core.has_batch());
    late.deadline_us = Some(driver.now_us);
    driver.handle(2, &late);
    assert!(
        driver.core.has_batch(),
        "at its deadline it is still in time"
    );
}

#[test]
fn a_repeat_past_its_deadline_gets_the_reply_of_the_first() {
    let mut driver = Driver::new();
    let mut once = keyed(book("a", 1), Some(3));
    once.deadline_us = Some(driver.now_us);
    driver.handle(1, &once);
    driver.commit();
    driver.answered();
    driver.now_us += 1_000_000;
    driver.handle(2, &once);
    let replies = driver.replies();
    assert!(replies[0].1.as_ref().unwrap().answer.replayed);
}

#[test]
fn with_full_storage_reads_go_on_and_writes_are_refused_before_deciding() {
    let mut driver = Driver::new();
    driver.handle(1, &request(hold("a", 1)));
    driver.commit();
    driver.answered();
    driver.core.set_storage_full(true);
    driver.handle(2, &request(book("b", 2)));
    driver.handle(3, &request(read_hold(1)));
    let replies = driver.replies();
    assert_eq!(replies[0], (2, Err(Unavailable::StorageFull)));
    assert!(matches!(reply(&replies[1].1), Reply::Hold(_)));
    // At its deadline the hold's end would have to be written.
    driver.now_us = driver.core.state().next_deadline().unwrap().0;
    driver.handle(4, &request(read_hold(1)));
    assert_eq!(driver.replies(), [(4, Err(Unavailable::StorageFull))]);
    assert_eq!(driver.core.expire(driver.moment()), 0);
    driver.core.set_storage_full(false);
    assert_eq!(driver.core.expire(driver.moment()), 1);
}

#[test]
fn the_timer_writes_what_is_overdue_and_the_seat_is_free_again() {
    let mut driver = Driver::new();
    driver.handle(1, &request(hold("a", 1)));
    driver.commit();
    driver.answered();
    driver.now_us = driver.core.state().next_deadline().unwrap().0 - 1;
    assert_eq!(
        driver.core.expire(driver.moment()),
        0,
        "one microsecond early"
    );
    driver.now_us += 1;
    assert_eq!(driver.core.expire(driver.moment()), 1);
    driver.handle(2, &request(hold("b", 1)));
    driver.commit();
    let replies = driver.replies();
    assert!(matches!(reply(&replies[0].1), Reply::HoldPlaced(_)));
}

#[test]
fn journal_time_increases_though_the_clock_stands_still_or_runs_back() {
    let mut driver = Driver::new();
    let mut last = driver.core.state().time();
    for n in 1..=5 {
        driver.now_us -= 1_000;
        driver.handle(n, &request(book("a", n)));
        assert!(last < driver.core.state().time());
        last = driver.core.state().time();
    }
}

#[test]
fn a_batch_that_is_large_enough_takes_no_more() {
    let mut driver = Driver::new();
    assert!(!driver.core.batch_is_full());
    let mut n = 0;
    while !driver.core.batch_is_full() {
        n += 1;
        driver.handle(n, &request(put_long_show()));
        assert!(n < 10_000, "a batch must fill up");
    }
    driver.commit();
    assert!(!driver.core.batch_is_full());
}
