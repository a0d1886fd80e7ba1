//! Prints options as `k6 inspect` of k6 2.2.0 was recorded to print them.

use serde::Deserialize;
use serde_json::{Value, json};
use stampede_plan::{Levels, Options, Plan, Span};

const RECORD: &str = include_str!("recorded/inspect.json");

#[derive(Debug, Deserialize)]
struct Row {
    script: Value,
    exit: u8,
    plain: String,
    exit_required: u8,
    required: String,
    warned: bool,
}

/// Rows that end otherwise on purpose, by a part of their text.
const OTHERS: &[(&str, &str)] = &[
    (
        "\"thresholds\"",
        "whether a metric exists is for the registry",
    ),
    (
        "\"nope\"",
        "whether a function is exported is for the script engine",
    ),
    (
        "\"gracefulRampDown\":\"-1s\"",
        "refused: k6 takes any other negative time for an error",
    ),
    ("\"vus\":200000000", "refused: no machine has the memory"),
];

fn is_other(row: &Row) -> bool {
    OTHERS
        .iter()
        .any(|(part, _)| row.script.to_string().contains(part))
}

fn rows() -> Vec<Row> {
    serde_json::from_str(RECORD).expect("the record is whole")
}

#[test]
fn options_of_a_script_print_as_they_were_recorded() {
    let mut differences = Vec::new();
    for row in rows() {
        match Options::from_script(&row.script) {
            Ok(parsed) => {
                let text = parsed.options.to_json(&[]);
                if row.exit != 0 && !is_other(&row) {
                    differences.push(format!("{}: accepted, not {}", row.script, row.exit));
                } else if row.exit == 0 && text != row.plain {
                    differences.push(format!("{}:\n{text}\nnot\n{}", row.script, row.plain));
                }
                if row.exit == 0 && row.warned && parsed.warnings.is_empty() {
                    differences.push(format!("{}: no warning", row.script));
                }
            }
            Err(problems) if problems.exit_code() == row.exit || is_other(&row) => {}
            Err(problems) => differences.push(format!("{}: {problems}", row.script)),
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn requirements_print_as_they_were_recorded() {
    let mut differences = Vec::new();
    let mut n_compared = 0;
    for row in rows() {
        // The reference forgets here that there is one user unless something else is said.
        let forgets_default = row.exit_required != 0 && row.script.get("vus").is_none();
        if is_other(&row) || forgets_default {
            continue;
        }
        n_compared += 1;
        let merged = Options::from_script(&row.script).and_then(|parsed| {
            let script = parsed.options;
            Options::merged(Levels {
                script,
                ..Levels::default()
            })
        });
        match merged {
            Ok(merged) => {
                let plan = Plan::new(&merged.options).unwrap();
                let total = Span::from(plan.max_duration()).to_string();
                let more = [
                    ("totalDuration", json!(total)),
                    ("maxVUs", json!(plan.max_vus())),
                ];
                let text = merged.options.to_json(&more);
                if row.exit_required != 0 || text != row.required {
                    differences.push(format!("{}:\n{text}\nnot\n{}", row.script, row.required));
                }
            }
            Err(problems) if problems.exit_code() == row.exit_required => {}
            Err(problems) => differences.push(format!("{}: {problems}", row.script)),
        }
    }
    assert!(n_compared > 100, "only {n_compared} rows");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
