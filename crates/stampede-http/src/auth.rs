//! Proofs of who asks: basic and digest.
//!
//! Never: keeps a password longer than the request it is for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use md5::{Digest as _, Md5};
use sha2::{Sha256, Sha512_256};

/// The header of basic authentication.
pub(crate) fn basic(username: &str, password: &str) -> Option<HeaderValue> {
    let value = format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    );
    secret(&value)
}

fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
    Sha512,
}

/// What a server wants hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// As it was written, because it is sent back.
    algorithm: Option<String>,
    hash: Hash,
    is_session: bool,
    has_qop: bool,
}

impl Challenge {
    /// The first challenge of a response that can be answered. A response without any challenge
    /// of digest has an empty one, because k6 answers that too.
    pub(crate) fn find(headers: &HeaderMap) -> Option<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).iter();
        let mut digests = values
            .filter_map(|value| value.to_str().ok())
            .filter(|value| is_digest(value))
            .peekable();
        if digests.peek().is_none() {
            return Some(Self::empty());
        }
        digests.find_map(Self::parse)
    }

    fn empty() -> Self {
        Self {
            realm: String::new(),
            nonce: String::new(),
            opaque: None,
            algorithm: None,
            hash: Hash::Md5,
            is_session: false,
            has_qop: false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim_start().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut challenge = Self::empty();
        for (key, value) in Pairs(rest) {
            match key.to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "qop" => {
                    if !value
                        .split(',')
                        .any(|qop| qop.trim().eq_ignore_ascii_case("auth"))
                    {
                        return None;
                    }
                    challenge.has_qop = true;
                }
                "algorithm" => {
                    let upper = value.to_ascii_uppercase();
                    let (name, is_session) = match upper.strip_suffix("-SESS") {
                        Some(name) => (name, true),
                        None => (upper.as_str(), false),
                    };
                    challenge.is_session = is_session;
                    challenge.hash = match name {
                        "MD5" => Hash::Md5,
                        "SHA-256" => Hash::Sha256,
                        "SHA-512-256" => Hash::Sha512,
                        _ => return None,
                    };
                    challenge.algorithm = Some(value);
                }
                _ => {}
            }
        }
        Some(challenge)
    }

    /// The header that answers the challenge. `cnonce` is any text that was not used before.
    pub(crate) fn answer(
        &self,
        method: &str,
        target: &str,
        (username, password): (&str, &str),
        cnonce: &str,
    ) -> Option<HeaderValue> {
        let hash = |text: String| self.hash_hex(&text);
        let mut secret_part = hash(format!("{username}:{}:{password}", self.realm));
        if self.is_session {
            secret_part = hash(format!("{secret_part}:{}:{cnonce}", self.nonce));
        }
        let open_part = hash(format!("{method}:{target}"));
        let nonce = &self.nonce;
        let response = if self.has_qop {
            hash(format!(
                "{secret_part}:{nonce}:00000001:{cnonce}:auth:{open_part}"
            ))
        } else {
            hash(format!("{secret_part}:{nonce}:{open_part}"))
        };
        let realm = &self.realm;
        let mut value = format!(
            "Digest username=\"{username}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\", response=\"{response}\""
        );
        if let Some(algorithm) = &self.algorithm {
            value.push_str(&format!(", algorithm=\"{algorithm}\""));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque=\"{opaque}\""));
        }
        if self.has_qop {
            value.push_str(&format!(", qop=auth, nc=00000001, cnonce=\"{cnonce}\""));
        } else if self.is_session {
            value.push_str(&format!(", cnonce=\"{cnonce}\""));
        }
        secret(&value)
    }

    fn hash_hex(&self, text: &str) -> String {
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(text)),
            Hash::Sha256 => hex(&Sha256::digest(text)),
            Hash::Sha512 => hex(&Sha512_256::digest(text)),
        }
    }
}

fn is_digest(challenge: &str) -> bool {
    let scheme = challenge.trim_start().split(' ').next();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("digest"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text that was not used before.
pub(crate) fn fresh_nonce() -> String {
    let mut bytes = [0; 16];
    // A server only needs it to differ; without random numbers the digest still holds.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = [0x5a; 16];
    }
    hex(&bytes)
}

/// `key=value` and `key="value"`, divided by commas.
struct Pairs<'a>(&'a str);

impl Iterator for Pairs<'_> {
    type Item = (String, String);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.0.trim_start_matches([' ', ',', '\t']);
        let (key, rest) = rest.split_once('=')?;
        let rest = rest.trim_start();
        let mut value = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut letters = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((idx, letter)) = letters.next() {
                match letter {
                    '"' => {
                        end = idx + 1;
                        break;
                    }
                    '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
                    _ => value.push(letter),
                }
            }
            self.0 = &quoted[end..];
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            rest[..end].trim().clone_into(&mut value);
            self.0 = &rest[end..];
        }
        Some((key.trim().to_owned(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_is_as_k6_sends_it() {
        assert_eq!(basic("user", "p@ss").unwrap(), "Basic dXNlcjpwQHNz");
        assert_eq!(basic("u", "p").unwrap(), "Basic dTpw");
    }

    /// The answer was seen on the wire of k6 2.2.0 for the same challenge and nonce.
    #[test]
    fn digest_is_as_k6_answers_it() {
        let challenge = Challenge::parse(
            r#"Digest realm="r@x", nonce="abc", qop="auth", opaque="op", algorithm=MD5"#,
        )
        .unwrap();
        let cnonce = "6d0a3378c9a944724e16bc97248054a1";
        let answer = challenge
            .answer("GET", "/digest?x=1", ("user", "pass"), cnonce)
            .unwrap();
        let answer = answer.to_str().unwrap();
        assert!(
            answer.contains(r#"response="cdd0d547c9ba5858c508d3b0a82d5470""#),
            "{answer}"
        );
        assert!(answer.contains(r#"algorithm="MD5", opaque="op", qop=auth, nc=00000001"#));
    }

    /// The example of RFC 7616, section 3.9.1.
    #[test]
    fn digest_with_sha256_is_as_the_rfc_has_it() {
        let challenge = Challenge::parse(
            r#"Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256,
            nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU""#,
        )
        .unwrap();
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let proof = ("Mufasa", "Circle of Life");
        let answer = challenge
            .answer("GET", "/dir/index.html", proof, cnonce)
            .unwrap();
        let wanted = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(answer.to_str().unwrap().contains(wanted));
    }

    #[test]
    fn challenges_that_cannot_be_answered_are_left_alone() {
        assert_eq!(Challenge::parse("Basic realm=\"x\""), None);
        assert_eq!(Challenge::parse("Digest realm=x, algorithm=SHA3"), None);
        assert_eq!(Challenge::parse("Digest realm=x, qop=auth-int"), None);
        let odd = Challenge::parse(r#"Digest realm="a\"b, c=d" , nonce = x"#).unwrap();
        assert_eq!((odd.realm.as_str(), odd.nonce.as_str()), ("a\"b, c=d", "x"));
    }
}
