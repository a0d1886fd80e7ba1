//! Every variable that sets an option.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stampede_plan::{Options, Parsed, RunOptions, Sets, Setting, Source, VARIABLES};

fn read(name: &'static str, text: &'static str) -> Parsed<(Options, RunOptions)> {
    let value = move |asked: &str| (asked == name).then(|| text.to_owned());
    Options::from_environment(&value).expect("the text is accepted")
}

/// Checks that a variable sets one option to what the reference was seen to make of it.
fn check(name: &'static str, text: &'static str, key: &str, expected: &Value) {
    let options = read(name, text).options.0;
    let all: Value = serde_json::from_str(&options.to_json(&[])).expect("it is JSON");
    assert_eq!(&all[key], expected, "{name}={text}");
    let empty = read(name, "").options.0;
    assert_eq!(empty, Options::default(), "{name} is empty");
}

#[test]
fn variables_set_what_runs() {
    check("K6_PAUSED", "true", "paused", &json!(true));
    check("K6_VUS", "3", "vus", &json!(3));
    check("K6_DURATION", "1d", "duration", &json!("24h0m0s"));
    check("K6_DURATION", "1500", "duration", &json!("1.5s"));
    check("K6_ITERATIONS", "7", "iterations", &json!(7));
    let stages = json!([{ "duration": "3s", "target": 5 }, { "duration": "2s", "target": 1 }]);
    check("K6_STAGES", "3s:5,2s:1", "stages", &stages);
    for (name, text, key, expected) in [
        ("K6_SETUP_TIMEOUT", "5", "setupTimeout", "5ms"),
        ("K6_TEARDOWN_TIMEOUT", "1m", "teardownTimeout", "1m0s"),
        (
            "K6_HANDLE_SUMMARY_TIMEOUT",
            "5s",
            "handleSummaryTimeout",
            "5s",
        ),
        (
            "K6_MIN_ITERATION_DURATION",
            "5",
            "minIterationDuration",
            "5ms",
        ),
        ("K6_USER_AGENT", "x y", "userAgent", "x y"),
        ("K6_HTTP_DEBUG", "full", "httpDebug", "full"),
        ("K6_SUMMARY_TIME_UNIT", "s", "summaryTimeUnit", "s"),
    ] {
        check(name, text, key, &json!(expected));
    }
}

#[test]
fn variables_set_numbers_and_switches() {
    for (name, key) in [
        ("K6_RPS", "rps"),
        ("K6_MAX_REDIRECTS", "maxRedirects"),
        ("K6_BATCH", "batch"),
        ("K6_BATCH_PER_HOST", "batchPerHost"),
        ("K6_METRIC_SAMPLES_BUFFER_SIZE", "metricSamplesBufferSize"),
    ] {
        check(name, "7", key, &json!(7));
    }
    for (name, key) in [
        ("K6_NO_SETUP", "noSetup"),
        ("K6_NO_TEARDOWN", "noTeardown"),
        ("K6_INSECURE_SKIP_TLS_VERIFY", "insecureSkipTLSVerify"),
        ("K6_THROW", "throw"),
        ("K6_NO_CONNECTION_REUSE", "noConnectionReuse"),
        ("K6_NO_VU_CONNECTION_REUSE", "noVUConnectionReuse"),
        ("K6_NO_COOKIES_RESET", "noCookiesReset"),
        ("K6_DISCARD_RESPONSE_BODIES", "discardResponseBodies"),
    ] {
        check(name, "true", key, &json!(true));
        check(name, "false", key, &json!(false));
    }
}

#[test]
fn variables_set_lists_and_names() {
    let dns = json!({ "ttl": null, "select": "first", "policy": "any" });
    check("K6_DNS", "select=first,policy=any", "dns", &dns);
    let ranges = json!(["10.0.0.0/8", "1.0.0.0/8"]);
    check(
        "K6_BLACKLIST_IPS",
        "10.0.0.0/8,1.0.0.0/8",
        "blacklistIPs",
        &ranges,
    );
    check(
        "K6_BLOCK_HOSTNAMES",
        "a.b,*.c",
        "blockHostnames",
        &json!(["a.b", "*.c"]),
    );
    let stats = json!(["avg", "p(99)"]);
    check(
        "K6_SUMMARY_TREND_STATS",
        "avg,p(99)",
        "summaryTrendStats",
        &stats,
    );
    check(
        "K6_SYSTEM_TAGS",
        "url,vu,foo",
        "systemTags",
        &json!(["url", "vu"]),
    );
    check("K6_TAGS", "a:b,c:d", "tags", &json!({ "a": "b", "c": "d" }));
    let pool = read("K6_LOCAL_IPS", "10.0.0.1,10.0.0.2-10.0.0.9,fd::/120")
        .options
        .0;
    assert_eq!(
        pool.local_ips.as_deref(),
        Some("10.0.0.1,10.0.0.2-10.0.0.9,fd::/120")
    );
    let console = read("K6_CONSOLE_OUTPUT", "log.txt").options.0;
    assert_eq!(console.console_output.as_deref(), Some("log.txt"));
}

#[test]
fn variables_set_the_options_of_the_program() {
    let outputs = read("K6_OUT", "json=a,csv=b").options.1.out;
    assert_eq!(outputs, Some(vec!["json=a".to_owned(), "csv=b".to_owned()]));
    assert_eq!(
        read("K6_NO_THRESHOLDS", "1").options.1.no_thresholds,
        Some(true)
    );
    assert_eq!(read("K6_LINGER", "true").options.1.linger, Some(true));
    let export = read("K6_SUMMARY_EXPORT", "out.json")
        .options
        .1
        .summary_export;
    assert_eq!(export.as_deref(), Some("out.json"));
}

#[test]
fn every_variable_is_listed_once_and_every_setting_has_one() {
    let names: BTreeSet<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
    assert_eq!(names.len(), VARIABLES.len());
    assert!(names.iter().all(|name| name.starts_with("K6_")));
    let settings = VARIABLES
        .iter()
        .filter(|variable| matches!(variable.sets, Sets::Test(_)));
    // Two settings are flags alone: the segment and the sequence of segments.
    assert_eq!(settings.count(), 33);
}

#[test]
fn a_variable_without_effect_is_warned_of() {
    let parsed = read("K6_EXECUTION_SEGMENT", "1/2");
    assert_eq!(parsed.options.0, Options::default());
    assert!(
        parsed.warnings[0].message.contains("K6_EXECUTION_SEGMENT"),
        "{:?}",
        parsed.warnings
    );
}

#[test]
fn all_wrong_variables_are_reported_together() {
    let value = |name: &str| match name {
        "K6_VUS" => Some("abc".to_owned()),
        "K6_NO_SETUP" => Some("1".to_owned()),
        "K6_TAGS" => Some("a=b".to_owned()),
        "K6_STAGES" => Some("1d:5".to_owned()),
        _ => None,
    };
    let problems = Options::from_environment(&value).unwrap_err();
    let fields: Vec<&str> = problems.list().iter().map(|p| p.field.as_str()).collect();
    assert_eq!(fields, ["K6_VUS", "K6_STAGES", "K6_NO_SETUP", "K6_TAGS"]);
    assert_eq!(problems.exit_code(), 104);
}

#[test]
fn a_refused_text_changes_nothing_and_a_repeated_flag_adds() {
    let mut options = Options::default();
    let flag = Source::Flag("--stage");
    options.set_text(Setting::Stages, "1s:1", flag).unwrap();
    options
        .set_text(Setting::Stages, "2s:2,3s:3", flag)
        .unwrap();
    let before = options.clone();
    let problem = options
        .set_text(Setting::Stages, "4s:4,x", flag)
        .unwrap_err();
    assert_eq!(
        (problem.field.as_str(), problem.exit_code),
        ("--stage", 255)
    );
    assert_eq!(options, before);
    assert_eq!(options.stages.map(|stages| stages.len()), Some(3));
}

#[test]
fn a_config_file_sets_options_of_the_program_and_variables_override_them() {
    let file = json!({
        "vus": 3,
        "linger": true,
        "noUsageReport": true,
        "out": ["json=a"],
        "summaryMode": "full",
        "collectors": { "influxdb": {} },
        "colour": "blue",
    });
    let parsed = Options::from_config(&file).unwrap();
    let warnings: Vec<String> = parsed.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["the config file sets \"colour\", which is unknown"]
    );
    let (options, run) = parsed.options;
    assert_eq!(options.vus, Some(3));
    let run = run.overridden_by(read("K6_SUMMARY_MODE", "compact").options.1);
    let expected = RunOptions {
        linger: Some(true),
        no_usage_report: Some(true),
        out: Some(vec!["json=a".to_owned()]),
        summary_mode: Some("compact".to_owned()),
        ..RunOptions::default()
    };
    assert_eq!(run, expected);
}

#[test]
fn a_mode_that_does_not_exist_is_refused_with_those_that_do() {
    let value = |name: &str| (name == "K6_SUMMARY_MODE").then(|| "legacy".to_owned());
    let problems = Options::from_environment(&value).unwrap_err();
    assert!(
        problems.to_string().contains("compact, full, disabled"),
        "{problems}"
    );
    assert_eq!(problems.exit_code(), 255);
}
