//! The dialects: routes that speak the wire formats of existing systems, so that their clients run
//! unchanged.
//!
//! | file | what |
//! | --- | --- |
//! | `cinema`, `race`, `concert`, `shop`, `theatre` | one dialect each |
//! | `desk` | asking the writer, stamping and rendering answers |
//! | `fields`, `identity` | reading bodies, numbers, tokens and sessions |
//!
//! Invariants: no path is of two dialects or of `/v1`; whatever fails on a dialect's path answers
//! in that dialect's own error shape; one request is one command (a look at whose an order is may
//! come before it).
//! Never: decides anything; a dialect only translates.

mod cinema;
mod concert;
mod desk;
mod fields;
mod identity;
mod race;
mod shop;
mod theatre;

use boxoffice_api::{ErrorCode, Problem};
use boxoffice_engine::reply::Reply;
use http::Method;

use crate::app::App;
use crate::http::{Rejection, Request, Response};
use crate::problem;
use desk::Desk;

/// Bytes of the largest body that a dialect takes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Segments of the longest path of any dialect.
const SEGMENTS_MAX: usize = 5;

/// A route, or the methods that its path takes instead of this one.
type Routed<R> = Result<R, &'static str>;

/// The route if it takes this method.
fn takes<R>(method: &Method, route: R, allow: &'static str) -> Routed<R> {
    let is_allowed = method == allow || (allow == "GET" && method == Method::HEAD);
    if is_allowed { Ok(route) } else { Err(allow) }
}

/// Where a path leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found<'a> {
    Cinema(Routed<cinema::Route>),
    Race(Routed<race::Route<'a>>),
    Concert(Routed<concert::Route>),
    Shop(Routed<shop::Route>),
    Theatre(Routed<theatre::Route>),
}

/// The route of a path, if any dialect has it.
fn find<'a>(method: &Method, path: &'a str) -> Option<Found<'a>> {
    let inner = path.strip_prefix('/')?;
    let (inner, has_slash) = match inner.strip_suffix('/') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let mut segments = [""; SEGMENTS_MAX];
    let mut n_segments = 0;
    for segment in inner.split('/') {
        // An empty segment is no id, and two slashes are not one.
        *segments
            .get_mut(n_segments)
            .filter(|_| !segment.is_empty())? = segment;
        n_segments += 1;
    }
    let segments = &segments[..n_segments];
    if let Some(route) = theatre::route(method, segments) {
        return Some(Found::Theatre(route));
    }
    if let Some(route) = race::route(method, segments) {
        return Some(Found::Race(route));
    }
    // The originals of the others know no trailing slash.
    if has_slash {
        return None;
    }
    if let Some(route) = shop::route(method, segments) {
        return Some(Found::Shop(route));
    }
    if let Some(route) = cinema::route(method, segments) {
        return Some(Found::Cinema(route));
    }
    concert::route(method, segments).map(Found::Concert)
}

/// Whether a path is of a dialect, whatever the method.
#[must_use]
pub fn has_path(path: &str) -> bool {
    find(&Method::GET, path).is_some()
}

/// Whether a request is one that names itself a form, which no other call takes.
#[must_use]
pub fn takes_form(path: &str) -> bool {
    matches!(
        find(&Method::POST, path),
        Some(Found::Race(Ok(race::Route::Token(_))))
    )
}

/// Answers a request, if its path is of a dialect.
pub async fn handle(app: &App, request: &Request) -> Option<Response> {
    let found = find(&request.method, request.uri.path())?;
    let desk = Desk {
        house: &app.house,
        views: &app.views,
        tally: &app.tally,
        metrics: &app.metrics,
        request,
    };
    let answer = match found {
        Found::Theatre(Ok(route)) => theatre::handle(desk, route).await,
        Found::Race(Ok(route)) => race::handle(desk, route).await,
        Found::Shop(Ok(route)) => shop::handle(desk, route).await,
        Found::Cinema(Ok(route)) => cinema::handle(desk, route).await,
        Found::Concert(Ok(route)) => concert::handle(desk, route).await,
        Found::Theatre(Err(allow))
        | Found::Race(Err(allow))
        | Found::Shop(Err(allow))
        | Found::Cinema(Err(allow))
        | Found::Concert(Err(allow)) => {
            let response = found.refuse(&desk::method_not_allowed());
            return Some(desk::with_allow(response, allow));
        }
    };
    Some(answer.unwrap_or_else(|problem| found.refuse(&problem)))
}

/// Renders a problem in the shape of the dialect that a path is of.
#[must_use]
pub fn refuse(path: &str, problem: &Problem<'_>) -> Option<Response> {
    find(&Method::POST, path).map(|found| found.refuse(problem))
}

/// Renders what the HTTP core refused in the shape of the dialect that a path is of.
#[must_use]
pub fn reject(path: &str, rejection: Rejection) -> Option<Response> {
    refuse(path, &problem::of_rejection(&rejection))
}

impl Found<'_> {
    fn refuse(&self, problem: &Problem<'_>) -> Response {
        match self {
            Self::Theatre(_) => theatre::refuse(problem),
            Self::Race(Ok(race::Route::Token(_))) => race::refuse_token(problem),
            Self::Race(_) => race::refuse(problem),
            Self::Shop(_) => shop::refuse(problem),
            Self::Cinema(_) => cinema::refuse(problem),
            Self::Concert(_) => concert::refuse(problem),
        }
    }
}

/// The problem of a reply that no command of this kind has: a fault of ours, and logged as one.
fn unexpected(reply: &Reply) -> Problem<'static> {
    tracing::error!(?reply, "a dialect got a reply that its command never has");
    problem::of_rejection(&Rejection::Internal)
}

/// The problem of a show that exists but that the views have not seen yet.
fn not_in_view() -> Problem<'static> {
    Problem::new(
        ErrorCode::Recovering,
        "What happened to the show a moment ago is not ready to be shown; nothing was changed. \
         Repeat the request in a moment.",
    )
    .retry_after_ms(1_000)
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
