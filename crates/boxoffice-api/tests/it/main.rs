//! Holds the wire types against their schemas, documents, pages and limits.
//!
//! Invariants: every file beside this one is a module of it.

mod documents;
mod pages;
mod requests;
mod responses;
mod shows;

use serde_json::Value;

/// Everything in which `value` differs from `schema`, members unknown to it included.
fn differences(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(document, schema, value, "", &mut found);
    found
}

fn compare(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return compare(
            document,
            target.expect("references resolve"),
            value,
            at,
            found,
        );
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    if !types.is_empty() && !types.iter().any(|name| has_type(value, name)) {
        found.push(format!("{at}: {value} is no {types:?}"));
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        found.push(format!("{at}: {value} is none of {words:?}"));
    }
    for (bound, breaks) in [("minimum", -1), ("maximum", 1)] {
        if let (Some(bound), Some(number)) = (schema[bound].as_i64(), value.as_i64())
            && (number - bound).signum() == breaks
        {
            found.push(format!("{at}: {number} is beyond {bound}"));
        }
    }
    let n_fitting = |name: &str| {
        let options = schema[name].as_array()?;
        let fits = |option: &&Value| differences_of_option(document, option, value).is_empty();
        Some(options.iter().filter(fits).count())
    };
    if n_fitting("oneOf").is_some_and(|n| n != 1) || n_fitting("anyOf") == Some(0) {
        found.push(format!("{at}: fits the wrong number of alternatives"));
    }
    compare_members(document, schema, value, at, found);
    if let (Some(list), Some(items)) = (value.as_array(), schema.get("items")) {
        for (idx, item) in list.iter().enumerate() {
            compare(document, items, item, &format!("{at}/{idx}"), found);
        }
    }
}

fn differences_of_option(document: &Value, option: &Value, value: &Value) -> Vec<String> {
    match option["required"].as_array() {
        Some(names) if option["type"].is_null() => names
            .iter()
            .filter_map(Value::as_str)
            .filter(|name| value.get(name).is_none())
            .map(str::to_owned)
            .collect(),
        _ => differences(document, option, value),
    }
}

fn compare_members(
    document: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
    found: &mut Vec<String>,
) {
    let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap_or_default()) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        match properties.get(name) {
            Some(property) => {
                compare(document, property, member, &format!("{at}/{name}"), found);
            }
            None => found.push(format!("{at}: {name} is unknown")),
        }
    }
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

#[test]
fn the_comparison_sees_each_kind_of_difference() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"],
        "properties": {"a": {"type": "integer", "minimum": 1}, "b": {"enum": ["x"]}},
    });
    let check = |value: Value| differences(&Value::Null, &schema, &value).len();
    assert_eq!(check(serde_json::json!({"a": 1, "b": "x"})), 0);
    assert_eq!(check(serde_json::json!({"a": 0, "b": "y", "c": 1})), 3);
    assert_eq!(check(serde_json::json!({"a": "1"})), 1);
    assert_eq!(check(serde_json::json!({})), 1);
}
