//! The OpenAPI documents: goldens, references, completeness.

use std::collections::HashSet;
use std::path::PathBuf;

use boxoffice_api::ErrorCode;
use boxoffice_api::openapi::{Api, document, render, routes};
use serde_json::Value;

use crate::differences;

fn golden(api: Api) -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi"));
    root.join(format!("{}.json", api.name()))
}

#[test]
fn documents_are_as_stored() {
    for api in Api::ALL {
        let name = api.name();
        let stored = std::fs::read_to_string(golden(api)).unwrap_or_default();
        let stored: Value = serde_json::from_str(&stored).unwrap_or_default();
        assert!(
            stored == document(api),
            "openapi/{name}.json is not what the tables say; `cargo xtask openapi` writes it"
        );
    }
}

#[test]
fn no_stored_document_is_left_over() {
    let folder = golden(Api::Native).with_file_name("");
    for entry in std::fs::read_dir(folder).expect("the folder of goldens exists") {
        let path = entry.expect("it can be listed").path();
        let stem = path
            .file_stem()
            .and_then(|s| s.to_str())
            .unwrap_or_default();
        assert!(
            Api::from_name(stem).is_some(),
            "{} belongs to no API",
            path.display()
        );
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                match member {
                    Value::String(target) if name == "$ref" => found.push(target.clone()),
                    other => references(other, found),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn references_resolve_and_no_schema_is_unused() {
    for api in Api::ALL {
        let document = document(api);
        let mut found = Vec::new();
        references(&document, &mut found);
        for target in &found {
            let pointer = target.trim_start_matches('#');
            assert!(
                document.pointer(pointer).is_some(),
                "{}: {target}",
                api.name()
            );
        }
        let schemas = document["components"]["schemas"]
            .as_object()
            .expect("there are schemas");
        for name in schemas.keys() {
            // The stream and the feed carry these as events, which OpenAPI cannot refer to.
            let target = format!("#/components/schemas/{name}");
            assert!(found.contains(&target), "{}: {name} is unused", api.name());
        }
    }
}

#[test]
fn every_operation_has_its_own_id_and_a_success() {
    for api in Api::ALL {
        let document = document(api);
        let mut ids = HashSet::new();
        for (method, path) in routes(&document) {
            let call = &document["paths"][&path][method.to_ascii_lowercase()];
            let id = call["operationId"].as_str().expect("it has an id");
            assert!(ids.insert(id.to_owned()), "{id} occurs twice");
            let statuses = call["responses"].as_object().expect("it has replies");
            assert!(
                statuses.keys().any(|s| s.starts_with('2')),
                "{id} cannot succeed"
            );
            let n_holes = path.matches('{').count();
            let in_path = |p: &&Value| p["in"] == "path";
            let parameters = call["parameters"].as_array().expect("a list");
            assert_eq!(parameters.iter().filter(in_path).count(), n_holes, "{id}");
        }
    }
}

#[test]
fn dialect_paths_do_not_collide_with_each_other_or_the_native_ones() {
    let mut seen = HashSet::new();
    for api in Api::ALL {
        for (method, path) in routes(&document(api)) {
            assert!(
                seen.insert((method.clone(), path.clone())),
                "{method} {path} twice"
            );
        }
    }
}

#[test]
fn every_error_code_is_a_documented_reply_of_some_call() {
    // The first answers calls that the document does not have, the second no call of today.
    let exempt = [ErrorCode::MethodNotAllowed, ErrorCode::NotAcceptable];
    let text = render(&document(Api::Native)["paths"]);
    for code in ErrorCode::ALL.iter().filter(|code| !exempt.contains(code)) {
        assert!(
            text.contains(&format!("`{}`: {}", code.name(), code.title())),
            "{code}"
        );
    }
}

#[test]
fn every_write_takes_a_key_and_every_native_call_tells_its_refusals() {
    let document = document(Api::Native);
    for (method, path) in routes(&document) {
        if !path.starts_with("/v1") {
            continue;
        }
        let call = &document["paths"][&path][method.to_ascii_lowercase()];
        let text = render(&call["parameters"]);
        assert_eq!(
            text.contains("/Idempotency-Key"),
            method != "GET",
            "{method} {path}"
        );
        assert_eq!(
            text.contains("Boxoffice-Hold-Token"),
            path == "/v1/holds/{hold}"
        );
        for status in [
            "400", "401", "403", "408", "413", "421", "422", "429", "500", "503",
        ] {
            let media = "application/problem+json";
            assert!(
                call["responses"][status]["content"][media].is_object(),
                "{path} {status}"
            );
        }
        let retry = &call["responses"]["503"]["headers"]["Retry-After"];
        assert!(retry.is_object(), "{method} {path}");
    }
}

#[test]
fn every_document_names_both_ways_to_send_a_key() {
    for api in Api::ALL {
        let document = document(api);
        let name = api.name();
        let schemes = &document["components"]["securitySchemes"];
        assert_eq!(schemes["key"]["scheme"], "bearer", "{name}");
        assert_eq!(schemes["boxoffice_key"]["in"], "header", "{name}");
        assert_eq!(schemes["boxoffice_key"]["name"], "Boxoffice-Key", "{name}");
        for (method, path) in routes(&document) {
            let call = &document["paths"][&path][method.to_ascii_lowercase()];
            let ways = call["security"].as_array().expect("a list");
            let is_public = api == Api::Native && !path.starts_with("/v1") && path != "/metrics";
            let by_header = ways.iter().any(|way| way.get("boxoffice_key").is_some());
            assert_eq!(by_header, !is_public, "{name} {method} {path}: {ways:?}");
        }
    }
}

#[test]
fn the_race_names_its_callers_and_the_theatre_tells_locks_from_bookings() {
    let race = document(Api::Race);
    let user = &race["components"]["parameters"]["X-User-Id"];
    assert_eq!(user["in"], "header");
    for (method, path) in routes(&race) {
        let call = &race["paths"][&path][method.to_ascii_lowercase()];
        let takes_user = render(&call["parameters"]).contains("/X-User-Id");
        assert_eq!(takes_user, path.starts_with("/api/"), "{method} {path}");
    }
    let theatre = &document(Api::Theatre)["components"]["schemas"];
    for (schema, side) in [("Booked", "below"), ("Locked", "above")] {
        let id = &theatre[schema]["properties"]["booking_id"]["description"];
        let text = id.as_str().expect("it is described");
        assert!(
            text.contains(&format!("{side} 1,000,000,000,000")),
            "{text}"
        );
    }
}

#[test]
fn examples_fit_their_schemas() {
    for api in Api::ALL {
        let document = document(api);
        for (name, schema) in document["components"]["schemas"]
            .as_object()
            .expect("schemas")
        {
            for example in schema["examples"].as_array().into_iter().flatten() {
                let found = differences(&document, schema, example);
                assert!(found.is_empty(), "{} {name}: {found:?}", api.name());
            }
        }
    }
}
