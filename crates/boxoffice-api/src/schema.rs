//! Small builders for JSON schemas (2020-12, as OpenAPI 3.1 uses), so that each type can state
//! its schema in a few lines next to itself.
//!
//! Invariants: the bounds come from [`crate::limits`]; requests refuse unknown members.

use serde_json::{Map, Value, json};

use crate::limits;

/// A named schema of a document's components.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) schema: Value,
}

/// A member of an object.
pub(crate) struct Member {
    name: &'static str,
    schema: Value,
    required: bool,
}

/// A member that is always there.
pub(crate) fn req(name: &'static str, schema: Value) -> Member {
    Member {
        name,
        schema,
        required: true,
    }
}

/// A member that may be absent.
pub(crate) fn opt(name: &'static str, schema: Value) -> Member {
    Member {
        name,
        schema,
        required: false,
    }
}

fn members(doc: &str, members: Vec<Member>) -> Value {
    let required: Vec<&str> = members
        .iter()
        .filter(|m| m.required)
        .map(|m| m.name)
        .collect();
    let properties: Map<String, Value> = members
        .into_iter()
        .map(|m| (m.name.to_owned(), m.schema))
        .collect();
    let mut schema = json!({"type": "object", "description": doc, "properties": properties});
    if !required.is_empty() {
        insert(&mut schema, "required", json!(required));
    }
    schema
}

/// What we answer with; later versions may add members.
pub(crate) fn response(name: &'static str, doc: &str, list: Vec<Member>) -> Named {
    Named {
        name,
        schema: members(doc, list),
    }
}

/// What we accept, with one example; unknown members are refused.
pub(crate) fn request(name: &'static str, doc: &str, list: Vec<Member>, example: Value) -> Named {
    let mut schema = members(doc, list);
    insert(&mut schema, "additionalProperties", json!(false));
    insert(&mut schema, "examples", json!([example]));
    Named { name, schema }
}

/// What a dialect accepts; unknown members are ignored, as its original does.
pub(crate) fn lenient(name: &'static str, doc: &str, list: Vec<Member>, example: Value) -> Named {
    let mut schema = members(doc, list);
    insert(&mut schema, "examples", json!([example]));
    Named { name, schema }
}

pub(crate) fn insert(schema: &mut Value, name: &str, value: Value) {
    if let Value::Object(map) = schema {
        map.insert(name.to_owned(), value);
    }
}

/// The schema called `name`.
pub(crate) fn of(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// An id given by a caller.
pub(crate) fn id(doc: &str) -> Value {
    let pattern = format!("^[A-Za-z0-9._:-]{{1,{}}}$", limits::ID_BYTES_MAX);
    json!({"type": "string", "pattern": pattern, "description": doc})
}

/// An id made by us.
pub(crate) fn own_id(doc: &str) -> Value {
    json!({"type": "string", "description": doc})
}

/// Any string.
pub(crate) fn string(doc: &str) -> Value {
    json!({"type": "string", "description": doc})
}

/// Text for people.
pub(crate) fn text(doc: &str) -> Value {
    let max = limits::TEXT_BYTES_MAX;
    json!({"type": "string", "minLength": 1, "maxLength": max, "description": doc})
}

/// A row label or prefix.
pub(crate) fn label(doc: &str) -> Value {
    let pattern = format!("^[A-Za-z0-9._:-]{{1,{}}}$", limits::ROW_LABEL_BYTES_MAX);
    json!({"type": "string", "pattern": pattern, "description": doc})
}

/// One of a few words.
pub(crate) fn words(words: &[&str], doc: &str) -> Value {
    json!({"type": "string", "enum": words, "description": doc})
}

/// A whole number within bounds.
pub(crate) fn int(min: i64, max: i64, doc: &str) -> Value {
    json!({"type": "integer", "minimum": min, "maximum": max, "description": doc})
}

/// A count of ours: never negative.
pub(crate) fn count(doc: &str) -> Value {
    json!({"type": "integer", "minimum": 0, "description": doc})
}

/// Money in minor units, never negative.
pub(crate) fn amount(doc: &str) -> Value {
    int(0, limits::AMOUNT_MAX, doc)
}

/// Any number, for dialects.
pub(crate) fn number(doc: &str) -> Value {
    json!({"type": "number", "description": doc})
}

/// True or false.
pub(crate) fn flag(doc: &str) -> Value {
    json!({"type": "boolean", "description": doc})
}

/// RFC 3339.
pub(crate) fn time(doc: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": doc})
}

/// ISO 4217.
pub(crate) fn currency(doc: &str) -> Value {
    json!({"type": "string", "pattern": "^[A-Z]{3}$", "description": doc})
}

/// A list.
pub(crate) fn list(item: Value, doc: &str) -> Value {
    json!({"type": "array", "items": item, "description": doc})
}

/// A list with bounds.
pub(crate) fn bounded(item: Value, min: usize, max: usize, doc: &str) -> Value {
    let mut schema = list(item, doc);
    insert(&mut schema, "minItems", json!(min));
    insert(&mut schema, "maxItems", json!(max));
    schema
}

/// A list of seat ids in a request.
pub(crate) fn seat_ids(doc: &str) -> Value {
    let max = usize::try_from(limits::SEATS_PER_HOLD_MAX).unwrap_or(usize::MAX);
    let mut schema = bounded(id("Id of a seat"), 1, max, doc);
    insert(&mut schema, "uniqueItems", json!(true));
    schema
}

/// The same, or null.
pub(crate) fn maybe(mut schema: Value) -> Value {
    let types = json!([schema.get("type"), "null"]);
    insert(&mut schema, "type", types);
    schema
}

/// Adds a default.
pub(crate) fn or(mut schema: Value, default: Value) -> Value {
    insert(&mut schema, "default", default);
    schema
}

/// Exactly one of these sets of members must be there.
pub(crate) fn one_of(mut named: Named, sets: &[&[&str]]) -> Named {
    let sets: Vec<Value> = sets.iter().map(|set| json!({"required": set})).collect();
    insert(&mut named.schema, "oneOf", Value::Array(sets));
    named
}

/// At least one of these sets of members must be there.
pub(crate) fn any_of(mut named: Named, sets: &[&[&str]]) -> Named {
    let sets: Vec<Value> = sets.iter().map(|set| json!({"required": set})).collect();
    insert(&mut named.schema, "anyOf", Value::Array(sets));
    named
}
