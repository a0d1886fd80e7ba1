//! The concert dialect: reservations of numbered seats, and their payments.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Reply, Spec, json_reply};
use crate::schema::{Named, count, int, lenient, req, response, string};

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
const WHO: &[&str] = &["X-User-Id"];

const CALLS: &[Call] = &[
    Call {
        path: "/concerts",
        id: "concerts",
        tag: "concerts",
        summary: "List concerts",
        headers: WHO,
        replies: &[Reply {
            status: 200,
            content: Content::List("Concert"),
            doc: "All concerts",
        }],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/reservations",
        id: "reserve",
        tag: "reservations",
        summary: "Keep a seat for 10 minutes",
        headers: WHO,
        body: Body::Required("ReservationRequest"),
        replies: &[
            json_reply(200, "Reservation", "The seat is kept"),
            refused(400, "Malformed, or unknown concert, seat or user"),
            refused(409, "The seat is taken, perhaps by the caller"),
        ],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/payments",
        id: "pay",
        tag: "payments",
        summary: "Pay a reservation from the user's balance; it becomes a booking",
        notes: "Takes the price of the reservation; `amount` must be a positive integer and is \
            otherwise ignored.",
        headers: WHO,
        body: Body::Required("PaymentRequest"),
        replies: &[
            json_reply(200, "Payment", "Paid"),
            refused(
                400,
                "Malformed, unknown, foreign, expired, already paid or too poor",
            ),
        ],
        ..CALL
    },
];

fn schemas() -> Vec<Named> {
    let positive = |doc| int(1, crate::limits::AMOUNT_MAX, doc);
    vec![
        response("Concert", "A concert", vec![req("concertId", count("Id"))]),
        lenient(
            "ReservationRequest",
            "A seat to keep",
            vec![
                req("concertId", count("Id of the concert")),
                req("seatNumber", positive("Number of the seat")),
                req("userId", positive("Who wants it; decides over `X-User-Id`")),
            ],
            json!({"concertId": 1, "seatNumber": 17, "userId": 42}),
        ),
        response(
            "Reservation",
            "A reservation",
            vec![req("reservationId", count("Id"))],
        ),
        lenient(
            "PaymentRequest",
            "A reservation to pay",
            vec![
                req("userId", positive("Who pays; decides over `X-User-Id`")),
                req("reservationId", positive("Id of the reservation")),
                req("amount", positive("Ignored")),
            ],
            json!({"userId": 42, "reservationId": 7, "amount": 10_000}),
        ),
        response(
            "Payment",
            "A payment",
            vec![req("reservationId", count("Id of the reservation"))],
        ),
        response(
            "Error",
            "A refusal",
            vec![req("message", string("What happened"))],
        ),
    ]
}

pub(super) fn document() -> Value {
    build::document(Spec {
        title: "boxoffice: concert dialect",
        description: "Concert reservations and payments. The body's `userId` identifies; an \
            `X-User-Id` that differs is refused, a missing one is accepted.",
        calls: &[CALLS],
        schemas: schemas(),
        path_docs: &[],
        headers: vec![(
            "X-User-Id",
            json!({"type": "integer", "minimum": 1}),
            "Id of the user",
        )],
        everywhere: EVERYWHERE,
    })
}
