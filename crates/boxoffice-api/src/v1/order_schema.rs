//! The schemas of [`super::order`], in a file of their own because that one is long.
//!
//! Invariants: one schema for each type of that file that a client can see.

use serde_json::json;

use super::order::{OrderStatus, PaymentOutcome};
use crate::limits;
use crate::schema;

pub(crate) fn schemas() -> Vec<schema::Named> {
    request_schemas()
        .into_iter()
        .chain(order_schemas())
        .chain(money_schemas())
        .collect()
}

fn request_schemas() -> [schema::Named; 4] {
    use schema::{bounded, count, id, int, of, opt, own_id, req};
    let items = |min, doc| bounded(of("ItemRequest"), min, limits::ITEMS_PER_ORDER_MAX, doc);
    let ttl_doc = "Time to pay in milliseconds; absent: the show's, or 15 minutes";
    let order = schema::request(
        "OrderRequest",
        "Orders products, the seats of a hold, or both",
        vec![
            req("buyer", id("Who orders")),
            opt("items", items(0, "Products; their stock is taken at once")),
            opt(
                "hold",
                own_id("Hold whose seats are ordered; the order consumes it"),
            ),
            opt("token", own_id("The token that came with the hold")),
            opt(
                "fence",
                count("If given, it must be the hold's current one"),
            ),
            opt(
                "ttl_ms",
                int(limits::ORDER_TTL_MS_MIN, limits::ORDER_TTL_MS_MAX, ttl_doc),
            ),
        ],
        json!({"buyer": "b-1", "items": [{"product": "programme", "quantity": 2}]}),
    );
    let quantity = int(1, limits::QUANTITY_PER_ITEM_MAX, "How many");
    [
        schema::any_of(order, &[&["items"], &["hold", "token"]]),
        schema::request(
            "ItemRequest",
            "A product and how many of it",
            vec![
                req("product", id("Id of the product")),
                req("quantity", quantity),
            ],
            json!({"product": "programme", "quantity": 2}),
        ),
        schema::request(
            "PaymentRequest",
            "Pays from the account (also if the body is empty), or records an outside payment",
            vec![
                opt(
                    "method",
                    schema::words(&["account"], "Not together with `reference`"),
                ),
                opt(
                    "reference",
                    id("Of the outside payment, unique in the house"),
                ),
                opt(
                    "amount",
                    schema::amount("Taken outside, in minor units; absent: the total"),
                ),
            ],
            json!({"reference": "psp-4711"}),
        ),
        schema::request(
            "RefundRequest",
            "Refunds everything (also if the body is empty), or only what is named",
            vec![
                opt("items", items(1, "Only these products and quantities")),
                opt("seats", schema::seat_ids("Only these seats")),
            ],
            json!({"items": [{"product": "programme", "quantity": 1}]}),
        ),
    ]
}

fn order_schemas() -> [schema::Named; 3] {
    use schema::{amount, count, currency, id, list, of, opt, own_id, req, text, time, words};
    [
        schema::response(
            "Order",
            "An order",
            vec![
                req("order", own_id("Id of the order")),
                req("number", count("Number for people")),
                req("buyer", id("Who ordered")),
                req("status", words(&OrderStatus::NAMES, "How far it is")),
                req("items", list(of("OrderItem"), "Products")),
                req(
                    "seats",
                    list(of("SeatItem"), "Seats of the hold that it consumed"),
                ),
                opt("places", of("PlacesItem")),
                opt("show", id("Id of the show, if there are seats or places")),
                req("total", amount("Price of everything in minor units")),
                req("currency", currency("Currency of the prices")),
                req(
                    "pay_by",
                    time("From this instant on it gives back what it took"),
                ),
                req("created_at", time("When it was made")),
                opt("paid_at", time("When it was paid")),
                opt(
                    "booking",
                    own_id("Id of the booking of its seats, once paid"),
                ),
                req("refunded", amount("Refunded so far, in minor units")),
            ],
        ),
        schema::response(
            "OrderItem",
            "A product in an order",
            vec![
                req("product", id("Id of the product")),
                req("name", text("Its name")),
                req("quantity", count("How many")),
                req("unit_price", amount("Price of one when it was ordered")),
                req("subtotal", amount("quantity × unit_price")),
            ],
        ),
        schema::response(
            "OrderList",
            "A buyer's orders, newest first",
            vec![
                req("buyer", id("Whose they are")),
                req("orders", list(of("Order"), "One page of them")),
                opt("next", own_id("Value of `before` for the next page")),
            ],
        ),
    ]
}

fn money_schemas() -> [schema::Named; 2] {
    use schema::{amount, opt, own_id, req, time, words};
    [
        schema::response(
            "Payment",
            "What became of a payment",
            vec![
                req("order", own_id("Id of the order")),
                req(
                    "status",
                    words(&OrderStatus::NAMES, "Status of the order now"),
                ),
                req(
                    "outcome",
                    words(&PaymentOutcome::NAMES, "What became of the money"),
                ),
                req("amount", amount("How much, in minor units")),
                opt(
                    "balance",
                    amount("Balance of the account, if touched; absent if it is another key's"),
                ),
                opt("booking", own_id("Id of the booking of the order's seats")),
                req("paid_at", time("When the money was taken or credited")),
            ],
        ),
        schema::response(
            "Refund",
            "What a refund did",
            vec![
                req("order", own_id("Id of the order")),
                req(
                    "status",
                    words(&OrderStatus::NAMES, "Status of the order now"),
                ),
                req("amount", amount("What this call refunded, in minor units")),
                opt(
                    "balance",
                    amount("Balance of the buyer's account; absent if it is another key's"),
                ),
            ],
        ),
    ]
}
