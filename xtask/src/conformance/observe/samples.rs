//! Reads the samples that `--out json` wrote.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::conformance::mask;
use crate::conformance::program::Raw;
use crate::conformance::script::Script;

/// Metrics whose samples come once a second.
const TICKING: &[&str] = &["vus", "vus_max"];

/// One sample.
struct Point {
    metric: String,
    value: f64,
    tags: BTreeMap<String, String>,
}

/// What the file says of a metric.
struct Definition {
    name: String,
    data: Value,
}

fn lines(raw: &Raw) -> (Vec<Definition>, Vec<Point>) {
    let (mut definitions, mut points) = (Vec::new(), Vec::new());
    for line in raw.samples.lines() {
        let Ok(parsed) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let name = parsed["metric"].as_str().unwrap_or_default().to_owned();
        let data = &parsed["data"];
        if parsed["type"] == "Metric" {
            let data = data.clone();
            definitions.push(Definition { name, data });
            continue;
        }
        let tags = data["tags"].as_object().into_iter().flatten();
        points.push(Point {
            metric: name,
            value: data["value"].as_f64().unwrap_or(f64::NAN),
            tags: tags
                .map(|(key, value)| {
                    let value = value.as_str().unwrap_or_default();
                    (key.clone(), mask::texts(value, &raw.masks))
                })
                .collect(),
        });
    }
    (definitions, points)
}

fn is_counted(script: &Script, metric: &str) -> bool {
    !TICKING.contains(&metric) && !script.header.without.iter().any(|name| name == metric)
}

/// For each metric its kind, the number of its samples, and their sum if it does not depend on
/// time.
pub(super) fn counts(script: &Script, raw: &Raw) -> Value {
    let (definitions, points) = lines(raw);
    let mut counts: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for point in &points {
        let (count, sum) = counts.entry(&point.metric).or_default();
        *count += 1;
        *sum += point.value;
    }
    let mut found = Map::new();
    for definition in &definitions {
        let name = definition.name.as_str();
        if !is_counted(script, name) {
            continue;
        }
        let (count, sum) = counts.get(name).copied().unwrap_or_default();
        let mut entry = json!({"type": definition.data["type"], "samples": count});
        if !mask::depends_on_time(name) {
            entry["sum"] = rounded(sum);
        }
        found.insert(name.to_owned(), entry);
    }
    Value::Object(found)
}

/// A sum to six digits, as an integer if it is one.
fn rounded(sum: f64) -> Value {
    let text = format!("{sum:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// How often each metric came with each set of tags.
pub(super) fn tags(script: &Script, raw: &Raw) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for point in lines(raw).1 {
        if !is_counted(script, &point.metric) {
            continue;
        }
        let tags: Vec<String> = point
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        *counts
            .entry(format!("{}{{{}}}", point.metric, tags.join(",")))
            .or_default() += 1;
    }
    json!(counts)
}

/// How each metric is declared; a second declaration of the same metric is a mistake.
pub(super) fn definitions(raw: &Raw) -> Value {
    let mut found = Map::new();
    for Definition { name, mut data } in lines(raw).0 {
        if TICKING.contains(&name.as_str()) {
            continue;
        }
        if let Some(submetrics) = data["submetrics"].as_array_mut() {
            submetrics.sort_by_key(ToString::to_string);
        }
        if found.insert(name.clone(), data).is_some() {
            found.insert(name, json!("declared twice"));
        }
    }
    Value::Object(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_exact_to_six_digits() {
        assert_eq!(rounded(3.0), json!(3));
        assert_eq!(rounded(0.1 + 0.2), json!(0.3));
        assert_eq!(rounded(f64::NAN), json!("NaN"));
        assert_eq!(rounded(100.0), json!(100));
    }
}
