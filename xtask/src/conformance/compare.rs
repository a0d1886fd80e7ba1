//! Finds where two values differ, in words for one line.

use serde_json::Value;

/// Characters of a value that are shown.
const SHOWN_MAX: usize = 160;

/// The first place where `actual` is not as `expected`, or nothing.
pub(crate) fn difference(expected: &Value, actual: &Value) -> Option<String> {
    at("", expected, actual)
}

fn at(path: &str, expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::Object(left), Value::Object(right)) => {
            for (key, value) in left {
                let path = format!("{path}/{key}");
                let Some(other) = right.get(key) else {
                    return Some(format!("{path}: missing, should be {}", shown(value)));
                };
                if let Some(found) = at(&path, value, other) {
                    return Some(found);
                }
            }
            right
                .iter()
                .find(|(key, _)| !left.contains_key(*key))
                .map(|(key, value)| format!("{path}/{key}: should not be there: {}", shown(value)))
        }
        (Value::Array(left), Value::Array(right)) => {
            let pairs = left.iter().zip(right).enumerate();
            for (item_idx, (one, other)) in pairs {
                if let Some(found) = at(&format!("{path}/{item_idx}"), one, other) {
                    return Some(found);
                }
            }
            if left.len() == right.len() {
                return None;
            }
            let next = left.get(right.len()).or_else(|| right.get(left.len()));
            let next = next.map(shown).unwrap_or_default();
            Some(format!(
                "{path}: {} items, should be {}; the first beyond is {next}",
                right.len(),
                left.len()
            ))
        }
        _ if expected == actual || is_same_number(expected, actual) => None,
        _ => Some(format!(
            "{path}: {}, should be {}",
            shown(actual),
            shown(expected)
        )),
    }
}

fn is_same_number(expected: &Value, actual: &Value) -> bool {
    match (expected.as_f64(), actual.as_f64()) {
        (Some(left), Some(right)) => (left - right).abs() <= left.abs() * 1e-9,
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_MAX {
        return text;
    }
    let start: String = text.chars().take(SHOWN_MAX).collect();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_difference_is_named_with_its_place() {
        let expected = json!({"a": [1, 2], "b": "x"});
        assert_eq!(difference(&expected, &expected), None);
        assert_eq!(difference(&json!(1), &json!(1.0)), None);
        let found = difference(&expected, &json!({"a": [1, 3], "b": "x"})).unwrap();
        assert_eq!(found, "/a/1: 3, should be 2");
        let found = difference(&expected, &json!({"a": [1, 2]})).unwrap();
        assert_eq!(found, "/b: missing, should be \"x\"");
        let found = difference(&expected, &json!({"a": [1, 2], "b": "x", "c": 1})).unwrap();
        assert_eq!(found, "/c: should not be there: 1");
        let found = difference(&json!([1]), &json!([1, 2])).unwrap();
        assert_eq!(found, ": 2 items, should be 1; the first beyond is 2");
    }
}
