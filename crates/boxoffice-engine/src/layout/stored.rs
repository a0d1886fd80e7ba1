//! The stored form of a layout, as part of a snapshot.
//!
//! Invariants: a layout comes back with every index as it was, dropped seats and areas included.
//! What rows tell (the row of each seat) is not stored but made again.

use crate::codec::{Damaged, Input, Wire};
use crate::ids::SeatIdx;
use crate::limits::{AREAS_MAX, ROWS_MAX, SEATS_PER_ROW_MAX, SEATS_PER_SHOW_MAX, SECTIONS_MAX};
use crate::names::{NameTable, Seed};

use super::{Area, Layout, NO_ROW, Row, RowOrder, Section};

impl Wire for RowOrder {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Run { first, count } => {
                out.push(1);
                first.put(out);
                count.put(out);
            }
            Self::List(seats) => {
                out.push(2);
                seats.put(out);
            }
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        match input.byte()? {
            1 => Ok(Self::Run {
                first: SeatIdx::take(input)?,
                count: u32::take(input)?,
            }),
            2 => Ok(Self::List(Vec::take(input)?)),
            other => Err(Damaged::UnknownTag("row order", u64::from(other))),
        }
    }
}

impl Wire for Row {
    fn put(&self, out: &mut Vec<u8>) {
        self.label.put(out);
        (self.section as u64).put(out);
        self.price.put(out);
        self.seats.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self {
            label: Wire::take(input)?,
            section: take_usize(input)?,
            price: Wire::take(input)?,
            seats: Wire::take(input)?,
        })
    }
}

impl Wire for Section {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.price.put(out);
        (self.rows.start as u64).put(out);
        (self.rows.end as u64).put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self {
            id: Wire::take(input)?,
            price: Wire::take(input)?,
            rows: take_usize(input)?..take_usize(input)?,
        })
    }
}

impl Wire for Area {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        self.capacity.put(out);
        self.price.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self {
            id: Wire::take(input)?,
            capacity: Wire::take(input)?,
            price: Wire::take(input)?,
        })
    }
}

impl Wire for Layout {
    fn put(&self, out: &mut Vec<u8>) {
        self.show.put(out);
        self.id.put(out);
        self.principal.put(out);
        self.version.put(out);
        self.title.put(out);
        self.venue.put(out);
        self.starts_at.put(out);
        self.on_sale_at.put(out);
        self.open.put(out);
        self.currency.put(out);
        self.hold_ttl_ms.put(out);
        self.order_ttl_ms.put(out);
        self.seats_per_buyer_max.put(out);
        self.seats_per_hold_max.put(out);
        self.tariffs.put(out);
        self.sections.put(out);
        self.rows.put(out);
        self.areas.put(out);
        self.seats.put(out);
        for word in &self.not_for_sale {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let mut layout = Self {
            show: Wire::take(input)?,
            id: Wire::take(input)?,
            principal: Wire::take(input)?,
            version: Wire::take(input)?,
            title: Wire::take(input)?,
            venue: Wire::take(input)?,
            starts_at: Wire::take(input)?,
            on_sale_at: Wire::take(input)?,
            open: Wire::take(input)?,
            currency: Wire::take(input)?,
            hold_ttl_ms: Wire::take(input)?,
            order_ttl_ms: Wire::take(input)?,
            seats_per_buyer_max: Wire::take(input)?,
            seats_per_hold_max: Wire::take(input)?,
            tariffs: Wire::take(input)?,
            sections: Wire::take(input)?,
            rows: Wire::take(input)?,
            areas: Wire::take(input)?,
            seats: NameTable::take(input, NameTable::new(Seed(1)))?,
            row_of_seat: Vec::new(),
            not_for_sale: Vec::new(),
        };
        layout.row_of_seat = layout.rows_by_seat()?;
        for _ in 0..layout.n_seats().div_ceil(64) {
            layout
                .not_for_sale
                .push(u64::from_le_bytes(<[u8; 8]>::take(input)?));
        }
        layout.check_counts()?;
        Ok(layout)
    }
}

impl Layout {
    fn rows_by_seat(&self) -> Result<Vec<u32>, Damaged> {
        let contradiction = || Damaged::Contradiction("every seat is in one row at most");
        if self.rows.len() > ROWS_MAX || self.seats.len() > SEATS_PER_SHOW_MAX {
            return Err(Damaged::NumberTooLarge);
        }
        let mut row_of_seat = vec![NO_ROW; self.seats.len()];
        for (row_idx, row) in self.rows.iter().enumerate() {
            let row_idx = u32::try_from(row_idx).map_err(|_| Damaged::NumberTooLarge)?;
            if row.seats.len() > SEATS_PER_ROW_MAX || row.section >= self.sections.len() {
                return Err(Damaged::NumberTooLarge);
            }
            for place in 0..row.seats.len() {
                let seat = row.seats.at(place).ok_or_else(contradiction)?;
                let slot = row_of_seat.get_mut(seat.at()).ok_or_else(contradiction)?;
                if *slot != NO_ROW {
                    return Err(contradiction());
                }
                *slot = row_idx;
            }
        }
        Ok(row_of_seat)
    }

    fn check_counts(&self) -> Result<(), Damaged> {
        let sections_ok = self.sections.len() <= SECTIONS_MAX
            && self.sections.iter().all(|section| {
                section.rows.start <= section.rows.end && section.rows.end <= self.rows.len()
            });
        if !sections_ok || self.areas.len() > AREAS_MAX || self.tariffs.is_empty() {
            return Err(Damaged::Contradiction("a layout keeps to its limits"));
        }
        Ok(())
    }
}

fn take_usize(input: &mut Input<'_>) -> Result<usize, Damaged> {
    usize::try_from(u64::take(input)?).map_err(|_| Damaged::NumberTooLarge)
}
