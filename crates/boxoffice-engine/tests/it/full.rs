//! Refusals whose limits are thousands of records: the house is full, or too much is overdue.

use boxoffice_engine::decide::{Now, Rules, Verdict, decide, execute};
use boxoffice_engine::event::Stamped;
use boxoffice_engine::ids::Position;
use boxoffice_engine::invariants;
use boxoffice_engine::limits::{
    DUE_SCAN_MAX, EXPIRIES_PER_COMMAND_MAX, ITEMS_PER_ORDER_MAX, PRODUCTS_MAX, SHOWS_MAX,
};
use boxoffice_engine::names::Seed;
use boxoffice_engine::reply::Reply;
use boxoffice_engine::state::State;
use boxoffice_engine::time::Instant;

use crate::language::Line;
use crate::render;

/// A house that checks invariants only when asked to: checking costs the whole state.
struct LargeHouse {
    state: State,
    now: Now,
    events: Vec<Stamped>,
}

impl LargeHouse {
    fn new() -> Self {
        let now = Now {
            at: Instant(0),
            position: Position(1),
        };
        Self {
            state: State::new(Seed(5)),
            now,
            events: Vec::new(),
        }
    }

    fn ask(&mut self, row: &str) -> String {
        let rules = Rules::standard();
        self.events.clear();
        self.now.position = Position(self.now.position.0 + 1);
        let command = Line::new(row).command();
        let answer = execute(
            &mut self.state,
            &rules,
            &command,
            self.now,
            &mut self.events,
        );
        render::reply(&self.state, &answer.reply)
    }

    fn check(&self) {
        assert_eq!(invariants::check(&self.state), Ok(()));
    }
}

#[test]
fn a_house_keeps_so_many_products_and_no_more() {
    let mut house = LargeHouse::new();
    for product in 0..PRODUCTS_MAX {
        house.ask(&format!("product p{product}"));
    }
    assert_eq!(house.ask("product one-more"), "refused house-full");
    assert_eq!(house.ask("product p7"), "product p7 @10 stock 0 sold 0");
    // A refusal for want of room decides nothing, so its key is free.
    assert_eq!(house.ask("product one-more key=k"), "refused house-full");
    assert!(house.events.is_empty());
    house.check();
}

#[test]
fn a_house_keeps_so_many_shows_and_no_more() {
    let mut house = LargeHouse::new();
    for show in 0..SHOWS_MAX {
        house.ask(&format!("show s{show} areas=floor:1:1"));
    }
    assert_eq!(
        house.ask("show one-more areas=floor:1:1"),
        "refused house-full"
    );
    assert_eq!(house.ask("show s7 areas=floor:2:1"), "show 7 changed");
    house.check();
}

#[test]
fn a_shortage_behind_too_many_overdue_claims_is_undecided() {
    let mut house = LargeHouse::new();
    house.ask("show s areas=floor:1:1,roof:9999:1 ttl=1s");
    house.ask("hold s ann places=floor:1 ttl=2s");
    for _ in 0..DUE_SCAN_MAX {
        house.ask("hold s bob places=roof:1 ttl=1s");
    }
    house.now.at = Instant(2_000_000);
    // The hold that stands in the way is the last of those that are overdue.
    assert_eq!(house.ask("hold s cem places=floor:1 key=k"), "refused busy");
    assert!(house.events.is_empty(), "what was not decided keeps no key");
    let mut events = Vec::new();
    let n = boxoffice_engine::decide::expire_due(&mut house.state, house.now, 1, &mut events);
    assert_eq!((n, events.len()), (1, 1));
    let granted = house.ask("hold s cem places=floor:1 key=k");
    assert!(granted.starts_with("held 4098 "), "{granted}");
    house.check();
}

#[test]
fn a_command_expires_so_many_claims_and_no_more() {
    let mut house = LargeHouse::new();
    let n_orders = EXPIRIES_PER_COMMAND_MAX + 2 * DUE_SCAN_MAX;
    house.ask(&format!("product p stock={n_orders}"));
    for _ in 0..n_orders {
        house.ask("order ann items=p:1 ttl=1s");
    }
    house.now.at = Instant(1_000_000);
    let everything = format!("order bob items=p:{n_orders}");
    assert_eq!(house.ask(&everything), "refused busy");
    let n_expired = house.events.len();
    assert!(n_expired > EXPIRIES_PER_COMMAND_MAX);
    assert!(n_expired <= EXPIRIES_PER_COMMAND_MAX + DUE_SCAN_MAX);
    let granted = house.ask(&everything);
    assert!(
        granted.starts_with("ordered 16385 bob pending"),
        "{granted}"
    );
    house.check();
}

/// How many overdue claims a command names in its first look at the house.
fn n_overdue(house: &LargeHouse, row: &str) -> usize {
    let command = Line::new(row).command();
    match decide(&house.state, &Rules::standard(), &command, house.now) {
        Verdict::ExpireFirst(expiries) => expiries.len(),
        Verdict::Decided(decision) => panic!("{:?}", decision.answer),
    }
}

/// A refusal names a hundred seats, but what is overdue is looked for in all of them, and at once:
/// each look is at the whole show.
#[test]
fn a_show_that_shrinks_finds_all_that_is_overdue_in_one_look() {
    let mut house = LargeHouse::new();
    house.ask("show s rows=3x1500 ttl=1s");
    for seat in 1..=150 {
        house.ask(&format!("book s ann seats=A{seat}"));
    }
    for seat in 1..=1_500 {
        house.ask(&format!("hold s bob seats=B{seat}"));
        house.ask(&format!("order cem show=s seats=C{seat} ttl=1s"));
    }
    house.now.at = Instant(1_000_000);
    assert_eq!(n_overdue(&house, "show s rows=1x1"), 3_000);
    let refused = house.ask("show s rows=1x1");
    assert_eq!(refused.matches(":booked").count(), 100, "{refused}");
    assert_eq!(refused.matches(":held").count(), 0, "{refused}");
    assert_eq!(house.events.len(), 3_000);
    assert_eq!(house.ask("show s rows=1x150"), "show 0 changed");
    house.check();
}

#[test]
fn a_show_that_shrinks_expires_so_many_claims_at_a_time() {
    let mut house = LargeHouse::new();
    house.ask("show s rows=3x2000 ttl=1s");
    for row in ["A", "B", "C"] {
        for seat in 1..=2_000 {
            house.ask(&format!("hold s bob seats={row}{seat}"));
        }
    }
    house.now.at = Instant(1_000_000);
    assert_eq!(n_overdue(&house, "show s rows=1x1"), DUE_SCAN_MAX);
    assert_eq!(house.ask("show s rows=1x1"), "show 0 changed");
    // A1 stays: its hold is in nobody's way. The last event is the show's.
    assert_eq!(house.events.len(), 5_999 + 1);
    house.check();
}

/// The largest order: its stored reply must fit what a key may keep.
#[test]
fn the_largest_order_keeps_its_key() {
    let mut house = LargeHouse::new();
    let long = "x".repeat(60);
    let title = "t".repeat(200);
    house.ask("show s rows=1x100");
    let mut items = String::new();
    for product in 0..ITEMS_PER_ORDER_MAX {
        house.ask(&format!(
            "product {long}{product} stock=9 price=99999999 title={title}"
        ));
        items.push_str(&format!(",{long}{product}:9"));
    }
    let row = format!("order ann items={items} show=s best=100 key=k");
    let placed = house.ask(&row);
    assert!(placed.starts_with("ordered 1 ann pending"), "{placed}");
    assert_eq!(house.ask(&row), placed);
    house.check();
}

/// A command with more parts than any limit costs no more than a look at its length.
#[test]
fn a_huge_command_is_refused_by_its_length() {
    let mut house = LargeHouse::new();
    let many: Vec<_> = (0..100_000).map(|n| format!("A{n}")).collect();
    let seats = many.join(",");
    let items: Vec<_> = (0..100_000).map(|n| format!("p{n}:1")).collect();
    let items = items.join(",");
    let too_many = "refused shape(too-many)";
    assert_eq!(house.ask(&format!("hold s ann seats={seats}")), too_many);
    assert_eq!(
        house.ask(&format!("cancel-booking 1 seats={seats}")),
        too_many
    );
    assert_eq!(house.ask(&format!("refund 1 seats={seats}")), too_many);
    assert_eq!(house.ask(&format!("refund 1 items={items}")), too_many);
    assert_eq!(house.ask(&format!("order ann items={items}")), too_many);
}

#[test]
fn a_long_list_is_read_page_by_page_to_its_end() {
    let mut house = LargeHouse::new();
    house.ask("show s areas=floor:99999:1");
    let n_bookings = 10_500;
    for _ in 0..n_bookings {
        house.ask("book s ann places=floor:1");
    }
    let (mut before, mut n_seen) = (0, 0);
    loop {
        let rules = Rules::standard();
        let command = Line::new(&format!("bookings ann before={before}")).command();
        let answer = execute(
            &mut house.state,
            &rules,
            &command,
            house.now,
            &mut Vec::new(),
        );
        let Reply::Bookings(rows) = answer.reply else {
            panic!("a list is a list")
        };
        let Some(last) = rows.last() else { break };
        before = last.booking.0;
        n_seen += rows.len();
    }
    assert_eq!(n_seen, n_bookings);
}
