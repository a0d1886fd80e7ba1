//! Finds the sentence for people in a server's answer.

use serde_json::Value;

/// The longest message that is kept, in characters.
pub const MESSAGE_CHARS_MAX: usize = 120;

/// Members that hold the message, the best first.
const MESSAGE_MEMBERS: [&str; 6] = [
    "message",
    "detail",
    "title",
    "error_description",
    "error",
    "reason",
];

/// The message of an answer's body: a member of a JSON object, or the text itself; one line, at
/// most [`MESSAGE_CHARS_MAX`] characters. Empty if there is none.
#[must_use]
pub fn server_message(body: &[u8]) -> String {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) => MESSAGE_MEMBERS
            .iter()
            .find_map(|name| members.get(*name).and_then(value_text))
            .unwrap_or_default(),
        Ok(Value::String(text)) => one_line(&text),
        Ok(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => String::new(),
        // A page is no message.
        Err(_) if body.trim_ascii_start().starts_with(b"<") => String::new(),
        // Cut JSON, for instance, is better than nothing.
        Err(_) => one_line(&String::from_utf8_lossy(body)),
    }
}

/// The text of a member that holds a message: a string, an object with one, or compact JSON.
fn value_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(one_line(text)).filter(|text| !text.is_empty()),
        Value::Object(members) => MESSAGE_MEMBERS
            .iter()
            .find_map(|name| members.get(*name).and_then(Value::as_str))
            .map(one_line)
            .or_else(|| Some(one_line(&value.to_string()))),
        Value::Array(_) => Some(one_line(&value.to_string())),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// One line without control characters (an answer must not steer the terminal), cut at the limit.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::new();
    let mut n_chars = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        if n_chars > 0 {
            line.push(' ');
            n_chars += 1;
        }
        for character in word.chars() {
            if n_chars >= MESSAGE_CHARS_MAX - 1 {
                line.push('…');
                return line;
            }
            line.push(character);
            n_chars += 1;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{MESSAGE_CHARS_MAX, server_message};

    #[test]
    fn the_message_is_found_in_every_usual_shape() {
        for (body, expected) in [
            (
                r#"{"status":"error","message":"Seat is already booked"}"#,
                "Seat is already booked",
            ),
            (
                r#"{"title":"Seat unavailable","detail":"Seat 7 is held."}"#,
                "Seat 7 is held.",
            ),
            (r#"{"title":"Sold out","status":409}"#, "Sold out"),
            (r#"{"error":{"code":7,"message":"taken"}}"#, "taken"),
            (
                r#"{"message":{"seat_id":["Seat not found"]}}"#,
                r#"{"seat_id":["Seat not found"]}"#,
            ),
            (r#"{"message":"","error":"taken"}"#, "taken"),
            (
                "Seat validation failed:\n one or more\tseats",
                "Seat validation failed: one or more seats",
            ),
            (r#""just text""#, "just text"),
            (r#"{"bookingId":7}"#, ""),
            ("<html><body>Bad Gateway</body></html>", ""),
            ("[1,2]", ""),
            ("", ""),
            ("a\u{1b}[31mred", "a [31mred"),
        ] {
            assert_eq!(server_message(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        let message = server_message("ü".repeat(500).as_bytes());
        assert_eq!(message.chars().count(), MESSAGE_CHARS_MAX);
        assert!(message.ends_with('…'));
    }
}
