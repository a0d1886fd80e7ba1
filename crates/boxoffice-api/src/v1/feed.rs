//! The journal as clients read it: CloudEvents 1.0 in JSON.
//!
//! Invariants: `id` is unique and grows in the order of the journal.

use serde::Serialize;
use serde_json::json;

use crate::schema;
use crate::{Text, Timestamp};

/// Reply to `GET /v1/journal`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedPage<'a, D> {
    /// Events of whole entries, oldest first.
    pub events: Vec<FeedEvent<'a, D>>,
    /// Value of `from` for the next page.
    pub next: u64,
    /// Newest durable position.
    pub position: u64,
}

/// One event of the journal in a CloudEvents envelope. `D` is its data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedEvent<'a, D> {
    /// Always `1.0`.
    pub specversion: &'static str,
    /// Position and place within the entry: `4711-0`.
    pub id: Text<'a>,
    /// URI reference of the house.
    pub source: Text<'a>,
    /// `boxoffice.` and what happened: `boxoffice.seat.held`.
    #[serde(rename = "type")]
    pub kind: Text<'a>,
    /// What it happened to: `shows/opera/seats/A1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Text<'a>>,
    /// Journal time.
    pub time: Timestamp,
    /// Always `application/json`.
    pub datacontenttype: &'static str,
    /// Entry of the journal.
    pub position: u64,
    /// Place within the entry.
    pub index: u32,
    /// The event's own fields.
    pub data: D,
}

impl<'a, D> FeedEvent<'a, D> {
    /// Wraps `data`; `kind` is given without its `boxoffice.`.
    #[must_use]
    pub fn new(position: u64, index: u32, time: Timestamp, kind: &str, data: D) -> Self {
        Self {
            specversion: "1.0",
            id: format!("{position}-{index}").into(),
            source: "/v1/journal".into(),
            kind: format!("boxoffice.{kind}").into(),
            subject: None,
            time,
            datacontenttype: "application/json",
            position,
            index,
            data,
        }
    }

    /// Says what the event happened to.
    #[must_use]
    pub fn about(mut self, subject: impl Into<Text<'a>>) -> Self {
        self.subject = Some(subject.into());
        self
    }
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    use schema::{count, list, of, opt, req, string, time, words};
    vec![
        schema::response(
            "FeedPage",
            "A piece of the journal",
            vec![
                req(
                    "events",
                    list(of("FeedEvent"), "Events of whole entries, oldest first"),
                ),
                req("next", count("Value of `from` for the next page")),
                req("position", count("Newest durable position")),
            ],
        ),
        schema::response(
            "FeedEvent",
            "One event of the journal in a CloudEvents 1.0 envelope",
            vec![
                req("specversion", words(&["1.0"], "Version of CloudEvents")),
                req(
                    "id",
                    string("Position and place within the entry: `4711-0`"),
                ),
                req("source", string("URI reference of the house")),
                req(
                    "type",
                    string("`boxoffice.` and what happened: `boxoffice.seat.held`"),
                ),
                opt(
                    "subject",
                    string("What it happened to: `shows/opera/seats/A1`"),
                ),
                req("time", time("Journal time")),
                req(
                    "datacontenttype",
                    words(&["application/json"], "Type of `data`"),
                ),
                req("position", count("Entry of the journal")),
                req("index", count("Place within the entry")),
                req(
                    "data",
                    json!({"type": "object", "description": "The event's own fields"}),
                ),
            ],
        ),
    ]
}
