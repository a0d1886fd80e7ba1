//! The problem for each rule of the engine, exhaustively.

use boxoffice_api::{Conflict, ConflictStatus, ErrorCode, Problem, Timestamp};
use boxoffice_engine::ids::{Fence, SeatIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{self, Missing, OrderStatus, Refusal, Rule, SeatStatus, Shape};
use boxoffice_engine::time::Instant;

use super::{Asked, RETRY_LATER_MS, RETRY_SOON_MS};

/// Seats that a text names; `conflicts` has them all.
const SEATS_NAMED_MAX: usize = 3;

const KEY_REUSED: &str = "This Idempotency-Key was used for another request; nothing was changed \
    by this one. Use a new key for every new request, and the same key only to repeat one \
    unchanged.";
const KEYS_EXHAUSTED: &str = "The house can remember no further idempotency key now, so nothing \
    was decided. Repeat the request unchanged later.";
const SHOW_CLOSED: &str = "The show is closed and takes no new claims; nothing was changed. What \
    is held can still be booked and what is ordered still be paid.";
const HOLD_EXPIRED: &str = "The hold is gone: it has expired, was released, or was booked or \
    ordered before; nothing was changed by this request. Look at the buyer's bookings and orders, \
    repeat with the same Idempotency-Key for the first answer, or place a new hold.";
const SESSION_HOLDS: &str =
    "This session holds seats of this show already; nothing was changed. Release them first.";
const ORDER_PAID: &str =
    "It is paid, so it was not cancelled and nothing was changed. Refund the order first.";
const REFUND_TOO_MUCH: &str = "The request asks for more than the order still has; no money was \
    moved. Read the order and refund at most what is left of it.";
const REFERENCE_USED: &str = "This reference was given for another order or amount; nothing was \
    recorded. Check which order the payment belongs to.";
const IN_USE: &str = "The change would remove what is held or sold; the show is as it was. \
    Release, cancel or refund that first, or keep it in the show.";
const EXISTS: &str = "It exists, and a field that can never change differs; it is as it was. Send \
    the first value, leave the field out, or use another id.";
const AMOUNT_RANGE: &str =
    "An amount of money would leave the range that is kept exactly; nothing was changed.";
const HOUSE_FULL: &str =
    "The house keeps no more of these now; nothing was changed. Try again when some have ended.";
const BUSY: &str = "Many claims have expired at once and stood in the way; nothing was changed. \
    The same request works in a moment.";

/// The problem for a refusal of the engine. `layout` is of the show that the refusal names.
#[must_use]
pub fn of_refusal<'a>(
    refusal: &'a Refusal,
    layout: Option<&'a Layout>,
    asked: &'a Asked,
) -> Problem<'a> {
    match &refusal.rule {
        Rule::Shape(shape) => of_shape(shape),
        Rule::KeyReused => Problem::new(ErrorCode::IdempotencyKeyReused, KEY_REUSED),
        Rule::KeysExhausted => Problem::new(ErrorCode::IdempotencyKeysFull, KEYS_EXHAUSTED)
            .retry_after_ms(RETRY_LATER_MS),
        Rule::NotFound(missing) => of_missing(missing),
        Rule::ShowClosed => Problem::new(ErrorCode::ShowClosed, SHOW_CLOSED),
        Rule::NotOnSale(at) => not_on_sale(*at),
        Rule::HoldExpired => Problem::new(ErrorCode::HoldExpired, HOLD_EXPIRED),
        Rule::FenceStale(current) => fence_stale(*current),
        Rule::ExtendTooFar(latest) => extend_too_far(*latest),
        Rule::SessionHolds(_) => Problem::new(ErrorCode::LimitReached, SESSION_HOLDS),
        Rule::OrderNotPending(status) => of_order_not_pending(status),
        Rule::OrderExpired => order_expired(),
        Rule::OrderPaid(_) => Problem::new(ErrorCode::OrderPaid, ORDER_PAID),
        Rule::NotRefundable(status) => Problem::new(
            ErrorCode::NotRefundable,
            format!(
                "The order is {}, so there is nothing to give back; no money was moved.",
                status_name(status)
            ),
        ),
        Rule::RefundTooMuch => Problem::new(ErrorCode::NotRefundable, REFUND_TOO_MUCH),
        Rule::ReferenceUsed => Problem::new(ErrorCode::ReferenceUsed, REFERENCE_USED),
        Rule::InUse => {
            Problem::new(ErrorCode::InUse, IN_USE).with_conflicts(conflicts(refusal, layout))
        }
        Rule::Exists | Rule::ExistsWithDifferentBody => {
            Problem::new(ErrorCode::ExistsWithDifferentBody, EXISTS)
        }
        Rule::SeatUnavailable => seat_unavailable(refusal, layout),
        Rule::SoldOut(left) => sold_out(*left, asked),
        Rule::BuyerLimit(max) => Problem::new(
            ErrorCode::LimitReached,
            format!(
                "One buyer may have {max} seats and places of this show, held and booked together; \
                 nothing was changed. Ask for fewer, or release some first."
            ),
        ),
        Rule::InsufficientBalance(balance) => insufficient_balance(*balance),
        Rule::AmountRange => Problem::new(ErrorCode::LimitReached, AMOUNT_RANGE),
        Rule::HouseFull => {
            Problem::new(ErrorCode::HouseFull, HOUSE_FULL).retry_after_ms(RETRY_LATER_MS)
        }
        Rule::Busy => Problem::new(ErrorCode::Overloaded, BUSY).retry_after_ms(RETRY_SOON_MS),
    }
}

fn not_on_sale(at: Instant) -> Problem<'static> {
    let at = time(at);
    let detail =
        format!("The sale begins at {at}; nothing was changed. Send the request again then.");
    Problem::new(ErrorCode::NotOnSale, detail)
}

fn fence_stale(current: Fence) -> Problem<'static> {
    let detail = format!(
        "The hold was extended since and its fence is {current} now; nothing was changed. Use the \
         newest fence and token, or leave the fence out."
    );
    Problem::new(ErrorCode::FenceStale, detail)
}

fn extend_too_far(latest: Instant) -> Problem<'static> {
    let detail = format!(
        "This hold cannot live beyond {}; it keeps its deadline and its fence. Ask for less, book \
         it or order it.",
        time(latest)
    );
    Problem::new(ErrorCode::LimitReached, detail)
}

fn insufficient_balance(balance: Amount) -> Problem<'static> {
    let detail = format!(
        "The account has {balance} (minor units), which does not cover the order; no money was \
         taken and the order still waits. Charge the account and pay again before pay_by."
    );
    Problem::new(ErrorCode::InsufficientBalance, detail)
}

fn of_shape(shape: &Shape) -> Problem<'static> {
    let detail = match shape {
        Shape::Empty => "It asks for nothing; nothing was changed. Name what you want.",
        Shape::Duplicate => {
            "It names the same thing twice; nothing was changed. Name everything once."
        }
        Shape::TooMany => {
            "It asks for more than one request may; nothing was changed. Ask for less, or in \
             several requests."
        }
        Shape::OutOfRange => {
            "A number is outside the range that this show or house allows; nothing was changed. \
             Correct it and send it again."
        }
        Shape::Currency => {
            return Problem::new(
                ErrorCode::CurrencyMismatch,
                "Two amounts are in different currencies, which are never converted; nothing was \
                 changed.",
            );
        }
        Shape::Layout => {
            "The show cannot be built: two seats, sections or areas have the same id, or there \
             are too many of them; nothing was changed."
        }
    };
    Problem::new(ErrorCode::Validation, detail)
}

fn of_missing(missing: &Missing) -> Problem<'_> {
    let what = match missing {
        Missing::Seat(name) => {
            let detail = format!(
                "The show has no seat {name}; nothing was changed. The show's seat map lists all."
            );
            return Problem::new(ErrorCode::NotFound, detail)
                .with_conflicts(vec![Conflict::seat(name.as_str(), ConflictStatus::Unknown)]);
        }
        Missing::SeatNumber(number) => {
            let detail = format!("The show has no seat number {number}; nothing was changed.");
            return Problem::new(ErrorCode::NotFound, detail);
        }
        Missing::Product(name) => {
            let detail = format!("There is no product {name}; nothing was changed. Check its id.");
            return Problem::new(ErrorCode::NotFound, detail);
        }
        Missing::Show => "There is no such show",
        Missing::Area => "The show has no such area",
        Missing::Section => "The show has no such section",
        Missing::Tariff => "The show has no such tariff",
        Missing::Hold => "There is no such hold, its token is missing or wrong, or it is not yours",
        Missing::Booking => "There is no such booking, or it is not yours",
        Missing::Order => "There is no such order, or it is not yours",
        Missing::Account => "There is no such account; the first charge opens one",
        Missing::BookedSeat => "The seat is not claimed, so there was nothing to free",
        Missing::Buyer => "There is no such buyer",
    };
    Problem::new(
        ErrorCode::NotFound,
        format!("{what}. Nothing was changed. Check the id."),
    )
}

fn of_order_not_pending(status: &OrderStatus) -> Problem<'static> {
    match status {
        OrderStatus::Paid => Problem::new(
            ErrorCode::AlreadyPaid,
            "The order was paid before by another request; no money was moved by this one. Read \
             the order; there is nothing left to do.",
        ),
        OrderStatus::Expired => order_expired(),
        OrderStatus::PendingPayment | OrderStatus::Cancelled | OrderStatus::Refunded => {
            Problem::new(
                ErrorCode::OrderNotPayable,
                format!(
                    "The order is {} and no longer waits for payment; nothing was changed. Place \
                     a new order.",
                    status_name(status)
                ),
            )
        }
    }
}

fn order_expired() -> Problem<'static> {
    Problem::new(
        ErrorCode::OrderExpired,
        "The order was not paid in time and what it claimed is gone; no money was moved. Place a \
         new order.",
    )
}

fn seat_unavailable<'a>(refusal: &Refusal, layout: Option<&'a Layout>) -> Problem<'a> {
    let mut detail = String::with_capacity(160);
    for (idx, conflict) in refusal.conflicts.iter().enumerate() {
        if idx == SEATS_NAMED_MAX {
            detail.push_str(", and others too");
            break;
        }
        let lead = if idx == 0 { "Seat " } else { ", seat " };
        detail.push_str(lead);
        detail.push_str(seat_name(layout, conflict.seat));
        detail.push_str(match conflict.status {
            SeatStatus::Held => " is held",
            SeatStatus::Booked => " is booked",
            SeatStatus::NotForSale => " is not for sale",
            SeatStatus::Free => " was free again too late",
        });
    }
    if refusal.conflicts.is_empty() {
        detail.push_str("A seat is claimed by someone else");
    }
    detail.push_str("; nothing was changed. Choose other seats, or try again at free_at.");
    Problem::new(ErrorCode::SeatUnavailable, detail).with_conflicts(conflicts(refusal, layout))
}

/// The seats that stand in the way, with when they may be free.
fn conflicts<'a>(refusal: &Refusal, layout: Option<&'a Layout>) -> Vec<Conflict<'a>> {
    let conflict = |conflict: &reply::Conflict| {
        let status = match conflict.status {
            SeatStatus::Held | SeatStatus::Free => ConflictStatus::Held,
            SeatStatus::Booked => ConflictStatus::Booked,
            SeatStatus::NotForSale => ConflictStatus::NotForSale,
        };
        let name = seat_name(layout, conflict.seat);
        Conflict::seat(name, status).free_at(conflict.free_at.map(time))
    };
    refusal.conflicts.iter().map(conflict).collect()
}

fn seat_name(layout: Option<&Layout>, seat: SeatIdx) -> &str {
    layout.map_or("?", |layout| layout.seat_name(seat))
}

fn sold_out(left: u64, asked: &Asked) -> Problem<'_> {
    let (what, conflict) = match asked {
        Asked::Places(area) => ("places are left", Some(Conflict::area(area.as_str(), left))),
        Asked::Product(product) => (
            "units are left",
            Some(Conflict::product(product.as_str(), left)),
        ),
        Asked::Best => ("seats side by side are left", None),
        Asked::Other => ("are left of something that was asked for", None),
    };
    let detail = format!(
        "Only {left} {what}; nothing was changed. Ask for fewer, or try again: holds and unpaid \
         orders may expire and return some."
    );
    Problem::new(ErrorCode::SoldOut, detail).with_conflicts(conflict.into_iter().collect())
}

fn time(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.0)
}

fn status_name(status: &OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingPayment => "pending_payment",
        OrderStatus::Paid => "paid",
        OrderStatus::Expired => "expired",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Refunded => "refunded",
    }
}

#[cfg(test)]
mod tests {
    use boxoffice_api::ErrorCode as Code;
    use boxoffice_engine::ids::{HoldId, Name, OrderId};

    use super::super::Asked;
    use super::*;

    #[track_caller]
    fn check(rule: Rule, code: Code, said: &str) {
        let refusal = Refusal {
            rule,
            conflicts: Vec::new(),
            show: None,
        };
        let problem = of_refusal(&refusal, None, &Asked::Other);
        let text = problem.detail.as_ref();
        assert_eq!(problem.code, code, "{text}");
        assert!(text.contains(said), "{text}");
        // What it means for the caller's data, and when to come back.
        let tells = [
            "nothing was",
            "Nothing was",
            "no money was",
            "keeps its deadline",
            "as it was",
        ];
        assert!(tells.iter().any(|tell| text.contains(tell)), "{text}");
        assert_eq!(
            problem.retry_after_ms.is_some(),
            code.status() == 503,
            "{text}"
        );
    }

    #[test]
    fn every_rule_about_claims_has_a_problem_that_says_what_to_know() {
        let at = Instant(1_777_658_400_000_000);
        let name = Name::new("mug").unwrap();
        check(
            Rule::Shape(Shape::TooMany),
            Code::Validation,
            "more than one request may",
        );
        check(
            Rule::Shape(Shape::Currency),
            Code::CurrencyMismatch,
            "never converted",
        );
        check(
            Rule::KeyReused,
            Code::IdempotencyKeyReused,
            "another request",
        );
        check(Rule::KeysExhausted, Code::IdempotencyKeysFull, "later");
        check(Rule::NotFound(Missing::Hold), Code::NotFound, "not yours");
        check(
            Rule::NotFound(Missing::Product(name)),
            Code::NotFound,
            "no product mug",
        );
        check(Rule::ShowClosed, Code::ShowClosed, "still be booked");
        check(
            Rule::NotOnSale(at),
            Code::NotOnSale,
            "2026-05-01T18:00:00.000Z",
        );
        check(Rule::HoldExpired, Code::HoldExpired, "new hold");
        check(Rule::FenceStale(Fence(3)), Code::FenceStale, "is 3 now");
        check(
            Rule::ExtendTooFar(at),
            Code::LimitReached,
            "2026-05-01T18:00:00.000Z",
        );
        check(Rule::SessionHolds(HoldId(1)), Code::LimitReached, "Release");
    }

    #[test]
    fn every_rule_about_orders_has_a_problem_that_says_what_to_know() {
        check(
            Rule::OrderNotPending(OrderStatus::Paid),
            Code::AlreadyPaid,
            "before",
        );
        check(
            Rule::OrderNotPending(OrderStatus::Expired),
            Code::OrderExpired,
            "new order",
        );
        check(
            Rule::OrderNotPending(OrderStatus::Cancelled),
            Code::OrderNotPayable,
            "cancelled",
        );
        check(Rule::OrderExpired, Code::OrderExpired, "gone");
        check(Rule::OrderPaid(OrderId(1)), Code::OrderPaid, "Refund");
        check(
            Rule::NotRefundable(OrderStatus::Cancelled),
            Code::NotRefundable,
            "cancelled",
        );
        check(Rule::RefundTooMuch, Code::NotRefundable, "at most");
        check(Rule::ReferenceUsed, Code::ReferenceUsed, "another order");
        check(Rule::InUse, Code::InUse, "held or sold");
        check(
            Rule::ExistsWithDifferentBody,
            Code::ExistsWithDifferentBody,
            "never change",
        );
        check(Rule::SeatUnavailable, Code::SeatUnavailable, "other seats");
        check(Rule::SoldOut(2), Code::SoldOut, "Only 2");
        check(Rule::BuyerLimit(4), Code::LimitReached, "4 seats");
        check(
            Rule::InsufficientBalance(Amount(7)),
            Code::InsufficientBalance,
            "has 7",
        );
        check(Rule::AmountRange, Code::LimitReached, "range");
        check(Rule::HouseFull, Code::HouseFull, "no more");
        check(Rule::Busy, Code::Overloaded, "in a moment");
    }

    #[test]
    fn what_is_sold_out_is_named_where_the_request_names_one_thing() {
        let refusal = Refusal {
            rule: Rule::SoldOut(3),
            conflicts: Vec::new(),
            show: None,
        };
        let name = |id| Name::new(id).unwrap();
        for (asked, want) in [
            (
                Asked::Places(name("floor")),
                Some(Conflict::area("floor", 3)),
            ),
            (
                Asked::Product(name("mug")),
                Some(Conflict::product("mug", 3)),
            ),
            (Asked::Best, None),
            (Asked::Other, None),
        ] {
            let problem = of_refusal(&refusal, None, &asked);
            assert_eq!(problem.conflicts.into_iter().next(), want);
        }
    }
}
