//! When somebody certainly had something, by what clients were told alone: from the answer that
//! gave it to the first request that may have ended it, or its deadline.
//!
//! Invariants: a span is never longer than the truth; where anything is in doubt there is none.

use super::clock::earliest;
use crate::history::{Call, End, History};
use crate::model::words::{Answer, Ask, Claim, OrderTakes, Right, Us};

/// Somebody certainly had this.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) claim: Option<Claim>,
    pub(super) items: Vec<(u32, u32)>,
    pub(super) from: Us,
    pub(super) to: Us,
    pub(super) call: usize,
}

/// Whether a call may change something after `from`.
fn may_run_after(call: &Call, from: Us) -> bool {
    match call.end {
        End::Told { returned, .. } if call.deliveries <= 1 => from < returned,
        End::TurnedAway(_) if call.deliveries <= 1 => false,
        _ => true,
    }
}

/// The first moment at which any such call may have ended what `granting` gave; nothing if one of
/// them may have done so before its answer came.
fn until(history: &History, granting: &Call, from: Us, ends: impl Fn(&Ask) -> bool) -> Option<Us> {
    let mut to = Us::MAX;
    for call in &history.calls {
        if !ends(&call.request.ask) {
            continue;
        }
        if from <= call.sent {
            to = to.min(call.sent);
        } else if may_run_after(call, granting.sent) {
            return None;
        }
    }
    Some(to)
}

fn frees_seat(ask: &Ask, claim: &Claim) -> bool {
    matches!(ask, Ask::ReleaseSeat { show, seat, .. }
        if *show == claim.show && claim.seats.contains(seat))
}

fn ends_hold(ask: &Ask, hold: u64, of: u32, claim: &Claim) -> bool {
    match ask {
        Ask::ReleaseHold(Right { hold: named, .. })
        | Ask::BookHold(Right { hold: named, .. })
        | Ask::ExtendHold {
            right: Right { hold: named, .. },
            ..
        }
        | Ask::PlaceOrder {
            takes: OrderTakes::Hold(Right { hold: named, .. }),
            ..
        } => *named == hold,
        Ask::ReleaseSession { buyer, .. }
        | Ask::Hold {
            buyer,
            session: true,
            ..
        }
        | Ask::BookDirect {
            buyer,
            own_hold: true,
            ..
        } => *buyer == of,
        _ => frees_seat(ask, claim),
    }
}

fn ends_order(ask: &Ask, id: u64, claim: Option<&Claim>) -> bool {
    match ask {
        Ask::CancelOrder(order)
        | Ask::PayFromAccount(order)
        | Ask::PayOutside { order, .. }
        | Ask::Refund { order, .. } => *order == id,
        _ => claim.is_some_and(|claim| frees_seat(ask, claim)),
    }
}

/// Whether a request may free what a booking has.
pub(super) fn ends_booking(ask: &Ask, id: u64, claim: &Claim) -> bool {
    matches!(ask, Ask::CancelBooking { booking, .. } if *booking == id) || frees_seat(ask, claim)
}

/// All spans of a history.
pub(super) fn spans(history: &History) -> Vec<Span> {
    let mut spans = Vec::new();
    for (idx, call) in history.calls.iter().enumerate() {
        // A repeated answer tells what was once: it may be over.
        let End::Told {
            returned: from,
            told,
            ..
        } = &call.end
        else {
            continue;
        };
        if told.replayed {
            continue;
        }
        let (claim, items, to) = match &told.answer {
            Answer::HoldPlaced(seen) => {
                let ends = |ask: &Ask| ends_hold(ask, seen.hold, seen.buyer, &seen.claim);
                let to = until(history, call, *from, ends);
                let deadline = earliest(history, seen.expires_at);
                (Some(&seen.claim), Vec::new(), to.map(|to| to.min(deadline)))
            }
            Answer::Booked(seen) => {
                let ends = |ask: &Ask| ends_booking(ask, seen.booking, &seen.claim);
                (
                    Some(&seen.claim),
                    Vec::new(),
                    until(history, call, *from, ends),
                )
            }
            Answer::OrderPlaced(seen) => {
                let ends = |ask: &Ask| ends_order(ask, seen.order, seen.claim.as_ref());
                let to = until(history, call, *from, ends);
                let deadline = earliest(history, seen.pay_by);
                let items = seen.items.iter().map(|i| (i.product, i.quantity)).collect();
                (seen.claim.as_ref(), items, to.map(|to| to.min(deadline)))
            }
            _ => continue,
        };
        if let Some(to) = to.filter(|to| from < to) {
            spans.push(Span {
                claim: claim.cloned(),
                items,
                from: *from,
                to,
                call: idx,
            });
        }
    }
    spans.sort_by_key(|span| span.from);
    spans
}
