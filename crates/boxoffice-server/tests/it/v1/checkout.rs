//! Orders with seats, from hold to refund, and what a crowd of repeats does to them.

use serde_json::json;

use super::{hold, opened, text, totals};

#[test]
fn an_order_takes_a_hold_over_and_a_refund_frees_its_seats() {
    let server = opened();
    let held = hold(&server, &["A1", "A2"]);
    let body = json!({"buyer": "anna", "hold": held["hold"], "token": held["token"],
        "items": [{"product": "mug", "quantity": 1}], "ttl_ms": 60_000});
    let order = server.send("POST", "/v1/orders", &body.to_string()).ok(201);
    assert_eq!(
        json!([order["show"], order["total"]]),
        json!(["opera", 10_900])
    );
    assert_eq!(totals(&server), (19, 17, 2, 0));
    let path = format!("/v1/orders/{}", text(&order, "order"));
    let paid = server.send("POST", &format!("{path}/payment"), "").ok(200);
    assert_eq!(paid["balance"], 9_100);
    assert_eq!(totals(&server), (19, 17, 0, 2));
    let booking = server.send(
        "GET",
        &format!("/v1/bookings/{}", text(&paid, "booking")),
        "",
    );
    assert_eq!(booking.ok(200)["order"], order["order"]);
    let refund = json!({"seats": ["A1"]}).to_string();
    let part = server
        .send("POST", &format!("{path}/refund"), &refund)
        .ok(200);
    assert_eq!(part["amount"], 5_000);
    assert_eq!(totals(&server), (19, 18, 0, 1));
    server.send("POST", &format!("{path}/refund"), "{}").ok(200);
    assert_eq!(totals(&server), (19, 19, 0, 0));
    let account = server
        .send("GET", "/v1/accounts/anna?statement=100", "")
        .ok(200);
    let moved: Vec<i64> = account["statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["amount"].as_i64().unwrap())
        .collect();
    assert_eq!((moved.iter().sum::<i64>(), moved[0]), (20_000, 5_900));
}

#[test]
fn a_balance_that_is_too_low_leaves_the_order_waiting() {
    let server = opened();
    let held = hold(&server, &["A1", "A2", "A3", "A4", "A5"]);
    let body = json!({"buyer": "anna", "hold": held["hold"], "token": held["token"]});
    let order = server.send("POST", "/v1/orders", &body.to_string()).ok(201);
    let payment = format!("/v1/orders/{}/payment", text(&order, "order"));
    server
        .send("POST", &payment, "")
        .problem(409, "insufficient-balance");
    let euros = json!({"amount": 5_000, "currency": "EUR"}).to_string();
    server
        .send("POST", "/v1/accounts/anna/charge", &euros)
        .ok(200);
    assert_eq!(server.send("POST", &payment, "").ok(200)["balance"], 0);
}

#[test]
fn a_repeat_with_its_key_answers_as_the_first_and_happens_once() {
    let server = opened();
    let key = [("idempotency-key", "charge-1")];
    let path = "/v1/accounts/anna/charge";
    let body = r#"{"amount": 100, "currency": "EUR"}"#;
    let first = server.send_with("POST", path, &key, body);
    assert_eq!(first.ok(200)["balance"], 20_100);
    assert!(!first.headers.contains_key("idempotency-replayed"));
    let other_blanks = r#"{"currency":"EUR","amount":100}"#;
    let again = server.send_with("POST", path, &key, other_blanks);
    assert_eq!(again.ok(200), first.json());
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = server.send_with("POST", path, &key, r#"{"amount": 101, "currency": "EUR"}"#);
    other.problem(422, "idempotency-key-reused");
    let balance = server.send("GET", "/v1/accounts/anna", "").ok(200)["balance"].clone();
    assert_eq!(balance, 20_100);
}

#[test]
fn a_show_that_is_too_large_for_one_thread_is_put_once_under_its_key() {
    let server = opened();
    let rows: Vec<_> = (0..3_000)
        .map(|row| json!({"row": format!("row-{row}"), "seats": 2}))
        .collect();
    let section = |price: u32| json!([{"id": "all", "price": price, "rows": rows}]);
    let body = |price| json!({"name": "Arena", "currency": "EUR", "sections": section(price)});
    let (first, other) = (body(10).to_string(), body(11).to_string());
    assert!(64 * 1_024 < first.len(), "it is no large body");
    let key = [("idempotency-key", "arena")];
    let put = |body: &str| server.send_with("PUT", "/v1/shows/arena", &key, body);
    assert_eq!(put(&first).ok(201)["total"], 6_000);
    let again = put(&first);
    again.ok(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    put(&other).problem(422, "idempotency-key-reused");
}

#[test]
fn a_refusal_under_a_key_stays_and_shape_errors_do_not() {
    let server = opened();
    let held = hold(&server, &["A1"]);
    let body = json!({"buyer": "bert", "seats": ["A1"]}).to_string();
    let path = "/v1/shows/opera/holds";
    let key = [("idempotency-key", "k")];
    server
        .send_with("POST", path, &key, "{\"buyer\": 1}")
        .problem(400, "malformed");
    let first = server.send_with("POST", path, &key, &body);
    let told = first.problem(409, "seat-unavailable");
    let token = [("boxoffice-hold-token", text(&held, "token"))];
    let release = format!("/v1/holds/{}", text(&held, "hold"));
    server.send_with("DELETE", &release, &token, "").ok(200);
    let again = server.send_with("POST", path, &key, &body);
    assert_eq!(again.problem(409, "seat-unavailable"), told);
    assert_eq!(again.body, first.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let with_new_key = [("idempotency-key", "k2")];
    server.send_with("POST", path, &with_new_key, &body).ok(201);
    let again = server.send_with("POST", path, &with_new_key, &body);
    assert_eq!(again.ok(201)["buyer"], "bert");
    assert_eq!(totals(&server), (19, 18, 1, 0));
}

#[test]
fn a_replayed_extension_needs_the_token_too() {
    let server = opened();
    let held = hold(&server, &["A1"]);
    let path = format!("/v1/holds/{}", text(&held, "hold"));
    let token = text(&held, "token");
    let body = r#"{"ttl_ms": 1000000}"#;
    let headers = [("idempotency-key", "k"), ("boxoffice-hold-token", token)];
    let first = server.send_with("PATCH", &path, &headers, body).ok(200);
    assert_eq!(
        server.send_with("PATCH", &path, &headers, body).ok(200),
        first
    );
    let stolen = server.send_with("PATCH", &path, &headers[..1], body);
    stolen.problem(422, "idempotency-key-reused");
}

#[test]
fn places_keep_the_price_at_which_they_were_claimed() {
    let server = opened();
    let body = json!({"buyer": "anna", "places": {"area": "floor", "quantity": 3},
        "tariff": "half"});
    let held = server
        .send("POST", "/v1/shows/opera/holds", &body.to_string())
        .ok(201);
    let mut dearer = super::opera();
    dearer["areas"][0]["price"] = json!(7_000);
    server
        .send("PUT", "/v1/shows/opera", &dearer.to_string())
        .ok(200);
    let token = [("boxoffice-hold-token", text(&held, "token"))];
    let path = format!("/v1/holds/{}", text(&held, "hold"));
    let read = server.send_with("GET", &path, &token, "").ok(200);
    assert_eq!(
        json!([read["places"]["price"], read["amount"]]),
        json!([500, 1_500])
    );
    let body = json!({"hold": held["hold"], "token": held["token"]}).to_string();
    let booked = server.send("POST", "/v1/bookings", &body).ok(201);
    assert_eq!(booked["places"], read["places"]);
    assert_eq!(booked["amount"], 1_500);
}

#[test]
fn a_late_repeat_gets_the_first_answer_with_its_key_and_the_truth_without() {
    let server = opened();
    let held = hold(&server, &["A1"]);
    let body = json!({"hold": held["hold"], "token": held["token"]}).to_string();
    let key = ("idempotency-key", "book-it");
    let book = |headers: &[(&str, &str)]| server.send_with("POST", "/v1/bookings", headers, &body);
    let first = book(&[key]).ok(201);
    let late = ("boxoffice-deadline", "2001-01-01T00:00:00Z");
    assert_eq!(book(&[key, late]).ok(201), first);
    book(&[late]).problem(503, "deadline-passed");
    // The hold is gone because it was booked: nobody may read that nothing was.
    let gone = book(&[]).problem(410, "hold-expired");
    let detail = text(&gone, "detail");
    assert!(detail.contains("was booked"), "{detail}");
    assert!(!detail.contains("nothing was booked"), "{detail}");
    assert_eq!(totals(&server), (19, 18, 0, 1));
}

#[test]
fn what_is_late_is_not_carried_out() {
    let server = opened();
    let body = json!({"buyer": "anna", "seats": ["A1"]}).to_string();
    let path = "/v1/shows/opera/holds";
    let late = [("boxoffice-deadline", "2001-01-01T00:00:00Z")];
    server
        .send_with("POST", path, &late, &body)
        .problem(503, "deadline-passed");
    assert_eq!(totals(&server), (19, 19, 0, 0));
    server
        .send_with("GET", "/v1/shows", &late, "")
        .problem(503, "deadline-passed");
    server
        .send_with("GET", "/v1/accounts/anna", &late, "")
        .problem(503, "deadline-passed");
    let in_time = [("boxoffice-deadline", "2101-01-01T00:00:00.5+02:00")];
    server.send_with("POST", path, &in_time, &body).ok(201);
}

#[test]
fn a_show_cannot_shrink_below_what_is_sold() {
    let server = opened();
    hold(&server, &["A5"]);
    let mut smaller = super::opera();
    smaller["sections"][0]["rows"][0]["seats"] = json!(4);
    let refused = server.send("PUT", "/v1/shows/opera", &smaller.to_string());
    assert_eq!(refused.problem(409, "in-use")["conflicts"][0]["seat"], "A5");
    smaller["sections"][0]["rows"][0]["seats"] = json!(5);
    smaller["open"] = json!(false);
    server
        .send("PUT", "/v1/shows/opera", &smaller.to_string())
        .ok(200);
    let body = json!({"buyer": "anna", "seats": ["A1"]}).to_string();
    server
        .send("POST", "/v1/shows/opera/holds", &body)
        .problem(409, "show-closed");
    smaller["open"] = json!(true);
    smaller["on_sale_at"] = json!("2100-01-01T00:00:00Z");
    server
        .send("PUT", "/v1/shows/opera", &smaller.to_string())
        .ok(200);
    server
        .send("POST", "/v1/shows/opera/holds", &body)
        .problem(409, "not-on-sale");
}
