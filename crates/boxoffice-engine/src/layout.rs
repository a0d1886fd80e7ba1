//! A show as the engine and its followers use it: seats by dense index, with name, row and price.
//!
//! Invariants: a layout never changes; a changed show gets a new one in which every seat and area
//! keeps its index. Seats dropped from the spec keep index and name, lose their row, and are not
//! for sale. There is always a tariff 0.

mod build;
mod plan;
mod stored;

pub use plan::{Built, Plan};

use crate::ids::{AreaIdx, Name, Principal, SeatIdx, ShowIdx, Text};
use crate::money::{Amount, Currency};
use crate::names::NameTable;
use crate::spec::Tariff;
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
            .find(name.as_bytes())
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

#[cfg(test)]
mod tests;
