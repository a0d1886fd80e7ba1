//! The theatre's dialect: book a seat in one step, or lock it for five minutes first.
//!
//! Invariants: a buyer is `theatre:<user_id>`, without a `user_id` the anonymous buyer
//! `theatre:anonymous`; a seat's id is its index in the show plus one. `book-seat` is the only call
//! of all dialects that turns the caller's own lock into a booking.

mod hall;

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{
    Action, Book, Hold, ReleaseSeat, SeatHoldRef, SeatKey, TariffKey, Want,
};
use boxoffice_engine::ids::{Name, SeatIdx};
use boxoffice_engine::reply::{Missing, Refusal, Reply, Rule, SeatStatus};
use boxoffice_writer::layouts::Layouts;
use http::{Method, StatusCode};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

use super::desk::{self, Desk};
use super::fields::{Id, Whole, number, object};
use super::{Routed, takes};
use crate::http::Response;

const SHOW: &str = "theatre:";
const BUYER: &str = "theatre:";
const ANONYMOUS: &str = "theatre:anonymous";
const LOCK_TTL_MS: u64 = 5 * 60_000;
/// What a lock's `booking_id` is beyond the hold's number. Locks and bookings are counted apart and
/// answered under one name: no booking is ever given a number this large, so an id says which of
/// the two it is, and a client that keeps both never mixes them up. Far below 2^53, beyond which
/// readers of JSON lose digits.
const LOCK_IDS_FROM: u64 = 1_000_000_000_000;

const ALREADY_BOOKED_BY_ANOTHER: &str =
    r#"{"status":"error","message":"Seat is already booked by another user"}"#;
const ALREADY_BOOKED: &str = r#"{"status":"error","message":"Seat is already booked"}"#;
const HELD: &str = r#"{"status":"error","message":"Seat is held by another user"}"#;
const NOT_FOR_SALE: &str = r#"{"status":"error","message":"Seat is not for sale"}"#;
const NO_BOOKING: &str = r#"{"status":"error","message":"No booking found for this seat"}"#;
const NO_SHOW: &str = r#"{"status":"error","message":"Show not found"}"#;
const NO_SEAT: &str = r#"{"status":"error","message":"Seat not found"}"#;

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// `POST /api/book-seat/`
    BookSeat,
    /// `POST /api/lock-seat/`
    LockSeat,
    /// `POST /api/release-lock/`
    ReleaseLock,
    /// `POST /api/cancel-booking/`
    CancelBooking,
    /// `GET /api/hall-layout/{show}/`; `None` for an id that no show has.
    HallLayout(Option<u64>),
    /// `GET /api/shows/`
    Shows,
}

pub(super) fn route(method: &Method, segments: &[&str]) -> Option<Routed<Route>> {
    let (route, allow) = match segments {
        ["api", "book-seat"] => (Route::BookSeat, "POST"),
        ["api", "lock-seat"] => (Route::LockSeat, "POST"),
        ["api", "release-lock"] => (Route::ReleaseLock, "POST"),
        ["api", "cancel-booking"] => (Route::CancelBooking, "POST"),
        ["api", "hall-layout", show] => (Route::HallLayout(number(show)), "GET"),
        ["api", "shows"] => (Route::Shows, "GET"),
        _ => return None,
    };
    Some(takes(method, route, allow))
}

pub(super) async fn handle(desk: Desk<'_>, route: Route) -> Result<Response, Problem<'static>> {
    match route {
        Route::BookSeat => book_seat(desk).await,
        Route::LockSeat => lock_seat(desk).await,
        Route::ReleaseLock => release_lock(desk).await,
        Route::CancelBooking => cancel_booking(desk).await,
        Route::HallLayout(show) => Ok(hall::hall_layout(desk, show).await),
        Route::Shows => Ok(hall::shows(desk)),
    }
}

/// A problem in the theatre's shape.
pub(super) fn refuse(problem: &Problem<'_>) -> Response {
    #[derive(Serialize)]
    struct Error<'a> {
        status: &'static str,
        message: &'a str,
    }
    let body = Error {
        status: "error",
        message: problem.detail.as_ref(),
    };
    desk::with_retry_after(desk::json(desk::status(problem), &body), problem)
}

/// What is wrong with which field.
#[derive(Debug, Default, PartialEq, Eq)]
struct Faults(Vec<(&'static str, &'static str)>);

impl Serialize for Faults {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, text) in &self.0 {
            map.serialize_entry(field, &[text])?;
        }
        map.end()
    }
}

impl Faults {
    fn one(field: &'static str, text: &'static str) -> Self {
        Self(vec![(field, text)])
    }

    fn whole(&mut self, field: &'static str, value: Whole) -> u64 {
        match value {
            Whole::Is(number) => return number,
            Whole::Missing => self.0.push((field, "This field is required.")),
            Whole::Wrong => self.0.push((field, "A valid integer is required.")),
        }
        0
    }

    fn response(&self) -> Response {
        #[derive(Serialize)]
        struct Error<'a> {
            status: &'static str,
            message: &'a Faults,
        }
        desk::json(
            StatusCode::BAD_REQUEST,
            &Error {
                status: "error",
                message: self,
            },
        )
    }
}

/// A seat of a show and who asks for it.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    show: Name,
    seat: SeatIdx,
    buyer: Name,
}

impl Wanted {
    fn want(&self) -> Want {
        Want::Seats(vec![(SeatKey::Index(self.seat), TariffKey::Default)])
    }
}

/// Why a body names no seat.
#[derive(Debug, PartialEq, Eq)]
enum NotWanted {
    /// It cannot be read.
    Faults(Faults),
    /// No seat of any show has the number.
    NoSeat,
}

impl NotWanted {
    /// The answer of the calls that tell what there is not as 404.
    fn response_404(&self) -> Response {
        match self {
            Self::Faults(faults) => faults.response(),
            Self::NoSeat => constant(StatusCode::NOT_FOUND, NO_SEAT),
        }
    }

    /// The answer of the calls that tell what there is not as a fault of the field.
    fn response_400(&self) -> Response {
        match self {
            Self::Faults(faults) => faults.response(),
            Self::NoSeat => Faults::one("seat_id", "Seat not found").response(),
        }
    }
}

fn parse(body: &[u8]) -> Result<Wanted, NotWanted> {
    #[derive(Deserialize)]
    struct Fields {
        #[serde(default)]
        seat_id: Whole,
        #[serde(default)]
        show_id: Whole,
        #[serde(default)]
        user_id: Id,
    }
    let Some(fields) = object::<Fields>(body) else {
        let text = "The body must be a JSON object.";
        return Err(NotWanted::Faults(Faults::one("non_field_errors", text)));
    };
    let mut faults = Faults::default();
    let seat = faults.whole("seat_id", fields.seat_id);
    let show = faults.whole("show_id", fields.show_id);
    let buyer = match &fields.user_id {
        Id::Missing => Name::new(ANONYMOUS),
        user => user
            .text()
            .and_then(|user| Name::new(&format!("{BUYER}{user}"))),
    };
    let Some(buyer) = buyer.filter(|_| faults.0.is_empty()) else {
        if faults.0.is_empty() {
            faults.0.push(("user_id", "A valid user id is required."));
        }
        return Err(NotWanted::Faults(faults));
    };
    // A number beyond 32 bits is no seat's, and neither is 0.
    let seat = seat.checked_sub(1).and_then(|idx| u32::try_from(idx).ok());
    let Some(seat) = seat else {
        return Err(NotWanted::NoSeat);
    };
    Ok(Wanted {
        show: desk::name(SHOW, show),
        seat: SeatIdx(seat),
        buyer,
    })
}

async fn book_seat(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(not_wanted) => return Ok(not_wanted.response_400()),
    };
    let want = wanted.want();
    let book = Book::Direct {
        show: wanted.show,
        buyer: wanted.buyer,
        want,
        own_hold: true,
    };
    let answered = desk.ask(Action::Book(book), None).await?;
    let response = booked(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

fn booked(reply: &Reply, layouts: &Layouts) -> Response {
    #[derive(Serialize)]
    struct Booked<'a> {
        status: &'static str,
        message: &'static str,
        booking_id: u64,
        seat: &'a str,
    }
    match reply {
        Reply::Booked(booking) => {
            let layout = layouts.show(booking.claim.show);
            let seat = layout.as_ref().zip(booking.claim.seats.first());
            let body = Booked {
                status: "success",
                message: "Seat booked successfully",
                booking_id: booking.booking.0,
                seat: seat.map_or("", |(layout, seat)| layout.seat_name(seat.seat)),
            };
            desk::json(StatusCode::OK, &body)
        }
        other => not_claimed(other, layouts, ALREADY_BOOKED_BY_ANOTHER, unknown_is_400),
    }
}

async fn lock_seat(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(not_wanted) => return Ok(not_wanted.response_404()),
    };
    let hold = Hold {
        want: wanted.want(),
        show: wanted.show,
        buyer: wanted.buyer,
        ttl_ms: Some(LOCK_TTL_MS),
        session: false,
    };
    let answered = desk.ask(Action::Hold(hold), None).await?;
    let response = locked(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

fn locked(reply: &Reply, layouts: &Layouts) -> Response {
    #[derive(Serialize)]
    struct Locked {
        status: &'static str,
        message: &'static str,
        booking_id: u64,
        locked_until: Timestamp,
    }
    match reply {
        Reply::HoldPlaced(hold) => {
            let body = Locked {
                status: "success",
                message: "Seat locked for 5 minutes",
                booking_id: LOCK_IDS_FROM.saturating_add(hold.hold.0),
                locked_until: desk::time(hold.expires_at),
            };
            desk::json(StatusCode::OK, &body)
        }
        other => not_claimed(other, layouts, ALREADY_BOOKED, unknown_is_404),
    }
}

async fn release_lock(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(not_wanted) => return Ok(not_wanted.response_400()),
    };
    let seat = SeatKey::Index(wanted.seat);
    let hold = SeatHoldRef {
        show: wanted.show,
        seat,
        buyer: wanted.buyer,
    };
    let answered = desk.ask(Action::ReleaseSeatHold(hold), None).await?;
    let response = released(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

fn released(reply: &Reply, layouts: &Layouts) -> Response {
    const RELEASED: &str = r#"{"status":"success","message":"Seat lock released"}"#;
    const NOTHING: &str = r#"{"status":"success","message":"No lock found to release"}"#;
    match reply {
        Reply::HoldReleased(Some(_)) => constant(StatusCode::OK, RELEASED),
        Reply::HoldReleased(None) => constant(StatusCode::OK, NOTHING),
        other => not_claimed(other, layouts, ALREADY_BOOKED, unknown_is_400),
    }
}

async fn cancel_booking(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(not_wanted) => return Ok(not_wanted.response_404()),
    };
    let seat = SeatKey::Index(wanted.seat);
    let release = ReleaseSeat {
        show: wanted.show,
        seat,
        bookings_only: true,
    };
    let answered = desk.ask(Action::ReleaseSeat(release), None).await?;
    let response = cancelled(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

fn cancelled(reply: &Reply, layouts: &Layouts) -> Response {
    const CANCELLED: &str = r#"{"status":"success","message":"Booking cancelled"}"#;
    match reply {
        Reply::SeatReleased(_) => constant(StatusCode::OK, CANCELLED),
        other => not_claimed(other, layouts, ALREADY_BOOKED, unknown_is_404),
    }
}

/// What is answered to a reply that grants nothing.
fn not_claimed(
    reply: &Reply,
    layouts: &Layouts,
    booked: &'static str,
    unknown: fn(&Missing) -> Option<Response>,
) -> Response {
    let Reply::Refused(refusal) = reply else {
        return refuse(&super::unexpected(reply));
    };
    if let Rule::NotFound(missing) = &refusal.rule
        && let Some(response) = unknown(missing)
    {
        return response;
    }
    match seat_in_the_way(refusal) {
        Some(SeatStatus::Booked) => constant(StatusCode::CONFLICT, booked),
        Some(SeatStatus::Held) => constant(StatusCode::CONFLICT, HELD),
        Some(SeatStatus::NotForSale) => constant(StatusCode::CONFLICT, NOT_FOR_SALE),
        Some(SeatStatus::Free) | None => {
            let layout = refusal.show.and_then(|show| layouts.show(show));
            refuse(&desk::refusal(refusal, layout.as_deref()))
        }
    }
}

fn seat_in_the_way(refusal: &Refusal) -> Option<SeatStatus> {
    let taken = matches!(refusal.rule, Rule::SeatUnavailable);
    let first = refusal.conflicts.first().filter(|_| taken)?;
    Some(first.status)
}

fn unknown_is_400(missing: &Missing) -> Option<Response> {
    let faults = match missing {
        Missing::Show => Faults::one("show_id", "Show not found"),
        Missing::Seat(_) | Missing::SeatNumber(_) => Faults::one("seat_id", "Seat not found"),
        _ => return None,
    };
    Some(faults.response())
}

fn unknown_is_404(missing: &Missing) -> Option<Response> {
    let body = match missing {
        Missing::Show => NO_SHOW,
        Missing::Seat(_) | Missing::SeatNumber(_) => NO_SEAT,
        Missing::BookedSeat | Missing::Booking => NO_BOOKING,
        _ => return None,
    };
    Some(constant(StatusCode::NOT_FOUND, body))
}

fn constant(status: StatusCode, body: &'static str) -> Response {
    desk::fixed(status, "application/json", body)
}

#[cfg(test)]
mod tests;
