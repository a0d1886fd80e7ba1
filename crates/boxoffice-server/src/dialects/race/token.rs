//! The order race's token endpoint: the password grant of OpenID Connect, for a house that keeps no
//! passwords.
//!
//! Invariants: the same user of the same realm always gets the same token, hence the same orders;
//! who does not know the house cannot compute it. The token only names a user: what a caller may do
//! is decided by its API key, where the house has keys.

use boxoffice_api::Problem;
use http::StatusCode;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::super::desk::{self, Desk};
use super::super::identity;
use crate::http::{Response, decode_component};

const EXPIRES_IN_S: u32 = 300;
/// Longest name of a realm or user, in bytes.
const NAME_BYTES_MAX: usize = 256;

#[derive(Serialize)]
struct Token {
    access_token: String,
    expires_in: u32,
    token_type: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Refused {
    error: &'static str,
    error_description: &'static str,
}

/// Answers a request for a token.
pub(super) fn issue(desk: Desk<'_>, realm: &str) -> Response {
    match username(&desk.request.body) {
        Ok(username) => {
            let access_token = token(&desk.house.secret.print(), realm, &username);
            let body = Token {
                access_token,
                expires_in: EXPIRES_IN_S,
                token_type: "Bearer",
            };
            desk::json(StatusCode::OK, &body)
        }
        Err(refused) => desk::json(StatusCode::BAD_REQUEST, &refused),
    }
}

/// A problem in the shape of OAuth 2.
pub(in crate::dialects) fn refuse(problem: &Problem<'_>) -> Response {
    #[derive(Serialize)]
    struct Error<'a> {
        error: &'a str,
        error_description: &'a str,
    }
    let status = desk::status(problem);
    let error = if status.is_server_error() {
        "temporarily_unavailable"
    } else {
        "invalid_request"
    };
    let body = Error {
        error,
        error_description: problem.detail.as_ref(),
    };
    desk::with_retry_after(desk::json(status, &body), problem)
}

fn token(print: &[u8; 16], realm: &str, username: &str) -> String {
    let mut digest = Sha256::new();
    for part in [
        b"race token",
        print.as_slice(),
        realm.as_bytes(),
        username.as_bytes(),
    ] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    identity::hex(&digest.finalize()[..20])
}

/// The user of a password grant.
fn username(form: &[u8]) -> Result<String, Refused> {
    let bad = |error_description| Refused {
        error: "invalid_request",
        error_description,
    };
    let form = std::str::from_utf8(form).map_err(|_| bad("the body must be a form"))?;
    let (mut grant, mut username, mut password) = (None, None, None);
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let field = match name {
            "grant_type" => &mut grant,
            "username" => &mut username,
            "password" => &mut password,
            _ => continue,
        };
        let spaced = value.replace('+', " ");
        let value = decode_component(&spaced).map_err(|_| bad("the body must be a form"))?;
        if field.replace(value.into_owned()).is_some() {
            return Err(bad(
                "grant_type, username and password may be there once only",
            ));
        }
    }
    if grant.as_deref() != Some("password") {
        return Err(Refused {
            error: "unsupported_grant_type",
            error_description: "only grant_type=password is answered here",
        });
    }
    let filled =
        |field: Option<String>| field.filter(|text| (1..=NAME_BYTES_MAX).contains(&text.len()));
    match (filled(username), filled(password)) {
        (Some(username), Some(_)) => Ok(username),
        _ => Err(bad("username and password must be 1 to 256 bytes long")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_gets_the_same_token_again_and_nobody_else_does() {
        let print = [7; 16];
        let alice = token(&print, "event", "alice");
        assert_eq!(alice, token(&print, "event", "alice"));
        assert_eq!(alice.len(), 40);
        for other in [
            token(&print, "event", "bob"),
            token(&print, "other", "alice"),
            token(&print, "eventa", "lice"),
            token(&[8; 16], "event", "alice"),
        ] {
            assert_ne!(alice, other);
        }
    }

    #[test]
    fn only_a_password_grant_names_a_user() {
        let form = b"client_id=web&grant_type=password&username=a%40b.c+d&password=x&scope=openid";
        assert_eq!(username(form).as_deref(), Ok("a@b.c d"));
        for (form, error) in [
            ("", "unsupported_grant_type"),
            ("grant_type=refresh_token", "unsupported_grant_type"),
            (r#"{"grant_type":"password"}"#, "unsupported_grant_type"),
            ("grant_type=password", "invalid_request"),
            ("grant_type=password&username=a", "invalid_request"),
            (
                "grant_type=password&username=&password=x",
                "invalid_request",
            ),
            (
                "grant_type=password&username=a&username=b&password=x",
                "invalid_request",
            ),
            (
                "grant_type=password&username=%zz&password=x",
                "invalid_request",
            ),
        ] {
            assert_eq!(
                username(form.as_bytes()).unwrap_err().error,
                error,
                "{form}"
            );
        }
        assert!(username(&[0xff]).is_err());
    }
}
