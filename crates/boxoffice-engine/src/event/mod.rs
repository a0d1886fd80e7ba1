//! What can happen in a house: the facts that the journal keeps, each with a frozen number.
//!
//! Invariants: an event tells everything that a follower needs to follow it without the engine's
//! state; the seats and accounts that it touches carry the position of the previous event that
//! touched them, so that a history is read backwards through the journal without any index.
//! Stored numbers are never reused; every record carries a version, and old versions decode for
//! ever. Never: tokens, secrets, engine internals.

mod account;
mod booking;
mod hold;
mod house;
mod key;
mod order;
mod product;
mod show;

pub use account::{AccountChanged, Movement};
pub use booking::{BookingCancelled, BookingMade, CancelCause, Source};
pub use hold::{HoldExtended, HoldPlaced, HoldReleased, ReleaseCause};
pub use house::{HouseOpened, TermStarted};
pub use key::{KeyStored, KeysExpired};
pub use order::{
    CloseCause, Method, OrderClosed, OrderItem, OrderPaid, OrderPlaced, OrderRefunded,
    OutsideRecorded,
};
pub use product::{ProductPut, Restocked};
pub use show::ShowPut;

use crate::codec::{Damaged, Input, Wire, wire_struct};
use crate::ids::{Position, SeatIdx};
use crate::money::Amount;
use crate::time::Instant;

wire_struct! {
    /// A seat that an event touches.
    pub struct SeatRef {
        /// Its index in the show.
        pub seat: SeatIdx,
        /// The tariff's index.
        pub tariff: u8,
        /// Its price at that tariff when it was claimed.
        pub price: Amount,
        /// The position of the event that touched this seat before; 0 for none.
        pub previous: Position,
    }
}

/// An event with its moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Journal time.
    pub at: Instant,
    /// What happened.
    pub event: Event,
}

macro_rules! events {
    ($($(#[$meta:meta])* $kind:ident = $number:literal v $version:literal),* $(,)?) => {
        /// One fact.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event { $($(#[$meta])* $kind($kind)),* }

        impl Event {
            /// The kind's name, for people and feeds.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$kind(_) => stringify!($kind)),* }
            }
        }

        impl Wire for Event {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$kind(content) => {
                        out.push($number);
                        out.push($version);
                        content.put(out);
                    })*
                }
            }

            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                let kind = input.byte()?;
                let version = input.byte()?;
                match (kind, version) {
                    $(($number, $version) => Ok(Self::$kind($kind::take(input)?)),)*
                    $(($number, _) => {
                        Err(Damaged::UnknownTag("record version", u64::from(version)))
                    })*
                    _ => Err(Damaged::UnknownTag("record kind", u64::from(kind))),
                }
            }
        }

        #[cfg(test)]
        const NUMBERS: &[(&str, u8, u8)] = &[$((stringify!($kind), $number, $version)),*];
    };
}

events! {
    /// The house exists.
    HouseOpened = 1 v 1,
    /// A writer took over.
    TermStarted = 2 v 1,
    /// A show was created or changed.
    ShowPut = 10 v 1,
    /// Seats or places are held.
    HoldPlaced = 20 v 1,
    /// A hold lives on.
    HoldExtended = 21 v 1,
    /// A hold is gone and what it held is free.
    HoldReleased = 22 v 1,
    /// Seats or places are booked.
    BookingMade = 30 v 1,
    /// Seats or places of a booking are free again.
    BookingCancelled = 31 v 1,
    /// A product was created or changed.
    ProductPut = 40 v 1,
    /// A product's stock grew.
    Restocked = 41 v 1,
    /// An order stands; its seats and stock are taken.
    OrderPlaced = 50 v 1,
    /// An order was paid.
    OrderPaid = 51 v 1,
    /// An order is over unpaid; its seats and stock are free.
    OrderClosed = 52 v 1,
    /// A paid order was given back, in part or whole.
    OrderRefunded = 53 v 1,
    /// The reference of an outside payment is taken.
    OutsideRecorded = 54 v 1,
    /// Money moved in or out of an account.
    AccountChanged = 60 v 1,
    /// A reply is kept under an idempotency key.
    KeyStored = 70 v 1,
    /// Keys past their retention are forgotten.
    KeysExpired = 71 v 1,
}

/// The stored form of a batch, built event by event: their count, then each event behind its
/// distance in time from the one before.
#[derive(Debug, Default)]
pub struct BatchBytes {
    n_events: u64,
    last: Instant,
    body: Vec<u8>,
}

impl BatchBytes {
    /// Appends an event; moments never run backwards within a batch.
    pub fn push(&mut self, stamped: &Stamped) {
        let distance = stamped.at.0.checked_sub(self.last.0);
        distance
            .expect("I10: journal time never runs backwards")
            .put(&mut self.body);
        stamped.event.put(&mut self.body);
        self.last = stamped.at;
        self.n_events = self.n_events.checked_add(1).expect("batches are bounded");
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.body.len()
    }

    /// Whether there is no event yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_events == 0
    }

    /// The batch, and a fresh start for the next one.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.body.len().saturating_add(10));
        self.n_events.put(&mut out);
        out.extend_from_slice(&self.body);
        self.body.clear();
        self.n_events = 0;
        self.last = Instant::default();
        out
    }
}

/// Events that a batch reserves room for before it has read them.
const EVENTS_RESERVED_MAX: usize = 4_096;

/// Reads a batch that [`BatchBytes`] wrote.
///
/// # Errors
/// [`Damaged`] when the bytes are not exactly one batch.
pub fn take_batch(bytes: &[u8]) -> Result<Vec<Stamped>, Damaged> {
    let mut input = Input::new(bytes);
    let n = input.count()?;
    let mut batch = Vec::with_capacity(n.min(EVENTS_RESERVED_MAX));
    let mut last = 0_u64;
    for _ in 0..n {
        last = last
            .checked_add(u64::take(&mut input)?)
            .ok_or(Damaged::NumberTooLarge)?;
        batch.push(Stamped {
            at: Instant(last),
            event: Event::take(&mut input)?,
        });
    }
    input.finish()?;
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A changed line here breaks every journal in the field: add kinds, never change them.
    #[test]
    fn record_numbers_are_frozen() {
        let frozen = [
            ("HouseOpened", 1, 1),
            ("TermStarted", 2, 1),
            ("ShowPut", 10, 1),
            ("HoldPlaced", 20, 1),
            ("HoldExtended", 21, 1),
            ("HoldReleased", 22, 1),
            ("BookingMade", 30, 1),
            ("BookingCancelled", 31, 1),
            ("ProductPut", 40, 1),
            ("Restocked", 41, 1),
            ("OrderPlaced", 50, 1),
            ("OrderPaid", 51, 1),
            ("OrderClosed", 52, 1),
            ("OrderRefunded", 53, 1),
            ("OutsideRecorded", 54, 1),
            ("AccountChanged", 60, 1),
            ("KeyStored", 70, 1),
            ("KeysExpired", 71, 1),
        ];
        assert_eq!(NUMBERS, frozen);
    }

    #[test]
    fn an_unknown_version_is_refused() {
        assert_eq!(
            crate::codec::from_bytes::<Event>(&[71, 2, 0]),
            Err(Damaged::UnknownTag("record version", 2))
        );
    }
}
