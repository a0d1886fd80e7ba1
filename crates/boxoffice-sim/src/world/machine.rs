//! The machine that the house runs on: the real inbox, the real writer without its threads, a disk,
//! and clocks. It crashes, recovers and goes on.
//!
//! One [`Machine::wake`] is one turn of the deciding thread of the real writer, in the same order:
//! take the end of the commit, decide what waits, expire what is due, seal, deliver.

use std::cell::Cell;
use std::collections::BTreeMap;

use boxoffice_engine::command::Command;
use boxoffice_engine::decide::{Now, Rules, Verdict, decide};
use boxoffice_engine::event::HouseOpened;
use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants;
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::{Answer, Reply};
use boxoffice_engine::snapshot::to_snapshot;
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;
use boxoffice_journal::snapshot::Snapshot;
use boxoffice_writer::core::{CommitEnd, Core, Moment, Outbox};
use boxoffice_writer::mailbox::Mailbox;
use boxoffice_writer::recovery::recover;
use boxoffice_writer::request::{Answered, Outcome, Request, Timing, Unavailable};

use super::bugs::Bug;
use super::disk::Disk;
use super::sabotage::Saboteur;
use crate::history::Run;
use crate::model::words::Us;
use crate::rng::Rng;

/// Where an outcome goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    /// The call.
    pub(super) call: usize,
    /// Nobody waits for it: a bug asked, or a bug answered already.
    pub(super) ghost: bool,
}

/// What a turn of the writer led to.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) replies: Vec<(To, Outcome)>,
    /// A commit began.
    pub(super) sealed: bool,
    /// The process ended, because it was told to or because a commit was lost.
    pub(super) ended: bool,
    /// When something is due, in true time.
    pub(super) due: Option<Us>,
}

/// A running process.
struct Process {
    core: Core<To>,
    mailbox: Mailbox<To>,
    /// The end of the commit, not yet taken.
    committed: Option<CommitEnd>,
    backlog: Vec<(Request, To)>,
    started: Us,
    base: Us,
    /// The newest reading of its clock.
    read: Cell<Us>,
}

/// The machine.
pub(super) struct Machine {
    pub(super) disk: Disk,
    process: Option<Process>,
    rules: Rules,
    snapshots: Vec<Snapshot>,
    /// The stored form of the state that the last orderly end left.
    left: Option<Vec<u8>>,
    pub(super) runs: Vec<Run>,
    /// What the wall clock is ahead of true time.
    pub(super) wall_ahead: i64,
    tick_us: Us,
    commit_fails: u32,
    saboteur: Option<Saboteur>,
    rng: Rng,
    /// Requests carry the moment of their queueing, which nothing here looks at.
    epoch: std::time::Instant,
}

impl Machine {
    pub(super) fn new(rules: Rules, tick_us: Us, seed: u64, bug: Option<Bug>) -> Self {
        Self {
            disk: Disk::new(),
            process: None,
            rules,
            snapshots: Vec::new(),
            left: None,
            runs: Vec::new(),
            wall_ahead: 0,
            // Bugs foresee the moment of a decision, which takes a clock that moves.
            tick_us: if bug.is_some() {
                tick_us.max(1)
            } else {
                tick_us
            },
            commit_fails: 0,
            saboteur: bug.map(|bug| Saboteur::new(bug, seed)),
            rng: Rng::new(seed, 2),
            epoch: std::time::Instant::now(),
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.process.is_some()
    }

    pub(super) fn is_committing(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(|process| process.core.is_committing())
    }

    /// Whether nothing is on its way to the disk.
    pub(super) fn is_at_rest(&self) -> bool {
        self.process.as_ref().is_some_and(|process| {
            let core = &process.core;
            !core.is_committing() && !core.has_batch() && process.mailbox.depth() == 0
        })
    }

    pub(super) fn run(&self) -> u32 {
        u32::try_from(self.runs.len()).expect("few runs") - 1
    }

    pub(super) fn set_commit_fails(&mut self, per_mille: u32) {
        self.commit_fails = per_mille;
    }

    pub(super) fn set_storage_full(&self, full: bool) {
        if let Some(process) = &self.process {
            process
                .mailbox
                .set_free_bytes(if full { 1 } else { u64::MAX }, full);
        }
    }

    /// A request arrives at the inbox.
    pub(super) fn arrive(
        &mut self,
        command: Command,
        deadline_us: Option<Us>,
        call: usize,
    ) -> Result<(), Unavailable> {
        let Some(process) = &self.process else {
            return Err(Unavailable::Stopping);
        };
        let mut request = Request {
            command,
            deadline_us,
            queued: self.epoch,
        };
        if let Some(saboteur) = &mut self.saboteur {
            saboteur.note(&mut request, call);
        }
        let sent = process.mailbox.send(request, To { call, ghost: false });
        sent.map_err(|(why, _)| why)
    }

    /// The running commit ends; its process has to be woken.
    pub(super) fn commit_ends(&mut self, now: Us) {
        let end = match self.disk.end(now) {
            Ok(tail) => CommitEnd::Durable(tail),
            Err(why) => CommitEnd::Lost(why),
        };
        let process = self.process.as_mut().expect("the commit's process runs");
        process.committed = Some(end);
    }

    /// Lets nothing in any more; the process ends once all is answered.
    pub(super) fn stop(&self) {
        if let Some(process) = &self.process {
            process.mailbox.close();
        }
    }

    /// Everything stops at once. Answers that were not sent are never sent.
    pub(super) fn crash(&mut self, now: Us) {
        self.process = None;
        self.disk.crash(now, &mut self.rng);
        if let Some(saboteur) = &mut self.saboteur
            && saboteur.loses_entries()
        {
            self.disk.forget_newest();
            let kept = self.disk.mark;
            self.snapshots
                .retain(|snapshot| snapshot.tail.position <= kept);
        }
    }

    /// One turn of the deciding thread.
    pub(super) fn wake(&mut self, now: Us) -> Turn {
        let mut turn = Turn::default();
        let Some(process) = &mut self.process else {
            return turn;
        };
        let mut out = Outbox::default();
        let committed = process.committed.take();
        let arrived = process.mailbox.take();
        let idle = arrived.is_empty() && process.mailbox.depth() == 0;
        let finished = idle && process.mailbox.is_closed();
        let wall_us = now.saturating_add_signed(self.wall_ahead);
        match committed {
            None => {}
            Some(end @ CommitEnd::Lost(_)) => {
                process.mailbox.close();
                process
                    .core
                    .committed(end, process.moment(now, wall_us).journal_us, &mut out);
                let undecided = std::mem::take(&mut process.backlog).into_iter();
                for (_, to) in undecided.chain(arrived).chain(process.mailbox.drain()) {
                    out.replies.push((to, Err(Unavailable::Stopping)));
                }
                turn.replies = out.replies;
                turn.ended = true;
                self.process = None;
                return turn;
            }
            Some(end) => {
                process
                    .core
                    .committed(end, process.moment(now, wall_us).journal_us, &mut out);
            }
        }
        let (full, _) = process.mailbox.storage_full();
        process.core.set_storage_full(full);
        self.decide_all(arrived, now, wall_us, &mut out);
        let process = self.process.as_mut().expect("it runs still");
        process.core.expire(process.moment(now, wall_us));
        if let Some(sealed) = process.core.seal() {
            let run = u32::try_from(self.runs.len()).expect("few runs") - 1;
            self.disk
                .begin(sealed, self.commit_fails, run, &mut self.rng);
            turn.sealed = true;
        }
        let done = finished && process.backlog.is_empty();
        turn.ended = done && !process.core.is_committing() && !process.core.has_batch();
        turn.due = process
            .core
            .state()
            .next_deadline()
            .map(|at| process.started + at.0.saturating_sub(process.base));
        turn.replies = out.replies;
        if turn.ended {
            self.left = Some(to_snapshot(process.core.state()));
            self.process = None;
        }
        turn
    }

    /// Decides what waits, until the batch is full.
    fn decide_all(
        &mut self,
        arrived: Vec<(Request, To)>,
        now: Us,
        wall_us: Us,
        out: &mut Outbox<To>,
    ) {
        let Some(process) = &mut self.process else {
            return;
        };
        let mut requests = std::mem::take(&mut process.backlog);
        requests.extend(arrived);
        let mut requests = requests.into_iter();
        while !process.core.batch_is_full() {
            let Some((request, to)) = requests.next() else {
                break;
            };
            let moment = process.moment(now, wall_us);
            let tick_us = self.tick_us;
            let read = &process.read;
            let clock_us = || {
                read.set(read.get() + tick_us);
                read.get()
            };
            match &mut self.saboteur {
                None => {
                    process.core.handle(&request, to, moment, 0, &clock_us, out);
                }
                Some(saboteur) => {
                    let at = At {
                        core: &mut process.core,
                        rules: &self.rules,
                        moment,
                    };
                    saboteur.handle(at, request, to, &clock_us, out);
                }
            }
        }
        process.backlog.extend(requests);
    }

    /// The outcome as it leaves.
    pub(super) fn gloss_over(&mut self, to: To, outcome: Outcome) -> Outcome {
        match (&mut self.saboteur, outcome) {
            (Some(saboteur), Ok(answered)) => Ok(saboteur.gloss_over(to.call, answered)),
            (_, outcome) => outcome,
        }
    }

    /// Recovers from the disk and runs again.
    ///
    /// # Errors
    /// What is wrong with what was recovered.
    pub(super) fn start(&mut self, now: Us, seed: u64) -> Result<(), String> {
        let tail = self.disk.reopen()?;
        let state = self.recovered(seed)?;
        if state.position().0 != tail.position.0 {
            return Err(format!("recovered to {}, not to {tail}", state.position()));
        }
        if let Some(left) = self.left.take()
            && left != to_snapshot(&state)
        {
            return Err("the journal tells another state than the writer left".into());
        }
        let wall_us = now.saturating_add_signed(self.wall_ahead);
        let base = wall_us.max(state.time().0);
        let mut core = Core::new(state, self.rules.clone(), tail);
        let opened = HouseOpened {
            house: [7; 16],
            secret_print: [8; 16],
        };
        core.open(
            opened,
            Moment {
                journal_us: base,
                wall_us,
            },
        );
        self.runs.push(Run { started: now, base });
        self.process = Some(Process {
            core,
            mailbox: Mailbox::default(),
            committed: None,
            backlog: Vec::new(),
            started: now,
            base,
            read: Cell::new(base),
        });
        Ok(())
    }

    /// Replays the journal, from the newest snapshot and from its beginning: both must agree and
    /// keep every invariant.
    pub(super) fn recovered(&self, seed: u64) -> Result<State, String> {
        let replay = |snapshot: Option<&Snapshot>, seed| {
            let replayed = recover(&mut *self.disk.reader(), snapshot, Seed(seed), |_| {});
            replayed.map_err(|error| format!("recovery failed: {error}"))
        };
        let (whole, _) = replay(None, seed)?;
        invariants::check(&whole).map_err(|broken| format!("after recovery: {broken}"))?;
        if let Some(snapshot) = self.snapshots.last() {
            let (fast, _) = replay(Some(snapshot), seed ^ 1)?;
            if to_snapshot(&fast) != to_snapshot(&whole) {
                return Err(format!(
                    "the snapshot at {} and the journal tell different states",
                    snapshot.tail.position
                ));
            }
        }
        Ok(whole)
    }

    /// Compares the writer's state at rest with what its journal tells.
    pub(super) fn check_at_rest(&self) -> Result<(), String> {
        let process = self.process.as_ref().expect("the machine is up at rest");
        let told = to_snapshot(&self.recovered(5)?);
        if told == to_snapshot(process.core.state()) {
            Ok(())
        } else {
            Err("at rest, the journal tells another state than the writer has".into())
        }
    }

    /// Writes a snapshot as the real thread does: by a second replay.
    pub(super) fn take_snapshot(&mut self) -> Result<(), String> {
        if !self.is_up() {
            return Ok(());
        }
        let mut reader = self.disk.reader();
        let last = self.snapshots.last();
        let replayed = recover(&mut *reader, last, Seed(1), |_| {});
        let (state, _) = replayed.map_err(|error| format!("snapshot: {error}"))?;
        let at = boxoffice_journal::Position(state.position().0);
        let read = reader.read(at, 1, 1).map_err(|error| error.to_string())?;
        let Some(entry) = read.first() else {
            return Ok(());
        };
        self.snapshots.push(Snapshot {
            tail: entry.tail(),
            payload: to_snapshot(&state),
        });
        if self.snapshots.len() > boxoffice_journal::snapshot::SNAPSHOTS_KEPT {
            self.snapshots.remove(0);
        }
        Ok(())
    }

    /// How often the bug that is switched on had its effect.
    pub(super) fn n_sabotaged(&self) -> u64 {
        self.saboteur.as_ref().map_or(0, Saboteur::n_done)
    }
}

impl Process {
    /// The clocks as they are now; journal time never runs backwards.
    fn moment(&self, now: Us, wall_us: Us) -> Moment {
        let clock = self.base + (now - self.started);
        self.read.set(self.read.get().max(clock));
        Moment {
            journal_us: self.read.get(),
            wall_us,
        }
    }
}

/// The writer and the moment at which it decides, for bugs.
pub(super) struct At<'a> {
    pub(super) core: &'a mut Core<To>,
    rules: &'a Rules,
    pub(super) moment: Moment,
}

impl At<'_> {
    /// What the writer will answer, unless it has to expire something first.
    pub(super) fn foresee(&self, command: &Command) -> Option<Answered> {
        let state = self.core.state();
        let at = Instant(self.moment.journal_us.max(state.time().0 + 1));
        let durable = Position(self.core.tail().position.0);
        let position = Position(durable.0 + 1 + u64::from(self.core.is_committing()));
        let Verdict::Decided(decision) = decide(state, self.rules, command, Now { at, position })
        else {
            return None;
        };
        let answer: Answer = decision.answer;
        Some(Answered {
            position: answer.rests_on.max(durable),
            answer,
            index: at.0,
            at,
            timing: Timing::default(),
        })
    }
}

/// Whether an answer is a refusal.
pub(super) fn is_refusal(answered: &Answered) -> bool {
    matches!(answered.answer.reply, Reply::Refused(_))
}

/// Notes about calls, kept only while a bug is switched on.
pub(super) type Notes<T> = BTreeMap<usize, T>;
