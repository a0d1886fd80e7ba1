//! What a house answers: one [`Reply`] for each command; a refusal is a reply like any other.
//!
//! Invariants: a reply is plain data (numbers and indexes; a front looks names up in the layout),
//! so that it can be stored under an idempotency key and rendered again, years later.

use crate::codec::{wire_enum, wire_struct};
use crate::ids::{
    AreaIdx, BookingId, Fence, HoldId, Name, OrderId, Position, ProductIdx, SeatIdx, ShowIdx, Text,
};
use crate::money::{Amount, Currency};
use crate::time::Instant;

/// A reply, and what the writer needs to know to send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// The newest position that the reply rests on: it may leave once this is durable.
    pub rests_on: Position,
    /// Whether this is the stored reply of an earlier use of the same key.
    pub replayed: bool,
}

wire_enum! {
    /// One reply for each command.
    pub enum Reply {
        /// A refusal: nothing changed.
        Refused(Refusal) = 1,
        /// The show is as asked.
        ShowPut(ShowPut) = 2,
        /// The hold was granted.
        HoldPlaced(HoldView) = 3,
        /// The hold as it is.
        Hold(HoldView) = 4,
        /// The hold lives on.
        HoldExtended(HoldView) = 5,
        /// What was held is free; with what it was, or nothing where nothing was held.
        HoldReleased(Option<HoldView>) = 6,
        /// The session's hold in the show, if any.
        Session(Option<HoldView>) = 7,
        /// Booked.
        Booked(BookingView) = 8,
        /// The booking as it is.
        Booking(BookingView) = 9,
        /// The named seats, or all, are free again; the booking as it is now.
        BookingCancelled(BookingView) = 10,
        /// The seat is free.
        SeatReleased(SeatReleased) = 11,
        /// The buyer's bookings, newest first.
        Bookings(Vec<BookingView>) = 12,
        /// The buyer's orders, newest first.
        Orders(Vec<OrderView>) = 13,
        /// The product was created.
        ProductCreated(ProductView) = 14,
        /// The product as it is.
        Product(ProductView) = 15,
        /// The order stands and waits for payment.
        OrderPlaced(OrderView) = 16,
        /// The order as it is.
        Order(OrderView) = 17,
        /// The order is cancelled; what it claimed is free.
        OrderCancelled(OrderView) = 18,
        /// Paid.
        Paid(PaymentView) = 19,
        /// The outside payment was credited to the buyer's account.
        Credited(PaymentView) = 20,
        /// Refunded to the account.
        Refunded(PaymentView) = 21,
        /// The account as it is.
        Account(AccountView) = 22,
        /// Charged; the account as it is now.
        Charged(AccountView) = 23,
    }
}

wire_struct! {
    /// See [`Reply::ShowPut`].
    pub struct ShowPut {
        /// The show's index.
        pub show: ShowIdx,
        /// Whether it is new.
        pub created: bool,
    }
}

wire_struct! {
    /// One claimed seat.
    #[derive(Copy)]
    pub struct SeatView {
        /// Its index in the show.
        pub seat: SeatIdx,
        /// The tariff's index.
        pub tariff: u8,
        /// Its price at that tariff.
        pub price: Amount,
    }
}

wire_struct! {
    /// Places of an area.
    #[derive(Copy)]
    pub struct Places {
        /// The area's index in the show.
        pub area: AreaIdx,
        /// How many; at least 1.
        pub quantity: u32,
        /// The tariff's index.
        pub tariff: u8,
        /// Of one place at that tariff.
        pub price: Amount,
    }
}

wire_struct! {
    /// Seats or places of a show.
    pub struct ClaimView {
        /// The show's index.
        pub show: ShowIdx,
        /// Numbered seats, in the order asked.
        pub seats: Vec<SeatView>,
        /// Or places.
        pub places: Option<Places>,
    }
}

wire_struct! {
    /// A hold.
    pub struct HoldView {
        /// Its number.
        pub hold: HoldId,
        /// Its fence.
        pub fence: Fence,
        /// Whose.
        pub buyer: Name,
        /// What it claims.
        pub claim: ClaimView,
        /// Price of it all.
        pub amount: Amount,
        /// Of the price.
        pub currency: Currency,
        /// When it was granted.
        pub placed_at: Instant,
        /// From this moment it is gone.
        pub expires_at: Instant,
    }
}

wire_enum! {
    /// How a booking stands.
    #[derive(Copy)]
    pub enum BookingStatus {
        /// At least one of its seats is claimed.
        Confirmed = 1,
        /// All its seats are free again.
        Cancelled = 2,
    }
}

wire_struct! {
    /// A booking.
    pub struct BookingView {
        /// Its number.
        pub booking: BookingId,
        /// Whose.
        pub buyer: Name,
        /// How it stands.
        pub status: BookingStatus,
        /// What it claims still.
        pub claim: ClaimView,
        /// Price of it all when booked.
        pub amount: Amount,
        /// Of the price.
        pub currency: Currency,
        /// When it was booked.
        pub booked_at: Instant,
        /// The order that it came from, if any.
        pub order: Option<OrderId>,
    }
}

wire_struct! {
    /// See [`Reply::SeatReleased`].
    pub struct SeatReleased {
        /// The show's index.
        pub show: ShowIdx,
        /// The seat's index.
        pub seat: SeatIdx,
        /// The booking that had it, if it was booked.
        pub booking: Option<BookingId>,
    }
}

wire_struct! {
    /// A product.
    pub struct ProductView {
        /// Its index in the house.
        pub product: ProductIdx,
        /// Its id.
        pub id: Name,
        /// For people.
        pub title: Text,
        /// Of one unit.
        pub price: Amount,
        /// Of the price.
        pub currency: Currency,
        /// Units at the start.
        pub initial: u64,
        /// Units added since.
        pub restocked: u64,
        /// Units in live and paid orders; `stock = initial + restocked - sold`, always.
        pub sold: u64,
    }
}

impl ProductView {
    /// Units that can still be ordered.
    #[must_use]
    pub fn stock(&self) -> u64 {
        self.initial
            .saturating_add(self.restocked)
            .saturating_sub(self.sold)
    }
}

wire_struct! {
    /// One product of an order.
    pub struct ItemView {
        /// Its index in the house.
        pub product: ProductIdx,
        /// Its id.
        pub id: Name,
        /// For people.
        pub title: Text,
        /// Units ordered.
        pub quantity: u32,
        /// Units given back since.
        pub refunded: u32,
        /// When ordered.
        pub unit_price: Amount,
    }
}

wire_enum! {
    /// How an order stands.
    #[derive(Copy)]
    pub enum OrderStatus {
        /// Waits for payment.
        PendingPayment = 1,
        /// Paid.
        Paid = 2,
        /// Nobody paid in time; what it claimed is free.
        Expired = 3,
        /// Given up; what it claimed is free.
        Cancelled = 4,
        /// Paid and given back whole.
        Refunded = 5,
    }
}

wire_struct! {
    /// An order.
    pub struct OrderView {
        /// Its number.
        pub order: OrderId,
        /// Whose.
        pub buyer: Name,
        /// How it stands.
        pub status: OrderStatus,
        /// Products.
        pub items: Vec<ItemView>,
        /// Seats or places, as ordered.
        pub claim: Option<ClaimView>,
        /// Price of it all.
        pub total: Amount,
        /// Given back so far.
        pub refunded: Amount,
        /// Of the price.
        pub currency: Currency,
        /// When it was placed.
        pub placed_at: Instant,
        /// From this moment it is expired if unpaid.
        pub pay_by: Instant,
        /// When it was paid, if it was.
        pub paid_at: Option<Instant>,
        /// The booking of its seats, once paid.
        pub booking: Option<BookingId>,
        /// The entry of its newest change: where its history starts.
        pub last: Position,
    }
}

wire_struct! {
    /// What a payment or refund did.
    pub struct PaymentView {
        /// For this order.
        pub order: OrderId,
        /// Whose.
        pub buyer: Name,
        /// How the order stands now.
        pub status: OrderStatus,
        /// What was moved.
        pub amount: Amount,
        /// Of the amount.
        pub currency: Currency,
        /// The account's balance after it, where the account was touched.
        pub balance: Option<Amount>,
        /// The booking of the order's seats, if any.
        pub booking: Option<BookingId>,
        /// The outside payment's reference, if any.
        pub reference: Option<Name>,
        /// When.
        pub at: Instant,
    }
}

wire_struct! {
    /// An account.
    pub struct AccountView {
        /// Whose.
        pub buyer: Name,
        /// Money in it.
        pub balance: Amount,
        /// Of the money.
        pub currency: Currency,
        /// Counts the changes, from 1.
        pub version: u64,
        /// What was moved by the command, where it moved something.
        pub amount: Amount,
        /// When it last changed.
        pub at: Instant,
        /// The entry of its newest change: where its statement starts.
        pub last: Position,
    }
}

wire_struct! {
    /// A refusal: which rule was broken, and who stands in the way.
    pub struct Refusal {
        /// The rule.
        pub rule: Rule,
        /// The seats that stand in the way, with when they may be free again.
        pub conflicts: Vec<Conflict>,
        /// The show that the conflicts are of.
        pub show: Option<ShowIdx>,
    }
}

wire_struct! {
    /// A seat that stands in the way.
    pub struct Conflict {
        /// Its index in the show.
        pub seat: SeatIdx,
        /// How it is claimed.
        pub status: SeatStatus,
        /// When it is free again if nothing else happens.
        pub free_at: Option<Instant>,
    }
}

wire_enum! {
    /// How a seat stands, as others see it.
    #[derive(Copy)]
    pub enum SeatStatus {
        /// Can be claimed.
        Free = 1,
        /// Claimed for a while, by a hold or an unpaid order.
        Held = 2,
        /// Claimed for good.
        Booked = 3,
        /// Not for sale.
        NotForSale = 4,
    }
}

wire_enum! {
    /// What does not exist, or is not the caller's: the two answer alike.
    pub enum Missing {
        /// No such show.
        Show = 1,
        /// No such seat in the show.
        Seat(Name) = 2,
        /// No such seat in the show, by number.
        SeatNumber(u32) = 3,
        /// No such area in the show.
        Area = 4,
        /// No such section in the show.
        Section = 5,
        /// No such tariff in the show.
        Tariff = 6,
        /// No such hold.
        Hold = 7,
        /// No such booking.
        Booking = 8,
        /// No such product.
        Product(Name) = 9,
        /// No such order.
        Order = 10,
        /// No such account.
        Account = 11,
        /// The seat is not booked.
        BookedSeat = 12,
        /// No such buyer.
        Buyer = 13,
    }
}

wire_enum! {
    /// What is wrong with a command by itself, whatever the state.
    pub enum Shape {
        /// Asks for nothing.
        Empty = 1,
        /// Names the same thing twice.
        Duplicate = 2,
        /// Asks for more than one command may.
        TooMany = 3,
        /// A number outside its range.
        OutOfRange = 4,
        /// Prices of more than one currency, or another than the account's.
        Currency = 5,
        /// A show that cannot be built: two seats with the same id, too many seats.
        Layout = 6,
    }
}

wire_enum! {
    /// The rule that a refused command broke, in the order in which rules are checked.
    pub enum Rule {
        /// The command is wrong by itself.
        Shape(Shape) = 1,
        /// The key was used with another request.
        KeyReused = 2,
        /// No room for another key; nothing was decided.
        KeysExhausted = 3,
        /// Does not exist, or is not the caller's.
        NotFound(Missing) = 4,
        /// The show is closed.
        ShowClosed = 5,
        /// The show is not on sale before this moment.
        NotOnSale(Instant) = 6,
        /// The hold's deadline has passed.
        HoldExpired = 7,
        /// The fence is not the current one, which is this.
        FenceStale(Fence) = 8,
        /// The hold cannot live that long.
        ExtendTooFar(Instant) = 9,
        /// The session holds seats of this show already.
        SessionHolds(HoldId) = 10,
        /// The order is not waiting for payment but stands so.
        OrderNotPending(OrderStatus) = 11,
        /// The order's deadline has passed and what it claimed is taken.
        OrderExpired = 12,
        /// Cancel is refused until the order is refunded.
        OrderPaid(OrderId) = 13,
        /// The order was never paid, or is refunded already.
        NotRefundable(OrderStatus) = 14,
        /// More than the order still has.
        RefundTooMuch = 15,
        /// The reference was given for another order or amount.
        ReferenceUsed = 16,
        /// The show would shrink below what is claimed.
        InUse = 17,
        /// Exists already.
        Exists = 18,
        /// Exists, and this cannot be changed.
        ExistsWithDifferentBody = 19,
        /// A seat is claimed.
        SeatUnavailable = 20,
        /// Not enough places, seats side by side, or stock; what is left.
        SoldOut(u64) = 21,
        /// The buyer's limit for the show, which is this.
        BuyerLimit(u32) = 22,
        /// The balance, which is this, is too small.
        InsufficientBalance(Amount) = 23,
        /// An amount would leave its range.
        AmountRange = 24,
        /// The house keeps no more of these.
        HouseFull = 25,
        /// Too many expired claims stand in the way at once; the same command works in a moment.
        Busy = 26,
    }
}
