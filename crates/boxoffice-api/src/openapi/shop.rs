//! The shop dialect: balances, orders of products, payments with a key.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Keys, Kind, Reply, Spec, json_reply};
use crate::limits;
use crate::schema::{
    Named, bounded, count, id, int, lenient, list, maybe, of, opt, req, response, string, time,
    words,
};

const fn refused(status: u16, doc: &'static str) -> Reply {
    json_reply(status, "Error", doc)
}

const EVERYWHERE: &[Reply] = &[
    refused(413, "Too large"),
    refused(429, "Too many requests"),
    refused(
        503,
        "Overloaded, recovering or unsure of the outcome; see `Retry-After`",
    ),
];

const CALLS: &[Call] = &[
    Call {
        method: "POST",
        path: "/api/users/{userId}/balance/charge",
        id: "charge",
        tag: "balance",
        summary: "Add to a user's balance",
        body: Body::Required("ChargeRequest"),
        replies: &[
            json_reply(200, "Charge", "Charged"),
            refused(400, "`COMMON002`: malformed"),
            refused(404, "`U001`: no such user"),
        ],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/api/orders",
        id: "order",
        tag: "orders",
        summary: "Order products; their stock is taken",
        body: Body::Required("OrderRequest"),
        replies: &[
            json_reply(201, "Order", "Waits for its payment"),
            refused(400, "`COMMON002`: malformed"),
            refused(404, "`P001`: no such product; `U001`: no such user"),
            refused(409, "`P002`: not enough stock"),
        ],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/api/orders/{orderId}/payment",
        id: "pay",
        tag: "orders",
        summary: "Pay an order from the user's balance",
        notes: "A key whose first use took money is refused with `PAY003` ever after; a refused \
            key repeats its refusal.",
        body: Body::Required("PaymentRequest"),
        replies: &[
            json_reply(200, "Payment", "Paid"),
            refused(
                400,
                "`COMMON002`: malformed or foreign; `O003`: already paid",
            ),
            refused(404, "`O002`: no such order; `U001`: no such user"),
            refused(
                409,
                "`PAY001`: the balance is too low; `PAY003`: the key was used",
            ),
        ],
        ..CALL
    },
];

fn schemas() -> Vec<Named> {
    requests().into_iter().chain(responses()).collect()
}

fn user() -> Value {
    count("Id of the user")
}

fn requests() -> [Named; 4] {
    let key = || id("Makes the request safe to repeat");
    let quantity = int(1, limits::QUANTITY_PER_ITEM_MAX, "How many");
    let items_max = limits::ITEMS_PER_ORDER_MAX;
    [
        lenient(
            "ChargeRequest",
            "A top-up",
            vec![
                req("amount", int(1, limits::AMOUNT_MAX, "How much")),
                opt("idempotencyKey", key()),
            ],
            json!({"amount": 10_000}),
        ),
        lenient(
            "OrderRequest",
            "Products to order",
            vec![
                req("userId", user()),
                req("items", bounded(of("WantedItem"), 1, items_max, "Products")),
                opt("idempotencyKey", key()),
            ],
            json!({"userId": 1, "items": [{"productId": 1, "quantity": 1}]}),
        ),
        lenient(
            "WantedItem",
            "A product",
            vec![
                req("productId", count("Id of the product")),
                req("quantity", quantity),
            ],
            json!({"productId": 1, "quantity": 1}),
        ),
        lenient(
            "PaymentRequest",
            "A payment",
            vec![
                req("userId", user()),
                req("idempotencyKey", key()),
                opt("amount", count("Ignored: the order's price counts")),
            ],
            json!({"userId": 1, "idempotencyKey": "pay-1"}),
        ),
    ]
}

fn responses() -> [Named; 5] {
    [
        response(
            "Charge",
            "A top-up",
            vec![
                req("userId", user()),
                req("balance", count("Afterwards")),
                req("chargedAmount", count("How much")),
                req("chargedAt", time("When")),
            ],
        ),
        response(
            "Order",
            "An order",
            vec![
                req("orderId", count("Id")),
                req("userId", user()),
                req("orderNumber", string("For people")),
                req("items", list(of("Item"), "Products")),
                req("subtotalAmount", count("Before discounts")),
                req("discountAmount", count("Discounts")),
                req("totalAmount", count("What is to be paid")),
                req("status", string("Such as `PENDING`")),
                req("createdAt", time("When")),
            ],
        ),
        response(
            "Item",
            "A product in an order",
            vec![
                req("productId", count("Id of the product")),
                req("productName", string("Its name")),
                req("quantity", count("How many")),
                req("unitPrice", count("Price of one")),
                req("subtotal", count("quantity × unitPrice")),
            ],
        ),
        response(
            "Payment",
            "A payment",
            vec![
                req("orderId", count("Id of the order")),
                req("paidAmount", count("How much")),
                req("remainingBalance", maybe(count("Afterwards"))),
                req("status", words(&["SUCCESS"], "Outcome")),
                req(
                    "dataTransmission",
                    string("What became of the hand-over to other systems"),
                ),
                req("paidAt", time("When")),
            ],
        ),
        response(
            "Error",
            "A refusal",
            vec![
                req("code", string("Such as `P002`")),
                req("message", string("What happened")),
                req("timestamp", time("When")),
            ],
        ),
    ]
}

pub(super) fn document() -> Value {
    build::document(Spec {
        title: "boxoffice: shop dialect",
        description: "Balances, orders of products, payments. Keys on charges and orders replay \
            their first success.",
        calls: &[CALLS],
        schemas: schemas(),
        path_docs: &[
            ("userId", Kind::Int(1, u64::MAX), "Id of the user"),
            ("orderId", Kind::Int(1, u64::MAX), "Id of the order"),
        ],
        headers: Vec::new(),
        everywhere: EVERYWHERE,
        keys: Keys::Dialect,
    })
}
