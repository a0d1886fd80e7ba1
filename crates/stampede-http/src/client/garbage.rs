//! Says what is wrong with a head of a response that the parser refused, in k6's words.
//!
//! Invariants: only looks at bytes that a server sent; any bytes do.

use std::fmt::Write as _;

use crate::code;
use crate::error::{HttpError, Stage};

/// Names what is wrong with a head; `None` if all that came of it is well formed.
pub(super) fn named(head: &[u8]) -> Option<HttpError> {
    first_line(head).or_else(|| lines(head)).map(broken)
}

/// Names a transfer encoding that cannot be undone; `values` are those of all its headers.
pub(super) fn transfer_encoding<'a>(
    mut values: impl Iterator<Item = &'a [u8]>,
) -> Option<HttpError> {
    let first = values.next()?;
    let mut all = quoted(first);
    let mut count = 1;
    for value in values {
        all.push(' ');
        all.push_str(&quoted(value));
        count += 1;
    }
    if count > 1 {
        return Some(broken(format!("too many transfer encodings: [{all}]")));
    }
    let is_known = first.eq_ignore_ascii_case(b"chunked");
    (!is_known).then(|| broken(format!("unsupported transfer encoding: {all}")))
}

/// The end of a head that was well formed so far.
pub(super) fn cut_short() -> HttpError {
    broken("unexpected EOF".to_owned())
}

/// A head whose lines are well formed and contradict each other about the body: the parser has
/// thrown the lines away, so that unlike k6 we cannot quote them.
pub(super) fn bad_length(said: &str) -> Option<HttpError> {
    let text = if said.contains("content-length") {
        "bad Content-Length"
    } else if said.contains("transfer-encoding") {
        "unsupported transfer encoding"
    } else {
        return None;
    };
    Some(broken(text.to_owned()))
}

fn broken(text: String) -> HttpError {
    let detail = format!("net/http: HTTP/1.x transport connection broken: {text}");
    HttpError::new(code::GENERAL, Stage::Head, text).detail(detail)
}

fn first_line(head: &[u8]) -> Option<String> {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let Some(blank) = line.iter().position(|byte| *byte == b' ') else {
        return Some(format!("malformed HTTP response {}", quoted(line)));
    };
    let (version, rest) = (&line[..blank], line[blank..].trim_ascii_start());
    let status = rest.split(|byte| *byte == b' ').next().unwrap_or(rest);
    if status.len() != 3 || !status.iter().all(u8::is_ascii_digit) {
        return Some(format!("malformed HTTP status code {}", quoted(status)));
    }
    let is_version = match version.strip_prefix(b"HTTP/") {
        Some([major, b'.', minor]) => major.is_ascii_digit() && minor.is_ascii_digit(),
        _ => false,
    };
    (!is_version).then(|| format!("malformed HTTP version {}", quoted(version)))
}

/// The first header line that is none.
fn lines(head: &[u8]) -> Option<String> {
    let mut is_first = true;
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Behind the last feed nothing came, or it is the blank line at the end of the head.
        if line.is_empty() {
            break;
        }
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if is_folded && is_first {
            let line = quoted(line);
            return Some(format!("malformed MIME header initial line: {line}"));
        }
        is_first = false;
        if is_folded {
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            let line = quoted(line);
            return Some(format!("malformed MIME header: missing colon: {line}"));
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        let is_control = |byte: &u8| (*byte < b' ' && *byte != b'\t') || *byte == 0x7f;
        let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        if !is_name || value.iter().any(is_control) {
            return Some(format!("malformed MIME header line: {}", quoted(line)));
        }
    }
    None
}

/// A text in quotes with everything that is no letter escaped.
fn quoted(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    text.push('"');
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '\t' => text.push_str("\\t"),
                '\r' => text.push_str("\\r"),
                '\n' => text.push_str("\\n"),
                _ if letter.is_ascii_control() => push_byte(&mut text, u8::try_from(letter)),
                _ => text.push(letter),
            }
        }
        for byte in chunk.invalid() {
            push_byte(&mut text, Ok::<u8, ()>(*byte));
        }
    }
    text.push('"');
    text
}

fn push_byte<E>(text: &mut String, byte: Result<u8, E>) {
    if let Ok(byte) = byte {
        // Writing to a string cannot fail.
        let _written = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line was seen with k6 2.2.0.
    #[test]
    fn garbage_has_the_words_of_k6() {
        let cases: &[(&[u8], &str)] = &[
            (
                b"HTTP/1.1 xyz OK\r\n\r\n",
                r#"malformed HTTP status code "xyz""#,
            ),
            (
                b"this is not http\r\n\r\n",
                r#"malformed HTTP status code "is""#,
            ),
            (
                b"HTTP/1.1 -20 OK\r\n\r\n",
                r#"malformed HTTP status code "-20""#,
            ),
            (b"HTTP/1.1 20", r#"malformed HTTP status code "20""#),
            (b"\x00\x01", r#"malformed HTTP response "\x00\x01""#),
            (b"\x15\x03F", r#"malformed HTTP response "\x15\x03F""#),
            (b"HTTP/1.1\r\n\r\n", r#"malformed HTTP response "HTTP/1.1""#),
            (
                b"no\xc3\xbc\xff\"\\\t\x7f\r\n",
                "malformed HTTP response \"no\u{fc}\\xff\\\"\\\\\\t\\x7f\"",
            ),
            (b"HTTP/x 200 OK\r\n", r#"malformed HTTP version "HTTP/x""#),
            (b"ICY 200 OK\r\n", r#"malformed HTTP version "ICY""#),
            (
                b"HTTP/1.1 200 OK\r\nbad header line\r\n\r\n",
                r#"malformed MIME header: missing colon: "bad header line""#,
            ),
            (
                b"HTTP/1.1 200 OK\r\nX",
                r#"malformed MIME header: missing colon: "X""#,
            ),
            (
                b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
                r#"malformed MIME header line: ": x""#,
            ),
            (
                b"HTTP/1.1 200 OK\r\nX: a\x01b\r\n\r\n",
                r#"malformed MIME header line: "X: a\x01b""#,
            ),
            (
                b"HTTP/1.1 200 OK\r\n x: y\r\n\r\n",
                r#"malformed MIME header initial line: " x: y""#,
            ),
        ];
        for (head, text) in cases {
            let error = named(head).unwrap();
            assert_eq!(error.text, *text);
            let detail = format!("net/http: HTTP/1.x transport connection broken: {text}");
            assert_eq!(error.detail, Some(detail));
        }
    }

    #[test]
    fn a_head_that_is_well_formed_is_not_garbage() {
        for head in [
            "HTTP/1.1 200 OK\r\nX: 1\r\n y\r\n",
            "HTTP/1.1 200 O",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nnot a header",
        ] {
            assert_eq!(named(head.as_bytes()), None, "{head}");
        }
    }

    #[test]
    fn only_chunks_can_be_put_together() {
        let said = |values: &[&str]| {
            let values = values.iter().map(|value| value.as_bytes());
            transfer_encoding(values).map(|error| error.text)
        };
        assert_eq!(said(&[]), None);
        assert_eq!(said(&["CHUNKED"]), None);
        let unsupported = "unsupported transfer encoding: \"gzip, chunked\"";
        assert_eq!(said(&["gzip, chunked"]).unwrap(), unsupported);
        let many = "too many transfer encodings: [\"chunked\" \"chunked\"]";
        assert_eq!(said(&["chunked", "chunked"]).unwrap(), many);
    }
}
