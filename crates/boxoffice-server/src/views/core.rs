//! What all views know at one position, and how an entry changes it.
//!
//! Invariants: entries are applied whole, gapless and in order, so that nobody sees half of one;
//! applying needs nothing but the event and what the events before it said.
//! Never: IO, a clock, the writer's state.

use std::collections::HashMap;
use std::sync::Arc;

use boxoffice_engine::event::{
    BookingCancelled, BookingMade, Event, HoldPlaced, HoldReleased, OrderClosed, OrderPlaced,
    SeatRef, ShowPut, Source,
};
use boxoffice_engine::ids::{Name, OrderId, Position, ShowIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::Places;
use boxoffice_writer::feed::Committed;
use boxoffice_writer::layouts::Layouts;

use super::front::Front;
use super::seed::Seed;
use super::show::{Pool, Show};
use super::states::Status;

/// See the module.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) position: Position,
    pub(super) house: Option<[u8; 16]>,
    pub(super) shows: Vec<Show>,
    pub(super) products: Vec<Name>,
    by_id: HashMap<Name, ShowIdx>,
    /// The newest layouts as the writer shares them: used instead of an own copy where equal.
    layouts: Arc<Layouts>,
    /// Shows whose layout is an own copy.
    unshared: Vec<ShowIdx>,
}

/// What one event of an entry tells the next ones.
#[derive(Debug, Default)]
struct Sequence {
    /// The order whose seats and places were free again before it was paid after all.
    reacquired: Option<OrderId>,
    /// Shows that the entry changed.
    dirty: Vec<ShowIdx>,
}

impl Core {
    pub(super) fn new(layouts: Arc<Layouts>) -> Self {
        Self {
            position: Position(0),
            house: None,
            shows: Vec::new(),
            products: Vec::new(),
            by_id: HashMap::new(),
            layouts,
            unshared: Vec::new(),
        }
    }

    /// Replaces everything by what a snapshot says.
    pub(super) fn seed(&mut self, seed: Seed) {
        self.position = seed.position;
        self.house = seed.house;
        self.products = seed.products;
        self.shows = seed.shows.into_iter().map(Show::from_seed).collect();
        self.by_id = self
            .shows
            .iter()
            .map(|s| (s.layout.id.clone(), s.layout.show))
            .collect();
        for (idx, show) in self.shows.iter().enumerate() {
            assert_eq!(
                show.layout.show.at(),
                idx,
                "shows are seeded in the order of indexes"
            );
        }
    }

    pub(super) fn show_by_id(&self, id: &str) -> Option<&Show> {
        let name = Name::new(id)?;
        self.shows.get(self.by_id.get(&name)?.at())
    }

    /// Applies an entry and returns what changed of each show that it touched.
    pub(super) fn apply(&mut self, entry: &Committed) -> Vec<(Arc<Front>, Position)> {
        let expected = self.position.0.checked_add(1);
        assert_eq!(
            Some(entry.position.0),
            expected,
            "entries arrive gapless and in order"
        );
        let mut sequence = Sequence::default();
        for stamped in &entry.events {
            self.apply_event(&stamped.event, entry.position, &mut sequence);
        }
        self.position = entry.position;
        sequence.dirty.sort_unstable();
        sequence.dirty.dedup();
        let dirty = sequence
            .dirty
            .iter()
            .filter_map(|idx| self.shows.get(idx.at()));
        dirty
            .map(|show| {
                show.check();
                (Arc::clone(&show.front), show.changed)
            })
            .collect()
    }

    fn apply_event(&mut self, event: &Event, at: Position, sequence: &mut Sequence) {
        match event {
            Event::HouseOpened(opened) => self.house = Some(opened.house),
            Event::ShowPut(put) => {
                self.put_show(put, at);
                sequence.dirty.push(put.show);
            }
            Event::ProductPut(put) => {
                let idx = put.product.at();
                assert!(idx <= self.products.len(), "products get dense indexes");
                if idx == self.products.len() {
                    self.products.push(put.id.clone());
                }
            }
            Event::OrderPaid(paid) => {
                sequence.reacquired = paid.reacquired.then_some(paid.order);
            }
            Event::HoldPlaced(_)
            | Event::HoldReleased(_)
            | Event::OrderPlaced(_)
            | Event::OrderClosed(_)
            | Event::BookingMade(_)
            | Event::BookingCancelled(_) => {
                if let Some(moved) = Moved::by(event, sequence.reacquired) {
                    moved.apply(self.show_mut(moved.show, sequence), at);
                }
            }
            Event::TermStarted(_)
            | Event::HoldExtended(_)
            | Event::Restocked(_)
            | Event::OrderRefunded(_)
            | Event::OutsideRecorded(_)
            | Event::AccountChanged(_)
            | Event::KeyStored(_)
            | Event::KeysExpired(_) => {}
        }
    }

    /// Uses the writer's layouts instead of own copies where they are the same by now.
    pub(super) fn share_layouts(&mut self) {
        for show in std::mem::take(&mut self.unshared) {
            let Some(own) = self.shows.get_mut(show.at()) else {
                continue;
            };
            match self.layouts.show(show) {
                Some(shared) if shared.version == own.layout.version => own.share_layout(shared),
                Some(shared) if shared.version > own.layout.version => {}
                _ => self.unshared.push(show),
            }
        }
    }

    fn show_mut(&mut self, show: ShowIdx, sequence: &mut Sequence) -> &mut Show {
        if sequence.dirty.last() != Some(&show) {
            sequence.dirty.push(show);
        }
        self.shows
            .get_mut(show.at())
            .expect("a show is put before anything happens in it")
    }

    fn put_show(&mut self, put: &ShowPut, at: Position) {
        let old = self
            .shows
            .get(put.show.at())
            .map(|show| Arc::clone(&show.layout));
        let layout = self.layout_of(put, old.as_deref());
        match self.shows.get_mut(put.show.at()) {
            Some(show) => show.set_layout(layout, at),
            None => {
                assert_eq!(put.show.at(), self.shows.len(), "shows get dense indexes");
                self.shows.push(Show::new(layout, at));
                self.by_id.insert(put.id.clone(), put.show);
            }
        }
    }

    /// The layout that this event makes: the writer's own where it is the same version, else (the
    /// writer is ahead or has not published it yet) one built from the event.
    fn layout_of(&mut self, put: &ShowPut, old: Option<&Layout>) -> Arc<Layout> {
        let version = old.map_or(1, |layout| layout.version.saturating_add(1));
        let shared = self
            .layouts
            .show(put.show)
            .filter(|layout| layout.version == version);
        shared.unwrap_or_else(|| {
            if !self.unshared.contains(&put.show) {
                self.unshared.push(put.show);
            }
            let layout = Layout::build(put.show, &put.id, put.principal, &put.spec, old);
            Arc::new(layout.expect("the engine stored only specs that make a layout"))
        })
    }
}

/// What an event moves from one pool to another.
struct Moved<'a> {
    show: ShowIdx,
    seats: &'a [SeatRef],
    places: Option<&'a Places>,
    from: Pool,
    to: Pool,
}

impl<'a> Moved<'a> {
    /// `None` for an event that moves nothing in any show.
    fn by(event: &'a Event, reacquired: Option<OrderId>) -> Option<Self> {
        let (show, seats, places, from, to) = match event {
            Event::HoldPlaced(HoldPlaced {
                show,
                seats,
                places,
                ..
            }) => (*show, seats, places, Pool::Free, Pool::Held),
            Event::HoldReleased(HoldReleased {
                show,
                seats,
                places,
                ..
            }) => (*show, seats, places, Pool::Held, Pool::Free),
            Event::OrderPlaced(OrderPlaced {
                show,
                seats,
                places,
                hold,
                ..
            }) => {
                let from = if hold.is_some() {
                    Pool::Held
                } else {
                    Pool::Free
                };
                ((*show)?, seats, places, from, Pool::Held)
            }
            Event::OrderClosed(OrderClosed {
                show,
                seats,
                places,
                ..
            }) => ((*show)?, seats, places, Pool::Held, Pool::Free),
            Event::BookingMade(BookingMade {
                show,
                seats,
                places,
                source,
                ..
            }) => {
                let from = match source {
                    Source::Direct => Pool::Free,
                    Source::Hold(_) => Pool::Held,
                    Source::Order(order) if reacquired == Some(*order) => Pool::Free,
                    Source::Order(_) => Pool::Held,
                };
                (*show, seats, places, from, Pool::Booked)
            }
            Event::BookingCancelled(BookingCancelled {
                show,
                seats,
                places,
                ..
            }) => (*show, seats, places, Pool::Booked, Pool::Free),
            _ => return None,
        };
        Some(Self {
            show,
            seats,
            places: places.as_ref(),
            from,
            to,
        })
    }

    fn apply(&self, show: &mut Show, at: Position) {
        let status = match self.to {
            Pool::Free => None,
            Pool::Held => Some(Status::Held),
            Pool::Booked => Some(Status::Booked),
        };
        for seat in self.seats {
            show.set(seat.seat, status, at);
        }
        if let Some(places) = self.places {
            show.move_places(places, self.from, self.to, at);
        }
    }
}
