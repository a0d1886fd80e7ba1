//! The part of the native table that sells: holds, bookings, products, orders, accounts.

use super::build::{Body, Call, Query, json_reply};
use super::native::{ANY, BEFORE, LIMIT, READ_CALL, WRITE, WRITE_CALL, number, ok};
use crate::ErrorCode::{self, *};
use crate::limits;

/// What may stand in the way of a claim.
const CLAIM: &[ErrorCode] = &[
    NotFound,
    SeatUnavailable,
    SoldOut,
    LimitReached,
    ShowClosed,
    NotOnSale,
];
/// What may be wrong with a hold that is used.
const HOLD: &[ErrorCode] = &[NotFound, FenceStale, HoldExpired];
const KEYED_HOLD: &[&str] = &[
    "Boxoffice-Hold-Token",
    "Idempotency-Key",
    "Boxoffice-Deadline",
];
const FENCE: &[Query] = &[number(
    "fence",
    u64::MAX,
    "If given, it must be the current one",
)];
const STATEMENT: &[Query] = &[number(
    "statement",
    limits::LIST_LIMIT_MAX,
    "Lines of the statement, default 0",
)];

pub(super) const CLAIMS: &[Call] = &[
    Call {
        path: "/v1/shows/{show}/holds",
        id: "createHold",
        tag: "holds",
        summary: "Claim seats or places for a while, all or nothing",
        body: Body::Required("HoldRequest"),
        replies: &[json_reply(201, "Hold", "Everything is held")],
        codes: &[ANY, WRITE, CLAIM],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/shows/{show}/seats/{seat}/release",
        id: "releaseSeat",
        tag: "shows",
        summary: "Free a seat, whoever claims it",
        notes: "For operators; needs an `admin` key. A seat of a paid order is refunded instead.",
        replies: &[ok("SeatRelease", "The seat is free")],
        codes: &[ANY, WRITE, &[NotFound, OrderPaid]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/holds/{hold}",
        id: "getHold",
        tag: "holds",
        summary: "Read a hold",
        headers: &["Boxoffice-Hold-Token", "Boxoffice-Deadline"],
        replies: &[ok("Hold", "The hold")],
        codes: &[ANY, &[NotFound, HoldExpired, DeadlinePassed]],
        ..READ_CALL
    },
    Call {
        method: "PATCH",
        path: "/v1/holds/{hold}",
        id: "extendHold",
        tag: "holds",
        summary: "Extend a hold; it gets a new fence",
        headers: KEYED_HOLD,
        body: Body::Required("ExtendRequest"),
        replies: &[ok("Hold", "The hold with its new deadline")],
        codes: &[ANY, WRITE, HOLD, &[LimitReached]],
        ..WRITE_CALL
    },
    Call {
        method: "DELETE",
        path: "/v1/holds/{hold}",
        id: "releaseHold",
        tag: "holds",
        summary: "Release a hold; releasing what is gone succeeds",
        headers: KEYED_HOLD,
        queries: FENCE,
        body: Body::Optional("ReleaseRequest"),
        replies: &[ok("Release", "Nothing is held any more")],
        codes: &[ANY, WRITE, &[NotFound, FenceStale]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/bookings",
        id: "createBooking",
        tag: "bookings",
        summary: "Book a hold, or claim and book in one step",
        body: Body::Required("BookingRequest"),
        replies: &[json_reply(201, "Booking", "Booked")],
        codes: &[ANY, WRITE, CLAIM, HOLD],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/bookings/{booking}",
        id: "getBooking",
        tag: "bookings",
        summary: "Read a booking",
        replies: &[ok("Booking", "The booking")],
        ..READ_CALL
    },
    Call {
        method: "DELETE",
        path: "/v1/bookings/{booking}",
        id: "cancelBooking",
        tag: "bookings",
        summary: "Cancel a booking or some of its seats; they are free again",
        body: Body::Optional("CancelBookingRequest"),
        replies: &[ok("Booking", "What is left of it")],
        codes: &[ANY, WRITE, &[NotFound, OrderPaid]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/buyers/{buyer}/bookings",
        id: "listBookings",
        tag: "bookings",
        summary: "List the bookings of a buyer, newest first",
        queries: &[LIMIT, BEFORE],
        replies: &[ok("BookingList", "One page of bookings")],
        ..READ_CALL
    },
];

pub(super) const CHECKOUT: &[Call] = &[
    Call {
        method: "PUT",
        path: "/v1/products/{product}",
        id: "putProduct",
        tag: "products",
        summary: "Create or change a product",
        notes: "Needs an `admin` key.",
        body: Body::Required("ProductRequest"),
        replies: &[
            json_reply(201, "Product", "Created"),
            ok("Product", "Changed, or as it was"),
        ],
        codes: &[ANY, WRITE, &[ExistsWithDifferentBody]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/products/{product}",
        id: "getProduct",
        tag: "products",
        summary: "Read a product with its stock",
        replies: &[ok("Product", "stock = initial + restocked - sold, always")],
        ..READ_CALL
    },
    Call {
        path: "/v1/products/{product}/restock",
        id: "restock",
        tag: "products",
        summary: "Add to the stock of a product",
        notes: "Needs an `admin` key.",
        body: Body::Required("RestockRequest"),
        replies: &[ok("Product", "With its new stock")],
        codes: &[ANY, WRITE, &[NotFound, LimitReached]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/orders",
        id: "createOrder",
        tag: "orders",
        summary: "Order products, the seats of a hold, or both",
        notes: "Stock is taken at once; an order that is not paid by `pay_by` gives it back.",
        body: Body::Required("OrderRequest"),
        replies: &[json_reply(201, "Order", "Waits for its payment")],
        codes: &[ANY, WRITE, HOLD, &[SoldOut, LimitReached, CurrencyMismatch]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/orders/{order}",
        id: "getOrder",
        tag: "orders",
        summary: "Read an order",
        replies: &[ok("Order", "The order")],
        ..READ_CALL
    },
    Call {
        method: "DELETE",
        path: "/v1/orders/{order}",
        id: "cancelOrder",
        tag: "orders",
        summary: "Cancel an unpaid order; what it took is free again",
        replies: &[ok("Order", "The order as it is now")],
        codes: &[ANY, WRITE, &[NotFound, OrderPaid]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/orders/{order}/payment",
        id: "payOrder",
        tag: "orders",
        summary: "Pay from the account, or record an outside payment",
        notes: "An outside payment that comes late, twice or for a cancelled order is never \
            refused: it is credited to the buyer's account.",
        body: Body::Optional("PaymentRequest"),
        replies: &[
            ok("Payment", "Paid"),
            json_reply(201, "Payment", "Credited to the account"),
        ],
        codes: &[
            ANY,
            WRITE,
            &[
                NotFound,
                InsufficientBalance,
                AlreadyPaid,
                OrderNotPayable,
                OrderExpired,
                ReferenceUsed,
                CurrencyMismatch,
                LimitReached,
            ],
        ],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/orders/{order}/refund",
        id: "refundOrder",
        tag: "orders",
        summary: "Refund all or some of an order to the buyer's account",
        body: Body::Optional("RefundRequest"),
        replies: &[ok("Refund", "Refunded")],
        codes: &[
            ANY,
            WRITE,
            &[NotFound, NotRefundable, LimitReached, CurrencyMismatch],
        ],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/buyers/{buyer}/orders",
        id: "listOrders",
        tag: "orders",
        summary: "List the orders of a buyer, newest first",
        queries: &[LIMIT, BEFORE],
        replies: &[ok("OrderList", "One page of orders")],
        ..READ_CALL
    },
    Call {
        path: "/v1/accounts/{buyer}/charge",
        id: "chargeAccount",
        tag: "accounts",
        summary: "Top up an account; the first charge opens it",

        body: Body::Required("ChargeRequest"),
        replies: &[ok("Account", "With its new balance")],
        codes: &[ANY, WRITE, &[CurrencyMismatch, LimitReached]],
        ..WRITE_CALL
    },
    Call {
        path: "/v1/accounts/{buyer}",
        id: "getAccount",
        tag: "accounts",
        summary: "Read an account, with its statement if asked for",
        queries: STATEMENT,
        replies: &[ok("Account", "The account")],
        ..READ_CALL
    },
];
