//! Joins levels and plans scenarios as k6 2.2.0 was recorded to do.
//!
//! Each row of the record is one run of the reference: a script's options, flags, variables and a
//! config file, with its exit code and the lines in which it described what it was about to do.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use stampede_plan::{Levels, Options, Plan, Problems, Setting, Source};

const RECORD: &str = include_str!("recorded/runs.json");

#[derive(Debug, Deserialize)]
struct Row {
    script: Value,
    flags: Vec<String>,
    env: BTreeMap<String, String>,
    config: Option<Value>,
    exit: u8,
    lines: Vec<String>,
}

const FLAGS: &[(&str, Setting)] = &[
    ("-u", Setting::Vus),
    ("-d", Setting::Duration),
    ("-i", Setting::Iterations),
    ("-s", Setting::Stages),
    ("--system-tags", Setting::SystemTags),
    ("--tag", Setting::Tags),
    ("--blacklist-ip", Setting::BlacklistIps),
    ("--block-hostnames", Setting::BlockHostnames),
    ("--dns", Setting::Dns),
    ("--summary-trend-stats", Setting::SummaryTrendStats),
    ("--summary-time-unit", Setting::SummaryTimeUnit),
    ("--rps", Setting::Rps),
    ("--execution-segment", Setting::ExecutionSegment),
    ("--local-ips", Setting::LocalIps),
    ("--min-iteration-duration", Setting::MinIterationDuration),
];

/// Rows whose outcome is not decided here, or is another on purpose, by a part of their text.
const OTHERS: &[(&str, &str)] = &[
    (
        "\"nope\"",
        "whether a function is exported is for the script engine",
    ),
    (
        "\"thresholds\"",
        "whether a metric exists is for the registry",
    ),
    (
        "--no-setup=x",
        "flags without a value are for the command line",
    ),
    (
        "--summary-mode",
        "an option of the program is for the command line",
    ),
    (
        "--compatibility-mode",
        "an option of the program is for the command line",
    ),
    ("K6_OUT", "which outputs exist is for the runner"),
    ("K6_TRACES_OUTPUT", "which outputs exist is for the runner"),
    ("K6_LOG_OUTPUT", "which outputs exist is for the runner"),
    (
        "K6_TLSAUTH",
        "warned of: k6 makes an empty certificate of it",
    ),
    (
        "K6_TLS_CIPHER_SUITES",
        "warned of: k6 wants the numbers of suites",
    ),
    (
        "K6_THRESHOLDS",
        "warned of: k6 takes one expression per metric",
    ),
];

fn plan(row: &Row) -> Result<Vec<String>, Problems> {
    let environment = Options::from_environment(&|name| row.env.get(name).cloned())?;
    let mut flags = Options::default();
    for pair in row.flags.chunks(2) {
        let flag = FLAGS.iter().find(|(name, _)| *name == pair[0]);
        let (_, setting) = flag.expect("the flag is in the table");
        flags.set_text(*setting, &pair[1], Source::Flag(&pair[0]))?;
    }
    let config = Options::from_config(row.config.as_ref().unwrap_or(&Value::Null))?;
    let levels = Levels {
        config: config.options.0,
        script: Options::from_script(&row.script)?.options,
        environment: environment.options.0,
        flags,
    };
    let merged = Options::merged(levels)?;
    Ok(Plan::new(&merged.options)?.description())
}

#[test]
fn every_recorded_run_is_planned_as_it_was() {
    let rows: Vec<Row> = serde_json::from_str(RECORD).unwrap();
    let mut differences = Vec::new();
    let mut n_compared = 0;
    for row in &rows {
        let text = format!("{} {:?} {:?}", row.script, row.flags, row.env);
        if OTHERS.iter().any(|(part, _)| text.contains(part)) {
            continue;
        }
        n_compared += 1;
        let (exit, lines) = match plan(row) {
            Ok(lines) => (0, lines),
            Err(problems) => (problems.exit_code(), vec![problems.to_string()]),
        };
        if exit != row.exit || (exit == 0 && lines != row.lines) {
            differences.push(format!("{row:?}\n  here: {exit} {lines:?}"));
        }
    }
    assert!(n_compared > 150, "only {n_compared} rows");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
