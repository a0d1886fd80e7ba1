//! Records of holds: 20 to 22.

use super::SeatRef;
use crate::codec::{wire_enum, wire_struct};
use crate::ids::{Fence, HoldId, Name, Position, Principal, ShowIdx};
use crate::money::Amount;
use crate::reply::Places;
use crate::time::Instant;

wire_struct! {
    /// Record 20: seats or places are held.
    pub struct HoldPlaced {
        /// Its number.
        pub hold: HoldId,
        /// In this show.
        pub show: ShowIdx,
        /// Whose.
        pub buyer: Name,
        /// Under this key.
        pub principal: Principal,
        /// Seats, in the order asked.
        pub seats: Vec<SeatRef>,
        /// Or places.
        pub places: Option<Places>,
        /// Price of it all.
        pub amount: Amount,
        /// From this moment it is gone.
        pub expires_at: Instant,
        /// Whether it is the buyer's session lock.
        pub session: bool,
    }
}

wire_struct! {
    /// Record 21: a hold lives on under a new fence.
    pub struct HoldExtended {
        /// Which.
        pub hold: HoldId,
        /// The new fence.
        pub fence: Fence,
        /// The new deadline.
        pub expires_at: Instant,
        /// The previous record of this hold.
        pub previous: Position,
    }
}

wire_enum! {
    /// Why a hold is gone.
    pub enum ReleaseCause {
        /// Its buyer gave it back.
        Buyer = 1,
        /// Its deadline passed.
        Expired = 2,
        /// The same session holds something else now.
        Replaced = 3,
        /// An operator freed it.
        Operator = 4,
    }
}

wire_struct! {
    /// Record 22: a hold is gone.
    pub struct HoldReleased {
        /// Which.
        pub hold: HoldId,
        /// In this show.
        pub show: ShowIdx,
        /// Why.
        pub cause: ReleaseCause,
        /// Seats that are free now.
        pub seats: Vec<SeatRef>,
        /// Places that are free now.
        pub places: Option<Places>,
        /// The previous record of this hold.
        pub previous: Position,
    }
}
