//! A show as the engine and its followers use it: seats by dense index, with name, row and price.
//!
//! Invariants: a layout never changes; a changed show gets a new one in which every seat and area
//! keeps its index. Seats dropped from the spec keep index and name, lose their row, and are not
//! for sale. There is always a tariff 0.

mod stored;

use crate::ids::{AreaIdx, Name, Principal, SeatIdx, ShowIdx, Text};
use crate::limits::{
    AREA_CAPACITY_MAX, AREAS_MAX, HOLD_TTL_MS_MAX, HOLD_TTL_MS_MIN, ORDER_TTL_MS_MAX, ROWS_MAX,
    SEATS_PER_CLAIM_MAX, SEATS_PER_ROW_MAX, SEATS_PER_SHOW_MAX, SECTIONS_MAX, TARIFF_PERCENT_MAX,
    TARIFFS_MAX,
};
use crate::money::{Amount, Currency};
use crate::names::{NameTable, Seed};
use crate::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};
use crate::time::Instant;

/// Why a spec cannot be a show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayoutError {
    /// Two seats, sections, areas or tariffs share an id.
    Duplicate,
    /// More of something than [`crate::limits`] allows, or a number outside its range.
    OutOfRange,
    /// A generated seat id is not a valid id, or a seat not for sale is not in its row.
    BadSeat,
}

/// A show's seats, areas, prices and rules.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The show's index.
    pub show: ShowIdx,
    /// The show's id.
    pub id: Name,
    /// Who put it first.
    pub principal: Principal,
    /// Counts the changes, from 1.
    pub version: u32,
    /// See [`ShowSpec::title`].
    pub title: Text,
    /// See [`ShowSpec::venue`].
    pub venue: Text,
    /// See [`ShowSpec::starts_at`].
    pub starts_at: Option<Instant>,
    /// See [`ShowSpec::on_sale_at`].
    pub on_sale_at: Option<Instant>,
    /// See [`ShowSpec::open`].
    pub open: bool,
    /// See [`ShowSpec::currency`].
    pub currency: Currency,
    /// See [`ShowSpec::hold_ttl_ms`].
    pub hold_ttl_ms: u64,
    /// See [`ShowSpec::order_ttl_ms`].
    pub order_ttl_ms: u64,
    /// See [`ShowSpec::seats_per_buyer_max`].
    pub seats_per_buyer_max: Option<u32>,
    /// Seats or places in one claim.
    pub seats_per_hold_max: u32,
    /// At least one.
    pub tariffs: Vec<Tariff>,
    /// In the order given.
    pub sections: Vec<Section>,
    /// Of all sections, in order: best first.
    pub rows: Vec<Row>,
    /// In the order given; a dropped one keeps its index with capacity 0.
    pub areas: Vec<Area>,
    seats: NameTable,
    row_of_seat: Vec<u32>,
    not_for_sale: Vec<u64>,
}

/// Rows that share a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Unique in the show.
    pub id: Name,
    /// Of a seat whose row says nothing else.
    pub price: Amount,
    /// Its rows, as indexes into [`Layout::rows`].
    pub rows: std::ops::Range<usize>,
}

/// Seats side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Label.
    pub label: Name,
    /// Its section, as index into [`Layout::sections`].
    pub section: usize,
    /// Of every seat in it.
    pub price: Amount,
    /// Its seats.
    pub seats: RowOrder,
}

/// The seats of a row from one end to the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOrder {
    /// Consecutive indexes.
    Run {
        /// The first seat.
        first: SeatIdx,
        /// How many.
        count: u32,
    },
    /// Any indexes: the row changed after it was made.
    List(Vec<SeatIdx>),
}

impl RowOrder {
    /// How many seats.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Run { count, .. } => *count as usize,
            Self::List(seats) => seats.len(),
        }
    }

    /// Whether the row has no seat.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The seat at `place` from 0, if there is one.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<SeatIdx> {
        match self {
            Self::Run { first, count } => {
                let place = u32::try_from(place).ok().filter(|p| p < count)?;
                first.0.checked_add(place).map(SeatIdx)
            }
            Self::List(seats) => seats.get(place).copied(),
        }
    }

    /// The seats in order.
    pub fn iter(&self) -> impl Iterator<Item = SeatIdx> + '_ {
        (0..self.len()).filter_map(|place| self.at(place))
    }
}

/// General admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// Unique in the show.
    pub id: Name,
    /// Places.
    pub capacity: u32,
    /// Of one place.
    pub price: Amount,
}

const NO_ROW: u32 = u32::MAX;

impl Layout {
    /// Makes the layout of a show from its spec; `previous` is the layout that it replaces.
    ///
    /// # Errors
    /// [`LayoutError`] when the spec breaks a rule; then nothing exists.
    pub fn build(
        show: ShowIdx,
        id: &Name,
        principal: Principal,
        spec: &ShowSpec,
        previous: Option<&Self>,
    ) -> Result<Self, LayoutError> {
        check_ranges(spec)?;
        let mut layout = Self {
            show,
            id: id.clone(),
            principal: previous.map_or(principal, |p| p.principal),
            version: previous.map_or(1, |p| p.version.saturating_add(1)),
            title: spec.title.clone(),
            venue: spec.venue.clone(),
            starts_at: spec.starts_at,
            on_sale_at: spec.on_sale_at,
            open: spec.open,
            currency: spec.currency,
            hold_ttl_ms: spec.hold_ttl_ms,
            order_ttl_ms: spec.order_ttl_ms,
            seats_per_buyer_max: spec.seats_per_buyer_max,
            seats_per_hold_max: spec.seats_per_hold_max.unwrap_or(per_claim_max()),
            tariffs: tariffs(spec)?,
            sections: Vec::with_capacity(spec.sections.len()),
            rows: Vec::new(),
            areas: previous.map_or_else(Vec::new, |p| p.areas.clone()),
            seats: previous.map_or_else(|| NameTable::new(Seed(1)), |p| p.seats.clone()),
            row_of_seat: previous.map_or_else(Vec::new, |p| vec![NO_ROW; p.row_of_seat.len()]),
            not_for_sale: Vec::new(),
        };
        for section in &spec.sections {
            layout.add_section(section)?;
        }
        layout.add_areas(spec)?;
        layout.seats.shrink();
        layout.row_of_seat.shrink_to_fit();
        layout.not_for_sale.resize(layout.n_seats().div_ceil(64), 0);
        Ok(layout)
    }

    fn add_section(&mut self, spec: &SectionSpec) -> Result<(), LayoutError> {
        if self.sections.iter().any(|other| other.id == spec.id) {
            return Err(LayoutError::Duplicate);
        }
        let first_row = self.rows.len();
        for row in &spec.rows {
            self.add_row(spec, row)?;
        }
        if self.rows.len() > ROWS_MAX {
            return Err(LayoutError::OutOfRange);
        }
        let rows = first_row..self.rows.len();
        self.sections.push(Section {
            id: spec.id.clone(),
            price: spec.price,
            rows,
        });
        Ok(())
    }

    fn add_row(&mut self, section: &SectionSpec, spec: &RowSpec) -> Result<(), LayoutError> {
        let row_idx = u32::try_from(self.rows.len()).map_err(|_| LayoutError::OutOfRange)?;
        let mut seats = Vec::new();
        match &spec.seats {
            RowSeats::Count(count) => {
                if *count as usize > SEATS_PER_ROW_MAX {
                    return Err(LayoutError::OutOfRange);
                }
                let label = spec.row.as_str();
                // "A" and 12 read as A12; "1" and 12 would read as seat 112.
                let dash = if label.ends_with(|c: char| c.is_ascii_digit()) {
                    "-"
                } else {
                    ""
                };
                for number in 1..=*count {
                    let name = format!("{}{label}{dash}{number}", section.prefix.as_str());
                    let name = Name::new(&name).ok_or(LayoutError::BadSeat)?;
                    seats.push(self.add_seat(&name, row_idx)?);
                }
            }
            RowSeats::Named(names) => {
                if names.len() > SEATS_PER_ROW_MAX {
                    return Err(LayoutError::OutOfRange);
                }
                for name in names {
                    seats.push(self.add_seat(name, row_idx)?);
                }
            }
        }
        for name in &spec.not_for_sale {
            let seat = self.seat(name.as_str()).ok_or(LayoutError::BadSeat)?;
            if self.row_of_seat.get(seat.at()) != Some(&row_idx) {
                return Err(LayoutError::BadSeat);
            }
            self.set_not_for_sale(seat);
        }
        self.rows.push(Row {
            label: spec.row.clone(),
            section: self.sections.len(),
            price: spec.price.unwrap_or(section.price),
            seats: row_order(seats),
        });
        Ok(())
    }

    fn add_seat(&mut self, name: &Name, row_idx: u32) -> Result<SeatIdx, LayoutError> {
        let idx = self.seats.intern(name.as_str());
        match self.row_of_seat.get_mut(idx as usize) {
            Some(row) if *row == NO_ROW => *row = row_idx,
            Some(_) => return Err(LayoutError::Duplicate),
            None => self.row_of_seat.push(row_idx),
        }
        if self.row_of_seat.len() > SEATS_PER_SHOW_MAX {
            return Err(LayoutError::OutOfRange);
        }
        Ok(SeatIdx(idx))
    }

    fn add_areas(&mut self, spec: &ShowSpec) -> Result<(), LayoutError> {
        for area in &mut self.areas {
            area.capacity = 0;
        }
        for (done, area) in spec.areas.iter().enumerate() {
            if spec
                .areas
                .iter()
                .take(done)
                .any(|other| other.id == area.id)
            {
                return Err(LayoutError::Duplicate);
            }
            let new = Area {
                id: area.id.clone(),
                capacity: area.capacity,
                price: area.price,
            };
            match self.areas.iter_mut().find(|old| old.id == area.id) {
                Some(old) => *old = new,
                None => self.areas.push(new),
            }
        }
        if self.areas.len() > AREAS_MAX {
            Err(LayoutError::OutOfRange)
        } else {
            Ok(())
        }
    }

    fn set_not_for_sale(&mut self, seat: SeatIdx) {
        let word = seat.at() / 64;
        if self.not_for_sale.len() <= word {
            self.not_for_sale.resize(word.saturating_add(1), 0);
        }
        let slot = self.not_for_sale.get_mut(word).expect("resized above");
        *slot |= 1 << (seat.0 % 64);
    }

    /// How many seats there ever were, dropped ones included.
    #[must_use]
    pub fn n_seats(&self) -> usize {
        self.row_of_seat.len()
    }

    /// The seat with this id, dropped ones excluded.
    #[must_use]
    #[inline]
    pub fn seat(&self, name: &str) -> Option<SeatIdx> {
        self.seats
            .find(name)
            .map(SeatIdx)
            .filter(|seat| self.exists(*seat))
    }

    /// The seat's id. The index must be of this show.
    #[must_use]
    pub fn seat_name(&self, seat: SeatIdx) -> &str {
        self.seats.name(seat.0)
    }

    /// Whether the index is of a seat that was not dropped.
    #[must_use]
    #[inline]
    pub fn exists(&self, seat: SeatIdx) -> bool {
        self.row_of_seat
            .get(seat.at())
            .is_some_and(|row| *row != NO_ROW)
    }

    /// Whether the seat exists and may be sold.
    #[must_use]
    #[inline]
    pub fn is_for_sale(&self, seat: SeatIdx) -> bool {
        let word = self.not_for_sale.get(seat.at() / 64).copied().unwrap_or(0);
        self.exists(seat) && word & (1 << (seat.0 % 64)) == 0
    }

    /// The seat's row, unless the seat was dropped.
    #[must_use]
    pub fn row_of(&self, seat: SeatIdx) -> Option<&Row> {
        self.rows.get(*self.row_of_seat.get(seat.at())? as usize)
    }

    /// The index of the seat's row in [`Self::rows`], unless the seat was dropped.
    #[must_use]
    pub fn row_idx_of(&self, seat: SeatIdx) -> Option<usize> {
        self.row_of_seat
            .get(seat.at())
            .filter(|row| **row != NO_ROW)
            .map(|row| *row as usize)
    }

    /// The seat's place in its row, from 1.
    #[must_use]
    pub fn number_in_row(&self, seat: SeatIdx) -> Option<u32> {
        match &self.row_of(seat)?.seats {
            RowOrder::Run { first, .. } => seat.0.checked_sub(first.0)?.checked_add(1),
            RowOrder::List(seats) => {
                let place = seats.iter().position(|other| *other == seat)?;
                u32::try_from(place.checked_add(1)?).ok()
            }
        }
    }

    /// The seat's section, unless the seat was dropped.
    #[must_use]
    pub fn section_of(&self, seat: SeatIdx) -> Option<&Section> {
        self.sections.get(self.row_of(seat)?.section)
    }

    /// What the seat costs at a tariff; `None` for an unknown tariff or a dropped seat.
    #[must_use]
    pub fn seat_price(&self, seat: SeatIdx, tariff: u8) -> Option<Amount> {
        self.row_of(seat)?
            .price
            .percent(self.tariffs.get(usize::from(tariff))?.percent)
    }

    /// What one place costs at a tariff; `None` for an unknown tariff or area.
    #[must_use]
    pub fn place_price(&self, area: AreaIdx, tariff: u8) -> Option<Amount> {
        self.areas
            .get(area.at())?
            .price
            .percent(self.tariffs.get(usize::from(tariff))?.percent)
    }

    /// The area with this id, dropped ones excluded.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<AreaIdx> {
        let idx = self
            .areas
            .iter()
            .position(|a| a.id.as_str() == name && a.capacity > 0)?;
        u32::try_from(idx).ok().map(AreaIdx)
    }

    /// The section with this id.
    #[must_use]
    pub fn section(&self, name: &str) -> Option<&Section> {
        self.sections
            .iter()
            .find(|section| section.id.as_str() == name)
    }

    /// The tariff with this code.
    #[must_use]
    pub fn tariff(&self, code: &str) -> Option<u8> {
        let idx = self
            .tariffs
            .iter()
            .position(|tariff| tariff.code.as_str() == code)?;
        u8::try_from(idx).ok()
    }
}

fn per_claim_max() -> u32 {
    u32::try_from(SEATS_PER_CLAIM_MAX).expect("the limit is small")
}

fn row_order(seats: Vec<SeatIdx>) -> RowOrder {
    let is_run = seats.is_sorted_by(|a, b| a.0.checked_add(1) == Some(b.0));
    match seats.first() {
        Some(first) if is_run => RowOrder::Run {
            first: *first,
            count: u32::try_from(seats.len()).expect("rows are bounded by SEATS_PER_ROW_MAX"),
        },
        _ => RowOrder::List(seats),
    }
}

fn tariffs(spec: &ShowSpec) -> Result<Vec<Tariff>, LayoutError> {
    for (done, tariff) in spec.tariffs.iter().enumerate() {
        if spec
            .tariffs
            .iter()
            .take(done)
            .any(|other| other.code == tariff.code)
        {
            return Err(LayoutError::Duplicate);
        }
    }
    if !spec.tariffs.is_empty() {
        return Ok(spec.tariffs.clone());
    }
    let code = Name::new("standard").expect("a valid id");
    let label = Text::new("Standard").expect("valid text");
    Ok(vec![Tariff {
        code,
        label,
        percent: 100,
    }])
}

fn check_ranges(spec: &ShowSpec) -> Result<(), LayoutError> {
    let price_ok = |price: Amount| price >= Amount::ZERO;
    let per_claim = per_claim_max();
    let ok = spec.sections.len() <= SECTIONS_MAX
        && spec.areas.len() <= AREAS_MAX
        && spec.tariffs.len() <= TARIFFS_MAX
        && spec
            .tariffs
            .iter()
            .all(|tariff| tariff.percent <= TARIFF_PERCENT_MAX)
        && (HOLD_TTL_MS_MIN..=HOLD_TTL_MS_MAX).contains(&spec.hold_ttl_ms)
        && (HOLD_TTL_MS_MIN..=ORDER_TTL_MS_MAX).contains(&spec.order_ttl_ms)
        && spec.seats_per_buyer_max != Some(0)
        && spec
            .seats_per_hold_max
            .is_none_or(|max| (1..=per_claim).contains(&max))
        && spec
            .areas
            .iter()
            .all(|area| price_ok(area.price) && (1..=AREA_CAPACITY_MAX).contains(&area.capacity))
        && spec.sections.iter().all(|section| {
            price_ok(section.price)
                && section
                    .rows
                    .iter()
                    .all(|row| row.price.is_none_or(price_ok))
        });
    if ok {
        Ok(())
    } else {
        Err(LayoutError::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{name, show_spec};

    fn build(spec: &ShowSpec, previous: Option<&Layout>) -> Result<Layout, LayoutError> {
        Layout::build(ShowIdx(0), &name("s"), Principal(0), spec, previous)
    }

    #[test]
    fn generated_seats_are_named_by_row_and_number() {
        let layout = build(&show_spec(2, 3), None).unwrap();
        assert_eq!(layout.n_seats(), 6);
        let seat = layout.seat("B3").unwrap();
        assert_eq!(seat, SeatIdx(5));
        assert_eq!(layout.number_in_row(seat), Some(3));
        assert_eq!(layout.row_of(seat).unwrap().label.as_str(), "B");
    }

    #[test]
    fn a_label_that_ends_in_a_digit_gets_a_dash() {
        let mut spec = show_spec(1, 2);
        spec.sections[0].rows[0].row = name("1");
        assert!(build(&spec, None).unwrap().seat("1-2").is_some());
    }

    #[test]
    fn a_changed_show_keeps_every_index() {
        let old = build(&show_spec(2, 3), None).unwrap();
        let mut spec = show_spec(2, 3);
        spec.sections[0].rows[0].seats = RowSeats::Named(vec![name("A3"), name("A9"), name("A1")]);
        let new = build(&spec, Some(&old)).unwrap();
        assert_eq!(new.seat("A3"), old.seat("A3"));
        assert_eq!(new.seat("B1"), old.seat("B1"));
        assert_eq!(new.seat("A9"), Some(SeatIdx(6)));
        assert_eq!(new.seat("A2"), None);
        assert_eq!(new.number_in_row(SeatIdx(0)), Some(3));
        assert!(!new.is_for_sale(SeatIdx(1)));
    }

    #[test]
    fn the_same_seat_twice_is_refused() {
        let mut spec = show_spec(1, 2);
        let again = spec.sections[0].rows[0].clone();
        spec.sections[0].rows.push(again);
        assert_eq!(build(&spec, None).unwrap_err(), LayoutError::Duplicate);
    }
}
