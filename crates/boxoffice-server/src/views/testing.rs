//! Hand-made houses for tests of this module: events without an engine.

use std::collections::HashMap;
use std::sync::Arc;

use boxoffice_engine::event::{
    BatchBytes, BookingCancelled, BookingMade, CancelCause, Event, HoldPlaced, HoldReleased,
    HouseOpened, ReleaseCause, SeatRef, ShowPut, Source, Stamped,
};
use boxoffice_engine::ids::{
    AreaIdx, BookingId, HoldId, Name, Position, Principal, SeatIdx, ShowIdx, Text,
};
use boxoffice_engine::layout::Built;
use boxoffice_engine::money::{Amount, Currency};
use boxoffice_engine::reply::Places;
use boxoffice_engine::spec::{AreaSpec, RowSeats, RowSpec, SectionSpec, ShowSpec};
use boxoffice_engine::time::Instant;
use boxoffice_journal::Journal as _;
use boxoffice_journal::memory::{MemoryJournal, MemoryStorage};
use boxoffice_writer::feed::{Committed, Feed};
use boxoffice_writer::layouts::Layouts;

use super::Views;
use crate::secret::Secret;

pub(super) const SHOW: ShowIdx = ShowIdx(0);

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// Section `main` with rows A, B, … and, if `n_places` is not 0, the area `floor`.
pub(super) fn spec(n_rows: u32, n_seats: u32, n_places: u32) -> ShowSpec {
    let rows = (0..n_rows).map(|row_idx| RowSpec {
        row: name(&row_label(row_idx)),
        price: None,
        seats: RowSeats::Count(n_seats),
        not_for_sale: Vec::new(),
    });
    let section = SectionSpec {
        id: name("main"),
        prefix: Text::default(),
        price: Amount(100),
        rows: rows.collect(),
    };
    let area = AreaSpec {
        id: name("floor"),
        capacity: n_places,
        price: Amount(50),
    };
    ShowSpec {
        title: Text::new("Show").unwrap(),
        venue: Text::default(),
        starts_at: None,
        on_sale_at: None,
        open: true,
        currency: Currency::new("EUR").unwrap(),
        hold_ttl_ms: 10_000,
        order_ttl_ms: 20_000,
        seats_per_buyer_max: None,
        seats_per_hold_max: None,
        tariffs: Vec::new(),
        sections: vec![section],
        areas: if n_places == 0 {
            Vec::new()
        } else {
            vec![area]
        },
    }
}

fn row_label(row_idx: u32) -> String {
    let letter = char::from(b'A' + u8::try_from(row_idx % 26).unwrap());
    if row_idx < 26 {
        letter.to_string()
    } else {
        format!("{letter}{}x", row_idx / 26)
    }
}

/// A house whose events are made by hand. What is committed is in the journal and the feed.
pub(super) struct TestHouse {
    pub(super) views: Arc<Views>,
    pub(super) feed: Arc<Feed>,
    pub(super) storage: MemoryStorage,
    journal: MemoryJournal,
    touched: HashMap<(ShowIdx, SeatIdx), Position>,
}

impl TestHouse {
    /// A house that was opened at position 1 and put `spec` as the show `opera` at position 2.
    pub(super) fn with_show(spec: ShowSpec) -> Self {
        let mut house = Self::empty();
        house.commit(vec![Event::HouseOpened(HouseOpened {
            house: [7; 16],
            secret_print: [9; 16],
        })]);
        house.commit(vec![show_put(SHOW, "opera", spec)]);
        house
    }

    pub(super) fn empty() -> Self {
        let storage = MemoryStorage::new();
        let (views, feed) = views_on(&storage, Position(0));
        let journal = MemoryJournal::open(&storage);
        Self {
            views,
            feed,
            storage,
            journal,
            touched: HashMap::new(),
        }
    }

    /// The position of the next entry.
    pub(super) fn next(&self) -> Position {
        Position(self.journal.tail().position.0 + 1)
    }

    /// Stores, publishes and applies an entry.
    pub(super) fn commit(&mut self, events: Vec<Event>) -> Position {
        let entry = self.store(events);
        self.views.apply(&entry);
        entry.position
    }

    /// Stores and publishes an entry; the views do not know it yet.
    pub(super) fn store(&mut self, events: Vec<Event>) -> Arc<Committed> {
        let position = self.next();
        let at = Instant(position.0 * 1_000_000);
        let events: Vec<_> = events
            .into_iter()
            .map(|event| Stamped { at, event })
            .collect();
        let mut batch = BatchBytes::default();
        for stamped in &events {
            batch.push(stamped);
        }
        let payload = batch.finish();
        let tail = self.journal.tail();
        self.journal.append(tail, &payload).unwrap();
        let entry = Arc::new(Committed { position, events });
        self.feed.publish(Arc::clone(&entry));
        entry
    }

    /// References to seats of the show, linked to what touched them before.
    pub(super) fn seats(&mut self, seats: &[u32]) -> Vec<SeatRef> {
        let at = self.next();
        let touch = |seat: &u32| {
            let seat = SeatIdx(*seat);
            let previous = self.touched.insert((SHOW, seat), at).unwrap_or_default();
            SeatRef {
                seat,
                tariff: 0,
                price: Amount(100),
                previous,
            }
        };
        seats.iter().map(touch).collect()
    }

    pub(super) fn hold(&mut self, hold: u64, seats: &[u32]) -> Event {
        Event::HoldPlaced(HoldPlaced {
            hold: HoldId(hold),
            show: SHOW,
            buyer: name(&format!("buyer:{hold}")),
            principal: Principal(3),
            seats: self.seats(seats),
            places: None,
            amount: Amount(100),
            expires_at: Instant(99_000_000),
            session: false,
        })
    }

    pub(super) fn release(&mut self, hold: u64, seats: &[u32]) -> Event {
        Event::HoldReleased(HoldReleased {
            hold: HoldId(hold),
            show: SHOW,
            cause: ReleaseCause::Expired,
            seats: self.seats(seats),
            places: None,
            previous: Position(0),
        })
    }

    pub(super) fn book(&mut self, booking: u64, source: Source, seats: &[u32]) -> Event {
        Event::BookingMade(BookingMade {
            booking: BookingId(booking),
            show: SHOW,
            buyer: name(&format!("booker:{booking}")),
            principal: Principal(4),
            source,
            seats: self.seats(seats),
            places: None,
            amount: Amount(100),
        })
    }

    pub(super) fn cancel(&mut self, booking: u64, seats: &[u32]) -> Event {
        Event::BookingCancelled(BookingCancelled {
            booking: BookingId(booking),
            show: SHOW,
            cause: CancelCause::Cancelled,
            seats: self.seats(seats),
            places: None,
            previous: Position(0),
        })
    }
}

/// Views that read this storage, and their feed, which starts at `newest`.
pub(super) fn views_on(storage: &MemoryStorage, newest: Position) -> (Arc<Views>, Arc<Feed>) {
    let feed = Arc::new(Feed::new(newest));
    let storage = storage.clone();
    let open = Arc::new(move || MemoryJournal::open(&storage).reader());
    let secret = Arc::new(Secret::new(&[5; 32]));
    let views = Views::new(
        Arc::new(Layouts::default()),
        secret,
        Arc::clone(&feed),
        open,
    );
    (Arc::new(views), feed)
}

pub(super) fn show_put(show: ShowIdx, id: &str, spec: ShowSpec) -> Event {
    Event::ShowPut(ShowPut {
        show,
        id: name(id),
        principal: Principal(0),
        spec: Box::new(spec),
        previous: Position(0),
        built: Built::default(),
    })
}

pub(super) fn places(quantity: u32) -> Option<Places> {
    Some(Places {
        area: AreaIdx(0),
        quantity,
        tariff: 0,
        price: Amount(50),
    })
}
