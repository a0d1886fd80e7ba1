//! Who asks, in the dialects that know their users by a token or a session.
//!
//! Invariant: an API key that came as the Bearer token is the shop front's, which all of its
//! customers share. It names a customer only where nothing else in the request does.
//! Never: a token in the clear beyond this request; what is kept is a digest.

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use super::desk::Desk;
use crate::auth::KEY_HEADER;

const SESSION: HeaderName = HeaderName::from_static("x-session-id");
const USER: HeaderName = HeaderName::from_static("x-user-id");
const UUID_BYTES: usize = 36;
/// The longest id of a user in `X-User-Id`, so that it and a dialect's prefix are one name.
const USER_ID_BYTES_MAX: usize = 48;

/// What the header `Authorization` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearer<'a> {
    /// There is none, or one of another scheme.
    Missing,
    /// A Bearer token that is empty or no text.
    Malformed,
    /// A token.
    Token(&'a str),
}

/// What a request says about who sends it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presented<'a> {
    headers: &'a HeaderMap,
    /// Whether the Bearer token is the API key that admitted the request.
    pub(super) bearer_is_key: bool,
}

impl<'a> Presented<'a> {
    /// What the request at this desk says.
    pub(super) fn at(desk: Desk<'a>) -> Self {
        Self::new(&desk.request.headers, desk.request.principal.number)
    }

    /// What headers say that were admitted with the key of this number, or with 0 without any.
    pub(super) fn new(headers: &'a HeaderMap, key_number: u32) -> Self {
        let bearer_is_key = key_number != 0 && !headers.contains_key(KEY_HEADER);
        Self {
            headers,
            bearer_is_key,
        }
    }

    /// A header's text; `Some(None)` for one that is there but is no text.
    fn text(&self, name: &HeaderName) -> Option<Option<&'a str>> {
        self.headers.get(name).map(|value| value.to_str().ok())
    }

    /// The Bearer token.
    pub(super) fn bearer(&self) -> Bearer<'a> {
        match self.text(&AUTHORIZATION) {
            None => Bearer::Missing,
            Some(None) => Bearer::Malformed,
            Some(Some(text)) => bearer_in(text),
        }
    }

    /// The session, in lower case.
    ///
    /// # Errors
    /// `Err` for one that is no UUID.
    pub(super) fn session(&self) -> Result<Option<String>, NoUuid> {
        match self.text(&SESSION) {
            None => Ok(None),
            Some(Some(text)) if is_uuid(text) => Ok(Some(text.to_ascii_lowercase())),
            Some(_) => Err(NoUuid),
        }
    }

    /// The user that `X-User-Id` names.
    ///
    /// # Errors
    /// `Err` for one that is not 1 to 48 of `A-Z a-z 0-9 . _ -`.
    pub(super) fn user_id(&self) -> Result<Option<&'a str>, NoUserId> {
        match self.text(&USER) {
            None => Ok(None),
            Some(Some(text)) if is_user_id(text) => Ok(Some(text)),
            Some(_) => Err(NoUserId),
        }
    }
}

fn bearer_in(header: &str) -> Bearer<'_> {
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Bearer::Missing;
    }
    let token = token.trim();
    if token.is_empty() || token.contains(' ') {
        Bearer::Malformed
    } else {
        Bearer::Token(token)
    }
}

/// A session that is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoUuid;

/// A user's id that no name can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoUserId;

fn is_user_id(text: &str) -> bool {
    (1..=USER_ID_BYTES_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_BYTES
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The first `n_bytes` of the SHA-256 as hex digits.
pub(super) fn digest_hex(bytes: &[u8], n_bytes: usize) -> String {
    hex(&Sha256::digest(bytes)[..n_bytes])
}

/// Bytes as hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_one_word_after_its_scheme() {
        for (header, bearer) in [
            ("Bearer a.b-c", Bearer::Token("a.b-c")),
            ("bearer  x ", Bearer::Token("x")),
            ("Bearer", Bearer::Malformed),
            ("Bearer ", Bearer::Malformed),
            ("Bearer a b", Bearer::Malformed),
            ("Basic YTpi", Bearer::Missing),
            ("", Bearer::Missing),
        ] {
            assert_eq!(bearer_in(header), bearer, "{header:?}");
        }
    }

    #[test]
    fn a_session_is_a_uuid() {
        assert!(is_uuid("3F2504E0-4f89-11d3-9a0c-0305e82c3301"));
        for wrong in [
            "",
            "3f2504e04f8911d39a0c0305e82c3301",
            "3f2504e0-4f89-11d3-9a0c-0305e82c330",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301a",
            "3f2504e0_4f89-11d3-9a0c-0305e82c3301",
            "3g2504e0-4f89-11d3-9a0c-0305e82c3301",
        ] {
            assert!(!is_uuid(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn a_bearer_token_is_the_key_only_if_a_key_admitted_and_came_in_no_other_header() {
        for (lines, key_number, bearer_is_key) in [
            (&[("authorization", "Bearer k")][..], 0, false),
            (&[("authorization", "Bearer k")], 3, true),
            (
                &[("authorization", "Bearer t"), ("boxoffice-key", "k")],
                3,
                false,
            ),
            (&[("boxoffice-key", "k")], 3, false),
        ] {
            let headers = headers(lines);
            let presented = Presented::new(&headers, key_number);
            assert_eq!(
                presented.bearer_is_key, bearer_is_key,
                "{lines:?} {key_number}"
            );
        }
    }

    #[test]
    fn a_user_id_is_one_short_word() {
        for (text, is_good) in [
            ("7", true),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", true),
            ("anna.b_c", true),
            ("", false),
            ("a:b", false),
            ("a b", false),
            ("\u{e4}", false),
            (&"x".repeat(48), true),
            (&"x".repeat(49), false),
        ] {
            let headers = headers(&[("x-user-id", text)]);
            let found = Presented::new(&headers, 1).user_id();
            assert_eq!(found == Ok(Some(text)), is_good, "{text:?}");
            assert_eq!(found == Err(NoUserId), !is_good, "{text:?}");
        }
        assert_eq!(Presented::new(&HeaderMap::new(), 1).user_id(), Ok(None));
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let value = |text: &str| http::HeaderValue::from_bytes(text.as_bytes()).unwrap();
        lines
            .iter()
            .map(|(name, text)| (HeaderName::from_static(name), value(text)))
            .collect()
    }

    #[test]
    fn a_digest_is_the_start_of_the_sha_256() {
        assert_eq!(digest_hex(b"abc", 8), "ba7816bf8f01cfea");
    }
}
