//! Records of orders and their payments: 50 to 54.

use super::SeatRef;
use crate::codec::{wire_enum, wire_struct};
use crate::ids::{BookingId, HoldId, Name, OrderId, Position, Principal, ProductIdx, ShowIdx};
use crate::money::{Amount, Currency};
use crate::reply::Places;
use crate::time::Instant;

wire_struct! {
    /// One product of an order.
    pub struct OrderItem {
        /// Which.
        pub product: ProductIdx,
        /// Units.
        pub quantity: u32,
        /// Price of one unit when ordered.
        pub unit_price: Amount,
    }
}

wire_struct! {
    /// Record 50: an order stands; its seats and stock are taken.
    pub struct OrderPlaced {
        /// Its number.
        pub order: OrderId,
        /// Whose.
        pub buyer: Name,
        /// Under this key.
        pub principal: Principal,
        /// Products.
        pub items: Vec<OrderItem>,
        /// The show of its seats or places.
        pub show: Option<ShowIdx>,
        /// Seats, in the order asked.
        pub seats: Vec<SeatRef>,
        /// Or places.
        pub places: Option<Places>,
        /// The hold that it consumes.
        pub hold: Option<HoldId>,
        /// Price of it all.
        pub total: Amount,
        /// Of the price.
        pub currency: Currency,
        /// From this moment it is expired if unpaid.
        pub pay_by: Instant,
    }
}

wire_enum! {
    /// Where the money came from.
    pub enum Method {
        /// The buyer's account.
        Account = 1,
        /// Outside, under this reference.
        Outside(Name) = 2,
    }
}

wire_struct! {
    /// Record 51: an order was paid. Its booking, if it has seats, is the next event.
    pub struct OrderPaid {
        /// Which.
        pub order: OrderId,
        /// What was paid: its total.
        pub amount: Amount,
        /// Where from.
        pub method: Method,
        /// Its booking, if it has seats or places.
        pub booking: Option<BookingId>,
        /// Whether the order had expired and took its seats and stock again.
        pub reacquired: bool,
        /// The previous record of this order.
        pub previous: Position,
    }
}

wire_enum! {
    /// Why an order is over unpaid.
    pub enum CloseCause {
        /// Given up.
        Cancelled = 1,
        /// Nobody paid in time.
        Expired = 2,
        /// An operator freed its seats.
        Operator = 3,
    }
}

wire_struct! {
    /// Record 52: an order is over unpaid; all that it claimed is free.
    pub struct OrderClosed {
        /// Which.
        pub order: OrderId,
        /// Why.
        pub cause: CloseCause,
        /// The show of its seats or places.
        pub show: Option<ShowIdx>,
        /// Seats that are free now.
        pub seats: Vec<SeatRef>,
        /// Places that are free now.
        pub places: Option<Places>,
        /// The previous record of this order.
        pub previous: Position,
    }
}

wire_struct! {
    /// Record 53: a paid order was given back, in part or whole. Freed seats and the money are the
    /// next events.
    pub struct OrderRefunded {
        /// Which.
        pub order: OrderId,
        /// Units that went back to the stock.
        pub items: Vec<OrderItem>,
        /// What was given back.
        pub amount: Amount,
        /// Whether nothing is left of it.
        pub whole: bool,
        /// The previous record of this order.
        pub previous: Position,
    }
}

wire_struct! {
    /// Record 54: an outside payment is known. What it did is the next event.
    pub struct OutsideRecorded {
        /// The provider's reference.
        pub reference: Name,
        /// For which order.
        pub order: OrderId,
        /// What was taken.
        pub amount: Amount,
        /// Whether it was credited to the buyer's account instead of paying the order.
        pub credited: bool,
    }
}
