//! The loop over virtual time.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use boxoffice_engine::decide::Rules;
use boxoffice_engine::event::take_batch;

use super::bugs::Bug;
use super::client::Client;
use super::machine::Machine;
use super::plan::{Faults, Plan, START, about};
use super::{read, script};
use crate::history::{End, Entry, History};
use crate::model::words::{Ask, Us};
use crate::model::{Asker, HouseRules, Request};
use crate::rng::Rng;

/// Steps after which a world that does not come to rest is given up.
const STEPS_MAX: u64 = 2_000_000;

/// What happens next.
#[derive(Debug, Clone)]
pub(super) enum Event {
    /// A client begins something, or asks again.
    Act(usize),
    /// A call's patience is over.
    GivesUp {
        client: usize,
        call: usize,
    },
    /// A message reaches the machine.
    Arrives(usize),
    /// An answer reaches its client.
    Answers {
        call: usize,
        end: Box<End>,
    },
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
pub(super) enum Phase {
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

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) phase: Phase,
    pub(super) now: Us,
    pub(super) n_events: u64,
    pub(super) events: BTreeMap<(Us, u64), Event>,
    pub(super) machine: Machine,
    pub(super) clients: Vec<Client>,
    pub(super) history: History,
    pub(super) next_op: u64,
    pub(super) storage_full: bool,
    pub(super) wake_at: Option<Us>,
    pub(super) script: std::vec::IntoIter<Ask>,
    pub(super) rng: Rng,
    pub(super) broken: Option<String>,
    pub(super) trace: Option<String>,
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
    let clients = (0..plan.n_clients)
        .map(|number| Client::new(number, &plan, seed))
        .collect();
    let mut world = World {
        machine: Machine::new(rules, plan.weather.tick_us, seed, bug),
        script: script::opening(&plan).into_iter(),
        phase: Phase::Opening,
        now: START,
        n_events: 0,
        events: BTreeMap::new(),
        clients,
        history: History {
            wall: vec![(0, 0)],
            ..History::default()
        },
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
    pub(super) fn at(&mut self, time: Us, event: Event) {
        self.n_events += 1;
        self.events
            .insert((time.max(self.now), self.n_events), event);
    }

    pub(super) fn note(&mut self, line: impl FnOnce() -> String) {
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

    pub(super) fn is_open(&self) -> bool {
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
    pub(super) fn again(&mut self, mean_us: Us, event: Event) {
        if mean_us > 0 {
            let wait_us = 1 + about(&mut self.rng, mean_us);
            self.at(self.now + wait_us, event);
        }
    }

    fn read_script(&mut self) {
        if let Some(ask) = self.script.next() {
            let asker = Asker {
                principal: 0,
                admin: true,
            };
            self.send(
                0,
                self.clients.len(),
                Request {
                    asker,
                    key: None,
                    ask,
                },
                None,
            );
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

    pub(super) fn close_if_done(&mut self) {
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
        let entries = reader
            .read(first, usize::MAX, usize::MAX)
            .map_err(|e| e.to_string())?;
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
            journal.push(Entry {
                position,
                run,
                durable,
                facts,
            });
        }
        Ok(journal)
    }
}
