//! Who asks, in the dialects that know their users by a token or a session.
//!
//! Never: a token in the clear beyond this request; what is kept is a digest.

use http::HeaderName;
use http::header::AUTHORIZATION;
use sha2::{Digest as _, Sha256};

use super::desk::Desk;

const SESSION: HeaderName = HeaderName::from_static("x-session-id");
const UUID_BYTES: usize = 36;

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

/// The request's Bearer token.
pub(super) fn bearer(desk: Desk<'_>) -> Bearer<'_> {
    match desk.header(&AUTHORIZATION) {
        None => Bearer::Missing,
        Some(None) => Bearer::Malformed,
        Some(Some(text)) => bearer_in(text),
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

/// The request's session, in lower case.
///
/// # Errors
/// `Err` for one that is no UUID.
pub(super) fn session(desk: Desk<'_>) -> Result<Option<String>, NoUuid> {
    match desk.header(&SESSION) {
        None => Ok(None),
        Some(Some(text)) if is_uuid(text) => Ok(Some(text.to_ascii_lowercase())),
        Some(_) => Err(NoUuid),
    }
}

/// A session that is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoUuid;

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
    fn a_digest_is_the_start_of_the_sha_256() {
        assert_eq!(digest_hex(b"abc", 8), "ba7816bf8f01cfea");
    }
}
