//! The loop over virtual time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boxoffice_engine::decide::Rules;
use boxoffice_engine::event::take_batch;
use boxoffice_writer::request::{Outcome, Unavailable};

use super::bugs::Bug;
use super::client::{Client, Wish};
use super::machine::{Machine, To};
use super::plan::{Faults, Plan, START, about};
use super::{read, script, wire};
use crate::history::{Call, End, Entry, History};
use crate::model::words::{Ask, Us};
use crate::model::{Asker, HouseRules, Request, Told};
use crate::rng::Rng;

/// Attempts that a client makes under one key.
const ATTEMPTS_MAX: u32 = 8;
/// Readers of the one crowd that overruns the inbox.
const FLOOD: u64 = 17_000;
/// Steps after which a world that does not come to rest is given up.
const STEPS_MAX: u64 = 2_000_000;
/// How often the writer looks around while nothing is due.
const IDLE_US: Us = 100_000;

/// What happens next.
#[derive(Debug, Clone)]
enum Event {
    /// A client begins something, or asks again.
    Act(usize),
    /// A call's patience is over.
    GivesUp { client: usize, call: usize },
    /// A message reaches the machine.
    Arrives(usize),
    /// An answer reaches its client.
    Answers { call: usize, end: Box<End> },
    /// The writer wakes.
    Wake(u32),
    /// The running commit ends.
    CommitEnds(u32),
    Crash,
    Stop,
    Restart,
    WallSteps,
    StorageFills(bool),
    Snapshot,
    Flood,
    /// The next line of a script.
    Script,
}

/// What the world is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Open,
    /// Clients are done; messages still fly.
    Closing,
    Audit,
    Clearance,
    Rest,
}

/// What a run of the world left behind.
#[derive(Debug)]
pub struct Lived {
    /// For the judge.
    pub history: History,
    /// The settings that the model needs.
    pub rules: HouseRules,
    /// What the machine itself found wrong, if anything.
    pub broken: Option<String>,
    /// Everything that happened, a line each; empty unless asked for.
    pub trace: String,
    /// How often the bug that was switched on had its effect where that can be counted.
    pub n_sabotaged: u64,
}

struct World {
    plan: Plan,
    phase: Phase,
    now: Us,
    n_events: u64,
    events: BTreeMap<(Us, u64), Event>,
    machine: Machine,
    clients: Vec<Client>,
    history: History,
    next_op: u64,
    storage_full: bool,
    wake_at: Option<Us>,
    script: std::vec::IntoIter<Ask>,
    rng: Rng,
    broken: Option<String>,
    trace: Option<String>,
}

/// Lives through the world of a seed.
#[must_use]
pub fn live(seed: u64, faults: Option<Faults>, bug: Option<Bug>, traced: bool) -> Lived {
    let plan = Plan::new(seed, faults);
    let rules = Rules {
        key_effect_ms: plan.rules.key_effect_ms,
        key_refusal_ms: plan.rules.key_refusal_ms,
        order_ttl_ms: plan.rules.order_ttl_ms,
        ..Rules::standard()
    };
    let clients = (0..plan.n_clients).map(|number| Client::new(number, &plan, seed)).collect();
    let mut world = World {
        machine: Machine::new(rules, plan.weather.tick_us, seed, bug),
        script: script::opening(&plan).into_iter(),
        phase: Phase::Opening,
        now: START,
        n_events: 0,
        events: BTreeMap::new(),
        clients,
        history: History { wall: vec![(0, 0)], ..History::default() },
        next_op: 1,
        storage_full: false,
        wake_at: None,
        rng: Rng::new(seed, 4),
        broken: None,
        trace: traced.then(String::new),
        plan,
    };
    world.at(START, Event::Restart);
    world.at(START + 10, Event::Script);
    world.run();
    world.leave()
}

impl World {
    fn at(&mut self, time: Us, event: Event) {
        self.n_events += 1;
        self.events.insert((time.max(self.now), self.n_events), event);
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let line = line();
            writeln!(trace, "{:>12} {line}", self.now - START).expect("text can be written");
        }
    }

    fn run(&mut self) {
        let mut n_steps = 0;
        while let Some(((time, _), event)) = self.events.pop_first() {
            self.now = time;
            self.step(event);
            n_steps += 1;
            if n_steps > STEPS_MAX {
                self.broken = Some("the world does not come to rest".into());
            }
            if self.broken.is_some() || self.phase == Phase::Rest {
                break;
            }
        }
        if self.broken.is_none() {
            self.broken = self.machine.check_at_rest().err();
        }
    }

    fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    fn step(&mut self, event: Event) {
        match event {
            Event::Act(client) => self.act(client),
            Event::GivesUp { client, call } => self.gives_up(client, call),
            Event::Arrives(call) => self.arrives(call),
            Event::Answers { call, end } => self.answered(call, *end),
            Event::Wake(run) => {
                if self.machine.is_up() && self.machine.run() == run {
                    self.wake();
                }
            }
            Event::CommitEnds(run) => {
                if self.machine.is_up() && self.machine.run() == run {
                    self.machine.commit_ends(self.now);
                    self.wake();
                }
            }
            Event::Crash => {
                if self.is_open() {
                    self.note(|| "crash".into());
                    if self.machine.is_up() {
                        self.machine.crash(self.now);
                        self.restart_later();
                    }
                    self.again(self.plan.weather.crash_every_us, Event::Crash);
                }
            }
            Event::Stop => {
                if self.is_open() {
                    self.note(|| "stop".into());
                    self.machine.stop();
                    self.wake_soon();
                    self.again(self.plan.weather.restart_every_us, Event::Stop);
                }
            }
            Event::Restart => self.restart(),
            Event::WallSteps => {
                if self.is_open() {
                    self.wall_steps();
                    self.again(self.plan.weather.wall_step_every_us, Event::WallSteps);
                }
            }
            Event::StorageFills(full) => {
                self.storage_full = full && self.is_open();
                self.machine.set_storage_full(self.storage_full);
                let every_us = self.plan.weather.storage_full_every_us;
                let wait_us = if full { 1_000_000 } else { every_us };
                if self.is_open() {
                    self.again(wait_us, Event::StorageFills(!full));
                }
            }
            Event::Snapshot => {
                if self.is_open() {
                    self.broken = self.machine.take_snapshot().err();
                    self.again(4_000_000, Event::Snapshot);
                }
            }
            Event::Flood => self.flood(),
            Event::Script => self.read_script(),
        }
    }

    /// The same again after about this time; never if the time is 0.
    fn again(&mut self, mean_us: Us, event: Event) {
        if mean_us > 0 {
            let wait_us = 1 + about(&mut self.rng, mean_us);
            self.at(self.now + wait_us, event);
        }
    }

    // The clients.

    fn act(&mut self, client: usize) {
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
    fn send(&mut self, op: u64, client: usize, request: Request, deadline: Option<Us>) -> usize {
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
        self.history.calls.push(Call { op, client, request, deadline, sent, deliveries, end });
        call
    }

    fn gives_up(&mut self, client: usize, call: usize) {
        if self.clients[client].wish.as_ref().is_some_and(|wish| wish.call == call) {
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
        let attempt = self.clients[client].wish.as_ref().map_or(0, |wish| wish.attempt);
        let wait_us = self.clients[client].backoff_us(attempt);
        if !patient {
            self.clients[client].wish = None;
        } else if let Some(wish) = &mut self.clients[client].wish {
            // Nobody answers this call any more.
            wish.call = usize::MAX;
        }
        self.at(self.now + wait_us, Event::Act(client));
    }

    fn answered(&mut self, call: usize, end: End) {
        let client = self.history.calls[call].client as usize;
        let scripted = client == self.clients.len();
        let waits = |wish: &Wish| wish.call == call;
        let awaited = scripted || self.clients.get(client).is_some_and(|c| c.wish.as_ref().is_some_and(waits));
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
    fn flood(&mut self) {
        if !self.is_open() {
            return;
        }
        let client = self.clients.len() + 1;
        let client = u32::try_from(client).expect("few clients");
        for _ in 0..FLOOD {
            let asker = Asker { principal: 0, admin: true };
            let request = Request { asker, key: None, ask: Ask::ReadProduct(0) };
            let call = self.history.calls.len();
            let (sent, end) = (self.now, End::Unknown);
            let new = Call { op: 0, client, request, deadline: None, sent, deliveries: 1, end };
            self.history.calls.push(new);
            self.arrives(call);
        }
    }

    // The network and the machine.

    fn arrives(&mut self, call: usize) {
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
                End::Told { told, position, index, run, .. } => {
                    End::Told { returned: time, told, position, index, run }
                }
                end => end,
            };
            self.at(time, Event::Answers { call, end: Box::new(end) });
        }
    }

    fn wake_soon(&mut self) {
        if self.machine.is_up() {
            let wait_us = self.rng.within(1, 40);
            self.at(self.now + wait_us, Event::Wake(self.machine.run()));
        }
    }

    fn wake(&mut self) {
        let run = self.machine.run();
        let turn = self.machine.wake(self.now);
        for (to, outcome) in turn.replies {
            self.deliver(to, outcome, run);
        }
        if turn.sealed {
            let weather = &self.plan.weather;
            let slow = self.rng.chance(weather.commit_slow);
            let mean_us = if slow { weather.commit_us * 25 } else { weather.commit_us };
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
                let told = Told { answer, replayed: answered.answer.replayed };
                let (position, index) = (answered.position.0, answered.index);
                End::Told { returned: 0, told, position, index, run }
            }
        };
        self.reply(to.call, end);
    }

    fn restart_later(&mut self) {
        let wait_us = self.rng.within(1_000, 3_000_000);
        self.at(self.now + wait_us, Event::Restart);
    }

    fn restart(&mut self) {
        if self.machine.is_up() {
            return;
        }
        if self.is_open() && self.rng.chance(300) {
            self.wall_steps();
        }
        let fails = if self.is_open() { self.plan.weather.commit_fails } else { 0 };
        self.machine.set_commit_fails(fails);
        let seed = self.rng.next();
        self.broken = self.machine.start(self.now, seed).err();
        self.note(|| "started".into());
        if self.broken.is_none() {
            self.machine.set_storage_full(self.storage_full);
            self.wake_at = None;
            self.wake();
        }
    }

    fn wall_steps(&mut self) {
        let step_us = i64::try_from(self.rng.below(20_000_000)).expect("small") - 10_000_000;
        self.machine.wall_ahead = (self.machine.wall_ahead + step_us).clamp(-30_000_000, 30_000_000);
        self.history.wall.push((self.now, self.machine.wall_ahead));
        self.note(|| format!("the wall clock steps by {step_us}"));
    }

    // The phases.

    fn read_script(&mut self) {
        if let Some(ask) = self.script.next() {
            let asker = Asker { principal: 0, admin: true };
            self.send(0, self.clients.len(), Request { asker, key: None, ask }, None);
            return;
        }
        match self.phase {
            Phase::Opening => self.open(),
            Phase::Closing => {
                self.phase = Phase::Audit;
                self.history.audit_from = self.history.calls.len();
                self.script = script::audit(&self.plan).into_iter();
                self.at(self.now + 1, Event::Script);
            }
            Phase::Audit => {
                self.phase = Phase::Clearance;
                self.script = script::clearance(&self.plan).into_iter();
                // Every hold and order has run out by then.
                self.at(self.now + 60_000_000, Event::Script);
            }
            Phase::Clearance if self.machine.is_at_rest() => self.phase = Phase::Rest,
            Phase::Clearance => self.at(self.now + 1_000, Event::Script),
            Phase::Open | Phase::Rest => {}
        }
    }

    fn open(&mut self) {
        self.phase = Phase::Open;
        let weather = self.plan.weather.clone();
        self.machine.set_commit_fails(weather.commit_fails);
        for client in 0..self.clients.len() {
            let wait_us = self.rng.below(self.plan.think_us);
            self.at(self.now + wait_us, Event::Act(client));
        }
        self.again(weather.crash_every_us, Event::Crash);
        self.again(weather.restart_every_us, Event::Stop);
        self.again(weather.wall_step_every_us, Event::WallSteps);
        self.again(weather.storage_full_every_us, Event::StorageFills(true));
        self.again(3_000_000, Event::Snapshot);
        if weather.flood {
            self.again(2_000_000, Event::Flood);
        }
    }

    fn close_if_done(&mut self) {
        if self.is_open() && self.clients.iter().all(|client| client.wish.is_none()) {
            self.note(|| "all clients are done".into());
            self.phase = Phase::Closing;
            self.storage_full = false;
            self.machine.set_storage_full(false);
            self.machine.set_commit_fails(0);
            // By then every message has arrived and the machine is up.
            self.at(self.now + 30_000_000, Event::Script);
        }
    }

    /// Reads the journal in the model's words and hands everything over.
    fn leave(mut self) -> Lived {
        self.history.runs = self.machine.runs.clone();
        if self.broken.is_none() {
            match self.journal() {
                Ok(journal) => self.history.journal = journal,
                Err(why) => self.broken = Some(why),
            }
        }
        Lived {
            history: self.history,
            rules: self.plan.rules,
            broken: self.broken,
            n_sabotaged: self.machine.n_sabotaged(),
            trace: self.trace.unwrap_or_default(),
        }
    }

    fn journal(&self) -> Result<Vec<Entry>, String> {
        let mut reader = self.machine.disk.reader();
        let first = boxoffice_journal::Position(1);
        let entries = reader.read(first, usize::MAX, usize::MAX).map_err(|e| e.to_string())?;
        let mut products: Vec<u32> = Vec::new();
        let mut journal = Vec::new();
        for (entry, written) in entries.iter().zip(&self.machine.disk.written) {
            let events = take_batch(&entry.payload).map_err(|error| error.to_string())?;
            let mut facts = Vec::new();
            for stamped in &events {
                let known = |idx: u32| products.get(idx as usize).copied();
                let Some(fact) = read::fact(&stamped.event, &known) else {
                    return Err(format!("cannot read {:?}", stamped.event));
                };
                if let crate::model::words::Fact::ProductPut { product, .. } = fact
                    && !products.contains(&product)
                {
                    products.push(product);
                }
                facts.push((stamped.at.0, fact));
            }
            let (position, run, durable) = (entry.position.0, written.run, written.durable);
            journal.push(Entry { position, run, durable, facts });
        }
        Ok(journal)
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
