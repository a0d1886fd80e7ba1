//! What is true of every state, after every command: after the last of its events.
//!
//! * I1: a seat has one claim at most; the seat names the hold, unpaid order or booking that has
//!   it, and that one names the seat.
//! * I2: the seats for sale of a show are free, held or booked, each exactly one of them; what is
//!   claimed is for sale.
//! * I3: the claims on an area are the sums of its holds, unpaid orders and bookings, and stay
//!   within its capacity.
//! * I4: stock = initial + restocked - sold, and is never negative; sold is what live and paid
//!   orders have, less refunds.
//! * I5: a balance is the sum of its movements and never negative; an order is worth its parts,
//!   its refunds are the parts given back and stay within its total; a buyer has one currency.
//! * I6: charged + credited + paid from outside = balances + revenue: money is only moved.
//! * I7: deadlines are exactly those of live holds and unpaid orders; sessions are exactly the
//!   holds that are sessions.
//! * I8: every key has one record, one expiry and is counted once.
//! * I9: numbers, indexes and names refer to what exists, both ways; a buyer's bookings and orders
//!   are chained from the newest to the oldest.
//! * I10: journal time and positions never run backwards; nothing is newer than the state.
//! * I11: what a buyer has in a show is counted exactly.
//! * I12: nothing exceeds its limit of [`crate::limits`].
//!
//! `apply` asserts what it touches; [`check_cheaply`] looks at the sums after every event, in
//! release too; [`check`] makes everything again from the records, in tests, in the simulation,
//! when a snapshot is read and when a journal is verified.

mod claims;
mod money;
mod tables;

use std::fmt;

use crate::event::{Event, Movement};
use crate::limits::{HOLDS_LIVE_MAX, ORDERS_LIVE_MAX};
use crate::state::State;

/// One of the numbered invariants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1: one claim for every seat.
    OneClaim,
    /// I2: free, held and booked are all there is.
    Total,
    /// I3: areas are the sums of their claims.
    Areas,
    /// I4: stock.
    Stock,
    /// I5: balances and orders.
    Accounts,
    /// I6: money is conserved.
    Money,
    /// I7: deadlines and sessions.
    Deadlines,
    /// I8: idempotency keys.
    Keys,
    /// I9: references.
    References,
    /// I10: time and positions.
    Order,
    /// I11: counts of buyers.
    BuyerCounts,
    /// I12: limits.
    Limits,
}

impl Invariant {
    /// Its number and rule in a few words.
    #[must_use]
    pub fn rule(self) -> &'static str {
        match self {
            Self::OneClaim => "I1: one claim for every seat, known to both sides",
            Self::Total => "I2: seats for sale are free, held or booked",
            Self::Areas => "I3: claims on an area are its sums, within its capacity",
            Self::Stock => "I4: stock = initial + restocked - sold",
            Self::Accounts => "I5: balances and orders are the sums of their parts",
            Self::Money => "I6: charged + credited + outside = balances + revenue",
            Self::Deadlines => "I7: deadlines and sessions are those of what is live",
            Self::Keys => "I8: one record and one expiry for every key",
            Self::References => "I9: what is referred to exists",
            Self::Order => "I10: time and positions never run backwards",
            Self::BuyerCounts => "I11: what a buyer has in a show is counted exactly",
            Self::Limits => "I12: nothing exceeds its limit",
        }
    }
}

/// An invariant does not hold: the engine is wrong, or the state was damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: Invariant,
    /// Where, for people.
    pub detail: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.invariant.rule(), self.detail)
    }
}

impl std::error::Error for Broken {}

type Checked = Result<(), Broken>;

/// Fails with the invariant unless `holds`; `detail` says where.
fn ensure(holds: bool, invariant: Invariant, detail: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(Broken {
            invariant,
            detail: detail(),
        })
    }
}

/// Makes every sum, table and reference again from the records and compares. Takes time in
/// proportion to the whole state. Total: a state made from damaged bytes is refused, not a panic.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check(state: &State) -> Result<(), Broken> {
    tables::check(state)?;
    claims::check(state)?;
    money::check(state)
}

/// Compares the sums that an event of this kind moves, in time that does not depend on the state.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check_cheaply(state: &State, event: &Event) -> Result<(), Broken> {
    match event {
        Event::HoldPlaced(_)
        | Event::HoldExtended(_)
        | Event::HoldReleased(_)
        | Event::BookingMade(_)
        | Event::BookingCancelled(_)
        | Event::OrderPlaced(_)
        | Event::OrderClosed(_) => check_deadline_count(state),
        Event::OrderPaid(_) => {
            check_deadline_count(state)?;
            money::check_sums(state)
        }
        Event::KeyStored(_) | Event::KeysExpired(_) => {
            let counted = state.keys.n_expiries() == state.keys.len();
            ensure(counted, Invariant::Keys, || {
                format!("{} keys", state.keys.len())
            })
        }
        Event::AccountChanged(changed) => match changed.movement {
            Movement::Charge | Movement::Credit(_) | Movement::Refund(_) => {
                money::check_sums(state)
            }
            // The order's own event follows and completes the payment.
            Movement::Payment(_) => Ok(()),
        },
        Event::HouseOpened(_)
        | Event::TermStarted(_)
        | Event::ShowPut(_)
        | Event::ProductPut(_)
        | Event::Restocked(_)
        | Event::OrderRefunded(_)
        | Event::OutsideRecorded(_) => Ok(()),
    }
}

fn check_deadline_count(state: &State) -> Checked {
    let (n_holds, n_orders) = (state.holds.len(), state.n_orders_live);
    let exact = n_holds.checked_add(n_orders) == Some(state.deadlines.len());
    ensure(exact, Invariant::Deadlines, || {
        format!(
            "{n_holds} holds, {n_orders} orders, {} deadlines",
            state.deadlines.len()
        )
    })?;
    let within = n_holds <= HOLDS_LIVE_MAX && n_orders <= ORDERS_LIVE_MAX;
    ensure(within, Invariant::Limits, || {
        format!("{n_holds} holds, {n_orders} orders")
    })
}
