//! One show as its view follows it: how every seat stands, what is claimed of every area, and
//! where each seat's history starts.
//!
//! Invariants, asserted: `total = free + held + booked` after every entry; the sections sum up to
//! the show in every snapshot. Totals agree with the statuses because only `set` changes either.
//! Never: who claims a seat.

use std::sync::{Arc, Mutex, PoisonError};

use boxoffice_api::v1::show_view::Totals;
use boxoffice_engine::ids::{AreaIdx, Position, SeatIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::Places;

use super::front::Front;
use super::seed::ShowSeed;
use super::states::{AreaClaims, Chunks, SeatStates, Status, area_totals};
use super::window::{Change, Window};

/// See the module.
#[derive(Debug)]
pub(super) struct Show {
    pub(super) layout: Arc<Layout>,
    pub(super) changed: Position,
    pub(super) window: Window,
    /// What requests share: prepared maps, stream frames, wake-ups.
    pub(super) front: Arc<Front>,
    chunks: Chunks,
    /// For each seat the newest position that touched it, 0 for none.
    last: Vec<u64>,
    /// Of the seats.
    seats: Totals,
    sections: Vec<Totals>,
    areas: Vec<AreaClaims>,
    snapshot: Mutex<Option<Arc<SeatStates>>>,
}

/// Where places move to or from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pool {
    Free,
    Held,
    Booked,
}

impl Show {
    /// A new show, all of it unclaimed.
    pub(super) fn new(layout: Arc<Layout>, at: Position) -> Self {
        let n_seats = layout.n_seats();
        let seed = ShowSeed {
            statuses: vec![Status::Free; n_seats],
            last: vec![Position(0); n_seats],
            areas: vec![AreaClaims::default(); layout.areas.len()],
            changed: at,
            layout,
        };
        Self::from_seed(seed)
    }

    /// A show as a snapshot knows it. What an unclaimed seat is follows from the layout.
    pub(super) fn from_seed(seed: ShowSeed) -> Self {
        let bytes: Vec<u8> = seed.statuses.iter().map(|status| *status as u8).collect();
        let mut show = Self {
            chunks: Chunks::from_bytes(&bytes),
            last: seed.last.iter().map(|position| position.0).collect(),
            seats: Totals::default(),
            sections: Vec::new(),
            areas: seed.areas,
            changed: seed.changed,
            window: Window::new(seed.changed, seed.layout.n_seats()),
            front: Arc::new(Front::new(seed.changed)),
            snapshot: Mutex::new(None),
            layout: seed.layout,
        };
        show.recount();
        show
    }

    /// Takes a changed layout. Claims stay; the window starts anew, because names, prices and rows
    /// may have changed.
    pub(super) fn set_layout(&mut self, layout: Arc<Layout>, at: Position) {
        let n_seats = layout.n_seats();
        let mut bytes = vec![Status::Free as u8; n_seats];
        for (byte, idx) in bytes.iter_mut().zip(0..self.chunks.len()) {
            let seat = SeatIdx(u32::try_from(idx).expect("shows have fewer than 2^32 seats"));
            *byte = self.chunks.status(seat) as u8;
        }
        self.chunks = Chunks::from_bytes(&bytes);
        self.last.resize(n_seats, 0);
        self.areas.resize(layout.areas.len(), AreaClaims::default());
        self.layout = layout;
        self.window = Window::new(at, n_seats);
        self.recount();
        self.touch(at);
    }

    /// Takes an equal layout that others use too.
    pub(super) fn share_layout(&mut self, layout: Arc<Layout>) {
        assert_eq!(
            layout.version, self.layout.version,
            "only an equal layout can be shared"
        );
        self.layout = layout;
    }

    fn recount(&mut self) {
        self.seats = Totals::default();
        self.sections = vec![Totals::default(); self.layout.sections.len()];
        for idx in 0..self.chunks.len() {
            let seat = SeatIdx(u32::try_from(idx).expect("shows have fewer than 2^32 seats"));
            let was = self.chunks.status(seat);
            let is_claimed = matches!(was, Status::Held | Status::Booked);
            let status = if is_claimed {
                was
            } else {
                Status::unclaimed(&self.layout, seat)
            };
            if status != was {
                self.chunks.set(seat, status);
            }
            self.count(seat, status, 1);
        }
        self.seats = sum(&self.sections);
    }

    /// Counts a seat in or out of its section; a dropped seat counts nowhere.
    fn count(&mut self, seat: SeatIdx, status: Status, by: i64) {
        let Some(section) = self.layout.row_of(seat).map(|row| row.section) else {
            return;
        };
        let section = self
            .sections
            .get_mut(section)
            .expect("rows name sections of their layout");
        for totals in [section, &mut self.seats] {
            let (counter, for_sale) = match status {
                Status::Free => (&mut totals.free, true),
                Status::Held => (&mut totals.held, true),
                Status::Booked => (&mut totals.booked, true),
                Status::NotForSale => (&mut totals.not_for_sale, false),
            };
            *counter = counter
                .checked_add_signed(by)
                .expect("only what was counted is taken off");
            if for_sale {
                let total = totals.total.checked_add_signed(by);
                totals.total = total.expect("only what was counted is taken off");
            }
        }
    }

    /// Claims a seat, or with `None` frees it.
    #[inline]
    pub(super) fn set(&mut self, seat: SeatIdx, claim: Option<Status>, at: Position) {
        let status = claim.unwrap_or_else(|| Status::unclaimed(&self.layout, seat));
        let was = self.chunks.status(seat);
        self.touch(at);
        if was != status {
            self.chunks.set(seat, status);
            self.count(seat, was, -1);
            self.count(seat, status, 1);
        }
        let last = self.last.get_mut(seat.at());
        *last.expect("seat indexes come from the layout that sized this") = at.0;
        self.window.push(at, Change::Seat(seat));
    }

    /// Moves places of an area from one pool to another.
    pub(super) fn move_places(&mut self, places: &Places, from: Pool, to: Pool, at: Position) {
        let claims = self.areas.get_mut(places.area.at());
        let claims = claims.expect("area indexes come from the layout that sized this");
        let taken = match from {
            Pool::Free => Some(0),
            Pool::Held => take(&mut claims.held, places.quantity),
            Pool::Booked => take(&mut claims.booked, places.quantity),
        };
        taken.expect("the engine frees only places that were claimed");
        match to {
            Pool::Free => {}
            Pool::Held => claims.held += places.quantity,
            Pool::Booked => claims.booked += places.quantity,
        }
        self.touch(at);
        self.window.push(at, Change::Area(places.area));
    }

    fn touch(&mut self, at: Position) {
        assert!(self.changed <= at, "a view only moves forward");
        self.changed = at;
        // A stale snapshot would keep every chunk shared, and each change would copy one.
        *self
            .snapshot
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Seats and places of the whole show.
    pub(super) fn totals(&self) -> Totals {
        let mut totals = self.seats;
        for (area, claims) in self.layout.areas.iter().zip(&self.areas) {
            add(&mut totals, &area_totals(area.capacity, *claims));
        }
        totals
    }

    /// The show as it is now: made once for each change, and only if somebody asks.
    pub(super) fn states(&self) -> Arc<SeatStates> {
        let mut snapshot = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(snapshot.get_or_insert_with(|| {
            assert_eq!(
                sum(&self.sections),
                self.seats,
                "sections sum up to the show"
            );
            Arc::new(SeatStates {
                layout: Arc::clone(&self.layout),
                position: self.changed,
                totals: self.totals(),
                sections: self.sections.clone().into(),
                areas: self.areas.clone().into(),
                chunks: self.chunks.clone(),
            })
        }))
    }

    /// The newest position that touched the seat, 0 for none.
    pub(super) fn last(&self, seat: SeatIdx) -> Position {
        Position(self.last.get(seat.at()).copied().unwrap_or(0))
    }

    pub(super) fn status(&self, seat: SeatIdx) -> Status {
        self.chunks.status(seat)
    }

    pub(super) fn area(&self, area: AreaIdx) -> Totals {
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

    /// Asserts the invariant that a whole entry must keep.
    pub(super) fn check(&self) {
        let Totals {
            total,
            free,
            held,
            booked,
            ..
        } = self.seats;
        assert_eq!(
            total,
            free + held + booked,
            "total = free + held + booked, always"
        );
    }
}

fn take(pool: &mut u32, quantity: u32) -> Option<u32> {
    *pool = pool.checked_sub(quantity)?;
    Some(quantity)
}

fn sum(parts: &[Totals]) -> Totals {
    let mut whole = Totals::default();
    for part in parts {
        add(&mut whole, part);
    }
    whole
}

fn add(whole: &mut Totals, part: &Totals) {
    whole.total += part.total;
    whole.free += part.free;
    whole.held += part.held;
    whole.booked += part.booked;
    whole.not_for_sale += part.not_for_sale;
}
