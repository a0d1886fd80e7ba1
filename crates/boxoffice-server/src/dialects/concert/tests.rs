//! Bodies in, bodies out: the concert's calls without a house.

use boxoffice_engine::ids::ShowIdx;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{OrderStatus, PaymentView, SeatStatus};

use super::super::testing::{
    AT, check, claim, currency, missing, name, order, refused as refusing, shown, taken,
};
use super::*;

#[test]
fn a_reservation_names_a_concert_a_seat_and_a_user() {
    let wanted = Wanted {
        concert: 1,
        seat: SeatIdx(999),
        user: 42,
    };
    let body = br#"{"concertId":1,"seatNumber":1000,"userId":42,"extra":"x"}"#;
    assert_eq!(parse_reservation(body), Ok(wanted));
    for body in [
        "",
        "[1,1,1]",
        "{}",
        r#"{"concertId":1,"seatNumber":1}"#,
        r#"{"concertId":"1","seatNumber":1,"userId":1}"#,
        r#"{"concertId":1,"seatNumber":-1,"userId":1}"#,
        r#"{"concertId":1,"seatNumber":0,"userId":1}"#,
        r#"{"concertId":1,"seatNumber":1.5,"userId":1}"#,
        r#"{"concertId":1,"seatNumber":1,"userId":18446744073709551616}"#,
    ] {
        assert_eq!(
            parse_reservation(body.as_bytes()),
            Err(BAD_RESERVATION),
            "{body}"
        );
    }
    let beyond = br#"{"concertId":1,"seatNumber":4294967297,"userId":1}"#;
    assert_eq!(parse_reservation(beyond), Err(NO_SEAT));
}

#[test]
fn a_payment_names_a_reservation_and_a_positive_amount() {
    let body = br#"{"userId":42,"reservationId":7,"amount":10000}"#;
    assert_eq!(parse_payment(body), Some((42, 7)));
    for body in [
        "",
        "{}",
        r#"{"userId":42,"reservationId":7}"#,
        r#"{"userId":42,"reservationId":7,"amount":0}"#,
        r#"{"userId":42,"reservationId":7,"amount":-1}"#,
        r#"{"userId":42,"reservationId":7,"amount":"1"}"#,
        r#"{"userId":42,"reservationId":"7","amount":1}"#,
        r#"{"userId":null,"reservationId":7,"amount":1}"#,
    ] {
        assert_eq!(parse_payment(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn a_reservation_is_granted_or_refused_by_its_own_statuses() {
    let wanted = Wanted {
        concert: 1,
        seat: SeatIdx(4),
        user: 42,
    };
    let granted = Reply::OrderPlaced(order(
        "concert:42",
        Some(claim(ShowIdx(0), &[(4, 0, 10_000)])),
        10_000,
    ));
    check(
        &reserved(&granted, &wanted),
        200,
        concat!(
            r#"{"reservationId":7,"concertId":1,"seatNumber":5,"userId":42,"price":10000,"#,
            r#""status":"PENDING_PAYMENT","reservedAt":"2026-05-01T18:00:00.000Z","#,
            r#""expiresAt":"2026-05-01T18:10:00.000Z"}"#,
        ),
    );
    for (reply, status, code) in [
        (
            taken(ShowIdx(0), SeatStatus::Held),
            409,
            "SEAT_ALREADY_RESERVED",
        ),
        (
            taken(ShowIdx(0), SeatStatus::Booked),
            409,
            "SEAT_ALREADY_RESERVED",
        ),
        (missing(Missing::Show), 400, "CONCERT_NOT_FOUND"),
        (missing(Missing::SeatNumber(1_001)), 400, "SEAT_NOT_FOUND"),
        (refusing(Rule::HouseFull), 503, "house-full"),
    ] {
        let (found, body) = shown(&reserved(&reply, &wanted));
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (found, body["code"].as_str()),
            (status, Some(code)),
            "{reply:?}"
        );
    }
}

#[test]
fn a_payment_is_200_or_400_and_nothing_else_that_the_house_decided() {
    let payment = PaymentView {
        order: OrderId(7),
        buyer: name("concert:42"),
        status: OrderStatus::Paid,
        amount: Amount(10_000),
        currency: currency("KRW"),
        balance: Some(Amount(5)),
        booking: None,
        reference: None,
        at: AT,
    };
    check(
        &paid(&Reply::Paid(payment), 42),
        200,
        concat!(
            r#"{"reservationId":7,"userId":42,"amount":10000,"balance":5,"status":"PAID","#,
            r#""paidAt":"2026-05-01T18:00:00.000Z"}"#,
        ),
    );
    for reply in [
        missing(Missing::Order),
        missing(Missing::Buyer),
        missing(Missing::Account),
        refusing(Rule::OrderNotPending(OrderStatus::Paid)),
        refusing(Rule::OrderNotPending(OrderStatus::Expired)),
        refusing(Rule::OrderExpired),
        refusing(Rule::InsufficientBalance(Amount(1))),
    ] {
        assert_eq!(
            paid(&reply, 42).status(),
            StatusCode::BAD_REQUEST,
            "{reply:?}"
        );
    }
    assert_eq!(
        paid(&refusing(Rule::Busy), 42).status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}
