//! Turns tables of calls into an OpenAPI document.
//!
//! Invariants: path parameters come from the template, so they cannot be forgotten; statuses of a
//! call occur once.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::ErrorCode;
use crate::schema::{self, Named, insert};

/// A table row: one method of one path.
pub(super) struct Call {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// `operationId`: for generated clients.
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) notes: &'static str,
    pub(super) queries: &'static [Query],
    /// Names of request headers in `components.parameters`.
    pub(super) headers: &'static [&'static str],
    pub(super) body: Body,
    pub(super) replies: &'static [Reply],
    /// Headers of replies below 300, by name in `components.headers`.
    pub(super) reply_headers: &'static [&'static str],
    /// Native refusals beyond those of every call.
    pub(super) codes: &'static [&'static [ErrorCode]],
    pub(super) needs_key: bool,
}

/// The row that others are completed from.
pub(super) const CALL: Call = Call {
    method: "GET",
    path: "",
    id: "",
    tag: "",
    summary: "",
    notes: "",
    queries: &[],
    headers: &[],
    body: Body::None,
    replies: &[],
    reply_headers: &["Server-Timing"],
    codes: &[],
    needs_key: false,
};

/// A query parameter.
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) doc: &'static str,
    pub(super) required: bool,
}

/// What a parameter may be.
pub(super) enum Kind {
    Int(u64, u64),
    Id,
    Words(&'static [&'static str]),
}

/// The request body, by the name of its schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    None,
    Optional(&'static str),
    Required(&'static str),
    /// `application/x-www-form-urlencoded`.
    Form(&'static str),
}

/// One status of a call.
#[derive(Clone, Copy)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content: Content,
    pub(super) doc: &'static str,
}

/// What a reply carries.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Empty,
    /// JSON of a named schema.
    Json(&'static str),
    /// JSON: a list of a named schema.
    List(&'static str),
    /// JSON of one of several named schemas.
    OneOf(&'static [&'static str]),
    /// JSON without a schema of ours.
    AnyJson,
    /// A feed: JSON of a named schema, or the stream if the client accepts that.
    JsonOrEvents(&'static str),
    Events,
    Text,
    Html,
}

/// Shorthand for a reply with JSON.
pub(super) const fn json_reply(status: u16, schema: &'static str, doc: &'static str) -> Reply {
    Reply {
        status,
        content: Content::Json(schema),
        doc,
    }
}

/// Everything that a document is made of.
pub(super) struct Spec {
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) calls: &'static [&'static [Call]],
    pub(super) schemas: Vec<Named>,
    /// Descriptions of path parameters by name.
    pub(super) path_docs: &'static [(&'static str, Kind, &'static str)],
    /// Descriptions of request headers by name: schema and text.
    pub(super) headers: Vec<(&'static str, Value, &'static str)>,
    /// Refusals that every call under a key may get, as ready replies.
    pub(super) everywhere: &'static [Reply],
    /// Whose keys and tokens the calls know.
    pub(super) keys: Keys,
}

/// What the calls of a document know of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// API keys, for calls that need one.
    House,
    /// A dialect: its own tokens for calls that need one, beside API keys where the house has some.
    Dialect,
}

/// Builds the document.
pub(super) fn document(spec: Spec) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for call in spec.calls.iter().copied().flatten() {
        let item = paths.entry(call.path).or_insert_with(|| json!({}));
        insert(
            item,
            &call.method.to_ascii_lowercase(),
            operation(call, &spec),
        );
    }
    let parameters: Map<String, Value> = spec
        .headers
        .iter()
        .map(|(name, schema, doc)| {
            let header = json!({
                "name": name, "in": "header", "required": false, "description": doc,
                "schema": schema,
            });
            ((*name).to_owned(), header)
        })
        .collect();
    let mut tags: Vec<Value> = Vec::new();
    for call in spec.calls.iter().copied().flatten() {
        let tag = json!({"name": call.tag});
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    let schemas: Map<String, Value> = spec
        .schemas
        .into_iter()
        .map(|n| (n.name.to_owned(), n.schema))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {"title": spec.title, "version": "1", "description": spec.description,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"}},
        "servers": [{"url": "/"}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": parameters,
            "headers": reply_headers(),
            "securitySchemes": security_schemes(spec.keys),
        },
    })
}

fn security_schemes(keys: Keys) -> Value {
    let bearer = match keys {
        Keys::House => "An API key; a house without keys, on loopback only, needs none",
        Keys::Dialect => {
            "This system's own token. In a house with API keys it is the key itself, unless \
             `Boxoffice-Key` has the key"
        }
    };
    json!({
        "key": {"type": "http", "scheme": "bearer", "description": bearer},
        "boxoffice_key": {"type": "apiKey", "in": "header", "name": "Boxoffice-Key",
            "description": "An API key, which leaves `Authorization` to something else. If it is \
                there, only it is looked at; a house without keys needs none"},
    })
}

/// What a call may be asked with: one of these.
fn security(keys: Keys, needs_key: bool) -> Value {
    match (keys, needs_key) {
        (Keys::House, true) => json!([{"key": []}, {"boxoffice_key": []}]),
        (Keys::House, false) => json!([]),
        // The call needs a token of its own in any house.
        (Keys::Dialect, true) => json!([{"key": []}, {"key": [], "boxoffice_key": []}]),
        // Only a house with keys asks for one.
        (Keys::Dialect, false) => json!([{}, {"key": []}, {"boxoffice_key": []}]),
    }
}

/// Headers of replies, the same in all documents.
fn reply_headers() -> Value {
    let header = |doc: &str, schema: Value| json!({"description": doc, "schema": schema});
    let string = || json!({"type": "string"});
    let number = || json!({"type": "integer", "minimum": 0});
    json!({
        "Allow": header("The methods that the path has", string()),
        "Boxoffice-Index": header("Orders replies within one position", number()),
        "Boxoffice-Position": header("Journal position that the reply rests on", number()),
        "ETag": header("Position of the view, quoted", string()),
        "Idempotency-Replayed": header("`true` if the key was used before: the first answer",
            string()),
        "Location": header("Path of what was created", string()),
        "Retry-After": header("When to try again, in whole seconds", number()),
        "Server-Timing": header("`queue`, `decide` and `commit` in milliseconds", string()),
        "X-Lock-Owner-Type": header("Whether a user or a guest session owns the lock", string()),
    })
}

fn operation(call: &Call, spec: &Spec) -> Value {
    let mut operation = json!({
        "operationId": call.id,
        "tags": [call.tag],
        "summary": call.summary,
        "parameters": parameters(call, spec),
        "responses": responses(call, spec),
        "security": security(spec.keys, call.needs_key),
    });
    if !call.notes.is_empty() {
        insert(&mut operation, "description", json!(call.notes));
    }
    let (name, required, media_type) = match call.body {
        Body::None => return operation,
        Body::Optional(name) => (name, false, "application/json"),
        Body::Required(name) => (name, true, "application/json"),
        Body::Form(name) => (name, true, "application/x-www-form-urlencoded"),
    };
    let content = json!({media_type: {"schema": schema::of(name)}});
    insert(
        &mut operation,
        "requestBody",
        json!({"required": required, "content": content}),
    );
    operation
}

fn kind_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Int(min, max) => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Id => json!({"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$"}),
        Kind::Words(words) => json!({"type": "string", "enum": words}),
    }
}

fn parameters(call: &Call, spec: &Spec) -> Vec<Value> {
    let mut list = Vec::new();
    for piece in call.path.split('/') {
        let Some(name) = piece.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
            continue;
        };
        let known = spec.path_docs.iter().find(|(known, _, _)| *known == name);
        let (_, kind, doc) = known.expect("every path parameter of a table is described in it");
        list.push(
            json!({"name": name, "in": "path", "required": true, "description": doc,
            "schema": kind_schema(kind)}),
        );
    }
    for query in call.queries {
        list.push(
            json!({"name": query.name, "in": "query", "required": query.required,
            "description": query.doc, "schema": kind_schema(&query.kind)}),
        );
    }
    for header in call.headers {
        list.push(json!({"$ref": format!("#/components/parameters/{header}")}));
    }
    list
}

fn responses(call: &Call, spec: &Spec) -> Value {
    let mut all: BTreeMap<u16, Value> = BTreeMap::new();
    for reply in call.replies {
        all.insert(reply.status, response(reply, call));
    }
    for reply in spec.everywhere {
        all.entry(reply.status)
            .or_insert_with(|| response(reply, call));
    }
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in call.codes.iter().copied().flatten() {
        let codes = by_status.entry(code.status()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
        }
    }
    for (status, codes) in by_status {
        all.insert(status, problem(status, &codes));
    }
    all.into_iter()
        .map(|(status, reply)| (status.to_string(), reply))
        .collect()
}

fn problem(status: u16, codes: &[ErrorCode]) -> Value {
    let lines: Vec<String> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.name(), code.title()))
        .collect();
    let schema = schema::of("Problem");
    json!({
        "description": lines.join("; "),
        "headers": header_refs(status, &["Server-Timing"]),
        "content": {crate::problem::MEDIA_TYPE: {"schema": schema}},
    })
}

fn header_refs(status: u16, names: &[&str]) -> Map<String, Value> {
    let retry = matches!(status, 429 | 503).then_some("Retry-After");
    let names = names.iter().copied().chain(retry);
    names
        .map(|name| {
            let reference = json!({"$ref": format!("#/components/headers/{name}")});
            (name.to_owned(), reference)
        })
        .collect()
}

fn response(reply: &Reply, call: &Call) -> Value {
    let names = if reply.status < 400 {
        call.reply_headers
    } else {
        &["Server-Timing"]
    };
    let mut headers = header_refs(reply.status, names);
    if reply.status != 201 {
        headers.remove("Location");
    }
    let mut response = json!({"description": reply.doc, "headers": headers});
    let json_type = "application/json";
    let content = match reply.content {
        Content::Empty => return response,
        Content::Json(name) => json!({json_type: {"schema": schema::of(name)}}),
        Content::List(name) => {
            json!({json_type: {"schema": {"type": "array", "items": schema::of(name)}}})
        }
        Content::OneOf(names) => {
            let all: Vec<Value> = names.iter().map(|name| schema::of(name)).collect();
            json!({json_type: {"schema": {"oneOf": all}}})
        }
        Content::AnyJson => json!({json_type: {"schema": {}}}),
        Content::JsonOrEvents(name) => json!({
            json_type: {"schema": schema::of(name)},
            "text/event-stream": {"schema": {"type": "string"}},
        }),
        Content::Events => json!({"text/event-stream": {"schema": {"type": "string"}}}),
        Content::Text => json!({"text/plain": {"schema": {"type": "string"}}}),
        Content::Html => json!({"text/html": {"schema": {"type": "string"}}}),
    };
    insert(&mut response, "content", content);
    response
}
