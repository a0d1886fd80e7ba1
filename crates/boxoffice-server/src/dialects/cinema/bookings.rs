//! From a lock to a booking that waits for its payment.
//!
//! Invariants: a booking's number is its order's; the lock is consumed by the same command. Snacks
//! and promotion codes, which the house has none of, are refused rather than left out silently.

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, HoldRef, OrderClaim, PlaceOrder, Proof};
use boxoffice_engine::ids::HoldId;
use boxoffice_engine::reply::{OrderStatus, Reply};
use boxoffice_writer::layouts::Layouts;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::desk::{self, Desk, Price};
use super::super::fields::{Nothing, Words, object};
use super::locks::not_granted;
use super::{ClaimedSeat, Owner, SHOW, bad_request, required_owner};
use crate::http::Response;
use crate::secret::Secret;

const BAD_BODY: &str = "The body must be a JSON object with the lockId of a seat lock. Nothing was \
    changed.";
const NO_SNACKS: &str = "This house sells no snacks; leave them out. Nothing was changed.";
const NO_PROMOTION: &str = "There is no such promotion; leave the code out. Nothing was changed.";

/// The lock that a body names, or what is wrong with it.
pub(super) fn parse(body: &[u8], secret: &Secret) -> Result<HoldId, &'static str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        lock_id: Words,
        #[serde(default)]
        snacks: Nothing,
        #[serde(default)]
        snack_combos: Nothing,
        #[serde(default)]
        promotion_code: Nothing,
    }
    let fields: Fields = object(body).ok_or(BAD_BODY)?;
    let Words::Is(lock) = fields.lock_id else {
        return Err(BAD_BODY);
    };
    let hold = secret.hold(&lock).ok_or(BAD_BODY)?;
    if fields.snacks == Nothing::Unmet || fields.snack_combos == Nothing::Unmet {
        return Err(NO_SNACKS);
    }
    if fields.promotion_code == Nothing::Unmet {
        return Err(NO_PROMOTION);
    }
    Ok(hold)
}

/// The caller's lock, or the answer where there is none.
fn own_lock(desk: Desk<'_>) -> Result<(Owner, HoldRef), Box<Response>> {
    let owner = required_owner(desk)?;
    let hold = parse(&desk.request.body, &desk.house.secret)
        .map_err(|details| Box::new(bad_request(details)))?;
    let buyer = Some(owner.buyer());
    Ok((
        owner,
        HoldRef {
            hold,
            proof: Proof::Buyer,
            buyer,
            fence: None,
        },
    ))
}

/// `POST /bookings/price-preview`
pub(super) async fn preview(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let hold = match own_lock(desk) {
        Ok((_, hold)) => hold,
        Err(response) => return Ok(*response),
    };
    let answered = desk.ask(Action::ReadHold(hold), None).await?;
    let response = previewed(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

pub(super) fn previewed(reply: &Reply, layouts: &Layouts) -> Response {
    #[derive(Serialize)]
    struct Preview {
        subtotal: Price,
        discount: u32,
        total: Price,
    }
    match reply {
        Reply::Hold(hold) => {
            let total = Price(hold.amount, hold.currency);
            desk::json(
                StatusCode::OK,
                &Preview {
                    subtotal: total,
                    discount: 0,
                    total,
                },
            )
        }
        other => not_granted(other, layouts),
    }
}

/// `POST /bookings/confirm`
pub(super) async fn confirm(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let (owner, hold) = match own_lock(desk) {
        Ok(own) => own,
        Err(response) => return Ok(*response),
    };
    let order = PlaceOrder {
        buyer: owner.buyer(),
        items: Vec::new(),
        claim: OrderClaim::Hold(hold),
        ttl_ms: None,
        account_required: false,
    };
    let answered = desk.ask(Action::PlaceOrder(order), None).await?;
    let response = confirmed(&answered.answer.reply, &desk.house.layouts);
    Ok(desk::stamped(response, &answered))
}

pub(super) fn confirmed(reply: &Reply, layouts: &Layouts) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Confirmed<'a> {
        booking_id: u64,
        status: &'static str,
        showtime_id: u64,
        movie_title: &'a str,
        start_time: Option<Timestamp>,
        seats: Vec<ClaimedSeat<'a>>,
        total_price: Price,
        discount: u32,
        final_price: Price,
        created_at: Timestamp,
        payment_expires_at: Timestamp,
    }
    let order = match reply {
        Reply::OrderPlaced(order) => order,
        other => return not_granted(other, layouts),
    };
    let claim = order
        .claim
        .as_ref()
        .expect("an order of a hold has its claim");
    let layout = layouts
        .show(claim.show)
        .expect("layouts come before replies");
    let showtime_id = desk::number_of(&layout.id, SHOW).unwrap_or(0);
    let total = Price(order.total, order.currency);
    let body = Confirmed {
        booking_id: order.order.0,
        status: status_name(&order.status),
        showtime_id,
        movie_title: layout.title.as_str(),
        start_time: layout.starts_at.map(desk::time),
        seats: claim
            .seats
            .iter()
            .map(|s| ClaimedSeat::of(s, &layout, showtime_id))
            .collect(),
        total_price: total,
        discount: 0,
        final_price: total,
        created_at: desk::time(order.placed_at),
        payment_expires_at: desk::time(order.pay_by),
    };
    desk::json(StatusCode::OK, &body)
}

fn status_name(status: &OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingPayment => "PENDING_PAYMENT",
        OrderStatus::Paid => "CONFIRMED",
        OrderStatus::Expired => "EXPIRED",
        OrderStatus::Cancelled => "CANCELLED",
        OrderStatus::Refunded => "REFUNDED",
    }
}
