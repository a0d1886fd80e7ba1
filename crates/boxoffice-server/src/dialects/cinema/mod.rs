//! The cinema's dialect: lock seats for ten minutes, change one's mind, book.
//!
//! | file | what |
//! | --- | --- |
//! | `catalogue` | movies, showtimes, ticket types, seats |
//! | `locks` | lock, release, availability |
//! | `bookings` | price preview, confirm |
//!
//! Invariants: a buyer is `cinema:` and the session's UUID or 32 hex digits of the SHA-256 of the
//! Bearer token. The token comes first, unless it is the API key, which the customers of a shop
//! front share: then the session does. Who asks is settled before anything else. A showtime's
//! number is in its show's id; a seat's id is the showtime's number times a million plus its index
//! plus one, a ticket type's id is the tariff's index plus one.

mod bookings;
mod catalogue;
mod locks;

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::ids::{Name, SeatIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{Missing, Refusal, Rule, SeatView};
use http::{Method, StatusCode};
use serde::Serialize;

use super::desk::{self, Desk, Price};
use super::fields::number;
use super::identity::{self, Bearer, Presented};
use super::{Routed, takes};
use crate::http::Response;

const SHOW: &str = "cinema:";
const BUYER: &str = "cinema:";
/// Numbers that one showtime's seats may have.
const SEATS_PER_SHOWTIME: u64 = 1_000_000;

/// What a path asks for. A number is `None` where the path has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// `GET /movies`
    Movies,
    /// `GET /showtimes/movie/{movieId}/upcoming`
    Upcoming(Option<u64>),
    /// `GET /ticket-types`
    TicketTypes,
    /// `GET /showtime-seats/showtime/{id}`
    Seats(Option<u64>),
    /// `GET /showtime-seats/showtime/{id}/available`
    AvailableSeats(Option<u64>),
    /// `POST /seat-locks`
    Lock,
    /// `DELETE /seat-locks/showtime/{id}`
    Release(Option<u64>),
    /// `GET /seat-locks/availability/showtime/{id}`
    Availability(Option<u64>),
    /// `POST /bookings/price-preview`
    Preview,
    /// `POST /bookings/confirm`
    Confirm,
    /// `GET /actuator/health`
    Health,
}

pub(super) fn route(method: &Method, segments: &[&str]) -> Option<Routed<Route>> {
    let (route, allow) = match segments {
        ["movies"] => (Route::Movies, "GET"),
        ["showtimes", "movie", movie, "upcoming"] => (Route::Upcoming(number(movie)), "GET"),
        ["ticket-types"] => (Route::TicketTypes, "GET"),
        ["showtime-seats", "showtime", id] => (Route::Seats(number(id)), "GET"),
        ["showtime-seats", "showtime", id, "available"] => {
            (Route::AvailableSeats(number(id)), "GET")
        }
        ["seat-locks"] => (Route::Lock, "POST"),
        ["seat-locks", "showtime", id] => (Route::Release(number(id)), "DELETE"),
        ["seat-locks", "availability", "showtime", id] | ["seat-locks", "availability", id] => {
            (Route::Availability(number(id)), "GET")
        }
        ["bookings", "price-preview"] => (Route::Preview, "POST"),
        ["bookings", "confirm"] => (Route::Confirm, "POST"),
        ["actuator", "health"] => (Route::Health, "GET"),
        _ => return None,
    };
    Some(takes(method, route, allow))
}

pub(super) async fn handle(desk: Desk<'_>, route: Route) -> Result<Response, Problem<'static>> {
    match route {
        Route::Movies => Ok(catalogue::movies(desk)),
        Route::Upcoming(movie) => Ok(catalogue::upcoming(desk, movie)),
        Route::TicketTypes => Ok(catalogue::ticket_types(desk)),
        Route::Seats(showtime) => Ok(catalogue::seats(desk, showtime, All).await),
        Route::AvailableSeats(showtime) => {
            Ok(catalogue::seats(desk, showtime, OnlyAvailable).await)
        }
        Route::Lock => locks::lock(desk).await,
        Route::Release(showtime) => locks::release(desk, showtime).await,
        Route::Availability(showtime) => locks::availability(desk, showtime).await,
        Route::Preview => bookings::preview(desk).await,
        Route::Confirm => bookings::confirm(desk).await,
        Route::Health => Ok(desk::fixed(
            StatusCode::OK,
            "application/json",
            r#"{"status":"UP"}"#,
        )),
    }
}

use catalogue::Listed::{All, OnlyAvailable};

/// An error in the cinema's shape.
#[derive(Serialize)]
struct Error<'a> {
    timestamp: Timestamp,
    message: &'a str,
    details: &'a str,
}

fn error(status: StatusCode, message: &str, details: &str) -> Response {
    desk::json(
        status,
        &Error {
            timestamp: desk::now(),
            message,
            details,
        },
    )
}

/// A problem in the cinema's shape.
pub(super) fn refuse(problem: &Problem<'_>) -> Response {
    let status = desk::status(problem);
    let response = error(status, problem.code.title(), problem.detail.as_ref());
    desk::with_retry_after(response, problem)
}

/// The engine's refusal in the cinema's words.
fn refused(refusal: &Refusal, layout: Option<&Layout>) -> Response {
    match &refusal.rule {
        Rule::NotFound(Missing::Show) => no_showtime(),
        Rule::NotFound(Missing::Seat(_) | Missing::SeatNumber(_)) => no_seat(),
        Rule::NotFound(Missing::Tariff) => error(
            StatusCode::NOT_FOUND,
            "Ticket type not found",
            "A ticketTypeId is none of this showtime; nothing was locked.",
        ),
        Rule::NotFound(Missing::Hold) | Rule::HoldExpired => error(
            StatusCode::GONE,
            "Seat lock has expired",
            "The lock is gone: it expired, was released or was booked. Lock the seats again.",
        ),
        Rule::SeatUnavailable => error(
            StatusCode::CONFLICT,
            "One or more seats are already locked or booked",
            desk::refusal(refusal, layout).detail.as_ref(),
        ),
        Rule::SessionHolds(_) => error(
            StatusCode::CONFLICT,
            "This session already holds a lock for this showtime",
            "Release it first, or book it; it is as it was.",
        ),
        _ => refuse(&desk::refusal(refusal, layout)),
    }
}

fn no_showtime() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "Showtime not found",
        "No showtime has this id.",
    )
}

fn no_seat() -> Response {
    error(
        StatusCode::NOT_FOUND,
        "Seat not found",
        "A showtimeSeatId is none of this showtime; nothing was locked.",
    )
}

fn bad_request(details: &str) -> Response {
    error(StatusCode::BAD_REQUEST, "Bad request", details)
}

/// Who asks.
#[derive(Debug, PartialEq, Eq)]
struct Owner {
    id: String,
    kind: &'static str,
}

impl Owner {
    fn buyer(&self) -> Name {
        Name::new(&format!("{BUYER}{}", self.id)).expect("a prefix and hex digits are a name")
    }
}

/// Who asks, if anybody in particular; the `Err` is the answer to what cannot be read.
fn owner(desk: Desk<'_>) -> Result<Option<Owner>, Box<Response>> {
    owner_of(Presented::at(desk))
}

fn owner_of(presented: Presented<'_>) -> Result<Option<Owner>, Box<Response>> {
    let guest = || match presented.session() {
        Ok(session) => Ok(session.map(|id| Owner {
            id,
            kind: "GUEST_SESSION",
        })),
        Err(identity::NoUuid) => Err(Box::new(bad_request("X-Session-Id must be a UUID."))),
    };
    match presented.bearer() {
        Bearer::Token(token) => {
            if presented.bearer_is_key
                && let Some(guest) = guest()?
            {
                return Ok(Some(guest));
            }
            Ok(Some(Owner {
                id: identity::digest_hex(token.as_bytes(), 16),
                kind: "USER",
            }))
        }
        Bearer::Malformed => Err(Box::new(bad_request(
            "The Bearer token in Authorization is malformed.",
        ))),
        Bearer::Missing => guest(),
    }
}

/// Who asks; the `Err` is the answer to nobody.
fn required_owner(desk: Desk<'_>) -> Result<Owner, Box<Response>> {
    owner(desk)?.ok_or_else(|| {
        Box::new(error(
            StatusCode::UNAUTHORIZED,
            "Authentication required",
            "Send a Bearer token in Authorization, or a UUID in X-Session-Id.",
        ))
    })
}

/// A seat's number in this dialect.
fn showtime_seat_id(showtime: u64, seat: SeatIdx) -> u64 {
    showtime
        .saturating_mul(SEATS_PER_SHOWTIME)
        .saturating_add(u64::from(seat.0))
        .saturating_add(1)
}

/// The seat with this number, if it is one of the showtime's.
fn seat_of(showtime: u64, id: u64) -> Option<SeatIdx> {
    let first = showtime.checked_mul(SEATS_PER_SHOWTIME)?.checked_add(1)?;
    let idx = id
        .checked_sub(first)
        .filter(|idx| *idx < SEATS_PER_SHOWTIME)?;
    u32::try_from(idx).ok().map(SeatIdx)
}

/// A claimed seat as locks and bookings show it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ClaimedSeat<'a> {
    showtime_seat_id: u64,
    seat_row: &'a str,
    seat_number: u32,
    seat_type: &'a str,
    ticket_type_id: u64,
    ticket_type_label: &'a str,
    price: Price,
}

impl<'a> ClaimedSeat<'a> {
    fn of(seat: &SeatView, layout: &'a Layout, showtime: u64) -> Self {
        let tariff = layout.tariffs.get(usize::from(seat.tariff));
        Self {
            showtime_seat_id: showtime_seat_id(showtime, seat.seat),
            seat_row: layout
                .row_of(seat.seat)
                .map_or("", |row| row.label.as_str()),
            seat_number: layout.number_in_row(seat.seat).unwrap_or(0),
            seat_type: seat_type(layout, seat.seat),
            ticket_type_id: u64::from(seat.tariff) + 1,
            ticket_type_label: tariff.map_or("", |tariff| tariff.label.as_str()),
            price: Price(seat.price, layout.currency),
        }
    }
}

fn seat_type(layout: &Layout, seat: SeatIdx) -> &str {
    layout
        .section_of(seat)
        .map_or("", |section| section.id.as_str())
}

fn price(amount: Amount, layout: &Layout) -> Price {
    Price(amount, layout.currency)
}

#[cfg(test)]
mod tests;
