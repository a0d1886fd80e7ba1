//! Prints how fast the engine decides on one core, how the time per decision grows with the house,
//! and how much memory a large show takes: `cargo run --release -p boxoffice-engine --example
//! decide_speed [memory|hot|product|seats|bookings]…`.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that meets a surprise shall stop"
)]
#![expect(
    clippy::disallowed_types,
    reason = "a measurement reads the clock; the engine does not"
)]

use std::hint::black_box;
use std::time::Instant as Clock;

use boxoffice_engine::command::{
    AccountRule, Action, Book, Caller, CancelBooking, Charge, Command, Hold, HoldRef, Key,
    OrderClaim, PayFrom, PayOrder, PlaceOrder, Proof, PutProduct, PutShow, SeatKey, TariffKey,
    Want,
};
use boxoffice_engine::decide::{Now, Rules, execute};
use boxoffice_engine::event::{BatchBytes, Stamped};
use boxoffice_engine::ids::{
    BookingId, Fence, HoldId, Name, OrderId, Position, Principal, SeatIdx, Text,
};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::Reply;
use boxoffice_engine::snapshot::{from_snapshot, to_snapshot};
use boxoffice_engine::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec};
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;

/// Commands that one entry of the journal carries, as under load.
const BATCH: usize = 64;

/// A house that is asked as fast as it decides; its events are encoded as the writer does.
struct House {
    state: State,
    rules: Rules,
    now: Now,
    events: Vec<Stamped>,
    bytes: BatchBytes,
    n_asked: usize,
}

impl House {
    fn new() -> Self {
        let now = Now {
            at: Instant(1),
            position: Position(1),
        };
        let (state, rules) = (State::new(Seed(1)), Rules::standard());
        Self {
            state,
            rules,
            now,
            events: Vec::new(),
            bytes: BatchBytes::default(),
            n_asked: 0,
        }
    }

    fn ask(&mut self, command: &Command) -> Reply {
        self.now.at = Instant(self.now.at.0 + 1);
        let answer = execute(
            &mut self.state,
            &self.rules,
            command,
            self.now,
            &mut self.events,
        );
        for stamped in self.events.drain(..) {
            self.bytes.push(&stamped);
        }
        self.n_asked += 1;
        if self.n_asked.is_multiple_of(BATCH) {
            black_box(self.bytes.finish());
            self.now.position = Position(self.now.position.0 + 1);
        }
        answer.reply
    }
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn command(action: Action) -> Command {
    Command {
        caller: Caller {
            principal: Principal(0),
            admin: false,
        },
        key: None,
        action,
    }
}

fn put_show(n_seats: u32) -> Command {
    let per_row = n_seats.min(1_000);
    let row = |row: u32| RowSpec {
        row: name(&format!("R{row}")),
        price: None,
        seats: RowSeats::Count(per_row),
        not_for_sale: Vec::new(),
    };
    let spec = ShowSpec {
        title: Text::new("Show").unwrap(),
        venue: Text::default(),
        starts_at: None,
        on_sale_at: None,
        open: true,
        currency: Currency::new("EUR").unwrap(),
        hold_ttl_ms: 86_400_000,
        order_ttl_ms: 86_400_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Vec::new(),
        sections: vec![SectionSpec {
            id: name("main"),
            prefix: Text::default(),
            price: Amount(5_000),
            rows: (0..n_seats / per_row).map(row).collect(),
        }],
        areas: Vec::new(),
    };
    command(Action::PutShow(Box::new(PutShow {
        show: name("show"),
        spec: spec.into(),
        only_create: false,
    })))
}

fn seats(first: u32, n: u32) -> Want {
    let seat = |idx| (SeatKey::Index(SeatIdx(idx)), TariffKey::Default);
    Want::Seats((first..first + n).map(seat).collect())
}

fn hold(buyer: u32, first: u32, n: u32) -> Command {
    command(Action::Hold(Hold {
        show: name("show"),
        buyer: name(&format!("buyer{buyer}")),
        want: seats(first, n),
        ttl_ms: None,
        session: false,
    }))
}

fn hold_named(buyer: u32, seat: &str) -> Command {
    let want = Want::Seats(vec![(SeatKey::Named(name(seat)), TariffKey::Default)]);
    let (show, buyer) = (name("show"), name(&format!("buyer{buyer}")));
    command(Action::Hold(Hold {
        show,
        buyer,
        want,
        ttl_ms: None,
        session: false,
    }))
}

fn book_hold(hold: u64) -> Command {
    command(Action::Book(Book::Hold(HoldRef {
        hold: HoldId(hold),
        proof: Proof::Token(Fence(1)),
        buyer: None,
        fence: None,
    })))
}

fn book(buyer: u32, first: u32, n: u32) -> Command {
    command(Action::Book(Book::Direct {
        show: name("show"),
        buyer: name(&format!("buyer{buyer}")),
        want: seats(first, n),
        own_hold: false,
    }))
}

fn best(buyer: u32, quantity: u32) -> Command {
    let want = Want::Best {
        quantity,
        section: None,
        tariff: TariffKey::Default,
    };
    let (show, buyer) = (name("show"), name(&format!("buyer{buyer}")));
    command(Action::Hold(Hold {
        show,
        buyer,
        want,
        ttl_ms: None,
        session: false,
    }))
}

fn order(buyer: u32) -> Command {
    command(Action::PlaceOrder(PlaceOrder {
        buyer: name(&format!("buyer{buyer}")),
        items: vec![(name("product"), 1)],
        claim: OrderClaim::None,
        ttl_ms: None,
        account_required: false,
    }))
}

fn with_key(mut command: Command, number: u64) -> Command {
    let mut scope = [7_u8; 16];
    scope[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    command.key = Some(Key {
        scope,
        fingerprint: [1; 16],
    });
    command
}

/// Commands that are measured together.
const GROUP: u32 = 256;

/// Asks `n` commands and prints nanoseconds for each. Commands are made in small groups outside the
/// measured time: they arrive fresh from a parser, not from memory. The median group is what the
/// engine costs; the mean also has what other processes on this machine took away.
fn measure(what: &str, house: &mut House, n: u32, granted: bool, make: impl Fn(u32) -> Command) {
    let (mut groups, mut done, mut total_ns) = (Vec::new(), 0, 0);
    while done < n {
        let group: Vec<_> = (done..n.min(done + GROUP)).map(&make).collect();
        let start = Clock::now();
        for command in &group {
            let reply = black_box(house.ask(command));
            assert_eq!(matches!(reply, Reply::Refused(_)), !granted, "{reply:?}");
        }
        let ns = start.elapsed().as_nanos();
        total_ns += ns;
        groups.push(ns / group.len() as u128);
        done += GROUP;
    }
    groups.sort_unstable();
    let median = groups[groups.len() / 2].max(1);
    let (mean, per_s) = (total_ns / u128::from(n), 1_000_000_000 / median);
    println!("{what:<56} {median:>6} ns {per_s:>9}/s   mean {mean:>5} ns");
}

/// Holds and books the seats one after the other: even commands hold, odd ones book.
fn hold_then_book(at: u32, seat: impl Fn(u32) -> u32) -> Command {
    let pair = at / 2;
    if at.is_multiple_of(2) {
        hold(pair, seat(pair), 1)
    } else {
        book_hold(u64::from(pair) + 1)
    }
}

fn hot_show() {
    let n = 50_000;
    let mut house = House::new();
    house.ask(&put_show(n));
    let house = &mut house;
    measure(
        "hold + book each seat of 50,000",
        house,
        2 * n,
        true,
        |at| hold_then_book(at, |s| s),
    );
    let lost = |at| hold(at, at % 16, 1);
    measure("refused: the seat is booked", house, 500_000, false, lost);
    let named = |at| hold_named(at, "R0-7");
    measure(
        "refused: the seat is booked, by its name",
        house,
        500_000,
        false,
        named,
    );
    let keyed = |at| with_key(hold(at, at % 16, 1), u64::from(at));
    measure(
        "refused: the same, under a key",
        house,
        200_000,
        false,
        keyed,
    );
    measure("refused: the same key again", house, 200_000, false, keyed);
    let mut house = House::new();
    house.ask(&put_show(n));
    let house = &mut house;
    // Nearest to the middle leaves the two outermost seats of every row alone.
    let n_pairs = (n - 100) / 2;
    measure(
        "best two seats until 50,000 are held",
        house,
        n_pairs,
        true,
        |at| best(at, 2),
    );
    measure(
        "refused: best two of a full house",
        house,
        200_000,
        false,
        |at| best(at, 2),
    );
}

fn hot_product() {
    let mut house = House::new();
    let put = PutProduct {
        product: name("product"),
        title: Text::new("Product").unwrap(),
        price: Amount(50_000),
        currency: Currency::new("EUR").unwrap(),
        initial: Some(1_000_000_000),
    };
    house.ask(&command(Action::PutProduct(put)));
    let charge = |at: u32| {
        command(Action::Charge(Charge {
            buyer: name(&format!("buyer{}", at % 10_000)),
            amount: Amount(1_000_000),
            currency: Currency::new("EUR"),
            account: AccountRule::OpenOrCharge,
        }))
    };
    measure(
        "charge one of 10,000 accounts",
        &mut house,
        200_000,
        true,
        charge,
    );
    let order = |at| order(at % 10_000);
    measure("order one of one product", &mut house, 500_000, true, order);
    let pay = |at| {
        let order = OrderId(u64::from(at) + 1);
        command(Action::PayOrder(PayOrder {
            order,
            buyer: None,
            from: PayFrom::Account,
        }))
    };
    measure(
        "pay an order from the account",
        &mut house,
        200_000,
        true,
        pay,
    );
}

/// Nanoseconds for each hold + book at growing shows; flat is the aim.
fn by_seats() {
    let mut n_seats = 1_000;
    while n_seats <= 1_000_000 {
        let mut house = House::new();
        house.ask(&put_show(n_seats));
        let n = n_seats.min(100_000);
        // Far apart, so that a large show does not profit from neighbours in the cache.
        let far = |pair: u32| {
            let seat = u64::from(pair) * 7_919 % u64::from(n_seats);
            u32::try_from(seat).unwrap()
        };
        let what = format!("hold + book in a show of {n_seats} seats");
        measure(&what, &mut house, 2 * n, true, |at| hold_then_book(at, far));
        n_seats *= 10;
    }
}

fn cancel(booking: u32) -> Command {
    let booking = BookingId(u64::from(booking) + 1);
    command(Action::CancelBooking(CancelBooking {
        booking,
        seats: Vec::new(),
    }))
}

/// Nanoseconds for each booking after so many; flat is the aim. Also the slowest single decision
/// on the way: a table that grows must not stall the house.
fn by_bookings() {
    let mut house = House::new();
    house.ask(&put_show(1_000));
    let (mut n_done, mut next) = (0_u32, 1_000);
    while next <= 10_000_000 {
        let mut slowest_us = 0;
        while n_done < next {
            let book = book(n_done % 1_000_000, n_done % 1_000, 1);
            let start = Clock::now();
            house.ask(&book);
            slowest_us = slowest_us.max(start.elapsed().as_micros());
            house.ask(&cancel(n_done));
            n_done += 1;
        }
        let what = format!("book after {next} bookings (slowest so far {slowest_us} µs)");
        let first = n_done;
        measure(&what, &mut house, 1_000, true, |at| book(at, at, 1));
        (first..first + 1_000).for_each(|number| drop(house.ask(&cancel(number))));
        n_done += 1_000;
        next *= 10;
    }
}

/// Resident memory of this process in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = status
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    pages * 4_096
}

fn memory() {
    let before = resident();
    let mut house = House::new();
    house.ask(&put_show(1_000_000));
    let shown = resident();
    for pair in 0..250_000 {
        house.ask(&book(pair, pair * 4, 2));
    }
    let mb = |bytes: u64| bytes / 1_000_000;
    println!(
        "show of 1,000,000 seats: {} MB empty, {} MB half booked in pairs",
        mb(shown - before),
        mb(resident() - before)
    );
    let start = Clock::now();
    let bytes = to_snapshot(&house.state);
    println!(
        "its snapshot: {} MB in {} ms",
        bytes.len() / 1_000_000,
        start.elapsed().as_millis()
    );
    let start = Clock::now();
    let back = from_snapshot(&bytes, Seed(2)).unwrap();
    println!("read and checked in {} ms", start.elapsed().as_millis());
    let start = Clock::now();
    boxoffice_engine::invariants::check(&back).unwrap();
    println!("of which all invariants {} ms", start.elapsed().as_millis());
}

/// Runs the parts that are named, or all.
fn main() {
    let named: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |part: &str| named.is_empty() || named.iter().any(|name| name == part);
    let parts: [(&str, fn()); 5] = [
        ("memory", memory),
        ("hot", hot_show),
        ("product", hot_product),
        ("seats", by_seats),
        ("bookings", by_bookings),
    ];
    for (_, run) in parts.iter().filter(|(part, _)| wanted(part)) {
        run();
    }
}
