//! Cookies as text, read as leniently and written as strictly as Go does.

use http::header::HeaderValue;

use super::Cookie;
use crate::request::RequestCookie;

/// Reads the value of one `Set-Cookie`; `None` for what is no cookie.
pub(crate) fn parse_set_cookie(line: &[u8]) -> Option<Cookie> {
    let line = String::from_utf8_lossy(line);
    let mut parts = line.trim().split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let name = name.trim();
    if name.is_empty() || !name.bytes().all(is_token_byte) {
        return None;
    }
    let mut cookie = Cookie::new(name, unquoted(value)?);
    for part in parts {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        let (key, value) = (key.trim(), value.trim());
        if key.eq_ignore_ascii_case("path") {
            value.clone_into(&mut cookie.path);
        } else if key.eq_ignore_ascii_case("domain") {
            value.clone_into(&mut cookie.domain);
        } else if key.eq_ignore_ascii_case("secure") {
            cookie.secure = true;
        } else if key.eq_ignore_ascii_case("httponly") {
            cookie.http_only = true;
        } else if key.eq_ignore_ascii_case("max-age") {
            if let Ok(seconds) = value.parse::<i64>() {
                cookie.max_age_s = if seconds <= 0 { -1 } else { seconds };
            }
        } else if key.eq_ignore_ascii_case("expires") {
            // Some servers write the date with dashes, as Netscape once did.
            cookie.expires = httpdate::parse_http_date(&value.replace('-', " "))
                .or_else(|_| httpdate::parse_http_date(value))
                .ok();
        }
    }
    Some(cookie)
}

/// Writes cookies as one header; `None` if there are none.
pub(crate) fn cookie_header(cookies: &[RequestCookie]) -> Option<HeaderValue> {
    if cookies.is_empty() {
        return None;
    }
    let mut line = String::new();
    for cookie in cookies {
        if !line.is_empty() {
            line.push_str("; ");
        }
        push_pair(&mut line, &cookie.name, &cookie.value);
    }
    HeaderValue::from_str(&line).ok()
}

/// A value is stripped of what may not stand in it, and quoted if it has blanks or commas.
fn push_pair(line: &mut String, name: &str, value: &str) {
    line.extend(name.chars().map(|letter| {
        if matches!(letter, '\r' | '\n') {
            '-'
        } else {
            letter
        }
    }));
    line.push('=');
    let is_quoted = value.contains([' ', ',']);
    if is_quoted {
        line.push('"');
    }
    line.extend(
        value
            .bytes()
            .filter(|byte| is_value_byte(*byte))
            .map(char::from),
    );
    if is_quoted {
        line.push('"');
    }
}

fn unquoted(value: &str) -> Option<&str> {
    let value = value.trim();
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    inner.bytes().all(is_value_byte).then_some(inner)
}

fn is_value_byte(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && !b"\";\\".contains(&byte)
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    fn parse(line: &str) -> Option<Cookie> {
        parse_set_cookie(line.as_bytes())
    }

    #[test]
    fn attributes_are_read_in_any_case() {
        let cookie = parse("a=1; PATH=/x; Domain=.h.com; max-age=7; HTTPONLY; Secure").unwrap();
        assert_eq!((cookie.name.as_str(), cookie.value.as_str()), ("a", "1"));
        assert_eq!(
            (cookie.path.as_str(), cookie.domain.as_str()),
            ("/x", ".h.com")
        );
        assert_eq!(cookie.max_age_s, 7);
        assert!(cookie.secure);
        assert!(cookie.http_only);
    }

    #[test]
    fn dates_with_dashes_are_dates() {
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_116_219_494);
        let with_dashes = parse("c=3; Expires=Wed, 09-Jun-2100 10:18:14 GMT").unwrap();
        assert_eq!(with_dashes.expires, Some(end));
        let with_blanks = parse("c=3; Expires=Wed, 09 Jun 2100 10:18:14 GMT").unwrap();
        assert_eq!(with_blanks.expires, Some(end));
    }

    #[test]
    fn what_is_no_cookie_is_none() {
        assert_eq!(parse("nothing"), None);
        assert_eq!(parse("=1"), None);
        assert_eq!(parse("a b=1"), None);
        assert_eq!(parse("a=\u{e9}"), None);
        assert_eq!(parse("a=0; max-age=0").unwrap().max_age_s, -1);
        assert_eq!(parse("a=\"q\"").unwrap().value, "q");
    }

    /// The line was seen on the wire of k6 2.2.0.
    #[test]
    fn values_are_stripped_and_quoted_as_k6_does() {
        let cookie = |name: &str, value: &str| RequestCookie {
            name: name.to_owned(),
            value: value.to_owned(),
            replace: false,
        };
        let header = cookie_header(&[cookie("y", "2"), cookie("q", "a b,c;d\"e")]).unwrap();
        assert_eq!(header, "y=2; q=\"a b,cde\"");
        assert_eq!(cookie_header(&[]), None);
    }
}
