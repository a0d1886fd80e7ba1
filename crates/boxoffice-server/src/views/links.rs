//! The links between journal events: which event touched a seat, an order or an account before.
//!
//! Invariants: a walk only goes back; it reads at most as many entries as it may have lines, and
//! [`OWNER_HOPS_MAX`] more to learn who made the claims that it found.

use std::collections::HashMap;

use boxoffice_engine::event::{Event, SeatRef, Source};
use boxoffice_engine::ids::{
    BookingId, HoldId, Name, OrderId, Position, Principal, SeatIdx, ShowIdx,
};
use boxoffice_journal::Reader;
use boxoffice_writer::feed::Committed;

use super::entries::{EntryError, read_one};
use super::envelope::movement;

/// Entries read beyond a page to learn whose the claims on it are.
const OWNER_HOPS_MAX: usize = 8;

/// Whose history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    Seat(ShowIdx, SeatIdx),
    Order(OrderId),
    Account(Name),
}

impl Subject {
    /// The position of the event that touched the subject before this one, 0 for none; `None` if
    /// this event is no link of its chain.
    pub(super) fn link(&self, event: &Event) -> Option<Position> {
        match self {
            Self::Seat(show, seat) => {
                let (of_show, seats) = seats_of(event)?;
                let touched = seats.iter().find(|touched| touched.seat == *seat)?;
                (of_show == *show).then_some(touched.previous)
            }
            Self::Order(order) => match event {
                Event::OrderPlaced(e) if e.order == *order => Some(Position(0)),
                Event::OrderPaid(e) if e.order == *order => Some(e.previous),
                Event::OrderClosed(e) if e.order == *order => Some(e.previous),
                Event::OrderRefunded(e) if e.order == *order => Some(e.previous),
                _ => None,
            },
            Self::Account(buyer) => match event {
                Event::AccountChanged(e) if e.buyer == *buyer => Some(e.previous),
                _ => None,
            },
        }
    }

    /// Whether the event is a line of the history: each link, and what else happened to an order
    /// in the same entries.
    pub(super) fn is_told_by(&self, event: &Event) -> bool {
        let also = match self {
            Self::Order(order) => About::of(event).order == Some(*order),
            Self::Seat(..) | Self::Account(_) => false,
        };
        also || self.link(event).is_some()
    }
}

fn seats_of(event: &Event) -> Option<(ShowIdx, &[SeatRef])> {
    match event {
        Event::HoldPlaced(e) => Some((e.show, &e.seats)),
        Event::HoldReleased(e) => Some((e.show, &e.seats)),
        Event::BookingMade(e) => Some((e.show, &e.seats)),
        Event::BookingCancelled(e) => Some((e.show, &e.seats)),
        Event::OrderPlaced(e) => Some((e.show?, &e.seats)),
        Event::OrderClosed(e) => Some((e.show?, &e.seats)),
        _ => None,
    }
}

/// The things that an event names.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    pub(super) hold: Option<HoldId>,
    pub(super) booking: Option<BookingId>,
    pub(super) order: Option<OrderId>,
}

impl About {
    pub(super) fn of(event: &Event) -> Self {
        let none = Self::default();
        match event {
            Event::HoldPlaced(e) => Self {
                hold: Some(e.hold),
                ..none
            },
            Event::HoldExtended(e) => Self {
                hold: Some(e.hold),
                ..none
            },
            Event::HoldReleased(e) => Self {
                hold: Some(e.hold),
                ..none
            },
            Event::BookingMade(e) => {
                let booking = Some(e.booking);
                match e.source {
                    Source::Direct => Self { booking, ..none },
                    Source::Hold(hold) => Self {
                        booking,
                        hold: Some(hold),
                        ..none
                    },
                    Source::Order(order) => Self {
                        booking,
                        order: Some(order),
                        ..none
                    },
                }
            }
            Event::BookingCancelled(e) => Self {
                booking: Some(e.booking),
                ..none
            },
            Event::OrderPlaced(e) => Self {
                order: Some(e.order),
                hold: e.hold,
                ..none
            },
            Event::OrderPaid(e) => Self {
                order: Some(e.order),
                booking: e.booking,
                ..none
            },
            Event::OrderClosed(e) => Self {
                order: Some(e.order),
                ..none
            },
            Event::OrderRefunded(e) => Self {
                order: Some(e.order),
                ..none
            },
            Event::OutsideRecorded(e) => Self {
                order: Some(e.order),
                ..none
            },
            Event::AccountChanged(e) => {
                let (_, order) = movement(&e.movement);
                Self { order, ..none }
            }
            _ => none,
        }
    }
}

/// Who made the claims and orders of a history, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Owners {
    holds: HashMap<HoldId, (Name, Principal)>,
    bookings: HashMap<BookingId, (Name, Principal)>,
    orders: HashMap<OrderId, (Name, Principal)>,
}

impl Owners {
    fn learn(&mut self, event: &Event) {
        match event {
            Event::HoldPlaced(e) => {
                self.holds.insert(e.hold, (e.buyer.clone(), e.principal));
            }
            Event::BookingMade(e) => {
                self.bookings
                    .insert(e.booking, (e.buyer.clone(), e.principal));
            }
            Event::OrderPlaced(e) => {
                self.orders.insert(e.order, (e.buyer.clone(), e.principal));
            }
            _ => {}
        }
    }

    pub(super) fn of<'a>(&'a self, event: &'a Event) -> Option<(&'a Name, Principal)> {
        if let Event::AccountChanged(e) = event {
            return Some((&e.buyer, e.principal));
        }
        let About {
            hold,
            booking,
            order,
        } = About::of(event);
        let booked = booking.and_then(|booking| self.bookings.get(&booking));
        let ordered = order.and_then(|order| self.orders.get(&order));
        let held = hold.and_then(|hold| self.holds.get(&hold));
        booked
            .or(ordered)
            .or(held)
            .map(|(buyer, principal)| (buyer, *principal))
    }
}

/// What [`walk`] found.
#[derive(Debug)]
pub(super) struct Walked {
    pub(super) entries: Vec<Committed>,
    pub(super) next: Option<Position>,
    pub(super) owners: Owners,
}

/// Follows the links from `start` back until `lines_max` lines are found.
pub(super) fn walk(
    reader: &mut dyn Reader,
    subject: &Subject,
    start: Position,
    lines_max: usize,
) -> Result<Walked, EntryError> {
    let mut walked = Walked {
        entries: Vec::new(),
        next: None,
        owners: Owners::default(),
    };
    let mut at = start;
    let mut n_lines = 0;
    let mut owner_hops = 0;
    while at != Position(0) {
        let Some(entry) = read_one(reader, at)? else {
            break;
        };
        let told = entry.events.iter().filter(|s| subject.is_told_by(&s.event));
        let n_told = told.inspect(|s| walked.owners.learn(&s.event)).count();
        // The oldest link of this entry leads to an older entry.
        let Some(previous) = entry.events.iter().find_map(|s| subject.link(&s.event)) else {
            break;
        };
        if n_lines < lines_max {
            n_lines += n_told;
            walked.entries.push(entry);
            if lines_max <= n_lines && previous != Position(0) {
                walked.next = Some(Position(previous.0 + 1));
            }
        } else {
            owner_hops += 1;
        }
        let knows_owners = walked.next.is_some() && walked.knows_owners(subject);
        if at <= previous || knows_owners || OWNER_HOPS_MAX <= owner_hops {
            break;
        }
        at = previous;
    }
    Ok(walked)
}

impl Walked {
    fn knows_owners(&self, subject: &Subject) -> bool {
        let events = self.entries.iter().flat_map(|entry| &entry.events);
        let mut told = events.filter(|s| subject.is_told_by(&s.event));
        told.all(|s| self.owners.of(&s.event).is_some())
    }
}
