//! The seats of a show at one position: one byte each, shared until somebody changes them.
//!
//! Invariants: a [`SeatStates`] never changes; a change copies only the chunk that it falls in,
//! and only if a [`SeatStates`] still shares it. `total = free + held + booked` in all totals.

use std::sync::Arc;

use boxoffice_api::v1::show_view::Totals;
use boxoffice_engine::ids::{AreaIdx, Position, SeatIdx};
use boxoffice_engine::layout::Layout;

/// Seats of one chunk: what a change copies at the most, in bytes.
const CHUNK_SEATS: usize = 4_096;

/// How a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// Can be claimed.
    Free = 0,
    /// Claimed for a while, by a hold or an unpaid order.
    Held = 1,
    /// Claimed for good.
    Booked = 2,
    /// Not for sale, or dropped from the show.
    NotForSale = 3,
}

impl Status {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Held => "held",
            Self::Booked => "booked",
            Self::NotForSale => "not_for_sale",
        }
    }

    /// The letter in the compact form.
    #[must_use]
    pub const fn letter(self) -> u8 {
        match self {
            Self::Free => b'f',
            Self::Held => b'h',
            Self::Booked => b'b',
            Self::NotForSale => b'x',
        }
    }

    const fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Free,
            1 => Self::Held,
            2 => Self::Booked,
            _ => Self::NotForSale,
        }
    }

    /// What an unclaimed seat is.
    pub(super) fn unclaimed(layout: &Layout, seat: SeatIdx) -> Self {
        if layout.is_for_sale(seat) {
            Self::Free
        } else {
            Self::NotForSale
        }
    }
}

/// Places of an area that are claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AreaClaims {
    /// By holds and unpaid orders.
    pub held: u32,
    /// By bookings.
    pub booked: u32,
}

/// One byte for each seat, in chunks that are copied when they change while shared.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunks {
    chunks: Vec<Arc<[u8]>>,
    n_seats: usize,
}

impl Chunks {
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        let chunks = bytes.chunks(CHUNK_SEATS).map(Arc::from).collect();
        Self {
            chunks,
            n_seats: bytes.len(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.n_seats
    }

    #[inline]
    pub(super) fn status(&self, seat: SeatIdx) -> Status {
        let chunk = self.chunks.get(seat.at() / CHUNK_SEATS);
        let byte = chunk.and_then(|chunk| chunk.get(seat.at() % CHUNK_SEATS));
        byte.map_or(Status::NotForSale, |byte| Status::from_byte(*byte))
    }

    /// Sets a seat that exists in the chunks.
    #[inline]
    pub(super) fn set(&mut self, seat: SeatIdx, status: Status) {
        let chunk = self.chunks.get_mut(seat.at() / CHUNK_SEATS);
        let chunk = chunk.expect("seat indexes come from the layout that sized this");
        let bytes = Arc::make_mut(chunk);
        let byte = bytes.get_mut(seat.at() % CHUNK_SEATS);
        *byte.expect("seat indexes come from the layout that sized this") = status as u8;
    }

    /// The seats whose status differs, with the new one. Chunks that are still shared are equal
    /// without a look.
    pub(super) fn changed_since<'a>(
        &'a self,
        old: &'a Self,
    ) -> impl Iterator<Item = (SeatIdx, Status)> + 'a {
        let pairs = self.chunks.iter().zip(&old.chunks).enumerate();
        pairs
            .filter(|(_, (new, old))| !Arc::ptr_eq(new, old))
            .flat_map(|(idx, (new, old))| {
                let first = idx * CHUNK_SEATS;
                let differing = new
                    .iter()
                    .zip(old.iter())
                    .enumerate()
                    .filter(|(_, (n, o))| n != o);
                differing.map(move |(at, (new, _))| {
                    let seat = u32::try_from(first + at).expect("shows have fewer than 2^32 seats");
                    (SeatIdx(seat), Status::from_byte(*new))
                })
            })
    }
}

/// A show at the position of its last change. Cheap to clone behind its `Arc`, never changes.
#[derive(Debug)]
pub struct SeatStates {
    pub(super) layout: Arc<Layout>,
    pub(super) position: Position,
    pub(super) totals: Totals,
    pub(super) sections: Box<[Totals]>,
    pub(super) areas: Box<[AreaClaims]>,
    pub(super) chunks: Chunks,
}

impl SeatStates {
    /// The layout at this position: the seats by row, with names and prices.
    #[must_use]
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The position of the show's last change.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// How a seat stands; [`Status::NotForSale`] for a seat that the show does not have.
    #[must_use]
    #[inline]
    pub fn status(&self, seat: SeatIdx) -> Status {
        self.chunks.status(seat)
    }

    /// Seats and places of the whole show.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Seats of each section, in the order of the layout's.
    #[must_use]
    pub fn sections(&self) -> &[Totals] {
        &self.sections
    }

    /// Places of an area; zeros for an area that the show does not have.
    #[must_use]
    pub fn area(&self, area: AreaIdx) -> Totals {
        let capacity = self
            .layout
            .areas
            .get(area.at())
            .map_or(0, |area| area.capacity);
        area_totals(
            capacity,
            self.areas.get(area.at()).copied().unwrap_or_default(),
        )
    }
}

pub(super) fn area_totals(capacity: u32, claims: AreaClaims) -> Totals {
    let held = u64::from(claims.held);
    let booked = u64::from(claims.booked);
    let total = u64::from(capacity);
    let free = total.checked_sub(held + booked);
    let free = free.expect("the engine never claims more places than an area has");
    Totals {
        total,
        free,
        held,
        booked,
        not_for_sale: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_copies_one_chunk_and_only_if_it_is_shared() {
        let mut chunks = Chunks::from_bytes(&vec![0; 3 * CHUNK_SEATS]);
        let before = chunks.chunks.iter().map(|c| c.as_ptr()).collect::<Vec<_>>();
        chunks.set(SeatIdx(1), Status::Held);
        assert_eq!(before[0], chunks.chunks[0].as_ptr());
        let shared = chunks.clone();
        chunks.set(SeatIdx(1), Status::Booked);
        chunks.set(SeatIdx(2), Status::Booked);
        assert_ne!(before[0], chunks.chunks[0].as_ptr());
        assert_eq!(before[1], chunks.chunks[1].as_ptr());
        assert_eq!(shared.status(SeatIdx(1)), Status::Held);
        let changed: Vec<_> = chunks.changed_since(&shared).collect();
        assert_eq!(
            changed,
            [(SeatIdx(1), Status::Booked), (SeatIdx(2), Status::Booked)]
        );
        assert_eq!(chunks.status(SeatIdx(u32::MAX)), Status::NotForSale);
    }
}
