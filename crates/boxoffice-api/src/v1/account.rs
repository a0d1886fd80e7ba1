//! Accounts: a buyer's balance in minor units of one currency.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::limits;
use crate::schema;
use crate::validate::{Faults, Pointer, Validate};
use crate::{Currency, Text, Timestamp};

/// Body of `POST /v1/accounts/{buyer}/charge`. The first charge opens the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChargeRequest {
    /// What is added, in minor units, at least 1.
    pub amount: i64,
    /// ISO 4217 code; the account keeps the first one for ever.
    pub currency: String,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccountResponse<'a> {
    /// Whose it is.
    pub buyer: Text<'a>,
    /// What it holds, in minor units.
    pub balance: i64,
    /// Its currency.
    pub currency: Currency,
    /// Grows by one with every change.
    pub version: u64,
    /// The latest changes, newest first; only where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<Vec<StatementLine<'a>>>,
}

/// One change of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatementLine<'a> {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub kind: StatementKind,
    /// By how much, in minor units; negative for money that left.
    pub amount: i64,
    /// Balance afterwards.
    pub balance: i64,
    /// Id of the order that it was about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Text<'a>>,
    /// Reference of the outside payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<'a>>,
    /// Where it stands in the journal.
    pub position: u64,
}

/// Why a balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// A top-up.
    Charge,
    /// An order was paid.
    Payment,
    /// An order was refunded.
    Refund,
    /// An outside payment came late, twice or for a cancelled order.
    Credit,
}

impl StatementKind {
    /// The names on the wire.
    pub const NAMES: [&'static str; 4] = ["charge", "payment", "refund", "credit"];
}

impl Validate for ChargeRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.range(&at.key("amount"), self.amount, 1..=limits::AMOUNT_MAX);
        faults.currency(&at.key("currency"), &self.currency);
    }
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    use schema::{amount, count, currency, id, int, list, of, opt, own_id, req, time, words};
    vec![
        schema::request(
            "ChargeRequest",
            "Tops an account up; the first charge opens it",
            vec![
                req("amount", int(1, limits::AMOUNT_MAX, "In minor units")),
                req(
                    "currency",
                    currency("ISO 4217 code; the account keeps the first one"),
                ),
            ],
            json!({"amount": 10_000, "currency": "EUR"}),
        ),
        schema::response(
            "Account",
            "An account",
            vec![
                req("buyer", id("Whose it is")),
                req("balance", amount("What it holds, in minor units")),
                req("currency", currency("Its currency")),
                req("version", count("Grows by one with every change")),
                opt(
                    "statement",
                    list(of("StatementLine"), "The latest changes, newest first"),
                ),
            ],
        ),
        schema::response(
            "StatementLine",
            "One change of a balance",
            vec![
                req("at", time("When")),
                req("kind", words(&StatementKind::NAMES, "Why")),
                req(
                    "amount",
                    int(-limits::AMOUNT_MAX, limits::AMOUNT_MAX, "By how much"),
                ),
                req("balance", amount("Balance afterwards")),
                opt("order", own_id("Id of the order that it was about")),
                opt("reference", id("Reference of the outside payment")),
                req("position", count("Where it stands in the journal")),
            ],
        ),
    ]
}
