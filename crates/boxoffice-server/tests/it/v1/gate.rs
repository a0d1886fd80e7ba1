//! Readiness, hosts, origins, and settings that change what is required.

use std::sync::Arc;
use std::time::{Duration, Instant};

use boxoffice_engine::ids::Position;
use boxoffice_writer::feed::Committed;
use serde_json::json;

use super::{hold, opened, opera, totals};
use crate::support::{ALLOWED_ORIGIN, Setup, TestServer};

#[test]
fn a_server_that_recovers_says_so_and_answers_for_itself_only() {
    let setup = Setup {
        recovering: true,
        dialects: true,
        ..Setup::default()
    };
    let server = TestServer::start_with(setup, &[]);
    assert_eq!(server.send("GET", "/healthz", "").status, 200);
    server.send("GET", "/readyz", "").problem(503, "recovering");
    server
        .send("GET", "/v1/shows", "")
        .problem(503, "recovering");
    server
        .send("PUT", "/v1/shows/opera", &opera().to_string())
        .problem(503, "recovering");
    let dialect = server.send("GET", "/api/shows/", "");
    assert_eq!(dialect.status, 503);
    assert!(dialect.headers.contains_key("retry-after"));
    server.app.set_ready();
    assert_eq!(server.send("GET", "/readyz", "").status, 200);
    assert_eq!(
        server.send("GET", "/v1/shows", "").ok(200),
        json!({"shows": []})
    );
}

#[test]
fn views_that_fail_end_readiness_and_are_not_shown_while_sales_go_on() {
    let setup = Setup {
        dialects: true,
        ..Setup::default()
    };
    let server = TestServer::start_with(setup, &[]);
    super::furnish(&server, &[]);
    assert_eq!(server.send("GET", "/readyz", "").status, 200);
    let views = Arc::clone(&server.app.views);
    let applied = std::thread::spawn(move || {
        // An entry that does not follow the last one.
        let events = Vec::new();
        let position = Position(1_000_000);
        views.apply(&Committed { position, events });
    });
    assert!(applied.join().is_err(), "the views go on behind a gap");
    let deadline = Instant::now() + Duration::from_secs(20);
    while server.send("GET", "/readyz", "").status == 200 {
        assert!(Instant::now() < deadline, "nobody is told");
    }
    server
        .send("GET", "/readyz", "")
        .problem(503, "view-behind");
    for path in [
        "/v1/shows",
        "/v1/shows/opera",
        "/v1/shows/opera/seats",
        "/v1/shows/opera/stream",
    ] {
        server.send("GET", path, "").problem(503, "view-behind");
    }
    // The process lives, and selling does not rest on views.
    assert_eq!(server.send("GET", "/healthz", "").status, 200);
    let held = hold(&server, &["A1"]);
    let body = json!({"hold": held["hold"], "token": held["token"]}).to_string();
    server.send("POST", "/v1/bookings", &body).ok(201);
}

#[test]
fn a_restarted_house_knows_its_keys_and_tokens() {
    let setup = Setup::default();
    let server = TestServer::start_with(setup.clone(), &[]);
    super::furnish(&server, &[]);
    let held = hold(&server, &["A1"]);
    let body = json!({"hold": held["hold"], "token": held["token"]}).to_string();
    let key = [("idempotency-key", "book-it")];
    let first = server
        .send_with("POST", "/v1/bookings", &key, &body)
        .ok(201);
    drop(server);
    let server = TestServer::start_with(setup, &[]);
    let again = server.send_with("POST", "/v1/bookings", &key, &body);
    assert_eq!(again.ok(201), first);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(totals(&server), (19, 18, 0, 1));
}

#[test]
fn a_setting_makes_keys_mandatory_for_changes_only() {
    let setup = Setup {
        key_required: true,
        ..Setup::default()
    };
    let server = TestServer::start_with(setup, &[]);
    let put = opera().to_string();
    server
        .send("PUT", "/v1/shows/opera", &put)
        .problem(400, "idempotency-key-required");
    server
        .send_with("PUT", "/v1/shows/opera", &[("idempotency-key", "k")], &put)
        .ok(201);
    server.send("GET", "/v1/shows/opera", "").ok(200);
    let delete = server.send("DELETE", "/v1/holds/h_1.x", "");
    delete.problem(400, "idempotency-key-required");
}

#[test]
fn other_hosts_and_origins_are_refused_and_allowed_ones_told() {
    let server = opened();
    let body = json!({"buyer": "anna", "seats": ["A1"]}).to_string();
    let path = "/v1/shows/opera/holds";
    let send = |headers: &[(&str, &str)]| server.send_with("POST", path, headers, &body);
    send(&[("host", "evil.example")]).problem(421, "bad-host");
    send(&[("origin", "https://evil.example")]).problem(403, "cross-origin");
    send(&[("origin", "null")]).problem(403, "cross-origin");
    send(&[("sec-fetch-site", "cross-site")]).problem(403, "cross-origin");
    assert_eq!(totals(&server), (19, 19, 0, 0));
    let allowed = send(&[("origin", ALLOWED_ORIGIN)]);
    allowed.ok(201);
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        ALLOWED_ORIGIN
    );
    let lost = send(&[("origin", ALLOWED_ORIGIN)]);
    lost.problem(409, "seat-unavailable");
    assert_eq!(lost.header("access-control-allow-origin"), ALLOWED_ORIGIN);
    let preflight = [
        ("origin", ALLOWED_ORIGIN),
        ("access-control-request-method", "POST"),
    ];
    let answer = server.send_with("OPTIONS", path, &preflight, "");
    assert_eq!(answer.status, 204);
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("PATCH")
    );
}

#[test]
fn a_wrong_method_or_path_is_told_what_there_is() {
    let server = opened();
    let refused = server.send("DELETE", "/v1/shows/opera", "");
    refused.problem(405, "method-not-allowed");
    assert_eq!(refused.header("allow"), "GET, HEAD, PUT");
    for path in [
        "/",
        "/v1",
        "/v1/shows/",
        "/v1/seats",
        "/v1/holds",
        "/v2/shows",
    ] {
        server.send("GET", path, "").problem(404, "not-found");
    }
    // Dialects that are not switched on have no paths.
    server
        .send("GET", "/api/shows/", "")
        .problem(404, "not-found");
    // Escaped characters of an id are the same id.
    server.send("GET", "/v1/shows/op%65ra", "").ok(200);
}
