//! What happened to a seat, an order or an account: read backwards through the journal along the
//! links that its events carry.
//!
//! Invariants: newest first; an entry is never split over two pages; a page reads at most as many
//! entries as it may have lines, and a few more to learn who made what it shows. Never: an index.

use std::collections::HashMap;

use boxoffice_api::Timestamp;
use boxoffice_api::v1::account::StatementKind;
use boxoffice_api::v1::to_json;
use boxoffice_engine::event::{Event, Method, Movement, SeatRef, Source, Stamped};
use boxoffice_engine::ids::{
    BookingId, HoldId, Name, OrderId, Position, Principal, SeatIdx, ShowIdx,
};
use boxoffice_journal::Reader;
use boxoffice_writer::feed::Committed;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use super::Views;
use super::entries::{EntryError, read_one};
use super::envelope::{cancel_cause, close_cause, kind, release_cause, time};
use super::refusal::Refusal;
use crate::http::{Body, Response};

/// Lines of one page; more only where a single entry has more.
pub const LINES_MAX: usize = 100;
/// Entries read beyond a page to learn whose the claims on it are.
const OWNER_HOPS_MAX: usize = 8;

pub use boxoffice_api::v1::account::StatementLine;

/// One page of a history, newest first.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// Its lines.
    pub lines: Vec<T>,
    /// Value of `before` for the next page; `None` on the last one.
    pub next: Option<Position>,
    /// Position up to which the history is complete.
    pub position: Position,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryLine {
    /// When, in journal time.
    pub at: Timestamp,
    /// What: `hold.placed`, `booking.made`, … as in the feed.
    pub event: &'static str,
    /// Why, where an event has more than one cause: `expired`, `cancelled`, `operator`, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// Whose claim, order or money it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<String>,
    /// The API key that made it; 0 in a house without keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<u32>,
    /// The hold involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// The booking involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booking: Option<String>,
    /// The order involved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Until when the claim was to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Money, in minor units: of the whole claim, or what was moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Reference of an outside payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Entry of the journal.
    pub position: u64,
    /// Place within the entry.
    pub index: u32,
}

#[derive(Serialize)]
struct HistoryBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    show: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<&'a str>,
    history: &'a [HistoryLine],
    position: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

impl Views {
    /// What happened to a seat. `before` is the `next` of the page before.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::BadPage`] or [`Refusal::Unreadable`].
    pub async fn seat_history(
        &self,
        show: &str,
        seat: &str,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Page<HistoryLine>, Refusal> {
        self.front(show).await?;
        self.fresh().await;
        let (subject, last, position) = self.find_seat(show, seat)?;
        self.history(subject, last, before, lines_max, position)
            .await
    }

    /// What happened to an order whose newest record is at `last`.
    ///
    /// # Errors
    /// [`Refusal::BadPage`] or [`Refusal::Unreadable`].
    pub async fn order_history(
        &self,
        order: OrderId,
        last: Position,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Page<HistoryLine>, Refusal> {
        self.history(Subject::Order(order), last, before, lines_max, last)
            .await
    }

    /// The changes of an account whose newest record is at `last`.
    ///
    /// # Errors
    /// [`Refusal::BadPage`] or [`Refusal::Unreadable`].
    pub async fn account_statement(
        &self,
        buyer: &Name,
        last: Position,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Page<StatementLine<'static>>, Refusal> {
        let subject = Subject::Account(buyer.clone());
        let walked = self.walk(subject.clone(), last, before, lines_max).await?;
        let mut lines = Vec::new();
        for entry in &walked.entries {
            let newest_first = entry.events.iter().rev();
            let touching = newest_first.filter(|stamped| subject.link(&stamped.event).is_some());
            lines.extend(touching.filter_map(|stamped| self.statement_line(entry, stamped)));
        }
        Ok(Page {
            lines,
            next: walked.next,
            position: last,
        })
    }

    /// Answers `GET /v1/seats/{show}/{seat}/history`.
    ///
    /// # Errors
    /// As [`Self::seat_history`].
    pub async fn seat_history_response(
        &self,
        show: &str,
        seat: &str,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Response, Refusal> {
        let page = self.seat_history(show, seat, before, lines_max).await?;
        Ok(respond(Some(show), Some(seat), None, &page))
    }

    /// Answers `GET /v1/orders/{order}/history`. Whether the caller may see the order, and where
    /// its newest record is, the writer has told.
    ///
    /// # Errors
    /// As [`Self::order_history`].
    pub async fn order_history_response(
        &self,
        order: OrderId,
        last: Position,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Response, Refusal> {
        let page = self.order_history(order, last, before, lines_max).await?;
        Ok(respond(
            None,
            None,
            Some(&self.secret.order_id(order)),
            &page,
        ))
    }

    fn find_seat(&self, show: &str, seat: &str) -> Result<(Subject, Position, Position), Refusal> {
        let core = self.core();
        let show = core.show_by_id(show).ok_or(Refusal::NotFound("show"))?;
        let seat = show.layout.seat(seat).ok_or(Refusal::NotFound("seat"))?;
        Ok((
            Subject::Seat(show.layout.show, seat),
            show.last(seat),
            core.position,
        ))
    }

    async fn history(
        &self,
        subject: Subject,
        last: Position,
        before: Option<Position>,
        lines_max: usize,
        position: Position,
    ) -> Result<Page<HistoryLine>, Refusal> {
        let walked = self.walk(subject.clone(), last, before, lines_max).await?;
        let mut lines = Vec::new();
        for entry in &walked.entries {
            let newest_first = (0_u32..)
                .zip(&entry.events)
                .collect::<Vec<_>>()
                .into_iter()
                .rev();
            for (index, stamped) in newest_first.filter(|(_, s)| subject.is_told_by(&s.event)) {
                lines.extend(self.line(entry.position, index, stamped, &walked.owners));
            }
        }
        Ok(Page {
            lines,
            next: walked.next,
            position,
        })
    }

    async fn walk(
        &self,
        subject: Subject,
        last: Position,
        before: Option<Position>,
        lines_max: usize,
    ) -> Result<Walked, Refusal> {
        let start = before.map_or(last, |before| Position(before.0.saturating_sub(1)));
        if last < start {
            return Err(Refusal::BadPage);
        }
        let lines_max = lines_max.clamp(1, LINES_MAX);
        let read = move |reader: &mut dyn Reader| walk(reader, &subject, start, lines_max);
        let walked = self.readers.with(read).await?;
        let is_empty = walked.entries.is_empty();
        if is_empty && start != Position(0) {
            Err(Refusal::BadPage)
        } else {
            Ok(walked)
        }
    }

    fn line(
        &self,
        position: Position,
        index: u32,
        stamped: &Stamped,
        owners: &Owners,
    ) -> Option<HistoryLine> {
        let event = &stamped.event;
        let about = About::of(event);
        let owner = owners.of(event);
        let mut line = HistoryLine {
            at: time(stamped.at),
            event: kind(event)?,
            cause: None,
            buyer: owner.map(|(buyer, _)| buyer.as_str().to_owned()),
            principal: owner.map(|(_, principal)| principal.0),
            hold: about.hold.map(|hold| self.secret.hold_id(hold)),
            booking: about.booking.map(|booking| self.secret.booking_id(booking)),
            order: about.order.map(|order| self.secret.order_id(order)),
            expires_at: None,
            amount: None,
            reference: None,
            position: position.0,
            index,
        };
        add_details(&mut line, event);
        Some(line)
    }

    fn statement_line(
        &self,
        entry: &Committed,
        stamped: &Stamped,
    ) -> Option<StatementLine<'static>> {
        let Event::AccountChanged(change) = &stamped.event else {
            return None;
        };
        let (kind, order) = match change.movement {
            Movement::Charge => (StatementKind::Charge, None),
            Movement::Payment(order) => (StatementKind::Payment, Some(order)),
            Movement::Refund(order) => (StatementKind::Refund, Some(order)),
            Movement::Credit(order) => (StatementKind::Credit, Some(order)),
        };
        // The record of the outside payment is in the same entry, before the movement.
        let reference = entry.events.iter().find_map(|other| match &other.event {
            Event::OutsideRecorded(outside)
                if kind == StatementKind::Credit
                    && outside.credited
                    && Some(outside.order) == order
                    && outside.amount == change.amount =>
            {
                Some(outside.reference.as_str().to_owned())
            }
            _ => None,
        });
        Some(StatementLine {
            at: time(stamped.at),
            kind,
            amount: change.amount.0,
            balance: change.balance.0,
            order: order.map(|order| self.secret.order_id(order).into()),
            reference: reference.map(Into::into),
            position: entry.position.0,
        })
    }
}

fn respond(
    show: Option<&str>,
    seat: Option<&str>,
    order: Option<&str>,
    page: &Page<HistoryLine>,
) -> Response {
    let body = HistoryBody {
        show,
        seat,
        order,
        history: &page.lines,
        position: page.position.0,
        next: page.next.map(|next| next.0),
    };
    let mut response = Response::new(Body::from(to_json(&body)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("boxoffice-position", HeaderValue::from(page.position.0));
    response
}

fn add_details(line: &mut HistoryLine, event: &Event) {
    match event {
        Event::HoldPlaced(e) => {
            line.amount = Some(e.amount.0);
            line.expires_at = Some(time(e.expires_at));
        }
        Event::HoldReleased(e) => line.cause = Some(release_cause(&e.cause)),
        Event::BookingMade(e) => line.amount = Some(e.amount.0),
        Event::BookingCancelled(e) => line.cause = Some(cancel_cause(&e.cause)),
        Event::OrderPlaced(e) => {
            line.amount = Some(e.total.0);
            line.expires_at = Some(time(e.pay_by));
        }
        Event::OrderPaid(e) => {
            line.amount = Some(e.amount.0);
            line.reference = match &e.method {
                Method::Account => None,
                Method::Outside(reference) => Some(reference.as_str().to_owned()),
            };
        }
        Event::OrderClosed(e) => line.cause = Some(close_cause(&e.cause)),
        Event::OrderRefunded(e) => line.amount = Some(e.amount.0),
        Event::OutsideRecorded(e) => {
            line.amount = Some(e.amount.0);
            line.reference = Some(e.reference.as_str().to_owned());
        }
        Event::AccountChanged(e) => line.amount = Some(e.amount.0),
        Event::HouseOpened(_)
        | Event::TermStarted(_)
        | Event::ShowPut(_)
        | Event::HoldExtended(_)
        | Event::ProductPut(_)
        | Event::Restocked(_)
        | Event::KeyStored(_)
        | Event::KeysExpired(_) => {}
    }
}

/// Whose history.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    Seat(ShowIdx, SeatIdx),
    Order(OrderId),
    Account(Name),
}

impl Subject {
    /// The position of the event that touched the subject before this one, 0 for none; `None` if
    /// this event is no link of its chain.
    fn link(&self, event: &Event) -> Option<Position> {
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
    fn is_told_by(&self, event: &Event) -> bool {
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
struct About {
    hold: Option<HoldId>,
    booking: Option<BookingId>,
    order: Option<OrderId>,
}

impl About {
    fn of(event: &Event) -> Self {
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
                let (_, order) = super::envelope::movement(&e.movement);
                Self { order, ..none }
            }
            _ => none,
        }
    }
}

/// Who made the claims and orders of a history, as far as it was read.
#[derive(Debug, Default)]
struct Owners {
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

    fn of<'a>(&'a self, event: &'a Event) -> Option<(&'a Name, Principal)> {
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
struct Walked {
    entries: Vec<Committed>,
    next: Option<Position>,
    owners: Owners,
}

/// Follows the links from `start` back until `lines_max` lines are found.
fn walk(
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
