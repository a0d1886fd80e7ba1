//! Requests: what is accepted, and every fault of what is not.

use boxoffice_api::limits;
use boxoffice_api::openapi::{Api, document};
use boxoffice_api::v1::account::ChargeRequest;
use boxoffice_api::v1::booking::{BookingRequest, BookingSource, CancelBookingRequest};
use boxoffice_api::v1::hold::{
    BestRequest, ExtendRequest, HoldRequest, PlacesRequest, ReleaseRequest,
};
use boxoffice_api::v1::order::{
    ItemRequest, OrderRequest, PaymentMethod, PaymentRequest, RefundRequest,
};
use boxoffice_api::v1::product::{ProductRequest, RestockRequest};
use boxoffice_api::v1::show::{Area, Row, Section, ShowRequest, Tariff};
use boxoffice_api::v1::{decode, decode_or_default};
use boxoffice_api::{ErrorCode, Validate};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Reader = fn(&Value) -> Result<(), String>;

fn whole<T: DeserializeOwned + Validate>(body: &Value) -> Result<(), String> {
    let decoded = decode::<T>(body.to_string().as_bytes());
    decoded.map(drop).map_err(|problem| format!("{problem:?}"))
}

fn part<T: DeserializeOwned>(body: &Value) -> Result<(), String> {
    T::deserialize(body)
        .map(drop)
        .map_err(|error| error.to_string())
}

const READERS: &[(&str, Reader)] = &[
    ("Area", part::<Area>),
    ("BestRequest", part::<BestRequest>),
    ("BookingRequest", whole::<BookingRequest>),
    ("CancelBookingRequest", whole::<CancelBookingRequest>),
    ("ChargeRequest", whole::<ChargeRequest>),
    ("ExtendRequest", whole::<ExtendRequest>),
    ("HoldRequest", whole::<HoldRequest>),
    ("ItemRequest", part::<ItemRequest>),
    ("OrderRequest", whole::<OrderRequest>),
    ("PaymentRequest", whole::<PaymentRequest>),
    ("PlacesRequest", part::<PlacesRequest>),
    ("ProductRequest", whole::<ProductRequest>),
    ("RefundRequest", whole::<RefundRequest>),
    ("ReleaseRequest", whole::<ReleaseRequest>),
    ("RestockRequest", whole::<RestockRequest>),
    ("Row", part::<Row>),
    ("Section", part::<Section>),
    ("ShowRequest", whole::<ShowRequest>),
    ("Tariff", part::<Tariff>),
];

fn value_for(schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer") => schema["minimum"].clone(),
        Some("array") => json!([]),
        Some("boolean") => json!(true),
        _ => json!("XTS"),
    }
}

#[test]
fn every_request_schema_has_a_type_that_takes_its_example_and_nothing_unknown() {
    let document = document(Api::Native);
    let schemas = document["components"]["schemas"]
        .as_object()
        .expect("schemas");
    let requests = schemas
        .iter()
        .filter(|(_, s)| s["additionalProperties"] == json!(false));
    let names: Vec<_> = requests.clone().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        READERS.iter().map(|(name, _)| *name).collect::<Vec<_>>()
    );
    for ((name, schema), (_, read)) in requests.zip(READERS) {
        let mut example = schema["examples"][0].clone();
        assert_eq!(read(&example), Ok(()), "{name}");
        example["surprise"] = json!(1);
        let refusal = read(&example).expect_err("unknown members are refused");
        assert!(refusal.contains("surprise"), "{name}: {refusal}");
    }
}

#[test]
fn every_member_of_a_request_schema_is_known_to_its_type() {
    let document = document(Api::Native);
    for (name, read) in READERS {
        let schema = &document["components"]["schemas"][name];
        for (member, member_schema) in schema["properties"].as_object().expect("members") {
            let mut body = schema["examples"][0].clone();
            body[member] = value_for(member_schema);
            let refusal = read(&body).err().unwrap_or_default();
            // In serde's words for a part, in ours for a whole body.
            let is_unknown = ["unknown field", "is not known here"]
                .iter()
                .any(|words| refusal.contains(words));
            assert!(!is_unknown, "{name}.{member}: {refusal}");
        }
    }
}

/// Checks that exactly these pointers are at fault.
#[track_caller]
fn faults<T: DeserializeOwned + Validate + std::fmt::Debug>(body: Value, pointers: &[&str]) {
    let Err(problem) = decode::<T>(body.to_string().as_bytes()) else {
        return assert!(pointers.is_empty(), "accepted: {body}");
    };
    assert_eq!(problem.code, ErrorCode::Validation, "{problem:?}");
    let found: Vec<_> = problem.errors.iter().map(|e| e.pointer.as_str()).collect();
    assert_eq!(found, pointers, "{problem:?}");
}

#[test]
fn holds_claim_exactly_one_thing_within_limits() {
    faults::<HoldRequest>(json!({"buyer": "b", "seats": ["A1"], "ttl_ms": 100}), &[]);
    faults::<HoldRequest>(
        json!({"buyer": "b", "best": {"quantity": 2, "section": "s"}}),
        &[],
    );
    faults::<HoldRequest>(json!({"buyer": ""}), &["/buyer", ""]);
    let both = json!({"buyer": "b", "seats": ["A"], "best": {"quantity": 1}});
    faults::<HoldRequest>(both, &[""]);
    let wrong = json!({"buyer": "a b", "seats": ["A1", "", "A1"], "ttl_ms": 0, "tariff": "ä"});
    faults::<HoldRequest>(
        wrong,
        &["/buyer", "/seats/1", "/seats/2", "/ttl_ms", "/tariff"],
    );
    let wrong = json!({"buyer": "b", "places": {"area": "", "quantity": 101}});
    faults::<HoldRequest>(wrong, &["/places/area", "/places/quantity"]);
    let wrong = json!({"buyer": "b", "best": {"quantity": -1, "section": " "}});
    faults::<HoldRequest>(wrong, &["/best/quantity", "/best/section"]);
    let seats: Vec<_> = (0..=limits::SEATS_PER_HOLD_MAX)
        .map(|n| n.to_string())
        .collect();
    faults::<HoldRequest>(json!({"buyer": "b", "seats": seats}), &["/seats"]);
    faults::<HoldRequest>(json!({"buyer": "b", "seats": []}), &["/seats"]);
    faults::<ExtendRequest>(json!({"ttl_ms": limits::HOLD_TTL_MS_MAX + 1}), &["/ttl_ms"]);
}

#[test]
fn bookings_use_a_hold_or_claim_but_never_both() {
    faults::<BookingRequest>(json!({"hold": "h", "token": "t", "fence": 2}), &[]);
    faults::<BookingRequest>(json!({"buyer": "b", "show": "s", "seats": ["A"]}), &[]);
    for wrong in [
        json!({}),
        json!({"hold": "h"}),
        json!({"token": "t"}),
        json!({"buyer": "b", "show": "s"}),
        json!({"buyer": "b", "seats": ["A"]}),
        json!({"hold": "h", "token": "t", "buyer": "b"}),
        json!({"hold": "h", "token": "t", "tariff": "x"}),
        json!({"hold": "h", "token": "t", "seats": ["A"], "best": {"quantity": 1}}),
        json!({"buyer": "b", "show": "s", "seats": ["A"], "fence": 1}),
    ] {
        faults::<BookingRequest>(wrong, &[""]);
    }
    faults::<BookingRequest>(json!({"hold": "", "token": "a b"}), &["/hold", "/token"]);
    faults::<CancelBookingRequest>(json!({"seats": []}), &["/seats"]);
    let request = decode::<BookingRequest>(br#"{"hold":"h","token":"t"}"#).expect("valid");
    let source = BookingSource::Hold {
        hold: "h",
        token: "t",
        fence: None,
    };
    assert_eq!(request.source(), Some(source));
}

#[test]
fn orders_name_a_product_once_and_a_hold_with_its_token() {
    faults::<OrderRequest>(json!({"buyer": "b", "hold": "h", "token": "t"}), &[]);
    faults::<OrderRequest>(json!({"buyer": "b"}), &[""]);
    faults::<OrderRequest>(json!({"buyer": "b", "hold": "h"}), &["/token"]);
    faults::<OrderRequest>(json!({"buyer": "b", "token": "t"}), &["/hold"]);
    let items = json!([{"product": "p", "quantity": 1}, {"product": "p", "quantity": 0}]);
    let wrong = json!({"buyer": "b", "items": items, "fence": 1, "ttl_ms": 99});
    let pointers = ["/items/1/product", "/items/1/quantity", "/hold", "/ttl_ms"];
    faults::<OrderRequest>(wrong, &pointers);
}

#[test]
fn payments_come_from_the_account_or_have_a_reference() {
    let method = |body: &[u8]| {
        let request = decode_or_default::<PaymentRequest>(body).expect("valid");
        request
            .method()
            .map(|m| matches!(m, PaymentMethod::Account))
    };
    assert_eq!(method(b""), Some(true));
    assert_eq!(method(b" {} "), Some(true));
    assert_eq!(method(br#"{"method":"account"}"#), Some(true));
    assert_eq!(method(br#"{"reference":"r","amount":5}"#), Some(false));
    faults::<PaymentRequest>(json!({"method": "cash"}), &["/method"]);
    faults::<PaymentRequest>(json!({"method": "account", "reference": "r"}), &[""]);
    faults::<PaymentRequest>(json!({"amount": 5}), &[""]);
    faults::<PaymentRequest>(
        json!({"reference": "", "amount": -1}),
        &["/reference", "/amount"],
    );
    faults::<RefundRequest>(
        json!({"items": [], "seats": ["A", "A"]}),
        &["/items", "/seats/1"],
    );
}

#[test]
fn amounts_and_quantities_have_bounds() {
    let over = limits::AMOUNT_MAX + 1;
    faults::<ChargeRequest>(
        json!({"amount": 0, "currency": "eur"}),
        &["/amount", "/currency"],
    );
    faults::<ChargeRequest>(json!({"amount": over, "currency": "EUR"}), &["/amount"]);
    let wrong = json!({"price": -1, "currency": "XXX", "stock": -1, "name": ""});
    faults::<ProductRequest>(wrong, &["/name", "/price", "/currency", "/stock"]);
    faults::<RestockRequest>(json!({"quantity": 0}), &["/quantity"]);
}

#[test]
fn what_is_not_json_of_the_right_shape_is_malformed() {
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"buyer\":1,\"seats\":[\"A\"]}",
        "{\"seats\":[\"A\"]}",
        "{\"buyer\":\"b\",\"buyer\":\"b\",\"seats\":[\"A\"]}",
        "{\"buyer\":\"b\"} x",
        "{\"buyer\":\"b\",\"best\":{\"quantity\":1.5}}",
        "{\"buyer\":\"\\ud800\"}",
        "{\"buyer\":\"b\",\"best\":{\"quantity\":99999999999999999999}}",
        "\u{feff}{}",
    ] {
        let problem = decode::<HoldRequest>(body.as_bytes()).expect_err("refused");
        assert_eq!(problem.code, ErrorCode::Malformed, "{body}");
    }
    let deep = "[".repeat(100_000);
    let problem = decode::<ShowRequest>(deep.as_bytes()).expect_err("refused");
    assert_eq!(problem.code, ErrorCode::Malformed);
    assert!(decode::<HoldRequest>(b"\xff").is_err());
}
