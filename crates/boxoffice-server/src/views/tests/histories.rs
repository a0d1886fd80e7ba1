//! Histories along the links of the events.

use boxoffice_engine::event::{
    AccountChanged, BookingMade, Event, Method, Movement, OrderPaid, OrderPlaced, OutsideRecorded,
    Source,
};
use boxoffice_engine::ids::{BookingId, HoldId, OrderId, Position, Principal};
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::time::Instant;

use crate::views::testing::{TestHouse, name, spec};
use crate::views::{HistoryLine, Refusal};

fn told(lines: &[HistoryLine]) -> Vec<(&'static str, Option<&str>, u64, u32)> {
    lines
        .iter()
        .map(|l| (l.event, l.buyer.as_deref(), l.position, l.index))
        .collect()
}

#[tokio::test]
async fn a_seats_history_says_what_when_by_whom_and_where() {
    let mut house = TestHouse::with_show(spec(1, 3, 0));
    let hold = house.hold(1, &[1]);
    house.commit(vec![hold]);
    let other = house.hold(9, &[0]);
    house.commit(vec![other]);
    // Expired, held and booked again within one entry.
    let events = vec![
        house.release(1, &[1]),
        house.hold(2, &[1, 2]),
        house.book(5, Source::Hold(HoldId(2)), &[1, 2]),
    ];
    house.commit(events);
    let page = house
        .views
        .seat_history("opera", "A2", None, 100)
        .await
        .unwrap();
    assert_eq!(
        told(&page.lines),
        [
            ("booking.made", Some("booker:5"), 5, 2),
            ("hold.placed", Some("buyer:2"), 5, 1),
            ("hold.released", Some("buyer:1"), 5, 0),
            ("hold.placed", Some("buyer:1"), 3, 0),
        ]
    );
    let [booked, held, released, _] = page.lines.as_slice() else {
        panic!("four")
    };
    assert_eq!((booked.principal, held.principal), (Some(4), Some(3)));
    assert_eq!(released.cause, Some("expired"));
    assert_eq!(held.hold, Some(house.views.secret.hold_id(HoldId(2))));
    assert_eq!(held.at.to_string(), "1970-01-01T00:00:05.000Z");
    assert_eq!((page.next, page.position), (None, Position(5)));
    let untouched = house
        .views
        .seat_history("opera", "A3", None, 100)
        .await
        .unwrap();
    assert_eq!(untouched.lines.len(), 2);
}

#[tokio::test]
async fn pages_of_a_history_join_and_know_owners_beyond_their_end() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    for round in 0..25 {
        let hold = house.hold(round, &[0]);
        house.commit(vec![hold]);
        // What happens in between is no part of it.
        let other = house.hold(1_000 + round, &[1]);
        house.commit(vec![other]);
        let release = house.release(round, &[0]);
        house.commit(vec![release]);
    }
    let whole = house
        .views
        .seat_history("opera", "A1", None, 100)
        .await
        .unwrap();
    assert_eq!((whole.lines.len(), whole.next), (50, None));
    assert!(whole.lines.is_sorted_by(|a, b| b.position < a.position));
    let mut joined = Vec::new();
    let mut before = None;
    loop {
        let page = house
            .views
            .seat_history("opera", "A1", before, 7)
            .await
            .unwrap();
        joined.extend(page.lines);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    // The seventh line of a page is a release whose hold is on the next page.
    assert_eq!(joined, whole.lines);
    assert!(joined.iter().all(|line| line.buyer.is_some()));
}

#[tokio::test]
async fn a_history_of_nothing_and_a_page_that_was_never_given_are_refused() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    let views = std::sync::Arc::clone(&house.views);
    let empty = views.seat_history("opera", "A1", None, 100).await.unwrap();
    assert!(empty.lines.is_empty() && empty.next.is_none());
    let hold = house.hold(1, &[0]);
    house.commit(vec![hold]);
    let missing = views.seat_history("opera", "Z9", None, 100).await;
    assert_eq!(missing.unwrap_err(), Refusal::NotFound("seat"));
    let missing = views.seat_history("play", "A1", None, 100).await;
    assert_eq!(missing.unwrap_err(), Refusal::NotFound("show"));
    // Entry 2 exists and has nothing to do with the seat; entry 8 does not exist.
    for before in [3, 9] {
        let page = views
            .seat_history("opera", "A1", Some(Position(before)), 100)
            .await;
        assert_eq!(page.unwrap_err(), Refusal::BadPage, "{before}");
    }
}

fn money(movement: Movement, amount: i64, balance: i64, previous: Position) -> Event {
    Event::AccountChanged(AccountChanged {
        buyer: name("ann"),
        principal: Principal(3),
        movement,
        amount: Amount(amount),
        balance: Amount(balance),
        currency: Currency::new("EUR").unwrap(),
        previous,
    })
}

/// An order that is paid from the account; then the provider's late payment is credited.
fn sell(house: &mut TestHouse) -> (Position, Position) {
    let order = OrderId(6);
    let charged = house.commit(vec![money(Movement::Charge, 500, 500, Position(0))]);
    let placed = Event::OrderPlaced(OrderPlaced {
        order,
        buyer: name("ann"),
        principal: Principal(3),
        items: Vec::new(),
        show: None,
        seats: Vec::new(),
        places: None,
        hold: None,
        total: Amount(100),
        currency: Currency::new("EUR").unwrap(),
        pay_by: Instant(9),
    });
    let placed = house.commit(vec![placed]);
    let paid = Event::OrderPaid(OrderPaid {
        order,
        amount: Amount(100),
        method: Method::Account,
        booking: Some(BookingId(1)),
        reacquired: false,
        previous: placed,
    });
    let Event::BookingMade(booking) = house.book(1, Source::Order(order), &[]) else {
        unreachable!()
    };
    let booking = Event::BookingMade(BookingMade {
        buyer: name("ann"),
        ..booking
    });
    let paid = house.commit(vec![
        paid,
        booking,
        money(Movement::Payment(order), -100, 400, charged),
    ]);
    let outside = Event::OutsideRecorded(OutsideRecorded {
        reference: name("psp-1"),
        order,
        amount: Amount(100),
        credited: true,
    });
    let credited = house.commit(vec![
        outside,
        money(Movement::Credit(order), 100, 500, paid),
    ]);
    (paid, credited)
}

#[tokio::test]
async fn an_orders_history_has_its_payment_and_booking() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    let (paid, _) = sell(&mut house);
    let page = house
        .views
        .order_history(OrderId(6), paid, None, 100)
        .await
        .unwrap();
    assert_eq!(
        told(&page.lines),
        [
            ("account.changed", Some("ann"), paid.0, 2),
            ("booking.made", Some("ann"), paid.0, 1),
            ("order.paid", Some("ann"), paid.0, 0),
            ("order.placed", Some("ann"), paid.0 - 1, 0),
        ]
    );
}

#[tokio::test]
async fn a_statement_lists_every_movement_with_its_balance() {
    let mut house = TestHouse::with_show(spec(1, 2, 0));
    let (paid, credited) = sell(&mut house);
    let page = house
        .views
        .account_statement(&name("ann"), credited, None, 100)
        .await
        .unwrap();
    let lines: Vec<_> = page
        .lines
        .iter()
        .map(|l| (l.amount, l.balance, l.position))
        .collect();
    assert_eq!(
        lines,
        [(100, 500, credited.0), (-100, 400, paid.0), (500, 500, 3)]
    );
    assert_eq!(page.lines[0].reference.as_deref(), Some("psp-1"));
    assert_eq!(
        page.lines[1].order.as_deref(),
        Some(house.views.secret.order_id(OrderId(6)).as_str())
    );
    let newest = house
        .views
        .account_statement(&name("ann"), credited, None, 1)
        .await
        .unwrap();
    assert_eq!(
        (newest.lines.len(), newest.next),
        (1, Some(Position(paid.0 + 1)))
    );
    let older = house
        .views
        .account_statement(&name("ann"), credited, newest.next, 5)
        .await
        .unwrap();
    assert_eq!(older.lines.len(), 2);
}
