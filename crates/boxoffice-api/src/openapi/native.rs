//! The table of the native API.
//!
//! Invariants: every call under `/v1` lists the refusals of every call beside its own.

use serde_json::{Value, json};

use super::build::{self, Body, CALL, Call, Content, Keys, Kind, Query, Reply, Spec, json_reply};
use super::native_sales::{CHECKOUT, CLAIMS};
use crate::ErrorCode::{self, *};
use crate::limits;

/// What any call under `/v1` may be answered with.
pub(super) const ANY: &[ErrorCode] = &[
    Malformed,
    Unauthorized,
    Forbidden,
    CrossOrigin,
    RequestTimeout,
    TooLarge,
    BadHost,
    Validation,
    Quota,
    HeadTooLarge,
    Internal,
    Overloaded,
    Recovering,
    ShuttingDown,
    OutcomeUnknown,
];
/// What any call that may change something may be answered with.
pub(super) const WRITE: &[ErrorCode] = &[
    IdempotencyKeyRequired,
    UnsupportedMediaType,
    IdempotencyKeyReused,
    StorageFull,
    IdempotencyKeysFull,
    HouseFull,
    DeadlinePassed,
];

const GET_HEADERS: &[&str] = &["Boxoffice-Position", "Boxoffice-Index", "Server-Timing"];
const WRITTEN: &[&str] = &[
    "Boxoffice-Position",
    "Boxoffice-Index",
    "Server-Timing",
    "Idempotency-Replayed",
    "Location",
];
const KEYED: &[&str] = &["Idempotency-Key", "Boxoffice-Deadline"];

pub(super) const READ_CALL: Call = Call {
    needs_key: true,
    reply_headers: GET_HEADERS,
    headers: &["Boxoffice-Deadline"],
    codes: &[ANY, &[NotFound, DeadlinePassed]],
    ..CALL
};
pub(super) const WRITE_CALL: Call = Call {
    method: "POST",
    needs_key: true,
    reply_headers: WRITTEN,
    headers: KEYED,
    codes: &[ANY, WRITE, &[NotFound]],
    ..CALL
};
const OPEN_CALL: Call = Call {
    tag: "server",
    reply_headers: &[],
    ..CALL
};

pub(super) const fn number(name: &'static str, max: u64, doc: &'static str) -> Query {
    Query {
        name,
        kind: Kind::Int(0, max),
        doc,
        required: false,
    }
}

pub(super) const fn ok(schema: &'static str, doc: &'static str) -> Reply {
    json_reply(200, schema, doc)
}

pub(super) const LIMIT: Query = Query {
    name: "limit",
    kind: Kind::Int(1, limits::LIST_LIMIT_MAX),
    doc: "Most rows, default 100",
    required: false,
};
pub(super) const BEFORE: Query = Query {
    name: "before",
    kind: Kind::Id,
    doc: "The `next` of the page before",
    required: false,
};
const AFTER: Query = Query {
    name: "after",
    kind: Kind::Id,
    doc: "The `next` of the page before",
    required: false,
};
const SEATS: &[Query] = &[
    number("since", u64::MAX, "Only what changed after this position"),
    number(
        "min_position",
        u64::MAX,
        "Wait until the view has reached this position",
    ),
    number(
        "wait_ms",
        limits::WAIT_MS_MAX,
        "Longest wait for `min_position`",
    ),
    Query {
        name: "form",
        kind: Kind::Words(&["full", "compact"]),
        doc: "How a whole map is written",
        required: false,
    },
];
const FEED: &[Query] = &[
    number("from", u64::MAX, "First position wanted"),
    Query {
        name: "limit",
        kind: Kind::Int(1, limits::FEED_LIMIT_MAX),
        doc: "Most events, default 100; the last entry is always whole",
        required: false,
    },
    number(
        "wait_ms",
        limits::WAIT_MS_MAX,
        "How long to wait for a first event, default 0",
    ),
];

const SHOWS: &[Call] = &[
    Call {
        path: "/v1/shows",
        id: "listShows",
        tag: "shows",
        summary: "List the shows of the house",
        queries: &[LIMIT, AFTER],
        replies: &[ok("ShowList", "One page of shows")],
        codes: &[ANY, &[DeadlinePassed, ViewBehind]],
        ..READ_CALL
    },
    Call {
        method: "PUT",
        path: "/v1/shows/{show}",
        id: "putShow",
        tag: "shows",
        summary: "Create or change a show",
        notes: "Needs an `admin` key. Shrinking below what is held or booked is refused.",
        body: Body::Required("ShowRequest"),
        replies: &[
            json_reply(201, "Show", "Created"),
            ok("Show", "Changed, or as it was"),
        ],
        codes: &[ANY, WRITE, &[InUse, ExistsWithDifferentBody]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/shows/{show}",
        id: "getShow",
        tag: "shows",
        summary: "Read a show with its counts",
        replies: &[ok("Show", "total = free + held + booked, always")],
        codes: &[ANY, &[NotFound, DeadlinePassed, ViewBehind]],
        ..READ_CALL
    },
    Call {
        path: "/v1/shows/{show}/seats",
        id: "getSeats",
        tag: "shows",
        summary: "Read the seat map, or what changed in it",
        notes: "Served from a view that follows the journal. `If-None-Match` with the `ETag` \
            gives 304.",
        queries: SEATS,
        headers: &["If-None-Match"],
        replies: &[
            Reply {
                status: 200,
                content: Content::OneOf(&["SeatMap", "CompactMap", "SeatChanges"]),
                doc: "The map; `since` is there if only changes are listed",
            },
            Reply {
                status: 304,
                content: Content::Empty,
                doc: "Nothing has changed",
            },
        ],
        reply_headers: &["Boxoffice-Position", "Server-Timing", "ETag"],
        codes: &[ANY, &[NotFound, ViewBehind]],
        ..READ_CALL
    },
    Call {
        path: "/v1/shows/{show}/stream",
        id: "streamSeats",
        tag: "shows",
        summary: "Follow the changes of a seat map",
        notes: "Server-Sent Events named `seats` whose data is `SeatChanges` and whose id is the \
            position; `Last-Event-ID` resumes without a gap. An event `error` whose data is a \
            `Problem` ends a stream that the server cannot go on with.",
        headers: &["Last-Event-ID"],
        replies: &[Reply {
            status: 200,
            content: Content::Events,
            doc: "The stream",
        }],
        reply_headers: &["Boxoffice-Position"],
        codes: &[ANY, &[NotFound, DeadlinePassed, ViewBehind]],
        ..READ_CALL
    },
];

const JOURNAL: &[Call] = &[
    Call {
        path: "/v1/seats/{show}/{seat}/history",
        id: "seatHistory",
        tag: "journal",
        summary: "Read what happened to a seat",
        notes: "Needs an `admin` key: it shows the doings of all sellers.",
        queries: &[LIMIT, BEFORE],
        replies: &[ok("History", "Oldest first")],
        reply_headers: &["Boxoffice-Position", "Server-Timing"],
        ..READ_CALL
    },
    Call {
        path: "/v1/orders/{order}/history",
        id: "orderHistory",
        tag: "journal",
        summary: "Read what happened to an order",
        queries: &[LIMIT, BEFORE],
        replies: &[ok("History", "Oldest first")],
        reply_headers: &["Boxoffice-Position", "Server-Timing"],
        ..READ_CALL
    },
    Call {
        path: "/v1/journal",
        id: "readJournal",
        tag: "journal",
        summary: "Read the journal from a position",
        notes: "A long poll, or Server-Sent Events with `Accept: text/event-stream`: each event \
            is a `FeedEvent`; `Last-Event-ID` resumes; an event `error` whose data is a `Problem` \
            ends a stream that the server cannot go on with. Needs an `admin` key.",
        queries: FEED,
        headers: &["Last-Event-ID"],
        replies: &[Reply {
            status: 200,
            content: Content::JsonOrEvents("FeedPage"),
            doc: "Events, perhaps none",
        }],
        reply_headers: &["Boxoffice-Position", "Server-Timing"],
        codes: &[ANY],
        ..READ_CALL
    },
];

const fn text_reply(status: u16, doc: &'static str) -> Reply {
    Reply {
        status,
        content: Content::Text,
        doc,
    }
}

const fn html_reply(doc: &'static str) -> Reply {
    Reply {
        status: 200,
        content: Content::Html,
        doc,
    }
}

const SERVER: &[Call] = &[
    Call {
        path: "/healthz",
        id: "health",
        summary: "Tell whether the process lives",
        replies: &[text_reply(200, "It does")],
        ..OPEN_CALL
    },
    Call {
        path: "/readyz",
        id: "ready",
        summary: "Tell whether requests are answered",
        replies: &[
            text_reply(200, "Recovery is done and the views have caught up"),
            text_reply(503, "Not yet, or not any more"),
        ],
        ..OPEN_CALL
    },
    Call {
        path: "/metrics",
        id: "metrics",
        summary: "Read metrics in the format of Prometheus",
        notes: "Needs an `admin` key where keys are needed.",
        needs_key: true,
        codes: &[&[Unauthorized, Forbidden]],
        replies: &[text_reply(200, "All metrics")],
        ..OPEN_CALL
    },
    Call {
        path: "/openapi.json",
        id: "document",
        summary: "Read this document",
        replies: &[Reply {
            status: 200,
            content: Content::AnyJson,
            doc: "OpenAPI 3.1",
        }],
        ..OPEN_CALL
    },
    Call {
        path: "/openapi/{document}",
        id: "dialectDocument",
        summary: "Read the document of a dialect",
        replies: &[Reply {
            status: 200,
            content: Content::AnyJson,
            doc: "OpenAPI 3.1",
        }],
        codes: &[&[NotFound]],
        ..OPEN_CALL
    },
    Call {
        path: "/docs",
        id: "docs",
        summary: "Read this document as a page",
        replies: &[html_reply("The page")],
        ..OPEN_CALL
    },
    Call {
        path: "/docs/errors",
        id: "errorDocs",
        summary: "List the error codes",
        replies: &[html_reply("The page")],
        ..OPEN_CALL
    },
    Call {
        path: "/docs/errors/{code}",
        id: "errorDoc",
        summary: "Read about an error code",
        replies: &[html_reply("The page")],
        codes: &[&[NotFound]],
        ..OPEN_CALL
    },
];

const DESCRIPTION: &str = "A reservation and checkout server that cannot sell the same thing \
twice. Acknowledged means durable, refusals included. Ids given by the caller have 1-64 \
characters of `A-Z a-z 0-9 . _ : -`, amounts are minor units, times RFC 3339 in UTC, durations \
milliseconds. Every POST, PUT, PATCH and DELETE may carry an `Idempotency-Key`: repeated with the \
same key, it answers as the first time and happens once.";

pub(super) fn document() -> Value {
    let string = |max: usize| json!({"type": "string", "minLength": 1, "maxLength": max});
    let number = json!({"type": "integer", "minimum": 0});
    build::document(Spec {
        title: "boxoffice",
        description: DESCRIPTION,
        calls: &[SHOWS, CLAIMS, CHECKOUT, JOURNAL, SERVER],
        schemas: crate::v1::schemas(),
        path_docs: &[
            ("show", Kind::Id, "Id of the show"),
            ("seat", Kind::Id, "Id of the seat"),
            ("hold", Kind::Id, "Id of the hold"),
            ("booking", Kind::Id, "Id of the booking"),
            ("buyer", Kind::Id, "Id of the buyer"),
            ("product", Kind::Id, "Id of the product"),
            ("order", Kind::Id, "Id of the order"),
            ("document", Kind::Id, "`<dialect>.json`"),
            ("code", Kind::Id, "The code of a problem"),
        ],
        headers: vec![
            (
                "Boxoffice-Deadline",
                json!({"type": "string", "format": "date-time"}),
                "Never executed after this time (RFC 3339): late is `deadline-passed`",
            ),
            (
                "Boxoffice-Hold-Token",
                string(limits::TOKEN_BYTES_MAX),
                "The token that came with the hold; without it the hold does not exist",
            ),
            (
                "Idempotency-Key",
                string(limits::IDEMPOTENCY_KEY_BYTES_MAX),
                "Makes the request safe to repeat: unique to one intent",
            ),
            (
                "If-None-Match",
                json!({"type": "string"}),
                "The `ETag` of an earlier map",
            ),
            ("Last-Event-ID", number, "Id of the last event that arrived"),
        ],
        everywhere: &[],
        keys: Keys::House,
    })
}
