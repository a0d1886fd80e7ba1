//! Tables of commands with their replies, in check order: every reply of every command.

mod accounts;
mod bookings;
mod holds;
mod keys;
mod orders;
mod payments;
mod principals;
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

/// Fails when a rule or a reply is added and no table produces it.
#[test]
fn every_rule_and_every_reply_is_in_a_table() {
    let mut seen = BTreeSet::new();
    for table in all() {
        let mut house = House::new();
        house.run(table);
        let kinds: Vec<_> = house.answered.iter().map(|reply| kind(&house, reply)).collect();
        seen.extend(kinds);
    }
    let replies = [
        "account", "booked", "booking", "booking-cancelled", "bookings", "charged", "credited",
        "extended", "freed", "held", "hold", "order", "order-cancelled", "ordered", "orders",
        "paid", "product", "product-created", "refunded", "released", "session", "show", "no",
    ];
    let rules = [
        "amount-range", "buyer-limit", "exists", "exists-with-different-body", "extend-too-far",
        "fence-stale", "hold-expired", "in-use", "insufficient-balance", "key-reused",
        "keys-exhausted", "not-found", "not-on-sale", "not-refundable", "order-expired",
        "order-not-pending", "order-paid", "reference-used", "refund-too-much",
        "seat-unavailable", "session-holds", "shape", "show-closed", "sold-out",
        // Their limits are millions of records: `decide/full.rs` produces them.
        "house-full", "busy",
    ];
    let beyond_tables = ["refused house-full", "refused busy"];
    let expected: BTreeSet<_> = rules
        .iter()
        .map(|rule| format!("refused {rule}"))
        .filter(|rule| !beyond_tables.contains(&rule.as_str()))
        .chain(replies.iter().map(|reply| (*reply).to_owned()))
        .collect();
    assert_eq!(seen, expected);
}
