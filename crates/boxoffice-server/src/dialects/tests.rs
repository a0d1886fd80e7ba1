//! Paths: which dialect has them, and how each of the five says no.

use std::collections::BTreeSet;

use boxoffice_writer::request::Unavailable;
use http::header::{ALLOW, RETRY_AFTER};

use super::testing::shown;
use super::*;

/// Every call of the wire format: method, path, and whether a slash may follow.
const CALLS: [(&str, &str, bool); 30] = [
    ("GET", "/movies", false),
    ("GET", "/showtimes/movie/1/upcoming", false),
    ("GET", "/ticket-types", false),
    ("GET", "/showtime-seats/showtime/1", false),
    ("GET", "/showtime-seats/showtime/1/available", false),
    ("POST", "/seat-locks", false),
    ("DELETE", "/seat-locks/showtime/1", false),
    ("GET", "/seat-locks/availability/showtime/1", false),
    ("GET", "/seat-locks/availability/1", false),
    ("POST", "/bookings/price-preview", false),
    ("POST", "/bookings/confirm", false),
    ("GET", "/actuator/health", false),
    ("POST", "/api/order", true),
    ("GET", "/api/order/o_1.x", true),
    ("DELETE", "/api/order/o_1.x", true),
    ("POST", "/api/order/o_1.x/create-payment-intent", true),
    ("GET", "/api/order/user/u", true),
    ("POST", "/realms/r/protocol/openid-connect/token", true),
    ("GET", "/concerts", false),
    ("POST", "/reservations", false),
    ("POST", "/payments", false),
    ("POST", "/api/users/1/balance/charge", false),
    ("POST", "/api/orders", false),
    ("POST", "/api/orders/1/payment", false),
    ("POST", "/api/book-seat", true),
    ("POST", "/api/lock-seat", true),
    ("POST", "/api/release-lock", true),
    ("POST", "/api/cancel-booking", true),
    ("GET", "/api/hall-layout/1", true),
    ("GET", "/api/shows", true),
];

fn method(name: &str) -> Method {
    Method::from_bytes(name.as_bytes()).unwrap()
}

/// How many dialects take a path, asked one by one.
fn owners(path: &str) -> usize {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let get = &Method::GET;
    [
        cinema::route(get, &segments).is_some(),
        race::route(get, &segments).is_some(),
        concert::route(get, &segments).is_some(),
        shop::route(get, &segments).is_some(),
        theatre::route(get, &segments).is_some(),
    ]
    .into_iter()
    .filter(|has_path| *has_path)
    .count()
}

fn allow(found: Found<'_>) -> Option<&'static str> {
    match found {
        Found::Cinema(route) => route.err(),
        Found::Race(route) => route.err(),
        Found::Concert(route) => route.err(),
        Found::Shop(route) => route.err(),
        Found::Theatre(route) => route.err(),
    }
}

#[test]
fn every_path_is_of_exactly_one_dialect() {
    for (_, path, _) in CALLS {
        assert_eq!(owners(path), 1, "{path}");
    }
    // Whatever stands for a variable part in one dialect must not make it a path of another.
    let words: BTreeSet<&str> = CALLS
        .iter()
        .flat_map(|(_, path, _)| path.split('/'))
        .collect();
    for first in &words {
        for second in &words {
            for third in &words {
                for path in [
                    format!("/{first}"),
                    format!("/{first}/{second}"),
                    format!("/{first}/{second}/{third}"),
                    format!("/api/{first}/{second}/{third}"),
                ] {
                    assert!(owners(&path) <= 1, "{path}");
                }
            }
        }
    }
}

#[test]
fn every_call_is_found_by_its_method_and_only_by_that() {
    for (name, path, takes_slash) in CALLS {
        let found = find(&method(name), path).unwrap();
        assert_eq!(allow(found), None, "{name} {path}");
        let slashed = format!("{path}/");
        assert_eq!(
            find(&method(name), &slashed).is_some(),
            takes_slash,
            "{slashed}"
        );
        assert_eq!(find(&method(name), &format!("{path}//")), None, "{path}");
        let allowed = allow(find(&method("PATCH"), path).unwrap()).expect("no call is a PATCH");
        assert!(
            allowed.split(", ").any(|allowed| allowed == name),
            "{name} {path}: {allowed}"
        );
        if name == "GET" {
            assert_eq!(allow(find(&Method::HEAD, path).unwrap()), None, "{path}");
        }
    }
}

#[test]
fn native_paths_and_strangers_are_of_no_dialect() {
    for path in [
        "/",
        "",
        "*",
        "//",
        "/v1/shows",
        "/v1/orders/1/payment",
        "/v1/holds/h",
        "/v1/bookings",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/openapi/shop.json",
        "/docs",
        "/docs/errors/not-found",
        "/api",
        "/api/users/1/balance",
        "/api/orders/1",
        "/api//order",
        "/API/order",
        "/seat-locks/showtime",
        "/a/b/c/d/e/f/g",
    ] {
        assert_eq!(find(&Method::GET, path), None, "{path}");
    }
}

#[test]
fn only_the_token_endpoint_takes_forms() {
    assert!(takes_form("/realms/r/protocol/openid-connect/token"));
    for (_, path, _) in CALLS
        .iter()
        .filter(|(_, path, _)| !path.starts_with("/realms"))
    {
        assert!(!takes_form(path), "{path}");
    }
}

/// One path of each dialect, and the fields of its errors; none for plain text.
const SHAPES: [(&str, &[&str]); 6] = [
    ("/seat-locks", &["details", "message", "timestamp"]),
    ("/api/order", &[]),
    (
        "/realms/r/protocol/openid-connect/token",
        &["error", "error_description"],
    ),
    ("/reservations", &["code", "message"]),
    ("/api/orders", &["code", "message", "timestamp"]),
    ("/api/book-seat/", &["message", "status"]),
];

#[track_caller]
fn check_shape(path: &str, fields: &[&str], response: &Response) {
    let (_, body) = shown(response);
    if fields.is_empty() {
        assert!(!body.is_empty() && !body.starts_with('{'), "{path}: {body}");
        return;
    }
    let body: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&body).unwrap();
    assert_eq!(body.keys().collect::<Vec<_>>(), fields, "{path}");
}

#[test]
fn what_the_core_refuses_answers_in_the_dialects_own_shape() {
    for (path, fields) in SHAPES {
        for (rejection, status) in [
            (Rejection::BodyTooLarge { bytes_max: 10 }, 413),
            (Rejection::BodiesFull, 503),
            (Rejection::BodyTimeout { timeout_ms: 10 }, 408),
            (Rejection::Internal, 500),
            (Rejection::HostMissing, 400),
        ] {
            let response = reject(path, rejection).unwrap();
            assert_eq!(response.status().as_u16(), status, "{path}");
            assert_eq!(response.headers().contains_key(RETRY_AFTER), status == 503);
            check_shape(path, fields, &response);
        }
    }
    assert!(reject("/v1/shows", Rejection::Internal).is_none());
}

#[test]
fn an_unanswered_command_is_503_with_retry_after_everywhere() {
    for (path, fields) in SHAPES {
        for why in [
            Unavailable::Overloaded {
                retry_after_ms: 1_500,
            },
            Unavailable::StorageFull,
            Unavailable::DeadlinePassed,
            Unavailable::Stopping,
            Unavailable::OutcomeUnknown,
        ] {
            let response = refuse(path, &problem::of_unavailable(why, true)).unwrap();
            assert_eq!(response.status().as_u16(), 503, "{path} {why:?}");
            let retry_after = response.headers()[RETRY_AFTER].to_str().unwrap();
            assert!(1 <= retry_after.parse::<u32>().unwrap(), "{path} {why:?}");
            check_shape(path, fields, &response);
        }
    }
}

#[test]
fn another_method_is_405_with_the_methods_that_there_are() {
    for (path, fields) in SHAPES {
        let found = find(&Method::PUT, path).unwrap();
        let allowed = allow(found).unwrap();
        let response = desk::with_allow(found.refuse(&desk::method_not_allowed()), allowed);
        assert_eq!(response.status().as_u16(), 405, "{path}");
        assert_eq!(response.headers()[ALLOW], "POST", "{path}");
        // A token endpoint asked by another method is a path of the race like any other.
        let fields = if path.starts_with("/realms") {
            &[]
        } else {
            fields
        };
        check_shape(path, fields, &response);
    }
}
