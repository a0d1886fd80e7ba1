//! The checks of a command by itself, before its key and the state are looked at.
//!
//! Invariants: lengths are checked before anything is compared pairwise, so that a huge command
//! costs no more than a small one.
//! Never: looks at the state; a wrong shape is wrong for ever and nothing is stored for it.

use crate::command::{Action, Book, OrderClaim, PayFrom, PlaceOrder, PutProduct, Refund, Want};
use crate::limits::{
    HOLD_TTL_MS_MAX, HOLD_TTL_MS_MIN, ITEMS_PER_ORDER_MAX, ORDER_TTL_MS_MAX, QUANTITY_MAX,
    RESTOCK_MAX, SEATS_PER_CLAIM_MAX, STOCK_MAX,
};
use crate::money::Amount;
use crate::reply::Shape;

/// Checks what can be checked without the state.
pub(super) fn check(action: &Action) -> Result<(), Shape> {
    match action {
        Action::Hold(hold) => {
            check_want(&hold.want)?;
            in_range(
                hold.ttl_ms
                    .is_none_or(|ms| (HOLD_TTL_MS_MIN..=HOLD_TTL_MS_MAX).contains(&ms)),
            )
        }
        Action::ExtendHold(extend) => {
            in_range((HOLD_TTL_MS_MIN..=HOLD_TTL_MS_MAX).contains(&extend.ttl_ms))
        }
        Action::Book(Book::Direct { want, .. }) => check_want(want),
        Action::CancelBooking(cancel) => check_once(&cancel.seats, SEATS_PER_CLAIM_MAX),
        Action::PutProduct(put) => check_product(put),
        Action::Restock(restock) => in_range((1..=RESTOCK_MAX).contains(&restock.quantity)),
        Action::PlaceOrder(place) => check_order(place),
        Action::PayOrder(pay) => match &pay.from {
            PayFrom::Account => Ok(()),
            PayFrom::Outside { amount, .. } => in_range(amount.is_none_or(|a| a >= Amount::ZERO)),
        },
        Action::Refund(refund) => check_refund(refund),
        Action::Charge(charge) => in_range(charge.amount > Amount::ZERO),
        // A show's shape is that of its layout, which is built from the one before.
        Action::PutShow(_)
        | Action::ReadHold(_)
        | Action::ReleaseHold(_)
        | Action::ReleaseSession(_)
        | Action::ReadSession(_)
        | Action::ReleaseSeatHold(_)
        | Action::Book(Book::Hold(_))
        | Action::ReadBooking(_)
        | Action::ReleaseSeat(_)
        | Action::BuyerBookings(_)
        | Action::BuyerOrders(_)
        | Action::ReadProduct(_)
        | Action::ReadOrder(_)
        | Action::CancelOrder(_)
        | Action::ReadAccount(_) => Ok(()),
    }
}

fn in_range(ok: bool) -> Result<(), Shape> {
    if ok { Ok(()) } else { Err(Shape::OutOfRange) }
}

fn check_once<T: PartialEq>(things: &[T], max: usize) -> Result<(), Shape> {
    if things.len() > max {
        return Err(Shape::TooMany);
    }
    for (done, thing) in things.iter().enumerate() {
        if things.iter().take(done).any(|other| other == thing) {
            return Err(Shape::Duplicate);
        }
    }
    Ok(())
}

fn check_want(want: &Want) -> Result<(), Shape> {
    let n = match want {
        Want::Seats(seats) => seats.len(),
        Want::Places { quantity, .. } | Want::Best { quantity, .. } => *quantity as usize,
    };
    match (n, want) {
        (0, _) => Err(Shape::Empty),
        (n, _) if n > SEATS_PER_CLAIM_MAX => Err(Shape::TooMany),
        (_, Want::Seats(seats)) => {
            for (done, (seat, _)) in seats.iter().enumerate() {
                if seats.iter().take(done).any(|(other, _)| other == seat) {
                    return Err(Shape::Duplicate);
                }
            }
            Ok(())
        }
        (_, Want::Places { .. } | Want::Best { .. }) => Ok(()),
    }
}

fn check_product(put: &PutProduct) -> Result<(), Shape> {
    in_range(put.price >= Amount::ZERO && put.initial.is_none_or(|initial| initial <= STOCK_MAX))
}

fn check_order(place: &PlaceOrder) -> Result<(), Shape> {
    if place.items.len() > ITEMS_PER_ORDER_MAX {
        return Err(Shape::TooMany);
    }
    for (done, (product, quantity)) in place.items.iter().enumerate() {
        if place
            .items
            .iter()
            .take(done)
            .any(|(other, _)| other == product)
        {
            return Err(Shape::Duplicate);
        }
        in_range((1..=QUANTITY_MAX).contains(quantity))?;
    }
    let ttl_range = HOLD_TTL_MS_MIN..=ORDER_TTL_MS_MAX;
    in_range(
        place
            .ttl_ms
            .is_none_or(|ttl_ms| ttl_range.contains(&ttl_ms)),
    )?;
    match &place.claim {
        OrderClaim::None if place.items.is_empty() => Err(Shape::Empty),
        OrderClaim::None | OrderClaim::Hold(_) => Ok(()),
        OrderClaim::Direct { want, .. } => check_want(want),
    }
}

fn check_refund(refund: &Refund) -> Result<(), Shape> {
    check_once(&refund.seats, SEATS_PER_CLAIM_MAX)?;
    if refund.items.len() > ITEMS_PER_ORDER_MAX {
        return Err(Shape::TooMany);
    }
    for (done, (product, quantity)) in refund.items.iter().enumerate() {
        if refund
            .items
            .iter()
            .take(done)
            .any(|(other, _)| other == product)
        {
            return Err(Shape::Duplicate);
        }
        in_range(*quantity > 0)?;
    }
    Ok(())
}
