//! What happened to one seat or order: when, by whom, at which position.

use serde::Serialize;

use crate::schema;
use crate::{Text, Timestamp};

/// Reply to `GET /v1/seats/{show}/{seat}/history` and `GET /v1/orders/{order}/history`, oldest
/// first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryResponse<'a> {
    /// The seat, with its show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seat: Option<Text<'a>>,
    /// The show of the seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show: Option<Text<'a>>,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Text<'a>>,
    /// One page of what happened.
    pub history: Vec<HistoryLine<'a>>,
    /// Position up to which the history is complete.
    pub position: u64,
    /// Value of `before` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<'a>>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HistoryLine<'a> {
    /// When, in journal time.
    pub at: Timestamp,
    /// What: the type of the journal event, such as `seat.held`.
    pub event: Text<'a>,
    /// Whose doing it was; absent for the clock and the house.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Text<'a>>,
    /// The hold involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Text<'a>>,
    /// The booking involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Text<'a>>,
    /// The order involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Text<'a>>,
    /// Until when the claim was to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Money that moved, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Reference of an outside payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<'a>>,
    /// Entry of the journal.
    pub position: u64,
    /// Place within the entry.
    pub index: u32,
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    use schema::{count, id, int, list, of, opt, own_id, req, time};
    let money = int(
        -crate::limits::AMOUNT_MAX,
        crate::limits::AMOUNT_MAX,
        "Money that moved",
    );
    vec![
        schema::response(
            "History",
            "What happened to one seat or order, oldest first",
            vec![
                opt("seat", id("The seat")),
                opt("show", id("The show of the seat")),
                opt("order", own_id("The order")),
                req(
                    "history",
                    list(of("HistoryLine"), "One page of what happened"),
                ),
                req("position", count("Up to which the history is complete")),
                opt("next", own_id("Value of `before` for the next page")),
            ],
        ),
        schema::response(
            "HistoryLine",
            "One thing that happened",
            vec![
                req("at", time("When, in journal time")),
                req(
                    "event",
                    schema::string("Type of the journal event, such as `seat.held`"),
                ),
                opt(
                    "buyer",
                    id("Whose doing it was; absent for the clock and the house"),
                ),
                opt("hold", own_id("The hold involved")),
                opt("booking", own_id("The booking involved")),
                opt("order", own_id("The order involved")),
                opt("expires_at", time("Until when the claim was to last")),
                opt("amount", money),
                opt("reference", id("Reference of an outside payment")),
                req("position", count("Entry of the journal")),
                req("index", count("Place within the entry")),
            ],
        ),
    ]
}
