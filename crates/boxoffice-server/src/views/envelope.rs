//! Journal events as clients read them: CloudEvents with names instead of indexes.
//!
//! Invariants: no token, secret, key or digest of one ever appears; records of idempotency keys
//! have no envelope. Names are those that the show has now; ids of seats and areas never change.

use std::sync::Arc;

use boxoffice_api::Timestamp;
use boxoffice_api::v1::feed::FeedEvent;
use boxoffice_engine::event::{
    CancelCause, CloseCause, Event, Method, Movement, OrderItem, ReleaseCause, SeatRef, Source,
    Stamped,
};
use boxoffice_engine::ids::{Position, ShowIdx};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::Places;
use boxoffice_engine::spec::RowSeats;
use boxoffice_engine::time::Instant;
use serde_json::{Map, Value, json};

use super::Views;

/// Where the feed is served.
const SOURCE: &str = "/v1/journal";

/// What an event says, without its envelope.
struct Said {
    kind: &'static str,
    subject: Option<String>,
    data: Value,
}

/// The kind of an event without the `boxoffice.` and version around it; `None` for what is not
/// public.
pub(super) fn kind(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::HouseOpened(_) => "house.opened",
        Event::TermStarted(_) => "term.started",
        Event::ShowPut(_) => "show.put",
        Event::HoldPlaced(_) => "hold.placed",
        Event::HoldExtended(_) => "hold.extended",
        Event::HoldReleased(_) => "hold.released",
        Event::BookingMade(_) => "booking.made",
        Event::BookingCancelled(_) => "booking.cancelled",
        Event::ProductPut(_) => "product.put",
        Event::Restocked(_) => "product.restocked",
        Event::OrderPlaced(_) => "order.placed",
        Event::OrderPaid(_) => "order.paid",
        Event::OrderClosed(_) => "order.closed",
        Event::OrderRefunded(_) => "order.refunded",
        Event::OutsideRecorded(_) => "payment.recorded",
        Event::AccountChanged(_) => "account.changed",
        Event::KeyStored(_) | Event::KeysExpired(_) => return None,
    })
}

pub(super) fn time(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.0)
}

pub(super) fn release_cause(cause: &ReleaseCause) -> &'static str {
    match cause {
        ReleaseCause::Buyer => "released",
        ReleaseCause::Expired => "expired",
        ReleaseCause::Replaced => "replaced",
        ReleaseCause::Operator => "operator",
    }
}

pub(super) fn cancel_cause(cause: &CancelCause) -> &'static str {
    match cause {
        CancelCause::Cancelled => "cancelled",
        CancelCause::Refunded => "refunded",
        CancelCause::Operator => "operator",
    }
}

pub(super) fn close_cause(cause: &CloseCause) -> &'static str {
    match cause {
        CloseCause::Cancelled => "cancelled",
        CloseCause::Expired => "expired",
        CloseCause::Operator => "operator",
    }
}

impl Views {
    /// The event in its envelope; `None` for what is not public.
    pub(super) fn envelope(
        &self,
        position: Position,
        index: u32,
        stamped: &Stamped,
    ) -> Option<FeedEvent<'static, Value>> {
        let Said {
            kind,
            subject,
            data,
        } = self.say(&stamped.event)?;
        let house = self
            .core()
            .house
            .map_or_else(String::new, |house| hex(&house));
        Some(FeedEvent {
            specversion: "1.0",
            id: format!("{house}/{position}/{index}").into(),
            source: SOURCE.into(),
            kind: format!("boxoffice.{kind}.v1").into(),
            subject: subject.map(Into::into),
            time: time(stamped.at),
            datacontenttype: "application/json",
            position: position.0,
            index,
            data,
        })
    }

    fn say(&self, event: &Event) -> Option<Said> {
        let kind = kind(event)?;
        let mut data = Map::new();
        let mut set = |name: &str, value: Value| {
            if !value.is_null() {
                data.insert(name.to_owned(), value);
            }
        };
        let subject = match event {
            Event::HouseOpened(_)
            | Event::TermStarted(_)
            | Event::ShowPut(_)
            | Event::ProductPut(_)
            | Event::Restocked(_) => self.say_house(event, &mut set),
            Event::HoldPlaced(_) | Event::HoldExtended(_) | Event::HoldReleased(_) => {
                self.say_hold(event, &mut set)
            }
            Event::BookingMade(_) | Event::BookingCancelled(_) => self.say_booking(event, &mut set),
            Event::OrderPlaced(_) | Event::OrderClosed(_) => self.say_order(event, &mut set),
            Event::OrderPaid(_)
            | Event::OrderRefunded(_)
            | Event::OutsideRecorded(_)
            | Event::AccountChanged(_) => self.say_money(event, &mut set),
            Event::KeyStored(_) | Event::KeysExpired(_) => None,
        };
        Some(Said {
            kind,
            subject,
            data: Value::Object(data),
        })
    }

    /// The house, its shows and products.
    fn say_house(&self, event: &Event, set: &mut impl FnMut(&str, Value)) -> Option<String> {
        match event {
            Event::HouseOpened(e) => {
                set("house", hex(&e.house).into());
                None
            }
            Event::TermStarted(e) => {
                set("term", e.term.into());
                None
            }
            Event::ShowPut(e) => {
                say_show(e, set);
                Some(format!("shows/{}", e.id))
            }
            Event::ProductPut(e) => {
                set("product", e.id.as_str().into());
                set("title", e.title.as_str().into());
                set("principal", e.principal.0.into());
                set("price", e.price.0.into());
                set("currency", e.currency.as_str().into());
                set("initial", e.initial.into());
                Some(format!("products/{}", e.id))
            }
            Event::Restocked(e) => {
                let product = self.product(e.product)?;
                set("product", product.as_str().into());
                set("quantity", e.quantity.into());
                Some(format!("products/{product}"))
            }
            _ => None,
        }
    }

    /// Holds.
    fn say_hold(&self, event: &Event, set: &mut impl FnMut(&str, Value)) -> Option<String> {
        let secret = &self.secret;
        match event {
            Event::HoldPlaced(e) => {
                let show = self.layout(e.show);
                set("hold", secret.hold_id(e.hold).into());
                set("buyer", e.buyer.as_str().into());
                set("principal", e.principal.0.into());
                say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                set("amount", e.amount.0.into());
                set("expires_at", rendered(e.expires_at));
                set("session", e.session.into());
                Some(format!("holds/{}", secret.hold_id(e.hold)))
            }
            Event::HoldExtended(e) => {
                set("hold", secret.hold_id(e.hold).into());
                set("fence", e.fence.0.into());
                set("expires_at", rendered(e.expires_at));
                Some(format!("holds/{}", secret.hold_id(e.hold)))
            }
            Event::HoldReleased(e) => {
                let show = self.layout(e.show);
                set("hold", secret.hold_id(e.hold).into());
                set("cause", release_cause(&e.cause).into());
                say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                Some(format!("holds/{}", secret.hold_id(e.hold)))
            }
            _ => None,
        }
    }

    /// Bookings.
    fn say_booking(&self, event: &Event, set: &mut impl FnMut(&str, Value)) -> Option<String> {
        let secret = &self.secret;
        match event {
            Event::BookingMade(e) => {
                let show = self.layout(e.show);
                set("booking", secret.booking_id(e.booking).into());
                set("buyer", e.buyer.as_str().into());
                set("principal", e.principal.0.into());
                match e.source {
                    Source::Direct => {}
                    Source::Hold(hold) => set("hold", secret.hold_id(hold).into()),
                    Source::Order(order) => set("order", secret.order_id(order).into()),
                }
                say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                set("amount", e.amount.0.into());
                Some(format!("bookings/{}", secret.booking_id(e.booking)))
            }
            Event::BookingCancelled(e) => {
                let show = self.layout(e.show);
                set("booking", secret.booking_id(e.booking).into());
                set("cause", cancel_cause(&e.cause).into());
                say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                Some(format!("bookings/{}", secret.booking_id(e.booking)))
            }
            _ => None,
        }
    }

    /// Orders and what they claim.
    fn say_order(&self, event: &Event, set: &mut impl FnMut(&str, Value)) -> Option<String> {
        let secret = &self.secret;
        match event {
            Event::OrderPlaced(e) => {
                let show = e.show.and_then(|show| self.layout(show));
                set("order", secret.order_id(e.order).into());
                set("buyer", e.buyer.as_str().into());
                set("principal", e.principal.0.into());
                set("items", self.items(&e.items));
                if show.is_some() {
                    say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                }
                set("hold", e.hold.map(|hold| secret.hold_id(hold)).into());
                set("total", e.total.0.into());
                set("currency", e.currency.as_str().into());
                set("pay_by", rendered(e.pay_by));
                Some(format!("orders/{}", secret.order_id(e.order)))
            }
            Event::OrderClosed(e) => {
                let show = e.show.and_then(|show| self.layout(show));
                set("order", secret.order_id(e.order).into());
                set("cause", close_cause(&e.cause).into());
                if show.is_some() {
                    say_claim(show.as_deref(), &e.seats, e.places.as_ref(), set);
                }
                Some(format!("orders/{}", secret.order_id(e.order)))
            }
            _ => None,
        }
    }

    /// Payments, refunds and accounts.
    fn say_money(&self, event: &Event, set: &mut impl FnMut(&str, Value)) -> Option<String> {
        let secret = &self.secret;
        match event {
            Event::OrderPaid(e) => {
                set("order", secret.order_id(e.order).into());
                set("amount", e.amount.0.into());
                match &e.method {
                    Method::Account => set("method", "account".into()),
                    Method::Outside(reference) => {
                        set("method", "outside".into());
                        set("reference", reference.as_str().into());
                    }
                }
                set(
                    "booking",
                    e.booking.map(|booking| secret.booking_id(booking)).into(),
                );
                set("reacquired", e.reacquired.into());
                Some(format!("orders/{}", secret.order_id(e.order)))
            }
            Event::OrderRefunded(e) => {
                set("order", secret.order_id(e.order).into());
                set("items", self.items(&e.items));
                set("amount", e.amount.0.into());
                set("whole", e.whole.into());
                Some(format!("orders/{}", secret.order_id(e.order)))
            }
            Event::OutsideRecorded(e) => {
                set("order", secret.order_id(e.order).into());
                set("reference", e.reference.as_str().into());
                set("amount", e.amount.0.into());
                set("credited", e.credited.into());
                Some(format!("orders/{}", secret.order_id(e.order)))
            }
            Event::AccountChanged(e) => {
                let (movement, order) = movement(&e.movement);
                set("buyer", e.buyer.as_str().into());
                set("principal", e.principal.0.into());
                set("movement", movement.into());
                set("order", order.map(|order| secret.order_id(order)).into());
                set("amount", e.amount.0.into());
                set("balance", e.balance.0.into());
                set("currency", e.currency.as_str().into());
                Some(format!("accounts/{}", e.buyer))
            }
            _ => None,
        }
    }

    pub(super) fn layout(&self, show: ShowIdx) -> Option<Arc<Layout>> {
        self.core()
            .shows
            .get(show.at())
            .map(|show| Arc::clone(&show.layout))
    }

    fn items(&self, items: &[OrderItem]) -> Value {
        let items = items.iter().map(|item| {
            json!({
                "product": self.product(item.product).map(|id| id.as_str().to_owned()),
                "quantity": item.quantity,
                "unit_price": item.unit_price.0,
            })
        });
        items.collect()
    }
}

/// The name of a movement and the order that it was for.
pub(super) fn movement(
    movement: &Movement,
) -> (&'static str, Option<boxoffice_engine::ids::OrderId>) {
    match movement {
        Movement::Charge => ("charge", None),
        Movement::Payment(order) => ("payment", Some(*order)),
        Movement::Refund(order) => ("refund", Some(*order)),
        Movement::Credit(order) => ("credit", Some(*order)),
    }
}

fn say_show(put: &boxoffice_engine::event::ShowPut, set: &mut impl FnMut(&str, Value)) {
    let spec = &put.spec;
    set("show", put.id.as_str().into());
    set("name", spec.title.as_str().into());
    set("venue", spec.venue.as_str().into());
    set("principal", put.principal.0.into());
    set("starts_at", spec.starts_at.map_or(Value::Null, rendered));
    set("on_sale_at", spec.on_sale_at.map_or(Value::Null, rendered));
    set("open", spec.open.into());
    set("currency", spec.currency.as_str().into());
    let sections = spec.sections.iter().map(|section| {
        let n_seats: usize = section
            .rows
            .iter()
            .map(|row| match &row.seats {
                RowSeats::Count(count) => *count as usize,
                RowSeats::Named(names) => names.len(),
            })
            .sum();
        let (rows, price) = (section.rows.len(), section.price.0);
        json!({"id": section.id.as_str(), "price": price, "rows": rows, "seats": n_seats})
    });
    set("sections", sections.collect());
    let areas = spec.areas.iter().map(
        |area| json!({"id": area.id.as_str(), "price": area.price.0, "capacity": area.capacity}),
    );
    set("areas", areas.collect());
}

fn say_claim(
    layout: Option<&Layout>,
    seats: &[SeatRef],
    places: Option<&Places>,
    set: &mut impl FnMut(&str, Value),
) {
    let Some(layout) = layout else { return };
    let tariff = |idx: u8| {
        layout
            .tariffs
            .get(usize::from(idx))
            .map(|t| t.code.as_str())
    };
    set("show", layout.id.as_str().into());
    if !seats.is_empty() {
        let seats = seats.iter().map(|seat| {
            let (name, tariff) = (layout.seat_name(seat.seat), tariff(seat.tariff));
            json!({"seat": name, "tariff": tariff, "price": seat.price.0})
        });
        set("seats", seats.collect());
    }
    if let Some(places) = places {
        let area = layout
            .areas
            .get(places.area.at())
            .map(|area| area.id.as_str());
        let (quantity, price) = (places.quantity, places.price.0);
        let tariff = tariff(places.tariff);
        set(
            "places",
            json!({"area": area, "quantity": quantity, "tariff": tariff, "price": price}),
        );
    }
}

fn rendered(at: Instant) -> Value {
    time(at).to_string().into()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
    }
    text
}
