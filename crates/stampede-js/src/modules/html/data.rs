//! The values of `data-…` attributes, converted as jQuery does.

use super::dom::Element;

/// What a `data-…` attribute stands for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DataValue {
    /// `true` or `false`.
    Truth(bool),
    /// A number that JavaScript would write the same way.
    Number(f64),
    /// Something that looks like JSON; plain text when it is none.
    Json(String),
    /// Anything else.
    Text(String),
}

/// The value under a key such as `longName` or `long-name`.
pub(crate) fn by_key(element: &Element, key: &str) -> Option<DataValue> {
    let mut name = String::from("data-");
    for char in key.chars() {
        if char.is_ascii_uppercase() {
            name.push('-');
        }
        name.push(char.to_ascii_lowercase());
    }
    convert(element.attr(&name)?)
}

/// All values by key.
pub(crate) fn all(element: &Element) -> Vec<(String, DataValue)> {
    let values = element.attrs().filter_map(|(_, name, value)| {
        let key = name.strip_prefix("data-")?;
        Some((camel(key), convert(value)?))
    });
    values.collect()
}

/// `long-name` as `longName`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(next) if char == '-' && next.is_ascii_lowercase() => {
                out.push(next.to_ascii_uppercase());
                chars.next();
            }
            Some(_) | None => out.push(char),
        }
    }
    out
}

fn convert(text: &str) -> Option<DataValue> {
    Some(match text {
        "" | "null" | "undefined" => return None,
        "true" => DataValue::Truth(true),
        "false" => DataValue::Truth(false),
        _ if text.starts_with(['{', '[']) => DataValue::Json(text.to_owned()),
        _ => match number(text) {
            Some(number) => DataValue::Number(number),
            None => DataValue::Text(text.to_owned()),
        },
    })
}

/// A number only if writing it gives the same text: `007` and `1.50` stay text.
fn number(text: &str) -> Option<f64> {
    /// From here on JavaScript writes an exponent.
    const PLAIN_MAX: f64 = 1e21;
    if text == "-0" {
        return Some(0.0);
    }
    let number: f64 = text.parse().ok()?;
    (number.abs() < PLAIN_MAX && number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_converted_when_nothing_is_lost() {
        let text = |text: &str| Some(DataValue::Text(text.to_owned()));
        for (source, expected) in [
            ("true", Some(DataValue::Truth(true))),
            ("TRUE", text("TRUE")),
            ("", None),
            ("null", None),
            ("undefined", None),
            ("-5", Some(DataValue::Number(-5.0))),
            ("1.5", Some(DataValue::Number(1.5))),
            ("0", Some(DataValue::Number(0.0))),
            ("-0", Some(DataValue::Number(0.0))),
            ("007", text("007")),
            ("1.50", text("1.50")),
            ("1e3", text("1e3")),
            (".5", text(".5")),
            (" 5", text(" 5")),
            ("9007199254740993", text("9007199254740993")),
            ("inf", text("inf")),
            ("NaN", text("NaN")),
            ("{\"a\":1}", Some(DataValue::Json("{\"a\":1}".to_owned()))),
            ("\"x\"", text("\"x\"")),
        ] {
            assert_eq!(convert(source), expected, "{source}");
        }
    }

    #[test]
    fn keys_lose_their_hyphens() {
        for (name, expected) in [
            ("n", "n"),
            ("long-name", "longName"),
            ("a-1", "a-1"),
            ("a-", "a-"),
            ("-x", "X"),
        ] {
            assert_eq!(camel(name), expected, "{name}");
        }
    }
}
