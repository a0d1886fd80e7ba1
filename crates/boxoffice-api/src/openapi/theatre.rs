//! The theatre dialect: bookings and locks of single seats. Paths also work without their final
//! slash.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Keys, Kind, Reply, Spec, json_reply};
use crate::schema::{
    Member, Named, count, lenient, list, maybe, of, opt, req, response, string, time, words,
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
const BAD: Reply = json_reply(400, "FieldErrors", "Malformed, or unknown seat or show");
const UNKNOWN: Reply = refused(404, "No such show or seat");
const SEAT_CALL: Call = Call {
    method: "POST",
    tag: "seats",
    body: Body::Required("SeatRequest"),
    ..CALL
};

const CALLS: &[Call] = &[
    Call {
        path: "/api/book-seat/",
        id: "book",
        summary: "Book a seat",
        notes: "The caller's own lock on the seat becomes the booking.",
        replies: &[
            json_reply(200, "Booked", "Booked"),
            BAD,
            refused(409, "`Seat is already booked by another user`"),
        ],
        ..SEAT_CALL
    },
    Call {
        path: "/api/lock-seat/",
        id: "lock",
        summary: "Lock a seat for 5 minutes",
        replies: &[
            json_reply(200, "Locked", "Locked"),
            BAD,
            UNKNOWN,
            refused(
                409,
                "`Seat is already booked` or `Seat is held by another user`",
            ),
        ],
        ..SEAT_CALL
    },
    Call {
        path: "/api/release-lock/",
        id: "release",
        summary: "Release the caller's own lock",
        replies: &[
            json_reply(
                200,
                "Done",
                "`Seat lock released` or `No lock found to release`",
            ),
            BAD,
        ],
        ..SEAT_CALL
    },
    Call {
        path: "/api/cancel-booking/",
        id: "cancel",
        summary: "Cancel the booking of a seat, to repeat a test",
        replies: &[json_reply(200, "Done", "The seat is free"), BAD, UNKNOWN],
        ..SEAT_CALL
    },
    Call {
        path: "/api/hall-layout/{show_id}/",
        id: "layout",
        tag: "shows",
        summary: "Read the seats of a show",
        replies: &[json_reply(200, "Layout", "All seats"), UNKNOWN],
        ..CALL
    },
    Call {
        path: "/api/shows/",
        id: "shows",
        tag: "shows",
        summary: "List shows",
        replies: &[Reply {
            status: 200,
            content: Content::List("Show"),
            doc: "All shows",
        }],
        ..CALL
    },
];

fn schemas() -> Vec<Named> {
    claims().into_iter().chain(shows()).collect()
}

fn claims() -> [Named; 6] {
    let success = || req("status", words(&["success"], "Outcome"));
    let message = || req("message", string("For people"));
    let by_field = json!({
        "type": "object", "description": "Messages by field",
        "additionalProperties": {"type": "array", "items": {"type": "string"}},
    });
    let user = json!({"type": ["integer", "string", "null"], "description": "Who; or anonymous"});
    [
        lenient(
            "SeatRequest",
            "A seat of a show",
            vec![
                req("seat_id", count("Id of the seat")),
                req("show_id", count("Id of the show")),
                opt("user_id", user),
            ],
            json!({"seat_id": 1, "show_id": 1, "user_id": 7}),
        ),
        response(
            "Booked",
            "A booking",
            vec![
                success(),
                message(),
                req(
                    "booking_id",
                    count("Id of the booking, below 1,000,000,000,000"),
                ),
                req("seat", string("Label of the seat: `A1`")),
            ],
        ),
        response(
            "Locked",
            "A lock",
            vec![
                success(),
                message(),
                req(
                    "booking_id",
                    count("Id of the lock, above 1,000,000,000,000: it is the id of no booking"),
                ),
                req("locked_until", time("When it ends")),
            ],
        ),
        response("Done", "Done", vec![success(), message()]),
        response(
            "Error",
            "A refusal",
            vec![req("status", words(&["error"], "Outcome")), message()],
        ),
        response(
            "FieldErrors",
            "What is wrong with a request",
            vec![
                req("status", words(&["error"], "Outcome")),
                req("message", by_field),
            ],
        ),
    ]
}

fn shows() -> [Named; 3] {
    let mut layout = show_members();
    layout.extend([
        req("total_rows", count("Rows")),
        req("seats_per_row", count("Seats in the longest row")),
        req("seats", list(of("Seat"), "All seats")),
    ]);
    [
        response("Layout", "The seats of a show", layout),
        response(
            "Seat",
            "A seat",
            vec![
                req("id", count("Id")),
                req("row", string("Row")),
                req("number", count("Number in the row")),
                req("seat_type", string("Such as `REGULAR`")),
                req("status", words(&["AVAILABLE", "LOCKED", "BOOKED"], "State")),
            ],
        ),
        response("Show", "A show", show_members()),
    ]
}

fn show_members() -> Vec<Member> {
    vec![
        req("show_id", count("Id of the show")),
        req("movie_title", string("Title")),
        req("hall_name", string("Hall")),
        req("venue_name", string("Venue")),
        req("start_time", maybe(time("When it begins"))),
        req("price", string("Price with two decimals: `350.00`")),
    ]
}

pub(super) fn document() -> Value {
    build::document(Spec {
        title: "boxoffice: theatre dialect",
        description: "Theatre bookings of single seats. Every path also works without its final \
            slash. Without a `user_id` the caller is the anonymous buyer.",
        calls: &[CALLS],
        schemas: schemas(),
        path_docs: &[("show_id", Kind::Int(1, u64::MAX), "Id of the show")],
        headers: Vec::new(),
        everywhere: EVERYWHERE,
        keys: Keys::Dialect,
    })
}
