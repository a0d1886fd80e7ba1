//! The requests as they came, without what is random or names the program.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::conformance::mask;
use crate::conformance::program::Raw;
use crate::conformance::script::Script;
use crate::conformance::server::Request;

/// Headers whose value is the program's name or random by design.
const MASKED_HEADERS: &[&str] = &["user-agent", "sec-websocket-key"];

/// Parts of a digest's header that are random or follow from what is.
const MASKED_PARTS: &[&str] = &["cnonce=", "response="];

/// Every request in its order, or sorted if several users ran at once.
pub(super) fn requests(script: &Script, raw: &Raw) -> Value {
    let mut numbers = BTreeMap::new();
    let mut found: Vec<Value> = raw
        .requests
        .iter()
        .map(|request| {
            let next = numbers.len();
            let number = *numbers.entry(request.connection).or_insert(next);
            let connection = (!script.header.unordered).then_some(number);
            one(request, connection, &raw.masks)
        })
        .collect();
    if script.header.unordered {
        found.sort_by_key(ToString::to_string);
    }
    json!(found)
}

/// Which methods and paths were asked for.
pub(super) fn targets(raw: &Raw) -> Value {
    let found: BTreeSet<String> = raw
        .requests
        .iter()
        .map(|request| format!("{} {}", request.method, request.target))
        .collect();
    json!(found)
}

fn one(request: &Request, connection: Option<usize>, masks: &[(String, &'static str)]) -> Value {
    let boundary = request
        .header("content-type")
        .and_then(|value| value.split_once("boundary="))
        .map(|(_, boundary)| boundary.trim_matches('"').to_owned());
    let unbound = |text: &str| match &boundary {
        Some(boundary) => text.replace(boundary.as_str(), "BOUNDARY"),
        None => text.to_owned(),
    };
    let headers: Vec<String> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let lower = name.to_ascii_lowercase();
            // The length of a body in parts follows the length of its random boundary.
            let is_masked = MASKED_HEADERS.contains(&lower.as_str())
                || (boundary.is_some() && lower == "content-length");
            let value = match lower.as_str() {
                _ if is_masked => "#".to_owned(),
                "authorization" => digest(value),
                _ => mask::texts(&unbound(value), masks),
            };
            format!("{name}: {value}")
        })
        .collect();
    let body = match std::str::from_utf8(&request.body) {
        Ok(text) => mask::texts(&unbound(text), masks),
        Err(_) => format!("hex {}", hex(&request.body)),
    };
    json!({
        "request": format!("{} {}", request.method, mask::texts(&request.target, masks)),
        "headers": headers,
        "body": body,
        "connection": connection,
    })
}

/// A digest's header without its random parts; any other value as it is.
fn digest(value: &str) -> String {
    let Some(parts) = value.strip_prefix("Digest ") else {
        return value.to_owned();
    };
    let mut parts: Vec<&str> = parts
        .split(',')
        .map(str::trim)
        .map(|part| {
            let masked = MASKED_PARTS.iter().find(|name| part.starts_with(**name));
            masked.copied().unwrap_or(part)
        })
        .collect();
    // Their order means nothing.
    parts.sort_unstable();
    format!("Digest {}", parts.join(", "))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_boundary_and_the_program_are_masked() {
        let request = Request {
            at: Duration::ZERO,
            connection: 7,
            method: "POST".to_owned(),
            target: "/a".to_owned(),
            headers: vec![
                ("User-Agent".to_owned(), "k6".to_owned()),
                ("Content-Length".to_owned(), "9".to_owned()),
                (
                    "Content-Type".to_owned(),
                    "multipart/form-data; boundary=ab12".to_owned(),
                ),
            ],
            body: b"--ab12--".to_vec(),
        };
        let value = one(&request, Some(0), &[]);
        assert_eq!(value["body"], "--BOUNDARY--");
        assert_eq!(value["headers"][0], "User-Agent: #");
        assert_eq!(value["headers"][1], "Content-Length: #");
        assert_eq!(
            value["headers"][2],
            "Content-Type: multipart/form-data; boundary=BOUNDARY"
        );
    }

    #[test]
    fn the_random_parts_of_a_digest_are_masked() {
        let value = digest("Digest username=\"u\", response=\"ab\", cnonce=\"cd\"");
        assert_eq!(value, "Digest cnonce=, response=, username=\"u\"");
        assert_eq!(digest("Basic eDp5"), "Basic eDp5");
    }
}
