//! Orders, their payment and their refund.
//!
//! Invariants: a valid order names a product at most once and a hold only with its token.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::hold::{self, PlacesItem, SeatItem};
use crate::limits;
use crate::validate::{Faults, Pointer, Validate};
use crate::{Currency, Text, Timestamp};

/// Body of `POST /v1/orders`: items, a hold, or both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// Who orders.
    pub buyer: String,
    /// Products; their stock is taken at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemRequest>,
    /// Hold whose seats are ordered; the order consumes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// The token that came with the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// If given, it must be the hold's current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
    /// Time to pay, 0.1 s to 30 days; absent: the show's, or 15 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<i64>,
}

/// A product and how many of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ItemRequest {
    /// Id of the product.
    pub product: String,
    /// How many.
    pub quantity: i64,
}

/// Body of `POST /v1/orders/{order}/payment`; empty: from the account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentRequest {
    /// `account`, which is also the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Records a payment that was taken outside, under its own reference, unique in the house.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What was taken outside, in minor units; absent: the price of the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
}

/// How an order is paid, after validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentMethod<'a> {
    /// From the buyer's account.
    Account,
    /// Taken outside already.
    Outside {
        /// Unique in the house.
        reference: &'a str,
        /// What was taken, in minor units; absent: the price of the order.
        amount: Option<i64>,
    },
}

/// Body of `POST /v1/orders/{order}/refund`; empty: everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// Only these products and quantities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<ItemRequest>>,
    /// Only these seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<String>>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderResponse<'a> {
    /// Id of the order.
    pub order: Text<'a>,
    /// Number for people; grows by one with every order of the house.
    pub number: u64,
    /// Who ordered.
    pub buyer: Text<'a>,
    /// How far it is.
    pub status: OrderStatus,
    /// Products with the price at the time of the order.
    pub items: Vec<OrderItem<'a>>,
    /// Seats of the hold that it consumed.
    pub seats: Vec<SeatItem<'a>>,
    /// Places of the hold that it consumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<PlacesItem<'a>>,
    /// Id of the show, if there are seats or places.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show: Option<Text<'a>>,
    /// Price of everything in minor units.
    pub total: i64,
    /// Currency of the prices.
    pub currency: Currency,
    /// From this instant on an unpaid order gives back what it took.
    pub pay_by: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// Id of the booking of its seats, once paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Text<'a>>,
    /// Refunded so far, in minor units.
    pub refunded: i64,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Waits for its payment until `pay_by`.
    PendingPayment,
    /// Paid, perhaps refunded in part.
    Paid,
    /// Not paid in time.
    Expired,
    /// Given up by the buyer or the house.
    Cancelled,
    /// Paid and refunded in full.
    Refunded,
}

impl OrderStatus {
    /// The names on the wire.
    pub const NAMES: [&'static str; 5] = [
        "pending_payment",
        "paid",
        "expired",
        "cancelled",
        "refunded",
    ];
}

/// A product in an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderItem<'a> {
    /// Id of the product.
    pub product: Text<'a>,
    /// Its name.
    pub name: Text<'a>,
    /// How many.
    pub quantity: u64,
    /// Price of one when it was ordered, in minor units.
    pub unit_price: i64,
    /// `quantity` × `unit_price`.
    pub subtotal: i64,
}

/// Reply to a payment: 200 if it paid the order, 201 if it was credited to the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaymentResponse<'a> {
    /// Id of the order.
    pub order: Text<'a>,
    /// Status of the order now.
    pub status: OrderStatus,
    /// What became of the money.
    pub outcome: PaymentOutcome,
    /// How much, in minor units.
    pub amount: i64,
    /// Balance of the account afterwards, if it was touched; absent if it is another key's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
    /// Id of the booking of the order's seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Text<'a>>,
    /// When the money was taken or credited.
    pub paid_at: Timestamp,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentOutcome {
    /// It paid the order.
    Paid,
    /// It came late, twice or for a cancelled order, and is in the buyer's account.
    Credited,
}

impl PaymentOutcome {
    /// The names on the wire.
    pub const NAMES: [&'static str; 2] = ["paid", "credited"];
}

/// Reply to a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundResponse<'a> {
    /// Id of the order.
    pub order: Text<'a>,
    /// Status of the order now.
    pub status: OrderStatus,
    /// What this call refunded, in minor units.
    pub amount: i64,
    /// Balance of the buyer's account afterwards; absent if the account is another key's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
}

/// Reply to `GET /v1/buyers/{buyer}/orders`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrderList<'a> {
    /// Whose they are.
    pub buyer: Text<'a>,
    /// One page of them.
    pub orders: Vec<OrderResponse<'a>>,
    /// Value of `before` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<'a>>,
}

impl PaymentRequest {
    /// How it is paid; `None` only if the request is not valid.
    #[must_use]
    pub fn method(&self) -> Option<PaymentMethod<'_>> {
        match (
            self.method.as_deref(),
            self.reference.as_deref(),
            self.amount,
        ) {
            (None | Some("account"), None, None) => Some(PaymentMethod::Account),
            (None, Some(reference), amount) => Some(PaymentMethod::Outside { reference, amount }),
            _ => None,
        }
    }
}

fn check_items(at: &Pointer<'_>, items: &[ItemRequest], faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (idx, item) in items.iter().enumerate() {
        let at = at.index(idx);
        faults.id(&at.key("product"), &item.product);
        // Two lines of one product would have to be added up before stock is checked.
        if items.len() > 1 && !seen.insert(&item.product) {
            faults.add(&at.key("product"), "is named twice; add the quantities up");
        }
        faults.range(
            &at.key("quantity"),
            item.quantity,
            1..=limits::QUANTITY_PER_ITEM_MAX,
        );
    }
}

impl Validate for OrderRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.id(&at.key("buyer"), &self.buyer);
        let at_items = at.key("items");
        if faults.count(&at_items, self.items.len(), 0..=limits::ITEMS_PER_ORDER_MAX) {
            check_items(&at_items, &self.items, faults);
        }
        match (&self.hold, &self.token) {
            (Some(hold), Some(token)) => {
                faults.id(&at.key("hold"), hold);
                faults.token(&at.key("token"), token);
            }
            (Some(_), None) => faults.add(&at.key("token"), "is required with a hold"),
            (None, Some(_)) => faults.add(&at.key("hold"), "is required with a token"),
            (None, None) if self.items.is_empty() => {
                faults.add(at, "must have items, a hold, or both");
            }
            (None, None) => {}
        }
        if self.fence.is_some() && self.hold.is_none() {
            faults.add(&at.key("hold"), "is required with a fence");
        }
        if let Some(ttl_ms) = self.ttl_ms {
            let range = limits::ORDER_TTL_MS_MIN..=limits::ORDER_TTL_MS_MAX;
            faults.range(&at.key("ttl_ms"), ttl_ms, range);
        }
    }
}

impl Validate for PaymentRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if let Some(method) = self.method.as_deref().filter(|m| *m != "account") {
            faults.add(&at.key("method"), format!("must be account, is {method:?}"));
        } else if self.method().is_none() {
            let detail = "must have either method account, or reference and perhaps amount";
            faults.add(at, detail);
        }
        if let Some(reference) = &self.reference {
            faults.id(&at.key("reference"), reference);
        }
        if let Some(amount) = self.amount {
            faults.amount(&at.key("amount"), amount);
        }
    }
}

impl Validate for RefundRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if let Some(items) = &self.items {
            let at_items = at.key("items");
            if faults.count(&at_items, items.len(), 1..=limits::ITEMS_PER_ORDER_MAX) {
                check_items(&at_items, items, faults);
            }
        }
        if let Some(seats) = &self.seats {
            hold::check_seats(&at.key("seats"), seats, faults);
        }
    }
}
