//! Bodies of the wrong shape on every call: where the fault is, in words of the API.

use serde_json::{Value, json};

use super::bad_input::{BODIES, house, refused};

/// Words of Rust and of its libraries, which mean nothing to a client.
const FOREIGN: &[&str] = &[
    "struct", "enum", "variant", "Request", "sequence", "a map", "i64", "u64", "u32", "usize",
    "f64", "serde", "field", "a string", "boolean", "floating",
];

/// A body of every shape that a show can have.
const SHOW: &str = r#"{"name": "O", "currency": "EUR",
    "tariffs": [{"code": "full", "label": "Full", "percent": 100}],
    "sections": [{"id": "s", "price": 1, "rows": [
        {"row": "A", "seats": 1}, {"row": "B", "seats": ["B1"], "not_for_sale": ["B1"]}]}],
    "areas": [{"id": "a", "capacity": 1, "price": 1}]}"#;

/// Every value inside `value` with its JSON pointer, the whole first.
fn places(value: &Value, at: String) -> Vec<(String, Value)> {
    let mut places = vec![(at.clone(), value.clone())];
    match value {
        Value::Object(members) => places.extend(
            members
                .iter()
                .flat_map(|(name, member)| places_of(&at, name, member)),
        ),
        Value::Array(elements) => places.extend(
            elements
                .iter()
                .enumerate()
                .flat_map(|(idx, element)| places_of(&at, &idx.to_string(), element)),
        ),
        _ => {}
    }
    places
}

fn places_of(at: &str, step: &str, value: &Value) -> Vec<(String, Value)> {
    places(value, format!("{at}/{step}"))
}

#[test]
fn a_value_of_another_kind_is_refused_with_its_place_and_in_words_of_the_api() {
    let house = house();
    let before = house.state();
    let shows = [("PUT", "/v1/shows/opera2", SHOW)];
    let mut n_tried = 0;
    for (method, path, body) in BODIES.iter().chain(&shows) {
        let whole: Value = serde_json::from_str(body).unwrap();
        for (pointer, value) in places(&whole, String::new()) {
            // What it is not: an object becomes the list of its values, which is no object.
            let others = match &value {
                Value::Object(members) => {
                    vec![
                        json!(members.values().collect::<Vec<_>>()),
                        json!("text"),
                        json!(1),
                    ]
                }
                Value::Array(_) => vec![json!({"a": 1}), json!("text"), json!(true)],
                Value::Number(_) => vec![json!({}), json!("1"), json!(1.5), json!(true)],
                _ => vec![json!({}), json!([]), json!(1)],
            };
            for other in others {
                let is_count = pointer.ends_with("/seats") && path.starts_with("/v1/shows/opera2");
                if is_count && (other.is_i64() || other.is_array()) {
                    continue;
                }
                let mut bad = whole.clone();
                *bad.pointer_mut(&pointer).unwrap() = other;
                let answer = house.send(method, path, &bad.to_string());
                let what = format!("{method} {path} {pointer} {bad}");
                refused(&answer, &what);
                let told = answer.problem(400, "malformed");
                assert_eq!(told["errors"][0]["pointer"], pointer, "{what}: {told}");
                let detail = told["detail"].as_str().unwrap();
                let foreign = FOREIGN.iter().find(|word| detail.contains(**word));
                assert_eq!(foreign, None, "{what}: {detail}");
                assert!(
                    pointer.is_empty() || detail.contains(&pointer),
                    "{what}: {detail}"
                );
                n_tried += 1;
            }
        }
    }
    assert!(n_tried > 200, "{n_tried}");
    assert_eq!(house.state(), before);
}

#[test]
fn a_member_that_is_missing_unknown_or_repeated_is_told_with_its_place() {
    let house = house();
    for (body, pointer, said) in [
        (
            r#"{"buyer": "b", "items": [{"product": "mug"}]}"#,
            "/items/0",
            "lacks the member `quantity`",
        ),
        (
            r#"{"buyer": "b", "items": [{"product": "mug", "quantity": 1, "colour": "red"}]}"#,
            "/items/0/colour",
            "known members are `product`, `quantity`",
        ),
        (
            r#"{"buyer": "b", "buyer": "c", "items": []}"#,
            "/buyer",
            "is there twice",
        ),
    ] {
        let told = house
            .send("POST", "/v1/orders", body)
            .problem(400, "malformed");
        assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
        assert!(told["detail"].as_str().unwrap().contains(said), "{told}");
    }
}
