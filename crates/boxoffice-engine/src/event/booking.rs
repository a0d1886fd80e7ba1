//! Records of bookings: 30 and 31.

use super::SeatRef;
use crate::codec::{wire_enum, wire_struct};
use crate::ids::{BookingId, HoldId, Name, OrderId, Position, Principal, ShowIdx};
use crate::money::Amount;
use crate::reply::Places;

wire_enum! {
    /// What a booking was made from.
    pub enum Source {
        /// Free seats, in one step.
        Direct = 1,
        /// A hold, which it consumes.
        Hold(HoldId) = 2,
        /// A paid order, whose seats it takes over.
        Order(OrderId) = 3,
    }
}

wire_struct! {
    /// Record 30: seats or places are booked.
    pub struct BookingMade {
        /// Its number.
        pub booking: BookingId,
        /// In this show.
        pub show: ShowIdx,
        /// Whose.
        pub buyer: Name,
        /// Under this key.
        pub principal: Principal,
        /// What it was made from.
        pub source: Source,
        /// Seats, in the order asked.
        pub seats: Vec<SeatRef>,
        /// Or places.
        pub places: Option<Places>,
        /// Price of it all.
        pub amount: Amount,
    }
}

wire_enum! {
    /// Why seats of a booking are free again.
    pub enum CancelCause {
        /// Its buyer or seller cancelled it.
        Cancelled = 1,
        /// Its order was refunded.
        Refunded = 2,
        /// An operator freed the seat.
        Operator = 3,
    }
}

wire_struct! {
    /// Record 31: seats or places of a booking are free again.
    pub struct BookingCancelled {
        /// Which.
        pub booking: BookingId,
        /// In this show.
        pub show: ShowIdx,
        /// Why.
        pub cause: CancelCause,
        /// Seats that are free now.
        pub seats: Vec<SeatRef>,
        /// Places that are free now.
        pub places: Option<Places>,
        /// The previous record of this booking.
        pub previous: Position,
    }
}
