//! Records of products: 40 and 41.

use crate::codec::wire_struct;
use crate::ids::{Name, Position, Principal, ProductIdx, Text};
use crate::money::{Amount, Currency};

wire_struct! {
    /// Record 40: the product, as it is from now on.
    pub struct ProductPut {
        /// Its index.
        pub product: ProductIdx,
        /// Its id.
        pub id: Name,
        /// Who put it first.
        pub principal: Principal,
        /// For people.
        pub title: Text,
        /// Of one unit.
        pub price: Amount,
        /// Of the price.
        pub currency: Currency,
        /// Units at the start.
        pub initial: u64,
        /// The previous record of this product.
        pub previous: Position,
    }
}

wire_struct! {
    /// Record 41: stock was added.
    pub struct Restocked {
        /// To which.
        pub product: ProductIdx,
        /// Units.
        pub quantity: u32,
        /// The previous record of this product.
        pub previous: Position,
    }
}
