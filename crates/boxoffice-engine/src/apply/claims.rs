//! Applies what happens to seats and places: holds and bookings.

use crate::event::{
    BookingCancelled, BookingMade, HoldExtended, HoldPlaced, HoldReleased, SeatRef, Source,
};
use crate::ids::{BookingId, BuyerIdx, Fence, HoldId, OrderId, Position, SeatIdx, ShowIdx};
use crate::reply::{Places, SeatView};
use crate::state::State;
use crate::state::records::{Booking, Due, Hold};
use crate::state::show::Claim;

use super::Stamp;

/// How many of a buyer's limit some seats and places use.
pub(crate) fn n_units(n_seats: usize, places: Option<&Places>) -> u32 {
    let seats = u32::try_from(n_seats).expect("SEATS_PER_CLAIM_MAX is small");
    seats
        .checked_add(places.map_or(0, |p| p.quantity))
        .expect("claims are bounded")
}

pub(super) fn views(seats: &[SeatRef]) -> Vec<SeatView> {
    let view = |seat: &SeatRef| SeatView {
        seat: seat.seat,
        tariff: seat.tariff,
        price: seat.price,
    };
    seats.iter().map(view).collect()
}

impl State {
    pub(super) fn place_hold(&mut self, placed: &HoldPlaced, stamp: Stamp) {
        let buyer = self.intern_buyer(&placed.buyer);
        let claim = Claim::Hold(placed.hold);
        self.take(
            placed.show,
            &placed.seats,
            Claim::None,
            claim,
            stamp.position,
        );
        self.hold_places(placed.show, placed.places.as_ref());
        let n = n_units(placed.seats.len(), placed.places.as_ref());
        self.show_mut(placed.show).count_in(buyer, n);
        self.last_hold = placed.hold;
        self.deadlines
            .insert((placed.expires_at, Due::Hold(placed.hold)));
        if placed.session {
            let before = self.sessions.insert((placed.principal, buyer), placed.hold);
            assert!(before.is_none(), "I7: a session holds once");
        }
        let hold = Hold {
            show: placed.show,
            buyer,
            principal: placed.principal,
            fence: Fence(1),
            session: placed.session,
            seats: views(&placed.seats),
            places: placed.places,
            amount: placed.amount,
            placed_at: stamp.at,
            expires_at: placed.expires_at,
            last: stamp.position,
        };
        let before = self.holds.insert(placed.hold, hold);
        assert!(before.is_none(), "hold numbers are not reused");
    }

    pub(super) fn extend_hold(&mut self, extended: &HoldExtended, stamp: Stamp) {
        let hold = self
            .holds
            .get_mut(&extended.hold)
            .expect("a live hold is extended");
        let was_due = self
            .deadlines
            .remove(&(hold.expires_at, Due::Hold(extended.hold)));
        assert!(was_due, "I7: a live hold has its deadline");
        hold.expires_at = extended.expires_at;
        hold.fence = extended.fence;
        hold.last = stamp.position;
        let show = hold.show;
        self.deadlines
            .insert((extended.expires_at, Due::Hold(extended.hold)));
        self.show_mut(show).claims_last = stamp.position;
    }

    pub(super) fn release_hold(&mut self, released: &HoldReleased, stamp: Stamp) {
        let hold = self.remove_hold(released.hold);
        let claim = Claim::Hold(released.hold);
        self.take(
            released.show,
            &released.seats,
            claim,
            Claim::None,
            stamp.position,
        );
        if let Some(places) = &hold.places {
            self.free_held_places(hold.show, places);
        }
        let n = n_units(hold.seats.len(), hold.places.as_ref());
        let show = self.show_mut(hold.show);
        show.count_out(hold.buyer, n);
        show.last = stamp.position;
    }

    /// Forgets a hold and its deadline; its seats are the caller's to hand on.
    pub(super) fn remove_hold(&mut self, id: HoldId) -> Hold {
        let hold = self.holds.remove(&id).expect("a live hold ends");
        let was_due = self.deadlines.remove(&(hold.expires_at, Due::Hold(id)));
        assert!(was_due, "I7: a live hold has its deadline");
        if hold.session {
            let session = self.sessions.remove(&(hold.principal, hold.buyer));
            assert_eq!(
                session,
                Some(id),
                "I7: a session lock is its buyer's session"
            );
        }
        hold
    }

    pub(super) fn make_booking(&mut self, made: &BookingMade, stamp: Stamp) {
        let buyer = self.intern_buyer(&made.buyer);
        let n = n_units(made.seats.len(), made.places.as_ref());
        let (from, order) = match made.source {
            Source::Direct => {
                self.hold_places(made.show, made.places.as_ref());
                self.show_mut(made.show).count_in(buyer, n);
                (Claim::None, OrderId(0))
            }
            Source::Hold(hold) => {
                self.remove_hold(hold);
                (Claim::Hold(hold), OrderId(0))
            }
            Source::Order(order) => (Claim::Order(order), order),
        };
        self.take(
            made.show,
            &made.seats,
            from,
            Claim::Booking(made.booking),
            stamp.position,
        );
        if let Some(places) = &made.places {
            let area = self.show_mut(made.show).area_mut(places.area);
            area.held = area
                .held
                .checked_sub(places.quantity)
                .expect("I3: held before booked");
            area.booked = area
                .booked
                .checked_add(places.quantity)
                .expect("I3: within capacity");
        }
        assert_eq!(
            made.booking.0,
            self.bookings.next_number(),
            "bookings are numbered in order"
        );
        let older = self.buyer(buyer).last_booking;
        self.bookings.push(Booking {
            show: made.show,
            buyer,
            principal: made.principal,
            order,
            seats: views(&made.seats),
            places: made.places.map(Box::new),
            amount: made.amount,
            booked_at: stamp.at,
            last: stamp.position,
            older,
        });
        self.buyer_mut(buyer).last_booking = made.booking;
    }

    pub(super) fn cancel_booking(&mut self, cancelled: &BookingCancelled, stamp: Stamp) {
        let claim = Claim::Booking(cancelled.booking);
        self.take(
            cancelled.show,
            &cancelled.seats,
            claim,
            Claim::None,
            stamp.position,
        );
        if let Some(places) = &cancelled.places {
            let area = self.show_mut(cancelled.show).area_mut(places.area);
            area.booked = area
                .booked
                .checked_sub(places.quantity)
                .expect("I3: booked before");
        }
        let booking = self.booking_mut(cancelled.booking);
        booking
            .seats
            .retain(|kept| cancelled.seats.iter().all(|gone| gone.seat != kept.seat));
        if cancelled.places.is_some() {
            booking.places = None;
        }
        booking.last = stamp.position;
        let buyer = booking.buyer;
        let n = n_units(cancelled.seats.len(), cancelled.places.as_ref());
        let show = self.show_mut(cancelled.show);
        show.count_out(buyer, n);
        show.last = stamp.position;
    }

    /// Hands seats from one claim to another.
    pub(super) fn take(
        &mut self,
        show: ShowIdx,
        seats: &[SeatRef],
        from: Claim,
        to: Claim,
        position: Position,
    ) {
        let show = self.show_mut(show);
        show.last = position;
        for seat in seats {
            let found = show.slot(seat.seat).claim();
            assert_eq!(found, from, "I1: a seat changes hands from its one claim");
            show.set_claim(seat.seat, to, position);
        }
    }

    pub(super) fn hold_places(&mut self, show: ShowIdx, places: Option<&Places>) {
        let Some(places) = places else { return };
        let show = self.show_mut(show);
        let capacity = show
            .layout
            .areas
            .get(places.area.at())
            .map_or(0, |area| area.capacity);
        let area = show.area_mut(places.area);
        area.held = area
            .held
            .checked_add(places.quantity)
            .expect("I3: within capacity");
        assert!(
            area.claimed() <= capacity,
            "I3: claims stay within the capacity"
        );
    }

    pub(super) fn free_held_places(&mut self, show: ShowIdx, places: &Places) {
        let area = self.show_mut(show).area_mut(places.area);
        area.held = area
            .held
            .checked_sub(places.quantity)
            .expect("I3: held before");
    }

    pub(super) fn buyer_mut(&mut self, buyer: BuyerIdx) -> &mut crate::state::records::Buyer {
        self.buyers
            .get_mut(buyer.at())
            .expect("buyer indexes come from this state")
    }

    fn booking_mut(&mut self, booking: BookingId) -> &mut Booking {
        self.bookings
            .at_mut(booking.0)
            .expect("a known booking changes")
    }
}

/// The seats of a record as an event names them.
pub(crate) fn seat_refs(state: &State, show: ShowIdx, seats: &[SeatView]) -> Vec<SeatRef> {
    let show = state.show(show);
    let seat_ref = |seat: &SeatView| seat_ref(show.slot(seat.seat).last, seat);
    seats.iter().map(seat_ref).collect()
}

fn seat_ref(previous: Position, seat: &SeatView) -> SeatRef {
    let SeatView {
        seat,
        tariff,
        price,
    } = *seat;
    let seat: SeatIdx = seat;
    SeatRef {
        seat,
        tariff,
        price,
        previous,
    }
}
