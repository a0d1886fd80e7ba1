//! Replaces what depends on the clock, on a port or on a directory.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// Stands for a figure that depends on time.
const ANY: &str = "#";

/// Units of a duration in a summary.
const TIME_UNITS: &[&str] = &["ns", "µs", "us", "ms", "s", "m", "h", "d"];

/// Whether the samples of a metric of k6's own depend on time.
pub(crate) fn depends_on_time(metric: &str) -> bool {
    let base = metric.split('{').next().unwrap_or(metric);
    matches!(
        base,
        "iteration_duration" | "group_duration" | "data_sent" | "data_received" | "vus" | "vus_max"
    ) || is_duration(base)
        || (base.starts_with("ws_") && (base.ends_with("connecting") || base.ends_with("duration")))
}

fn is_duration(base: &str) -> bool {
    base.starts_with("http_req_") && base != "http_req_failed"
}

/// `text` with each of `masks` replaced.
pub(crate) fn texts(text: &str, masks: &[(String, &'static str)]) -> String {
    masks
        .iter()
        .fold(text.to_owned(), |text, (own, mask)| text.replace(own, mask))
}

/// A line without durations, rates and bytes; its indentation stays, other runs of blanks become
/// one because the width of columns follows the figures.
pub(crate) fn mask_line(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let is_bytes = line.trim_start().starts_with("data_");
    let words: Vec<String> = line
        .split_whitespace()
        .map(|word| {
            if is_bytes && starts_with_digit(word) {
                ANY.to_owned()
            } else {
                mask_word(word)
            }
        })
        .filter(|word| {
            !(is_bytes && matches!(word.as_str(), "B" | "kB" | "MB" | "B/s" | "kB/s" | "MB/s"))
        })
        .collect();
    format!("{}{}", &line[..indent], words.join(" "))
        .trim_end()
        .to_owned()
}

fn starts_with_digit(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_digit())
}

fn mask_word(word: &str) -> String {
    let (name, value) = match word.rsplit_once('=') {
        Some((name, value)) if !name.contains(['<', '>']) => (format!("{name}="), value),
        _ => (String::new(), word),
    };
    if value
        .strip_suffix("/s")
        .is_some_and(|figure| figure.parse::<f64>().is_ok())
    {
        return format!("{name}{ANY}/s");
    }
    if is_time(value) {
        return format!("{name}{ANY}t");
    }
    word.to_owned()
}

/// Whether the text is a duration such as `1m30s` or `17.25µs`.
fn is_time(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let after =
            rest.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        if after.len() == rest.len() {
            return false;
        }
        let end = after
            .find(|letter: char| letter.is_ascii_digit())
            .unwrap_or(after.len());
        if !TIME_UNITS.contains(&&after[..end]) {
            return false;
        }
        rest = &after[end..];
    }
    !text.is_empty()
}

/// `text` with the keys of every JSON object in it sorted: k6 gives some objects in no fixed order.
pub(crate) fn sorted_keys(text: &str) -> String {
    let mut sorted = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        sorted.push_str(&rest[..at]);
        rest = &rest[at..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<SortedValue>();
        if let Some(Ok(value)) = values.next() {
            sorted.push_str(&json!(value).to_string());
            rest = &rest[values.byte_offset()..];
        } else {
            sorted.push('{');
            rest = &rest[1..];
        }
    }
    sorted + rest
}

/// A JSON object; `Value` sorts the keys of those within.
type SortedValue = BTreeMap<String, Value>;

/// Masks the figures of a summary document that depend on time.
pub(crate) fn mask_json(value: &mut Value) {
    match value {
        Value::Object(map) => mask_object(map),
        Value::Array(items) => items.iter_mut().for_each(mask_json),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mask_object(map: &mut Map<String, Value>) {
    // Whether these come depends on whether the run crossed a full second.
    map.remove("vus");
    map.remove("vus_max");
    let has_count = map.contains_key("count");
    for (key, value) in map {
        if depends_on_time(key) {
            mask_numbers(value);
        } else if (key == "rate" && has_count) || key == "testRunDurationMs" {
            *value = json!(ANY);
        } else {
            mask_json(value);
        }
    }
}

fn mask_numbers(value: &mut Value) {
    match value {
        Value::Object(map) => map
            .iter_mut()
            .filter(|(key, _)| key.as_str() != "thresholds")
            .for_each(|(_, value)| mask_numbers(value)),
        Value::Array(items) => items.iter_mut().for_each(mask_numbers),
        Value::Number(_) => *value = json!(ANY),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// Sorted lines of a table of samples, without their times and what depends on time.
pub(crate) fn csv(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells.len() > 2 && cells[0] != "metric_name" {
                cells[1] = ANY;
                if depends_on_time(cells[0]) {
                    cells[2] = ANY;
                }
            }
            cells.join(",")
        })
        .filter(|line| !line.starts_with("vus"))
        .collect();
    lines.sort();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_words_and_counts() {
        let line = "    http_req_duration....: avg=331.81µs min=28.3µs   max=1m2.5s  ";
        assert_eq!(
            mask_line(line),
            "    http_req_duration....: avg=#t min=#t max=#t"
        );
        let line = "    my_counter...: 40      19.629908/s";
        assert_eq!(mask_line(line), "    my_counter...: 40 #/s");
        assert_eq!(
            mask_line("    data_sent...: 12 kB   5.8 kB/s"),
            "    data_sent...: # #"
        );
        let line = "    ✓ 'p(95)<500' p(95)=730.68µs";
        assert_eq!(mask_line(line), "    ✓ 'p(95)<500' p(95)=#t");
        assert_eq!(
            mask_line("      ↳  0% — ✓ 0 / ✗ 40"),
            "      ↳ 0% — ✓ 0 / ✗ 40"
        );
    }

    #[test]
    fn only_figures_of_time_are_masked_in_a_document() {
        let mut value = json!({"metrics": {
            "http_req_waiting": {"values": {"avg": 1.5}, "thresholds": {"avg<1": {"ok": false}}},
            "vus": {"value": 1},
            "c": {"count": 4, "rate": 99.1},
            "checks": {"rate": 1, "passes": 2}
        }, "state": {"testRunDurationMs": 3.1}});
        mask_json(&mut value);
        let expected = json!({"metrics": {
            "http_req_waiting": {"values": {"avg": "#"}, "thresholds": {"avg<1": {"ok": false}}},
            "c": {"count": 4, "rate": "#"},
            "checks": {"rate": 1, "passes": 2}
        }, "state": {"testRunDurationMs": "#"}});
        assert_eq!(value, expected);
    }

    #[test]
    fn objects_in_a_text_are_sorted_and_other_braces_stay() {
        assert_eq!(
            sorted_keys(r#"a {"b":1,"a":{"d":1,"c":2}} { x"#),
            r#"a {"a":{"c":2,"d":1},"b":1} { x"#
        );
        assert_eq!(sorted_keys("{ a: 1 }"), "{ a: 1 }");
    }

    #[test]
    fn a_table_of_samples_is_sorted_and_timeless() {
        let text = "metric_name,timestamp,metric_value\nvus,1,1\nhttp_reqs,17,1.0\nhttp_req_waiting,17,0.2\n";
        let lines = [
            "http_req_waiting,#,#",
            "http_reqs,#,1.0",
            "metric_name,timestamp,metric_value",
        ];
        assert_eq!(csv(text), lines);
    }
}
