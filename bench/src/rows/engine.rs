//! The engine alone, on one core: hold and book every seat of one hot show.

use std::time::{Duration, Instant};

use boxoffice_engine::command::{
    Action, Book, Caller, Command, Hold, HoldRef, Proof, PutShow, SeatKey, TariffKey, Want,
};
use boxoffice_engine::decide::{Now, Rules, execute};
use boxoffice_engine::event::Stamped;
use boxoffice_engine::ids::{Name, Position, Principal, Text};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::{HoldView, Reply};
use boxoffice_engine::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec};
use boxoffice_engine::state::State;
use boxoffice_engine::time;

use crate::call::{SEATS_PER_ROW, seat_id};
use crate::context::Context;
use crate::figures::{Series, Unit, per_second};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "engine alone, hold + book, one core, one show of 50,000 seats";

const SEATS: u64 = 50_000;
/// Commands whose events go into one entry, as under load.
const COMMANDS_PER_ENTRY: u64 = 30;
/// Distinct buyers.
const BUYERS: u64 = 100_000;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let mut rates = Series::default();
    for round in 1..=context.rounds {
        context.progress(&format!("engine: round {round} of {}", context.rounds));
        let (mut decisions, mut elapsed) = (0, Duration::ZERO);
        let start = Instant::now();
        while start.elapsed() < context.duration {
            elapsed += hold_and_book_all(SEATS)?;
            decisions += 2 * SEATS;
        }
        rates.push(per_second(decisions, elapsed));
    }
    Ok(vec![
        Line::ours(
            "engine",
            "engine alone, hold + book",
            Unit::PerSecond,
            rates,
        )
        .target(Judged::OursAtLeast, 1e6, 3e6)
        .note("decisions, each with its events applied; 50,000 seats, one seat each"),
    ])
}

/// Holds and books every seat of a new show, one by one; the time of the decisions alone.
///
/// # Errors
/// If the engine refuses any of it.
pub(super) fn hold_and_book_all(n_seats: u64) -> anyhow::Result<Duration> {
    let mut house = Engine::new();
    let show = house.add_show("hot", n_seats)?;
    let holds: Vec<_> = (0..n_seats).map(|idx| hold(&show, idx)).collect();
    let start = Instant::now();
    for command in &holds {
        let held = house.ask(command);
        let Reply::HoldPlaced(view) = &held else {
            anyhow::bail!("refused: {held:?}")
        };
        let booked = house.ask(&book(view));
        anyhow::ensure!(matches!(booked, Reply::Booked(_)), "refused: {booked:?}");
    }
    Ok(start.elapsed())
}

/// A state, its clock and its entries.
pub(super) struct Engine {
    state: State,
    rules: Rules,
    n_commands: u64,
    events: Vec<Stamped>,
}

impl Engine {
    pub(super) fn new() -> Self {
        Self {
            state: State::new(Seed(1)),
            rules: Rules::standard(),
            n_commands: 0,
            events: Vec::new(),
        }
    }

    /// Executes a command a microsecond after the one before.
    pub(super) fn ask(&mut self, command: &Command) -> Reply {
        self.n_commands += 1;
        if self.n_commands.is_multiple_of(COMMANDS_PER_ENTRY) {
            self.events.clear();
        }
        let now = Now {
            at: time::Instant(1_000_000 + self.n_commands),
            position: Position(1 + self.n_commands / COMMANDS_PER_ENTRY),
        };
        execute(&mut self.state, &self.rules, command, now, &mut self.events).reply
    }

    /// Adds a show of one section, in rows of [`SEATS_PER_ROW`].
    ///
    /// # Errors
    /// If the engine refuses it.
    pub(super) fn add_show(&mut self, id: &str, n_seats: u64) -> anyhow::Result<Name> {
        let show = name(id);
        let per_row = SEATS_PER_ROW.min(n_seats);
        let row = |row: u64| {
            anyhow::Ok(RowSpec {
                row: name(&row.to_string()),
                price: None,
                seats: RowSeats::Count(u32::try_from(per_row)?),
                not_for_sale: Vec::new(),
            })
        };
        let spec = ShowSpec {
            title: Text::new("Measured").expect("a short text"),
            venue: Text::default(),
            starts_at: None,
            on_sale_at: None,
            open: true,
            currency: Currency::new("EUR").expect("ISO 4217 has it"),
            hold_ttl_ms: 600_000,
            order_ttl_ms: 900_000,
            seats_per_buyer_max: None,
            seats_per_hold_max: None,
            tariffs: Vec::new(),
            sections: vec![SectionSpec {
                id: name("stalls"),
                prefix: Text::default(),
                price: Amount(5_000),
                rows: (0..n_seats.div_ceil(per_row))
                    .map(row)
                    .collect::<anyhow::Result<_>>()?,
            }],
            areas: Vec::new(),
        };
        let put = PutShow {
            show: show.clone(),
            spec: spec.into(),
            only_create: true,
        };
        match self.ask(&command(Action::PutShow(Box::new(put)))) {
            Reply::ShowPut(_) => Ok(show),
            reply => anyhow::bail!("refused: {reply:?}"),
        }
    }
}

fn hold(show: &Name, seat_idx: u64) -> Command {
    command(Action::Hold(Hold {
        show: show.clone(),
        buyer: buyer(seat_idx),
        want: seat(seat_idx),
        ttl_ms: None,
        session: false,
    }))
}

fn book(view: &HoldView) -> Command {
    command(Action::Book(Book::Hold(HoldRef {
        hold: view.hold,
        proof: Proof::Token(view.fence),
        buyer: None,
        fence: None,
    })))
}

/// A booking in one step.
pub(super) fn book_direct(show: &Name, seat_idx: u64) -> Command {
    command(Action::Book(Book::Direct {
        show: show.clone(),
        buyer: buyer(seat_idx),
        want: seat(seat_idx),
        own_hold: false,
    }))
}

fn seat(seat_idx: u64) -> Want {
    Want::Seats(vec![(
        SeatKey::Named(name(&seat_id(seat_idx))),
        TariffKey::Default,
    )])
}

fn buyer(number: u64) -> Name {
    name(&format!("buyer-{}", number % BUYERS))
}

fn command(action: Action) -> Command {
    let caller = Caller {
        principal: Principal(0),
        admin: true,
    };
    Command {
        caller,
        key: None,
        action,
    }
}

fn name(text: &str) -> Name {
    Name::new(text).expect("names here are of letters, digits and dashes")
}
