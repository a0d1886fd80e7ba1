//! Bodies in, bodies out: the cinema's calls without a house.

use boxoffice_engine::command::{SeatKey, TariffKey};
use boxoffice_engine::ids::{Fence, HoldId, OrderId};
use boxoffice_engine::reply::{HoldView, Reply, SeatStatus, Shape};

use super::super::testing::{
    AT, CINEMA, check, claim, currency, layouts, missing, name, order, refused as refusing, shown,
    taken,
};
use super::catalogue::seat_list;
use super::locks::{NotWanted, SessionLock, Wanted, available, locked, parse, released};
use super::*;
use crate::secret::Secret;
use crate::views::Status;

fn secret() -> Secret {
    Secret::new(&[7; 32])
}

fn owner() -> Owner {
    Owner {
        id: "3f2504e0-4f89-11d3-9a0c-0305e82c3301".to_owned(),
        kind: "GUEST_SESSION",
    }
}

fn hold() -> HoldView {
    HoldView {
        hold: HoldId(5),
        fence: Fence(1),
        buyer: owner().buyer(),
        claim: claim(CINEMA, &[(0, 0, 12_000), (3, 1, 9_600)]),
        amount: Amount(21_600),
        currency: currency("KRW"),
        placed_at: AT,
        expires_at: AT.after_ms(600_000),
    }
}

#[test]
fn seat_numbers_are_of_one_showtime() {
    assert_eq!(showtime_seat_id(2, SeatIdx(0)), 2_000_001);
    for (showtime, id, seat) in [
        (2, 2_000_001, Some(SeatIdx(0))),
        (2, 3_000_000, Some(SeatIdx(999_999))),
        (2, 2_000_000, None),
        (2, 3_000_001, None),
        (2, 0, None),
        (u64::MAX, 1, None),
        (0, u64::MAX, None),
    ] {
        assert_eq!(seat_of(showtime, id), seat, "{showtime} {id}");
    }
}

#[test]
fn a_lock_names_a_showtime_and_one_to_ten_of_its_seats() {
    let seat = |id: u64| format!(r#"{{"showtimeSeatId":{id},"ticketTypeId":2,"x":0}}"#);
    let body =
        |seats: &[String]| format!(r#"{{"showtimeId":1,"seats":[{}],"x":[]}}"#, seats.join(","));
    let expected = Wanted {
        showtime: 1,
        seats: vec![(SeatKey::Index(SeatIdx(4)), TariffKey::Index(1))],
    };
    assert_eq!(parse(body(&[seat(1_000_005)]).as_bytes()), Ok(expected));
    let ten: Vec<_> = (1..=10).map(|n| seat(1_000_000 + n)).collect();
    assert_eq!(parse(body(&ten).as_bytes()).unwrap().seats.len(), 10);
    let eleven: Vec<_> = (1..=11).map(|n| seat(1_000_000 + n)).collect();
    assert_eq!(parse(body(&eleven).as_bytes()), Err(NotWanted::Bad));
    assert_eq!(parse(body(&[seat(5)]).as_bytes()), Err(NotWanted::NoSeat));
    for body in [
        "",
        "[1,[]]",
        "{}",
        r#"{"showtimeId":1}"#,
        r#"{"showtimeId":1,"seats":[]}"#,
        r#"{"showtimeId":1,"seats":[[1000001,1]]}"#,
        r#"{"showtimeId":1,"seats":[{"showtimeSeatId":1000001}]}"#,
        r#"{"showtimeId":1,"seats":[{"showtimeSeatId":1000001,"ticketTypeId":0}]}"#,
        r#"{"showtimeId":1,"seats":[{"showtimeSeatId":-1,"ticketTypeId":1}]}"#,
        r#"{"showtimeId":"1","seats":[{"showtimeSeatId":1000001,"ticketTypeId":1}]}"#,
        r#"{"showtimeId":1e99,"seats":[{"showtimeSeatId":1000001,"ticketTypeId":1}]}"#,
    ] {
        assert_eq!(parse(body.as_bytes()), Err(NotWanted::Bad), "{body}");
    }
}

#[test]
fn a_tariff_beyond_all_is_the_last_one_which_no_show_has() {
    let body = br#"{"showtimeId":1,"seats":[{"showtimeSeatId":1000001,"ticketTypeId":300}]}"#;
    let wanted = parse(body).unwrap();
    assert_eq!(wanted.seats[0].1, TariffKey::Index(u8::MAX));
    assert!(boxoffice_engine::limits::TARIFFS_MAX <= usize::from(u8::MAX));
}

#[test]
fn a_granted_lock_shows_its_seats_and_its_owner() {
    let (secret, layouts) = (secret(), layouts());
    let response = locked(&Reply::HoldPlaced(hold()), 1, &owner(), &secret, &layouts);
    let expected = format!(
        concat!(
            r#"{{"lockId":"{id}","showtimeId":1,"#,
            r#""lockOwnerId":"3f2504e0-4f89-11d3-9a0c-0305e82c3301","#,
            r#""lockOwnerType":"GUEST_SESSION","lockedSeats":["#,
            r#"{{"showtimeSeatId":1000001,"seatRow":"A","seatNumber":1,"seatType":"MAIN","#,
            r#""ticketTypeId":1,"ticketTypeLabel":"Adult","price":12000}},"#,
            r#"{{"showtimeSeatId":1000004,"seatRow":"B","seatNumber":2,"seatType":"MAIN","#,
            r#""ticketTypeId":2,"ticketTypeLabel":"Student","price":9600}}],"#,
            r#""totalPrice":21600,"expiresAt":"2026-05-01T18:10:00.000Z","#,
            r#""lockDurationMinutes":10,"message":"Seats locked"}}"#,
        ),
        id = secret.hold_id(HoldId(5)),
    );
    check(&response, 201, &expected);
    assert_eq!(response.headers()["x-lock-owner-type"], "GUEST_SESSION");
}

#[test]
fn a_refused_lock_says_why_in_the_cinemas_shape() {
    let (secret, layouts) = (secret(), layouts());
    for (reply, status, message) in [
        (
            taken(CINEMA, SeatStatus::Held),
            409,
            "One or more seats are already locked or booked",
        ),
        (
            taken(CINEMA, SeatStatus::Booked),
            409,
            "One or more seats are already locked or booked",
        ),
        (
            refusing(Rule::SessionHolds(HoldId(1))),
            409,
            "This session already holds a lock for this showtime",
        ),
        (missing(Missing::Show), 404, "Showtime not found"),
        (missing(Missing::SeatNumber(7)), 404, "Seat not found"),
        (missing(Missing::Tariff), 404, "Ticket type not found"),
        (missing(Missing::Hold), 410, "Seat lock has expired"),
        (refusing(Rule::HoldExpired), 410, "Seat lock has expired"),
    ] {
        let (found, body) = shown(&locked(&reply, 1, &owner(), &secret, &layouts));
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (found, body["message"].as_str()),
            (status, Some(message)),
            "{reply:?}"
        );
        assert!(body["details"].is_string() && body["timestamp"].is_string());
    }
    let duplicate = locked(
        &refusing(Rule::Shape(Shape::Duplicate)),
        1,
        &owner(),
        &secret,
        &layouts,
    );
    assert_eq!(duplicate.status(), StatusCode::BAD_REQUEST);
}

#[test]
fn a_release_is_200_whether_or_not_anything_was_held() {
    let layouts = layouts();
    check(
        &released(&Reply::HoldReleased(Some(hold())), 1, &layouts),
        200,
        r#"{"showtimeId":1,"releasedSeats":[1000001,1000004],"message":"Seat lock released"}"#,
    );
    check(
        &released(&Reply::HoldReleased(None), 1, &layouts),
        200,
        r#"{"showtimeId":1,"releasedSeats":[],"message":"No seat lock to release"}"#,
    );
}

fn status(seat: SeatIdx) -> Status {
    match seat.0 {
        0 => Status::Held,
        1 => Status::Booked,
        2 => Status::NotForSale,
        _ => Status::Free,
    }
}

#[test]
fn availability_sorts_the_seats_and_shows_ones_own_lock() {
    let layouts = layouts();
    let layout = layouts.show(CINEMA).unwrap();
    check(
        &available(&layout, 1, None, status),
        200,
        concat!(
            r#"{"showtimeId":1,"availableSeats":[1000004],"lockedSeats":[1000001],"#,
            r#""bookedSeats":[1000002],"message":"1 seats available"}"#,
        ),
    );
    let own = SessionLock::of(&hold(), 1, AT.after_ms(1_500), &secret());
    let expected = format!(
        concat!(
            r#"{{"showtimeId":1,"availableSeats":[1000004],"lockedSeats":[1000001],"#,
            r#""bookedSeats":[1000002],"sessionLockInfo":{{"lockId":"{id}","#,
            r#""myLockedSeats":[1000001,1000004],"remainingSeconds":598}},"#,
            r#""message":"1 seats available"}}"#,
        ),
        id = secret().hold_id(HoldId(5)),
    );
    check(&available(&layout, 1, Some(own), status), 200, &expected);
}

#[test]
fn seats_are_listed_with_the_price_of_every_ticket_type() {
    let layouts = layouts();
    let layout = layouts.show(CINEMA).unwrap();
    let free = seat_list(&layout, 1, OnlyAvailable, status);
    assert_eq!(
        serde_json::to_string(&free).unwrap(),
        concat!(
            r#"[{"showtimeSeatId":1000004,"showtimeId":1,"seatId":4,"rowLabel":"B","#,
            r#""seatNumber":2,"seatType":"MAIN","status":"AVAILABLE","price":12000,"#,
            r#""priceBreakdown":{"adult":12000,"student":9600}}]"#,
        )
    );
    let all = seat_list(&layout, 1, All, status);
    let all = serde_json::to_value(&all).unwrap();
    let statuses: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|seat| &seat["status"])
        .collect();
    assert_eq!(statuses, ["LOCKED", "BOOKED", "BOOKED", "AVAILABLE"]);
}

#[test]
fn a_booking_names_a_genuine_lock_and_asks_for_nothing_that_there_is_not() {
    let secret = secret();
    let lock = secret.hold_id(HoldId(5));
    let parse = |body: String| bookings::parse(body.as_bytes(), &secret);
    for rest in [
        "",
        r#","guestInfo":{"name":"a"},"snackCombos":[],"promotionCode":null"#,
        r#","promotionCode":"""#,
    ] {
        assert_eq!(
            parse(format!(r#"{{"lockId":"{lock}"{rest}}}"#)),
            Ok(HoldId(5)),
            "{rest}"
        );
    }
    for body in [
        String::new(),
        "{}".to_owned(),
        r#"{"lockId":5}"#.to_owned(),
        r#"{"lockId":"5"}"#.to_owned(),
        r#"{"lockId":"h_5.0123456789bcdfgh"}"#.to_owned(),
        format!(r#"{{"lockId":"{lock}","snackCombos":[{{"id":1}}]}}"#),
        format!(r#"{{"lockId":"{lock}","snacks":3}}"#),
        format!(r#"{{"lockId":"{lock}","promotionCode":"HALF"}}"#),
    ] {
        assert!(parse(body.clone()).is_err(), "{body}");
    }
}

#[test]
fn a_confirmed_lock_is_a_booking_that_waits_for_its_payment() {
    let layouts = layouts();
    let claim = claim(CINEMA, &[(0, 0, 12_000)]);
    let order = order("cinema:x", Some(claim), 12_000);
    assert_eq!(order.order, OrderId(7));
    check(
        &bookings::confirmed(&Reply::OrderPlaced(order), &layouts),
        200,
        concat!(
            r#"{"bookingId":7,"status":"PENDING_PAYMENT","showtimeId":1,"movieTitle":"Title","#,
            r#""startTime":"2026-05-01T18:00:00.000Z","seats":["#,
            r#"{"showtimeSeatId":1000001,"seatRow":"A","seatNumber":1,"seatType":"MAIN","#,
            r#""ticketTypeId":1,"ticketTypeLabel":"Adult","price":12000}],"totalPrice":12000,"#,
            r#""discount":0,"finalPrice":12000,"createdAt":"2026-05-01T18:00:00.000Z","#,
            r#""paymentExpiresAt":"2026-05-01T18:10:00.000Z"}"#,
        ),
    );
    check(
        &bookings::previewed(&Reply::Hold(hold()), &layouts),
        200,
        r#"{"subtotal":21600,"discount":0,"total":21600}"#,
    );
    assert_eq!(
        bookings::confirmed(&missing(Missing::Hold), &layouts).status(),
        StatusCode::GONE
    );
}

#[test]
fn a_buyer_is_a_name_whoever_asks() {
    assert_eq!(
        owner().buyer(),
        name("cinema:3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    );
    let user = Owner {
        id: identity::digest_hex(b"token", 16),
        kind: "USER",
    };
    assert_eq!(user.buyer().as_str().len(), BUYER.len() + 32);
}

#[test]
fn customers_of_one_api_key_are_told_apart_by_their_sessions() {
    const A: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3301";
    const B: &str = "3f2504e0-4f89-11d3-9a0c-0305e82c3302";
    let key = ("authorization", "Bearer key");
    let ask = |lines: &[(&'static str, &str)], key_number| {
        let headers = lines
            .iter()
            .map(|(name, text)| (http::HeaderName::from_static(name), text.parse().unwrap()))
            .collect();
        owner_of(Presented::new(&headers, key_number)).map_err(|refused| refused.status().as_u16())
    };
    let guest = |id: &str| {
        Ok(Some(Owner {
            id: id.to_owned(),
            kind: "GUEST_SESSION",
        }))
    };
    let user = |token: &str| {
        Ok(Some(Owner {
            id: identity::digest_hex(token.as_bytes(), 16),
            kind: "USER",
        }))
    };
    assert_eq!(ask(&[key, ("x-session-id", A)], 1), guest(A));
    assert_eq!(ask(&[key, ("x-session-id", B)], 1), guest(B));
    assert_eq!(ask(&[key], 1), user("key"));
    assert_eq!(ask(&[key, ("x-session-id", "no uuid")], 1), Err(400));
    // A token beside the key, or in a house without keys, is the dialect's own and comes first.
    let beside = ("boxoffice-key", "key");
    let alice = ("authorization", "Bearer alice");
    assert_eq!(ask(&[beside, alice, ("x-session-id", A)], 1), user("alice"));
    assert_eq!(ask(&[beside, ("x-session-id", A)], 1), guest(A));
    assert_eq!(ask(&[alice, ("x-session-id", A)], 0), user("alice"));
    assert_eq!(ask(&[beside], 1), Ok(None));
}
