//! Holds: a temporary, exclusive claim of one buyer.
//!
//! Invariants: a valid claim names exactly one of seats, places and best, never a seat twice.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::limits;
use crate::schema;
use crate::validate::{Faults, Pointer, Validate};
use crate::{Currency, Text, Timestamp};

/// Body of `POST /v1/shows/{show}/holds`; exactly one of `seats`, `places` and `best`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    /// Who wants it.
    pub buyer: String,
    /// Ids of the seats, all or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<String>>,
    /// Places of an area.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub places: Option<PlacesRequest>,
    /// Any seats next to each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<BestRequest>,
    /// Wanted life of the hold, 0.1 s to 1 day; absent: the show's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_ms: Option<i64>,
    /// Price group; absent: the first of the show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tariff: Option<String>,
}

/// A number of places in an area.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PlacesRequest {
    /// Id of the area.
    pub area: String,
    /// How many.
    pub quantity: i64,
}

/// The best contiguous seats that are free.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BestRequest {
    /// How many, next to each other in one row.
    pub quantity: i64,
    /// Only in this section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// What a hold or booking claims, after validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim<'a> {
    /// These seats.
    Seats(&'a [String]),
    /// Places of an area.
    Places(&'a PlacesRequest),
    /// Contiguous seats.
    Best(&'a BestRequest),
}

/// Body of `PATCH /v1/holds/{hold}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ExtendRequest {
    /// Life from now on, in milliseconds.
    pub ttl_ms: i64,
    /// If given, it must be the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
}

/// Body of `DELETE /v1/holds/{hold}`, which may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// If given, it must be the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fence: Option<u64>,
}

/// A hold as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HoldResponse<'a> {
    /// Id of the hold.
    pub hold: Text<'a>,
    /// The buyer's right to it: goes into `Boxoffice-Hold-Token`, bookings and orders.
    pub token: Text<'a>,
    /// Grows with every extension; guards against acting on an outdated hold.
    pub fence: u64,
    /// Id of the show.
    pub show: Text<'a>,
    /// Who holds it.
    pub buyer: Text<'a>,
    /// Seats held; empty for places.
    pub seats: Vec<SeatItem<'a>>,
    /// Places held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<PlacesItem<'a>>,
    /// Price of everything in minor units.
    pub amount: i64,
    /// Currency of the prices.
    pub currency: Currency,
    /// From this instant on it is free again.
    pub expires_at: Timestamp,
}

/// Reply to `DELETE /v1/holds/{hold}`; the same if it was released before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReleaseResponse<'a> {
    /// Id of the hold.
    pub hold: Text<'a>,
    /// Seats and places that became free by this call; 0 if there was nothing left to release.
    pub released: u64,
}

/// A seat in a hold, booking or order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatItem<'a> {
    /// Id of the seat.
    pub seat: Text<'a>,
    /// Id of its section.
    pub section: Text<'a>,
    /// Label of its row.
    pub row: Text<'a>,
    /// 1-based place in the row.
    pub number: u32,
    /// Price in minor units, with the tariff applied.
    pub price: i64,
}

/// Places in a hold, booking or order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlacesItem<'a> {
    /// Id of the area.
    pub area: Text<'a>,
    /// How many.
    pub quantity: u64,
    /// Price of one in minor units, with the tariff applied.
    pub price: i64,
}

/// Picks the one claim out of three options; `None` if there is not exactly one.
pub(crate) fn claim<'a>(
    seats: Option<&'a Vec<String>>,
    places: Option<&'a PlacesRequest>,
    best: Option<&'a BestRequest>,
) -> Option<Claim<'a>> {
    match (seats, places, best) {
        (Some(seats), None, None) => Some(Claim::Seats(seats)),
        (None, Some(places), None) => Some(Claim::Places(places)),
        (None, None, Some(best)) => Some(Claim::Best(best)),
        _ => None,
    }
}

impl HoldRequest {
    /// What is claimed; `None` only if the request is not valid.
    #[must_use]
    pub fn claim(&self) -> Option<Claim<'_>> {
        claim(
            self.seats.as_ref(),
            self.places.as_ref(),
            self.best.as_ref(),
        )
    }
}

impl Claim<'_> {
    pub(crate) fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        match self {
            Self::Seats(seats) => check_seats(&at.key("seats"), seats, faults),
            Self::Places(places) => {
                let at = at.key("places");
                faults.id(&at.key("area"), &places.area);
                check_quantity(&at.key("quantity"), places.quantity, faults);
            }
            Self::Best(best) => {
                let at = at.key("best");
                check_quantity(&at.key("quantity"), best.quantity, faults);
                if let Some(section) = &best.section {
                    faults.id(&at.key("section"), section);
                }
            }
        }
    }
}

pub(crate) fn check_seats(at: &Pointer<'_>, seats: &[String], faults: &mut Faults) {
    let max = usize::try_from(limits::SEATS_PER_HOLD_MAX).unwrap_or(usize::MAX);
    if !faults.count(at, seats.len(), 1..=max) {
        return;
    }
    for (idx, seat) in seats.iter().enumerate() {
        faults.id(&at.index(idx), seat);
    }
    // One or two seats are the common case and need no set.
    if seats.len() > 1 {
        let mut seen = HashSet::with_capacity(seats.len());
        for (idx, seat) in seats.iter().enumerate() {
            if !seen.insert(seat) {
                faults.add(&at.index(idx), "is named twice");
            }
        }
    }
}

fn check_quantity(at: &Pointer<'_>, quantity: i64, faults: &mut Faults) {
    faults.range(at, quantity, 1..=limits::SEATS_PER_HOLD_MAX);
}

pub(crate) fn check_hold_ttl(at: &Pointer<'_>, ttl_ms: i64, faults: &mut Faults) {
    faults.range(
        at,
        ttl_ms,
        limits::HOLD_TTL_MS_MIN..=limits::HOLD_TTL_MS_MAX,
    );
}

impl Validate for HoldRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.id(&at.key("buyer"), &self.buyer);
        match self.claim() {
            Some(claim) => claim.check(at, faults),
            None => faults.add(at, "must have exactly one of seats, places and best"),
        }
        if let Some(ttl_ms) = self.ttl_ms {
            check_hold_ttl(&at.key("ttl_ms"), ttl_ms, faults);
        }
        if let Some(tariff) = &self.tariff {
            faults.id(&at.key("tariff"), tariff);
        }
    }
}

impl Validate for ExtendRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        check_hold_ttl(&at.key("ttl_ms"), self.ttl_ms, faults);
    }
}

impl Validate for ReleaseRequest {
    fn check(&self, _: &Pointer<'_>, _: &mut Faults) {}
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    request_schemas()
        .into_iter()
        .chain(response_schemas())
        .collect()
}

fn request_schemas() -> [schema::Named; 5] {
    use schema::{count, id, int, of, opt, req};
    let quantity = || int(1, limits::SEATS_PER_HOLD_MAX, "How many");
    let ttl = |doc| int(limits::HOLD_TTL_MS_MIN, limits::HOLD_TTL_MS_MAX, doc);
    let fence = || count("If given, it must be the current one");
    let hold = schema::request(
        "HoldRequest",
        "Claims seats or places for a while, all or nothing",
        vec![
            req("buyer", id("Who wants it")),
            opt("seats", schema::seat_ids("Ids of the seats")),
            opt("places", of("PlacesRequest")),
            opt("best", of("BestRequest")),
            opt(
                "ttl_ms",
                ttl("Wanted life in milliseconds; absent: the show's"),
            ),
            opt("tariff", id("Price group; absent: the first of the show")),
        ],
        json!({"buyer": "b-1", "seats": ["A1", "A2"]}),
    );
    [
        schema::one_of(hold, &[&["seats"], &["places"], &["best"]]),
        schema::request(
            "PlacesRequest",
            "A number of places in an area",
            vec![
                req("area", id("Id of the area")),
                req("quantity", quantity()),
            ],
            json!({"area": "floor", "quantity": 2}),
        ),
        schema::request(
            "BestRequest",
            "The best free seats next to each other in one row",
            vec![
                req("quantity", quantity()),
                opt("section", id("Only in this section")),
            ],
            json!({"quantity": 4, "section": "stalls"}),
        ),
        schema::request(
            "ExtendRequest",
            "A new deadline for a hold",
            vec![
                req("ttl_ms", ttl("Life from now on in milliseconds")),
                opt("fence", fence()),
            ],
            json!({"ttl_ms": 600_000, "fence": 1}),
        ),
        schema::request(
            "ReleaseRequest",
            "Gives a hold back",
            vec![opt("fence", fence())],
            json!({"fence": 1}),
        ),
    ]
}

fn response_schemas() -> [schema::Named; 4] {
    use schema::{count, currency, id, label, list, of, opt, own_id, req, time};
    [
        schema::response(
            "Hold",
            "A hold as its owner sees it",
            vec![
                req("hold", own_id("Id of the hold")),
                req("token", own_id("The buyer's right to it; keep it secret")),
                req("fence", count("Grows with every extension")),
                req("show", id("Id of the show")),
                req("buyer", id("Who holds it")),
                req(
                    "seats",
                    list(of("SeatItem"), "Seats held; empty for places"),
                ),
                opt("places", of("PlacesItem")),
                req(
                    "amount",
                    schema::amount("Price of everything in minor units"),
                ),
                req("currency", currency("Currency of the prices")),
                req("expires_at", time("From this instant on it is free again")),
            ],
        ),
        schema::response(
            "Release",
            "What a release freed",
            vec![
                req("hold", own_id("Id of the hold")),
                req(
                    "released",
                    count("Seats and places that became free by this call"),
                ),
            ],
        ),
        schema::response(
            "SeatItem",
            "A seat in a hold, booking or order",
            vec![
                req("seat", id("Id of the seat")),
                req("section", id("Id of its section")),
                req("row", label("Label of its row")),
                req("number", count("1-based place in the row")),
                req(
                    "price",
                    schema::amount("In minor units, with the tariff applied"),
                ),
            ],
        ),
        schema::response(
            "PlacesItem",
            "Places in a hold, booking or order",
            vec![
                req("area", id("Id of the area")),
                req("quantity", count("How many")),
                req(
                    "price",
                    schema::amount("Of one, in minor units, with the tariff applied"),
                ),
            ],
        ),
    ]
}
