//! Products: something with a stock count and a price.
//!
//! Invariants: `stock = initial + restocked - sold`, always.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::validate::{Faults, Pointer, Validate};
use crate::{Currency, Text};

/// Body of `PUT /v1/products/{product}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRequest {
    /// Name for people; absent: the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Price of one in minor units. A new price does not change orders that exist.
    pub price: i64,
    /// ISO 4217 code; cannot change.
    pub currency: String,
    /// Stock at the start; absent: 0 when the product is created, unchanged later. Given later,
    /// it must equal the first value: use restock to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
}

/// Body of `POST /v1/products/{product}/restock`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RestockRequest {
    /// How many arrived.
    pub quantity: i64,
}

/// A product with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProductResponse<'a> {
    /// Id of the product.
    pub product: Text<'a>,
    /// Name for people.
    pub name: Text<'a>,
    /// Price of one in minor units.
    pub price: i64,
    /// Currency of the price.
    pub currency: Currency,
    /// What can still be ordered.
    pub stock: u64,
    /// What there was at the start.
    pub initial: u64,
    /// What was added since.
    pub restocked: u64,
    /// What is in orders that are paid or can still be paid.
    pub sold: u64,
}

impl Validate for ProductRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if let Some(name) = &self.name {
            faults.text(&at.key("name"), name);
        }
        faults.amount(&at.key("price"), self.price);
        faults.currency(&at.key("currency"), &self.currency);
        if let Some(stock) = self.stock {
            faults.range(&at.key("stock"), stock, 0..=limits::STOCK_MAX);
        }
    }
}

impl Validate for RestockRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.range(&at.key("quantity"), self.quantity, 1..=limits::RESTOCK_MAX);
    }
}
