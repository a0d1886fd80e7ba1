//! A house with keys: who may do what, and what belongs to whom.

use boxoffice_server::auth::Role;
use serde_json::{Value, json};

use super::{furnish, opera, text};
use crate::support::{Answer, TestServer};

struct Keyed {
    server: TestServer,
    admin: String,
    seller: String,
    other: String,
}

fn keyed() -> Keyed {
    let (server, secrets) = TestServer::start_keyed(&[Role::Admin, Role::Seller, Role::Seller]);
    let mut bearers = secrets.into_iter().map(|secret| format!("Bearer {secret}"));
    let mut next = || bearers.next().unwrap();
    let (admin, seller, other) = (next(), next(), next());
    furnish(&server, &[("authorization", &admin)]);
    Keyed {
        server,
        admin,
        seller,
        other,
    }
}

impl Keyed {
    fn send(&self, key: &str, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.server
            .send_with(method, path, &[("authorization", key)], &body)
    }
}

#[test]
fn without_a_key_only_what_says_nothing_about_the_house_is_served() {
    let house = keyed();
    for path in [
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/docs/errors/quota",
    ] {
        assert_eq!(house.server.send("GET", path, "").status, 200, "{path}");
    }
    for (method, path) in [
        ("GET", "/v1/shows"),
        ("GET", "/v1/shows/opera"),
        ("GET", "/metrics"),
        ("POST", "/v1/orders"),
        ("GET", "/nowhere"),
        ("DELETE", "/v1/shows"),
    ] {
        let refused = house.server.send(method, path, "");
        refused.problem(401, "unauthorized");
        assert_eq!(refused.header("www-authenticate"), "Bearer", "{path}");
        house
            .send("Bearer bo_seller_nonsense", method, path, &Value::Null)
            .problem(401, "unauthorized");
    }
}

#[test]
fn sellers_sell_and_admins_set_up() {
    let house = keyed();
    let mug = json!({"price": 1, "currency": "EUR"});
    for (method, path, body) in [
        ("PUT", "/v1/shows/opera", opera()),
        ("PUT", "/v1/products/mug", mug),
        ("POST", "/v1/products/mug/restock", json!({"quantity": 1})),
        ("POST", "/v1/shows/opera/seats/A1/release", Value::Null),
        ("GET", "/v1/seats/opera/A1/history", Value::Null),
        ("GET", "/v1/journal", Value::Null),
        ("GET", "/metrics", Value::Null),
        // Refused for its role before its body is read.
        ("PUT", "/v1/shows/opera", json!("nonsense")),
    ] {
        house
            .send(&house.seller, method, path, &body)
            .problem(403, "forbidden");
    }
    for path in [
        "/v1/shows",
        "/v1/shows/opera",
        "/v1/shows/opera/seats",
        "/v1/products/mug",
    ] {
        house.send(&house.seller, "GET", path, &Value::Null).ok(200);
    }
    assert_eq!(
        house
            .send(&house.admin, "GET", "/metrics", &Value::Null)
            .status,
        200
    );
}

#[test]
fn what_belongs_to_another_key_does_not_exist() {
    let house = keyed();
    let wanted = json!({"buyer": "anna", "seats": ["A1"]});
    let held = house
        .send(&house.seller, "POST", "/v1/shows/opera/holds", &wanted)
        .ok(201);
    let path = format!("/v1/holds/{}", text(&held, "hold"));
    let token = text(&held, "token");
    for (key, status) in [
        (&house.seller, 200),
        (&house.other, 404),
        (&house.admin, 200),
    ] {
        let headers = [
            ("authorization", key.as_str()),
            ("boxoffice-hold-token", token),
        ];
        assert_eq!(
            house.server.send_with("GET", &path, &headers, "").status,
            status
        );
    }
    let booked = json!({"buyer": "anna", "show": "opera", "seats": ["A2"]});
    let booking = house
        .send(&house.seller, "POST", "/v1/bookings", &booked)
        .ok(201);
    let item = json!({"buyer": "anna", "items": [{"product": "mug", "quantity": 1}]});
    let order = house
        .send(&house.seller, "POST", "/v1/orders", &item)
        .ok(201);
    let order = format!("/v1/orders/{}", text(&order, "order"));
    let booking = format!("/v1/bookings/{}", text(&booking, "booking"));
    for (method, path) in [
        ("GET", booking.as_str()),
        ("DELETE", &booking),
        ("GET", &order),
        ("DELETE", &order),
        ("POST", &format!("{order}/payment")),
        ("POST", &format!("{order}/refund")),
        ("GET", &format!("{order}/history")),
    ] {
        let other = house.send(&house.other, method, path, &Value::Null);
        let unknown = path.replacen("b_1", "b_7", 1).replacen("o_1", "o_7", 1);
        let unknown = house.send(&house.other, method, &unknown, &Value::Null);
        let told = [
            other.problem(404, "not-found"),
            unknown.problem(404, "not-found"),
        ];
        assert_eq!(told[0]["detail"], told[1]["detail"], "{method} {path}");
    }
    let list = house
        .send(&house.other, "GET", "/v1/buyers/anna/orders", &Value::Null)
        .ok(200);
    assert_eq!(list["orders"], json!([]));
}

#[test]
fn keys_of_two_sellers_do_not_meet() {
    let house = keyed();
    let book = |key: &str, seat| {
        let body = json!({"buyer": "anna", "show": "opera", "seats": [seat]}).to_string();
        let headers = [("authorization", key), ("idempotency-key", "1")];
        house
            .server
            .send_with("POST", "/v1/bookings", &headers, &body)
    };
    book(&house.seller, "A1").ok(201);
    let second = book(&house.other, "A2");
    second.ok(201);
    assert!(!second.headers.contains_key("idempotency-replayed"));
    book(&house.seller, "A3").problem(422, "idempotency-key-reused");
}

#[test]
fn a_refund_into_another_keys_account_moves_the_money_and_hides_the_balance() {
    let house = keyed();
    let euros = |amount: u32| json!({"amount": amount, "currency": "EUR"});
    let charge = "/v1/accounts/bert/charge";
    house
        .send(&house.seller, "POST", charge, &euros(1_000))
        .ok(200);
    let item = json!({"buyer": "bert", "items": [{"product": "mug", "quantity": 2}]});
    let order = house
        .send(&house.other, "POST", "/v1/orders", &item)
        .ok(201);
    let order = format!("/v1/orders/{}", text(&order, "order"));
    let paid = house
        .send(
            &house.other,
            "POST",
            &format!("{order}/payment"),
            &json!({"reference": "psp-1"}),
        )
        .ok(200);
    assert_eq!(paid["outcome"], "paid");
    let refund = |key: &str, quantity: u32| {
        let items = json!({"items": [{"product": "mug", "quantity": quantity}]});
        house
            .send(key, "POST", &format!("{order}/refund"), &items)
            .ok(200)
    };
    let hidden = refund(&house.other, 1);
    assert_eq!(hidden["amount"], 900);
    assert_eq!(hidden.get("balance"), None, "{hidden}");
    // Who may see the account is told.
    assert_eq!(refund(&house.admin, 1)["balance"], 2_800);
    let account = house
        .send(&house.seller, "GET", "/v1/accounts/bert", &Value::Null)
        .ok(200);
    assert_eq!(account["balance"], 2_800);
}

#[test]
fn a_key_that_is_revoked_while_the_server_runs_stops_working() {
    let house = keyed();
    let ask = || {
        house
            .send(&house.seller, "GET", "/v1/shows", &Value::Null)
            .status
    };
    assert_eq!(ask(), 200);
    house
        .server
        .keys
        .revoke(2, jiff::Timestamp::UNIX_EPOCH)
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while ask() == 200 {
        assert!(
            std::time::Instant::now() < deadline,
            "the key works for ever"
        );
    }
    assert_eq!(ask(), 401);
}
