//! Turns every way in which a request can fail into a problem of the native API.
//!
//! Invariants: each text says what happened, what it means for the caller's data and what to do;
//! a 503 or 429 always tells when to try again.
//! Never: a token, a key, a path or a message of our own innards in a text.

mod refusal;

use boxoffice_api::problem::MEDIA_TYPE;
use boxoffice_api::{ErrorCode, Fault, Faults, Problem};
use boxoffice_engine::ids::Name;
use boxoffice_writer::request::Unavailable;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};

pub use refusal::of_refusal;

use crate::auth::Denied;
use crate::http::{Body, Rejection, Response};

/// When to try again after what passes by itself, in milliseconds.
const RETRY_SOON_MS: u32 = 1_000;
/// When to try again after what an operator has to see to, in milliseconds.
const RETRY_LATER_MS: u32 = 30_000;

/// What a request asked for, where a refusal does not say it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Asked {
    /// Something that cannot run out, or several things.
    #[default]
    Other,
    /// Places of this area.
    Places(Name),
    /// Seats side by side.
    Best,
    /// This product alone.
    Product(Name),
}

/// The problem for a command that got no reply. `is_ready` tells a server that starts from one
/// that stops.
#[must_use]
pub fn of_unavailable(why: Unavailable, is_ready: bool) -> Problem<'static> {
    match why {
        Unavailable::Overloaded { retry_after_ms } => Problem::new(
            ErrorCode::Overloaded,
            "More requests wait than can be answered soon, so this one was not decided; nothing \
             was changed. Repeat it, with the same key, after Retry-After.",
        )
        .retry_after_ms(retry_after_ms.max(1)),
        Unavailable::StorageFull => Problem::new(
            ErrorCode::StorageFull,
            "The storage is nearly full, so nothing was decided or changed; reads go on. The \
             operator has to free space; repeat the request later.",
        )
        .retry_after_ms(RETRY_LATER_MS),
        Unavailable::DeadlinePassed => Problem::new(
            ErrorCode::DeadlinePassed,
            "The Boxoffice-Deadline had passed before the request could be decided; nothing was \
             changed and it will never be carried out. If it is still wanted, send it again with a \
             later deadline, and with the same Idempotency-Key if an earlier copy may have come.",
        )
        .retry_after_ms(RETRY_SOON_MS),
        Unavailable::Stopping if is_ready => Problem::new(
            ErrorCode::ShuttingDown,
            "The server is about to stop, so nothing was decided or changed. Repeat the request \
             when it is back.",
        )
        .retry_after_ms(RETRY_SOON_MS),
        Unavailable::Stopping => recovering(),
        Unavailable::OutcomeUnknown => Problem::new(
            ErrorCode::OutcomeUnknown,
            "The commit failed or its end is not known: the request may have happened or not. \
             Repeat it with the same Idempotency-Key, or read what it was about, when the server \
             is back.",
        )
        .retry_after_ms(RETRY_SOON_MS),
    }
}

/// The problem of a server that has not caught up with its journal yet.
#[must_use]
pub fn recovering() -> Problem<'static> {
    Problem::new(
        ErrorCode::Recovering,
        "The server still reads its journal, so nothing was decided or changed. Repeat the \
         request in a moment.",
    )
    .retry_after_ms(RETRY_SOON_MS)
}

/// The problem of views that stand still for good. Nobody is shown what is out of date.
#[must_use]
pub fn views_failed() -> Problem<'static> {
    Problem::new(
        ErrorCode::ViewBehind,
        "The maps and lists of this server no longer follow its journal, so nothing out of date \
         is shown; nothing was changed. What was sold is safe, and sales go on. The operator has \
         to restart the server; its log says why.",
    )
    .retry_after_ms(RETRY_LATER_MS)
}

/// The problem for a request that may not go further.
#[must_use]
pub fn of_denied(denied: Denied) -> Problem<'static> {
    let detail = match denied {
        Denied::Host => {
            "The Host is none that this server answers for; nothing was changed. Ask for \
             localhost, or have the operator allow this name."
        }
        Denied::Origin => {
            "A web page of another origin sent this; nothing was changed. The operator can allow \
             the origin."
        }
        Denied::Key => {
            "There is no API key, or none that works; nothing was changed. Send one as \
             Authorization: Bearer or as Boxoffice-Key, made with boxoffice key create. If \
             Boxoffice-Key is there, only it counts."
        }
        Denied::Role => "This API key may not do that; nothing was changed. Use an admin key.",
        Denied::ContentType => {
            "The body was not read, so nothing was changed. Send uncompressed JSON, and the header \
             Content-Type: application/json."
        }
    };
    Problem::new(denied.code(), detail)
}

/// The problem for what the HTTP core refused.
#[must_use]
pub fn of_rejection(rejection: &Rejection) -> Problem<'static> {
    match rejection {
        Rejection::HeadMalformed => malformed(
            "The request is not HTTP that can be read: its first line or one of its headers is \
             malformed. Nothing was changed, and the connection is closed.",
        ),
        Rejection::HeadTooLarge => Problem::new(
            ErrorCode::HeadTooLarge,
            "The request's head, which is its target and its headers, is longer than this server \
             takes, or has more headers. Nothing was changed, and the connection is closed. Send \
             fewer and shorter headers.",
        ),
        Rejection::TargetMalformed => malformed(
            "The request's target is no clean path: it must start with a slash, have no dot \
             segments and only well-formed percent escapes. Nothing was changed.",
        ),
        Rejection::HostMissing => malformed(
            "The request has no Host header, which HTTP/1.1 requires. Nothing was changed.",
        ),
        Rejection::HeaderRepeated { name } => malformed(format!(
            "The header {name} is there more than once, so it is not clear which one counts. \
             Nothing was changed. Send it once."
        )),
        Rejection::BodyTooLarge { bytes_max } => Problem::new(
            ErrorCode::TooLarge,
            format!(
                "The body is larger than the {bytes_max} bytes that this call takes; nothing was \
                 changed."
            ),
        ),
        Rejection::BodiesFull => Problem::new(
            ErrorCode::Overloaded,
            "Other large bodies take all the memory that there is for them, so this one was not \
             kept; nothing was changed. Repeat it, with the same key, after Retry-After.",
        )
        .retry_after_ms(RETRY_SOON_MS),
        Rejection::BodyTimeout { timeout_ms } => Problem::new(
            ErrorCode::RequestTimeout,
            format!(
                "The body did not arrive within {timeout_ms} ms, so it was not read; nothing was \
                 changed. Send it again."
            ),
        ),
        Rejection::Internal => Problem::new(
            ErrorCode::Internal,
            "Something went wrong here, and it has been logged. The request may have happened: \
             repeat it with the same Idempotency-Key, or read what it was about.",
        ),
    }
}

/// The problem for query parameters that the call does not take.
#[must_use]
pub fn of_query(faults: Faults) -> Problem<'static> {
    let errors: Box<[Fault]> = faults.into_vec().into_boxed_slice();
    let detail = match errors.first() {
        Some(first) => format!(
            "The query cannot be read, so nothing was changed: {} {}.",
            first.pointer, first.detail
        ),
        None => "The query cannot be read, so nothing was changed.".to_owned(),
    };
    Problem {
        errors,
        ..Problem::new(ErrorCode::Malformed, detail)
    }
}

/// A problem of kind `malformed`.
#[must_use]
pub fn malformed(detail: impl Into<boxoffice_api::Text<'static>>) -> Problem<'static> {
    Problem::new(ErrorCode::Malformed, detail)
}

/// The problem for a path that leads nowhere.
#[must_use]
pub fn no_such_path() -> Problem<'static> {
    Problem::new(
        ErrorCode::NotFound,
        "No call has this path; nothing was changed. /docs lists all calls.",
    )
}

/// The problem for an id in a path that is none, so that nothing can have it.
#[must_use]
pub fn no_such_id(what: &'static str) -> Problem<'static> {
    Problem::new(
        ErrorCode::NotFound,
        format!("There is no such {what}, or it is not yours. Nothing was changed. Check the id."),
    )
}

/// Renders a problem, with `Retry-After` where it has a time.
#[must_use]
pub fn to_response(problem: &Problem<'_>) -> Response {
    let mut response = Response::new(Body::from(problem.to_json()));
    *response.status_mut() =
        StatusCode::from_u16(problem.code.status()).expect("error codes have statuses of HTTP");
    if response.status().is_server_error() {
        // For the log; refusals of a rush are not logged and need no extension.
        response.extensions_mut().insert(problem.code);
    }
    let headers = response.headers_mut();
    // Room for everything that is put on a response, so that the map is allocated once.
    headers.reserve(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if problem.code == ErrorCode::Unauthorized {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(retry_after_ms) = problem.retry_after_ms {
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from(retry_after_ms.div_ceil(1_000).max(1)),
        );
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_passes_by_itself_says_when_to_come_back() {
        for (why, code, seconds) in [
            (
                Unavailable::Overloaded { retry_after_ms: 1 },
                ErrorCode::Overloaded,
                "1",
            ),
            (
                Unavailable::Overloaded {
                    retry_after_ms: 1_001,
                },
                ErrorCode::Overloaded,
                "2",
            ),
            (Unavailable::StorageFull, ErrorCode::StorageFull, "30"),
            (Unavailable::DeadlinePassed, ErrorCode::DeadlinePassed, "1"),
            (Unavailable::Stopping, ErrorCode::ShuttingDown, "1"),
            (Unavailable::OutcomeUnknown, ErrorCode::OutcomeUnknown, "1"),
        ] {
            let problem = of_unavailable(why, true);
            assert_eq!(problem.code, code);
            let response = to_response(&problem);
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[RETRY_AFTER], seconds);
            let promises = problem.detail.contains("nothing was");
            assert_eq!(promises, code.has_no_side_effects(), "{}", problem.detail);
        }
        assert_eq!(
            of_unavailable(Unavailable::Stopping, false).code,
            ErrorCode::Recovering
        );
    }

    #[test]
    fn what_the_core_refuses_keeps_its_status() {
        for rejection in [
            Rejection::HeadMalformed,
            Rejection::HeadTooLarge,
            Rejection::TargetMalformed,
            Rejection::HostMissing,
            Rejection::HeaderRepeated {
                name: http::header::ORIGIN,
            },
            Rejection::BodyTooLarge { bytes_max: 7 },
            Rejection::BodiesFull,
            Rejection::BodyTimeout { timeout_ms: 7 },
            Rejection::Internal,
        ] {
            let response = to_response(&of_rejection(&rejection));
            assert_eq!(response.status(), rejection.status(), "{rejection:?}");
        }
    }

    #[test]
    fn a_missing_key_is_told_how_to_be_sent() {
        let response = to_response(&of_denied(Denied::Key));
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        let detail = of_denied(Denied::Key).detail;
        assert!(detail.contains("Authorization: Bearer") && detail.contains("Boxoffice-Key"));
        for denied in [
            Denied::Host,
            Denied::Origin,
            Denied::Role,
            Denied::ContentType,
        ] {
            let response = to_response(&of_denied(denied));
            assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
            assert_eq!(response.status().as_u16(), denied.code().status());
        }
    }
}
