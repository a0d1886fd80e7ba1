//! Bodies in, bodies out: the order race's calls without a house.

use boxoffice_engine::reply::{SeatStatus, Shape};

use super::super::testing::{
    RACE, check, claim, layouts, missing, name, order, refused as refusing, taken,
};
use super::*;

fn secret() -> Secret {
    Secret::new(&[7; 32])
}

#[test]
fn an_order_names_an_event_a_session_and_seats() {
    for body in [
        concat!(
            r#"{"event_id":1,"session_id":1,"seat_ids":["1","2"],"organization_id":1,"#,
            r#""discount_id":null}"#,
        ),
        r#"{"event_id":"1","session_id":"1","seat_ids":[1,2],"extra":{}}"#,
    ] {
        let (_, show, want) = parse(body.as_bytes()).unwrap();
        assert_eq!(show, name("race:1:1"), "{body}");
        let Want::Seats(seats) = want else {
            panic!("seats were asked for")
        };
        let ids = ["1", "2"].map(|id| (SeatKey::Named(name(id)), TariffKey::Default));
        assert_eq!(seats, ids, "{body}");
    }
}

#[test]
fn every_bad_body_is_400_and_an_impossible_session_404() {
    for body in [
        "",
        "null",
        "[1,1,[\"1\"]]",
        "{}",
        r#"{"event_id":1,"session_id":1}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":[]}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":"1"}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":[-1]}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":[1.5]}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":[null]}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":["a b"]}"#,
        r#"{"event_id":-1,"session_id":1,"seat_ids":["1"]}"#,
        r#"{"event_id":1,"session_id":true,"seat_ids":["1"]}"#,
        r#"{"event_id":1,"session_id":1,"seat_ids":["1"],"organization_id":{}}"#,
    ] {
        assert_eq!(
            parse(body.as_bytes()).unwrap_err().0,
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    for body in [
        r#"{"event_id":"1:1","session_id":"1","seat_ids":["1"]}"#,
        r#"{"event_id":"a b","session_id":"1","seat_ids":["1"]}"#,
    ] {
        assert_eq!(
            parse(body.as_bytes()).unwrap_err().0,
            StatusCode::NOT_FOUND,
            "{body}"
        );
    }
}

#[test]
fn a_winner_gets_its_order_and_a_loser_the_exact_text() {
    let (secret, layouts) = (secret(), layouts());
    let body =
        br#"{"event_id":1,"session_id":1,"seat_ids":[2],"organization_id":1,"discount_id":null}"#;
    let (wanted, ..) = parse(body).unwrap();
    let won = Reply::OrderPlaced(order(
        "race:u",
        Some(claim(RACE, &[(1, 0, 50_000)])),
        50_000,
    ));
    let id = secret.order_id(OrderId(7));
    let expected = format!(
        r#"{{"order_id":"{id}","session_id":1,"organization_id":1,"seat_ids":["2"],"user_id":"u"}}"#
    );
    check(
        &placed(&won, &wanted, "u", &secret, &layouts),
        201,
        &expected,
    );
    let lost = placed(
        &taken(RACE, SeatStatus::Held),
        &wanted,
        "u",
        &secret,
        &layouts,
    );
    check(
        &lost,
        400,
        "Seat validation failed: one or more seats already locked",
    );
    assert_eq!(lost.headers()[http::header::CONTENT_TYPE], "text/plain");
    for (reply, status) in [
        (missing(Missing::Show), 404),
        (missing(Missing::Seat(name("99"))), 400),
        (refusing(Rule::Shape(Shape::Duplicate)), 400),
        (refusing(Rule::ShowClosed), 409),
        (refusing(Rule::Busy), 503),
    ] {
        let response = placed(&reply, &wanted, "u", &secret, &layouts);
        assert_eq!(response.status().as_u16(), status, "{reply:?}");
    }
}

#[test]
fn an_order_is_shown_with_its_session_and_deadline() {
    let (secret, layouts) = (secret(), layouts());
    let order = order("race:u", Some(claim(RACE, &[(0, 0, 50_000)])), 50_000);
    let id = secret.order_id(OrderId(7));
    let body = serde_json::to_string(&OrderFields::of(&order, "u", &secret, &layouts)).unwrap();
    let expected = format!(
        concat!(
            r#"{{"order_id":"{id}","event_id":1,"session_id":1,"seat_ids":["1"],"user_id":"u","#,
            r#""status":"pending","total":50000,"currency":"KRW","#,
            r#""created_at":"2026-05-01T18:00:00.000Z","expires_at":"2026-05-01T18:10:00.000Z"}}"#,
        ),
        id = id,
    );
    assert_eq!(body, expected);
    let expected = format!(
        concat!(
            r#"{{"payment_intent_id":"pi_{id}","order_id":"{id}","amount":50000,"#,
            r#""currency":"KRW","status":"requires_payment_method","#,
            r#""expires_at":"2026-05-01T18:10:00.000Z"}}"#,
        ),
        id = id,
    );
    check(&payment_intent(&order, &secret), 200, &expected);
    let gone = OrderView {
        status: OrderStatus::Expired,
        ..order
    };
    assert_eq!(
        payment_intent(&gone, &secret).status(),
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn a_cancel_is_204_without_a_body() {
    check(
        &cancelled(&Reply::OrderCancelled(order("race:u", None, 0))),
        204,
        "",
    );
    check(&cancelled(&missing(Missing::Order)), 404, "Order not found");
    assert_eq!(
        cancelled(&refusing(Rule::OrderPaid(OrderId(7)))).status(),
        StatusCode::CONFLICT
    );
}

#[test]
fn users_of_one_api_key_are_told_apart_by_their_ids() {
    let key = ("authorization", "Bearer key");
    let ask = |lines: &[(&'static str, &str)], key_number| {
        let headers = lines
            .iter()
            .map(|(name, text)| (http::HeaderName::from_static(name), text.parse().unwrap()))
            .collect();
        user(Presented::new(&headers, key_number))
            .map(|user| (user.id, user.buyer.as_str().to_owned()))
            .map_err(|(status, _)| status.as_u16())
    };
    let of_token = |token: &str| {
        let digest = identity::digest_hex(token.as_bytes(), 8);
        Ok((digest.clone(), format!("race:{digest}")))
    };
    let of_id = |id: &str| Ok((id.to_owned(), format!("race:id:{id}")));
    assert_eq!(ask(&[key, ("x-user-id", "anna")], 1), of_id("anna"));
    assert_eq!(ask(&[key, ("x-user-id", "bert")], 1), of_id("bert"));
    assert_eq!(
        ask(&[key, ("x-user-id", &"x".repeat(48))], 1),
        of_id(&"x".repeat(48))
    );
    assert_eq!(ask(&[key], 1), of_token("key"));
    assert_eq!(ask(&[key, ("x-user-id", "a b")], 1), Err(400));
    // A token beside the key, or in a house without keys, is the dialect's own.
    let (beside, anna) = (("boxoffice-key", "key"), ("authorization", "Bearer anna"));
    let other = ("x-user-id", "other");
    assert_eq!(ask(&[beside, anna, other], 1), of_token("anna"));
    assert_eq!(ask(&[anna, other], 0), of_token("anna"));
    assert_eq!(ask(&[beside, other], 1), Err(401));
}
