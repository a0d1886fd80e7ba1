//! Decides bookings: making, reading, cancelling, and an operator's release of a seat.

use crate::apply::claims::seat_refs;
use crate::command::{Book, CancelBooking, HoldRef, List, ReleaseSeat, Want};
use crate::event::{
    BookingCancelled, BookingMade, CancelCause, CloseCause, Event, ReleaseCause, SeatRef, Source,
};
use crate::ids::{BookingId, Name, OrderId, Principal, ShowIdx};
use crate::limits::{BOOKINGS_MAX, BUYERS_MAX, CHAIN_STEPS_MAX, LIST_ROWS_MAX};
use crate::money::Amount;
use crate::reply::{
    BookingStatus, BookingView, ClaimView, Missing, Places, Reply, Rule, SeatReleased, SeatView,
};
use crate::state::records::{Booking, Due};
use crate::state::show::Claim;

use super::claim::Claimant;
use super::expiry::{close_event, release_event};
use super::{Context, Outcome, Stop};

/// What a new booking will be.
struct NewBooking {
    show: ShowIdx,
    buyer: Name,
    principal: Principal,
    source: Source,
    seats: Vec<SeatRef>,
    places: Option<Places>,
    amount: Amount,
}

impl<'a> Context<'a> {
    pub(super) fn book(&self, book: &Book) -> Outcome {
        match book {
            Book::Hold(hold) => self.book_hold(hold),
            Book::Direct {
                show,
                buyer,
                want,
                own_hold,
            } => self.book_direct(show, buyer, want, *own_hold),
        }
    }

    fn book_hold(&self, hold: &HoldRef) -> Outcome {
        let (id, record) = self.find_hold(hold)?;
        self.check_booking_room()?;
        // Nothing below may fail.
        let new = NewBooking {
            show: record.show,
            buyer: self.state.buyer_name(record.buyer),
            principal: record.principal,
            source: Source::Hold(id),
            seats: seat_refs(self.state, record.show, &record.seats),
            places: record.places,
            amount: record.amount,
        };
        self.booked(new, Vec::new())
    }

    fn book_direct(&self, show: &Name, buyer: &Name, want: &Want, own_hold: bool) -> Outcome {
        let claimant = Claimant {
            buyer,
            own_holds_give_way: own_hold,
        };
        let picked = self.pick(show, want, &claimant)?;
        self.check_booking_room()?;
        if self.is_full_of_buyers(buyer) {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let released = picked
            .own_holds
            .iter()
            .map(|id| Event::HoldReleased(release_event(self.state, *id, ReleaseCause::Buyer)));
        let events = released.collect();
        let new = NewBooking {
            show: picked.show,
            buyer: buyer.clone(),
            principal: self.command.caller.principal,
            source: Source::Direct,
            seats: picked.seats,
            places: picked.places,
            amount: picked.amount,
        };
        self.booked(new, events)
    }

    fn check_booking_room(&self) -> Result<(), Stop> {
        if self.state.bookings.len() >= BOOKINGS_MAX as u64 {
            return Err(self.refuse(Rule::HouseFull));
        }
        Ok(())
    }

    /// Whether this buyer would be one too many.
    pub(super) fn is_full_of_buyers(&self, buyer: &Name) -> bool {
        self.state.buyers.count() >= BUYERS_MAX && self.state.buyer_idx(buyer).is_none()
    }

    fn booked(&self, new: NewBooking, mut events: Vec<Event>) -> Outcome {
        let booking = BookingId(self.state.bookings.next_number());
        let order = match new.source {
            Source::Direct | Source::Hold(_) => None,
            Source::Order(order) => Some(order),
        };
        let seat_view = |s: &SeatRef| SeatView {
            seat: s.seat,
            tariff: s.tariff,
            price: s.price,
        };
        let view = BookingView {
            booking,
            buyer: new.buyer.clone(),
            status: BookingStatus::Confirmed,
            claim: ClaimView {
                show: new.show,
                seats: new.seats.iter().map(seat_view).collect(),
                places: new.places,
            },
            amount: new.amount,
            currency: self.state.show_currency(new.show),
            booked_at: self.now.at,
            order,
        };
        events.push(Event::BookingMade(BookingMade {
            booking,
            show: new.show,
            buyer: new.buyer,
            principal: new.principal,
            source: new.source,
            seats: new.seats,
            places: new.places,
            amount: new.amount,
        }));
        self.effect(Reply::Booked(view), events)
    }

    pub(super) fn find_booking(&self, id: BookingId) -> Result<&'a Booking, Stop> {
        let found = self
            .state
            .bookings
            .at(id.0)
            .filter(|b| self.may_see(b.principal));
        found.ok_or_else(|| self.missing(Missing::Booking))
    }

    pub(super) fn read_booking(&self, id: BookingId) -> Outcome {
        let booking = self.find_booking(id)?;
        self.read(
            Reply::Booking(self.state.booking_view(id, booking)),
            booking.last,
        )
    }

    pub(super) fn cancel_booking(&self, cancel: &CancelBooking) -> Outcome {
        let id = cancel.booking;
        let booking = self.find_booking(id)?;
        let layout = &self.state.show(booking.show).layout;
        let mut seats = Vec::with_capacity(cancel.seats.len());
        for name in &cancel.seats {
            let found = booking
                .seats
                .iter()
                .find(|seat| layout.seat_name(seat.seat) == name.as_str());
            let missing = || self.missing(Missing::Seat(name.clone()));
            seats.push(*found.ok_or_else(missing)?);
        }
        if booking.is_cancelled() {
            return self.read(
                Reply::BookingCancelled(self.state.booking_view(id, booking)),
                booking.last,
            );
        }
        if booking.order != OrderId(0) {
            return Err(self.refuse_at(Rule::OrderPaid(booking.order), booking.last));
        }
        // Nothing below may fail.
        let whole = cancel.seats.is_empty();
        let seats = if whole { booking.seats.clone() } else { seats };
        let places = booking.places().filter(|_| whole);
        self.cancelled(id, booking, &seats, places, CancelCause::Cancelled)
    }

    fn cancelled(
        &self,
        id: BookingId,
        booking: &Booking,
        seats: &[SeatView],
        places: Option<Places>,
        cause: CancelCause,
    ) -> Outcome {
        let mut after = booking.clone();
        after.seats.retain(|kept| !seats.contains(kept));
        if places.is_some() {
            after.places = None;
        }
        let view = self.state.booking_view(id, &after);
        let event = self.cancel_event(id, booking, seats, places, cause);
        self.effect(Reply::BookingCancelled(view), vec![event])
    }

    pub(super) fn cancel_event(
        &self,
        id: BookingId,
        booking: &Booking,
        seats: &[SeatView],
        places: Option<Places>,
        cause: CancelCause,
    ) -> Event {
        Event::BookingCancelled(BookingCancelled {
            booking: id,
            show: booking.show,
            cause,
            seats: seat_refs(self.state, booking.show, seats),
            places,
            previous: booking.last,
        })
    }

    /// Under whose key a live claim was made.
    fn owner(&self, claim: Claim) -> Principal {
        match claim {
            Claim::None => self.command.caller.principal,
            Claim::Hold(id) => {
                self.state
                    .holds
                    .get(&id)
                    .expect("I1: a claim's hold is live")
                    .principal
            }
            Claim::Order(id) => self.state.order(id).principal,
            Claim::Booking(id) => {
                self.state
                    .bookings
                    .at(id.0)
                    .expect("I1: a claim's booking exists")
                    .principal
            }
        }
    }

    pub(super) fn release_seat(&self, release: &ReleaseSeat) -> Outcome {
        let (show_idx, show) = self.find_show(&release.show)?;
        let seat = self.find_seat(&show.layout, &release.seat)?;
        let slot = show.slot(seat);
        let released = |booking| SeatReleased {
            show: show_idx,
            seat,
            booking,
        };
        let not_booked = || self.refuse_at(Rule::NotFound(Missing::BookedSeat), slot.last);
        let event = match slot.claim() {
            Claim::None if release.bookings_only => return Err(not_booked()),
            Claim::None => return self.read(Reply::SeatReleased(released(None)), slot.last),
            Claim::Hold(id) if self.hold_is_due(id) => {
                return Err(Stop::Expire(vec![Due::Hold(id)]));
            }
            Claim::Order(id) if self.state.order(id).pay_by <= self.now.at => {
                return Err(Stop::Expire(vec![Due::Order(id)]));
            }
            Claim::Hold(_) | Claim::Order(_) if release.bookings_only => {
                return Err(not_booked());
            }
            // An extension may be all that keeps someone else's hold: it is not of the seat.
            claim if !self.may_see(self.owner(claim)) => {
                return Err(self.missing(Missing::BookedSeat));
            }
            Claim::Hold(id) => {
                Event::HoldReleased(release_event(self.state, id, ReleaseCause::Operator))
            }
            Claim::Order(id) => {
                Event::OrderClosed(close_event(self.state, id, CloseCause::Operator))
            }
            Claim::Booking(id) => {
                let booking = self
                    .state
                    .bookings
                    .at(id.0)
                    .expect("I1: a claim's booking exists");
                if booking.order != OrderId(0) {
                    return Err(self.refuse_at(Rule::OrderPaid(booking.order), booking.last));
                }
                let seats: Vec<_> = booking
                    .seats
                    .iter()
                    .filter(|s| s.seat == seat)
                    .copied()
                    .collect();
                let cause = CancelCause::Operator;
                let event = self.cancel_event(id, booking, &seats, None, cause);
                return self.effect(Reply::SeatReleased(released(Some(id))), vec![event]);
            }
        };
        self.effect(Reply::SeatReleased(released(None)), vec![event])
    }

    pub(super) fn buyer_bookings(&self, list: &List) -> Outcome {
        let mut rows = Vec::new();
        let Some(buyer) = self.state.buyer_idx(&list.buyer) else {
            return self.read(Reply::Bookings(rows), self.state.position);
        };
        let rows_max = list.rows_max.min(LIST_ROWS_MAX);
        // A cursor that is the buyer's own is where the last page ended: no walk to get there.
        let cursor = self
            .state
            .bookings
            .at(list.before)
            .filter(|b| b.buyer == buyer);
        let newest = self.state.buyer(buyer).last_booking;
        let mut next = cursor.map_or(newest, |booking| booking.older);
        // Each step is one row of the buyer's own chain; the bound keeps a long chain from
        // stalling others.
        for _ in 0..CHAIN_STEPS_MAX {
            let Some(booking) = self.state.bookings.at(next.0) else {
                break;
            };
            let wanted = list.before == 0 || next.0 < list.before;
            if wanted && self.may_see(booking.principal) {
                if rows.len() >= rows_max {
                    break;
                }
                rows.push(self.state.booking_view(next, booking));
            }
            next = booking.older;
        }
        self.read(Reply::Bookings(rows), self.state.position)
    }
}
