//! The cinema dialect: seat locks with a deadline, confirmed into bookings.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Keys, Kind, Query, Reply, Spec, json_reply};
use crate::schema::{
    self, Named, count, int, lenient, list, number, of, opt, own_id, req, response, string, time,
    words,
};

const fn refused(status: u16, doc: &'static str) -> Reply {
    json_reply(status, "Error", doc)
}

const fn many(schema: &'static str, doc: &'static str) -> Reply {
    Reply {
        status: 200,
        content: Content::List(schema),
        doc,
    }
}

const EVERYWHERE: &[Reply] = &[
    refused(413, "Too large"),
    refused(429, "Too many requests"),
    refused(
        503,
        "Overloaded, recovering or unsure of the outcome; see `Retry-After`",
    ),
];
const UNKNOWN: Reply = refused(404, "No such showtime");
const NO_SESSION: Reply = refused(401, "Neither a Bearer token nor `X-Session-Id`");
const BAD: Reply = refused(400, "Malformed");
const GONE: Reply = refused(410, "The lock has expired");
const WHO: &[&str] = &["X-Session-Id"];
const SHOWTIME: &[Query] = &[Query {
    name: "showtimeId",
    kind: Kind::Int(1, u64::MAX),
    doc: "Id of the showtime",
    required: false,
}];

const CALLS: &[Call] = &[
    Call {
        path: "/movies",
        id: "movies",
        tag: "programme",
        summary: "List movies",
        replies: &[many("Movie", "All movies")],
        ..CALL
    },
    Call {
        path: "/showtimes/movie/{movieId}/upcoming",
        id: "showtimes",
        tag: "programme",
        summary: "List the showtimes of a movie",
        replies: &[many("Showtime", "By time"), refused(404, "No such movie")],
        ..CALL
    },
    Call {
        path: "/ticket-types",
        id: "ticketTypes",
        tag: "programme",
        summary: "List ticket types",
        queries: SHOWTIME,
        replies: &[many("TicketType", "All ticket types"), UNKNOWN],
        ..CALL
    },
    Call {
        path: "/showtime-seats/showtime/{showtimeId}",
        id: "seats",
        tag: "seats",
        summary: "List the seats of a showtime",
        replies: &[many("Seat", "All seats"), UNKNOWN],
        ..CALL
    },
    Call {
        path: "/showtime-seats/showtime/{showtimeId}/available",
        id: "availableSeats",
        tag: "seats",
        summary: "List the free seats of a showtime",
        replies: &[many("Seat", "Free seats"), UNKNOWN],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/seat-locks",
        id: "lock",
        tag: "locks",
        summary: "Lock 1 to 10 seats for 10 minutes, all or nothing",
        notes: "A session that locks in another showtime gives up its old lock only if the new \
            one is granted.",
        headers: WHO,
        body: Body::Required("LockRequest"),
        needs_key: true,
        replies: &[
            json_reply(201, "Lock", "All seats are locked"),
            refused(
                409,
                "A seat is locked or booked, or the session holds this showtime",
            ),
            BAD,
            NO_SESSION,
            UNKNOWN,
        ],
        reply_headers: &["Server-Timing", "X-Lock-Owner-Type"],
        ..CALL
    },
    Call {
        method: "DELETE",
        path: "/seat-locks/showtime/{showtimeId}",
        id: "release",
        tag: "locks",
        summary: "Release the session's lock, also if there is none",
        headers: WHO,
        needs_key: true,
        replies: &[
            json_reply(200, "Message", "Nothing is locked any more"),
            BAD,
            NO_SESSION,
            UNKNOWN,
        ],
        ..CALL
    },
    Call {
        path: "/seat-locks/availability/showtime/{showtimeId}",
        id: "availability",
        tag: "locks",
        summary: "Read the state of all seats",
        headers: WHO,
        replies: &[json_reply(200, "Availability", "By state"), UNKNOWN],
        ..CALL
    },
    Call {
        path: "/seat-locks/availability/{showtimeId}",
        id: "availabilityShort",
        tag: "locks",
        summary: "Read the state of all seats",
        headers: WHO,
        replies: &[json_reply(200, "Availability", "By state"), UNKNOWN],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/bookings/price-preview",
        id: "pricePreview",
        tag: "bookings",
        summary: "Price a lock",
        headers: WHO,
        body: Body::Required("PreviewRequest"),
        needs_key: true,
        replies: &[
            json_reply(200, "Preview", "The price"),
            BAD,
            NO_SESSION,
            GONE,
        ],
        ..CALL
    },
    Call {
        method: "POST",
        path: "/bookings/confirm",
        id: "confirm",
        tag: "bookings",
        summary: "Turn a lock into a booking that waits for its payment",
        headers: WHO,
        body: Body::Required("ConfirmRequest"),
        needs_key: true,
        replies: &[json_reply(200, "Booking", "Booked"), BAD, NO_SESSION, GONE],
        ..CALL
    },
    Call {
        path: "/actuator/health",
        id: "health",
        tag: "server",
        summary: "Tell whether it is up",
        replies: &[json_reply(200, "Health", "It is")],
        ..CALL
    },
];

fn programme() -> [Named; 4] {
    [
        response(
            "Movie",
            "A movie",
            vec![req("movieId", count("Id")), req("title", string("Title"))],
        ),
        response(
            "Showtime",
            "A showtime",
            vec![req("showtimeId", count("Id"))],
        ),
        response(
            "TicketType",
            "A kind of ticket",
            vec![
                req("ticketTypeId", count("Id")),
                req("code", string("Such as `ADULT`")),
                req("label", string("Name for people")),
                req("price", number("Price")),
            ],
        ),
        response(
            "Seat",
            "A seat of a showtime",
            vec![
                req("showtimeSeatId", count("Id")),
                req("showtimeId", count("Id of the showtime")),
                req("seatId", count("Id of the seat in the hall")),
                req("rowLabel", string("Row")),
                req("seatNumber", count("Number in the row")),
                req("seatType", string("Such as `STANDARD`")),
                req("status", words(&["AVAILABLE", "LOCKED", "BOOKED"], "State")),
                req("price", number("Price")),
                req(
                    "priceBreakdown",
                    json!({"description": "How the price is made up"}),
                ),
            ],
        ),
    ]
}

fn locks() -> [Named; 6] {
    let lock = list(of("LockedSeat"), "Locked seats");
    [
        lenient(
            "LockRequest",
            "Seats to lock",
            vec![
                req("showtimeId", count("Id of the showtime")),
                req("seats", schema::bounded(of("WantedSeat"), 1, 10, "Seats")),
            ],
            json!({"showtimeId": 1, "seats": [{"showtimeSeatId": 7, "ticketTypeId": 1}]}),
        ),
        lenient(
            "WantedSeat",
            "A seat to lock",
            vec![
                req("showtimeSeatId", count("Id of the seat")),
                req("ticketTypeId", count("Id of the ticket type")),
            ],
            json!({"showtimeSeatId": 7, "ticketTypeId": 1}),
        ),
        response(
            "Lock",
            "A lock",
            vec![
                req("lockId", own_id("Id")),
                req("showtimeId", count("Id of the showtime")),
                req("lockOwnerId", string("Who owns it")),
                req("lockOwnerType", string("What kind of owner")),
                req("lockedSeats", lock),
                req("totalPrice", number("Price of all")),
                req("expiresAt", string("When it ends")),
                req("lockDurationMinutes", int(1, 1_440, "How long it lasts")),
                req("message", string("For people")),
            ],
        ),
        response(
            "LockedSeat",
            "A locked seat",
            vec![
                req("showtimeSeatId", count("Id")),
                req("seatRow", string("Row")),
                req("seatNumber", count("Number in the row")),
                req("seatType", string("Such as `STANDARD`")),
                req("ticketTypeId", count("Id of the ticket type")),
                req("ticketTypeLabel", string("Name of the ticket type")),
                req("price", number("Price")),
            ],
        ),
        response(
            "Availability",
            "Seats by state",
            vec![
                req("showtimeId", count("Id of the showtime")),
                req("availableSeats", list(count("Id of a seat"), "Free")),
                req("lockedSeats", list(count("Id of a seat"), "Locked")),
                req("bookedSeats", list(count("Id of a seat"), "Booked")),
                opt("sessionLockInfo", of("SessionLock")),
                req("message", string("For people")),
            ],
        ),
        response(
            "SessionLock",
            "The caller's own lock",
            vec![
                req("lockId", own_id("Id")),
                req("myLockedSeats", list(count("Id of a seat"), "Its seats")),
                req("remainingSeconds", count("How long it lasts still")),
            ],
        ),
    ]
}

fn bookings() -> [Named; 7] {
    let seats = list(json!({"type": "object", "description": "A seat"}), "Seats");
    [
        lenient(
            "PreviewRequest",
            "A lock to price",
            vec![req("lockId", own_id("Id of the lock"))],
            json!({"lockId": "1-ab"}),
        ),
        response(
            "Preview",
            "A price",
            vec![
                req("subtotal", number("Before discounts")),
                req("discount", number("Discounts")),
                req("total", number("What is to be paid")),
            ],
        ),
        lenient(
            "ConfirmRequest",
            "A lock to book",
            vec![req("lockId", own_id("Id of the lock"))],
            json!({"lockId": "1-ab"}),
        ),
        response(
            "Booking",
            "A booking",
            vec![
                req("bookingId", count("Id")),
                req("status", words(&["PENDING_PAYMENT"], "State")),
                req("finalPrice", number("What is to be paid")),
                req("totalPrice", number("Before discounts")),
                req("seats", seats),
                req("paymentExpiresAt", string("Until when it must be paid")),
            ],
        ),
        response(
            "Message",
            "A message",
            vec![req("message", string("For people"))],
        ),
        response(
            "Health",
            "Health",
            vec![req("status", words(&["UP"], "State"))],
        ),
        response(
            "Error",
            "A refusal",
            vec![
                req("timestamp", time("When")),
                req("message", string("What happened")),
                req("details", string("More about it")),
            ],
        ),
    ]
}

pub(super) fn document() -> Value {
    let mut schemas: Vec<Named> = Vec::new();
    schemas.extend(programme());
    schemas.extend(locks());
    schemas.extend(bookings());
    build::document(Spec {
        title: "boxoffice: cinema dialect",
        description: "Cinema seat locks. A caller is a Bearer token, or a session named by a \
            UUID in `X-Session-Id`.",
        calls: &[CALLS],
        schemas,
        path_docs: &[
            ("movieId", Kind::Int(1, u64::MAX), "Id of the movie"),
            ("showtimeId", Kind::Int(1, u64::MAX), "Id of the showtime"),
        ],
        headers: vec![(
            "X-Session-Id",
            json!({"type": "string", "format": "uuid"}),
            "Names the session of a caller without a Bearer token",
        )],
        everywhere: EVERYWHERE,
        keys: Keys::Dialect,
    })
}
