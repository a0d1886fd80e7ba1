//! Creating and changing a show: sections with rows of seats, areas, prices, limits.
//!
//! Invariants: after validation the seat ids of a show are unique, well-formed and at most
//! [`limits::SEATS_PER_SHOW_MAX`] many.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::validate::{Faults, Pointer, Validate};

/// Body of `PUT /v1/shows/{show}`: the whole show as it shall be from now on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ShowRequest {
    /// Name for people, 1-200 bytes.
    pub name: String,
    /// When it begins, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// Before this time every claim is `not-on-sale`, RFC 3339; absent: on sale at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_sale_at: Option<String>,
    /// A closed show takes no new claims; what is held can still be booked.
    #[serde(default = "yes")]
    pub open: bool,
    /// Where it is, 1-200 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// ISO 4217 code of all prices.
    pub currency: String,
    /// Life of a hold, 0.1 s to 1 day, default 10 minutes.
    #[serde(default = "hold_ttl_ms_default")]
    pub hold_ttl_ms: i64,
    /// Time to pay an order, 0.1 s to 30 days, default 15 minutes.
    #[serde(default = "order_ttl_ms_default")]
    pub order_ttl_ms: i64,
    /// Most seats and places that one buyer may hold and have booked together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats_per_buyer_max: Option<i64>,
    /// Most seats and places in one hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats_per_hold_max: Option<i64>,
    /// Price groups; absent: one, `standard`, at 100 %.
    #[serde(default = "Tariff::defaults")]
    pub tariffs: Vec<Tariff>,
    /// Numbered seats.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// General admission.
    #[serde(default)]
    pub areas: Vec<Area>,
}

/// A price group: every price of the show, times `percent` / 100, rounded down.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// The id that a hold names.
    pub code: String,
    /// Name for people.
    pub label: String,
    /// Percent of the price, 0-1,000.
    pub percent: i64,
}

/// A part of the hall whose seats have one price unless their row says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Unique in the show.
    pub id: String,
    /// Price of a seat in minor units.
    pub price: i64,
    /// Put before every generated seat id, to keep them unique in the show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// From the front to the back.
    pub rows: Vec<Row>,
}

/// A row of neighbouring seats, from left to right.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Label, unique in its section.
    pub row: String,
    /// How many seats, or the id of each.
    pub seats: RowSeats,
    /// Price of a seat in this row in minor units; absent: the section's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// Ids of seats that exist but are never sold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_for_sale: Vec<String>,
}

/// The seats of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum RowSeats {
    /// So many, with generated ids: prefix, row label, number from 1. If the label ends in a
    /// digit, `-` comes before the number (`A1`, but `1-1`).
    Count(i64),
    /// These, numbered from 1 in this order.
    Ids(Vec<String>),
}

/// Places without numbers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Unique in the show.
    pub id: String,
    /// Most places held and booked together.
    pub capacity: i64,
    /// Price of a place in minor units.
    pub price: i64,
}

/// One seat of a show after ids were generated and prices resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSeat<'a> {
    /// Unique in the show.
    pub id: String,
    /// Index into [`ShowRequest::sections`].
    pub section_idx: usize,
    /// Id of the section.
    pub section: &'a str,
    /// Index into the rows of the section.
    pub row_idx: usize,
    /// Label of the row.
    pub row: &'a str,
    /// 1-based place in the row.
    pub number: u32,
    /// Price in minor units.
    pub price: i64,
    /// Whether it is ever sold.
    pub for_sale: bool,
}

fn yes() -> bool {
    true
}

fn hold_ttl_ms_default() -> i64 {
    limits::HOLD_TTL_MS_DEFAULT
}

fn order_ttl_ms_default() -> i64 {
    limits::ORDER_TTL_MS_DEFAULT
}

impl Tariff {
    /// What a show has when it names no tariff.
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        vec![Self {
            code: "standard".to_owned(),
            label: "Standard".to_owned(),
            percent: 100,
        }]
    }
}

/// Takes a number or a list, and says where in the list a fault is.
impl<'de> Deserialize<'de> for RowSeats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowSeatsVisitor)
    }
}

struct RowSeatsVisitor;

impl<'de> Visitor<'de> for RowSeatsVisitor {
    type Value = RowSeats;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of seats or a list of their ids")
    }

    fn visit_i64<E>(self, n: i64) -> Result<RowSeats, E> {
        Ok(RowSeats::Count(n))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<RowSeats, E> {
        let count = i64::try_from(n).map(RowSeats::Count);
        count.map_err(|_too_large| E::invalid_value(Unexpected::Unsigned(n), &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<RowSeats, A::Error> {
        let mut ids = Vec::new();
        while let Some(id) = seq.next_element()? {
            ids.push(id);
        }
        Ok(RowSeats::Ids(ids))
    }
}

impl RowSeats {
    /// How many seats there are; 0 for a negative count, which validation refuses.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Count(n) => usize::try_from(*n).unwrap_or(0),
            Self::Ids(ids) => ids.len(),
        }
    }

    /// Whether there is no seat.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Row {
    /// Visits the id of each seat in order, generated or given.
    fn for_each_id(&self, prefix: &str, mut visit: impl FnMut(u32, &str)) {
        match &self.seats {
            RowSeats::Count(n) => {
                let ends_in_digit = self.row.ends_with(|c: char| c.is_ascii_digit());
                let dash = if ends_in_digit { "-" } else { "" };
                for number in 1..=u32::try_from(*n).unwrap_or(0) {
                    visit(number, &format!("{prefix}{}{dash}{number}", self.row));
                }
            }
            RowSeats::Ids(ids) => {
                for (number, id) in (1..).zip(ids) {
                    visit(number, id);
                }
            }
        }
    }
}

impl ShowRequest {
    /// All seats in the order of sections, rows and numbers. The request must be valid.
    #[must_use]
    pub fn seats(&self) -> Vec<PlannedSeat<'_>> {
        let n_seats = self
            .sections
            .iter()
            .flat_map(|s| &s.rows)
            .map(|r| r.seats.len())
            .sum();
        let mut seats = Vec::with_capacity(n_seats);
        for (section_idx, section) in self.sections.iter().enumerate() {
            let prefix = section.prefix.as_deref().unwrap_or("");
            for (row_idx, row) in section.rows.iter().enumerate() {
                let not_for_sale: HashSet<&str> =
                    row.not_for_sale.iter().map(String::as_str).collect();
                row.for_each_id(prefix, |number, id| {
                    seats.push(PlannedSeat {
                        id: id.to_owned(),
                        section_idx,
                        section: &section.id,
                        row_idx,
                        row: &row.row,
                        number,
                        price: row.price.unwrap_or(section.price),
                        for_sale: !not_for_sale.contains(id),
                    });
                });
            }
        }
        seats
    }

    fn check_head(&self, at: &Pointer<'_>, faults: &mut Faults) {
        faults.text(&at.key("name"), &self.name);
        faults.time(&at.key("starts_at"), self.starts_at.as_deref());
        faults.time(&at.key("on_sale_at"), self.on_sale_at.as_deref());
        if let Some(venue) = &self.venue {
            faults.text(&at.key("venue"), venue);
        }
        faults.currency(&at.key("currency"), &self.currency);
        let hold_ttl = limits::HOLD_TTL_MS_MIN..=limits::HOLD_TTL_MS_MAX;
        faults.range(&at.key("hold_ttl_ms"), self.hold_ttl_ms, hold_ttl);
        let order_ttl = limits::ORDER_TTL_MS_MIN..=limits::ORDER_TTL_MS_MAX;
        faults.range(&at.key("order_ttl_ms"), self.order_ttl_ms, order_ttl);
        if let Some(max) = self.seats_per_buyer_max {
            faults.range(
                &at.key("seats_per_buyer_max"),
                max,
                1..=limits::SEATS_PER_BUYER_MAX,
            );
        }
        if let Some(max) = self.seats_per_hold_max {
            faults.range(
                &at.key("seats_per_hold_max"),
                max,
                1..=limits::SEATS_PER_HOLD_MAX,
            );
        }
    }

    fn check_tariffs(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if !faults.count(at, self.tariffs.len(), 1..=limits::TARIFFS_PER_SHOW_MAX) {
            return;
        }
        let mut codes = HashSet::new();
        for (idx, tariff) in self.tariffs.iter().enumerate() {
            let at = at.index(idx);
            faults.id(&at.key("code"), &tariff.code);
            if !codes.insert(&tariff.code) {
                faults.add(&at.key("code"), "is the code of an earlier tariff");
            }
            faults.text(&at.key("label"), &tariff.label);
            faults.range(
                &at.key("percent"),
                tariff.percent,
                0..=limits::TARIFF_PERCENT_MAX,
            );
        }
    }

    fn check_areas(&self, at: &Pointer<'_>, faults: &mut Faults) {
        if !faults.count(at, self.areas.len(), 0..=limits::AREAS_PER_SHOW_MAX) {
            return;
        }
        let mut ids = HashSet::new();
        for (idx, area) in self.areas.iter().enumerate() {
            let at = at.index(idx);
            faults.id(&at.key("id"), &area.id);
            if !ids.insert(&area.id) {
                faults.add(&at.key("id"), "is the id of an earlier area");
            }
            faults.range(
                &at.key("capacity"),
                area.capacity,
                1..=limits::AREA_CAPACITY_MAX,
            );
            faults.amount(&at.key("price"), area.price);
        }
    }

    /// Checks shapes and counts; returns whether the seats are few enough to be looked through.
    fn check_sections(&self, at: &Pointer<'_>, faults: &mut Faults) -> bool {
        if !faults.count(at, self.sections.len(), 0..=limits::SECTIONS_PER_SHOW_MAX) {
            return false;
        }
        let mut ids = HashSet::new();
        let mut n_seats = 0_usize;
        let mut n_rows = 0_usize;
        for (idx, section) in self.sections.iter().enumerate() {
            let at = at.index(idx);
            if !ids.insert(&section.id) {
                faults.add(&at.key("id"), "is the id of an earlier section");
            }
            if !section.check(&at, faults) {
                return false;
            }
            n_rows = n_rows.saturating_add(section.rows.len());
            for row in &section.rows {
                n_seats = n_seats.saturating_add(row.seats.len());
            }
        }
        if n_rows > limits::ROWS_PER_SHOW_MAX {
            let max = limits::ROWS_PER_SHOW_MAX;
            faults.add(
                at,
                format!("must have at most {max} rows in all, has {n_rows}"),
            );
        }
        if n_seats > limits::SEATS_PER_SHOW_MAX {
            let max = limits::SEATS_PER_SHOW_MAX;
            faults.add(
                at,
                format!("must have at most {max} seats in all, has {n_seats}"),
            );
        }
        n_seats <= limits::SEATS_PER_SHOW_MAX
    }

    /// Checks that every seat id is well-formed and occurs once, and `not_for_sale` names seats.
    fn check_seat_ids(&self, at: &Pointer<'_>, faults: &mut Faults) {
        let mut home: HashMap<String, (usize, usize)> = HashMap::new();
        for (section_idx, section) in self.sections.iter().enumerate() {
            let prefix = section.prefix.as_deref().unwrap_or("");
            let at_section = at.index(section_idx);
            let at_rows = at_section.key("rows");
            for (row_idx, row) in section.rows.iter().enumerate() {
                let at_row = at_rows.index(row_idx);
                let at_seats = at_row.key("seats");
                row.for_each_id(prefix, |number, id| {
                    if !crate::validate::is_id(id) {
                        faults.add(
                            &at_seats,
                            format!("seat {number} has the invalid id {id:?}"),
                        );
                    }
                    if let Some((s, r)) = home.insert(id.to_owned(), (section_idx, row_idx)) {
                        let earlier = format!("{at}/{s}/rows/{r}");
                        let hint = "give one section a prefix or list the ids";
                        let detail = format!("seat id {id:?} exists in {earlier} too; {hint}");
                        faults.add(&at_seats, detail);
                    }
                });
                for (idx, id) in row.not_for_sale.iter().enumerate() {
                    if home.get(id) != Some(&(section_idx, row_idx)) {
                        faults.add(
                            &at_row.key("not_for_sale").index(idx),
                            "is no seat of this row",
                        );
                    }
                }
            }
        }
    }
}

impl Section {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) -> bool {
        faults.id(&at.key("id"), &self.id);
        faults.amount(&at.key("price"), self.price);
        if let Some(prefix) = self.prefix.as_deref().filter(|p| !p.is_empty()) {
            faults.label(&at.key("prefix"), prefix);
        }
        let at_rows = at.key("rows");
        if !faults.count(&at_rows, self.rows.len(), 1..=limits::ROWS_PER_SECTION_MAX) {
            return false;
        }
        let mut labels = HashSet::new();
        for (idx, row) in self.rows.iter().enumerate() {
            let at = at_rows.index(idx);
            faults.label(&at.key("row"), &row.row);
            if !labels.insert(&row.row) {
                faults.add(
                    &at.key("row"),
                    "is the label of an earlier row of this section",
                );
            }
            let n_seats = match row.seats {
                RowSeats::Count(n) => n,
                RowSeats::Ids(ref ids) => i64::try_from(ids.len()).unwrap_or(i64::MAX),
            };
            faults.range(&at.key("seats"), n_seats, 1..=limits::SEATS_PER_ROW_MAX);
            if n_seats > limits::SEATS_PER_ROW_MAX {
                return false;
            }
            if let Some(price) = row.price {
                faults.amount(&at.key("price"), price);
            }
        }
        true
    }
}

impl Validate for ShowRequest {
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults) {
        self.check_head(at, faults);
        self.check_tariffs(&at.key("tariffs"), faults);
        let at_sections = at.key("sections");
        if self.check_sections(&at_sections, faults) {
            self.check_seat_ids(&at_sections, faults);
        }
        self.check_areas(&at.key("areas"), faults);
        if self.sections.is_empty() && self.areas.is_empty() {
            faults.add(at, "must have at least one section or area");
        }
    }
}
