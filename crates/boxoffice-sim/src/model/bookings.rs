//! Decides bookings: making, reading and cancelling them, and an operator's release of a seat.

use super::claims::By;
use super::house::{Asker, House, Owner, refused, units};
use super::step::{Decided, Then, Verdict};
use super::words::{Answer, Cause, Claim, Fact, Right, Rule, Source, Us, Want};

impl House {
    fn next_booking(&self) -> u64 {
        self.bookings.last_key_value().map_or(1, |(id, _)| id + 1)
    }

    pub(super) fn booked(
        &self,
        mut facts: Vec<Fact>,
        (buyer, principal): (u32, u32),
        source: Source,
        claim: Claim,
        amount: i64,
    ) -> (Vec<Fact>, u64) {
        let booking = self.next_booking();
        facts.push(Fact::BookingMade {
            booking,
            buyer,
            principal,
            source,
            claim,
            amount,
        });
        (facts, booking)
    }

    pub(super) fn book_hold(&self, right: &Right, asker: Asker, at: Us) -> Verdict {
        let hold = self
            .usable(right, asker, at)
            .map_err(|broken| vec![broken])?;
        let of = (hold.buyer, hold.principal);
        let source = Source::Hold(right.hold);
        let (facts, id) = self.booked(Vec::new(), of, source, hold.claim.clone(), hold.amount);
        Ok(Decided {
            facts,
            then: Then::Booked(id),
        })
    }

    pub(super) fn book_direct(
        &self,
        show: u32,
        want: &Want,
        by: &By<'_>,
        asker: Asker,
        at: Us,
    ) -> Verdict {
        let got = self.claim(show, want, by, at)?;
        let mut facts = Vec::new();
        for hold in got.own {
            let claim = self.holds[&hold].claim.clone();
            facts.push(Fact::HoldReleased {
                hold,
                cause: Cause::Buyer,
                claim,
            });
        }
        let of = (by.buyer, asker.principal);
        let (facts, id) = self.booked(facts, of, Source::Direct, got.claim, got.amount);
        Ok(Decided {
            facts,
            then: Then::Booked(id),
        })
    }

    pub(super) fn read_booking(&self, id: u64, asker: Asker) -> Verdict {
        match self.bookings.get(&id) {
            Some(booking) if asker.may_see(booking.principal) => {
                Decided::told(Answer::Booking(self.booking_seen(id).expect("just found")))
            }
            _ => Err(vec![refused(Rule::NotFound)]),
        }
    }

    pub(super) fn cancel_booking(&self, id: u64, seats: &[u32], asker: Asker) -> Verdict {
        if seats
            .iter()
            .enumerate()
            .any(|(done, seat)| seats[..done].contains(seat))
        {
            return Err(vec![refused(Rule::Shape)]);
        }
        let booking = self
            .bookings
            .get(&id)
            .filter(|b| asker.may_see(b.principal));
        let Some(booking) = booking else {
            return Err(vec![refused(Rule::NotFound)]);
        };
        let is_over = units(&booking.claim) == 0;
        let mut broken = Vec::new();
        if seats.iter().any(|seat| !booking.claim.seats.contains(seat)) {
            broken.push(refused(Rule::NotFound));
        }
        if let Some(order) = booking.order
            && !is_over
        {
            broken.push(refused(Rule::OrderPaid(order)));
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        if is_over {
            let seen = self.booking_seen(id).expect("just found");
            return Decided::told(Answer::BookingCancelled(seen));
        }
        let claim = if seats.is_empty() {
            booking.claim.clone()
        } else {
            Claim {
                show: booking.claim.show,
                seats: seats.to_vec(),
                places: None,
            }
        };
        let facts = vec![Fact::BookingCancelled {
            booking: id,
            cause: Cause::Cancelled,
            claim,
        }];
        Ok(Decided {
            facts,
            then: Then::BookingCancelled(id),
        })
    }

    pub(super) fn release_seat(
        &self,
        show: u32,
        seat: u32,
        bookings_only: bool,
        asker: Asker,
        at: Us,
    ) -> Verdict {
        let rules = self.shows.get(&show);
        if !rules.is_some_and(|rules| rules.rows.iter().any(|row| row.contains(&seat))) {
            return Err(vec![refused(Rule::NotFound)]);
        }
        let released = |booking| {
            Then::Told(Answer::SeatReleased {
                show,
                seat,
                booking,
            })
        };
        let owner = self.owner(show, seat, at).map(|(owner, _)| owner);
        let is_booked = matches!(owner, Some(Owner::Booking(_)));
        let visible = self.is_visible(owner, asker);
        if bookings_only && !is_booked || !visible {
            return Err(vec![refused(Rule::NotFound)]);
        }
        let (fact, booking) = match owner {
            None => {
                return Ok(Decided {
                    facts: Vec::new(),
                    then: released(None),
                });
            }
            Some(Owner::Hold(hold)) => {
                let claim = self.holds[&hold].claim.clone();
                (
                    Fact::HoldReleased {
                        hold,
                        cause: Cause::Operator,
                        claim,
                    },
                    None,
                )
            }
            Some(Owner::Order(order)) => {
                let claim = self.orders[&order].claim.clone();
                (
                    Fact::OrderClosed {
                        order,
                        cause: Cause::Operator,
                        claim,
                    },
                    None,
                )
            }
            Some(Owner::Booking(booking)) => {
                if let Some(order) = self.bookings[&booking].order {
                    return Err(vec![refused(Rule::OrderPaid(order))]);
                }
                let claim = Claim {
                    show,
                    seats: vec![seat],
                    places: None,
                };
                let cause = Cause::Operator;
                (
                    Fact::BookingCancelled {
                        booking,
                        cause,
                        claim,
                    },
                    Some(booking),
                )
            }
        };
        Ok(Decided {
            facts: vec![fact],
            then: released(booking),
        })
    }

    fn is_visible(&self, owner: Option<Owner>, asker: Asker) -> bool {
        match owner {
            None => true,
            Some(Owner::Hold(id)) => asker.may_see(self.holds[&id].principal),
            Some(Owner::Order(id)) => asker.may_see(self.orders[&id].principal),
            Some(Owner::Booking(id)) => asker.may_see(self.bookings[&id].principal),
        }
    }
}
