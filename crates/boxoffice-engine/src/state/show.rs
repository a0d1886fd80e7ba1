//! A show while it sells: who claims which seat, and how much is free.
//!
//! Invariants: I1 to I3 of [`crate::invariants`]; a seat's bit in `free` is set exactly when the
//! seat is for sale and unclaimed.

use std::cell::Cell;
use std::sync::Arc;

use crate::ids::{AreaIdx, BookingId, BuyerIdx, HoldId, OrderId, Position, SeatIdx};
use crate::layout::{Layout, RowOrder};
use crate::limits::SEATS_PER_CLAIM_MAX;
use crate::names::Seed;

use super::map::Map;

/// Who claims a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    None,
    Hold(HoldId),
    Order(OrderId),
    Booking(BookingId),
}

impl Claim {
    /// Whether the number fits a [`SeatSlot`].
    pub(crate) fn is_storable(self) -> bool {
        let number = match self {
            Self::None => 0,
            Self::Hold(hold) => hold.0,
            Self::Order(order) => order.0,
            Self::Booking(booking) => booking.0,
        };
        number <= NUMBER_MASK
    }
}

/// A seat's claim in eight bytes: kind in the two highest bits, number below.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SeatSlot {
    packed: u64,
    /// The newest event that touched the seat.
    pub(crate) last: Position,
}

const KIND_SHIFT: u32 = 62;
const NUMBER_MASK: u64 = (1 << KIND_SHIFT) - 1;

impl SeatSlot {
    pub(crate) fn claim(self) -> Claim {
        let number = self.packed & NUMBER_MASK;
        match self.packed >> KIND_SHIFT {
            0 => Claim::None,
            1 => Claim::Hold(HoldId(number)),
            2 => Claim::Order(OrderId(number)),
            _ => Claim::Booking(BookingId(number)),
        }
    }

    pub(crate) fn with(claim: Claim, last: Position) -> Self {
        let (kind, number) = match claim {
            Claim::None => (0, 0),
            Claim::Hold(hold) => (1, hold.0),
            Claim::Order(order) => (2, order.0),
            Claim::Booking(booking) => (3, booking.0),
        };
        assert!(number <= NUMBER_MASK, "claim numbers stay below 2^62");
        Self {
            packed: (kind << KIND_SHIFT) | number,
            last,
        }
    }
}

/// Places of an area that are claimed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AreaSlot {
    pub(crate) held: u32,
    pub(crate) booked: u32,
}

impl AreaSlot {
    pub(crate) fn claimed(self) -> u32 {
        self.held
            .checked_add(self.booked)
            .expect("I3: claims stay within the capacity")
    }
}

/// A show while it sells.
#[derive(Debug, Clone)]
pub(crate) struct Show {
    pub(crate) layout: Arc<Layout>,
    pub(crate) seats: Vec<SeatSlot>,
    pub(crate) areas: Vec<AreaSlot>,
    /// Seats and places that each buyer holds and has booked.
    pub(crate) by_buyer: Map<BuyerIdx, u64>,
    /// The newest event of the show.
    pub(crate) last: Position,
    /// The newest event that put the show; 0 in a show from a snapshot, where it is durable.
    pub(crate) put_last: Position,
    /// The newest extension of a hold: it keeps places taken, but is no event of the show.
    pub(crate) claims_last: Position,
    free: Vec<u64>,
    /// Bits that are set in `free`.
    n_free: u64,
    /// For each row, how many free seats side by side it has at the most. Too large a number only
    /// costs a look at the row: no result depends on it.
    run_max: Vec<Cell<u16>>,
    /// For each length, the first row that may have so many; like [`Self::run_max`].
    first_row_hint: Vec<Cell<u32>>,
}

impl Show {
    pub(crate) fn new(layout: Arc<Layout>, seed: Seed, last: Position) -> Self {
        let mut show = Self {
            layout: Arc::clone(&layout),
            seats: Vec::new(),
            areas: Vec::new(),
            by_buyer: Map::new(seed),
            last,
            put_last: last,
            claims_last: Position(0),
            free: Vec::new(),
            n_free: 0,
            run_max: Vec::new(),
            first_row_hint: vec![Cell::new(0); SEATS_PER_CLAIM_MAX.saturating_add(1)],
        };
        show.set_layout(layout);
        show
    }

    /// Takes a new layout; seats and areas keep their claims.
    pub(crate) fn set_layout(&mut self, layout: Arc<Layout>) {
        self.seats.resize(layout.n_seats(), SeatSlot::default());
        self.areas.resize(layout.areas.len(), AreaSlot::default());
        self.layout = layout;
        self.rebuild_free();
    }

    pub(crate) fn rebuild_free(&mut self) {
        self.free = vec![0; self.seats.len().div_ceil(64)];
        for (idx, slot) in self.seats.iter().enumerate() {
            let seat = SeatIdx(u32::try_from(idx).expect("shows have fewer than 2^32 seats"));
            if slot.claim() == Claim::None && self.layout.is_for_sale(seat) {
                *self.free.get_mut(idx / 64).expect("sized above") |= 1 << (idx % 64);
            }
        }
        let n_free: u64 = self
            .free
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum();
        self.n_free = n_free;
        self.run_max = vec![Cell::new(u16::MAX); self.layout.rows.len()];
        for hint in &self.first_row_hint {
            hint.set(0);
        }
    }

    #[inline]
    pub(crate) fn slot(&self, seat: SeatIdx) -> SeatSlot {
        *self
            .seats
            .get(seat.at())
            .expect("seat indexes come from this show's layout")
    }

    /// Gives a seat to `claim`, or frees it.
    #[inline]
    pub(crate) fn set_claim(&mut self, seat: SeatIdx, claim: Claim, at: Position) {
        let slot = self
            .seats
            .get_mut(seat.at())
            .expect("seat indexes come from this layout");
        *slot = SeatSlot::with(claim, at);
        let word = self
            .free
            .get_mut(seat.at() / 64)
            .expect("one bit for every seat");
        let bit = 1 << (seat.0 % 64);
        let was_free = *word & bit != 0;
        let is_free = claim == Claim::None && self.layout.is_for_sale(seat);
        let flipped = self.n_free.wrapping_sub(u64::from(was_free));
        self.n_free = flipped.wrapping_add(u64::from(is_free));
        if is_free {
            *word |= bit;
            self.reset_hint(seat);
        } else {
            *word &= !bit;
        }
    }

    pub(crate) fn area_mut(&mut self, area: AreaIdx) -> &mut AreaSlot {
        self.areas
            .get_mut(area.at())
            .expect("area indexes come from this show's layout")
    }

    pub(crate) fn area(&self, area: AreaIdx) -> AreaSlot {
        *self
            .areas
            .get(area.at())
            .expect("area indexes come from this show's layout")
    }

    /// Counts `n` more seats or places to a buyer.
    pub(crate) fn count_in(&mut self, buyer: BuyerIdx, n: u32) {
        let count = self.by_buyer.or_insert(buyer, 0);
        *count = count
            .checked_add(u64::from(n))
            .expect("a show has fewer than 2^64 seats and places");
    }

    /// Counts `n` fewer seats or places to a buyer.
    pub(crate) fn count_out(&mut self, buyer: BuyerIdx, n: u32) {
        let count = self
            .by_buyer
            .get_mut(&buyer)
            .expect("I11: what is freed was counted");
        *count = count
            .checked_sub(u64::from(n))
            .expect("I11: what is freed was counted");
        if *count == 0 {
            self.by_buyer.remove(&buyer);
        }
    }

    #[inline]
    pub(crate) fn is_free(&self, seat: SeatIdx) -> bool {
        let word = self.free.get(seat.at() / 64).copied().unwrap_or(0);
        word & (1 << (seat.0 % 64)) != 0
    }

    /// What every shortage of the show rests on: its own events and those that keep its claims.
    pub(crate) fn rests_on(&self) -> Position {
        self.last.max(self.claims_last)
    }

    /// Seats that are for sale and unclaimed.
    pub(crate) fn n_free(&self) -> u64 {
        self.n_free
    }

    /// A freed seat may make a longer run in its row.
    fn reset_hint(&self, seat: SeatIdx) {
        let Some(row_idx) = self.layout.row_idx_of(seat) else {
            return;
        };
        if let Some(run_max) = self.run_max.get(row_idx) {
            run_max.set(u16::MAX);
        }
        let row_idx = u32::try_from(row_idx).expect("ROWS_MAX is small");
        for hint in &self.first_row_hint {
            if row_idx < hint.get() {
                hint.set(row_idx);
            }
        }
    }

    /// The best `quantity` free seats side by side: the first row that has them, and there the ones
    /// nearest to the middle. `rows` limits the search to a section.
    pub(crate) fn best(
        &self,
        quantity: usize,
        rows: Option<std::ops::Range<usize>>,
    ) -> Option<Vec<SeatIdx>> {
        let hint = self.first_row_hint.get(quantity)?;
        let whole_show = rows.is_none();
        let rows = rows.unwrap_or(0..self.layout.rows.len());
        let start = rows.start.max(hint.get() as usize);
        for row_idx in start..rows.end {
            let run_max = self.run_max.get(row_idx).expect("one bound for every row");
            if usize::from(run_max.get()) < quantity {
                continue;
            }
            let row = self
                .layout
                .rows
                .get(row_idx)
                .expect("within the rows of this layout");
            let (found, longest) = self.best_in_row(&row.seats, quantity);
            run_max.set(u16::try_from(longest).unwrap_or(u16::MAX));
            if let Some(first) = found {
                if whole_show {
                    hint.set(u32::try_from(row_idx).expect("ROWS_MAX is small"));
                }
                let places = first..first.saturating_add(quantity);
                return places.map(|place| row.seats.at(place)).collect();
            }
        }
        if whole_show {
            hint.set(u32::try_from(rows.end).expect("ROWS_MAX is small"));
        }
        None
    }

    /// Where the best run of a row starts, and how long its longest run is.
    fn best_in_row(&self, row: &RowOrder, quantity: usize) -> (Option<usize>, usize) {
        let n = row.len();
        // Where the claim would lie in the middle of the row.
        let ideal = n.saturating_sub(quantity) / 2;
        let mut longest = 0_usize;
        let mut best: Option<(usize, usize)> = None;
        let mut place = 0_usize;
        while let Some((start, len)) = self.next_run(row, place) {
            place = start.saturating_add(len);
            longest = longest.max(len);
            let Some(room) = len.checked_sub(quantity) else {
                continue;
            };
            let first = ideal.clamp(start, start.saturating_add(room));
            // Twice the distance between the middle of the claim and the middle of the row.
            let distance = first.saturating_mul(2).saturating_add(quantity).abs_diff(n);
            if best.is_none_or(|(nearest, _)| distance < nearest) {
                best = Some((distance, first));
            }
        }
        (best.map(|(_, first)| first), longest)
    }

    /// The next free seats side by side from a place of a row: where they start and how many.
    fn next_run(&self, row: &RowOrder, from: usize) -> Option<(usize, usize)> {
        let n = row.len();
        let (start, end) = match row {
            RowOrder::Run { first, .. } => {
                let bit = |place: usize| first.at().saturating_add(place);
                let start = self.next_bit(bit(from), bit(n), true);
                let end = self.next_bit(start, bit(n), false);
                (
                    start.saturating_sub(first.at()),
                    end.saturating_sub(first.at()),
                )
            }
            RowOrder::List(seats) => {
                let free = |place: &usize| seats.get(*place).is_some_and(|s| self.is_free(*s));
                let start = (from..n).find(free).unwrap_or(n);
                (start, (start..n).find(|place| !free(place)).unwrap_or(n))
            }
        };
        (start < end).then(|| (start, end.saturating_sub(start)))
    }

    /// The first seat from `from` on that is free, or is not; `end` when there is none before it.
    fn next_bit(&self, from: usize, end: usize, free: bool) -> usize {
        let mut at = from;
        while at < end {
            let word = self.free.get(at / 64).copied().unwrap_or(0);
            let rest = if free { word } else { !word } >> (at % 64);
            if rest != 0 {
                return at.saturating_add(rest.trailing_zeros() as usize).min(end);
            }
            at = (at / 64).saturating_add(1).saturating_mul(64);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{Principal, ShowIdx};
    use crate::testing::{name, show_spec};

    fn show(n_rows: u8, n_seats: u32) -> Show {
        let spec = show_spec(n_rows, n_seats);
        let layout = Layout::build(ShowIdx(0), &name("s"), Principal(0), &spec, None).unwrap();
        Show::new(Arc::new(layout), Seed(3), Position(1))
    }

    fn best(show: &Show, quantity: usize) -> Option<Vec<u32>> {
        show.best(quantity, None)
            .map(|seats| seats.iter().map(|seat| seat.0).collect())
    }

    #[test]
    fn the_best_seats_are_in_the_first_row_nearest_to_its_middle() {
        let mut show = show(2, 7);
        assert_eq!(best(&show, 3), Some(vec![2, 3, 4]));
        show.set_claim(SeatIdx(3), Claim::Hold(HoldId(1)), Position(2));
        assert_eq!(best(&show, 3), Some(vec![0, 1, 2]));
        assert_eq!(best(&show, 4), Some(vec![8, 9, 10, 11]));
        assert_eq!(best(&show, 8), None);
    }

    /// The plain way: every place of every row, one after the other.
    fn best_slowly(show: &Show, quantity: usize) -> Option<Vec<u32>> {
        for row in &show.layout.rows {
            let seats: Vec<_> = row.seats.iter().collect();
            let n = seats.len();
            let all_free = |first: &usize| {
                seats[*first..*first + quantity]
                    .iter()
                    .all(|seat| show.is_free(*seat))
            };
            let firsts = 0..(n + 1).saturating_sub(quantity);
            let best = firsts
                .filter(all_free)
                .min_by_key(|f| (2 * f + quantity).abs_diff(n));
            if let Some(first) = best {
                return Some(seats[first..first + quantity].iter().map(|s| s.0).collect());
            }
        }
        None
    }

    #[test]
    fn the_quick_search_finds_what_the_plain_one_finds() {
        let mut spec = show_spec(3, 150);
        let names = (0..70).rev().map(|n| name(&format!("X{n}"))).collect();
        spec.sections[0].rows[1].seats = crate::spec::RowSeats::Named(names);
        let layout = Layout::build(ShowIdx(0), &name("s"), Principal(0), &spec, None).unwrap();
        let mut changed = spec;
        // A row whose seats changed their order is a list, not a run.
        let names = (0..140).map(|n| name(&format!("X{}", n * 11 % 70 + n / 70 * 70)));
        changed.sections[0].rows[1].seats = crate::spec::RowSeats::Named(names.collect());
        let layout = Layout::build(
            ShowIdx(0),
            &name("s"),
            Principal(0),
            &changed,
            Some(&layout),
        );
        let mut show = Show::new(Arc::new(layout.unwrap()), Seed(3), Position(1));
        let n_seats = show.seats.len() as u64;
        let mut random = 88_172_645_463_325_252_u64;
        for _ in 0..4_000 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let seat = SeatIdx(u32::try_from(random % n_seats).unwrap());
            let freed = (random >> 40).is_multiple_of(3);
            let claim = if freed {
                Claim::None
            } else {
                Claim::Hold(HoldId(1))
            };
            show.set_claim(seat, claim, Position(2));
            let quantity = 1 + usize::try_from((random >> 50) % 12).unwrap();
            assert_eq!(
                best(&show, quantity),
                best_slowly(&show, quantity),
                "{quantity}"
            );
        }
    }

    #[test]
    fn a_freed_seat_is_found_again_in_an_earlier_row() {
        let mut show = show(2, 2);
        for seat in 0..2 {
            show.set_claim(SeatIdx(seat), Claim::Hold(HoldId(1)), Position(2));
        }
        assert_eq!(best(&show, 2), Some(vec![2, 3]));
        for seat in 0..2 {
            show.set_claim(SeatIdx(seat), Claim::None, Position(3));
        }
        assert_eq!(best(&show, 2), Some(vec![0, 1]));
    }

    /// `AREAS_MAX` areas of `AREA_CAPACITY_MAX` places are more than 2^32.
    #[test]
    fn a_buyer_may_claim_more_places_than_32_bits_count() {
        let mut show = show(1, 1);
        let buyer = BuyerIdx(3);
        for _ in 0..3 {
            show.count_in(buyer, u32::MAX);
        }
        assert_eq!(show.by_buyer.get(&buyer), Some(&(3 * u64::from(u32::MAX))));
        for _ in 0..3 {
            show.count_out(buyer, u32::MAX);
        }
        assert_eq!(show.by_buyer.get(&buyer), None);
    }

    #[test]
    fn a_claim_survives_packing() {
        for claim in [
            Claim::None,
            Claim::Hold(HoldId(9)),
            Claim::Order(OrderId(NUMBER_MASK)),
        ] {
            assert_eq!(SeatSlot::with(claim, Position(4)).claim(), claim);
        }
    }
}
