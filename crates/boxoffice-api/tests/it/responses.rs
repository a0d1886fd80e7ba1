//! Responses: each one, with every member set, is what its schema says.

use boxoffice_api::openapi::{Api, document};
use boxoffice_api::problem::{Funds, LimitHit};
use boxoffice_api::v1::account::{AccountResponse, StatementKind, StatementLine};
use boxoffice_api::v1::booking::{BookingList, BookingResponse, BookingStatus};
use boxoffice_api::v1::feed::{FeedEvent, FeedPage};
use boxoffice_api::v1::history::{HistoryLine, HistoryResponse};
use boxoffice_api::v1::hold::{HoldResponse, PlacesItem, ReleaseResponse, SeatItem};
use boxoffice_api::v1::order::{
    OrderItem, OrderList, OrderResponse, OrderStatus, PaymentOutcome, PaymentResponse,
    RefundResponse,
};
use boxoffice_api::v1::product::ProductResponse;
use boxoffice_api::v1::seats::{
    CompactMap, SeatChange, SeatChanges, SeatMap, SeatReleaseResponse, SeatStatus, SeatView,
};
use boxoffice_api::v1::show::Tariff;
use boxoffice_api::v1::show_view::{
    AreaView, SectionView, ShowList, ShowResponse, ShowSummary, Totals,
};
use boxoffice_api::{Conflict, ConflictStatus, Currency, ErrorCode, Faults, Problem, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::differences;

fn eur() -> Currency {
    Currency::parse("EUR").expect("it is one")
}

fn time() -> Timestamp {
    Timestamp::parse("2026-05-01T20:00:00.123Z").expect("it is one")
}

/// Checks a response against its schema, and that it has all members of it.
#[track_caller]
fn check(name: &str, response: &impl Serialize) -> Value {
    let document = document(Api::Native);
    let schema = &document["components"]["schemas"][name];
    let value = serde_json::to_value(response).expect("it serialises");
    assert_eq!(differences(&document, schema, &value), Vec::<String>::new());
    for member in schema["properties"]
        .as_object()
        .expect("it is an object")
        .keys()
    {
        assert!(
            value.get(member).is_some(),
            "{name}.{member} is not in the response"
        );
    }
    value
}

fn seat() -> SeatItem<'static> {
    let (section, row) = ("stalls".into(), "A".into());
    SeatItem {
        seat: "A1".into(),
        section,
        row,
        number: 1,
        price: 900,
    }
}

fn places() -> Option<PlacesItem<'static>> {
    Some(PlacesItem {
        area: "floor".into(),
        quantity: 2,
        price: 500,
    })
}

fn booking() -> BookingResponse<'static> {
    BookingResponse {
        booking: "k1".into(),
        show: "tosca".into(),
        buyer: "b".into(),
        seats: vec![seat()],
        places: places(),
        amount: 1_900,
        currency: eur(),
        status: BookingStatus::Confirmed,
        created_at: time(),
        order: Some("o1".into()),
    }
}

fn order() -> OrderResponse<'static> {
    let item = OrderItem {
        product: "p".into(),
        name: "Programme".into(),
        quantity: 2,
        unit_price: 500,
        subtotal: 1_000,
    };
    OrderResponse {
        order: "o1".into(),
        number: 1,
        buyer: "b".into(),
        status: OrderStatus::PendingPayment,
        items: vec![item],
        seats: vec![seat()],
        places: places(),
        show: Some("tosca".into()),
        total: 2_900,
        currency: eur(),
        pay_by: time(),
        created_at: time(),
        paid_at: Some(time()),
        booking: Some("k1".into()),
        refunded: 0,
    }
}

#[test]
fn holds_and_bookings_are_as_documented() {
    let hold = HoldResponse {
        hold: "h1".into(),
        token: "t".into(),
        fence: 1,
        show: "tosca".into(),
        buyer: "b".into(),
        seats: vec![seat()],
        places: places(),
        amount: 1_900,
        currency: eur(),
        expires_at: time(),
    };
    let value = check("Hold", &hold);
    assert_eq!(value["expires_at"], "2026-05-01T20:00:00.123Z");
    assert_eq!(value["currency"], "EUR");
    let bare = HoldResponse {
        places: None,
        ..hold
    };
    let value = serde_json::to_value(bare).expect("it serialises");
    assert_eq!(value.get("places"), None);
    check(
        "Release",
        &ReleaseResponse {
            hold: "h1".into(),
            released: 2,
        },
    );
    let (show, booking_id) = ("tosca".into(), Some("k1".into()));
    let release = SeatReleaseResponse {
        show,
        seat: "A1".into(),
        booking: booking_id,
    };
    check("SeatRelease", &release);
    check("Booking", &booking());
    let list = BookingList {
        buyer: "b".into(),
        bookings: vec![booking()],
        next: Some("k1".into()),
    };
    check("BookingList", &list);
}

#[test]
fn a_refund_into_another_keys_account_is_documented_without_its_balance() {
    let hidden = serde_json::to_value(RefundResponse {
        order: "o1".into(),
        status: OrderStatus::Refunded,
        amount: 1,
        balance: None,
    });
    let document = document(Api::Native);
    let schema = &document["components"]["schemas"]["Refund"];
    let found = differences(&document, schema, &hidden.expect("it serialises"));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn orders_payments_and_accounts_are_as_documented() {
    check("Order", &order());
    let orders = vec![order()];
    check(
        "OrderList",
        &OrderList {
            buyer: "b".into(),
            orders,
            next: Some("o1".into()),
        },
    );
    let payment = PaymentResponse {
        order: "o1".into(),
        status: OrderStatus::Paid,
        outcome: PaymentOutcome::Credited,
        amount: 2_900,
        balance: Some(100),
        booking: Some("k1".into()),
        paid_at: time(),
    };
    check("Payment", &payment);
    let status = OrderStatus::Refunded;
    check(
        "Refund",
        &RefundResponse {
            order: "o1".into(),
            status,
            amount: 1,
            balance: Some(2),
        },
    );
    let line = StatementLine {
        at: time(),
        kind: StatementKind::Payment,
        amount: -500,
        balance: 500,
        order: Some("o1".into()),
        reference: Some("r".into()),
        position: 7,
    };
    let statement = Some(vec![line]);
    let buyer = "b".into();
    check(
        "Account",
        &AccountResponse {
            buyer,
            balance: 5,
            currency: eur(),
            version: 2,
            statement,
        },
    );
    let product = ProductResponse {
        product: "p".into(),
        name: "Programme".into(),
        price: 500,
        currency: eur(),
        stock: 8,
        initial: 10,
        restocked: 0,
        sold: 2,
    };
    check("Product", &product);
}

fn area() -> AreaView<'static> {
    AreaView {
        id: "floor".into(),
        price: 500,
        totals: Totals::default(),
    }
}

#[test]
fn shows_are_as_documented() {
    let summary = ShowSummary {
        show: "tosca".into(),
        name: "Tosca".into(),
        starts_at: Some(time()),
        on_sale_at: Some(time()),
        open: true,
        venue: Some("Hall".into()),
        totals: Totals {
            total: 3,
            free: 1,
            held: 1,
            booked: 1,
            not_for_sale: 0,
        },
    };
    check(
        "ShowList",
        &ShowList {
            shows: vec![summary],
            next: Some("tosca".into()),
        },
    );
    let section = SectionView {
        id: "s".into(),
        price: 900,
        totals: Totals::default(),
    };
    let show = ShowResponse {
        show: "tosca".into(),
        name: "Tosca".into(),
        starts_at: Some(time()),
        on_sale_at: Some(time()),
        open: true,
        venue: Some("Hall".into()),
        currency: eur(),
        hold_ttl_ms: 600_000,
        order_ttl_ms: 900_000,
        seats_per_buyer_max: Some(4),
        seats_per_hold_max: Some(4),
        tariffs: Tariff::defaults(),
        totals: Totals::default(),
        sections: vec![section],
        areas: vec![area()],
    };
    check("Show", &show);
}

#[test]
fn seat_maps_are_as_documented() {
    let view = SeatView {
        seat: "A1".into(),
        section: "s".into(),
        row: "A".into(),
        number: 1,
        price: 900,
        status: SeatStatus::NotForSale,
        free_at: Some(time()),
    };
    let (show, areas) = ("tosca".into(), vec![area()]);
    check(
        "SeatMap",
        &SeatMap {
            show,
            position: 7,
            seats: vec![view],
            areas,
        },
    );
    let states = [
        SeatStatus::Free,
        SeatStatus::Held,
        SeatStatus::Booked,
        SeatStatus::NotForSale,
    ];
    let compact = CompactMap {
        show: "tosca".into(),
        position: 7,
        seats: vec!["A1".into()],
        states: states
            .map(SeatStatus::letter)
            .iter()
            .collect::<String>()
            .into(),
        areas: vec![area()],
    };
    assert_eq!(check("CompactMap", &compact)["states"], "FHBN");
    let change = SeatChange {
        seat: "A1".into(),
        status: SeatStatus::Held,
        free_at: Some(time()),
    };
    let changes = vec![change];
    let show = "tosca".into();
    check(
        "SeatChanges",
        &SeatChanges {
            show,
            since: 5,
            position: 7,
            changes,
            areas: vec![area()],
        },
    );
}

#[test]
fn histories_and_the_feed_are_as_documented() {
    let line = HistoryLine {
        at: time(),
        event: "seat.held".into(),
        buyer: Some("b".into()),
        hold: Some("h".into()),
        booking: Some("k".into()),
        order: Some("o".into()),
        expires_at: Some(time()),
        amount: Some(-5),
        reference: Some("r".into()),
        position: 7,
        index: 0,
    };
    let history = HistoryResponse {
        seat: Some("A1".into()),
        show: Some("tosca".into()),
        order: Some("o".into()),
        history: vec![line],
        position: 9,
        next: Some("7-0".into()),
    };
    check("History", &history);
    let event = FeedEvent::new(7, 1, time(), "seat.held", json!({"seat": "A1"}));
    let event = event.about("shows/tosca/seats/A1");
    assert_eq!(check("FeedEvent", &event)["id"], "7-1");
    check(
        "FeedPage",
        &FeedPage {
            events: vec![event],
            next: 8,
            position: 9,
        },
    );
}

#[test]
fn problems_are_as_documented() {
    let mut faults = Faults::default();
    faults.add_query("since", "is wrong");
    let conflict = Conflict {
        seat: Some("A1".into()),
        area: Some("floor".into()),
        product: Some("p".into()),
        status: ConflictStatus::Held,
        free_at: Some(time()),
        available: Some(1),
    };
    check("Conflict", &conflict);
    let full = Problem::validation(faults)
        .with_conflicts(vec![conflict])
        .at_position(7)
        .retry_after_ms(50)
        .for_request("r1");
    let funds = check_problem(full.clone().with_funds(Funds {
        balance: 1,
        needed: 2,
    }));
    assert_eq!(funds["funds"], json!({"balance": 1, "needed": 2}));
    let limit = LimitHit {
        rule: "seats_per_buyer_max",
        max: 4,
        used: 3,
        asked: 2,
    };
    let limited = check_problem(full.with_limit(limit));
    assert_eq!(limited["limit"]["rule"], "seats_per_buyer_max");

    let bare = Problem::new(ErrorCode::SoldOut, "None left.").to_json();
    let bare: Value = serde_json::from_slice(&bare).expect("it is JSON");
    assert_eq!(
        bare,
        json!({"type": "/docs/errors/sold-out", "title": "Not enough is left", "status": 409,
            "code": "sold-out", "detail": "None left."})
    );
}

fn check_problem(problem: Problem<'_>) -> Value {
    let document = document(Api::Native);
    let value: Value = serde_json::from_slice(&problem.to_json()).expect("it is JSON");
    let schema = &document["components"]["schemas"]["Problem"];
    assert_eq!(differences(&document, schema, &value), Vec::<String>::new());
    value
}
