//! Bodies in, bodies out: the theatre's calls without a house.

use boxoffice_engine::ids::{BookingId, Fence, HoldId};
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{BookingStatus, BookingView, HoldView, SeatReleased};

use super::super::testing::{
    AT, THEATRE, check, claim, currency, layouts, missing, name, shown, taken,
};
use super::hall::hall;
use super::*;
use crate::views::Status;

fn hold() -> HoldView {
    HoldView {
        hold: HoldId(5),
        fence: Fence(1),
        buyer: name(ANONYMOUS),
        claim: claim(THEATRE, &[(0, 0, 35_000)]),
        amount: Amount(35_000),
        currency: currency("INR"),
        placed_at: AT,
        expires_at: AT.after_ms(LOCK_TTL_MS),
    }
}

#[test]
fn a_request_names_a_seat_a_show_and_perhaps_a_user() {
    let wanted = |user: &str, seat| Wanted {
        show: name("theatre:1"),
        seat: SeatIdx(seat),
        buyer: name(user),
    };
    for (body, expected) in [
        (
            r#"{"seat_id":10,"show_id":1}"#,
            wanted("theatre:anonymous", 9),
        ),
        (
            r#"{"seat_id": 10, "show_id": 1, "user_id": null, "x": [{}]}"#,
            wanted("theatre:anonymous", 9),
        ),
        (
            r#"{"seat_id":1,"show_id":1,"user_id":7}"#,
            wanted("theatre:7", 0),
        ),
        (
            r#"{"seat_id":1,"show_id":1,"user_id":"ann"}"#,
            wanted("theatre:ann", 0),
        ),
    ] {
        assert_eq!(parse(body.as_bytes()), Ok(expected), "{body}");
    }
}

#[test]
fn every_bad_body_names_its_fields() {
    const REQUIRED: &str = "This field is required.";
    const INTEGER: &str = "A valid integer is required.";
    for (body, faults) in [
        (
            "",
            vec![("non_field_errors", "The body must be a JSON object.")],
        ),
        (
            "[10,1]",
            vec![("non_field_errors", "The body must be a JSON object.")],
        ),
        (
            r#"{"seat_id":10,"show_id":1"#,
            vec![("non_field_errors", "The body must be a JSON object.")],
        ),
        ("{}", vec![("seat_id", REQUIRED), ("show_id", REQUIRED)]),
        (
            r#"{"seat_id":"10","show_id":-1}"#,
            vec![("seat_id", INTEGER), ("show_id", INTEGER)],
        ),
        (
            r#"{"seat_id":1e400,"show_id":1}"#,
            vec![("non_field_errors", "The body must be a JSON object.")],
        ),
        (
            r#"{"seat_id":1e40,"show_id":1}"#,
            vec![("seat_id", INTEGER)],
        ),
        (
            r#"{"seat_id":1,"show_id":1,"user_id":-1}"#,
            vec![("user_id", "A valid user id is required.")],
        ),
        (
            r#"{"seat_id":1,"show_id":1,"user_id":"a b"}"#,
            vec![("user_id", "A valid user id is required.")],
        ),
    ] {
        assert_eq!(
            parse(body.as_bytes()),
            Err(NotWanted::Faults(Faults(faults))),
            "{body}"
        );
    }
    for body in [
        r#"{"seat_id":0,"show_id":1}"#,
        r#"{"seat_id":4294967297,"show_id":1}"#,
    ] {
        let not_wanted = parse(body.as_bytes()).unwrap_err();
        assert_eq!(
            not_wanted.response_404().status(),
            StatusCode::NOT_FOUND,
            "{body}"
        );
        check(
            &not_wanted.response_400(),
            400,
            r#"{"status":"error","message":{"seat_id":["Seat not found"]}}"#,
        );
    }
    check(
        &parse(b"{}").unwrap_err().response_400(),
        400,
        concat!(
            r#"{"status":"error","message":{"seat_id":["This field is required."],"#,
            r#""show_id":["This field is required."]}}"#,
        ),
    );
}

#[test]
fn a_booking_and_its_refusals_have_the_originals_texts() {
    let layouts = layouts();
    let booking = BookingView {
        booking: BookingId(12),
        buyer: name(ANONYMOUS),
        status: BookingStatus::Confirmed,
        claim: claim(THEATRE, &[(0, 0, 35_000)]),
        amount: Amount(35_000),
        currency: currency("INR"),
        booked_at: AT,
        order: None,
    };
    for (reply, status, body) in [
        (
            Reply::Booked(booking),
            200,
            concat!(
                r#"{"status":"success","message":"Seat booked successfully","booking_id":12,"#,
                r#""seat":"A1"}"#,
            ),
        ),
        (
            taken(THEATRE, SeatStatus::Booked),
            409,
            r#"{"status":"error","message":"Seat is already booked by another user"}"#,
        ),
        (
            taken(THEATRE, SeatStatus::Held),
            409,
            r#"{"status":"error","message":"Seat is held by another user"}"#,
        ),
        (
            missing(Missing::SeatNumber(999)),
            400,
            r#"{"status":"error","message":{"seat_id":["Seat not found"]}}"#,
        ),
        (
            missing(Missing::Show),
            400,
            r#"{"status":"error","message":{"show_id":["Show not found"]}}"#,
        ),
    ] {
        check(&booked(&reply, &layouts), status, body);
    }
}

#[test]
fn a_lock_and_its_end_have_the_originals_texts() {
    let layouts = layouts();
    check(
        &locked(&Reply::HoldPlaced(hold()), &layouts),
        200,
        concat!(
            r#"{"status":"success","message":"Seat locked for 5 minutes","booking_id":1000000000005,"#,
            r#""locked_until":"2026-05-01T18:05:00.000Z"}"#,
        ),
    );
    let text = |response: &Response| {
        let (status, body) = shown(response);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        (
            status,
            body["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    for (response, status, message) in [
        (
            locked(&taken(THEATRE, SeatStatus::Booked), &layouts),
            409,
            "Seat is already booked",
        ),
        (
            locked(&taken(THEATRE, SeatStatus::Held), &layouts),
            409,
            "Seat is held by another user",
        ),
        (
            locked(&missing(Missing::SeatNumber(1)), &layouts),
            404,
            "Seat not found",
        ),
        (
            locked(&missing(Missing::Show), &layouts),
            404,
            "Show not found",
        ),
        (
            released(&Reply::HoldReleased(Some(hold())), &layouts),
            200,
            "Seat lock released",
        ),
        (
            released(&Reply::HoldReleased(None), &layouts),
            200,
            "No lock found to release",
        ),
        (
            cancelled(&missing(Missing::BookedSeat), &layouts),
            404,
            "No booking found for this seat",
        ),
        (
            cancelled(&missing(Missing::Show), &layouts),
            404,
            "Show not found",
        ),
    ] {
        assert_eq!(text(&response), (status, message.to_owned()));
    }
    let seat = SeatReleased {
        show: THEATRE,
        seat: SeatIdx(0),
        booking: Some(BookingId(1)),
    };
    assert_eq!(
        text(&cancelled(&Reply::SeatReleased(seat), &layouts)).0,
        200
    );
}

#[test]
fn a_hall_shows_every_seat_with_its_state() {
    let layouts = layouts();
    let layout = layouts.show(THEATRE).unwrap();
    let status = |seat: SeatIdx| match seat.0 {
        0 => Status::Held,
        1 => Status::Booked,
        _ => Status::Free,
    };
    let expected = concat!(
        r#"{"show_id":1,"movie_title":"Title","hall_name":"MAIN","venue_name":"Venue","#,
        r#""start_time":"2026-05-01T18:00:00.000Z","price":"350.00","total_rows":2,"#,
        r#""seats_per_row":2,"seats":["#,
        r#"{"id":1,"row":"A","number":1,"seat_type":"MAIN","status":"LOCKED"},"#,
        r#"{"id":2,"row":"A","number":2,"seat_type":"MAIN","status":"BOOKED"},"#,
        r#"{"id":3,"row":"B","number":1,"seat_type":"MAIN","status":"AVAILABLE"},"#,
        r#"{"id":4,"row":"B","number":2,"seat_type":"MAIN","status":"AVAILABLE"}]}"#,
    );
    check(&hall(&layout, 1, status), 200, expected);
}
