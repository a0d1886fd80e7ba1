//! The order-race dialect: one order claims seats of an event at once.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Keys, Kind, Reply, Spec, json_reply};
use crate::schema::{
    Named, count, lenient, list, maybe, opt, own_id, req, response, string, time, words,
};

const fn text(status: u16, doc: &'static str) -> Reply {
    Reply {
        status,
        content: Content::Text,
        doc,
    }
}

const EVERYWHERE: &[Reply] = &[
    text(401, "No Bearer token"),
    text(413, "Too large"),
    text(429, "Too many requests"),
    text(
        503,
        "Overloaded, recovering or unsure of the outcome; see `Retry-After`",
    ),
];
const UNKNOWN: Reply = text(404, "No such order");
/// Who asks, where the Bearer token does not tell.
const WHO: &[&str] = &["X-User-Id"];
const ORDER: Call = Call {
    method: "POST",
    path: "/api/order",
    id: "order",
    tag: "orders",
    summary: "Order seats, all or nothing",
    headers: WHO,
    body: Body::Required("OrderRequest"),
    replies: &[
        json_reply(201, "Order", "The seats are the caller's"),
        text(
            400,
            "`Seat validation failed: one or more seats already locked`, or malformed",
        ),
    ],
    needs_key: true,
    ..CALL
};

const CALLS: &[Call] = &[
    ORDER,
    Call {
        path: "/api/order/",
        id: "orderWithSlash",
        ..ORDER
    },
    Call {
        path: "/api/order/{order_id}",
        id: "read",
        tag: "orders",
        summary: "Read an order",
        headers: WHO,
        replies: &[json_reply(200, "OrderStatus", "The order"), UNKNOWN],
        needs_key: true,
        ..CALL
    },
    Call {
        method: "DELETE",
        path: "/api/order/{order_id}",
        id: "delete",
        tag: "orders",
        summary: "Give an order and its seats back",
        headers: WHO,
        replies: &[
            Reply {
                status: 204,
                content: Content::Empty,
                doc: "Its seats are free",
            },
            UNKNOWN,
        ],
        needs_key: true,
        ..CALL
    },
    Call {
        method: "POST",
        path: "/api/order/{order_id}/create-payment-intent",
        id: "intent",
        tag: "orders",
        summary: "Begin to pay an order",
        headers: WHO,
        body: Body::None,
        replies: &[
            json_reply(200, "Intent", "What the payment provider needs"),
            UNKNOWN,
            text(400, "The order can no longer be paid"),
        ],
        needs_key: true,
        ..CALL
    },
    Call {
        path: "/api/order/user/{user_id}",
        id: "ordersOfUser",
        tag: "orders",
        summary: "List the orders of a user",
        headers: WHO,
        replies: &[Reply {
            status: 200,
            content: Content::List("OrderStatus"),
            doc: "Newest first",
        }],
        needs_key: true,
        ..CALL
    },
    Call {
        method: "POST",
        path: "/realms/{realm}/protocol/openid-connect/token",
        id: "token",
        tag: "login",
        summary: "Log in with a password grant",
        body: Body::Form("TokenRequest"),
        replies: &[
            json_reply(200, "Token", "The token"),
            text(400, "Malformed"),
        ],
        ..CALL
    },
];

fn schemas() -> Vec<Named> {
    requests().into_iter().chain(responses()).collect()
}

fn requests() -> [Named; 2] {
    let seat = json!({"type": ["string", "integer"], "description": "Id of a seat"});
    [
        lenient(
            "OrderRequest",
            "Seats to order",
            vec![
                req("event_id", count("Id of the event")),
                req("session_id", count("Id of the session")),
                req("seat_ids", list(seat, "Seats, as strings or numbers")),
                opt("organization_id", count("Id of the organization")),
                opt("discount_id", json!({"description": "Ignored"})),
            ],
            json!({"event_id": 1, "session_id": 1, "seat_ids": ["1"], "organization_id": 1,
            "discount_id": null}),
        ),
        lenient(
            "TokenRequest",
            "A password grant",
            vec![
                req("grant_type", words(&["password"], "Kind of grant")),
                req("username", string("Name")),
                req("password", string("Password")),
                opt("client_id", string("Client")),
            ],
            json!({"grant_type": "password", "username": "u", "password": "p"}),
        ),
    ]
}

fn responses() -> [Named; 4] {
    [
        response(
            "Order",
            "An order",
            vec![
                req("order_id", own_id("Id")),
                req("session_id", count("Id of the session")),
                req("organization_id", count("Id of the organization")),
                req("seat_ids", list(string("Id of a seat"), "Its seats")),
                req("user_id", string("Who ordered")),
            ],
        ),
        response(
            "OrderStatus",
            "An order as it stands",
            vec![
                req("order_id", own_id("Id")),
                req("event_id", maybe(count("Id of the event"))),
                req("session_id", maybe(count("Id of the session"))),
                req("seat_ids", list(string("Id of a seat"), "Its seats")),
                req("user_id", string("Who ordered")),
                req("status", string("State")),
                req("total", json!({"description": "What is to be paid"})),
                req("currency", string("Currency of the total")),
                req("created_at", time("When it was made")),
                req("expires_at", time("Until when it must be paid")),
            ],
        ),
        response(
            "Intent",
            "A payment that was begun",
            vec![
                req("payment_intent_id", own_id("Id of the payment")),
                req("order_id", own_id("Id of the order")),
                req("amount", count("What is to be paid, in minor units")),
                req("currency", string("Currency of the amount")),
                req(
                    "status",
                    words(&["requires_payment_method", "succeeded"], "State"),
                ),
                req("expires_at", time("Until when it must be paid")),
            ],
        ),
        response(
            "Token",
            "A token",
            vec![
                req("access_token", string("For `Authorization: Bearer`")),
                req("expires_in", count("Seconds")),
                req("token_type", string("`Bearer`")),
            ],
        ),
    ]
}

pub(super) fn document() -> Value {
    build::document(Spec {
        title: "boxoffice: order race dialect",
        description: "Orders that claim seats of an event at once. An unpaid order gives its \
            seats back after 5 minutes. Refusals are plain text.",
        calls: &[CALLS],
        schemas: schemas(),
        path_docs: &[
            ("order_id", Kind::Id, "Id of the order"),
            ("user_id", Kind::Id, "Id of the user"),
            ("realm", Kind::Id, "Any realm"),
        ],
        headers: vec![(
            "X-User-Id",
            json!({"type": "string", "pattern": "^[A-Za-z0-9._-]{1,48}$"}),
            "Names the caller where the Bearer token is the API key, which all callers share; \
             without it they are one caller. Not looked at beside a Bearer token of this system",
        )],
        everywhere: EVERYWHERE,
        keys: Keys::Dialect,
    })
}
