//! A walk through every call of the native API, each with its promised status and headers.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};

use boxoffice_api::openapi::{self, Api};
use boxoffice_api::{ErrorCode, Timestamp};
use serde_json::{Value, json};

use super::{opera, text};
use crate::support::{Answer, TestServer};

/// Notes which calls were made.
struct Walk {
    server: TestServer,
    calls: RefCell<BTreeSet<(String, String)>>,
}

impl Walk {
    fn call(&self, method: &str, template: &str, ids: &[&str], tail: &str, body: &Value) -> Answer {
        self.call_with(method, template, ids, tail, &[], body)
    }

    fn call_with(
        &self,
        method: &str,
        template: &str,
        ids: &[&str],
        tail: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        self.calls
            .borrow_mut()
            .insert((method.to_owned(), template.to_owned()));
        let mut ids = ids.iter();
        let segments = template.split('/').map(|segment| {
            if segment.starts_with('{') {
                *ids.next().unwrap()
            } else {
                segment
            }
        });
        let path = segments.collect::<Vec<_>>().join("/") + tail;
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.server.send_with(method, &path, headers, &body);
        assert!(!answer.header("boxoffice-request-id").is_empty());
        answer
    }

    fn get(&self, template: &str, ids: &[&str], tail: &str) -> Answer {
        self.call("GET", template, ids, tail, &Value::Null)
    }

    fn post(&self, template: &str, ids: &[&str], body: &Value) -> Answer {
        self.call("POST", template, ids, "", body)
    }
}

/// Asserts the headers of whatever went through the writer.
#[track_caller]
fn written(answer: &Answer) -> u64 {
    let timing = answer.header("server-timing");
    for part in ["queue;dur=", ", decide;dur=", ", commit;dur="] {
        assert!(timing.contains(part), "{timing}");
    }
    answer.header("boxoffice-index").parse::<u64>().unwrap();
    answer.header("boxoffice-position").parse().unwrap()
}

#[test]
fn every_call_of_the_document_answers_as_it_should() {
    let walk = Walk {
        server: TestServer::start(),
        calls: RefCell::default(),
    };
    shows_and_seats(&walk);
    holds(&walk);
    bookings(&walk);
    products_and_accounts(&walk);
    orders(&walk);
    histories(&walk);
    about_the_server(&walk);
    let documented: BTreeSet<(String, String)> = openapi::routes(&openapi::document(Api::Native))
        .into_iter()
        .collect();
    assert_eq!(walk.calls.take(), documented);
}

fn shows_and_seats(walk: &Walk) {
    let put = walk.call("PUT", "/v1/shows/{show}", &["opera"], "", &opera());
    let show = put.ok(201);
    assert_eq!(put.header("location"), "/v1/shows/opera");
    let position = written(&put);
    let counts = json!([
        show["total"],
        show["free"],
        show["held"],
        show["not_for_sale"]
    ]);
    assert_eq!(counts, json!([19, 19, 0, 1]));
    assert_eq!(show["starts_at"], "2035-06-01T18:00:00.000Z");
    let again = walk.call("PUT", "/v1/shows/{show}", &["opera"], "", &opera());
    assert_eq!(again.ok(200)["total"], 19);
    let read = walk.get("/v1/shows/{show}", &["opera"], "");
    assert_eq!(read.ok(200), show);
    assert!(position <= read.header("boxoffice-position").parse().unwrap());
    let ballet = json!({"name": "Ballet", "currency": "EUR",
        "areas": [{"id": "all", "capacity": 2, "price": 0}]});
    walk.call("PUT", "/v1/shows/{show}", &["ballet"], "", &ballet)
        .ok(201);
    let page = walk.get("/v1/shows", &[], "?limit=1").ok(200);
    assert_eq!(
        (&page["shows"][0]["show"], &page["next"]),
        (&json!("ballet"), &json!("ballet"))
    );
    let page = walk.get("/v1/shows", &[], "?after=ballet").ok(200);
    assert_eq!(
        (&page["shows"][0]["show"], &page["next"]),
        (&json!("opera"), &Value::Null)
    );

    let map = walk.get("/v1/shows/{show}/seats", &["opera"], "?form=full");
    let seats = map.ok(200);
    assert_eq!(seats["seats"].as_array().unwrap().len(), 10);
    let known = [("if-none-match", map.header("etag"))];
    let template = "/v1/shows/{show}/seats";
    let same = walk.call_with(
        "GET",
        template,
        &["opera"],
        "?form=full",
        &known,
        &Value::Null,
    );
    assert_eq!(same.status, 304);
    let behind = format!("?min_position={}&wait_ms=0", u64::MAX);
    walk.get(template, &["opera"], &behind)
        .problem(503, "view-behind");
    stream(walk);
}

/// The first event of a stream is there at once; the rest of it is tested with the views.
fn stream(walk: &Walk) {
    let template = "/v1/shows/{show}/stream";
    walk.calls
        .borrow_mut()
        .insert(("GET".to_owned(), template.to_owned()));
    let mut socket = walk.server.connect();
    socket
        .write_all(b"GET /v1/shows/opera/stream HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .unwrap();
    let mut seen = String::new();
    while !seen.contains("\"show\":\"opera\"") {
        let mut bytes = [0; 4_096];
        let read = socket.read(&mut bytes).unwrap();
        assert!(read > 0, "the stream ended: {seen}");
        seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    assert!(seen.starts_with("HTTP/1.1 200"), "{seen}");
    assert!(seen.contains("content-type: text/event-stream"), "{seen}");
}

fn holds(walk: &Walk) {
    let body = json!({"buyer": "anna", "seats": ["A1", "B2"], "tariff": "half"});
    let placed = walk.post("/v1/shows/{show}/holds", &["opera"], &body);
    let hold = placed.ok(201);
    let position = written(&placed);
    let id = text(&hold, "hold");
    assert_eq!(placed.header("location"), format!("/v1/holds/{id}"));
    assert_eq!((&hold["amount"], &hold["fence"]), (&json!(4500), &json!(1)));
    assert_eq!(
        hold["seats"][1],
        json!({"seat": "B2", "section": "stalls", "row": "B",
        "number": 2, "price": 2000})
    );
    let expires_at = Timestamp::parse(text(&hold, "expires_at")).unwrap();

    let lost = walk.post("/v1/shows/{show}/holds", &["opera"], &body);
    let problem = lost.problem(409, "seat-unavailable");
    assert!(written(&lost) >= position && problem["position"].as_u64().unwrap() >= position);
    assert_eq!(
        problem["conflicts"][0],
        json!({"seat": "A1", "status": "held",
        "free_at": expires_at.to_string()})
    );

    let token = [("boxoffice-hold-token", text(&hold, "token"))];
    let template = "/v1/holds/{hold}";
    let call =
        |method, tail, body: &Value| walk.call_with(method, template, &[id], tail, &token, body);
    assert_eq!(call("GET", "", &Value::Null).ok(200), hold);
    walk.get(template, &[id], "").problem(404, "not-found");
    let extended = call("PATCH", "", &json!({"ttl_ms": 3_600_000, "fence": 1})).ok(200);
    assert_eq!(extended["fence"], 2);
    assert!(expires_at < Timestamp::parse(text(&extended, "expires_at")).unwrap());
    call("DELETE", "?fence=1", &Value::Null).problem(409, "fence-stale");
    call("DELETE", "?fence=2", &json!({"fence": 1})).problem(400, "malformed");
    let released = call("DELETE", "", &Value::Null).ok(200);
    assert_eq!(released, json!({"hold": id, "released": 2}));
    assert_eq!(call("DELETE", "", &Value::Null).ok(200)["released"], 0);
    call("GET", "", &Value::Null).problem(410, "hold-expired");

    let places = json!({"buyer": "anna", "places": {"area": "floor", "quantity": 3}});
    let held = walk
        .post("/v1/shows/{show}/holds", &["opera"], &places)
        .ok(201);
    assert_eq!(
        held["places"],
        json!({"area": "floor", "quantity": 3, "price": 1000})
    );
    let many = json!({"buyer": "anna", "places": {"area": "floor", "quantity": 8}});
    let sold_out = walk.post("/v1/shows/{show}/holds", &["opera"], &many);
    assert_eq!(
        sold_out.problem(409, "sold-out")["conflicts"][0],
        json!({"area": "floor", "status": "sold_out", "available": 7})
    );
    let best = json!({"buyer": "bert", "best": {"quantity": 3, "section": "stalls"}});
    let held = walk
        .post("/v1/shows/{show}/holds", &["opera"], &best)
        .ok(201);
    assert_eq!(held["seats"].as_array().unwrap().len(), 3);
}

fn bookings(walk: &Walk) {
    let direct = json!({"buyer": "carl", "show": "opera", "seats": ["B1", "B2"]});
    let made = walk.post("/v1/bookings", &[], &direct);
    let booking = made.ok(201);
    written(&made);
    let id = text(&booking, "booking");
    assert_eq!(made.header("location"), format!("/v1/bookings/{id}"));
    assert_eq!(
        (&booking["status"], &booking["amount"]),
        (&json!("confirmed"), &json!(8000))
    );
    let wanted = json!({"buyer": "dora", "places": {"area": "floor", "quantity": 1}});
    let hold = walk
        .post("/v1/shows/{show}/holds", &["opera"], &wanted)
        .ok(201);
    let by_hold = json!({"hold": hold["hold"], "token": hold["token"], "fence": 1});
    let second = walk.post("/v1/bookings", &[], &by_hold).ok(201);
    assert_eq!(second["places"]["quantity"], 1);
    walk.post("/v1/bookings", &[], &by_hold)
        .problem(410, "hold-expired");

    let template = "/v1/bookings/{booking}";
    assert_eq!(walk.get(template, &[id], "").ok(200), booking);
    let part = walk
        .call("DELETE", template, &[id], "", &json!({"seats": ["B1"]}))
        .ok(200);
    assert_eq!(part["seats"].as_array().unwrap().len(), 1);
    let whole = walk
        .call("DELETE", template, &[id], "", &Value::Null)
        .ok(200);
    assert_eq!(whole["status"], "cancelled");

    for seats in [["B1"], ["B2"]] {
        let body = json!({"buyer": "carl", "show": "opera", "seats": seats});
        walk.post("/v1/bookings", &[], &body).ok(201);
    }
    let template = "/v1/buyers/{buyer}/bookings";
    let page = walk.get(template, &["carl"], "?limit=2").ok(200);
    assert_eq!(page["bookings"][0]["seats"][0]["seat"], "B2");
    let rest = walk
        .get(
            template,
            &["carl"],
            &format!("?before={}", text(&page, "next")),
        )
        .ok(200);
    assert_eq!(
        (rest["bookings"][0]["booking"].as_str(), &rest["next"]),
        (Some(id), &Value::Null)
    );
    let nobody = walk.get(template, &["nobody"], "").ok(200);
    assert_eq!(nobody, json!({"buyer": "nobody", "bookings": []}));

    let release = "/v1/shows/{show}/seats/{seat}/release";
    let freed = walk.post(release, &["opera", "B2"], &Value::Null);
    assert_eq!(freed.ok(200)["booking"], page["bookings"][0]["booking"]);
    written(&freed);
}

fn products_and_accounts(walk: &Walk) {
    let mug = json!({"name": "Mug", "price": 900, "currency": "EUR", "stock": 3});
    let template = "/v1/products/{product}";
    let made = walk.call("PUT", template, &["mug"], "", &mug);
    made.ok(201);
    assert_eq!(made.header("location"), "/v1/products/mug");
    walk.call("PUT", template, &["mug"], "", &mug).ok(200);
    let more = json!({"price": 900, "currency": "EUR", "stock": 4});
    let refused = walk.call("PUT", template, &["mug"], "", &more);
    refused.problem(409, "exists-with-different-body");
    let restocked = walk.post(
        "/v1/products/{product}/restock",
        &["mug"],
        &json!({"quantity": 2}),
    );
    assert_eq!(restocked.ok(200)["stock"], 5);
    let read = walk.get(template, &["mug"], "").ok(200);
    assert_eq!(
        json!([read["initial"], read["restocked"], read["sold"]]),
        json!([3, 2, 0])
    );

    let charge = "/v1/accounts/{buyer}/charge";
    let euros = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    let charged = walk.post(charge, &["anna"], &euros(500));
    assert_eq!(charged.ok(200)["balance"], 500);
    written(&charged);
    assert_eq!(
        walk.post(charge, &["anna"], &euros(20_000)).ok(200)["version"],
        2
    );
    let won = json!({"amount": 5, "currency": "KRW"});
    walk.post(charge, &["anna"], &won)
        .problem(409, "currency-mismatch");
    let account = walk
        .get("/v1/accounts/{buyer}", &["anna"], "?statement=1")
        .ok(200);
    assert_eq!(account["balance"], 20_500);
    let line = &account["statement"][0];
    assert_eq!(
        (&line["kind"], &line["amount"]),
        (&json!("charge"), &json!(20_000))
    );
    assert_eq!(account["statement"].as_array().unwrap().len(), 1);
    let plain = walk.get("/v1/accounts/{buyer}", &["anna"], "").ok(200);
    assert_eq!(plain.get("statement"), None);
    walk.get("/v1/accounts/{buyer}", &["nobody"], "")
        .problem(404, "not-found");
}

fn orders(walk: &Walk) {
    let body = json!({"buyer": "anna", "items": [{"product": "mug", "quantity": 2}]});
    let placed = walk.post("/v1/orders", &[], &body);
    let order = placed.ok(201);
    written(&placed);
    let id = text(&order, "order");
    assert_eq!(placed.header("location"), format!("/v1/orders/{id}"));
    assert_eq!(order["status"], "pending_payment");
    assert_eq!(
        (&order["total"], &order["items"][0]["subtotal"]),
        (&json!(1800), &json!(1800))
    );
    let template = "/v1/orders/{order}";
    assert_eq!(walk.get(template, &[id], "").ok(200), order);
    let payment = "/v1/orders/{order}/payment";
    let paid = walk.post(payment, &[id], &Value::Null).ok(200);
    assert_eq!(
        json!([paid["outcome"], paid["balance"]]),
        json!(["paid", 18_700])
    );
    walk.post(payment, &[id], &Value::Null)
        .problem(409, "already-paid");
    let late = walk.post(payment, &[id], &json!({"reference": "pi_1", "amount": 300}));
    assert_eq!(late.ok(201)["outcome"], "credited");
    walk.call("DELETE", template, &[id], "", &Value::Null)
        .problem(409, "order-paid");
    let refund = "/v1/orders/{order}/refund";
    let one = json!({"items": [{"product": "mug", "quantity": 1}]});
    let part = walk.post(refund, &[id], &one).ok(200);
    assert_eq!(
        json!([part["amount"], part["status"]]),
        json!([900, "paid"])
    );
    assert_eq!(
        walk.post(refund, &[id], &Value::Null).ok(200)["status"],
        "refunded"
    );
    walk.post(refund, &[id], &Value::Null)
        .problem(409, "not-refundable");

    let six = json!({"buyer": "anna", "items": [{"product": "mug", "quantity": 6}]});
    let lost = walk.post("/v1/orders", &[], &six).problem(409, "sold-out");
    assert_eq!(lost["conflicts"][0]["available"], 5);
    let second = walk.post("/v1/orders", &[], &body).ok(201);
    let cancelled = walk.call(
        "DELETE",
        template,
        &[text(&second, "order")],
        "",
        &Value::Null,
    );
    assert_eq!(cancelled.ok(200)["status"], "cancelled");
    let page = walk
        .get("/v1/buyers/{buyer}/orders", &["anna"], "?limit=1")
        .ok(200);
    assert_eq!(page["orders"][0]["order"], second["order"]);
    assert_eq!(page["next"], second["order"]);
}

fn histories(walk: &Walk) {
    let template = "/v1/seats/{show}/{seat}/history";
    let seat = walk.get(template, &["opera", "B2"], "");
    let history = seat.ok(200);
    assert_eq!(
        (&history["show"], &history["seat"]),
        (&json!("opera"), &json!("B2"))
    );
    let n_lines = history["history"].as_array().unwrap().len();
    assert!(n_lines >= 6, "{history}");
    assert!(0 < seat.header("boxoffice-position").parse::<u64>().unwrap());
    walk.get(template, &["opera", "Z9"], "")
        .problem(404, "not-found");
    let orders = walk.get("/v1/buyers/{buyer}/orders", &["anna"], "").ok(200);
    let first = orders["orders"].as_array().unwrap().last().unwrap();
    let template = "/v1/orders/{order}/history";
    let history = walk.get(template, &[text(first, "order")], "").ok(200);
    assert_eq!(history["order"], first["order"]);
    assert!(
        history["history"].as_array().unwrap().len() >= 4,
        "{history}"
    );
    walk.get(template, &["o_1.forged"], "")
        .problem(404, "not-found");

    let feed = walk.get("/v1/journal", &[], "?from=1&limit=3");
    let page = feed.ok(200);
    assert_eq!(page["events"][0]["specversion"], "1.0");
    assert!(page["next"].as_u64().unwrap() > 1);
}

fn about_the_server(walk: &Walk) {
    assert_eq!(walk.get("/healthz", &[], "").status, 200);
    assert_eq!(walk.get("/readyz", &[], "").status, 200);
    let metrics = walk.get("/metrics", &[], "");
    let page = String::from_utf8(metrics.body.clone()).unwrap();
    for family in [
        "boxoffice_conflicts_total{show=\"opera\",reason=\"seat-unavailable\"} 1",
        "boxoffice_seat_conflicts{show=\"opera\",seat=\"A1\"} 1",
        "boxoffice_requests_total{route=\"/v1/orders\",method=\"POST\",status=\"201\"} 2",
        "boxoffice_writer_saturation_ratio",
        "boxoffice_commit_seconds_count",
        "boxoffice_connections{state=\"open\"}",
    ] {
        assert!(
            page.lines().any(|line| line.starts_with(family)),
            "no {family} in:\n{page}"
        );
    }
    assert_eq!(
        walk.get("/openapi.json", &[], "").ok(200),
        openapi::document(Api::Native)
    );
    let theatre = walk.get("/openapi/{document}", &["theatre.json"], "");
    assert_eq!(theatre.ok(200), openapi::document(Api::Theatre));
    for unknown in ["boxoffice.json", "opera.json", "theatre"] {
        walk.get("/openapi/{document}", &[unknown], "")
            .problem(404, "not-found");
    }
    for (template, ids) in [
        ("/docs", &[][..]),
        ("/docs/errors", &[]),
        ("/docs/errors/{code}", &["sold-out"]),
    ] {
        let page = walk.get(template, ids, "");
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        assert!(
            page.header("content-security-policy")
                .starts_with("default-src 'none'")
        );
    }
    for code in ErrorCode::ALL {
        assert_eq!(
            walk.get("/docs/errors/{code}", &[code.name()], "").status,
            200
        );
    }
    walk.get("/docs/errors/{code}", &["nonsense"], "")
        .problem(404, "not-found");
    let head = walk.server.send("HEAD", "/v1/shows", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
}
