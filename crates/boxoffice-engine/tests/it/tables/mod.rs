//! Tables of commands with their replies, in check order: every reply of every command.

mod accounts;
mod bookings;
mod holds;
mod keys;
mod orders;
mod payments;
mod principals;
mod rests;
mod shows;

use std::collections::BTreeSet;

use boxoffice_engine::reply::Reply;

use crate::house::House;
use crate::render;

/// Declares tables: each is a test of its own and a row of [`all`].
macro_rules! tables {
    ($($name:ident = $table:expr;)*) => {
        pub(super) const ALL: &[&str] = &[$($table),*];
        $(#[test]
        fn $name() {
            crate::house::House::new().run($table);
        })*
    };
}
use tables;

fn all() -> impl Iterator<Item = &'static str> {
    let files = [
        accounts::ALL,
        bookings::ALL,
        holds::ALL,
        keys::ALL,
        orders::ALL,
        payments::ALL,
        principals::ALL,
        rests::ALL,
        shows::ALL,
    ];
    files.into_iter().flatten().copied()
}

/// The first word of the reply, or the rule without what it carries.
fn kind(house: &House, reply: &Reply) -> String {
    let text = match reply {
        Reply::Refused(refusal) => render::rule(&refusal.rule),
        reply => render::reply(&house.state, reply),
    };
    let end = text.find(['(', ' ']).unwrap_or(text.len());
    match reply {
        Reply::Refused(_) => format!("refused {}", &text[..end]),
        _ => text[..end].to_owned(),
    }
}

/// The first word of every reply.
const REPLIES: &[&str] = &[
    "account",
    "booked",
    "booking",
    "booking-cancelled",
    "bookings",
    "charged",
    "credited",
    "extended",
    "freed",
    "held",
    "hold",
    "order",
    "order-cancelled",
    "ordered",
    "orders",
    "paid",
    "product",
    "product-created",
    "refunded",
    "released",
    "session",
    "show",
    "no",
];

/// Every rule.
const RULES: &[&str] = &[
    "amount-range",
    "buyer-limit",
    "exists",
    "exists-with-different-body",
    "extend-too-far",
    "fence-stale",
    "hold-expired",
    "in-use",
    "insufficient-balance",
    "key-reused",
    "keys-exhausted",
    "not-found",
    "not-on-sale",
    "not-refundable",
    "order-expired",
    "order-not-pending",
    "order-paid",
    "reference-used",
    "refund-too-much",
    "seat-unavailable",
    "session-holds",
    "shape",
    "show-closed",
    "sold-out",
    // Their limits are millions of records: `full.rs` produces them.
    "house-full",
    "busy",
];

/// Fails when a rule or a reply is added and no table produces it.
#[test]
fn every_rule_and_every_reply_is_in_a_table() {
    let mut seen = BTreeSet::new();
    for table in all() {
        let mut house = House::new();
        house.run(table);
        let kinds: Vec<_> = house
            .answered
            .iter()
            .map(|reply| kind(&house, reply))
            .collect();
        seen.extend(kinds);
    }
    let beyond_tables = ["refused house-full", "refused busy"];
    let expected: BTreeSet<_> = RULES
        .iter()
        .map(|rule| format!("refused {rule}"))
        .filter(|rule| !beyond_tables.contains(&rule.as_str()))
        .chain(REPLIES.iter().map(|reply| (*reply).to_owned()))
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_table_with_a_wrong_row_fails() {
    let table = "
        charge ann 5 => charged ann 5 v1 moved 5
        charge ann 5 => charged ann 11 v2 moved 5
        charge ann 5
    ";
    let wrong = House::new().wrong_rows(table);
    let found = [
        "charge ann 5 => charged ann 10 v2 moved 5",
        "charge ann 5=> charged ann 15 v3 moved 5",
    ];
    assert_eq!(wrong, found);
}
