//! A house under test: decides, checks everything after every command, and follows its own journal.

use boxoffice_engine::apply::apply;
use boxoffice_engine::codec::{from_bytes, to_bytes};
use boxoffice_engine::command::Command;
use boxoffice_engine::decide::{Now, Rules, Verdict, decide, execute, expire_due, open};
use boxoffice_engine::event::{Event, HouseOpened, Stamped};
use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants;
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::{Answer, Reply};
use boxoffice_engine::snapshot::to_snapshot;
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;

use crate::language::{Line, micros};
use crate::render;

/// A house, a twin with another hash seed that decides the same commands, and a follower that only
/// applies what the journal says.
pub(crate) struct House {
    pub(crate) state: State,
    twin: State,
    pub(crate) follower: State,
    pub(crate) rules: Rules,
    pub(crate) now: Now,
    /// What was answered, for coverage: kind and rule.
    pub(crate) answered: Vec<Reply>,
    pub(crate) events: Vec<Stamped>,
}

impl House {
    pub(crate) fn new() -> Self {
        let mut house = Self {
            state: State::new(Seed(1)),
            twin: State::new(Seed(0x9999_1234_5678_0001)),
            follower: State::new(Seed(7)),
            rules: Rules::standard(),
            now: Now {
                at: Instant(0),
                position: Position(1),
            },
            answered: Vec::new(),
            events: Vec::new(),
        };
        let opened = HouseOpened {
            house: [1; 16],
            secret_print: [2; 16],
        };
        let mut events = Vec::new();
        open(&mut house.state, opened.clone(), house.now, &mut events);
        open(&mut house.twin, opened, house.now, &mut Vec::new());
        house.follow(events);
        house
    }

    /// Decides one command in an entry of its own and checks all that must be true afterwards.
    pub(crate) fn ask(&mut self, command: &Command) -> Answer {
        self.now.position = Position(self.now.position.0 + 1);
        let (mut events, mut events_of_twin) = (Vec::new(), Vec::new());
        let answer = execute(&mut self.state, &self.rules, command, self.now, &mut events);
        let of_twin = execute(
            &mut self.twin,
            &self.rules,
            command,
            self.now,
            &mut events_of_twin,
        );
        assert_eq!(answer, of_twin, "a decision depends on the seed");
        assert_eq!(events, events_of_twin, "events depend on the seed");
        assert!(
            answer.rests_on <= self.now.position,
            "an answer rests on what is"
        );
        let decided = events.iter().any(|stamped| !is_expiry(&stamped.event));
        if decided {
            assert_eq!(
                answer.rests_on, self.now.position,
                "an effect rests on its own entry"
            );
        }
        if matches!(answer.reply, Reply::Refused(_)) {
            let only_key =
                |e: &Stamped| is_expiry(&e.event) || matches!(e.event, Event::KeyStored(_));
            assert!(events.iter().all(only_key), "a refusal changes nothing");
        }
        let stored = to_bytes(&answer.reply);
        assert_eq!(
            from_bytes(&stored).as_ref(),
            Ok(&answer.reply),
            "a reply decodes as it was"
        );
        self.answered.push(answer.reply.clone());
        self.follow(events);
        answer
    }

    /// The writer's timer.
    pub(crate) fn expire(&mut self, max: usize) -> usize {
        self.now.position = Position(self.now.position.0 + 1);
        let (mut events, mut events_of_twin) = (Vec::new(), Vec::new());
        let n = expire_due(&mut self.state, self.now, max, &mut events);
        assert_eq!(
            n,
            expire_due(&mut self.twin, self.now, max, &mut events_of_twin)
        );
        assert_eq!(events, events_of_twin, "events depend on the seed");
        self.follow(events);
        n
    }

    fn follow(&mut self, events: Vec<Stamped>) {
        for stamped in events {
            let stored = to_bytes(&stamped.event);
            let event: Event = from_bytes(&stored).expect("what was stored decodes");
            assert_eq!(event, stamped.event, "an event decodes as it was");
            let at = stamped.at;
            apply(
                &mut self.follower,
                &Stamped { at, event },
                self.now.position,
            );
            self.events.push(stamped);
        }
        if let Err(broken) = invariants::check(&self.state) {
            panic!("{broken}");
        }
    }

    /// The fold of the journal is the state, and both twins are the same.
    pub(crate) fn check_same(&self) {
        let bytes = to_snapshot(&self.state);
        assert!(
            bytes == to_snapshot(&self.twin),
            "the state depends on the seed"
        );
        assert!(
            bytes == to_snapshot(&self.follower),
            "the fold of the events is not the state"
        );
    }

    /// Another state with the same content answers a probe alike.
    pub(crate) fn check_decides_alike(&self, other: &State, position: Position) {
        let now = Now {
            at: self.now.at,
            position,
        };
        for probe in [
            "hold s ann best=2",
            "orders ann admin",
            "pay 1",
            "hold t bob seats=A1,A2",
        ] {
            let command = Line::new(probe).command();
            let mut decided = decide(&self.state, &self.rules, &command, now);
            let by_other = decide(other, &self.rules, &command, now);
            if let (Verdict::Decided(ours), Verdict::Decided(theirs)) = (&mut decided, &by_other) {
                // What was durable before the other state was made need not be waited for.
                assert!(theirs.answer.rests_on <= ours.answer.rests_on, "{probe}");
                ours.answer.rests_on = theirs.answer.rests_on;
            }
            assert_eq!(decided, by_other, "{probe}");
        }
    }

    /// How many holds there ever were.
    pub(crate) fn n_holds(&self) -> u64 {
        let placed = |stamped: &&Stamped| matches!(stamped.event, Event::HoldPlaced(_));
        self.events.iter().filter(placed).count() as u64
    }

    /// Runs a table: one command per line, with its reply behind `=>`. The first command of a house
    /// is at position 2; `rests` asks for what the answer rests on.
    pub(crate) fn run(&mut self, table: &str) {
        let wrong = self.wrong_rows(table);
        assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
        self.check_same();
    }

    /// The rows of a table that got another reply, with that.
    pub(crate) fn wrong_rows(&mut self, table: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
            let (asked, expected) = row.split_once("=>").unwrap_or((row, ""));
            let found = self.row(&Line::new(asked));
            if found != expected.trim() {
                wrong.push(format!("{asked}=> {found}"));
            }
        }
        wrong
    }

    fn row(&mut self, line: &Line<'_>) -> String {
        match line.word(0) {
            "at" => {
                self.now.at = Instant(micros(line.word(1)));
                String::new()
            }
            "expire" => format!("expired {}", self.expire(line.number(1))),
            "rules" => {
                let per_house = line.option("keys").map(|n| n.parse().unwrap());
                let each = line.option("keys-each").map(|n| n.parse().unwrap());
                let limits = &mut self.rules;
                limits.keys_per_house_max = per_house.unwrap_or(limits.keys_per_house_max);
                limits.keys_per_principal_max = each.unwrap_or(limits.keys_per_principal_max);
                String::new()
            }
            _ => {
                let answer = self.ask(&line.command());
                let text = render::reply(&self.state, &answer.reply);
                let text = if answer.replayed {
                    format!("again {text}")
                } else {
                    text
                };
                if line.flag("rests") {
                    format!("{text} rests on {}", answer.rests_on.0)
                } else {
                    text
                }
            }
        }
    }
}

fn is_expiry(event: &Event) -> bool {
    use boxoffice_engine::event::{CloseCause, ReleaseCause};
    match event {
        Event::HoldReleased(released) => released.cause == ReleaseCause::Expired,
        Event::OrderClosed(closed) => closed.cause == CloseCause::Expired,
        _ => false,
    }
}
