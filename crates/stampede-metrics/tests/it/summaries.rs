//! The summary of recorded runs, to the character.
//!
//! The fixtures are runs of `rich.js`: the points that k6 2.2.0 wrote, what it printed about
//! them, and the older text that its summary library wrote from the same data.

use serde_json::{Value, json};
use stampede_metrics::Detail;
use stampede_metrics::summary::{
    LegacyOptions, MachineFacts, TimeUnit, compact_text, export_json, full_text, legacy_text,
    machine_json, script_json,
};

use crate::replay::{Replay, replay};

macro_rules! run {
    ($name:literal, $detail:expr) => {
        run_of(
            include_str!(concat!("../fixtures/", $name, ".points.ndjson")),
            include_str!(concat!("../fixtures/", $name, ".facts.json")),
            $detail,
        )
    };
}

fn run_of(points: &str, facts: &str, detail: Detail) -> Replay {
    let facts: Value = serde_json::from_str(facts).unwrap();
    replay(points, &facts, detail).unwrap()
}

/// Compares line by line, which shows the first difference.
fn assert_same_text(got: &str, expected: &str) {
    for (idx, (got, expected)) in got.lines().zip(expected.lines()).enumerate() {
        assert_eq!(got, expected, "line {}", idx + 1);
    }
    assert_eq!(got, expected);
}

#[test]
fn the_compact_text_is_that_of_k6() {
    let run = run!("compact", Detail::Totals);
    assert_same_text(
        &compact_text(&run.summary),
        include_str!("../fixtures/compact.txt"),
    );
}

#[test]
fn other_figures_in_another_unit_are_laid_out_as_by_k6() {
    let run = run!("other", Detail::Totals);
    assert_same_text(
        &compact_text(&run.summary),
        include_str!("../fixtures/other.txt"),
    );
}

#[test]
fn the_full_text_is_that_of_k6() {
    let run = run!("full", Detail::PerScenarioAndGroup);
    assert_same_text(
        &full_text(&run.summary),
        include_str!("../fixtures/full.txt"),
    );
}

#[test]
fn colours_are_those_of_k6() {
    let run = run!("colours", Detail::PerScenarioAndGroup);
    assert_same_text(
        &full_text(&run.summary),
        include_str!("../fixtures/colours.txt"),
    );
}

/// Rounds figures, because a sum depends on the order in which it was added up.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(format!("{:.9e}", number.as_f64().unwrap())),
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), rounded(value)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn the_exported_file_is_that_of_k6() {
    let run = run!("compact", Detail::Totals);
    let expected: Value =
        serde_json::from_str(include_str!("../fixtures/compact.export.json")).unwrap();
    let got: Value = serde_json::from_str(&export_json(&run.summary)).unwrap();
    assert_eq!(rounded(&got), rounded(&expected));
    assert_eq!(
        got.pointer("/metrics/http_req_failed/thresholds/rate<0.1"),
        Some(&json!(true)),
        "in this file true means failed"
    );
}

#[test]
fn scripts_get_metrics_thresholds_groups_and_state() {
    let run = run!("compact", Detail::Totals);
    let data: Value = serde_json::from_str(&script_json(&run.summary)).unwrap();
    for (place, expected) in [
        (
            "/metrics/never",
            json!({"type": "rate", "contains": "default",
            "values": {"rate": 0, "passes": 0, "fails": 0},
            "thresholds": {"rate<0.5": {"ok": true}}}),
        ),
        (
            "/metrics/amount/thresholds",
            json!({"count>1000": {"ok": true}, "rate>0": {"ok": true}}),
        ),
        (
            "/metrics/http_req_failed/thresholds",
            json!({"rate<0.1": {"ok": false}}),
        ),
        (
            "/metrics/level/values",
            json!({"value": -2.5, "min": -2.5, "max": -2.5}),
        ),
        ("/metrics/data_sent/contains", json!("data")),
        (
            "/options",
            json!({"summaryTrendStats": ["avg", "min", "med", "max", "p(90)", "p(95)"],
            "summaryTimeUnit": "", "noColor": false}),
        ),
        ("/state/isStdOutTTY", json!(false)),
        ("/setup_data", json!({"shows": [1, 2]})),
        ("/root_group/id", json!("d41d8cd98f00b204e9800998ecf8427e")),
        ("/root_group/groups/0/groups/0/checks", json!([])),
        ("/root_group/groups/1/name", json!("basket")),
        (
            "/root_group/groups/1/groups/1/path",
            json!("::basket::nothing"),
        ),
        ("/root_group/checks/0/name", json!("has a token")),
    ] {
        let got = data.pointer(place);
        assert_eq!(got, Some(&expected), "{place}");
    }
}

fn legacy_data() -> Value {
    serde_json::from_str(include_str!("../fixtures/legacy.data.json")).unwrap()
}

#[test]
fn the_older_text_is_that_of_the_library() {
    let options = LegacyOptions {
        colours: false,
        ..LegacyOptions::default()
    };
    assert_same_text(
        &legacy_text(&legacy_data(), &options).unwrap(),
        include_str!("../fixtures/legacy.txt"),
    );
    let options = LegacyOptions {
        indent: String::new(),
        colours: true,
        time_unit: Some(TimeUnit::Milliseconds),
        trend_stats: Some(vec!["max".to_owned(), "med".to_owned()]),
    };
    assert_same_text(
        &legacy_text(&legacy_data(), &options).unwrap(),
        include_str!("../fixtures/legacy.colours.txt"),
    );
}

#[test]
fn damaged_data_is_an_error_that_names_the_place() {
    for (place, damage, expected) in [
        ("/metrics", json!(7), "metrics"),
        ("/metrics/won/type", json!("histogram"), "metrics.won.type"),
        ("/metrics/won/values", json!(null), "metrics.won.values"),
        (
            "/metrics/level/values/min",
            json!("low"),
            "metrics.level.values.min",
        ),
        (
            "/options/summaryTimeUnit",
            json!("m"),
            "options.summaryTimeUnit",
        ),
        ("/root_group/checks/0/passes", json!("many"), "passes"),
    ] {
        let mut data = legacy_data();
        *data.pointer_mut(place).unwrap() = damage;
        let error = legacy_text(&data, &LegacyOptions::default()).unwrap_err();
        assert_eq!(error.field, expected, "{place}");
    }
    assert!(legacy_text(&json!(null), &LegacyOptions::default()).is_err());
}

#[test]
fn data_that_a_script_has_cut_down_is_still_written() {
    let data = json!({"metrics": {"iterations":
        {"type": "counter", "contains": "default", "values": {"count": 3, "rate": 1.5}}}});
    let options = LegacyOptions {
        colours: false,
        ..LegacyOptions::default()
    };
    assert_eq!(
        legacy_text(&data, &options).unwrap(),
        "     iterations...: 3 1.5/s"
    );
}

#[test]
fn the_summary_for_machines_is_that_of_k6() {
    let run = run!("machine", Detail::Totals);
    let expected: Value =
        serde_json::from_str(include_str!("../fixtures/machine.export.json")).unwrap();
    let text = |pointer: &str| expected.pointer(pointer).unwrap().as_str().unwrap();
    let facts = MachineFacts {
        script: text("/config/script").to_owned(),
        generated_at: text("/metadata/generated_at").to_owned(),
        k6_version: text("/metadata/k6_version").to_owned(),
        is_full: true,
    };
    let json = |facts: &MachineFacts| -> Value {
        serde_json::from_str(&machine_json(&run.summary, facts)).unwrap()
    };
    // Within a section k6 has no order.
    let by_name = |mut summary: Value| {
        let metrics = summary.pointer_mut("/results/metrics").unwrap();
        let metrics = metrics.as_array_mut().unwrap();
        metrics.sort_by_key(|metric| metric["name"].to_string());
        rounded(&summary)
    };
    let got = json(&facts);
    let names = got.pointer("/results/metrics").unwrap().as_array().unwrap();
    assert_eq!(names[0]["name"], "http_req_blocked");
    assert_eq!(
        names.last().unwrap()["name"],
        "size",
        "the script's own come last"
    );
    assert_eq!(by_name(got), by_name(expected));
    let usual = json(&MachineFacts {
        is_full: false,
        ..facts
    });
    let usual = usual
        .pointer("/results/metrics")
        .unwrap()
        .as_array()
        .unwrap();
    assert_eq!(usual[0]["name"], "http_req_duration");
}
