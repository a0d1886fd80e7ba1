//! Bad ids, tokens, headers and queries: each is a 4xx problem, never a 5xx, and nothing changes.

use boxoffice_api::openapi::{self, Api};
use serde_json::json;

use super::bad_input::house;
use super::{hold, opened, text, totals};
use crate::support::{Setup, TestServer};

#[test]
fn foreign_ids_and_tokens_are_those_of_nothing() {
    let house = house();
    let before = house.state();
    let other = hold(&house.server, &["A4"]);
    let hold_path = house.path("/v1/holds/HOLD");
    let release = |token: &str| {
        house
            .server
            .send_with("DELETE", &hold_path, &[("boxoffice-hold-token", token)], "")
    };
    let own = text(&house.hold, "token");
    for token in [
        text(&other, "token"),
        "",
        "1",
        "1.",
        ".",
        "x.y",
        &own[..own.len() - 1],
        &format!("{own}0"),
        &own.replacen('1', "2", 1),
        &own.to_ascii_uppercase(),
        "99999999999999999999.x",
        &"t".repeat(5_000),
    ] {
        release(token).problem(404, "not-found");
    }
    let path = format!("/v1/holds/{}", text(&other, "hold"));
    let token = [("boxoffice-hold-token", text(&other, "token"))];
    let order = json!({"buyer": "b", "hold": house.hold["hold"], "token": other["token"]});
    house
        .server
        .send("POST", "/v1/orders", &order.to_string())
        .problem(404, "not-found");
    let booking = json!({"hold": other["hold"], "token": house.hold["token"]});
    house
        .server
        .send("POST", "/v1/bookings", &booking.to_string())
        .problem(404, "not-found");
    house.server.send_with("DELETE", &path, &token, "").ok(200);
    assert_eq!(house.state(), before);
}

#[test]
fn ids_that_name_nothing_are_not_found() {
    let house = house();
    let before = house.state();
    let number = text(&house.order, "order").split('.').next().unwrap();
    for id in [
        "1",
        "o_1",
        "o_1.",
        number,
        "h_1.x",
        "o_0.x",
        "o_18446744073709551616.x",
        "%00x",
    ] {
        let path = format!("/v1/orders/{id}");
        for (method, path) in [
            ("GET", path.clone()),
            ("DELETE", path.clone()),
            ("POST", format!("{path}/payment")),
            ("POST", format!("{path}/refund")),
            ("GET", format!("{path}/history")),
            ("GET", format!("/v1/bookings/{id}")),
            ("DELETE", format!("/v1/bookings/{id}")),
            ("GET", format!("/v1/holds/{id}")),
        ] {
            let answer = house.server.send(method, &path, "");
            assert!(
                [400, 404].contains(&answer.status),
                "{method} {path} {}",
                answer.status
            );
        }
    }
    for (path, body) in [
        (
            "/v1/shows/nowhere/holds",
            json!({"buyer": "b", "seats": ["A1"]}),
        ),
        (
            "/v1/shows/a%20b/holds",
            json!({"buyer": "b", "seats": ["A1"]}),
        ),
        (
            "/v1/shows/opera/holds",
            json!({"buyer": "b", "seats": ["Z1"]}),
        ),
        (
            "/v1/shows/opera/holds",
            json!({"buyer": "b", "seats": ["A1"], "tariff": "none"}),
        ),
        (
            "/v1/shows/opera/holds",
            json!({"buyer": "b", "places": {"area": "x", "quantity": 1}}),
        ),
        (
            "/v1/shows/opera/holds",
            json!({"buyer": "b", "best": {"quantity": 1, "section": "x"}}),
        ),
        (
            "/v1/orders",
            json!({"buyer": "b", "items": [{"product": "none", "quantity": 1}]}),
        ),
        ("/v1/products/none/restock", json!({"quantity": 1})),
    ] {
        house
            .server
            .send("POST", path, &body.to_string())
            .problem(404, "not-found");
    }
    assert_eq!(house.state(), before);
}

#[test]
fn repeated_and_malformed_headers_are_refused() {
    let house = house();
    let before = house.state();
    let body = r#"{"buyer": "b", "seats": ["A1"]}"#;
    let send = |headers: &[(&str, &str)]| {
        house
            .server
            .send_with("POST", "/v1/shows/opera/holds", headers, body)
    };
    for name in [
        "idempotency-key",
        "boxoffice-deadline",
        "boxoffice-hold-token",
        "authorization",
        "origin",
        "content-type",
    ] {
        let told = send(&[(name, "a"), (name, "a")]).problem(400, "malformed");
        assert!(told["detail"].as_str().unwrap().contains(name), "{told}");
    }
    let long = "k".repeat(256);
    for key in ["", "a b", "\u{e9}", &long] {
        let answer = send(&[("idempotency-key", key)]);
        answer.problem(400, "malformed");
    }
    for deadline in ["", "soon", "1", "2026-05-01", "2026-05-01 20:00:00Z", "-1"] {
        send(&[("boxoffice-deadline", deadline)]).problem(400, "malformed");
    }
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json; charset=latin1",
    ] {
        send(&[("content-type", media_type)]).problem(415, "unsupported-media-type");
    }
    send(&[("content-encoding", "gzip")]).problem(415, "unsupported-media-type");
    assert_eq!(house.state(), before);
}

#[test]
fn every_call_refuses_query_parameters_that_it_does_not_know() {
    let house = house();
    let before = house.state();
    for (method, template) in openapi::routes(&openapi::document(Api::Native)) {
        let path = template
            .replace("{show}", "opera")
            .replace("{seat}", "A1")
            .replace("{product}", "mug")
            .replace("{buyer}", "anna")
            .replace("{code}", "quota")
            .replace("{document}", "shop.json")
            .replace("{hold}", "HOLD")
            .replace("{booking}", "BOOKING")
            .replace("{order}", "ORDER");
        for query in ["nonsense=1", "nonsense", "%zz=1", "limit=1&limit=1&x=2"] {
            let answer = house.send(&method, &format!("{path}?{query}"), "");
            let told = answer.problem(400, "malformed");
            assert!(
                !told["errors"].as_array().unwrap().is_empty(),
                "{method} {path}"
            );
        }
    }
    for (path, query) in [
        ("/v1/shows", "limit=0"),
        ("/v1/shows", "limit=101"),
        ("/v1/shows", "limit=1x"),
        ("/v1/shows/opera/seats", "since=-1"),
        ("/v1/shows/opera/seats", "form=tiny"),
        ("/v1/shows/opera/seats", "min_position=18446744073709551616"),
        ("/v1/journal", "from=a"),
        ("/v1/journal", "wait_ms=30001"),
        ("/v1/buyers/anna/orders", "before=o_1.x"),
        ("/v1/buyers/anna/bookings", "before=1"),
        ("/v1/seats/opera/A1/history", "before=x"),
        ("/v1/accounts/anna", "statement=101"),
    ] {
        house
            .send("GET", &format!("{path}?{query}"), "")
            .problem(400, "malformed");
    }
    assert_eq!(house.state(), before);
    assert_eq!(totals(&house.server).0, 19);
}

#[test]
fn a_head_that_cannot_be_read_is_answered_with_a_problem() {
    let server = opened();
    let ask = |request: &str| server.exchange(request.as_bytes(), false);
    let told = ask("GET /v1/shows HTTP/1.1\r\nno colon\r\n\r\n");
    told.problem(400, "malformed");
    assert_eq!(told.header("connection"), "close");
    ask("nonsense\r\n\r\n").problem(400, "malformed");
    let long = "x".repeat(40_000);
    let told = ask(&format!("GET /v1/shows HTTP/1.1\r\nx: {long}\r\n\r\n"));
    told.problem(431, "head-too-large");
    let many = "x: y\r\n".repeat(101);
    ask(&format!("GET /v1/shows HTTP/1.1\r\n{many}\r\n")).problem(431, "head-too-large");
    ask(&format!("GET /v1/shows?{long}{long} HTTP/1.1\r\n\r\n")).problem(431, "head-too-large");
    assert_eq!(totals(&server), (19, 19, 0, 0));
}

#[test]
fn a_dialects_head_that_cannot_be_read_is_answered_in_its_shape() {
    let server = TestServer::start_with(
        Setup {
            dialects: true,
            ..Setup::default()
        },
        &[],
    );
    let told = server.exchange(b"POST /api/orders HTTP/1.1\r\nno colon\r\n\r\n", false);
    assert_eq!(told.status, 400);
    let body = told.json();
    assert!(
        body["code"].is_string() && body["message"].is_string(),
        "{body}"
    );
}
