//! What can be asked of a house: one [`Command`] for each request, closed and complete.
//!
//! Everything that a decision may depend on is in here or in the state: who asks, under which
//! key, with which proofs. Never: wire formats, tokens in the clear, clocks.

use crate::ids::{BookingId, Fence, HoldId, Name, OrderId, Principal, SeatIdx, Text};
use crate::layout::Plan;
use crate::money::{Amount, Currency};

/// One request, checked for its shape and its sender.
#[derive(Debug, Clone)]
pub struct Command {
    /// Who asks.
    pub caller: Caller,
    /// Makes a repeat of this command answer as the first did.
    pub key: Option<Key>,
    /// What is asked.
    pub action: Action,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The API key's number.
    pub principal: Principal,
    /// May see and change what other principals own.
    pub admin: bool,
}

/// An idempotency key, as digests: the engine needs no more to recognise a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Digest of the scope (principal, or dialect and its user) and the key.
    pub scope: [u8; 16],
    /// Digest of method, concrete path and query, and canonical body.
    pub fingerprint: [u8; 16],
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Action {
    /// Creates or changes a show.
    PutShow(Box<PutShow>),
    /// Claims seats or places for a while.
    Hold(Hold),
    /// Reads a hold.
    ReadHold(HoldRef),
    /// Moves a hold's deadline and gives it a new fence.
    ExtendHold(ExtendHold),
    /// Gives a hold back. Releasing what is gone succeeds.
    ReleaseHold(HoldRef),
    /// Gives back the hold that a session has in a show, if any.
    ReleaseSession(SessionRef),
    /// Reads the hold that a session has in a show, if any.
    ReadSession(SessionRef),
    /// Gives back the hold that a buyer has on one seat, if any.
    ReleaseSeatHold(SeatHoldRef),
    /// Books a hold, or seats in one step.
    Book(Book),
    /// Reads a booking.
    ReadBooking(BookingId),
    /// Cancels a booking or some of its seats.
    CancelBooking(CancelBooking),
    /// Frees one seat, whoever claims it.
    ReleaseSeat(ReleaseSeat),
    /// Lists a buyer's bookings, newest first.
    BuyerBookings(List),
    /// Lists a buyer's orders, newest first.
    BuyerOrders(List),
    /// Creates or changes a product.
    PutProduct(PutProduct),
    /// Reads a product.
    ReadProduct(Name),
    /// Adds to a product's stock.
    Restock(Restock),
    /// Commits a buyer to items and seats until they are paid.
    PlaceOrder(PlaceOrder),
    /// Reads an order.
    ReadOrder(OrderId),
    /// Gives up an unpaid order.
    CancelOrder(OrderId),
    /// Pays an order from the buyer's account, or records an outside payment.
    PayOrder(PayOrder),
    /// Gives back what a paid order took, and its money to the account.
    Refund(Refund),
    /// Adds money to a buyer's account.
    Charge(Charge),
    /// Reads a buyer's account.
    ReadAccount(Name),
}

/// See [`Action::PutShow`].
#[derive(Debug, Clone)]
pub struct PutShow {
    /// The show's id.
    pub show: Name,
    /// The whole show as it shall be.
    pub spec: Plan,
    /// Refuses to change a show that exists.
    pub only_create: bool,
}

/// A seat, as callers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatKey {
    /// By its id.
    Named(Name),
    /// By its index in the show, as dialects with numeric ids do.
    Index(SeatIdx),
}

/// A tariff, as callers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TariffKey {
    /// The show's first.
    Default,
    /// By its index in the show.
    Index(u8),
    /// By its code.
    Code(Name),
}

/// What a claim asks for.
#[derive(Debug, Clone)]
pub enum Want {
    /// These seats, all or nothing.
    Seats(Vec<(SeatKey, TariffKey)>),
    /// So many places of an area.
    Places {
        /// The area's id.
        area: Name,
        /// How many.
        quantity: u32,
        /// At this tariff.
        tariff: TariffKey,
    },
    /// The best seats side by side.
    Best {
        /// How many.
        quantity: u32,
        /// Only in this section.
        section: Option<Name>,
        /// At this tariff.
        tariff: TariffKey,
    },
}

/// See [`Action::Hold`].
#[derive(Debug, Clone)]
pub struct Hold {
    /// In this show.
    pub show: Name,
    /// For this buyer.
    pub buyer: Name,
    /// What is claimed.
    pub want: Want,
    /// Instead of the show's own time to live.
    pub ttl_ms: Option<u64>,
    /// Whether this is the buyer's one session lock: a second in the same show is refused, one
    /// in another show takes the place of the first.
    pub session: bool,
}

/// Proof that the caller was given a hold's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// No token, or one that the house never gave: the hold does not exist for this caller.
    None,
    /// A genuine token, given out at this fence.
    Token(Fence),
    /// Not needed: the dialect identifies the owner by the buyer's name.
    Buyer,
}

/// A hold and the right to it.
#[derive(Debug, Clone)]
pub struct HoldRef {
    /// Its number.
    pub hold: HoldId,
    /// The right to it.
    pub proof: Proof,
    /// The owner's name, where the proof is [`Proof::Buyer`].
    pub buyer: Option<Name>,
    /// If given, must be the current one.
    pub fence: Option<Fence>,
}

/// See [`Action::ExtendHold`].
#[derive(Debug, Clone)]
pub struct ExtendHold {
    /// Which.
    pub hold: HoldRef,
    /// New time to live from now.
    pub ttl_ms: u64,
}

/// A session's hold in a show.
#[derive(Debug, Clone)]
pub struct SessionRef {
    /// The show's id.
    pub show: Name,
    /// The session's buyer.
    pub buyer: Name,
}

/// A buyer's hold on one seat.
#[derive(Debug, Clone)]
pub struct SeatHoldRef {
    /// The show's id.
    pub show: Name,
    /// The seat.
    pub seat: SeatKey,
    /// Whose hold.
    pub buyer: Name,
}

/// See [`Action::Book`].
#[derive(Debug, Clone)]
pub enum Book {
    /// Turns a hold into a booking.
    Hold(HoldRef),
    /// Claims and books in one step.
    Direct {
        /// In this show.
        show: Name,
        /// For this buyer.
        buyer: Name,
        /// What is claimed.
        want: Want,
        /// Whether the buyer's own hold on a wanted seat becomes the booking.
        own_hold: bool,
    },
}

/// See [`Action::CancelBooking`].
#[derive(Debug, Clone)]
pub struct CancelBooking {
    /// Which.
    pub booking: BookingId,
    /// Only these seats; all if empty.
    pub seats: Vec<Name>,
}

/// See [`Action::ReleaseSeat`].
#[derive(Debug, Clone)]
pub struct ReleaseSeat {
    /// The show's id.
    pub show: Name,
    /// The seat.
    pub seat: SeatKey,
    /// Whether only a booking is freed, not a hold.
    pub bookings_only: bool,
}

/// See [`Action::BuyerBookings`] and [`Action::BuyerOrders`].
#[derive(Debug, Clone)]
pub struct List {
    /// Whose.
    pub buyer: Name,
    /// Only those with a smaller number; 0 for the newest.
    pub before: u64,
    /// Rows at the most.
    pub rows_max: usize,
}

/// See [`Action::PutProduct`].
#[derive(Debug, Clone)]
pub struct PutProduct {
    /// The product's id.
    pub product: Name,
    /// For people.
    pub title: Text,
    /// Of one unit.
    pub price: Amount,
    /// Of the price.
    pub currency: Currency,
    /// Units at the start. Later restocks change the stock; this never changes.
    pub initial: Option<u64>,
}

/// See [`Action::Restock`].
#[derive(Debug, Clone)]
pub struct Restock {
    /// The product's id.
    pub product: Name,
    /// Units to add, at least one.
    pub quantity: u32,
}

/// What an order claims besides products.
#[derive(Debug, Clone)]
pub enum OrderClaim {
    /// Nothing.
    None,
    /// What this hold claims; the order consumes it.
    Hold(HoldRef),
    /// Seats or places, claimed in the same step.
    Direct {
        /// In this show.
        show: Name,
        /// What is claimed.
        want: Want,
    },
}

/// See [`Action::PlaceOrder`].
#[derive(Debug, Clone)]
pub struct PlaceOrder {
    /// Who commits.
    pub buyer: Name,
    /// Products and quantities, each product once.
    pub items: Vec<(Name, u32)>,
    /// Seats or places.
    pub claim: OrderClaim,
    /// Instead of the show's or house's own time to pay.
    pub ttl_ms: Option<u64>,
    /// Whether a buyer without an account is refused.
    pub account_required: bool,
}

/// See [`Action::PayOrder`].
#[derive(Debug, Clone)]
pub struct PayOrder {
    /// Which.
    pub order: OrderId,
    /// If given, must be the order's buyer.
    pub buyer: Option<Name>,
    /// Where the money comes from.
    pub from: PayFrom,
}

/// Where the money comes from.
#[derive(Debug, Clone)]
pub enum PayFrom {
    /// The buyer's account.
    Account,
    /// Taken already, outside.
    Outside {
        /// The provider's reference, unique in the house.
        reference: Name,
        /// What was taken; the order's total if not given.
        amount: Option<Amount>,
    },
}

/// See [`Action::Refund`].
#[derive(Debug, Clone)]
pub struct Refund {
    /// Which.
    pub order: OrderId,
    /// Products and quantities to give back.
    pub items: Vec<(Name, u32)>,
    /// Seats to give back. With no items either: everything.
    pub seats: Vec<Name>,
}

/// See [`Action::Charge`].
#[derive(Debug, Clone)]
pub struct Charge {
    /// Whose account.
    pub buyer: Name,
    /// How much, at least 1.
    pub amount: Amount,
    /// Of the amount; the account's own if not given.
    pub currency: Option<Currency>,
    /// What happens when the buyer has no account.
    pub account: AccountRule,
}

/// Which accounts a charge may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountRule {
    /// Opens the account if there is none.
    OpenOrCharge,
    /// Refuses if there is none.
    ChargeOnly,
    /// Refuses if there is one.
    OpenOnly,
}

/// How urgent a command is when many wait: the classes of the writer's inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Payments, bookings, releases: they finish something or free something.
    Finish,
    /// New claims and changes to the house.
    Claim,
    /// Reads.
    Read,
}

impl Action {
    /// The inbox class of this action.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::PayOrder(_)
            | Self::Refund(_)
            | Self::Book(Book::Hold(_))
            | Self::ExtendHold(_)
            | Self::ReleaseHold(_)
            | Self::ReleaseSession(_)
            | Self::ReleaseSeatHold(_)
            | Self::CancelBooking(_)
            | Self::CancelOrder(_)
            | Self::ReleaseSeat(_) => Class::Finish,
            Self::PutShow(_)
            | Self::Hold(_)
            | Self::Book(Book::Direct { .. })
            | Self::PutProduct(_)
            | Self::Restock(_)
            | Self::PlaceOrder(_)
            | Self::Charge(_) => Class::Claim,
            Self::ReadHold(_)
            | Self::ReadSession(_)
            | Self::ReadBooking(_)
            | Self::BuyerBookings(_)
            | Self::BuyerOrders(_)
            | Self::ReadProduct(_)
            | Self::ReadOrder(_)
            | Self::ReadAccount(_) => Class::Read,
        }
    }

    /// Whether the action can change nothing but the expiry of what is overdue.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.class() == Class::Read
    }
}

/// Which show a command speaks of, for metrics; `None` where it speaks of none by name.
impl Action {
    /// The show's id, where the command names one.
    #[must_use]
    pub fn show(&self) -> Option<&Name> {
        match self {
            Self::PutShow(put) => Some(&put.show),
            Self::Hold(hold) => Some(&hold.show),
            Self::ReleaseSession(session) | Self::ReadSession(session) => Some(&session.show),
            Self::ReleaseSeatHold(seat) => Some(&seat.show),
            Self::ReleaseSeat(seat) => Some(&seat.show),
            Self::Book(Book::Direct { show, .. }) => Some(show),
            Self::PlaceOrder(PlaceOrder {
                claim: OrderClaim::Direct { show, .. },
                ..
            }) => Some(show),
            Self::ReadHold(_)
            | Self::ExtendHold(_)
            | Self::ReleaseHold(_)
            | Self::Book(Book::Hold(_))
            | Self::ReadBooking(_)
            | Self::CancelBooking(_)
            | Self::BuyerBookings(_)
            | Self::BuyerOrders(_)
            | Self::PutProduct(_)
            | Self::ReadProduct(_)
            | Self::Restock(_)
            | Self::PlaceOrder(_)
            | Self::ReadOrder(_)
            | Self::CancelOrder(_)
            | Self::PayOrder(_)
            | Self::Refund(_)
            | Self::Charge(_)
            | Self::ReadAccount(_) => None,
        }
    }
}
