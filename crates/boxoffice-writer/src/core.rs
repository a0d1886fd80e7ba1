//! The writer's own logic, step by step: what is decided when, and when its reply may leave.
//!
//! The state runs ahead of the journal by at most two batches: one that a commit is making durable
//! (`in_flight`) and one that is being collected meanwhile (`building`).
//!
//! Invariants:
//! * W1: a reply leaves when the newest position that it rests on is durable, and never before.
//! * W2: batches are committed one at a time, in order, each on the tail of the one before.
//! * W3: once a commit is lost nothing is decided and nothing is acknowledged any more; whoever
//!   waits is told that the outcome is unknown.
//! * W4: journal time is strictly increasing over commands, reads and refusals included, and over
//!   restarts; no reply of a term leaves before the term's own first entry is durable, so that
//!   position and time together order all replies.
//! * W5: a position named in a reply is durable when the reply leaves.
//!
//! Never: IO, threads, clocks (moments are given), HTTP.

use std::sync::Arc;

use boxoffice_engine::decide::{Now, Rules, Verdict, decide, execute, expire_due, open};
use boxoffice_engine::event::{BatchBytes, Event, HouseOpened, Stamped};
use boxoffice_engine::ids::Position;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::limits::EXPIRIES_PER_BATCH_MAX;
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;
use boxoffice_journal::Tail;

use crate::feed::Committed;
use crate::request::{Answered, Outcome, Request, Timing, Unavailable};

/// Bytes of a batch after which no further command is decided into it.
pub const BATCH_BYTES_SOFT_MAX: usize = 4 << 20;

/// A moment as the writer's caller reads it from its clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Journal time that the monotonic clock stands at, in microseconds since the Unix epoch.
    pub journal_us: u64,
    /// Wall-clock time, for deadlines of callers, in microseconds since the Unix epoch.
    pub wall_us: u64,
}

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitEnd {
    /// Durable; the journal's new tail.
    Durable(Tail),
    /// Failed or unknown: nothing is acknowledged any more. Why, for people.
    Lost(String),
}

/// A batch for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Where the journal must end.
    pub expected: Tail,
    /// The entry.
    pub payload: Vec<u8>,
}

/// What the writer's caller has to deliver, in this order: layouts, entries, replies.
#[derive(Debug)]
pub struct Outbox<R> {
    /// Layouts of shows that were put.
    pub layouts: Vec<Arc<Layout>>,
    /// Entries that became durable.
    pub entries: Vec<Arc<Committed>>,
    /// Outcomes and where they go.
    pub replies: Vec<(R, Outcome)>,
}

impl<R> Default for Outbox<R> {
    fn default() -> Self {
        Self {
            layouts: Vec::new(),
            entries: Vec::new(),
            replies: Vec::new(),
        }
    }
}

/// A decided command whose reply waits for a commit.
#[derive(Debug)]
struct Waiting<R> {
    to: R,
    answered: Answered,
    decided_us: u64,
}

/// Events and waiting replies of one entry.
#[derive(Debug)]
struct Batch<R> {
    position: Position,
    events: Vec<Stamped>,
    layouts: Vec<Arc<Layout>>,
    waiting: Vec<Waiting<R>>,
}

impl<R> Batch<R> {
    fn at(position: Position) -> Self {
        Self {
            position,
            events: Vec::new(),
            layouts: Vec::new(),
            waiting: Vec::new(),
        }
    }
}

/// The writer without its threads.
#[derive(Debug)]
pub struct Core<R> {
    state: State,
    rules: Rules,
    /// The durable tail.
    tail: Tail,
    /// The first entry of this writer's term: every reply rests on it.
    term: Position,
    /// The moment of the newest decision, whether it left an event or not.
    newest: Instant,
    in_flight: Option<Batch<R>>,
    building: Batch<R>,
    /// Stored form of `building.events`.
    bytes: BatchBytes,
    lost: bool,
    storage_full: bool,
}

impl<R> Core<R> {
    /// A writer that continues from `state`, which all entries up to `tail` led to.
    #[must_use]
    pub fn new(state: State, rules: Rules, tail: Tail) -> Self {
        assert!(
            state.position().0 <= tail.position.0,
            "the state follows from the journal"
        );
        let building = Batch::at(Position(tail.position.0 + 1));
        let newest = state.time();
        Self {
            state,
            rules,
            tail,
            term: Position(0),
            newest,
            in_flight: None,
            building,
            bytes: BatchBytes::default(),
            lost: false,
            storage_full: false,
        }
    }

    /// What the house is, undurable decisions included.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The durable tail.
    #[must_use]
    pub fn tail(&self) -> Tail {
        self.tail
    }

    /// Whether a commit runs.
    #[must_use]
    pub fn is_committing(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Replies that wait for the batch that is being collected.
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        self.building.waiting.len()
    }

    /// Whether something waits to be sealed.
    #[must_use]
    pub fn has_batch(&self) -> bool {
        !self.building.events.is_empty()
    }

    /// Whether the batch takes no more commands.
    #[must_use]
    pub fn batch_is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES_SOFT_MAX
    }

    /// Whether a commit was lost.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// Below the free-space limit nothing new is written; reads go on.
    pub fn set_storage_full(&mut self, full: bool) {
        self.storage_full = full;
    }

    /// Opens the house if it is new, and starts a writer's term: the first entry of each writer.
    pub fn open(&mut self, opened: HouseOpened, moment: Moment) {
        let now = self.next_moment(moment);
        self.term = now.position;
        let from = self.building.events.len();
        open(&mut self.state, opened, now, &mut self.building.events);
        self.encode_from(from);
    }

    /// Decides one request. Its outcome is in `out` at once or after the commit that it waits for.
    /// `queue_us` is how long it waited; `clock_us` reads the same clock as `moment.journal_us`.
    /// Returns that clock's reading after the decision.
    pub fn handle(
        &mut self,
        request: &Request,
        to: R,
        moment: Moment,
        queue_us: u32,
        clock_us: &impl Fn() -> u64,
        out: &mut Outbox<R>,
    ) -> u64 {
        if let Some(why) = self.turn_away(request, moment) {
            out.replies.push((to, Err(why)));
            return moment.journal_us;
        }
        let now = self.next_moment(moment);
        let from = self.building.events.len();
        let answer = execute(
            &mut self.state,
            &self.rules,
            &request.command,
            now,
            &mut self.building.events,
        );
        self.encode_from(from);
        let decided_us = clock_us();
        let decide_us = decided_us.saturating_sub(moment.journal_us);
        let decide_us = u32::try_from(decide_us).unwrap_or(u32::MAX);
        let durable = Position(self.tail.position.0);
        let rests_on = answer.rests_on.max(self.term);
        let answered = Answered {
            answer,
            position: rests_on.max(durable),
            index: now.at.0,
            at: now.at,
            timing: Timing {
                queue_us,
                decide_us,
                commit_us: 0,
            },
        };
        self.queue_reply(to, answered, rests_on, decided_us, out);
        decided_us
    }

    /// Why a request is not decided, if so. Nothing happens then.
    fn turn_away(&self, request: &Request, moment: Moment) -> Option<Unavailable> {
        if self.lost {
            return Some(Unavailable::Stopping);
        }
        if request
            .deadline_us
            .is_some_and(|deadline_us| deadline_us < moment.wall_us)
            && !self.is_repeat(request, moment)
        {
            return Some(Unavailable::DeadlinePassed);
        }
        if !self.storage_full || self.is_repeat(request, moment) {
            return None;
        }
        // A read that meets an expired claim would have to write the expiry.
        let writes = !request.command.action.is_read() || {
            let verdict = decide(&self.state, &self.rules, &request.command, self.now(moment));
            matches!(verdict, Verdict::ExpireFirst(_))
        };
        writes.then_some(Unavailable::StorageFull)
    }

    /// Whether the request was decided before under its key: then it is not decided again, and
    /// saying that it never will be would be wrong.
    fn is_repeat(&self, request: &Request, moment: Moment) -> bool {
        match decide(&self.state, &self.rules, &request.command, self.now(moment)) {
            Verdict::Decided(decision) => decision.answer.replayed,
            Verdict::ExpireFirst(_) => false,
        }
    }

    /// W1: sends a reply off, or lets it wait for the batch that it rests on.
    fn queue_reply(
        &mut self,
        to: R,
        answered: Answered,
        rests_on: Position,
        decided_us: u64,
        out: &mut Outbox<R>,
    ) {
        if rests_on.0 <= self.tail.position.0 {
            out.replies.push((to, Ok(answered)));
            return;
        }
        let waiting = Waiting {
            to,
            answered,
            decided_us,
        };
        match &mut self.in_flight {
            Some(batch) if rests_on <= batch.position => batch.waiting.push(waiting),
            _ => {
                assert_eq!(
                    rests_on, self.building.position,
                    "W1: nothing rests on the future"
                );
                assert!(
                    self.has_batch(),
                    "W1: a position that replies wait for gets an entry"
                );
                self.building.waiting.push(waiting);
            }
        }
    }

    /// Writes what is overdue into the batch, at most [`EXPIRIES_PER_BATCH_MAX`]; says how much.
    pub fn expire(&mut self, moment: Moment) -> usize {
        let due = self
            .state
            .next_deadline()
            .is_some_and(|at| at.0 <= moment.journal_us);
        if !due || self.lost || self.storage_full || self.batch_is_full() {
            return 0;
        }
        let now = self.next_moment(moment);
        let from = self.building.events.len();
        let n = expire_due(
            &mut self.state,
            now,
            EXPIRIES_PER_BATCH_MAX,
            &mut self.building.events,
        );
        self.encode_from(from);
        n
    }

    /// Hands the collected batch out for its commit, unless one is running or there is none.
    pub fn seal(&mut self) -> Option<Sealed> {
        if self.lost || self.in_flight.is_some() || self.building.events.is_empty() {
            return None;
        }
        let next = Batch::at(Position(self.building.position.0 + 1));
        let batch = std::mem::replace(&mut self.building, next);
        assert_eq!(
            batch.position.0,
            self.tail.position.0 + 1,
            "W2: on the tail"
        );
        self.in_flight = Some(batch);
        Some(Sealed {
            expected: self.tail,
            payload: self.bytes.finish(),
        })
    }

    /// Takes the end of the running commit: releases what waited for it.
    pub fn committed(&mut self, end: CommitEnd, now_us: u64, out: &mut Outbox<R>) {
        let batch = self.in_flight.take().expect("a commit was running");
        let tail = match end {
            CommitEnd::Durable(tail) => tail,
            CommitEnd::Lost(_) => {
                self.lost = true;
                let building = std::mem::take(&mut self.building.waiting);
                let unknown = batch.waiting.into_iter().chain(building);
                out.replies
                    .extend(unknown.map(|w| (w.to, Err(Unavailable::OutcomeUnknown))));
                return;
            }
        };
        assert_eq!(
            tail.position.0, batch.position.0,
            "W2: the commit of this batch ended"
        );
        self.tail = tail;
        out.layouts.extend(batch.layouts);
        out.entries.push(Arc::new(Committed {
            position: batch.position,
            events: batch.events,
        }));
        for mut waiting in batch.waiting {
            let commit_us = now_us.saturating_sub(waiting.decided_us);
            waiting.answered.timing.commit_us = u32::try_from(commit_us).unwrap_or(u32::MAX);
            out.replies.push((waiting.to, Ok(waiting.answered)));
        }
    }

    /// W4: strictly after everything before, and never behind the clock.
    fn now(&self, moment: Moment) -> Now {
        let at = moment.journal_us.max(self.newest.0 + 1);
        Now {
            at: Instant(at),
            position: self.building.position,
        }
    }

    /// The moment of a decision that is now made.
    fn next_moment(&mut self, moment: Moment) -> Now {
        let now = self.now(moment);
        self.newest = now.at;
        now
    }

    /// Adds the stored form of the events from index `from` on.
    fn encode_from(&mut self, from: usize) {
        for stamped in &self.building.events[from..] {
            self.bytes.push(stamped);
            if let Event::ShowPut(put) = &stamped.event {
                let layout = self.state.layout(put.show).expect("the show was just put");
                self.building.layouts.push(Arc::clone(layout));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use boxoffice_engine::command::{Action, Caller, Command};
    use boxoffice_engine::ids::{Name, Principal};
    use boxoffice_engine::names::Seed;

    const AT: Moment = Moment {
        journal_us: 1_000,
        wall_us: 1_000,
    };

    fn read() -> Request {
        let caller = Caller {
            principal: Principal(0),
            admin: true,
        };
        let action = Action::ReadAccount(Name::new("a").unwrap());
        Request {
            command: Command {
                caller,
                key: None,
                action,
            },
            deadline_us: None,
            queued: std::time::Instant::now(),
        }
    }

    fn opened() -> Core<u32> {
        let mut core = Core::new(State::new(Seed(1)), Rules::standard(), Tail::EMPTY);
        let opened = HouseOpened {
            house: [1; 16],
            secret_print: [2; 16],
        };
        core.open(opened, AT);
        core
    }

    #[test]
    fn decisions_at_one_reading_of_the_clock_get_an_index_each_reads_included() {
        let mut core = opened();
        let mut out = Outbox::default();
        for to in 0..3 {
            core.handle(&read(), to, AT, 0, &|| AT.journal_us, &mut out);
        }
        let sealed = core.seal().unwrap();
        let tail = sealed.expected.extended(&sealed.payload);
        core.committed(CommitEnd::Durable(tail), AT.journal_us, &mut out);
        let indexes = out
            .replies
            .iter()
            .map(|(_, outcome)| outcome.as_ref().unwrap().index);
        assert_eq!(indexes.collect::<Vec<_>>(), [1_001, 1_002, 1_003]);
    }

    /// Otherwise a clock that was set back between two terms puts the newer reply first.
    #[test]
    fn no_reply_leaves_before_the_first_entry_of_its_term() {
        let mut core = opened();
        let mut out = Outbox::default();
        core.handle(&read(), 7, AT, 0, &|| AT.journal_us, &mut out);
        assert!(out.replies.is_empty());
        let sealed = core.seal().unwrap();
        let tail = sealed.expected.extended(&sealed.payload);
        core.committed(CommitEnd::Durable(tail), AT.journal_us, &mut out);
        let (to, outcome) = &out.replies[0];
        assert_eq!((*to, outcome.as_ref().unwrap().position), (7, Position(1)));
    }
}
