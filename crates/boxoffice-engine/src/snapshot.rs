//! Turns a whole state into bytes and back, so that a house starts without its whole journal.
//!
//! Invariants: equal states give equal bytes, whatever their seeds; `from_snapshot(to_snapshot(s))`
//! is `s`. Only what cannot be made again is stored: claims of seats, sums of areas, counts of
//! buyers, deadlines and sessions follow from the records, and are checked against them.
//! Never: panics on damaged bytes, stores hash order, keeps old versions. A snapshot of another
//! version is refused; its state is made again from the journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::codec::{Damaged, Input, Wire};
use crate::ids::{BuyerIdx, HoldId, Name, Position, ShowIdx};
use crate::invariants;
use crate::layout::Layout;
use crate::limits::{BUYERS_MAX, PRODUCTS_MAX, SHOWS_MAX};
use crate::names::{NameTable, Seed};
use crate::reply::{OrderStatus, Places, SeatView};
use crate::state::State;
use crate::state::records::{Buyer, Due, Hold, KeyRecord, Outside, Product};
use crate::state::show::{Claim, SeatSlot, Show};

/// The version of the stored form. A change of any record of the state is a new version.
const VERSION: u8 = 1;

/// The stored form of a whole state.
#[must_use]
pub fn to_snapshot(state: &State) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes_estimate(state));
    out.push(VERSION);
    state.time.put(&mut out);
    state.position.put(&mut out);
    state.house.put(&mut out);
    state.term.put(&mut out);
    (state.shows.len() as u64).put(&mut out);
    for show in &state.shows {
        put_show(show, &mut out);
    }
    state.products.put(&mut out);
    state.buyer_names.put(&mut out);
    for buyer in state.buyers.iter() {
        buyer.put(&mut out);
    }
    state.last_hold.put(&mut out);
    put_sorted(state.holds.iter(), &mut out);
    state.bookings.put(&mut out);
    state.orders.put(&mut out);
    put_sorted(state.outside.iter(), &mut out);
    put_sorted(state.keys.iter(), &mut out);
    state.ledger.put(&mut out);
    out
}

/// Makes a state from its stored form. `seed` spreads its hash tables and decides nothing.
///
/// # Errors
/// [`Damaged`] when the bytes are not the stored form of a state that keeps every invariant, or
/// are of another version.
pub fn from_snapshot(bytes: &[u8], seed: Seed) -> Result<State, Damaged> {
    let mut input = Input::new(bytes);
    let version = input.byte()?;
    if version != VERSION {
        return Err(Damaged::UnknownTag("snapshot version", u64::from(version)));
    }
    let mut state = State::new(seed);
    state.time = Wire::take(&mut input)?;
    state.position = Wire::take(&mut input)?;
    state.house = Wire::take(&mut input)?;
    state.term = Wire::take(&mut input)?;
    take_shows(&mut state, &mut input)?;
    take_products(&mut state, &mut input)?;
    take_buyers(&mut state, &mut input)?;
    state.last_hold = Wire::take(&mut input)?;
    take_sorted(&mut input, |hold: HoldId, record: Hold| {
        state.holds.insert(hold, record);
    })?;
    state.bookings = Wire::take(&mut input)?;
    state.orders = Wire::take(&mut input)?;
    take_sorted(&mut input, |reference: Name, record: Outside| {
        state.outside.insert(reference, record);
    })?;
    take_sorted(&mut input, |scope: [u8; 16], record: KeyRecord| {
        state.keys.store(scope, record);
    })?;
    state.ledger = Wire::take(&mut input)?;
    input.finish()?;
    restore(&mut state)?;
    match invariants::check(&state) {
        Ok(()) => Ok(state),
        Err(broken) => Err(Damaged::Contradiction(broken.invariant.rule())),
    }
}

/// Room for most states, so that the bytes are not moved while they grow.
fn bytes_estimate(state: &State) -> usize {
    let sum = |counts: &[usize]| {
        counts
            .iter()
            .fold(0, |sum: usize, n| sum.saturating_add(*n))
    };
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let seats: Vec<usize> = state.shows.iter().map(|show| show.seats.len()).collect();
    let records = [state.buyers.count(), state.holds.len(), state.keys.len()];
    let finals = [count(state.bookings.len()), count(state.orders.len())];
    sum(&[
        1_024,
        sum(&seats).saturating_mul(12),
        sum(&records).saturating_mul(64),
        sum(&finals).saturating_mul(48),
    ])
}

fn put_show(show: &Show, out: &mut Vec<u8>) {
    show.layout.put(out);
    show.last.put(out);
    for slot in &show.seats {
        slot.last.put(out);
    }
}

fn put_sorted<'a, K, T>(records: impl Iterator<Item = (&'a K, &'a T)>, out: &mut Vec<u8>)
where
    K: Wire + Ord + 'a,
    T: Wire + 'a,
{
    let mut all: Vec<_> = records.collect();
    all.sort_unstable_by_key(|(key, _)| *key);
    (all.len() as u64).put(out);
    for (key, record) in all {
        key.put(out);
        record.put(out);
    }
}

fn take_sorted<K, T>(input: &mut Input<'_>, mut keep: impl FnMut(K, T)) -> Result<(), Damaged>
where
    K: Wire + Ord + Clone,
    T: Wire,
{
    let mut before: Option<K> = None;
    for _ in 0..input.count()? {
        let key = K::take(input)?;
        if before.as_ref().is_some_and(|before| *before >= key) {
            return Err(Damaged::Contradiction(
                "keys are stored in order, each once",
            ));
        }
        before = Some(key.clone());
        keep(key, T::take(input)?);
    }
    Ok(())
}

fn take_shows(state: &mut State, input: &mut Input<'_>) -> Result<(), Damaged> {
    let n = limited(input.count()?, SHOWS_MAX)?;
    for at in 0..n {
        let layout = Layout::take(input)?;
        let idx = state.show_names.intern(layout.id.as_str());
        if idx as usize != at || layout.show != ShowIdx(idx) {
            return Err(Damaged::Contradiction("shows are numbered in order"));
        }
        let last = Position::take(input)?;
        let mut show = Show::new(Arc::new(layout), state.seed, last);
        // What is in a snapshot is durable: nothing needs to wait for it.
        show.put_last = Position(0);
        for slot in &mut show.seats {
            *slot = SeatSlot::with(Claim::None, Position::take(input)?);
        }
        state.shows.push(show);
    }
    Ok(())
}

fn take_products(state: &mut State, input: &mut Input<'_>) -> Result<(), Damaged> {
    let n = limited(input.count()?, PRODUCTS_MAX)?;
    for at in 0..n {
        let product = Product::take(input)?;
        if state.product_names.intern(product.id.as_str()) as usize != at {
            return Err(Damaged::Contradiction("products are numbered in order"));
        }
        state.products.push(product);
    }
    Ok(())
}

fn take_buyers(state: &mut State, input: &mut Input<'_>) -> Result<(), Damaged> {
    state.buyer_names = NameTable::take(input, NameTable::growing(state.seed))?;
    let n = limited(state.buyer_names.len(), BUYERS_MAX)?;
    for _ in 0..n {
        state.buyers.push(Buyer::take(input)?);
    }
    Ok(())
}

fn limited(n: usize, max: usize) -> Result<usize, Damaged> {
    if n <= max {
        Ok(n)
    } else {
        Err(Damaged::NumberTooLarge)
    }
}

/// One claim of one record.
struct Claimed<'a> {
    claim: Claim,
    buyer: BuyerIdx,
    seats: &'a [SeatView],
    places: Option<Places>,
}

/// Makes again what follows from the records.
fn restore(state: &mut State) -> Result<(), Damaged> {
    let mut deadlines = Vec::with_capacity(state.holds.len());
    for (id, hold) in state.holds.iter() {
        deadlines.push((hold.expires_at, Due::Hold(*id)));
        let claim = Claim::Hold(*id);
        let Hold {
            buyer,
            ref seats,
            places,
            ..
        } = *hold;
        claim_in(
            &mut state.shows,
            hold.show,
            &Claimed {
                claim,
                buyer,
                seats,
                places,
            },
        )?;
        if hold.session
            && state
                .sessions
                .insert((hold.principal, hold.buyer), *id)
                .is_some()
        {
            return Err(Damaged::Contradiction("a session holds once"));
        }
    }
    for (number, order) in (1_u64..).zip(state.orders.iter()) {
        if order.status != OrderStatus::PendingPayment {
            continue;
        }
        let id = crate::ids::OrderId(number);
        deadlines.push((order.pay_by, Due::Order(id)));
        state.n_orders_live = state.n_orders_live.saturating_add(1);
        let Some(claims) = &order.claims else {
            continue;
        };
        let (claim, buyer, seats) = (Claim::Order(id), order.buyer, &claims.seats);
        let claimed = Claimed {
            claim,
            buyer,
            seats,
            places: claims.places,
        };
        claim_in(&mut state.shows, claims.show, &claimed)?;
    }
    for (number, booking) in (1_u64..).zip(state.bookings.iter()) {
        let claim = Claim::Booking(crate::ids::BookingId(number));
        let (buyer, seats, places) = (booking.buyer, &booking.seats, booking.places());
        claim_in(
            &mut state.shows,
            booking.show,
            &Claimed {
                claim,
                buyer,
                seats,
                places,
            },
        )?;
    }
    deadlines.sort_unstable();
    state.deadlines = BTreeSet::from_iter(deadlines);
    for show in &mut state.shows {
        show.rebuild_free();
    }
    Ok(())
}

fn claim_in(shows: &mut [Show], show: ShowIdx, claimed: &Claimed<'_>) -> Result<(), Damaged> {
    let unknown = || Damaged::Contradiction("a claim is of seats that exist");
    let twice = || Damaged::Contradiction("one claim for every seat");
    let too_many = || Damaged::Contradiction("claims stay within the capacity");
    let show = shows.get_mut(show.at()).ok_or_else(unknown)?;
    if !claimed.claim.is_storable() {
        return Err(Damaged::NumberTooLarge);
    }
    for seat in claimed.seats {
        let slot = show.seats.get_mut(seat.seat.at()).ok_or_else(unknown)?;
        if slot.claim() != Claim::None {
            return Err(twice());
        }
        *slot = SeatSlot::with(claimed.claim, slot.last);
    }
    let mut n_units_claimed = u32::try_from(claimed.seats.len()).map_err(|_| too_many())?;
    if let Some(places) = claimed.places {
        let area = show.areas.get_mut(places.area.at()).ok_or_else(unknown)?;
        let sum = match claimed.claim {
            Claim::Booking(_) => &mut area.booked,
            Claim::Hold(_) | Claim::Order(_) | Claim::None => &mut area.held,
        };
        *sum = sum.checked_add(places.quantity).ok_or_else(too_many)?;
        n_units_claimed = n_units_claimed
            .checked_add(places.quantity)
            .ok_or_else(too_many)?;
    }
    if n_units_claimed > 0 {
        let count = show.by_buyer.or_insert(claimed.buyer, 0);
        *count = count
            .checked_add(u64::from(n_units_claimed))
            .ok_or_else(too_many)?;
    }
    Ok(())
}
