//! Layouts, replies and bodies for the tests of the dialects.

use std::sync::Arc;

use boxoffice_engine::ids::{Name, Position, Principal, SeatIdx, ShowIdx, Text};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::{
    Answer, ClaimView, Conflict, Missing, OrderStatus, OrderView, Refusal, Reply, Rule, SeatStatus,
    SeatView,
};
use boxoffice_engine::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};
use boxoffice_engine::time::Instant;
use boxoffice_writer::layouts::Layouts;
use boxoffice_writer::request::{Answered, Timing};

use crate::http::{Body, Response};

/// 2026-05-01T18:00:00Z
pub(super) const AT: Instant = Instant(1_777_658_400_000_000);

pub(super) const THEATRE: ShowIdx = ShowIdx(0);
pub(super) const CINEMA: ShowIdx = ShowIdx(1);
pub(super) const RACE: ShowIdx = ShowIdx(2);

pub(super) fn name(id: &str) -> Name {
    Name::new(id).unwrap()
}

pub(super) fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

/// `theatre:1`, `cinema:1` and `race:1:1`, each with rows A and B of two seats.
pub(super) fn layouts() -> Layouts {
    let layouts = Layouts::default();
    let shows = [
        (THEATRE, "theatre:1", "INR", 35_000),
        (CINEMA, "cinema:1", "KRW", 12_000),
    ];
    for (idx, id, code, price) in shows {
        let rows = ["A", "B"].map(|row| (row, RowSeats::Count(2)));
        layouts.publish(Arc::new(layout(idx, id, code, price, rows.into())));
    }
    let seats = |ids: [&str; 2]| RowSeats::Named(ids.map(name).into());
    let rows = vec![("A", seats(["1", "2"])), ("B", seats(["3", "4"]))];
    layouts.publish(Arc::new(layout(RACE, "race:1:1", "KRW", 50_000, rows)));
    layouts
}

fn layout(idx: ShowIdx, id: &str, code: &str, price: i64, rows: Vec<(&str, RowSeats)>) -> Layout {
    let tariff = |code, label: &str, percent| Tariff {
        code: name(code),
        label: Text::new(label).unwrap(),
        percent,
    };
    let rows = rows.into_iter().map(|(row, seats)| RowSpec {
        row: name(row),
        price: None,
        seats,
        not_for_sale: Vec::new(),
    });
    let spec = ShowSpec {
        title: Text::new("Title").unwrap(),
        venue: Text::new("Venue").unwrap(),
        starts_at: Some(AT),
        on_sale_at: None,
        open: true,
        currency: currency(code),
        hold_ttl_ms: 600_000,
        order_ttl_ms: 900_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: vec![
            tariff("adult", "Adult", 100),
            tariff("student", "Student", 80),
        ],
        sections: vec![SectionSpec {
            id: name("MAIN"),
            prefix: Text::default(),
            price: Amount(price),
            rows: rows.collect(),
        }],
        areas: Vec::new(),
    };
    Layout::build(idx, &name(id), Principal(0), &spec, None).unwrap()
}

pub(super) fn claim(show: ShowIdx, seats: &[(u32, u8, i64)]) -> ClaimView {
    let seats = seats.iter().map(|(seat, tariff, price)| SeatView {
        seat: SeatIdx(*seat),
        tariff: *tariff,
        price: Amount(*price),
    });
    ClaimView {
        show,
        seats: seats.collect(),
        places: None,
    }
}

pub(super) fn order(buyer: &str, claim: Option<ClaimView>, total: i64) -> OrderView {
    OrderView {
        order: boxoffice_engine::ids::OrderId(7),
        buyer: name(buyer),
        status: OrderStatus::PendingPayment,
        items: Vec::new(),
        claim,
        total: Amount(total),
        refunded: Amount::ZERO,
        currency: currency("KRW"),
        placed_at: AT,
        pay_by: AT.after_ms(600_000),
        paid_at: None,
        booking: None,
        last: Position(1),
    }
}

pub(super) fn refused(rule: Rule) -> Reply {
    Reply::Refused(Refusal {
        rule,
        conflicts: Vec::new(),
        show: None,
    })
}

pub(super) fn missing(missing: Missing) -> Reply {
    refused(Rule::NotFound(missing))
}

/// The first seat of a show stands in the way.
pub(super) fn taken(show: ShowIdx, status: SeatStatus) -> Reply {
    let free_at = matches!(status, SeatStatus::Held).then(|| AT.after_ms(252_000));
    let conflict = Conflict {
        seat: SeatIdx(0),
        status,
        free_at,
    };
    let rule = Rule::SeatUnavailable;
    Reply::Refused(Refusal {
        rule,
        conflicts: vec![conflict],
        show: Some(show),
    })
}

pub(super) fn answered(reply: Reply, replayed: bool) -> Answered {
    Answered {
        answer: Answer {
            reply,
            rests_on: Position(1),
            replayed,
        },
        position: Position(1),
        index: 0,
        at: AT,
        timing: Timing::default(),
    }
}

/// A response's status and body.
pub(super) fn shown(response: &Response) -> (u16, String) {
    let Body::Full(bytes) = response.body() else {
        panic!("dialects answer whole bodies")
    };
    (
        response.status().as_u16(),
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

#[track_caller]
pub(super) fn check(response: &Response, status: u16, body: &str) {
    assert_eq!(shown(response), (status, body.to_owned()));
}

/// As [`check`], for bodies with the wall clock in them: `*` stands for the value of `timestamp`.
#[track_caller]
pub(super) fn check_timed(response: &Response, status: u16, body: &str) {
    let (found, text) = shown(response);
    let start = text.find(r#""timestamp":""#).expect("a timestamp") + r#""timestamp":""#.len();
    let end = start + text[start..].find('"').expect("the end of the timestamp");
    assert!(
        boxoffice_api::Timestamp::parse(&text[start..end]).is_some(),
        "{text}"
    );
    let text = format!("{}*{}", &text[..start], &text[end..]);
    assert_eq!((found, text.as_str()), (status, body));
}
