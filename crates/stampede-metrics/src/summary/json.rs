//! The summary as JSON: the file of `--summary-export`, and what scripts are handed.
//!
//! Invariants: in the exported file a threshold is `true` if it FAILED; for scripts it is
//! `{"ok": true}` if it holds. Ids of groups and checks are the MD5 of their paths.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::Value;

use super::{MetricSummary, RunSummary, Values};
use crate::checks::{Check, Group};
use crate::sink::to_f64;

/// A piece of JSON whose objects keep their order.
pub(super) enum Node<'a> {
    Null,
    Number(f64),
    Bool(bool),
    Text(&'a str),
    Owned(String),
    List(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
    Given(&'a Value),
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Whole numbers below this are exact in a double and written without a fraction.
        const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;
        match self {
            Node::Null => serializer.serialize_none(),
            Node::Number(value) if value.fract() == 0.0 && value.abs() < WHOLE_MAX =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
                serializer.serialize_i64(*value as i64)
            }
            Node::Number(value) => serializer.serialize_f64(*value),
            Node::Bool(value) => serializer.serialize_bool(*value),
            Node::Text(text) => serializer.serialize_str(text),
            Node::Owned(text) => serializer.serialize_str(text),
            Node::List(items) => serializer.collect_seq(items),
            Node::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Node::Given(value) => value.serialize(serializer),
        }
    }
}

/// Writes the file of `--summary-export`, indented by four spaces.
#[must_use]
pub fn export_json(summary: &RunSummary) -> String {
    let metrics = all_metrics(summary)
        .map(|metric| (metric.name.as_str(), export_metric(metric)))
        .collect();
    let mut fields = vec![("metrics", Node::Object(metrics))];
    if let Some(setup_data) = &summary.facts.setup_data {
        fields.push(("setup_data", Node::Given(setup_data)));
    }
    fields.push(("root_group", group(&summary.root_group, Shape::ByName)));
    indented(&Node::Object(fields))
}

/// Writes JSON indented by four spaces.
pub(super) fn indented(node: &Node<'_>) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    node.serialize(&mut serializer)
        .expect("text, numbers and lists can always be written as JSON");
    String::from_utf8(bytes).expect("JSON is UTF-8")
}

/// Writes the data that a script's `handleSummary` is called with, in one line.
#[must_use]
pub fn script_json(summary: &RunSummary) -> String {
    let facts = &summary.facts;
    let stats = summary.options.trend_stats.iter();
    let options = Node::Object(vec![
        (
            "summaryTrendStats",
            Node::List(stats.map(|stat| Node::Text(&stat.name)).collect()),
        ),
        (
            "summaryTimeUnit",
            Node::Text(summary.options.time_unit.as_str()),
        ),
        ("noColor", Node::Bool(facts.no_colour)),
    ]);
    let state = Node::Object(vec![
        ("isStdOutTTY", Node::Bool(facts.is_stdout_terminal)),
        ("isStdErrTTY", Node::Bool(facts.is_stderr_terminal)),
        (
            "testRunDurationMs",
            Node::Number(facts.duration.as_secs_f64() * 1_000.0),
        ),
    ]);
    let metrics = all_metrics(summary)
        .map(|metric| (metric.name.as_str(), script_metric(metric)))
        .collect();
    let mut fields = vec![
        ("root_group", group(&summary.root_group, Shape::Lists)),
        ("options", options),
        ("state", state),
        ("metrics", Node::Object(metrics)),
    ];
    if let Some(setup_data) = &facts.setup_data {
        fields.push(("setup_data", Node::Given(setup_data)));
    }
    serde_json::to_string(&Node::Object(fields))
        .expect("text, numbers and lists can always be written as JSON")
}

/// Metrics and submetrics in one row.
pub(super) fn all_metrics(summary: &RunSummary) -> impl Iterator<Item = &MetricSummary> {
    summary.metrics.iter().flat_map(|metric| {
        let submetrics = metric.submetrics.iter();
        std::iter::once(metric).chain(submetrics.map(|submetric| &submetric.metric))
    })
}

fn export_metric(metric: &MetricSummary) -> Node<'_> {
    let mut fields = match &metric.values {
        Values::Rate {
            rate,
            passes,
            fails,
        } => vec![
            ("passes", Node::Number(to_f64(*passes))),
            ("fails", Node::Number(to_f64(*fails))),
            ("value", Node::Number(*rate)),
        ],
        Values::Counter { .. } | Values::Gauge { .. } | Values::Trend(_) => values(metric),
    };
    if !metric.thresholds.is_empty() {
        let rules = metric.thresholds.iter();
        fields.push((
            "thresholds",
            Node::Object(
                rules
                    .map(|rule| (rule.source.as_str(), Node::Bool(!rule.ok)))
                    .collect(),
            ),
        ));
    }
    Node::Object(fields)
}

fn script_metric(metric: &MetricSummary) -> Node<'_> {
    let mut fields = vec![
        ("type", Node::Text(metric.values.kind().as_str())),
        ("contains", Node::Text(metric.contains.as_str())),
        ("values", Node::Object(values(metric))),
    ];
    if !metric.thresholds.is_empty() {
        let rules = metric.thresholds.iter().map(|rule| {
            let ok = Node::Object(vec![("ok", Node::Bool(rule.ok))]);
            (rule.source.as_str(), ok)
        });
        fields.push(("thresholds", Node::Object(rules.collect())));
    }
    Node::Object(fields)
}

fn values(metric: &MetricSummary) -> Vec<(&str, Node<'_>)> {
    match &metric.values {
        Values::Counter { count, rate } => vec![
            ("count", Node::Number(*count)),
            ("rate", Node::Number(*rate)),
        ],
        Values::Gauge { value, min, max } => vec![
            ("value", Node::Number(*value)),
            ("min", Node::Number(*min)),
            ("max", Node::Number(*max)),
        ],
        Values::Rate {
            rate,
            passes,
            fails,
        } => vec![
            ("rate", Node::Number(*rate)),
            ("passes", Node::Number(to_f64(*passes))),
            ("fails", Node::Number(to_f64(*fails))),
        ],
        Values::Trend(figures) => figures
            .iter()
            .map(|(name, value)| (name.as_str(), Node::Number(*value)))
            .collect(),
    }
}

/// How the members of a group are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Objects by name.
    ByName,
    /// Lists.
    Lists,
}

fn group(source: &Group, shape: Shape) -> Node<'_> {
    let groups = source
        .groups
        .iter()
        .map(|inner| (inner.name.as_str(), group(inner, shape)));
    let checks = source
        .checks
        .iter()
        .map(|inner| (inner.name.as_str(), check(inner)));
    Node::Object(vec![
        ("name", Node::Text(&source.name)),
        ("path", Node::Text(&source.path)),
        ("id", Node::Owned(id_of(&source.path))),
        ("groups", members(groups, shape)),
        ("checks", members(checks, shape)),
    ])
}

fn check(source: &Check) -> Node<'_> {
    Node::Object(vec![
        ("name", Node::Text(&source.name)),
        ("path", Node::Text(&source.path)),
        ("id", Node::Owned(id_of(&source.path))),
        ("passes", Node::Number(to_f64(source.passes))),
        ("fails", Node::Number(to_f64(source.fails))),
    ])
}

fn members<'a>(all: impl Iterator<Item = (&'a str, Node<'a>)>, shape: Shape) -> Node<'a> {
    match shape {
        Shape::ByName => Node::Object(all.collect()),
        Shape::Lists => Node::List(all.map(|(_, node)| node).collect()),
    }
}

fn id_of(path: &str) -> String {
    let mut id = String::with_capacity(32);
    for byte in Md5::digest(path.as_bytes()) {
        write!(id, "{byte:02x}").expect("writing to a string cannot fail");
    }
    id
}
