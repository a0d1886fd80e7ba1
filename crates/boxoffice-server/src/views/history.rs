//! What happened to a seat, an order or an account: read backwards through the journal along the
//! links that its events carry.
//!
//! Invariants: newest first; an entry is never split over two pages; a page reads at most as many
//! entries as it may have lines, and a few more to learn who made what it shows. Never: an index.

use boxoffice_api::Timestamp;
use boxoffice_api::v1::account::{StatementKind, StatementLine};
use boxoffice_api::v1::to_json;
use boxoffice_engine::event::{Event, Method, Movement, Stamped};
use boxoffice_engine::ids::{Name, OrderId, Position};
use boxoffice_journal::Reader;
use boxoffice_writer::feed::Committed;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use super::Views;
use super::envelope::{cancel_cause, close_cause, kind, release_cause, time};
use super::links::{About, Owners, Subject, Walked, walk};
use super::refusal::Refusal;
use crate::http::{Body, Response};

/// Lines of one page; more only where a single entry has more.
pub const LINES_MAX: usize = 100;

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
