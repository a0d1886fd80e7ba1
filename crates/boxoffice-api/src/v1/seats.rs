//! The seat map: whole, compact, or what changed since a position.
//!
//! Invariants: a reply with `since` lists changes only; one without is complete.

use serde::Serialize;
use serde_json::json;

use super::show_view::AreaView;
use crate::schema;
use crate::{Text, Timestamp};

/// Reply to `GET /v1/shows/{show}/seats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatMap<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Position of the view; also the `ETag`.
    pub position: u64,
    /// Every seat in the order of sections, rows and numbers.
    pub seats: Vec<SeatView<'a>>,
    /// Every area.
    pub areas: Vec<AreaView<'a>>,
}

/// One seat of the map.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatView<'a> {
    /// Id of the seat.
    pub seat: Text<'a>,
    /// Id of its section.
    pub section: Text<'a>,
    /// Label of its row.
    pub row: Text<'a>,
    /// 1-based place in the row.
    pub number: u32,
    /// Price in minor units, before tariffs.
    pub price: i64,
    /// Whether it can be had.
    pub status: SeatStatus,
    /// When the claim on it ends, if it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_at: Option<Timestamp>,
}

/// Reply to `GET /v1/shows/{show}/seats?form=compact`: about a tenth of the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompactMap<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Position of the view; also the `ETag`.
    pub position: u64,
    /// Ids of all seats in the order of sections, rows and numbers.
    pub seats: Vec<Text<'a>>,
    /// One letter for each seat: `F`ree, `H`eld, `B`ooked, `N`ot for sale.
    pub states: Text<'a>,
    /// Every area.
    pub areas: Vec<AreaView<'a>>,
}

/// Reply to `GET /v1/shows/{show}/seats?since=`, and the data of one `seats` event of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatChanges<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Changes after this position.
    pub since: u64,
    /// Changes up to this position; also the `ETag` and the id of the stream's event.
    pub position: u64,
    /// The newest state of every seat that changed.
    pub changes: Vec<SeatChange<'a>>,
    /// Every area that changed.
    pub areas: Vec<AreaView<'a>>,
}

/// The new state of one seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatChange<'a> {
    /// Id of the seat.
    pub seat: Text<'a>,
    /// Whether it can be had.
    pub status: SeatStatus,
    /// When the claim on it ends, if it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_at: Option<Timestamp>,
}

/// Reply to `POST /v1/shows/{show}/seats/{seat}/release`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatReleaseResponse<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Id of the seat, which is free now.
    pub seat: Text<'a>,
    /// Id of the booking that had it, if it was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<Text<'a>>,
}

/// Whether a seat can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatStatus {
    /// Nobody's.
    Free,
    /// In a hold or an unpaid order.
    Held,
    /// In a booking.
    Booked,
    /// Never sold.
    NotForSale,
}

impl SeatStatus {
    /// The names on the wire.
    pub const NAMES: [&'static str; 4] = ["free", "held", "booked", "not_for_sale"];

    /// The letter in the compact form.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Free => 'F',
            Self::Held => 'H',
            Self::Booked => 'B',
            Self::NotForSale => 'N',
        }
    }
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    map_schemas().into_iter().chain(seat_schemas()).collect()
}

fn map_schemas() -> [schema::Named; 3] {
    use schema::{count, id, list, of, req};
    let head = |doc| {
        vec![
            req("show", id("Id of the show")),
            req("position", count(doc)),
        ]
    };
    let areas = || req("areas", list(of("AreaView"), "Areas with their counts"));
    let mut map = head("Of the view; also the `ETag`");
    map.extend([
        req("seats", list(of("SeatView"), "By section, row and number")),
        areas(),
    ]);
    let mut compact = head("Of the view; also the `ETag`");
    let letters = "One letter for each seat: Free, Held, Booked, Not for sale";
    compact.extend([
        req(
            "seats",
            list(id("Id of a seat"), "By section, row and number"),
        ),
        req(
            "states",
            json!({"type": "string", "pattern": "^[FHBN]*$", "description": letters}),
        ),
        areas(),
    ]);
    let mut changes = head("Changes up to here; also the `ETag`");
    changes.extend([
        req("since", count("Changes after this position")),
        req(
            "changes",
            list(of("SeatChange"), "Newest state of every seat that changed"),
        ),
        areas(),
    ]);
    [
        schema::response("SeatMap", "Every seat of a show", map),
        schema::response("CompactMap", "Every seat of a show, in few bytes", compact),
        schema::response("SeatChanges", "What changed since a position", changes),
    ]
}

fn seat_schemas() -> [schema::Named; 3] {
    use schema::{count, id, label, opt, req, time, words};
    let status = || words(&SeatStatus::NAMES, "Whether it can be had");
    let free_at = || time("When the claim on it ends, if it is held");
    [
        schema::response(
            "SeatRelease",
            "A seat that an operator freed",
            vec![
                req("show", id("Id of the show")),
                req("seat", id("Id of the seat")),
                opt(
                    "booking",
                    schema::own_id("Id of the booking that had it, if it was booked"),
                ),
            ],
        ),
        schema::response(
            "SeatView",
            "One seat of the map",
            vec![
                req("seat", id("Id of the seat")),
                req("section", id("Id of its section")),
                req("row", label("Label of its row")),
                req("number", count("1-based place in the row")),
                req("price", schema::amount("In minor units, before tariffs")),
                req("status", status()),
                opt("free_at", free_at()),
            ],
        ),
        schema::response(
            "SeatChange",
            "The new state of one seat",
            vec![
                req("seat", id("Id of the seat")),
                req("status", status()),
                opt("free_at", free_at()),
            ],
        ),
    ]
}
