//! What clients ask, what they are told, and what the journal says happened, in the model's own
//! words: plain numbers only.
//!
//! Never: types of the engine, the writer or the journal.

mod facts;

pub use facts::{Cause, Fact, Movement, Source};

/// Microseconds: of true time in a history, of journal time in answers and facts.
pub type Us = u64;

/// What a claim asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    /// These seats, all or nothing.
    Seats(Vec<u32>),
    /// So many places of an area.
    Places {
        /// The area.
        area: u32,
        /// How many.
        n: u32,
    },
    /// So many seats side by side, wherever.
    Best {
        /// How many.
        n: u32,
    },
}

/// What shows that a caller may use a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Nothing, or something forged.
    None,
    /// The token of this fence.
    Token(u32),
    /// The name of the buyer, as some clients are known by.
    Buyer(u32),
}

/// A hold and the right to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Right {
    /// The hold's number.
    pub hold: u64,
    /// The right to it.
    pub proof: Proof,
    /// The fence that the caller insists on.
    pub fence: Option<u32>,
}

/// What an order takes besides products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderTakes {
    /// Nothing.
    Nothing,
    /// What this hold has.
    Hold(Right),
    /// Seats or places, at once.
    Direct {
        /// In this show.
        show: u32,
        /// These.
        want: Want,
    },
}

/// The rules of a show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShowRules {
    /// The seats of each row, side by side.
    pub rows: Vec<Vec<u32>>,
    /// Seats that nobody can have.
    pub not_for_sale: Vec<u32>,
    /// Places of each area.
    pub areas: Vec<u32>,
    /// Price of a seat.
    pub seat_price: i64,
    /// Price of a place.
    pub place_price: i64,
    /// Whether it sells.
    pub open: bool,
    /// Sells from this moment of journal time.
    pub on_sale_at: Option<Us>,
    /// Life of a hold that asks for none, in milliseconds.
    pub hold_ttl_ms: u64,
    /// Time to pay an order with seats that asks for none, in milliseconds.
    pub order_ttl_ms: u64,
    /// What one buyer may have.
    pub per_buyer_max: Option<u32>,
    /// What one claim may have.
    pub per_claim_max: u32,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub enum Ask {
    PutShow {
        show: u32,
        rules: ShowRules,
    },
    PutProduct {
        product: u32,
        price: i64,
        initial: u64,
    },
    Hold {
        show: u32,
        buyer: u32,
        want: Want,
        ttl_ms: Option<u64>,
        session: bool,
    },
    ReadHold(Right),
    ExtendHold {
        right: Right,
        ttl_ms: u64,
    },
    ReleaseHold(Right),
    ReadSession {
        show: u32,
        buyer: u32,
    },
    ReleaseSession {
        show: u32,
        buyer: u32,
    },
    BookHold(Right),
    BookDirect {
        show: u32,
        buyer: u32,
        want: Want,
        own_hold: bool,
    },
    ReadBooking(u64),
    CancelBooking {
        booking: u64,
        seats: Vec<u32>,
    },
    ReleaseSeat {
        show: u32,
        seat: u32,
        bookings_only: bool,
    },
    Bookings {
        buyer: u32,
    },
    Orders {
        buyer: u32,
    },
    ReadProduct(u32),
    Restock {
        product: u32,
        n: u32,
    },
    PlaceOrder {
        buyer: u32,
        items: Vec<(u32, u32)>,
        takes: OrderTakes,
        ttl_ms: Option<u64>,
    },
    ReadOrder(u64),
    CancelOrder(u64),
    PayFromAccount(u64),
    PayOutside {
        order: u64,
        reference: u64,
        amount: Option<i64>,
    },
    Refund {
        order: u64,
        items: Vec<(u32, u32)>,
        seats: Vec<u32>,
    },
    Charge {
        buyer: u32,
        amount: i64,
    },
    ReadAccount(u32),
}

impl Ask {
    /// Whether it can change nothing.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(
            self,
            Self::ReadHold(_)
                | Self::ReadSession { .. }
                | Self::ReadBooking(_)
                | Self::Bookings { .. }
                | Self::Orders { .. }
                | Self::ReadProduct(_)
                | Self::ReadOrder(_)
                | Self::ReadAccount(_)
        )
    }
}

/// How an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Status {
    Pending,
    Paid,
    Expired,
    Cancelled,
    Refunded,
}

/// How a seat stands in somebody's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Standing {
    Free,
    Held,
    Booked,
    NotForSale,
}

/// The rule that a refused request broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the wire")]
pub enum Rule {
    Shape,
    KeyReused,
    KeysExhausted,
    NotFound,
    ShowClosed,
    NotOnSale(Us),
    HoldExpired,
    FenceStale(u32),
    ExtendTooFar(Us),
    SessionHolds(u64),
    OrderNotPending(Status),
    OrderExpired,
    OrderPaid(u64),
    NotRefundable(Status),
    RefundTooMuch,
    ReferenceUsed,
    InUse,
    Exists,
    ExistsWithDifferentBody,
    SeatUnavailable,
    SoldOut(u64),
    BuyerLimit(u32),
    InsufficientBalance(i64),
    AmountRange,
    HouseFull,
    Busy,
}

/// A seat that stands in the way: its number, how it stands, and when it may be free again.
pub type InTheWay = (u32, Standing, Option<Us>);

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The rule.
    pub rule: Rule,
    /// The seats in the way.
    pub conflicts: Vec<InTheWay>,
}

/// Seats or places of a show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The show.
    pub show: u32,
    /// Seats in the order asked.
    pub seats: Vec<u32>,
    /// Or an area and how many of its places.
    pub places: Option<(u32, u32)>,
}

/// A hold as told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct HoldSeen {
    pub hold: u64,
    pub fence: u32,
    pub buyer: u32,
    pub claim: Claim,
    pub amount: i64,
    pub placed_at: Us,
    pub expires_at: Us,
}

/// A booking as told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct BookingSeen {
    pub booking: u64,
    pub buyer: u32,
    pub confirmed: bool,
    pub claim: Claim,
    pub amount: i64,
    pub booked_at: Us,
    pub order: Option<u64>,
}

/// One product of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct Item {
    pub product: u32,
    pub quantity: u32,
    pub refunded: u32,
    pub unit_price: i64,
}

/// An order as told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct OrderSeen {
    pub order: u64,
    pub buyer: u32,
    pub status: Status,
    pub items: Vec<Item>,
    pub claim: Option<Claim>,
    pub total: i64,
    pub refunded: i64,
    pub placed_at: Us,
    pub pay_by: Us,
    pub paid_at: Option<Us>,
    pub booking: Option<u64>,
}

/// A payment or refund as told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct PaymentSeen {
    pub order: u64,
    pub buyer: u32,
    pub status: Status,
    pub amount: i64,
    pub balance: Option<i64>,
    pub booking: Option<u64>,
    pub reference: Option<u64>,
    pub at: Us,
}

/// An account as told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct AccountSeen {
    pub buyer: u32,
    pub balance: i64,
    pub version: u64,
    pub amount: i64,
    pub at: Us,
}

/// A product as told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are named after what they are")]
pub struct ProductSeen {
    pub product: u32,
    pub price: i64,
    pub initial: u64,
    pub restocked: u64,
    pub sold: u64,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are those of the wire")]
pub enum Answer {
    Refused(Refused),
    ShowPut {
        show: u32,
        created: bool,
    },
    HoldPlaced(HoldSeen),
    Hold(HoldSeen),
    HoldExtended(HoldSeen),
    HoldReleased(Option<HoldSeen>),
    Session(Option<HoldSeen>),
    Booked(BookingSeen),
    Booking(BookingSeen),
    BookingCancelled(BookingSeen),
    SeatReleased {
        show: u32,
        seat: u32,
        booking: Option<u64>,
    },
    Bookings(Vec<BookingSeen>),
    Orders(Vec<OrderSeen>),
    ProductCreated(ProductSeen),
    Product(ProductSeen),
    OrderPlaced(OrderSeen),
    Order(OrderSeen),
    OrderCancelled(OrderSeen),
    Paid(PaymentSeen),
    Credited(PaymentSeen),
    Refunded(PaymentSeen),
    Account(AccountSeen),
    Charged(AccountSeen),
}
