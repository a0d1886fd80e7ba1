//! Checks of a request's head that hold for every route, and the decoding of its path.

use std::borrow::Cow;

use http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, IF_MATCH, IF_NONE_MATCH, ORIGIN,
};
use http::{HeaderMap, Method, Uri, Version};
use thiserror::Error;

use super::service::Rejection;

/// Headers that grant, identify or date something: a second one is an attempt or an accident.
const UNIQUE: [HeaderName; 15] = [
    HOST,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    AUTHORIZATION,
    ORIGIN,
    IF_MATCH,
    IF_NONE_MATCH,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("boxoffice-hold-token"),
    HeaderName::from_static("boxoffice-deadline"),
    HeaderName::from_static("boxoffice-key"),
    HeaderName::from_static("x-session-id"),
    HeaderName::from_static("x-user-id"),
    HeaderName::from_static("sec-fetch-site"),
];

/// A part of the target that cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the target has a malformed percent escape, a control character or is not UTF-8")]
pub struct TargetMalformed;

/// Checks what every route relies on.
pub(super) fn check_head(
    method: &Method,
    uri: &Uri,
    version: Version,
    headers: &HeaderMap,
) -> Result<(), Rejection> {
    let path = uri.path();
    let whole_server = method == Method::OPTIONS && path == "*";
    if method == Method::CONNECT || !(whole_server || is_clean(path)) {
        return Err(Rejection::TargetMalformed);
    }
    // Two values make the map longer than its number of names; the usual request stops here.
    if headers.len() != headers.keys_len() {
        let repeated = UNIQUE
            .into_iter()
            .find(|name| 1 < headers.get_all(name).iter().count());
        if let Some(name) = repeated {
            return Err(Rejection::HeaderRepeated { name });
        }
    }
    if version == Version::HTTP_11 && !headers.contains_key(HOST) {
        return Err(Rejection::HostMissing);
    }
    Ok(())
}

/// Whether a path starts at the root, and has no dot segments and no malformed escapes.
fn is_clean(path: &str) -> bool {
    if !path.starts_with('/') {
        return false;
    }
    // Without escapes and dots after a slash, which is nearly always, one look is enough.
    if !path.contains('%') && !path.contains("/.") {
        return true;
    }
    path.split('/')
        .all(|segment| match decode_component(segment) {
            Ok(segment) => segment != "." && segment != ".." && !segment.contains(['/', '\\']),
            Err(TargetMalformed) => false,
        })
}

/// Splits a path into its decoded segments; a trailing slash adds none.
///
/// # Errors
/// `TargetMalformed`, as for `decode_component`.
pub fn path_segments(path: &str) -> Result<Vec<Cow<'_, str>>, TargetMalformed> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    path.split('/').map(decode_component).collect()
}

/// Decodes the percent escapes of a path segment or of one side of a query's `name=value`.
///
/// # Errors
/// `TargetMalformed` for a `%` without two hex digits, for control characters, escaped or not, and
/// for bytes that are not UTF-8.
pub fn decode_component(text: &str) -> Result<Cow<'_, str>, TargetMalformed> {
    if !text.contains('%') {
        let clean = !text.bytes().any(|byte| byte.is_ascii_control());
        return if clean {
            Ok(Cow::Borrowed(text))
        } else {
            Err(TargetMalformed)
        };
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'%' {
            let (Some(high), Some(low)) = (hex_digit(bytes.next()), hex_digit(bytes.next())) else {
                return Err(TargetMalformed);
            };
            high << 4 | low
        } else {
            byte
        };
        if byte.is_ascii_control() {
            return Err(TargetMalformed);
        }
        decoded.push(byte);
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_not_utf8| TargetMalformed)
}

fn hex_digit(byte: Option<u8>) -> Option<u8> {
    match byte? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_dots_or_broken_escapes_are_refused() {
        for (path, clean) in [
            ("/", true),
            ("/v1/shows/a.b", true),
            ("/v1/shows/.a", true),
            ("/v1/shows/%C3%A9", true),
            ("/v1/shows/a%20b", true),
            ("//", true),
            ("", false),
            ("v1", false),
            ("/..", false),
            ("/v1/../keys", false),
            ("/v1/./keys", false),
            ("/v1/%2e%2E/keys", false),
            ("/v1/.%2e/keys", false),
            ("/v1/a%2fb", false),
            ("/v1/a%5Cb", false),
            ("/v1/%", false),
            ("/v1/%4", false),
            ("/v1/%zz", false),
            ("/v1/%+1", false),
            ("/v1/%00", false),
            ("/v1/%0d%0a", false),
            ("/v1/%7f", false),
            ("/v1/%ff", false),
            ("/v1/%c0%ae", false),
        ] {
            assert_eq!(is_clean(path), clean, "{path}");
        }
    }

    #[test]
    fn segments_are_decoded_one_by_one() {
        assert_eq!(
            path_segments("/v1/shows/a%20b/").unwrap(),
            ["v1", "shows", "a b"]
        );
        assert_eq!(path_segments("/").unwrap(), [""; 0]);
        assert_eq!(path_segments("//a").unwrap(), ["", "a"]);
        assert_eq!(path_segments("/%"), Err(TargetMalformed));
    }

    #[test]
    fn a_repeated_unique_header_is_refused_and_others_are_not() {
        let uri = Uri::from_static("/");
        let check = |lines: &[(&'static str, &'static str)], version| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, http::HeaderValue::from_static(value));
            }
            check_head(&Method::GET, &uri, version, &headers)
        };
        let host = ("host", "a");
        assert_eq!(
            check(&[host, ("accept", "a"), ("accept", "b")], Version::HTTP_11),
            Ok(())
        );
        assert_eq!(check(&[], Version::HTTP_11), Err(Rejection::HostMissing));
        assert_eq!(check(&[], Version::HTTP_10), Ok(()));
        for name in UNIQUE {
            let lines = [host, (name.as_str(), "a"), (name.as_str(), "a")]
                .map(|(name, value)| (name.to_owned(), value));
            let mut headers = HeaderMap::new();
            for (name, value) in &lines {
                headers.append(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    http::HeaderValue::from_static(value),
                );
            }
            let checked = check_head(&Method::GET, &uri, Version::HTTP_11, &headers);
            assert_eq!(checked, Err(Rejection::HeaderRepeated { name }));
        }
    }
}
