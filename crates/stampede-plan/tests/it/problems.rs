//! What a wrong option tells its author.

use serde_json::{Value, json};
use stampede_plan::{Levels, Options, Problems};

fn problems(script: &Value) -> Problems {
    let merged = Options::from_script(script).and_then(|parsed| {
        let script = parsed.options;
        Options::merged(Levels {
            script,
            ..Levels::default()
        })
    });
    merged.expect_err("the options are wrong")
}

fn check(script: &Value, expected: &[(&str, &str)]) {
    let problems = problems(script);
    let found: Vec<(&str, &str)> = problems
        .list()
        .iter()
        .map(|problem| (problem.field.as_str(), problem.what.as_str()))
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((field, part), found) in expected.iter().zip(&found) {
        assert_eq!(*field, found.0, "{found:?}");
        assert!(found.1.contains(part), "{found:?} does not say {part:?}");
    }
}

#[test]
fn all_values_of_a_wrong_type_are_reported_together() {
    let script = json!({
        "batch": "many",
        "duration": "10 seconds",
        "noSetup": "yes",
        "scenarios": {
            "a": { "executor": "constant-vus", "vus": 2.5, "iterations": 3 },
            "b": { "executor": "constant-looping-vus" },
            "c": { "executor": "externally-controlled", "vus": 1 },
            "d": 7,
        },
        "tags": { "region": 7 },
        "thresholds": { "http_req_duration": "p(95)<500" },
    });
    check(
        &script,
        &[
            (
                "batch",
                "\"many\" is not accepted; accepted is a whole number",
            ),
            (
                "duration",
                "accepted are numbers with units such as \"1m30s\"",
            ),
            (
                "noSetup",
                "\"yes\" is not accepted; accepted are true and false",
            ),
            (
                "scenarios.a.iterations",
                "constant-vus has no such key (shared-iterations, per-vu-iterations would have it)",
            ),
            ("scenarios.a.vus", "2.5 is not accepted"),
            (
                "scenarios.b.executor",
                "accepted are shared-iterations, per-vu-iterations",
            ),
            (
                "scenarios.c.executor",
                "\"externally-controlled\" is not supported",
            ),
            ("scenarios.d", "accepted is an object"),
            ("tags.region", "accepted is a text"),
            (
                "thresholds.http_req_duration",
                "accepted is a list of texts such as",
            ),
        ],
    );
}

#[test]
fn all_values_out_of_range_are_reported_together() {
    let script = json!({
        "setupTimeout": "-1s",
        "summaryTrendStats": ["avg", "p(101)", "p95"],
        "executionSegment": "0:1/4",
        "executionSegmentSequence": "0,1/2,1",
        "scenarios": {
            "arrive": { "executor": "constant-arrival-rate", "rate": 0, "maxVUs": 1 },
            "a b": { "executor": "shared-iterations", "vus": 5, "iterations": 4, "exec": "" },
            "ramp": {
                "executor": "ramping-vus",
                "startVUs": 0,
                "stages": [{ "target": 0 }, { "duration": "-1s", "target": 0 }],
            },
            "many": { "executor": "constant-vus", "vus": 1_000_001, "duration": "999ms" },
        },
    });
    check(
        &script,
        &[
            ("setupTimeout", "must be more than 0, but is -1s"),
            ("summaryTrendStats", "\"p(101)\" is no statistic"),
            ("summaryTrendStats", "\"p95\" is no statistic"),
            (
                "executionSegment",
                "0:1/4 is no part of the sequence 0,1/2,1",
            ),
            ("scenarios.a b", "letters"),
            ("scenarios.a b.exec", "must name an exported function"),
            ("scenarios.a b.iterations", "but is 4 for 5 users"),
            ("scenarios.arrive.rate", "must be more than 0, but is 0"),
            ("scenarios.arrive.duration", "is missing"),
            ("scenarios.arrive.preAllocatedVUs", "is missing"),
            ("scenarios.many.vus", "must be at most 1000000"),
            (
                "scenarios.many.duration",
                "must be at least 1s, but is 999ms",
            ),
            ("scenarios.ramp.stages[0].duration", "is missing"),
            ("scenarios.ramp.stages[1].duration", "must not be negative"),
            ("scenarios.ramp.stages", "must be more than 0"),
        ],
    );
}

#[test]
fn shortcuts_that_exclude_each_other_are_reported() {
    let script = json!({
        "iterations": 5,
        "stages": [{ "duration": "1s", "target": 1 }],
        "scenarios": {},
    });
    let expected = "cannot be used together with";
    check(
        &script,
        &[("iterations", expected), ("iterations", expected)],
    );
}

#[test]
fn a_run_that_would_not_fit_into_memory_is_refused() {
    let stages: Vec<Value> = (0..100)
        .map(|n| json!({ "duration": "1s", "target": if n % 2 == 0 { 1_000_000 } else { 0 } }))
        .collect();
    let script = json!({ "scenarios": { "a": { "executor": "ramping-vus", "stages": stages } } });
    check(&script, &[("scenarios.a.stages", "at most 4000000 times")]);
    let script = json!({ "executionSegment": "0:0.12345678" });
    check(&script, &[("executionSegment", "slots")]);
    let script = json!({ "vus": 1, "duration": "200000h" });
    check(
        &script,
        &[("scenarios.default.duration", "must be at most")],
    );
}

#[test]
fn options_without_effect_are_warned_of() {
    let script = json!({ "foo": 1, "noThresholds": true, "execution": {}, "systemTags": ["urls"] });
    let parsed = Options::from_script(&script).unwrap();
    let warnings: Vec<String> = parsed.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    for part in [
        "\"foo\"",
        "--no-thresholds or K6_NO_THRESHOLDS",
        "\"scenarios\"",
        "\"urls\"",
    ] {
        assert!(
            warnings.iter().any(|warning| warning.contains(part)),
            "{part} {warnings:?}"
        );
    }
}

#[test]
fn a_level_that_replaces_scenarios_is_warned_of() {
    let script = json!({ "scenarios": { "a": { "executor": "shared-iterations" } } });
    let script = Options::from_script(&script).unwrap().options;
    let flags = Options {
        vus: Some(3),
        ..Options::default()
    };
    let levels = Levels {
        script: script.clone(),
        flags,
        ..Levels::default()
    };
    let warnings = Options::merged(levels).unwrap().warnings;
    assert!(
        warnings[0].message.contains("vus=3 replaces the scenarios"),
        "{warnings:?}"
    );
    let environment = Options {
        iterations: Some(3),
        ..Options::default()
    };
    let levels = Levels {
        script,
        environment,
        ..Levels::default()
    };
    let warnings = Options::merged(levels).unwrap().warnings;
    assert!(
        warnings[0].message.contains("the environment replaces"),
        "{warnings:?}"
    );
}
