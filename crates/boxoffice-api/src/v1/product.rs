//! Products: something with a stock count and a price.
//!
//! Invariants: `stock = initial + restocked - sold`, always.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::limits;
use crate::schema;
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

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    use schema::{amount, count, currency, id, int, opt, req, text};
    vec![
        schema::request(
            "ProductRequest",
            "A product as it shall be from now on",
            vec![
                opt("name", text("Name for people; absent: the id")),
                req(
                    "price",
                    amount("Price of one in minor units; not for orders that exist"),
                ),
                req("currency", currency("ISO 4217 code; cannot change")),
                opt(
                    "stock",
                    int(0, limits::STOCK_MAX, "Stock at the start; cannot change"),
                ),
            ],
            json!({"name": "Programme", "price": 500, "currency": "EUR", "stock": 1000}),
        ),
        schema::request(
            "RestockRequest",
            "More of a product",
            vec![req(
                "quantity",
                int(1, limits::RESTOCK_MAX, "How many arrived"),
            )],
            json!({"quantity": 50}),
        ),
        schema::response(
            "Product",
            "A product with its counts: stock = initial + restocked - sold, always",
            vec![
                req("product", id("Id of the product")),
                req("name", text("Name for people")),
                req("price", amount("Price of one in minor units")),
                req("currency", currency("Currency of the price")),
                req("stock", count("What can still be ordered")),
                req("initial", count("What there was at the start")),
                req("restocked", count("What was added since")),
                req(
                    "sold",
                    count("What is in orders that are paid or can still be paid"),
                ),
            ],
        ),
    ]
}
