//! What the house remembers of holds, bookings, orders, products, buyers and payments.
//!
//! The stored form of these records is part of a snapshot, not of the journal: a snapshot of
//! another version is rebuilt from the journal.

use crate::codec::wire_struct;
use crate::ids::{
    BookingId, BuyerIdx, Fence, HoldId, Name, OrderId, Position, Principal, ProductIdx, ShowIdx,
    Text,
};
use crate::money::{Amount, Currency};
use crate::reply::{OrderStatus, Places, SeatView};
use crate::time::Instant;

wire_struct! {
    pub(crate) struct Hold {
        pub(crate) show: ShowIdx,
        pub(crate) buyer: BuyerIdx,
        pub(crate) principal: Principal,
        pub(crate) fence: Fence,
        pub(crate) session: bool,
        pub(crate) seats: Vec<SeatView>,
        pub(crate) places: Option<Places>,
        pub(crate) amount: Amount,
        pub(crate) placed_at: Instant,
        pub(crate) expires_at: Instant,
        pub(crate) last: Position,
    }
}

wire_struct! {
    pub(crate) struct Booking {
        pub(crate) show: ShowIdx,
        pub(crate) buyer: BuyerIdx,
        pub(crate) principal: Principal,
        /// The order that it came from, or 0.
        pub(crate) order: OrderId,
        /// What is still booked; all gone means cancelled.
        pub(crate) seats: Vec<SeatView>,
        /// In a box: most bookings have seats, and there are very many bookings.
        pub(crate) places: Option<Box<Places>>,
        pub(crate) amount: Amount,
        pub(crate) booked_at: Instant,
        pub(crate) last: Position,
        /// The same buyer's booking before this one, or 0.
        pub(crate) older: BookingId,
    }
}

impl Booking {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.seats.is_empty() && self.places.is_none()
    }

    /// The places that are still booked.
    pub(crate) fn places(&self) -> Option<Places> {
        self.places.as_deref().copied()
    }
}

wire_struct! {
    pub(crate) struct Item {
        pub(crate) product: ProductIdx,
        pub(crate) quantity: u32,
        pub(crate) refunded: u32,
        pub(crate) unit_price: Amount,
    }
}

wire_struct! {
    pub(crate) struct OrderClaims {
        pub(crate) show: ShowIdx,
        pub(crate) seats: Vec<SeatView>,
        pub(crate) places: Option<Places>,
    }
}

wire_struct! {
    pub(crate) struct Order {
        pub(crate) buyer: BuyerIdx,
        pub(crate) principal: Principal,
        pub(crate) status: OrderStatus,
        pub(crate) items: Vec<Item>,
        pub(crate) claims: Option<Box<OrderClaims>>,
        pub(crate) total: Amount,
        pub(crate) refunded: Amount,
        pub(crate) currency: Currency,
        pub(crate) placed_at: Instant,
        pub(crate) pay_by: Instant,
        pub(crate) paid_at: Option<Instant>,
        /// The booking of its seats, or 0.
        pub(crate) booking: BookingId,
        pub(crate) last: Position,
        /// The same buyer's order before this one, or 0.
        pub(crate) older: OrderId,
    }
}

wire_struct! {
    pub(crate) struct Product {
        pub(crate) id: Name,
        pub(crate) principal: Principal,
        pub(crate) title: Text,
        pub(crate) price: Amount,
        pub(crate) currency: Currency,
        pub(crate) initial: u64,
        pub(crate) restocked: u64,
        pub(crate) sold: u64,
        pub(crate) last: Position,
    }
}

impl Product {
    /// Units that can still be ordered.
    pub(crate) fn stock(&self) -> u64 {
        let had = self
            .initial
            .checked_add(self.restocked)
            .expect("STOCK_MAX bounds both");
        had.checked_sub(self.sold)
            .expect("I4: never more sold than there was")
    }
}

wire_struct! {
    pub(crate) struct Account {
        pub(crate) principal: Principal,
        pub(crate) balance: Amount,
        pub(crate) version: u64,
        pub(crate) changed_at: Instant,
        pub(crate) last: Position,
    }
}

wire_struct! {
    #[derive(Default)]
    pub(crate) struct Buyer {
        /// Of the buyer's account and of all orders; set by the first of either.
        pub(crate) currency: Option<Currency>,
        pub(crate) account: Option<Box<Account>>,
        pub(crate) last_booking: BookingId,
        pub(crate) last_order: OrderId,
    }
}

wire_struct! {
    pub(crate) struct Outside {
        pub(crate) order: OrderId,
        pub(crate) amount: Amount,
        pub(crate) credited: bool,
        pub(crate) at: Instant,
        pub(crate) last: Position,
    }
}

wire_struct! {
    pub(crate) struct KeyRecord {
        pub(crate) fingerprint: [u8; 16],
        pub(crate) principal: Principal,
        pub(crate) expires_at: Instant,
        pub(crate) last: Position,
        pub(crate) reply: Vec<u8>,
    }
}

wire_struct! {
    /// Where all money is: what came in equals what is there, at every position.
    #[derive(Default)]
    pub(crate) struct Ledger {
        /// Charged by buyers.
        pub(crate) charged: i128,
        /// Outside payments that paid an order.
        pub(crate) outside: i128,
        /// Outside payments that were credited.
        pub(crate) credited: i128,
        /// Paid for orders, refunds taken off.
        pub(crate) revenue: i128,
        /// In all accounts together.
        pub(crate) balances: i128,
    }
}

/// Something with a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    Hold(HoldId),
    Order(OrderId),
}
