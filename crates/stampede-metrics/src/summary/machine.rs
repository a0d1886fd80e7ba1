//! The summary that `--new-machine-readable-summary` asks for, version 1.0.0.
//!
//! Invariants: the order of metrics is that of the sections of the text, those of the script last;
//! trends have six figures, and `null` for one that was not asked for.

use super::json::{Node, all_metrics, indented};
use super::text::{Section, Shown, section_of};
use super::{MetricSummary, RunSummary, Values};
use crate::checks::Check;
use crate::sink::to_f64;

/// The version of this form.
const VERSION: &str = "1.0.0";

/// The figures of trends: the names here, and the names in the options.
const FIGURES: [(&str, &str); 6] = [
    ("avg", "avg"),
    ("max", "max"),
    ("med", "med"),
    ("min", "min"),
    ("p90", "p(90)"),
    ("p95", "p(95)"),
];

/// What this form says about a run beside its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineFacts {
    /// The text of the script.
    pub script: String,
    /// When it is written, as RFC 3339.
    pub generated_at: String,
    /// The version of k6 that the run behaves like.
    pub k6_version: String,
    /// Whether all metrics of requests are in it, as in the full text, or the usual ones.
    pub is_full: bool,
}

/// Writes the summary for machines, indented by four spaces.
#[must_use]
pub fn machine_json(summary: &RunSummary, facts: &MachineFacts) -> String {
    let config = Node::Object(vec![
        (
            "duration",
            Node::Number(summary.facts.duration.as_secs_f64()),
        ),
        ("execution", Node::Text("local")),
        ("script", Node::Text(&facts.script)),
    ]);
    let metadata = Node::Object(vec![
        ("generated_at", Node::Text(&facts.generated_at)),
        ("k6_version", Node::Text(&facts.k6_version)),
    ]);
    let results = Node::Object(vec![
        ("checks", checks(&summary.checks)),
        ("metrics", metrics(summary, facts.is_full)),
    ]);
    indented(&Node::Object(vec![
        ("config", config),
        ("metadata", metadata),
        ("results", results),
        ("version", Node::Text(VERSION)),
    ]))
}

fn metrics(summary: &RunSummary, is_full: bool) -> Node<'_> {
    let shown = if is_full { Shown::All } else { Shown::Usual };
    let sections =
        all_metrics(summary).filter_map(|metric| Some((section_of(&metric.name, shown)?, metric)));
    let mut sections: Vec<(Section, &MetricSummary)> = sections.collect();
    // Stable: within a section the order by name stays.
    sections.sort_by_key(|&(section, _)| (section == Section::Custom, section));
    Node::List(
        sections
            .into_iter()
            .map(|(_, metric)| entry(metric))
            .collect(),
    )
}

fn entry(metric: &MetricSummary) -> Node<'_> {
    let kind = metric.values.kind().as_str();
    named(&metric.name, kind, metric.contains.as_str(), values(metric))
}

fn named<'a>(
    name: &'a str,
    kind: &'a str,
    contains: &'a str,
    values: Vec<(&'a str, Node<'a>)>,
) -> Node<'a> {
    Node::Object(vec![
        ("contains", Node::Text(contains)),
        ("name", Node::Text(name)),
        ("type", Node::Text(kind)),
        ("values", Node::Object(values)),
    ])
}

fn values(metric: &MetricSummary) -> Vec<(&str, Node<'_>)> {
    match &metric.values {
        Values::Counter { count, .. } => vec![("count", Node::Number(*count))],
        Values::Gauge { value, min, max } => vec![
            ("max", Node::Number(*max)),
            ("min", Node::Number(*min)),
            ("value", Node::Number(*value)),
        ],
        Values::Rate { passes, fails, .. } => share(*passes, passes + fails),
        Values::Trend(figures) => {
            let figure = |wanted: &str| {
                let found = figures.iter().find(|(name, _)| name == wanted);
                found.map_or(Node::Null, |&(_, value)| Node::Number(value))
            };
            FIGURES
                .iter()
                .map(|&(name, option)| (name, figure(option)))
                .collect()
        }
    }
}

fn share<'a>(matches: u64, total: u64) -> Vec<(&'a str, Node<'a>)> {
    let rate = if total == 0 {
        0.0
    } else {
        to_f64(matches) / to_f64(total)
    };
    vec![
        ("matches", Node::Number(to_f64(matches))),
        ("rate", Node::Number(rate)),
        ("total", Node::Number(to_f64(total))),
    ]
}

fn checks(checks: &[Check]) -> Node<'_> {
    let passes: u64 = checks.iter().map(|check| check.passes).sum();
    let fails: u64 = checks.iter().map(|check| check.fails).sum();
    let total = passes + fails;
    let metrics = if checks.is_empty() {
        Vec::new()
    } else {
        let count = vec![("count", Node::Number(to_f64(total)))];
        vec![
            named("checks_total", "counter", "default", count),
            named("checks_failed", "rate", "default", share(fails, total)),
            named("checks_succeeded", "rate", "default", share(passes, total)),
        ]
    };
    let results = checks.iter().map(|check| {
        Node::Object(vec![
            ("fails", Node::Number(to_f64(check.fails))),
            ("name", Node::Text(&check.name)),
            ("passes", Node::Number(to_f64(check.passes))),
        ])
    });
    Node::Object(vec![
        ("metrics", Node::List(metrics)),
        ("results", Node::List(results.collect())),
    ])
}
