//! Header names as Go and k6 write them, over the map that hyper gives us.

use std::fmt::Write as _;

use http::HeaderMap;
use http::header::HeaderName;

/// The headers of a response or of a request as sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub HeaderMap);

impl Headers {
    /// The value of a header in any spelling; several values are joined by `, `.
    #[must_use]
    pub fn joined(&self, name: &str) -> Option<String> {
        let mut values = self.0.get_all(name).iter();
        let mut joined = String::from_utf8_lossy(values.next()?.as_bytes()).into_owned();
        for value in values {
            joined.push_str(", ");
            joined.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        Some(joined)
    }

    /// All values of a header in any spelling, in the order of the wire.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> + 'a {
        self.0.get_all(name).iter().map(http::HeaderValue::as_bytes)
    }

    /// The names in use, each once, in the order of the wire.
    pub fn names(&self) -> impl Iterator<Item = &HeaderName> {
        self.0.keys()
    }

    /// Every line as `Name: value` with CRLF.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let mut lines = String::new();
        for (name, value) in &self.0 {
            let value = String::from_utf8_lossy(value.as_bytes());
            // Writing to a string cannot fail.
            let _ = write!(lines, "{}: {value}\r\n", canonical_name(name.as_str()));
        }
        lines
    }
}

/// Writes a header's name as Go does: `content-type` is `Content-Type`.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    let mut canonical = String::with_capacity(name.len());
    let mut is_first = true;
    for letter in name.chars() {
        let upper = if is_first {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        };
        canonical.push(upper);
        is_first = letter == '-';
    }
    canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_go_writes_them() {
        assert_eq!(canonical_name("content-type"), "Content-Type");
        assert_eq!(canonical_name("WWW-AUTHENTICATE"), "Www-Authenticate");
        assert_eq!(canonical_name("x-request-ID"), "X-Request-Id");
    }
}
