//! Seat locks: all seats or none, one lock for each session and showtime.
//!
//! Invariants: a session that locks in another showtime gives up its old lock in the same command,
//! and only if the new one is granted.

use std::time::Duration;

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, Hold, SeatKey, SessionRef, TariffKey, Want};
use boxoffice_engine::ids::SeatIdx;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::{HoldView, Reply};
use boxoffice_engine::time::Instant;
use boxoffice_writer::layouts::Layouts;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::super::desk::{self, Desk, Price};
use super::super::fields::{Object, Whole, object};
use super::{
    ClaimedSeat, Owner, SHOW, bad_request, no_seat, no_showtime, owner, refuse, refused,
    required_owner, seat_of, showtime_seat_id,
};
use crate::http::Response;
use crate::secret::Secret;
use crate::views::Status;

const OWNER_TYPE: HeaderName = HeaderName::from_static("x-lock-owner-type");
/// How long the seats of a session wait for the views, in milliseconds.
const VIEW_WAIT_MS: u64 = 1_000;
const LOCK_MINUTES: u64 = 10;
const SEATS_PER_LOCK_MAX: usize = 10;

/// What is to be locked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) showtime: u64,
    pub(super) seats: Vec<(SeatKey, TariffKey)>,
}

/// Why a body asks for no lock.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotWanted {
    /// It cannot be read.
    Bad,
    /// A seat is none of the showtime's.
    NoSeat,
}

pub(super) fn parse(body: &[u8]) -> Result<Wanted, NotWanted> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        showtime_id: Whole,
        seats: Vec<Object<Seat>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Seat {
        #[serde(default)]
        showtime_seat_id: Whole,
        #[serde(default)]
        ticket_type_id: Whole,
    }
    let fields: Fields = object(body).ok_or(NotWanted::Bad)?;
    let showtime = fields.showtime_id.positive().ok_or(NotWanted::Bad)?;
    if !(1..=SEATS_PER_LOCK_MAX).contains(&fields.seats.len()) {
        return Err(NotWanted::Bad);
    }
    let seats = fields.seats.iter().map(|Object(seat)| {
        let id = seat.showtime_seat_id.positive().ok_or(NotWanted::Bad)?;
        let tariff = seat.ticket_type_id.positive().ok_or(NotWanted::Bad)?;
        let seat = seat_of(showtime, id).ok_or(NotWanted::NoSeat)?;
        // No showtime has a tariff with the last index; it stands for all that are too large.
        let tariff = u8::try_from(tariff - 1).unwrap_or(u8::MAX);
        Ok((SeatKey::Index(seat), TariffKey::Index(tariff)))
    });
    Ok(Wanted {
        showtime,
        seats: seats.collect::<Result<_, _>>()?,
    })
}

/// `POST /seat-locks`
pub(super) async fn lock(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let owner = match required_owner(desk) {
        Ok(owner) => owner,
        Err(response) => return Ok(*response),
    };
    let wanted = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(NotWanted::NoSeat) => return Ok(no_seat()),
        Err(NotWanted::Bad) => {
            return Ok(bad_request(
                "The body must have a showtimeId and 1 to 10 seats, each with a showtimeSeatId \
                 and a ticketTypeId, all of them positive whole numbers. Nothing was locked.",
            ));
        }
    };
    let hold = Hold {
        show: desk::name(SHOW, wanted.showtime),
        buyer: owner.buyer(),
        want: Want::Seats(wanted.seats),
        ttl_ms: Some(LOCK_MINUTES * 60_000),
        session: true,
    };
    let answered = desk.ask(Action::Hold(hold), None).await?;
    let house = desk.house;
    let reply = &answered.answer.reply;
    let response = locked(
        reply,
        wanted.showtime,
        &owner,
        &house.secret,
        &house.layouts,
    );
    Ok(desk::stamped(response, &answered))
}

pub(super) fn locked(
    reply: &Reply,
    showtime: u64,
    owner: &Owner,
    secret: &Secret,
    layouts: &Layouts,
) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Locked<'a> {
        lock_id: String,
        showtime_id: u64,
        lock_owner_id: &'a str,
        lock_owner_type: &'a str,
        locked_seats: Vec<ClaimedSeat<'a>>,
        total_price: Price,
        expires_at: Timestamp,
        lock_duration_minutes: u64,
        message: &'static str,
    }
    let hold = match reply {
        Reply::HoldPlaced(hold) => hold,
        other => return not_granted(other, layouts),
    };
    let layout = layouts
        .show(hold.claim.show)
        .expect("layouts come before replies");
    let seats = hold.claim.seats.iter();
    let body = Locked {
        lock_id: secret.hold_id(hold.hold),
        showtime_id: showtime,
        lock_owner_id: &owner.id,
        lock_owner_type: owner.kind,
        locked_seats: seats
            .map(|seat| ClaimedSeat::of(seat, &layout, showtime))
            .collect(),
        total_price: Price(hold.amount, hold.currency),
        expires_at: desk::time(hold.expires_at),
        lock_duration_minutes: LOCK_MINUTES,
        message: "Seats locked",
    };
    let mut response = desk::json(StatusCode::CREATED, &body);
    response
        .headers_mut()
        .insert(OWNER_TYPE, HeaderValue::from_static(owner.kind));
    response
}

pub(super) fn not_granted(reply: &Reply, layouts: &Layouts) -> Response {
    match reply {
        Reply::Refused(refusal) => {
            let layout = refusal.show.and_then(|show| layouts.show(show));
            refused(refusal, layout.as_deref())
        }
        other => refuse(&super::super::unexpected(other)),
    }
}

/// `DELETE /seat-locks/showtime/{id}`
pub(super) async fn release(
    desk: Desk<'_>,
    showtime: Option<u64>,
) -> Result<Response, Problem<'static>> {
    let owner = match required_owner(desk) {
        Ok(owner) => owner,
        Err(response) => return Ok(*response),
    };
    let Some(showtime) = showtime else {
        return Ok(bad_request(
            "The showtime's id in the path must be a number.",
        ));
    };
    let session = SessionRef {
        show: desk::name(SHOW, showtime),
        buyer: owner.buyer(),
    };
    let answered = desk.ask(Action::ReleaseSession(session), None).await?;
    let response = released(&answered.answer.reply, showtime, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

pub(super) fn released(reply: &Reply, showtime: u64, layouts: &Layouts) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Released {
        showtime_id: u64,
        released_seats: Vec<u64>,
        message: &'static str,
    }
    let hold = match reply {
        Reply::HoldReleased(hold) => hold,
        other => return not_granted(other, layouts),
    };
    let body = Released {
        showtime_id: showtime,
        released_seats: hold
            .as_ref()
            .map_or_else(Vec::new, |hold| seat_ids(hold, showtime)),
        message: if hold.is_some() {
            "Seat lock released"
        } else {
            "No seat lock to release"
        },
    };
    desk::json(StatusCode::OK, &body)
}

fn seat_ids(hold: &HoldView, showtime: u64) -> Vec<u64> {
    hold.claim
        .seats
        .iter()
        .map(|seat| showtime_seat_id(showtime, seat.seat))
        .collect()
}

/// `GET /seat-locks/availability/showtime/{id}`
pub(super) async fn availability(
    desk: Desk<'_>,
    showtime: Option<u64>,
) -> Result<Response, Problem<'static>> {
    let owner = match owner(desk) {
        Ok(owner) => owner,
        Err(response) => return Ok(*response),
    };
    let Some(showtime) = showtime else {
        return Ok(bad_request(
            "The showtime's id in the path must be a number.",
        ));
    };
    let Some(layout) = desk.show(SHOW, showtime) else {
        return Ok(no_showtime());
    };
    let mut session = None;
    if let Some(owner) = owner {
        let asked = SessionRef {
            show: layout.id.clone(),
            buyer: owner.buyer(),
        };
        session = Some(desk.ask(Action::ReadSession(asked), None).await?);
    }
    let Some(answered) = session else {
        let Some(seats) = desk.seats(layout.show).await else {
            return Ok(refuse(&super::super::not_in_view()));
        };
        let status = |seat| seats.status(seat);
        let response = available(seats.layout(), showtime, None, status);
        return Ok(desk::at_position(response, seats.position()));
    };
    // An older view would show the caller's own seats as available.
    let wait = Duration::from_millis(VIEW_WAIT_MS);
    let seats = desk.views.seats_at(layout.show, answered.position, wait);
    let Ok(seats) = seats.await else {
        return Ok(refuse(&super::super::not_in_view()));
    };
    let status = |seat| seats.status(seat);
    let response = match &answered.answer.reply {
        Reply::Session(hold) => {
            let info = hold
                .as_ref()
                .map(|hold| SessionLock::of(hold, showtime, answered.at, &desk.house.secret));
            available(seats.layout(), showtime, info, status)
        }
        other => not_granted(other, &desk.house.layouts),
    };
    Ok(desk::stamped(response, &answered))
}

/// The caller's own lock.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionLock {
    lock_id: String,
    my_locked_seats: Vec<u64>,
    remaining_seconds: u64,
}

impl SessionLock {
    pub(super) fn of(hold: &HoldView, showtime: u64, at: Instant, secret: &Secret) -> Self {
        Self {
            lock_id: secret.hold_id(hold.hold),
            my_locked_seats: seat_ids(hold, showtime),
            remaining_seconds: at.ms_until(hold.expires_at) / 1_000,
        }
    }
}

pub(super) fn available(
    layout: &Layout,
    showtime: u64,
    session_lock_info: Option<SessionLock>,
    status: impl Fn(SeatIdx) -> Status,
) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Availability {
        showtime_id: u64,
        available_seats: Vec<u64>,
        locked_seats: Vec<u64>,
        booked_seats: Vec<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        session_lock_info: Option<SessionLock>,
        message: String,
    }
    let (mut available_seats, mut locked_seats, mut booked_seats) = (vec![], vec![], vec![]);
    for seat in layout.rows.iter().flat_map(|row| row.seats.iter()) {
        let list = match status(seat) {
            Status::Free => &mut available_seats,
            Status::Held => &mut locked_seats,
            Status::Booked => &mut booked_seats,
            Status::NotForSale => continue,
        };
        list.push(showtime_seat_id(showtime, seat));
    }
    let message = format!("{} seats available", available_seats.len());
    let body = Availability {
        showtime_id: showtime,
        available_seats,
        locked_seats,
        booked_seats,
        session_lock_info,
        message,
    };
    desk::json(StatusCode::OK, &body)
}
