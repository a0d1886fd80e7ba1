//! Makes a layout from a spec, on top of the layout that it replaces.
//!
//! Invariants: what the spec names a second time keeps the index of the first; a spec that breaks a
//! rule makes nothing.

use crate::ids::{Name, Principal, SeatIdx, ShowIdx, Text};
use crate::limits::{
    AREA_CAPACITY_MAX, AREAS_MAX, HOLD_TTL_MS_MAX, HOLD_TTL_MS_MIN, ORDER_TTL_MS_MAX, ROWS_MAX,
    SEATS_PER_CLAIM_MAX, SEATS_PER_ROW_MAX, SEATS_PER_SHOW_MAX, SECTIONS_MAX, TARIFF_PERCENT_MAX,
    TARIFFS_MAX,
};
use crate::money::Amount;
use crate::names::{NameTable, Seed};
use crate::spec::{RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};

use super::{Area, Layout, LayoutError, NO_ROW, Row, RowOrder, Section};

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
