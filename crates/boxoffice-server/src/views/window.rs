//! The newest changes of a show, so that a client that knows an older position gets only those.
//!
//! Invariants: the window holds every change after `start`, in order; it never grows beyond its
//! bound, which grows with the show.

use std::collections::VecDeque;

use boxoffice_engine::ids::{AreaIdx, Position, SeatIdx};

/// Changes that the window of a small show keeps.
const CHANGES_MIN: usize = 1_024;
/// Changes that the window of any show keeps at the most.
const CHANGES_MAX: usize = 65_536;

const _: () = assert!(CHANGES_MIN <= CHANGES_MAX);

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Seat(SeatIdx),
    Area(AreaIdx),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Window {
    start: Position,
    changes: VecDeque<(Position, Change)>,
    changes_max: usize,
}

/// The distinct seats and areas that changed after a position, in the order of their indexes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) seats: Vec<SeatIdx>,
    pub(super) areas: Vec<AreaIdx>,
}

impl Window {
    /// A window that knows of nothing before `start`.
    pub(super) fn new(start: Position, n_seats: usize) -> Self {
        let changes_max = n_seats.clamp(CHANGES_MIN, CHANGES_MAX);
        Self {
            start,
            changes: VecDeque::new(),
            changes_max,
        }
    }

    /// Notes a change. The oldest positions leave whole, so that `start` stays exact.
    #[inline]
    pub(super) fn push(&mut self, at: Position, change: Change) {
        self.changes.push_back((at, change));
        if self.changes.len() > self.changes_max {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((oldest, _)) = self.changes.front().copied() else {
            return;
        };
        self.start = oldest;
        while self.changes.front().is_some_and(|(at, _)| *at == oldest) {
            self.changes.pop_front();
        }
    }

    /// What changed after `position`; `None` when the window does not reach back that far.
    pub(super) fn after(&self, position: Position) -> Option<Changed> {
        if position < self.start {
            return None;
        }
        let first = self.changes.partition_point(|(at, _)| *at <= position);
        let mut changed = Changed::default();
        for (_, change) in self.changes.range(first..) {
            match change {
                Change::Seat(seat) => changed.seats.push(*seat),
                Change::Area(area) => changed.areas.push(*area),
            }
        }
        changed.seats.sort_unstable();
        changed.seats.dedup();
        changed.areas.sort_unstable();
        changed.areas.dedup();
        Some(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_forgets_whole_positions_and_says_so() {
        let mut window = Window::new(Position(10), 0);
        for at in 0..1_000_u32 {
            let position = Position(11 + u64::from(at / 2));
            window.push(position, Change::Seat(SeatIdx(at % 7)));
        }
        assert!(window.after(Position(9)).is_none());
        assert_eq!(window.after(Position(10)).unwrap().seats.len(), 7);
        assert_eq!(
            window.after(Position(509)).unwrap().seats,
            [SeatIdx(998 % 7), SeatIdx(999 % 7)]
        );
        assert_eq!(window.after(Position(600)), Some(Changed::default()));
        for at in 0..100_u32 {
            window.push(Position(511 + u64::from(at)), Change::Area(AreaIdx(1)));
        }
        // 1,100 changes: the 38 oldest positions had to leave.
        assert!(window.after(Position(47)).is_none());
        assert_eq!(window.after(Position(48)).unwrap().areas, [AreaIdx(1)]);
    }

    #[test]
    fn one_huge_entry_empties_the_window_but_never_lies() {
        let mut window = Window::new(Position(0), 0);
        for seat in 0..5_000 {
            window.push(Position(1), Change::Seat(SeatIdx(seat)));
        }
        assert!(window.after(Position(0)).is_none());
        assert!(window.after(Position(1)).is_some());
    }
}
