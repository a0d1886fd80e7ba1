//! How k6 reads durations and names values in its messages, which is how Go does.
//!
//! Never: decides what a value does; the readers of params, bodies and batches do.

use std::time::Duration;

use rquickjs::Value;
use stampede_plan::Span;

use crate::args;

/// The type of a value in messages.
pub(crate) fn type_name(value: &Value<'_>) -> &'static str {
    if args::is_nothing(value) {
        "<nil>"
    } else if value.is_string() {
        "string"
    } else if value.is_bool() {
        "bool"
    } else if value.is_function() {
        "func(sobek.FunctionCall) sobek.Value"
    } else if let Some(object) = value.as_object() {
        match args::is_array(object) {
            true => "[]interface {}",
            false => "map[string]interface {}",
        }
    } else if value
        .as_number()
        .is_some_and(|number| number.fract() != 0.0)
    {
        "float64"
    } else {
        "int64"
    }
}

/// A timeout: milliseconds as a number, or a duration as text. One that is not positive has passed
/// before the request begins.
///
/// # Errors
/// Why it is none, as a script reads it.
pub(crate) fn timeout(value: &Value<'_>) -> Result<Duration, String> {
    if let Some(ms) = value.as_number() {
        return Ok(milliseconds(ms));
    }
    let Some(text) = value.as_string() else {
        let name = type_name(value);
        return Err(format!(
            "invalid timeout value: unable to use type {name} as a duration value"
        ));
    };
    let text = text.to_string().unwrap_or_default();
    match Span::parse(&text) {
        Ok(span) => Ok(span.to_duration()),
        Err(_) => Err(format!("invalid timeout value: {}", duration_fault(&text))),
    }
}

/// A number that is none, or beyond what 64 bits count to, is a time long past, as in k6.
fn milliseconds(ms: f64) -> Duration {
    const BEYOND: f64 = 9.2e18;
    if ms.is_nan() || ms <= 0.0 || BEYOND <= ms {
        return Duration::ZERO;
    }
    Duration::try_from_secs_f64(ms / 1e3).unwrap_or(Duration::MAX)
}

/// What is wrong with a text that is no duration.
fn duration_fault(text: &str) -> String {
    let text = match text.split_once('d') {
        Some((days, rest)) => {
            let digits = days.trim_start_matches(['+', '-']);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return format!("strconv.ParseInt: parsing {days:?}: invalid syntax");
            }
            rest
        }
        None => text,
    };
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest.is_empty() {
        return invalid();
    }
    let is_digit = |letter: char| letter.is_ascii_digit();
    while !rest.is_empty() {
        let after_whole = rest.trim_start_matches(is_digit);
        let after = match after_whole.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(is_digit),
            None => after_whole,
        };
        let number = &rest[..rest.len() - after.len()];
        if !number.contains(is_digit) {
            return invalid();
        }
        let end = after.find(|letter| letter == '.' || is_digit(letter));
        let unit = &after[..end.unwrap_or(after.len())];
        match unit {
            "" => return format!("time: missing unit in duration {}", quoted(text)),
            "ns" | "us" | "µs" | "μs" | "ms" | "s" | "m" | "h" => {}
            _ => {
                let (unit, text) = (quoted(unit), quoted(text));
                return format!("time: unknown unit {unit} in duration {text}");
            }
        }
        rest = &after[unit.len()..];
    }
    invalid()
}

/// A text in quotes; the bytes of letters beyond ASCII are numbers here.
fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                shown.push('\\');
                shown.push(letter);
            }
            ' '..='~' => shown.push(letter),
            _ => {
                let mut bytes = [0; 4];
                for byte in letter.encode_utf8(&mut bytes).bytes() {
                    shown.push_str(&format!("\\x{byte:02x}"));
                }
            }
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line was seen with k6 2.2.0.
    #[test]
    fn texts_that_are_no_durations_have_the_words_of_k6() {
        for (text, fault) in [
            ("", "time: invalid duration \"\""),
            ("abc", "time: invalid duration \"abc\""),
            (" 1s", "time: invalid duration \" 1s\""),
            ("1 s", "time: unknown unit \" s\" in duration \"1 s\""),
            ("1h1", "time: missing unit in duration \"1h1\""),
            ("300y", "time: unknown unit \"y\" in duration \"300y\""),
            ("1m-1s", "time: unknown unit \"m-\" in duration \"1m-1s\""),
            ("2dd", "time: invalid duration \"d\""),
            ("1dx", "time: invalid duration \"x\""),
            ("1.5d", "strconv.ParseInt: parsing \"1.5\": invalid syntax"),
            ("-", "time: invalid duration \"-\""),
            (
                "9999999999999h",
                "time: invalid duration \"9999999999999h\"",
            ),
            ("１s", "time: invalid duration \"\\xef\\xbc\\x91s\""),
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
            assert_eq!(duration_fault(text), fault, "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_times_are_long_past() {
        for ms in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e30] {
            assert_eq!(milliseconds(ms), Duration::ZERO, "{ms}");
        }
        assert_eq!(milliseconds(0.5), Duration::from_micros(500));
        assert!(Duration::from_secs(1 << 39) < milliseconds(1e15));
    }
}
