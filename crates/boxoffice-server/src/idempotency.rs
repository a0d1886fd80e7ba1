//! Idempotency keys as the engine knows them: digests of who asks, under which key, for what.
//!
//! Invariants: two requests have the same fingerprint only if method, target, body (whatever its
//! blanks and the order of its members) and proof are the same; parts are delimited, so no two
//! different lists of parts run together.
//! Never: keep or log a key, a body or a token.

use boxoffice_api::limits::IDEMPOTENCY_KEY_BYTES_MAX;
use boxoffice_engine::command::Key;
use http::{HeaderMap, HeaderName, Method, Uri};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The header that carries a key.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A key that is empty, too long or not visible ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the Idempotency-Key must be 1 to {IDEMPOTENCY_KEY_BYTES_MAX} visible ASCII characters")]
pub struct KeyMalformed;

/// The request's key, if it has one.
///
/// # Errors
/// [`KeyMalformed`] for one that cannot be kept.
pub fn header(headers: &HeaderMap) -> Result<Option<&str>, KeyMalformed> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = std::str::from_utf8(value.as_bytes()).map_err(|_not_text| KeyMalformed)?;
    if is_key(key) {
        Ok(Some(key))
    } else {
        Err(KeyMalformed)
    }
}

/// Whether a text may be a key: 1 to [`IDEMPOTENCY_KEY_BYTES_MAX`] visible ASCII characters.
#[must_use]
pub fn is_key(key: &str) -> bool {
    (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The digest of a key and of who used it, as a list of parts: a dialect and its user, say.
#[must_use]
pub fn scope(parts: &[&str], key: &str) -> [u8; 16] {
    let mut digest = Parts::new(b"scope");
    for part in parts {
        digest.add(part.as_bytes());
    }
    digest.add(key.as_bytes());
    digest.finish()
}

/// The digest of what is asked. `proof` is a credential outside the body that the answer depends
/// on: without it a repeat would answer someone who cannot show it.
#[must_use]
pub fn fingerprint(method: &Method, uri: &Uri, body: &[u8], proof: Option<&[u8]>) -> [u8; 16] {
    let mut digest = Parts::new(b"request");
    digest.add(method.as_str().as_bytes());
    digest.add(uri.path().as_bytes());
    digest.add(uri.query().unwrap_or_default().as_bytes());
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => {
            let mut canonical = Vec::with_capacity(body.len());
            write_canonical(&value, &mut canonical);
            digest.add(&canonical);
        }
        Err(_not_json) => digest.add(body),
    }
    digest.add(proof.unwrap_or_default());
    digest.finish()
}

/// The engine's key of a native request.
#[must_use]
pub fn native_key(
    principal: u32,
    key: &str,
    method: &Method,
    uri: &Uri,
    body: &[u8],
    proof: Option<&[u8]>,
) -> Key {
    Key {
        scope: scope(&["v1", &principal.to_string()], key),
        fingerprint: fingerprint(method, uri, body, proof),
    }
}

/// A digest over delimited parts.
struct Parts(Sha256);

impl Parts {
    fn new(purpose: &[u8]) -> Self {
        let mut parts = Self(Sha256::new());
        parts.add(purpose);
        parts
    }

    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    fn finish(self) -> [u8; 16] {
        let digest: [u8; 32] = self.0.finalize().into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        short
    }
}

/// Writes JSON with sorted members and no blanks. As deep as the parser lets bodies be, which is
/// bounded.
fn write_canonical(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| name.as_str());
            out.push(b'{');
            for (idx, (name, member)) in sorted.into_iter().enumerate() {
                if idx > 0 {
                    out.push(b',');
                }
                write_scalar(name, out);
                out.push(b':');
                write_canonical(member, out);
            }
            out.push(b'}');
        }
        Value::Array(elements) => {
            out.push(b'[');
            for (idx, element) in elements.iter().enumerate() {
                if idx > 0 {
                    out.push(b',');
                }
                write_canonical(element, out);
            }
            out.push(b']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            write_scalar(value, out);
        }
    }
}

fn write_scalar(scalar: &(impl serde::Serialize + ?Sized), out: &mut Vec<u8>) {
    serde_json::to_writer(out, scalar).expect("a scalar is written to memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(method: &Method, target: &'static str, body: &str) -> [u8; 16] {
        fingerprint(method, &Uri::from_static(target), body.as_bytes(), None)
    }

    #[test]
    fn blanks_and_the_order_of_members_do_not_make_another_request() {
        let first = print(
            &Method::POST,
            "/a?b=1",
            r#"{"x":[1,{"b":"ä","a":null}],"y":2}"#,
        );
        let second = print(
            &Method::POST,
            "/a?b=1",
            "{ \"y\": 2,\n\"x\": [1, {\"a\": null, \"b\": \"\\u00e4\"}] }",
        );
        assert_eq!(first, second);
    }

    #[test]
    fn every_part_of_a_request_makes_another_fingerprint() {
        let uri = Uri::from_static("/a?b=1");
        let with_proof = fingerprint(&Method::POST, &uri, br#"{"x":1}"#, Some(b"token"));
        let prints = [
            print(&Method::POST, "/a?b=1", r#"{"x":1}"#),
            print(&Method::PUT, "/a?b=1", r#"{"x":1}"#),
            print(&Method::POST, "/a", r#"{"x":1}"#),
            print(&Method::POST, "/a?b=2", r#"{"x":1}"#),
            print(&Method::POST, "/a?b=1", r#"{"x":2}"#),
            print(&Method::POST, "/a?b=1", r#"{"x":"1"}"#),
            print(&Method::POST, "/a?b=1", r#"{"x":[1]}"#),
            print(&Method::POST, "/a?b=1", ""),
            with_proof,
        ];
        for (idx, one) in prints.iter().enumerate() {
            assert!(!prints[idx + 1..].contains(one), "{idx}");
        }
    }

    #[test]
    fn scopes_do_not_run_together() {
        assert_ne!(scope(&["a", "b"], "c"), scope(&["ab"], "c"));
        assert_ne!(scope(&["a"], "bc"), scope(&["a", "b"], "c"));
        assert_ne!(scope(&["v1", "1"], "k"), scope(&["v1", "2"], "k"));
    }

    #[test]
    fn keys_are_visible_ascii_within_their_limit() {
        let longest = "k".repeat(IDEMPOTENCY_KEY_BYTES_MAX);
        let too_long = format!("{longest}k");
        for (key, fine) in [
            ("1", true),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("a b", false),
            ("é", false),
        ] {
            assert_eq!(is_key(key), fine, "{key:?}");
        }
        assert_eq!(header(&HeaderMap::new()), Ok(None));
    }
}
