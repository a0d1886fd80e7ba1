//! Checks stock and money: I4, I5 and I6.

use crate::ids::BookingId;
use crate::limits::STOCK_MAX;
use crate::money::Amount;
use crate::reply::{OrderStatus, Places, SeatView};
use crate::state::State;
use crate::state::records::{Ledger, Order};

use super::{Checked, Invariant, ensure};

pub(super) fn check(state: &State) -> Checked {
    check_stock(state)?;
    let mut made = Ledger::default();
    for (number, order) in (1_u64..).zip(state.orders.iter()) {
        let at = || format!("order {number}");
        check_order(state, order, number)?;
        let kept = i128::from(order.total.0).saturating_sub(i128::from(order.refunded.0));
        match order.status {
            OrderStatus::Paid | OrderStatus::Refunded => {
                made.revenue = made.revenue.saturating_add(kept);
            }
            OrderStatus::PendingPayment | OrderStatus::Expired | OrderStatus::Cancelled => {
                ensure(order.refunded == Amount::ZERO, Invariant::Accounts, at)?;
            }
        }
    }
    for (reference, outside) in state.outside.iter() {
        let at = || format!("reference {reference}");
        ensure(outside.amount >= Amount::ZERO, Invariant::Accounts, at)?;
        let sum = if outside.credited {
            &mut made.credited
        } else {
            &mut made.outside
        };
        *sum = sum.saturating_add(i128::from(outside.amount.0));
    }
    for (buyer, name) in state.buyers.iter().zip(0_u32..) {
        let Some(account) = &buyer.account else {
            continue;
        };
        let sound = account.balance >= Amount::ZERO && buyer.currency.is_some();
        ensure(sound, Invariant::Accounts, || format!("buyer {name}"))?;
        made.balances = made.balances.saturating_add(i128::from(account.balance.0));
    }
    // What was charged is known by the ledger alone.
    made.charged = state.ledger.charged;
    ensure(made == state.ledger, Invariant::Money, || {
        format!("records say {made:?}, the ledger says {:?}", state.ledger)
    })?;
    check_sums(state)
}

/// I6 by the ledger alone.
pub(super) fn check_sums(state: &State) -> Checked {
    let ledger = &state.ledger;
    let came = ledger
        .charged
        .saturating_add(ledger.credited)
        .saturating_add(ledger.outside);
    let is_there = ledger.balances.saturating_add(ledger.revenue);
    let sound = came == is_there && ledger.balances >= 0 && ledger.revenue >= 0;
    ensure(sound, Invariant::Money, || format!("{ledger:?}"))
}

fn check_stock(state: &State) -> Checked {
    let mut sold = vec![0_u64; state.products.len()];
    for (number, order) in (1_u64..).zip(state.orders.iter()) {
        match order.status {
            OrderStatus::PendingPayment | OrderStatus::Paid | OrderStatus::Refunded => {}
            OrderStatus::Expired | OrderStatus::Cancelled => continue,
        }
        for item in &order.items {
            let Some(sold) = sold.get_mut(item.product.at()) else {
                return ensure(false, Invariant::References, || format!("order {number}"));
            };
            let kept = item.quantity.saturating_sub(item.refunded);
            *sold = sold.saturating_add(u64::from(kept));
        }
    }
    for (product, made) in state.products.iter().zip(sold) {
        let had = product.initial.checked_add(product.restocked);
        let sound =
            product.sold == made && had.is_some_and(|had| had <= STOCK_MAX && product.sold <= had);
        ensure(sound, Invariant::Stock, || {
            format!("product {}", product.id)
        })?;
    }
    Ok(())
}

/// I5 of one order.
fn check_order(state: &State, order: &Order, number: u64) -> Checked {
    let at = || format!("order {number}");
    let mut worth = 0_i128;
    let mut given_back = 0_i128;
    for item in &order.items {
        ensure(item.refunded <= item.quantity, Invariant::Accounts, at)?;
        let of = |n: u32| i128::from(item.unit_price.0).saturating_mul(i128::from(n));
        worth = worth.saturating_add(of(item.quantity));
        given_back = given_back.saturating_add(of(item.refunded));
    }
    if let Some(claims) = &order.claims {
        let claimed = price(&claims.seats, claims.places.as_ref());
        worth = worth.saturating_add(claimed);
        if order.booking != BookingId(0) {
            let Some(booking) = state.bookings.at(order.booking.0) else {
                return ensure(false, Invariant::References, at);
            };
            let kept = price(&booking.seats, booking.places.as_deref());
            given_back = given_back.saturating_add(claimed.saturating_sub(kept));
        }
    }
    ensure(worth == i128::from(order.total.0), Invariant::Accounts, at)?;
    ensure(
        given_back == i128::from(order.refunded.0),
        Invariant::Accounts,
        at,
    )?;
    ensure(order.refunded <= order.total, Invariant::Accounts, at)?;
    let buyer = state.buyers.get(order.buyer.at());
    let one_currency = buyer.is_some_and(|buyer| buyer.currency == Some(order.currency));
    ensure(one_currency, Invariant::Accounts, at)
}

fn price(seats: &[SeatView], places: Option<&Places>) -> i128 {
    let of_places = places.map_or(0, |places| {
        i128::from(places.price.0).saturating_mul(i128::from(places.quantity))
    });
    seats.iter().fold(of_places, |sum, seat| {
        sum.saturating_add(i128::from(seat.price.0))
    })
}
