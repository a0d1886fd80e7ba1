//! What entries do to statuses and counts.

use boxoffice_api::v1::show_view::Totals;
use boxoffice_engine::event::{CloseCause, Event, OrderClosed, OrderPaid, OrderPlaced, Source};
use boxoffice_engine::event::{Method, SeatRef};
use boxoffice_engine::ids::{BookingId, HoldId, OrderId, Position, Principal, SeatIdx};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::Places;
use boxoffice_engine::spec::RowSeats;
use boxoffice_engine::time::Instant;

use crate::views::testing::{SHOW, TestHouse, name, places, show_put, spec};
use crate::views::{Seed, ShowSeed, Status};

#[track_caller]
fn check(house: &TestHouse, free: u64, held: u64, booked: u64) {
    let (totals, changed) = house.views.totals(SHOW).unwrap();
    let total = free + held + booked;
    assert_eq!((totals.total, totals.free), (total, free));
    assert_eq!((totals.held, totals.booked), (held, booked));
    let states = house.views.seats(SHOW).unwrap();
    assert_eq!((states.totals(), states.position()), (totals, changed));
    let layout = states.layout();
    let mut counted = Totals::default();
    for row in &layout.rows {
        for seat in row.seats.iter() {
            match states.status(seat) {
                Status::Free => counted.free += 1,
                Status::Held => counted.held += 1,
                Status::Booked => counted.booked += 1,
                Status::NotForSale => counted.not_for_sale += 1,
            }
        }
    }
    counted.total = counted.free + counted.held + counted.booked;
    let mut whole = Totals::default();
    for section in states.sections() {
        whole.total += section.total;
        whole.free += section.free;
        whole.held += section.held;
        whole.booked += section.booked;
        whole.not_for_sale += section.not_for_sale;
    }
    assert_eq!(whole, counted, "sections count what their seats show");
}

fn order(order: u64, seats: Vec<SeatRef>, places: Option<Places>, hold: Option<u64>) -> Event {
    Event::OrderPlaced(OrderPlaced {
        order: OrderId(order),
        buyer: name("b"),
        principal: Principal(0),
        items: Vec::new(),
        show: Some(SHOW),
        seats,
        places,
        hold: hold.map(HoldId),
        total: Amount(1),
        currency: Currency::new("EUR").unwrap(),
        pay_by: Instant(1),
    })
}

fn close(order: u64, seats: Vec<SeatRef>, places: Option<Places>) -> Event {
    Event::OrderClosed(OrderClosed {
        order: OrderId(order),
        cause: CloseCause::Expired,
        show: Some(SHOW),
        seats,
        places,
        previous: Position(0),
    })
}

fn paid(order: u64, reacquired: bool) -> Event {
    Event::OrderPaid(OrderPaid {
        order: OrderId(order),
        amount: Amount(1),
        method: Method::Account,
        booking: Some(BookingId(order)),
        reacquired,
        previous: Position(0),
    })
}

fn with_places(mut event: Event, n: u32) -> Event {
    match &mut event {
        Event::HoldPlaced(e) => e.places = places(n),
        Event::HoldReleased(e) => e.places = places(n),
        Event::BookingMade(e) => e.places = places(n),
        Event::BookingCancelled(e) => e.places = places(n),
        other => panic!("no places here: {other:?}"),
    }
    event
}

#[test]
fn totals_add_up_through_the_life_of_seats() {
    let mut house = TestHouse::with_show(spec(2, 5, 0));
    check(&house, 10, 0, 0);
    let hold = house.hold(1, &[0, 1, 2]);
    house.commit(vec![hold]);
    check(&house, 7, 3, 0);
    let book = house.book(1, Source::Hold(HoldId(1)), &[0, 1, 2]);
    house.commit(vec![book]);
    check(&house, 7, 0, 3);
    let events = vec![house.book(2, Source::Direct, &[9]), house.cancel(1, &[1])];
    house.commit(events);
    check(&house, 7, 0, 3);
    let hold = house.hold(2, &[1]);
    house.commit(vec![hold]);
    let released = house.release(2, &[1]);
    house.commit(vec![released]);
    check(&house, 7, 0, 3);
    let at = house.commit(Vec::new());
    assert!(house.views.caught_up(at));
    assert_eq!(house.views.lag(), 0);
}

#[test]
fn totals_add_up_through_the_life_of_places() {
    let mut house = TestHouse::with_show(spec(1, 1, 50));
    let hold = with_places(house.hold(1, &[]), 10);
    house.commit(vec![hold]);
    check(&house, 41, 10, 0);
    let book = with_places(house.book(1, Source::Hold(HoldId(1)), &[]), 10);
    house.commit(vec![book]);
    let book = with_places(house.book(2, Source::Direct, &[]), 5);
    house.commit(vec![book]);
    check(&house, 36, 0, 15);
    let cancel = with_places(house.cancel(1, &[]), 4);
    house.commit(vec![cancel]);
    check(&house, 40, 0, 11);
    let hold = with_places(house.hold(3, &[]), 2);
    house.commit(vec![hold]);
    let release = with_places(house.release(3, &[]), 2);
    house.commit(vec![release]);
    check(&house, 40, 0, 11);
}

#[test]
fn an_order_holds_what_it_claims_until_it_is_paid_or_closed() {
    let mut house = TestHouse::with_show(spec(1, 10, 50));
    let seats = house.seats(&[0]);
    house.commit(vec![order(1, seats, places(3), None)]);
    check(&house, 56, 4, 0);
    // An order that consumes a hold claims nothing new.
    let hold = with_places(house.hold(7, &[1, 2]), 1);
    house.commit(vec![hold]);
    let seats = house.seats(&[1, 2]);
    house.commit(vec![order(2, seats, places(1), Some(7))]);
    check(&house, 53, 7, 0);
    let book = with_places(house.book(2, Source::Order(OrderId(2)), &[1, 2]), 1);
    house.commit(vec![paid(2, false), book]);
    check(&house, 53, 4, 3);
    let seats = house.seats(&[0]);
    house.commit(vec![close(1, seats, places(3))]);
    check(&house, 57, 0, 3);
    // Paid late with everything still free: taken again, from free.
    let book = with_places(house.book(1, Source::Order(OrderId(1)), &[0]), 3);
    house.commit(vec![paid(1, true), book]);
    check(&house, 53, 0, 7);
}

#[test]
fn a_changed_show_keeps_claims_and_counts_what_is_for_sale() {
    let mut house = TestHouse::with_show(spec(1, 4, 0));
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    let mut changed = spec(2, 4, 20);
    changed.sections[0].rows[0].seats = RowSeats::Named(vec![name("A1"), name("A2"), name("A9")]);
    changed.sections[0].rows[0].not_for_sale = vec![name("A9")];
    house.commit(vec![show_put(SHOW, "opera", changed)]);
    // A1 held; A2 and row B free; A3 and A4 dropped; A9 not for sale; 20 places.
    check(&house, 25, 1, 0);
    let states = house.views.seats(SHOW).unwrap();
    assert_eq!(states.totals().not_for_sale, 1);
    assert_eq!(states.status(SeatIdx(2)), Status::NotForSale);
    assert_eq!(states.status(SeatIdx(0)), Status::Held);
    // A seat that stops being for sale while it is claimed stays claimed, and is not free after.
    let mut closed = spec(2, 4, 20);
    closed.sections[0].rows[0].not_for_sale = vec![name("A1")];
    house.commit(vec![show_put(SHOW, "opera", closed)]);
    check(&house, 27, 1, 0);
    let released = house.release(1, &[0]);
    house.commit(vec![released]);
    check(&house, 27, 0, 0);
    assert_eq!(house.views.seats(SHOW).unwrap().totals().not_for_sale, 1);
}

#[test]
fn a_snapshot_never_changes_and_is_shared_until_something_does() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let before = house.views.seats(SHOW).unwrap();
    assert!(std::sync::Arc::ptr_eq(
        &before,
        &house.views.seats(SHOW).unwrap()
    ));
    let hold = house.hold(1, &[0]);
    let at = house.commit(vec![hold]);
    let after = house.views.states_of("opera").unwrap();
    assert_eq!(
        (before.status(SeatIdx(0)), after.status(SeatIdx(0))),
        (Status::Free, Status::Held)
    );
    assert_eq!((before.position(), after.position()), (Position(2), at));
    assert!(house.views.states_of("play").is_none());
    assert!(house.views.states_of("not a name").is_none());
}

#[test]
fn views_seeded_from_a_snapshot_are_those_that_replayed() {
    let mut house = TestHouse::with_show(spec(2, 3, 9));
    let events = vec![
        with_places(house.hold(1, &[1, 2]), 4),
        house.book(1, Source::Direct, &[4]),
    ];
    let changed = house.commit(events);
    let states = house.views.seats(SHOW).unwrap();
    let all = || (0..6).map(SeatIdx);
    let last = |seat| house.views.last_of_seat(SHOW, seat).unwrap();
    let seed = Seed {
        position: changed,
        house: Some([7; 16]),
        shows: vec![ShowSeed {
            layout: std::sync::Arc::clone(states.layout()),
            statuses: all().map(|seat| states.status(seat)).collect(),
            last: all().map(last).collect(),
            areas: states.areas.to_vec(),
            changed,
        }],
        products: Vec::new(),
    };
    let (seeded, _feed) = crate::views::testing::views_on(&house.storage, changed);
    seeded.seed(seed);
    assert_eq!(seeded.totals(SHOW), house.views.totals(SHOW));
    assert_eq!(seeded.last_of_seat(SHOW, SeatIdx(4)), Some(changed));
    let released = house.release(1, &[1, 2]);
    let entry = house.store(vec![with_places(released, 4)]);
    seeded.apply(&entry);
    house.views.apply(&entry);
    assert_eq!(seeded.totals(SHOW), house.views.totals(SHOW));
    check(&house, 14, 0, 1);
}

#[test]
fn nobody_sees_half_of_an_entry() {
    let mut house = TestHouse::with_show(spec(2, 50, 0));
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    // Each entry moves the one hold to another seat.
    let entries: Vec<_> = (0..2_000_u32)
        .map(|round| {
            let events = vec![
                house.release(u64::from(round) + 1, &[round % 100]),
                house.hold(u64::from(round) + 2, &[(round + 1) % 100]),
            ];
            house.store(events)
        })
        .collect();
    let views = &house.views;
    let newest = entries.last().unwrap().position;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = Position(0);
                while !views.caught_up(newest) {
                    let states = views.seats(SHOW).unwrap();
                    let held = (0..100).filter(|s| states.status(SeatIdx(*s)) == Status::Held);
                    assert_eq!((held.count(), states.totals().held), (1, 1));
                    assert!(last <= states.position(), "positions only grow");
                    last = states.position();
                }
            });
        }
        for entry in &entries {
            views.apply(entry);
        }
    });
    check(&house, 99, 1, 0);
}
