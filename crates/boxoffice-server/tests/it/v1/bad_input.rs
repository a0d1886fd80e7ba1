//! Bad bodies on every call: each is a 4xx problem, never a 5xx, and nothing changes.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{hold, opened, opera, text, totals};
use crate::support::{Answer, TestServer};

/// Every change with a body that would succeed or be refused by the engine.
pub(super) const BODIES: &[(&str, &str, &str)] = &[
    (
        "PUT",
        "/v1/shows/opera2",
        r#"{"name": "O", "currency": "EUR", "hold_ttl_ms": 600000,
        "open": true, "sections": [{"id": "s", "price": 1, "rows": [{"row": "A", "seats": 1}]}],
        "areas": [{"id": "a", "capacity": 1, "price": 1}]}"#,
    ),
    (
        "POST",
        "/v1/shows/opera/holds",
        r#"{"buyer": "b", "seats": ["A1"], "ttl_ms": 60000}"#,
    ),
    (
        "POST",
        "/v1/shows/opera/holds",
        r#"{"buyer": "b", "places": {"area": "floor", "quantity": 1}}"#,
    ),
    (
        "POST",
        "/v1/shows/opera/holds",
        r#"{"buyer": "b", "best": {"quantity": 1, "section": "stalls"}}"#,
    ),
    (
        "PATCH",
        "/v1/holds/HOLD",
        r#"{"ttl_ms": 60000, "fence": 1}"#,
    ),
    ("DELETE", "/v1/holds/HOLD", r#"{"fence": 1}"#),
    (
        "POST",
        "/v1/bookings",
        r#"{"hold": "h_1.x", "token": "1.x", "fence": 1}"#,
    ),
    (
        "POST",
        "/v1/bookings",
        r#"{"buyer": "b", "show": "opera", "seats": ["A1"], "tariff": "full"}"#,
    ),
    ("DELETE", "/v1/bookings/BOOKING", r#"{"seats": ["B1"]}"#),
    (
        "PUT",
        "/v1/products/cap",
        r#"{"name": "Cap", "price": 1, "currency": "EUR", "stock": 1}"#,
    ),
    ("POST", "/v1/products/mug/restock", r#"{"quantity": 1}"#),
    (
        "POST",
        "/v1/orders",
        r#"{"buyer": "b", "items": [{"product": "mug", "quantity": 1}], "ttl_ms": 60000}"#,
    ),
    (
        "POST",
        "/v1/orders/ORDER/payment",
        r#"{"reference": "r", "amount": 1}"#,
    ),
    (
        "POST",
        "/v1/orders/ORDER/refund",
        r#"{"items": [{"product": "mug", "quantity": 1}], "seats": ["A1"]}"#,
    ),
    (
        "POST",
        "/v1/accounts/anna/charge",
        r#"{"amount": 1, "currency": "EUR"}"#,
    ),
];

/// What a number is replaced with.
const NUMBERS: &[&str] = &[
    "-1",
    "-9223372036854775808",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
    "1.5",
    "-0.1",
    "1e3",
    "\"1\"",
    "true",
    "[]",
    "{}",
];
/// What a text is replaced with.
const TEXTS: &[&str] = &[
    "\"\"",
    "\" \"",
    "\"a b\"",
    "\"ä\"",
    "\"a/b\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"<script>\"",
    "1",
    "null",
    "true",
    "[]",
    "{}",
];

pub(super) struct House {
    pub(super) server: TestServer,
    pub(super) hold: Value,
    pub(super) booking: Value,
    pub(super) order: Value,
}

pub(super) fn house() -> House {
    let server = opened();
    let held = hold(&server, &["A5"]);
    let booked = json!({"buyer": "anna", "show": "opera", "seats": ["B1", "B2"]}).to_string();
    let booking = server.send("POST", "/v1/bookings", &booked).ok(201);
    let item = json!({"buyer": "anna", "items": [{"product": "mug", "quantity": 1}]}).to_string();
    let order = server.send("POST", "/v1/orders", &item).ok(201);
    House {
        server,
        hold: held,
        booking,
        order,
    }
}

impl House {
    pub(super) fn path(&self, template: &str) -> String {
        template
            .replace("HOLD", text(&self.hold, "hold"))
            .replace("BOOKING", text(&self.booking, "booking"))
            .replace("ORDER", text(&self.order, "order"))
    }

    pub(super) fn send(&self, method: &str, template: &str, body: &str) -> Answer {
        let token = [("boxoffice-hold-token", text(&self.hold, "token"))];
        self.server
            .send_with(method, &self.path(template), &token, body)
    }

    /// Everything that a bad request could have changed.
    pub(super) fn state(&self) -> Value {
        let get = |path: &str| self.server.send("GET", path, "").json();
        let token = [("boxoffice-hold-token", text(&self.hold, "token"))];
        let hold = self
            .server
            .send_with("GET", &self.path("/v1/holds/HOLD"), &token, "")
            .json();
        json!([
            get("/v1/shows"),
            get("/v1/shows/opera"),
            get("/v1/products/mug"),
            get("/v1/accounts/anna"),
            get(&self.path("/v1/bookings/BOOKING")),
            get(&self.path("/v1/orders/ORDER")),
            get("/v1/buyers/b/orders"),
            get("/v1/buyers/b/bookings"),
            get("/v1/products/cap")["code"],
            hold,
        ])
    }
}

#[track_caller]
pub(super) fn refused(answer: &Answer, what: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        (400..500).contains(&answer.status),
        "{what}: {} {body}",
        answer.status
    );
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{what}"
    );
    let problem = answer.json();
    assert_eq!(problem["status"], answer.status, "{what}");
    assert!(
        problem["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{what}"
    );
}

#[test]
fn bodies_that_are_not_what_a_call_takes_are_refused() {
    let house = house();
    let before = house.state();
    for (method, path, body) in BODIES {
        let cut = &body[..body.len() - 1];
        let unknown = body.replacen('{', "{\"unknown\": 1, ", 1);
        let twice = format!("{body}{body}");
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        for bad in [
            "{",
            "}",
            "nonsense",
            "null",
            "1",
            "\"text\"",
            "[]",
            "\u{feff}{}",
            "{\"a\": NaN}",
            "{'a': 1}",
            "{\"a\": 1,}",
            "\u{1}",
            cut,
            &unknown,
            &twice,
            &deep,
        ] {
            let answer = house.send(method, path, bad);
            refused(
                &answer,
                &format!("{method} {path} {}", &bad[..bad.len().min(60)]),
            );
        }
        for raw in [&b"{\"buyer\": \"\xff\xfe\"}"[..], b"\xff", b"\0"] {
            let head = format!(
                "{method} {} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n",
                house.path(path),
                raw.len()
            );
            let answer = house
                .server
                .exchange(&[head.as_bytes(), raw].concat(), false);
            refused(&answer, &format!("{method} {path} {raw:?}"));
        }
    }
    assert_eq!(house.state(), before);
}

#[test]
fn a_malformed_body_is_told_its_line_and_column() {
    let server = opened();
    let told = server.send("POST", "/v1/orders", "{\n  \"buyer\": anna\n}");
    let detail = told.problem(400, "malformed")["detail"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(detail.contains("line 2 column 1"), "{detail}");
    let told = server.send("POST", "/v1/orders", r#"{"buyer": "anna", "itmes": []}"#);
    let detail = told.problem(400, "malformed")["detail"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(detail.contains("/itmes is not known here"), "{detail}");
}

#[test]
fn all_faults_of_a_body_are_told_at_once_with_their_places() {
    let server = opened();
    let body = r#"{"buyer": "a b", "seats": ["A1", "", "A1"], "ttl_ms": 5, "tariff": "ü"}"#;
    let told = server
        .send("POST", "/v1/shows/opera/holds", body)
        .problem(422, "validation");
    let pointers: Vec<&str> = told["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| text(fault, "pointer"))
        .collect();
    assert_eq!(
        pointers,
        ["/buyer", "/seats/1", "/seats/2", "/ttl_ms", "/tariff"]
    );
}

/// Replaces each scalar of each body in turn with what it must not be.
#[test]
fn wrong_types_and_numbers_out_of_range_are_refused_in_every_field() {
    let house = house();
    let before = house.state();
    let mut n_tried = 0;
    for (method, path, body) in BODIES {
        let value: Value = serde_json::from_str(body).unwrap();
        for (pointer, scalar) in scalars(&value, String::new()) {
            let bad = if scalar.is_number() { NUMBERS } else { TEXTS };
            for bad in bad {
                if may_be(&pointer, bad) {
                    continue;
                }
                let mut marked = value.clone();
                *marked.pointer_mut(&pointer).unwrap() = json!("MARK");
                let body = marked.to_string().replace("\"MARK\"", bad);
                let answer = house.send(method, path, &body);
                refused(&answer, &format!("{method} {path} {body}"));
                n_tried += 1;
            }
        }
    }
    assert!(n_tried > 400, "{n_tried}");
    assert_eq!(house.state(), before);
}

/// Whether a field takes a value of the lists above after all.
fn may_be(pointer: &str, bad: &str) -> bool {
    let name = pointer.rsplit('/').next().unwrap();
    match bad {
        // The same as absent. Where a member must be there, the next test tells.
        "null" => true,
        // A title may be any text.
        "\" \"" | "\"a b\"" | "\"ä\"" | "\"a/b\"" | "\"<script>\"" => name == "name",
        "true" => name == "open",
        _ => false,
    }
}

/// Bodies that lack something, for every call that must have one.
const LACKING: &[(&str, &str, &[&str])] = &[
    (
        "PUT",
        "/v1/shows/x",
        &[
            "{}",
            r#"{"name": "X"}"#,
            r#"{"name": "X", "currency": null}"#,
            r#"{"name": "X", "currency": "EUR"}"#,
        ],
    ),
    (
        "POST",
        "/v1/shows/opera/holds",
        &[
            "{}",
            r#"{"buyer": "b"}"#,
            r#"{"seats": ["A1"]}"#,
            r#"{"buyer": null, "seats": ["A1"]}"#,
            r#"{"buyer": "b", "seats": null}"#,
            r#"{"buyer": "b", "seats": []}"#,
            r#"{"buyer": "b", "seats": [null]}"#,
            r#"{"buyer": "b", "seats": ["A1"], "best": {"quantity": 1}}"#,
        ],
    ),
    (
        "POST",
        "/v1/bookings",
        &[
            "{}",
            r#"{"hold": "h_1.x"}"#,
            r#"{"token": "1.x"}"#,
            r#"{"buyer": "b", "seats": ["A1"]}"#,
            r#"{"show": "opera", "seats": ["A1"]}"#,
        ],
    ),
    (
        "PUT",
        "/v1/products/x",
        &["{}", r#"{"price": 1}"#, r#"{"currency": "EUR"}"#],
    ),
    (
        "POST",
        "/v1/products/mug/restock",
        &["{}", r#"{"quantity": null}"#],
    ),
    (
        "POST",
        "/v1/orders",
        &[
            "{}",
            r#"{"buyer": "b"}"#,
            r#"{"buyer": "b", "items": []}"#,
            r#"{"buyer": "b", "items": [{}]}"#,
            r#"{"buyer": "b", "hold": "h_1.x"}"#,
        ],
    ),
    (
        "POST",
        "/v1/accounts/x/charge",
        &["{}", r#"{"amount": 1}"#, r#"{"currency": "EUR"}"#],
    ),
];

#[test]
fn bodies_that_lack_a_member_or_have_null_for_it_are_refused() {
    let server = opened();
    for (method, path, bodies) in LACKING {
        for body in *bodies {
            let answer = server.send(method, path, body);
            refused(&answer, &format!("{method} {path} {body}"));
        }
        server.send(method, path, "").problem(400, "malformed");
    }
    assert_eq!(totals(&server), (19, 19, 0, 0));
}

fn scalars(value: &Value, at: String) -> Vec<(String, Value)> {
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(name, member)| scalars(member, format!("{at}/{name}")))
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .flat_map(|(idx, element)| scalars(element, format!("{at}/{idx}")))
            .collect(),
        scalar => vec![(at, scalar.clone())],
    }
}

#[test]
fn huge_bodies_are_refused_by_their_route() {
    let house = house();
    let before = house.state();
    let padding = " ".repeat(64 * 1_024);
    for (method, path, body) in BODIES.iter().filter(|(method, ..)| *method != "PUT") {
        let answer = house.send(method, path, &format!("{padding}{body}"));
        answer.problem(413, "too-large");
    }
    // A show may be large: this one is read, and found wanting.
    let show = format!("{padding}{}", r#"{"name": ""}"#);
    house
        .send("PUT", "/v1/shows/opera2", &show)
        .problem(400, "malformed");
    let mut many = opera();
    many["sections"][0]["rows"] = json!([{"row": "A", "seats": 1_000_000_000}]);
    house
        .send("PUT", "/v1/shows/opera2", &many.to_string())
        .problem(422, "validation");
    // Announced and never sent.
    let mut socket = house.server.connect();
    let head = "PUT /v1/shows/opera2 HTTP/1.1\r\nhost: localhost\r\n\
                content-type: application/json\r\ncontent-length: 99999999999\r\n\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    drop(socket);
    house
        .server
        .exchange(head.as_bytes(), false)
        .problem(413, "too-large");
    assert_eq!(house.state(), before);
}
