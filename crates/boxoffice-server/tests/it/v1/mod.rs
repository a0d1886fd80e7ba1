//! The native API, over sockets, against a whole house.

mod bad_head;
mod bad_input;
mod bad_shape;
mod checkout;
mod gate;
mod house_file;
mod keys;
mod memory;
mod shows;
mod walk;

use serde_json::{Value, json};

use crate::support::TestServer;

/// A show with two rows of five seats, one not for sale, and an area of ten places.
pub(crate) fn opera() -> Value {
    json!({
        "name": "Opera", "currency": "EUR", "venue": "Main hall",
        "starts_at": "2035-06-01T18:00:00Z",
        "seats_per_hold_max": 6,
        "tariffs": [
            {"code": "full", "label": "Full", "percent": 100},
            {"code": "half", "label": "Half", "percent": 50},
        ],
        "sections": [{"id": "stalls", "price": 5000, "rows": [
            {"row": "A", "seats": 5},
            {"row": "B", "seats": 5, "price": 4000, "not_for_sale": ["B5"]},
        ]}],
        "areas": [{"id": "floor", "capacity": 10, "price": 1000}],
    })
}

/// A server with the show `opera`, the product `mug` and money for `anna`.
pub(crate) fn opened() -> TestServer {
    let server = TestServer::start();
    furnish(&server, &[]);
    server
}

/// Puts into a server what [`opened`] has.
pub(crate) fn furnish(server: &TestServer, headers: &[(&str, &str)]) {
    let send = |method: &str, path: &str, body: &Value, status| {
        server
            .send_with(method, path, headers, &body.to_string())
            .ok(status);
    };
    send("PUT", "/v1/shows/opera", &opera(), 201);
    let mug = json!({"name": "Mug", "price": 900, "currency": "EUR", "stock": 5});
    send("PUT", "/v1/products/mug", &mug, 201);
    send(
        "POST",
        "/v1/accounts/anna/charge",
        &json!({"amount": 20_000, "currency": "EUR"}),
        200,
    );
}

/// Holds seats of the opera for `anna`.
#[track_caller]
pub(crate) fn hold(server: &TestServer, seats: &[&str]) -> Value {
    let body = json!({"buyer": "anna", "seats": seats}).to_string();
    server.send("POST", "/v1/shows/opera/holds", &body).ok(201)
}

/// The totals of the opera, once the views have seen everything so far.
#[track_caller]
pub(crate) fn totals(server: &TestServer) -> (u64, u64, u64, u64) {
    let show = server.send("GET", "/v1/shows/opera", "").ok(200);
    let count = |name: &str| show[name].as_u64().unwrap();
    (
        count("total"),
        count("free"),
        count("held"),
        count("booked"),
    )
}

/// The text of a member.
#[track_caller]
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name} in {value}"))
}
