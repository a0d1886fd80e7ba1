//! Checks tables, references and moments: I7, I8, I9, I10 and I12.

use crate::ids::{BookingId, HoldId, OrderId, Position};
use crate::limits::{
    AMOUNT_MAX, BOOKINGS_MAX, BUYERS_MAX, ITEMS_PER_ORDER_MAX, ORDERS_MAX, PRODUCTS_MAX,
    REFERENCES_MAX, SHOWS_MAX,
};
use crate::names::NameTable;
use crate::reply::OrderStatus;
use crate::state::State;
use crate::state::records::{Due, Order};

use super::{Checked, Invariant, check_deadline_count, ensure};

pub(super) fn check(state: &State) -> Checked {
    check_limits(state)?;
    check_names(state)?;
    check_holds(state)?;
    check_orders(state)?;
    check_bookings(state)?;
    check_moments(state)?;
    let keys = state.keys.check();
    ensure(keys, Invariant::Keys, || {
        format!("{} keys", state.keys.len())
    })
}

fn check_limits(state: &State) -> Checked {
    let within = state.shows.len() <= SHOWS_MAX
        && state.products.len() <= PRODUCTS_MAX
        && state.buyers.count() <= BUYERS_MAX
        && state.bookings.len() <= BOOKINGS_MAX as u64
        && state.orders.len() <= ORDERS_MAX as u64
        && state.outside.len() <= REFERENCES_MAX;
    ensure(within, Invariant::Limits, || {
        format!("{:?}", state.counts())
    })?;
    check_deadline_count(state)
}

fn check_names(state: &State) -> Checked {
    let refers = |names: &NameTable, n: usize, id: &dyn Fn(usize) -> String| {
        names.len() == n
            && (0..n).all(|at| {
                let id = id(at);
                let found = names.find(id.as_bytes());
                found.and_then(|idx| usize::try_from(idx).ok()) == Some(at)
            })
    };
    let show_id = |at: usize| {
        state
            .shows
            .get(at)
            .map_or_else(String::new, |show| show.layout.id.to_string())
    };
    let shows = refers(&state.show_names, state.shows.len(), &show_id);
    ensure(shows, Invariant::References, || "names of shows".to_owned())?;
    let product_id = |at: usize| {
        state
            .products
            .get(at)
            .map_or_else(String::new, |p| p.id.to_string())
    };
    let products = refers(&state.product_names, state.products.len(), &product_id);
    ensure(products, Invariant::References, || {
        "names of products".to_owned()
    })?;
    let buyers = state.buyer_names.len() == state.buyers.count();
    ensure(buyers, Invariant::References, || {
        "names of buyers".to_owned()
    })?;
    for (at, show) in (0_u32..).zip(&state.shows) {
        let sized = show.layout.show.0 == at
            && show.seats.len() == show.layout.n_seats()
            && show.areas.len() == show.layout.areas.len();
        ensure(sized, Invariant::References, || {
            format!("show {}", show.layout.id)
        })?;
    }
    Ok(())
}

fn check_holds(state: &State) -> Checked {
    let mut n_sessions = 0_usize;
    for (id, hold) in state.holds.iter() {
        let at = || format!("hold {id}");
        let due = state.deadlines.contains(&(hold.expires_at, Due::Hold(*id)));
        ensure(due, Invariant::Deadlines, at)?;
        let known = *id != HoldId(0)
            && *id <= state.last_hold
            && hold.buyer.at() < state.buyers.count()
            && hold.show.at() < state.shows.len();
        ensure(known, Invariant::References, at)?;
        let claims_something = !hold.seats.is_empty() || hold.places.is_some();
        ensure(claims_something, Invariant::References, at)?;
        ensure(hold.placed_at <= state.time, Invariant::Order, at)?;
        if hold.session {
            n_sessions = n_sessions.saturating_add(1);
            let session = state.sessions.get(&(hold.principal, hold.buyer));
            ensure(session == Some(id), Invariant::Deadlines, at)?;
        }
    }
    let exact = n_sessions == state.sessions.len();
    ensure(exact, Invariant::Deadlines, || {
        format!("{} sessions", state.sessions.len())
    })
}

fn check_orders(state: &State) -> Checked {
    let mut newest = vec![OrderId(0); state.buyers.count()];
    let mut n_live = 0_usize;
    for (number, order) in (1_u64..).zip(state.orders.iter()) {
        let at = || format!("order {number}");
        check_order(state, order, OrderId(number))?;
        if order.status == OrderStatus::PendingPayment {
            n_live = n_live.saturating_add(1);
        }
        let Some(newest) = newest.get_mut(order.buyer.at()) else {
            return ensure(false, Invariant::References, at);
        };
        ensure(order.older == *newest, Invariant::References, at)?;
        *newest = OrderId(number);
    }
    ensure(n_live == state.n_orders_live, Invariant::Deadlines, || {
        format!("{n_live} orders")
    })?;
    let chained = state
        .buyers
        .iter()
        .zip(&newest)
        .all(|(b, newest)| b.last_order == *newest);
    ensure(chained, Invariant::References, || {
        "newest orders of buyers".to_owned()
    })?;
    for (reference, outside) in state.outside.iter() {
        let known = state.orders.at(outside.order.0).is_some();
        ensure(known, Invariant::References, || {
            format!("reference {reference}")
        })?;
        let moments = outside.at <= state.time && outside.last <= state.position;
        ensure(moments, Invariant::Order, || {
            format!("reference {reference}")
        })?;
    }
    Ok(())
}

fn check_order(state: &State, order: &Order, id: OrderId) -> Checked {
    let at = || format!("order {id}");
    ensure(
        order.items.len() <= ITEMS_PER_ORDER_MAX,
        Invariant::Limits,
        at,
    )?;
    let in_range = (0..=AMOUNT_MAX).contains(&order.total.0);
    ensure(in_range, Invariant::Limits, at)?;
    let due = state.deadlines.contains(&(order.pay_by, Due::Order(id)));
    let waits = order.status == OrderStatus::PendingPayment;
    ensure(due == waits, Invariant::Deadlines, at)?;
    let is_paid = matches!(order.status, OrderStatus::Paid | OrderStatus::Refunded);
    ensure(
        order.paid_at.is_some() == is_paid,
        Invariant::References,
        at,
    )?;
    let has_booking = order.booking != BookingId(0);
    ensure(
        has_booking == (is_paid && order.claims.is_some()),
        Invariant::References,
        at,
    )?;
    if has_booking {
        let booking = state.bookings.at(order.booking.0);
        let both = booking.is_some_and(|b| b.order == id && b.buyer == order.buyer);
        ensure(both, Invariant::References, at)?;
    }
    let moments = order.placed_at <= state.time
        && order.paid_at.is_none_or(|paid_at| paid_at <= state.time)
        && order.last <= state.position;
    ensure(moments, Invariant::Order, at)
}

fn check_bookings(state: &State) -> Checked {
    let mut newest = vec![BookingId(0); state.buyers.count()];
    for (number, booking) in (1_u64..).zip(state.bookings.iter()) {
        let at = || format!("booking {number}");
        let Some(newest) = newest.get_mut(booking.buyer.at()) else {
            return ensure(false, Invariant::References, at);
        };
        ensure(booking.older == *newest, Invariant::References, at)?;
        *newest = BookingId(number);
        if booking.order != OrderId(0) {
            let order = state.orders.at(booking.order.0);
            let both = order.is_some_and(|order| order.booking.0 == number);
            ensure(both, Invariant::References, at)?;
        }
        let moments = booking.booked_at <= state.time && booking.last <= state.position;
        ensure(moments, Invariant::Order, at)?;
    }
    let chained = state
        .buyers
        .iter()
        .zip(&newest)
        .all(|(b, newest)| b.last_booking == *newest);
    ensure(chained, Invariant::References, || {
        "newest bookings of buyers".to_owned()
    })
}

/// I10: nothing is newer than the state.
fn check_moments(state: &State) -> Checked {
    let known = |last: Position| last <= state.position;
    for show in &state.shows {
        let at = || format!("show {}", show.layout.id);
        let sound = known(show.last) && show.seats.iter().all(|slot| known(slot.last));
        ensure(sound, Invariant::Order, at)?;
    }
    let products = state.products.iter().all(|product| known(product.last));
    ensure(products, Invariant::Order, || "products".to_owned())?;
    let holds = state.holds.values().all(|hold| known(hold.last));
    ensure(holds, Invariant::Order, || "holds".to_owned())?;
    let mut accounts = state
        .buyers
        .iter()
        .filter_map(|buyer| buyer.account.as_deref());
    let sound = accounts.all(|a| known(a.last) && a.changed_at <= state.time);
    ensure(sound, Invariant::Order, || "accounts".to_owned())?;
    let keys = state.keys.iter().all(|(_, key)| known(key.last));
    ensure(keys, Invariant::Order, || "keys".to_owned())
}
