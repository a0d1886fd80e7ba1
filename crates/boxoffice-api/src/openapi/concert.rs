//! The concert dialect: reservations of numbered seats, and their payments.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Keys, Reply, Spec, json_reply};
use crate::schema::{
    Named, count, currency, flag, int, lenient, maybe, req, response, string, time, words,
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
    requests().into_iter().chain(responses()).collect()
}

fn requests() -> [Named; 2] {
    let positive = |doc| int(1, crate::limits::AMOUNT_MAX, doc);
    [
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
    ]
}

fn responses() -> [Named; 4] {
    [
        response(
            "Concert",
            "A concert",
            vec![
                req("concertId", count("Id")),
                req("title", string("Title")),
                req("venue", string("Venue")),
                req("startsAt", maybe(time("When it begins"))),
                req("price", count("Of a seat of the first row, in minor units")),
                req("currency", currency("Currency of the price")),
                req("totalSeats", count("Seats")),
                req("isOpen", flag("Whether it takes reservations")),
            ],
        ),
        response(
            "Reservation",
            "A reservation",
            vec![
                req("reservationId", count("Id")),
                req("concertId", count("Id of the concert")),
                req("seatNumber", count("Number of the seat")),
                req("userId", count("Who reserved")),
                req("price", count("What is to be paid")),
                req("status", words(&["PENDING_PAYMENT"], "State")),
                req("reservedAt", time("When")),
                req("expiresAt", time("Until when it must be paid")),
            ],
        ),
        response(
            "Payment",
            "A payment",
            vec![
                req("reservationId", count("Id of the reservation")),
                req("userId", count("Who paid")),
                req("amount", count("How much")),
                req("balance", maybe(count("Afterwards"))),
                req("status", words(&["PAID"], "State")),
                req("paidAt", time("When")),
            ],
        ),
        response(
            "Error",
            "A refusal",
            vec![
                req("code", string("What kind of refusal")),
                req("message", string("What happened")),
            ],
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
        keys: Keys::Dialect,
    })
}
