//! Reads JSON values of the types that options have, and notes what does not fit.
//!
//! Invariants: `null` is "does not say"; a value that does not fit is noted and left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::duration::Span;
use crate::problem::Findings;

/// Longest part of a refused value that a message repeats, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// Reads values and collects what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) findings: Findings,
}

impl Reader {
    /// Notes that `value` is none of what is accepted.
    pub(super) fn refuse(&mut self, field: &str, value: &Value, accepted: &str) {
        let what = format!("{} is not accepted; {accepted}", shown(value));
        self.findings.problem(field, what);
    }

    pub(super) fn boolean(&mut self, field: &str, value: &Value) -> Option<bool> {
        match value {
            Value::Null => None,
            Value::Bool(value) => Some(*value),
            _ => {
                self.refuse(field, value, "accepted are true and false");
                None
            }
        }
    }

    pub(super) fn integer(&mut self, field: &str, value: &Value) -> Option<i64> {
        let read = match value {
            Value::Null => return None,
            Value::String(text) if text.is_empty() => return None,
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number
                .as_i64()
                .or_else(|| number.as_f64().and_then(whole_number)),
            _ => None,
        };
        if read.is_none() {
            self.refuse(field, value, "accepted is a whole number");
        }
        read
    }

    pub(super) fn text(&mut self, field: &str, value: &Value) -> Option<String> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            _ => {
                self.refuse(field, value, "accepted is a text");
                None
            }
        }
    }

    pub(super) fn span(&mut self, field: &str, value: &Value) -> Option<Span> {
        let read = match value {
            Value::Null => return None,
            Value::String(text) => match Span::parse(text) {
                Ok(span) => return Some(span),
                Err(error) => {
                    self.findings.problem(field, error.to_string());
                    return None;
                }
            },
            Value::Number(number) => number.as_f64().and_then(Span::from_ms),
            _ => None,
        };
        if read.is_none() {
            let accepted = "accepted are durations such as \"1m30s\", and milliseconds";
            self.refuse(field, value, accepted);
        }
        read
    }

    /// A list whose elements `read` understands; an element that it refuses is left out.
    pub(super) fn list<T>(
        &mut self,
        field: &str,
        value: &Value,
        mut read: impl FnMut(&mut Self, &str, &Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        match value {
            Value::Null => None,
            Value::Array(values) => {
                let element =
                    |(n, value): (usize, &Value)| read(self, &format!("{field}[{n}]"), value);
                Some(values.iter().enumerate().filter_map(element).collect())
            }
            _ => {
                self.refuse(field, value, "accepted is a list in square brackets");
                None
            }
        }
    }

    pub(super) fn texts(&mut self, field: &str, value: &Value) -> Option<Vec<String>> {
        self.list(field, value, Self::text)
    }

    /// An object whose values `read` understands; a value that it refuses is left out.
    pub(super) fn map<T>(
        &mut self,
        field: &str,
        value: &Value,
        mut read: impl FnMut(&mut Self, &str, &Value) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let object = self.object(field, value)?;
        let mut map = BTreeMap::new();
        for (key, value) in object {
            if let Some(value) = read(self, &format!("{field}.{key}"), value) {
                map.insert(key.clone(), value);
            }
        }
        Some(map)
    }

    /// An object of texts; `null` in it is the empty text.
    pub(super) fn text_map(
        &mut self,
        field: &str,
        value: &Value,
    ) -> Option<BTreeMap<String, String>> {
        self.map(field, value, |reader, field, value| match value {
            Value::Null => Some(String::new()),
            value => reader.text(field, value),
        })
    }

    pub(super) fn object<'a>(
        &mut self,
        field: &str,
        value: &'a Value,
    ) -> Option<&'a Map<String, Value>> {
        match value {
            Value::Null => None,
            Value::Object(object) => Some(object),
            _ => {
                self.refuse(field, value, "accepted is an object in curly brackets");
                None
            }
        }
    }

    /// A text that `parse` understands.
    pub(super) fn parsed<T>(
        &mut self,
        field: &str,
        value: &Value,
        accepted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if value.is_null() {
            return None;
        }
        let read = value.as_str().and_then(parse);
        if read.is_none() {
            self.refuse(field, value, accepted);
        }
        read
    }
}

/// The key of `known` that `key` means: keys match in either case.
pub(super) fn known_key(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let exact = known.iter().find(|name| **name == key);
    let name = exact.or_else(|| known.iter().find(|name| name.eq_ignore_ascii_case(key)));
    name.copied()
}

/// A number without a fraction, if it is one that is exact.
fn whole_number(number: f64) -> Option<i64> {
    const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.fract() == 0.0 && number.abs() <= EXACT_MAX;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    is_whole.then_some(number as i64)
}

/// The value as a message shows it.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    let start: String = text.chars().take(SHOWN_CHARS_MAX).collect();
    format!("{start}...")
}
