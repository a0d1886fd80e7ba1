//! Turns what a run left into the values that are compared.
//!
//! Invariants: a value holds nothing that depends on the clock, on a port or on a directory, so
//! that two runs of one program give the same value.

mod samples;
mod wire;

use serde_json::{Map, Value, json};

use super::logfmt;
use super::mask::{self, mask_json, mask_line};
use super::program::Raw;
use super::script::{Facet, Script};
use super::timing;

/// The compared values of a run, by the name of their facet.
pub(crate) type Observed = Map<String, Value>;

/// What `script` compares of `raw`.
pub(crate) fn observe(script: &Script, raw: &Raw) -> Observed {
    let mut observed = Observed::new();
    for facet in script.facets() {
        let (name, value) = match facet {
            Facet::Exit => ("exit", json!(raw.exits)),
            Facet::Thresholds => ("thresholds", thresholds(&raw.export)),
            Facet::Counts => ("counts", samples::counts(script, raw)),
            Facet::Samples => ("samples", samples::tags(script, raw)),
            Facet::Definitions => ("definitions", samples::definitions(raw)),
            Facet::Summary => ("summary", json!(summary(&raw.stdout))),
            Facet::Banner => ("banner", json!(banner(&raw.stdout))),
            Facet::Log => ("log", log(script, raw)),
            Facet::Wire => ("wire", wire::requests(script, raw)),
            Facet::WireTargets => ("wire-targets", wire::targets(raw)),
            Facet::Files => ("files", files(script, raw)),
            Facet::Stdout => ("stdout", stdout(raw)),
            Facet::Export => ("export", document(&raw.export)),
            Facet::Timing => {
                let late = timing::off_plan(&script.header.plan_ms, &raw.requests);
                (
                    "timing",
                    json!(late.map_or("on plan".to_owned(), |late| late)),
                )
            }
        };
        observed.insert(name.to_owned(), value);
    }
    if !script.header.has.is_empty() || !script.header.has_not.is_empty() {
        observed.insert("says".to_owned(), says(script, raw));
    }
    observed
}

/// The texts that a run should have written and did not, and the other way round.
fn says(script: &Script, raw: &Raw) -> Value {
    let both = format!("{}\n{}", raw.stdout, raw.stderr);
    let missing: Vec<&String> = script
        .header
        .has
        .iter()
        .filter(|text| !both.contains(text.as_str()))
        .collect();
    let unwanted: Vec<&String> = script
        .header
        .has_not
        .iter()
        .filter(|text| both.contains(text.as_str()))
        .collect();
    json!({"missing": missing, "unwanted": unwanted})
}

/// Whether each threshold passed. In the file `true` means that it failed.
fn thresholds(export: &str) -> Value {
    let mut verdicts = Map::new();
    let parsed: Value = serde_json::from_str(export).unwrap_or_default();
    let metrics = parsed.get("metrics").and_then(Value::as_object);
    for (metric, figures) in metrics.into_iter().flatten() {
        let own = figures.get("thresholds").and_then(Value::as_object);
        for (expression, failed) in own.into_iter().flatten() {
            let passed = failed.as_bool().map(|failed| !failed);
            verdicts.insert(format!("{metric}: {expression}"), json!(passed));
        }
    }
    Value::Object(verdicts)
}

/// From the first section to the last, masked.
fn summary(stdout: &str) -> Vec<String> {
    let mut lines: Vec<String> = stdout
        .lines()
        .skip_while(|line| !line.contains('█'))
        .take_while(|line| !line.starts_with("running ("))
        .filter(|line| !line.trim_start().starts_with("vus"))
        .map(mask_line)
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// What the run says of its scenarios before it starts.
fn banner(stdout: &str) -> Vec<String> {
    stdout
        .lines()
        .skip_while(|line| !line.trim_start().starts_with("scenarios:"))
        .take_while(|line| !line.is_empty())
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// What the script logged: level and message.
fn log(script: &Script, raw: &Raw) -> Value {
    let mut lines: Vec<[String; 2]> = raw
        .stderr
        .lines()
        .filter_map(logfmt::parse)
        .filter(|fields| logfmt::field(fields, "source") == Some("console"))
        .map(|fields| {
            let of = |key| logfmt::field(&fields, key).unwrap_or_default();
            let text = mask::texts(of("msg"), &raw.masks);
            [of("level").to_owned(), mask::sorted_keys(&text)]
        })
        .collect();
    if script.header.unordered {
        lines.sort();
    }
    json!(lines)
}

/// The names of all files, and the text of those that the header names.
fn files(script: &Script, raw: &Raw) -> Value {
    let mut found = Map::new();
    for (name, text) in &raw.files {
        let value = if !script.header.files_out.contains(name) {
            Value::Null
        } else if name.ends_with(".json") {
            document(&mask::texts(text, &raw.masks))
        } else if name.ends_with(".csv") {
            json!(mask::csv(&mask::texts(text, &raw.masks)))
        } else {
            let text = mask::texts(text, &raw.masks);
            json!(text.lines().map(mask_line).collect::<Vec<_>>())
        };
        found.insert(name.clone(), value);
    }
    Value::Object(found)
}

fn stdout(raw: &Raw) -> Value {
    let text = mask::texts(&raw.stdout, &raw.masks);
    if serde_json::from_str::<Value>(&text).is_ok() {
        return document(&text);
    }
    json!(text.lines().map(mask_line).collect::<Vec<_>>())
}

/// A JSON text without the figures that depend on time; what is not JSON stays as text.
fn document(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            mask_json(&mut value);
            value
        }
        Err(_) => json!(text.lines().collect::<Vec<_>>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_that_the_file_calls_true_has_failed() {
        let export =
            r#"{"metrics":{"c":{"count":1,"thresholds":{"count<1":true,"count>0":false}}}}"#;
        let verdicts = thresholds(export);
        assert_eq!(verdicts, json!({"c: count<1": false, "c: count>0": true}));
        assert_eq!(thresholds(""), json!({}));
    }

    #[test]
    fn the_summary_ends_where_the_progress_begins_again() {
        let stdout = "banner\n\n  █ TOTAL RESULTS \n\n    vus...: 2\n    iterations...: 81      \
            39.912524/s\n\n\nrunning (02.0s), 0/4 VUs\n";
        assert_eq!(
            summary(stdout),
            ["  █ TOTAL RESULTS", "", "    iterations...: 81 #/s"]
        );
    }

    #[test]
    fn the_banner_is_what_is_said_of_the_scenarios() {
        let stdout =
            "  script: a\n\n     scenarios: (100.00%) 1 scenario\n              * x: y \n\n";
        assert_eq!(
            banner(stdout),
            [
                "     scenarios: (100.00%) 1 scenario",
                "              * x: y"
            ]
        );
    }
}
