//! Record of accounts: 60.

use crate::codec::{wire_enum, wire_struct};
use crate::ids::{Name, OrderId, Position, Principal};
use crate::money::{Amount, Currency};

wire_enum! {
    /// Why money moved.
    pub enum Movement {
        /// The buyer topped up.
        Charge = 1,
        /// Paid this order.
        Payment(OrderId) = 2,
        /// Got money back for this order.
        Refund(OrderId) = 3,
        /// An outside payment for this order could not be used.
        Credit(OrderId) = 4,
    }
}

wire_struct! {
    /// Record 60: money moved in or out of an account; the first movement opens it.
    pub struct AccountChanged {
        /// Whose.
        pub buyer: Name,
        /// Who opened it.
        pub principal: Principal,
        /// Why.
        pub movement: Movement,
        /// In (positive) or out (negative).
        pub amount: Amount,
        /// What is in it now.
        pub balance: Amount,
        /// Of the money.
        pub currency: Currency,
        /// The previous record of this account.
        pub previous: Position,
    }
}
