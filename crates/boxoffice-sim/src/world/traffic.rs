//! What passes between the clients and the machine: calls, answers, and what becomes of both.

use boxoffice_writer::request::{Outcome, Unavailable};

use super::client::Wish;
use super::events::{Event, World};
use super::machine::To;
use super::plan::about;
use super::{read, wire};
use crate::history::{Call, End};
use crate::model::words::{Ask, Us};
use crate::model::{Asker, Request, Told};

/// Attempts that a client makes under one key.
const ATTEMPTS_MAX: u32 = 8;
/// Readers of the one crowd that overruns the inbox.
const FLOOD: u64 = 17_000;
/// How often the writer looks around while nothing is due.
const IDLE_US: Us = 100_000;

impl World {
    pub(super) fn act(&mut self, client: usize) {
        if self.clients[client].wish.is_none() {
            if !self.is_open() || self.next_op > self.plan.ops_max {
                return self.close_if_done();
            }
            let op = self.next_op;
            self.next_op += 1;
            let wish = self.clients[client].next(op, &self.plan, self.now);
            self.clients[client].wish = Some(wish);
        }
        let wish = self.clients[client].wish.clone().expect("set above");
        let call = self.send(wish.op, client, wish.request, wish.deadline);
        let patience_us = self.clients[client].patience_us();
        let wish = self.clients[client].wish.as_mut().expect("set above");
        wish.call = call;
        wish.attempt += 1;
        self.at(self.now + patience_us, Event::GivesUp { client, call });
    }

    /// Sends one call on its way; it may be lost, or arrive twice.
    pub(super) fn send(
        &mut self,
        op: u64,
        client: usize,
        request: Request,
        deadline: Option<Us>,
    ) -> usize {
        let call = self.history.calls.len();
        self.note(|| format!("client {client} call {call} op {op}: {request:?}"));
        let weather = self.plan.weather.clone();
        let open = self.is_open();
        let lost = open && self.rng.chance(weather.message_lost);
        let may_repeat = request.key.is_some() || request.ask.is_read();
        let twice = open && may_repeat && self.rng.chance(weather.message_twice);
        let deliveries = u32::from(!lost) + u32::from(twice);
        let first = (!lost).then(|| about(&mut self.rng, weather.message_us));
        let second = twice.then(|| self.rng.within(1_000, 8_000_000));
        for wait_us in first.into_iter().chain(second) {
            self.at(self.now + 1 + wait_us, Event::Arrives(call));
        }
        let sent = self.now;
        let end = End::Unknown;
        let client = u32::try_from(client).expect("few clients");
        self.history.calls.push(Call {
            op,
            client,
            request,
            deadline,
            sent,
            deliveries,
            end,
        });
        call
    }

    pub(super) fn gives_up(&mut self, client: usize, call: usize) {
        if self.clients[client]
            .wish
            .as_ref()
            .is_some_and(|wish| wish.call == call)
        {
            self.note(|| format!("client {client} call {call}: no answer"));
            self.ask_again(client, false);
        }
    }

    /// Nothing is known, or it is known that nothing happened: ask again if that is safe.
    fn ask_again(&mut self, client: usize, certain: bool) {
        let patient = self.clients[client].wish.as_ref().is_some_and(|wish| {
            let safe = certain || wish.request.key.is_some() || wish.request.ask.is_read();
            safe && wish.attempt < ATTEMPTS_MAX
        });
        let attempt = self.clients[client]
            .wish
            .as_ref()
            .map_or(0, |wish| wish.attempt);
        let wait_us = self.clients[client].backoff_us(attempt);
        if !patient {
            self.clients[client].wish = None;
        } else if let Some(wish) = &mut self.clients[client].wish {
            // Nobody answers this call any more.
            wish.call = usize::MAX;
        }
        self.at(self.now + wait_us, Event::Act(client));
    }

    pub(super) fn answered(&mut self, call: usize, end: End) {
        let client = self.history.calls[call].client as usize;
        let scripted = client == self.clients.len();
        let waits = |wish: &Wish| wish.call == call;
        let awaited = scripted
            || self
                .clients
                .get(client)
                .is_some_and(|c| c.wish.as_ref().is_some_and(waits));
        let flooding = client > self.clients.len();
        if !awaited && !flooding {
            return;
        }
        self.note(|| format!("call {call}: {end:?}"));
        self.history.calls[call].end = end.clone();
        if flooding {
            return;
        }
        if scripted {
            if !matches!(end, End::Told { .. }) {
                self.broken = Some(format!("without any fault, call {call} ended as {end:?}"));
            }
            return self.at(self.now + 1, Event::Script);
        }
        match end {
            End::Told { told, .. } => {
                self.clients[client].learn(&told.answer);
                self.clients[client].wish = None;
                let wait_us = self.clients[client].think_us(self.plan.think_us);
                self.at(self.now + wait_us, Event::Act(client));
            }
            End::TurnedAway("the deadline had passed") => {
                self.clients[client].wish = None;
                self.at(self.now + 1_000, Event::Act(client));
            }
            End::TurnedAway(_) => self.ask_again(client, true),
            End::Unknown => self.ask_again(client, false),
        }
    }

    /// More readers at once than the inbox has room for.
    pub(super) fn flood(&mut self) {
        if !self.is_open() {
            return;
        }
        let client = self.clients.len() + 1;
        let client = u32::try_from(client).expect("few clients");
        for _ in 0..FLOOD {
            let asker = Asker {
                principal: 0,
                admin: true,
            };
            let request = Request {
                asker,
                key: None,
                ask: Ask::ReadProduct(0),
            };
            let call = self.history.calls.len();
            let (sent, end) = (self.now, End::Unknown);
            let new = Call {
                op: 0,
                client,
                request,
                deadline: None,
                sent,
                deliveries: 1,
                end,
            };
            self.history.calls.push(new);
            self.arrives(call);
        }
    }

    pub(super) fn arrives(&mut self, call: usize) {
        let sent = &self.history.calls[call];
        let command = wire::command(&sent.request);
        let deadline = sent.deadline;
        if !self.machine.is_up() {
            return self.reply(call, End::TurnedAway("nobody listens"));
        }
        match self.machine.arrive(command, deadline, call) {
            Ok(()) => {
                if !self.machine.is_committing() || self.rng.chance(200) {
                    self.wake_soon();
                }
            }
            Err(why) => self.reply(call, turned_away(why)),
        }
    }

    fn reply(&mut self, call: usize, end: End) {
        let lost = self.is_open() && self.rng.chance(self.plan.weather.message_lost);
        if !lost {
            let wait_us = 1 + about(&mut self.rng, self.plan.weather.message_us);
            let time = self.now + wait_us;
            let end = match end {
                End::Told {
                    told,
                    position,
                    index,
                    run,
                    ..
                } => End::Told {
                    returned: time,
                    told,
                    position,
                    index,
                    run,
                },
                end => end,
            };
            self.at(
                time,
                Event::Answers {
                    call,
                    end: Box::new(end),
                },
            );
        }
    }

    pub(super) fn wake_soon(&mut self) {
        if self.machine.is_up() {
            let wait_us = self.rng.within(1, 40);
            self.at(self.now + wait_us, Event::Wake(self.machine.run()));
        }
    }

    pub(super) fn wake(&mut self) {
        let run = self.machine.run();
        let turn = self.machine.wake(self.now);
        for (to, outcome) in turn.replies {
            self.deliver(to, outcome, run);
        }
        if turn.sealed {
            let weather = &self.plan.weather;
            let slow = self.rng.chance(weather.commit_slow);
            let mean_us = if slow {
                weather.commit_us * 25
            } else {
                weather.commit_us
            };
            let wait_us = 1 + about(&mut self.rng, mean_us);
            self.at(self.now + wait_us, Event::CommitEnds(run));
            self.wake_soon();
        }
        if turn.ended {
            self.note(|| format!("run {run} ended"));
            self.restart_later();
        } else if let Some(due) = turn.due
            && !self.machine.is_committing()
            && self.wake_at != Some(due)
        {
            // What is due but may not be written is looked at again later.
            let late = due <= self.now;
            self.wake_at = (!late).then_some(due);
            let time = if late { self.now + IDLE_US } else { due };
            self.at(time, Event::Wake(run));
        }
    }

    fn deliver(&mut self, to: To, outcome: Outcome, run: u32) {
        if to.ghost {
            return;
        }
        let end = match self.machine.gloss_over(to, outcome) {
            Err(why) => turned_away(why),
            Ok(answered) => {
                let Some(answer) = read::answer(&answered.answer.reply) else {
                    self.broken = Some(format!("cannot read {:?}", answered.answer.reply));
                    return;
                };
                let told = Told {
                    answer,
                    replayed: answered.answer.replayed,
                };
                let (position, index) = (answered.position.0, answered.index);
                End::Told {
                    returned: 0,
                    told,
                    position,
                    index,
                    run,
                }
            }
        };
        self.reply(to.call, end);
    }

    pub(super) fn restart_later(&mut self) {
        let wait_us = self.rng.within(1_000, 3_000_000);
        self.at(self.now + wait_us, Event::Restart);
    }

    pub(super) fn restart(&mut self) {
        if self.machine.is_up() {
            return;
        }
        if self.is_open() && self.rng.chance(300) {
            self.wall_steps();
        }
        let fails = if self.is_open() {
            self.plan.weather.commit_fails
        } else {
            0
        };
        self.machine.set_commit_fails(fails);
        let seed = self.rng.number();
        self.broken = self.machine.start(self.now, seed).err();
        self.note(|| "started".into());
        if self.broken.is_none() {
            self.machine.set_storage_full(self.storage_full);
            self.wake_at = None;
            self.wake();
        }
    }

    pub(super) fn wall_steps(&mut self) {
        let step_us = i64::try_from(self.rng.below(20_000_000)).expect("small") - 10_000_000;
        self.machine.wall_ahead =
            (self.machine.wall_ahead + step_us).clamp(-30_000_000, 30_000_000);
        self.history.wall.push((self.now, self.machine.wall_ahead));
        self.note(|| format!("the wall clock steps by {step_us}"));
    }
}

fn turned_away(why: Unavailable) -> End {
    match why {
        Unavailable::Overloaded { .. } => End::TurnedAway("the inbox is full"),
        Unavailable::StorageFull => End::TurnedAway("the storage is full"),
        Unavailable::DeadlinePassed => End::TurnedAway("the deadline had passed"),
        Unavailable::Stopping => End::TurnedAway("the server is stopping"),
        Unavailable::OutcomeUnknown => End::Unknown,
    }
}
