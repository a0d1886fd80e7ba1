//! Checks claims: I1, I2, I3 and I11.

use crate::ids::{BookingId, BuyerIdx, OrderId, ShowIdx};
use crate::limits::SEATS_PER_CLAIM_MAX;
use crate::reply::{OrderStatus, Places, SeatView};
use crate::state::State;
use crate::state::map::Map;
use crate::state::show::{AreaSlot, Claim, Show};

use super::{Checked, Invariant, ensure};

/// What one record claims.
struct Claimed<'a> {
    claim: Claim,
    show: ShowIdx,
    buyer: BuyerIdx,
    seats: &'a [SeatView],
    places: Option<Places>,
}

/// What all records together claim of one show.
struct Sums {
    n_held: u64,
    n_booked: u64,
    areas: Vec<AreaSlot>,
    by_buyer: Map<BuyerIdx, u64>,
}

pub(super) fn check(state: &State) -> Checked {
    let new_sums = |show: &Show| Sums {
        n_held: 0,
        n_booked: 0,
        areas: vec![AreaSlot::default(); show.areas.len()],
        by_buyer: Map::new(state.seed),
    };
    let mut sums: Vec<Sums> = state.shows.iter().map(new_sums).collect();
    for (id, hold) in state.holds.iter() {
        let claim = Claim::Hold(*id);
        let claimed = Claimed {
            claim,
            show: hold.show,
            buyer: hold.buyer,
            seats: &hold.seats,
            places: hold.places,
        };
        count(state, &claimed, &mut sums)?;
    }
    for (number, order) in (1_u64..).zip(state.orders.iter()) {
        let waits = order.status == OrderStatus::PendingPayment;
        let Some(claims) = order.claims.as_ref().filter(|_| waits) else {
            continue;
        };
        let claimed = Claimed {
            claim: Claim::Order(OrderId(number)),
            show: claims.show,
            buyer: order.buyer,
            seats: &claims.seats,
            places: claims.places,
        };
        count(state, &claimed, &mut sums)?;
    }
    for (number, booking) in (1_u64..).zip(state.bookings.iter()) {
        let claimed = Claimed {
            claim: Claim::Booking(BookingId(number)),
            show: booking.show,
            buyer: booking.buyer,
            seats: &booking.seats,
            places: booking.places(),
        };
        count(state, &claimed, &mut sums)?;
    }
    for (show, sums) in state.shows.iter().zip(&sums) {
        check_show(show, sums)?;
    }
    Ok(())
}

/// Every seat of a record names the record. Records have different claims, so no two can name the
/// same seat.
fn count(state: &State, claimed: &Claimed<'_>, sums: &mut [Sums]) -> Checked {
    let at = || format!("{:?} of show {}", claimed.claim, claimed.show);
    let (Some(show), Some(sums)) = (
        state.shows.get(claimed.show.at()),
        sums.get_mut(claimed.show.at()),
    ) else {
        return ensure(false, Invariant::References, at);
    };
    ensure(
        claimed.seats.len() <= SEATS_PER_CLAIM_MAX,
        Invariant::Limits,
        at,
    )?;
    for (done, seat) in claimed.seats.iter().enumerate() {
        let slot = show.seats.get(seat.seat.at());
        let both = slot.is_some_and(|slot| slot.claim() == claimed.claim);
        ensure(both, Invariant::OneClaim, || {
            format!("seat {} of {}", seat.seat, at())
        })?;
        let once = claimed
            .seats
            .iter()
            .take(done)
            .all(|other| other.seat != seat.seat);
        ensure(once, Invariant::OneClaim, || {
            format!("seat {} twice in {}", seat.seat, at())
        })?;
    }
    let n_seats = claimed.seats.len() as u64;
    let is_booked = matches!(claimed.claim, Claim::Booking(_));
    let sum = if is_booked {
        &mut sums.n_booked
    } else {
        &mut sums.n_held
    };
    *sum = sum.saturating_add(n_seats);
    let mut n_units = n_seats;
    if let Some(places) = claimed.places {
        n_units = n_units.saturating_add(u64::from(places.quantity));
        let Some(area) = sums.areas.get_mut(places.area.at()) else {
            return ensure(false, Invariant::References, at);
        };
        let sum = if is_booked {
            &mut area.booked
        } else {
            &mut area.held
        };
        *sum = sum.saturating_add(places.quantity);
    }
    if n_units > 0 {
        let count = sums.by_buyer.or_insert(claimed.buyer, 0);
        *count = count.saturating_add(n_units);
    }
    Ok(())
}

fn check_show(show: &Show, sums: &Sums) -> Checked {
    let id = || format!("show {}", show.layout.id);
    let (mut n_held, mut n_booked, mut n_for_sale) = (0_u64, 0_u64, 0_u64);
    for (seat, slot) in (0_u32..).map(crate::ids::SeatIdx).zip(&show.seats) {
        let for_sale = show.layout.is_for_sale(seat);
        let is_free = slot.claim() == Claim::None;
        match slot.claim() {
            Claim::None => {}
            Claim::Hold(_) | Claim::Order(_) => n_held = n_held.saturating_add(1),
            Claim::Booking(_) => n_booked = n_booked.saturating_add(1),
        }
        n_for_sale = n_for_sale.saturating_add(u64::from(for_sale));
        let marked = show.is_free(seat) == (for_sale && is_free);
        ensure(marked, Invariant::Total, || {
            format!("seat {seat} of {}", id())
        })?;
        ensure(for_sale || is_free, Invariant::Total, || {
            format!("seat {seat} of {}", id())
        })?;
    }
    let known = n_held == sums.n_held && n_booked == sums.n_booked;
    ensure(known, Invariant::OneClaim, id)?;
    let total = show
        .n_free()
        .saturating_add(n_held)
        .saturating_add(n_booked);
    ensure(total == n_for_sale, Invariant::Total, id)?;
    ensure(show.areas == sums.areas, Invariant::Areas, id)?;
    for (area, slot) in show.layout.areas.iter().zip(&show.areas) {
        let claimed = u64::from(slot.held).saturating_add(u64::from(slot.booked));
        let within = claimed <= u64::from(area.capacity);
        ensure(within, Invariant::Areas, || {
            format!("area {} of {}", area.id, id())
        })?;
    }
    let counted = |(buyer, n): (&BuyerIdx, &u64)| {
        sums.by_buyer
            .get(buyer)
            .is_some_and(|made| made == n && *n > 0)
    };
    let exact = show.by_buyer.len() == sums.by_buyer.len() && show.by_buyer.iter().all(counted);
    ensure(exact, Invariant::BuyerCounts, id)
}
