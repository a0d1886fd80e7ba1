//! A show as clients read it, with its counts.
//!
//! Invariants: `total = free + held + booked` in every [`Totals`].

use serde::Serialize;

use super::show::Tariff;
use crate::schema;
use crate::{Currency, Text, Timestamp};

/// Reply to `PUT` and `GET /v1/shows/{show}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShowResponse<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Name for people.
    pub name: Text<'a>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// When the sale begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_sale_at: Option<Timestamp>,
    /// Whether it takes new claims.
    pub open: bool,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<Text<'a>>,
    /// Currency of all prices.
    pub currency: Currency,
    /// Life of a hold.
    pub hold_ttl_ms: u64,
    /// Time to pay an order.
    pub order_ttl_ms: u64,
    /// Most seats and places of one buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_per_buyer_max: Option<u64>,
    /// Most seats and places in one hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats_per_hold_max: Option<u64>,
    /// Price groups.
    pub tariffs: Vec<Tariff>,
    /// Counts of the whole show.
    #[serde(flatten)]
    pub totals: Totals,
    /// Sections with their counts.
    pub sections: Vec<SectionView<'a>>,
    /// Areas with their counts.
    pub areas: Vec<AreaView<'a>>,
}

/// Reply to `GET /v1/shows`, in the order of ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShowList<'a> {
    /// One page of them.
    pub shows: Vec<ShowSummary<'a>>,
    /// Value of `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Text<'a>>,
}

/// A show in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShowSummary<'a> {
    /// Id of the show.
    pub show: Text<'a>,
    /// Name for people.
    pub name: Text<'a>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Timestamp>,
    /// When the sale begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_sale_at: Option<Timestamp>,
    /// Whether it takes new claims.
    pub open: bool,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<Text<'a>>,
    /// Counts of the whole show.
    #[serde(flatten)]
    pub totals: Totals,
}

/// Seats and places by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All that are for sale.
    pub total: u64,
    /// Nobody's.
    pub free: u64,
    /// In a hold or an unpaid order.
    pub held: u64,
    /// In a booking.
    pub booked: u64,
    /// Seats that exist and are never sold; not part of `total`.
    pub not_for_sale: u64,
}

/// A section with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SectionView<'a> {
    /// Id of the section.
    pub id: Text<'a>,
    /// Price of a seat in minor units; rows may have their own.
    pub price: i64,
    /// Counts of its seats.
    #[serde(flatten)]
    pub totals: Totals,
}

/// An area with its counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaView<'a> {
    /// Id of the area.
    pub id: Text<'a>,
    /// Price of a place in minor units.
    pub price: i64,
    /// Counts of its places.
    #[serde(flatten)]
    pub totals: Totals,
}

/// The schemas of this file.
pub(crate) fn schemas() -> Vec<schema::Named> {
    use schema::{count, currency, id, list, of, opt, own_id, req};
    let part = |price| vec![req("id", id("Unique in the show")), req("price", price)];
    let mut show = head();
    show.extend([
        req("currency", currency("Currency of all prices")),
        req("hold_ttl_ms", count("Life of a hold in milliseconds")),
        req(
            "order_ttl_ms",
            count("Time to pay an order in milliseconds"),
        ),
        opt(
            "seats_per_buyer_max",
            count("Most seats and places of one buyer"),
        ),
        opt(
            "seats_per_hold_max",
            count("Most seats and places in one hold"),
        ),
        req("tariffs", list(of("Tariff"), "Price groups")),
        req(
            "sections",
            list(of("SectionView"), "Sections with their counts"),
        ),
        req("areas", list(of("AreaView"), "Areas with their counts")),
    ]);
    let seat_price = schema::amount("Of a seat in minor units; rows may have their own");
    let place_price = schema::amount("Of a place in minor units");
    vec![
        schema::response("Show", "A show with its counts", with_totals(show)),
        schema::response("ShowSummary", "A show in a list", with_totals(head())),
        schema::response(
            "SectionView",
            "A section with its counts",
            with_totals(part(seat_price)),
        ),
        schema::response(
            "AreaView",
            "An area with its counts",
            with_totals(part(place_price)),
        ),
        schema::response(
            "ShowList",
            "Shows in the order of their ids",
            vec![
                req("shows", list(of("ShowSummary"), "One page of them")),
                opt("next", own_id("Value of `after` for the next page")),
            ],
        ),
    ]
}

fn head() -> Vec<schema::Member> {
    use schema::{flag, id, opt, req, text, time};
    vec![
        req("show", id("Id of the show")),
        req("name", text("Name for people")),
        opt("starts_at", time("When it begins")),
        opt("on_sale_at", time("When the sale begins")),
        req("open", flag("Whether it takes new claims")),
        opt("venue", text("Where it is")),
    ]
}

fn with_totals(mut list: Vec<schema::Member>) -> Vec<schema::Member> {
    use schema::{count, req};
    list.extend([
        req(
            "total",
            count("All that are for sale: free + held + booked, always"),
        ),
        req("free", count("Nobody's")),
        req("held", count("In a hold or an unpaid order")),
        req("booked", count("In a booking")),
        req("not_for_sale", count("Never sold; not part of the total")),
    ]);
    list
}
