//! Switches one bug on: stands between the inbox and the writer, and changes what passes.

use std::collections::{BTreeMap, BTreeSet};

use boxoffice_engine::command::{
    Action, Caller, Command, Hold, PlaceOrder, ReleaseSeat, Restock, SeatKey, Want,
};
use boxoffice_engine::ids::Principal;
use boxoffice_engine::reply::{Answer, Refusal, Reply, Rule, SeatStatus};
use boxoffice_writer::core::Outbox;
use boxoffice_writer::request::{Answered, Request};

use super::bugs::Bug;
use super::machine::{At, Notes, To, is_refusal};
use crate::rng::Rng;

/// One bug at work.
pub(super) struct Saboteur {
    bug: Bug,
    rng: Rng,
    seen_keys: BTreeSet<[u8; 16]>,
    ttls_ms: Notes<u64>,
    reads: Notes<String>,
    old_answers: BTreeMap<String, Answer>,
    n_done: u64,
}

impl Saboteur {
    pub(super) fn new(bug: Bug, seed: u64) -> Self {
        Self {
            bug,
            rng: Rng::new(seed, 3),
            seen_keys: BTreeSet::new(),
            ttls_ms: Notes::new(),
            reads: Notes::new(),
            old_answers: BTreeMap::new(),
            n_done: 0,
        }
    }

    pub(super) fn n_done(&self) -> u64 {
        self.n_done
    }

    /// A request passes on its way into the inbox.
    pub(super) fn note(&mut self, request: &mut Request, call: usize) {
        let command = &mut request.command;
        let repeated = command
            .key
            .is_some_and(|key| !self.seen_keys.insert(key.scope));
        if let Action::Hold(Hold {
            ttl_ms: Some(ttl_ms),
            ..
        }) = &command.action
        {
            self.ttls_ms.insert(call, *ttl_ms);
        }
        if command.action.is_read() {
            self.reads
                .insert(call, format!("{:?}{:?}", command.caller, command.action));
        }
        self.bug.twist(command, repeated);
        if self.bug == Bug::IgnoredDeadline {
            request.deadline_us = None;
        }
    }

    /// Whether this crash takes an acknowledged entry with it.
    pub(super) fn loses_entries(&mut self) -> bool {
        let loses = self.bug == Bug::AcknowledgedThenLost && self.rng.chance(500);
        self.n_done += u64::from(loses);
        loses
    }

    /// A request passes on its way from the inbox to the writer.
    pub(super) fn handle(
        &mut self,
        at: At<'_>,
        request: Request,
        mut to: To,
        clock_us: &impl Fn() -> u64,
        out: &mut Outbox<To>,
    ) {
        let ghost = To {
            call: to.call,
            ghost: true,
        };
        let mut moment = at.moment;
        if self.answers_early() && self.rng.chance(300) {
            let foreseen = at.foresee(&request.command).filter(|answered| {
                let early = at.core.tail().position.0 < answered.answer.rests_on.0;
                early && (self.bug == Bug::AnswerBeforeCommit || is_refusal(answered))
            });
            if let Some(answered) = foreseen {
                self.n_done += 1;
                out.replies.push((to, Ok(answered)));
                to = ghost;
            }
        }
        for command in self.before(&at, &request.command) {
            self.n_done += 1;
            let forged = Request {
                command,
                deadline_us: None,
                queued: request.queued,
            };
            moment.journal_us = at.core.handle(&forged, ghost, moment, 0, clock_us, out);
        }
        at.core.handle(&request, to, moment, 0, clock_us, out);
    }

    fn answers_early(&self) -> bool {
        matches!(self.bug, Bug::AnswerBeforeCommit | Bug::RefusalBeforeCause)
    }

    /// Commands that nobody sent, decided before this one.
    fn before(&mut self, at: &At<'_>, command: &Command) -> Vec<Command> {
        let refusal = match self.bug {
            Bug::DoubleGrant | Bug::OversellByOne if self.rng.chance(300) => at.foresee(command),
            _ => None,
        };
        let Some(Reply::Refused(Refusal {
            rule, conflicts, ..
        })) = refusal.map(|r| r.answer.reply)
        else {
            return Vec::new();
        };
        let forged = |action| Command {
            caller: Caller {
                principal: Principal(0),
                admin: true,
            },
            key: None,
            action,
        };
        match (self.bug, rule, &command.action) {
            (
                Bug::DoubleGrant,
                Rule::SeatUnavailable,
                Action::Hold(Hold {
                    show,
                    want: Want::Seats(_),
                    ..
                }),
            ) => {
                let held = conflicts.iter().filter(|c| c.status == SeatStatus::Held);
                let release = |seat| ReleaseSeat {
                    show: show.clone(),
                    seat: SeatKey::Index(seat),
                    bookings_only: false,
                };
                held.map(|c| forged(Action::ReleaseSeat(release(c.seat))))
                    .collect()
            }
            (
                Bug::OversellByOne,
                Rule::SoldOut(_),
                Action::PlaceOrder(PlaceOrder { items, .. }),
            ) => {
                let more = |product| {
                    Action::Restock(Restock {
                        product,
                        quantity: 1,
                    })
                };
                items
                    .iter()
                    .map(|(product, _)| forged(more(product.clone())))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// An answer passes on its way out.
    pub(super) fn gloss_over(&mut self, call: usize, mut answered: Answered) -> Answered {
        self.bug
            .gloss_over(&mut answered, self.ttls_ms.get(&call).copied());
        if self.bug == Bug::StaleRead
            && let Some(read) = self.reads.get(&call)
        {
            let old = self
                .old_answers
                .insert(read.clone(), answered.answer.clone());
            if let Some(old) = old.filter(|_| self.rng.chance(300)) {
                self.n_done += u64::from(old != answered.answer);
                answered.answer = old;
            }
        }
        answered
    }
}
