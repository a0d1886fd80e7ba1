//! The concert's dialect: a seat is reserved for ten minutes and becomes a booking when it is paid.
//!
//! Invariants: a buyer is `concert:<userId>` and the body's `userId` identifies; a seat's number is
//! its index in the show plus one; a reservation's number is its order's. A payment that takes no
//! money answers 400, whatever the reason: the original's clients know no other refusal.

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{
    Action, OrderClaim, PayFrom, PayOrder, PlaceOrder, SeatKey, TariffKey, Want,
};
use boxoffice_engine::ids::{OrderId, SeatIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::{Missing, Reply, Rule};
use http::{HeaderName, Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk};
use super::fields::{Whole, number, object};
use super::{Routed, takes};
use crate::http::Response;

const SHOW: &str = "concert:";
const BUYER: &str = "concert:";
const USER: HeaderName = HeaderName::from_static("x-user-id");
/// A reservation keeps its seat for this long.
const PAY_WITHIN_MS: u64 = 10 * 60_000;

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// `GET /concerts`
    Concerts,
    /// `POST /reservations`
    Reserve,
    /// `POST /payments`
    Pay,
}

pub(super) fn route(method: &Method, segments: &[&str]) -> Option<Routed<Route>> {
    let (route, allow) = match segments {
        ["concerts"] => (Route::Concerts, "GET"),
        ["reservations"] => (Route::Reserve, "POST"),
        ["payments"] => (Route::Pay, "POST"),
        _ => return None,
    };
    Some(takes(method, route, allow))
}

pub(super) async fn handle(desk: Desk<'_>, route: Route) -> Result<Response, Problem<'static>> {
    match route {
        Route::Concerts => Ok(concerts(desk)),
        Route::Reserve => reserve(desk).await,
        Route::Pay => pay(desk).await,
    }
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
}

/// A problem in the concert's shape.
pub(super) fn refuse(problem: &Problem<'_>) -> Response {
    let body = Error {
        code: problem.code.name(),
        message: problem.detail.as_ref(),
    };
    desk::with_retry_after(desk::json(desk::status(problem), &body), problem)
}

const TAKEN: &str = concat!(
    r#"{"code":"SEAT_ALREADY_RESERVED","message":"이미 예약된 좌석입니다. "#,
    r#"The seat is taken already."}"#
);
const NO_SEAT: &str = concat!(
    r#"{"code":"SEAT_NOT_FOUND","message":"존재하지 않는 좌석입니다. "#,
    r#"There is no such seat."}"#
);
const NO_CONCERT: &str = concat!(
    r#"{"code":"CONCERT_NOT_FOUND","message":"존재하지 않는 콘서트입니다. "#,
    r#"There is no such concert."}"#
);
const OTHER_USER: &str = concat!(
    r#"{"code":"USER_MISMATCH","message":"X-User-Id and the body's userId differ; "#,
    r#"nothing was changed."}"#
);
const BAD_RESERVATION: &str = concat!(
    r#"{"code":"INVALID_REQUEST","message":"concertId, seatNumber and userId must be positive "#,
    r#"whole numbers; nothing was changed."}"#
);
const BAD_PAYMENT: &str = concat!(
    r#"{"code":"INVALID_REQUEST","message":"userId, reservationId and amount must be positive "#,
    r#"whole numbers; nothing was changed."}"#
);
const NO_RESERVATION: &str = concat!(
    r#"{"code":"RESERVATION_NOT_FOUND","message":"There is no such reservation, or it is another "#,
    r#"user's; no money was taken."}"#
);

fn constant(status: StatusCode, body: &'static str) -> Response {
    desk::fixed(status, "application/json", body)
}

fn bad(body: &'static str) -> Response {
    constant(StatusCode::BAD_REQUEST, body)
}

/// Whether the header, where there is one, names the same user as the body.
fn is_same_user(desk: Desk<'_>, user: u64) -> bool {
    match desk.header(&USER) {
        None => true,
        Some(header) => header.and_then(|text| number(text.trim())) == Some(user),
    }
}

async fn reserve(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = match parse_reservation(&desk.request.body) {
        Ok(wanted) => wanted,
        Err(body) => return Ok(bad(body)),
    };
    if !is_same_user(desk, wanted.user) {
        return Ok(bad(OTHER_USER));
    }
    let seats = vec![(SeatKey::Index(wanted.seat), TariffKey::Default)];
    let order = PlaceOrder {
        buyer: desk::name(BUYER, wanted.user),
        items: Vec::new(),
        claim: OrderClaim::Direct {
            show: desk::name(SHOW, wanted.concert),
            want: Want::Seats(seats),
        },
        ttl_ms: Some(PAY_WITHIN_MS),
        account_required: false,
    };
    let answered = desk.ask(Action::PlaceOrder(order), None).await?;
    Ok(desk::stamped(
        reserved(&answered.answer.reply, &wanted),
        &answered,
    ))
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    concert: u64,
    seat: SeatIdx,
    user: u64,
}

fn parse_reservation(body: &[u8]) -> Result<Wanted, &'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        concert_id: Whole,
        #[serde(default)]
        seat_number: Whole,
        #[serde(default)]
        user_id: Whole,
    }
    let fields: Fields = object(body).ok_or(BAD_RESERVATION)?;
    let concert = fields.concert_id.positive().ok_or(BAD_RESERVATION)?;
    let user = fields.user_id.positive().ok_or(BAD_RESERVATION)?;
    let seat = fields.seat_number.positive().ok_or(BAD_RESERVATION)?;
    let seat = u32::try_from(seat - 1).map_err(|_| NO_SEAT)?;
    Ok(Wanted {
        concert,
        seat: SeatIdx(seat),
        user,
    })
}

fn reserved(reply: &Reply, wanted: &Wanted) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Reserved {
        reservation_id: u64,
        concert_id: u64,
        seat_number: u64,
        user_id: u64,
        price: i64,
        status: &'static str,
        reserved_at: Timestamp,
        expires_at: Timestamp,
    }
    match reply {
        Reply::OrderPlaced(order) => {
            let body = Reserved {
                reservation_id: order.order.0,
                concert_id: wanted.concert,
                seat_number: u64::from(wanted.seat.0) + 1,
                user_id: wanted.user,
                price: order.total.0,
                status: "PENDING_PAYMENT",
                reserved_at: desk::time(order.placed_at),
                expires_at: desk::time(order.pay_by),
            };
            desk::json(StatusCode::OK, &body)
        }
        Reply::Refused(refusal) => match &refusal.rule {
            Rule::SeatUnavailable => constant(StatusCode::CONFLICT, TAKEN),
            Rule::NotFound(Missing::Show) => bad(NO_CONCERT),
            Rule::NotFound(_) => bad(NO_SEAT),
            _ => refuse(&desk::refusal(refusal, None)),
        },
        other => refuse(&super::unexpected(other)),
    }
}

async fn pay(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let Some((user, reservation)) = parse_payment(&desk.request.body) else {
        return Ok(bad(BAD_PAYMENT));
    };
    if !is_same_user(desk, user) {
        return Ok(bad(OTHER_USER));
    }
    let payment = PayOrder {
        order: OrderId(reservation),
        buyer: Some(desk::name(BUYER, user)),
        from: PayFrom::Account,
    };
    let answered = desk.ask(Action::PayOrder(payment), None).await?;
    Ok(desk::stamped(paid(&answered.answer.reply, user), &answered))
}

fn parse_payment(body: &[u8]) -> Option<(u64, u64)> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        user_id: Whole,
        #[serde(default)]
        reservation_id: Whole,
        #[serde(default)]
        amount: Whole,
    }
    let fields: Fields = object(body)?;
    // The reservation's own price is taken; the amount only has to be one.
    fields.amount.positive()?;
    Some((
        fields.user_id.positive()?,
        fields.reservation_id.positive()?,
    ))
}

fn paid(reply: &Reply, user: u64) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Paid {
        reservation_id: u64,
        user_id: u64,
        amount: i64,
        balance: Option<i64>,
        status: &'static str,
        paid_at: Timestamp,
    }
    match reply {
        Reply::Paid(payment) => {
            let body = Paid {
                reservation_id: payment.order.0,
                user_id: user,
                amount: payment.amount.0,
                balance: payment.balance.map(|balance| balance.0),
                status: "PAID",
                paid_at: desk::time(payment.at),
            };
            desk::json(StatusCode::OK, &body)
        }
        Reply::Refused(refusal) => match &refusal.rule {
            Rule::NotFound(_) => bad(NO_RESERVATION),
            _ => not_paid(&desk::refusal(refusal, None)),
        },
        other => refuse(&super::unexpected(other)),
    }
}

/// A refusal of a payment: 400, unless it only came at the wrong moment.
fn not_paid(problem: &Problem<'_>) -> Response {
    let mut response = refuse(problem);
    if response.status() != StatusCode::SERVICE_UNAVAILABLE {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

fn concerts(desk: Desk<'_>) -> Response {
    let layouts = desk.house.layouts.all();
    let concerts: Vec<_> = layouts
        .iter()
        .filter_map(|layout| Concert::of(layout, desk::number_of(&layout.id, SHOW)?))
        .collect();
    desk::json(StatusCode::OK, &concerts)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Concert<'a> {
    concert_id: u64,
    title: &'a str,
    venue: &'a str,
    starts_at: Option<Timestamp>,
    price: i64,
    currency: &'a str,
    total_seats: usize,
    is_open: bool,
}

impl<'a> Concert<'a> {
    fn of(layout: &'a Layout, concert_id: u64) -> Option<Self> {
        Some(Self {
            concert_id,
            title: layout.title.as_str(),
            venue: layout.venue.as_str(),
            starts_at: layout.starts_at.map(desk::time),
            price: layout.rows.first()?.price.0,
            currency: layout.currency.as_str(),
            total_seats: layout.rows.iter().map(|row| row.seats.len()).sum(),
            is_open: layout.open,
        })
    }
}

#[cfg(test)]
mod tests;
