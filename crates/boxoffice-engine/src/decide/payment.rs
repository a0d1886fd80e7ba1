//! Decides payments: from the account, and from outside, where the money is already taken.
//!
//! Outcomes by the order's status:
//!
//! | status | from the account | from outside |
//! | --- | --- | --- |
//! | waits | paid | paid when the amount is the total, otherwise credited |
//! | expired | paid if all is still free, otherwise refused and no money moves | credited |
//! | cancelled, paid, refunded | refused | credited |

use crate::apply::claims::{n_units, seat_refs};
use crate::command::{PayFrom, PayOrder};
use crate::event::{
    AccountChanged, BookingMade, Event, Method, Movement, OrderPaid, OutsideRecorded, Source,
};
use crate::ids::{BookingId, BuyerIdx, Name, OrderId, Position};
use crate::limits::{BOOKINGS_MAX, REFERENCES_MAX};
use crate::money::Amount;
use crate::reply::{Missing, OrderStatus, PaymentView, Reply, Rule};
use crate::state::records::{Account, Order, Outside};

use super::{Context, Outcome, Stop};

impl<'a> Context<'a> {
    pub(super) fn pay_order(&self, pay: &PayOrder) -> Outcome {
        let order = self.find_order(pay.order)?;
        if let Some(buyer) = &pay.buyer
            && self.state.buyer_idx(buyer) != Some(order.buyer)
        {
            return Err(self.refuse_at(Rule::NotFound(Missing::Buyer), order.last));
        }
        match &pay.from {
            PayFrom::Account => self.pay_from_account(pay.order, order),
            PayFrom::Outside { reference, amount } => {
                self.pay_from_outside(pay.order, order, reference, *amount)
            }
        }
    }

    fn pay_from_account(&self, id: OrderId, order: &'a Order) -> Outcome {
        let reacquired = match order.status {
            OrderStatus::PendingPayment => false,
            OrderStatus::Expired => {
                self.check_still_free(order)?;
                true
            }
            status @ (OrderStatus::Paid | OrderStatus::Cancelled | OrderStatus::Refunded) => {
                return Err(self.refuse_at(Rule::OrderNotPending(status), order.last));
            }
        };
        // Someone else's account is none: its money does not pay this seller's orders.
        let account = self.visible_account(order);
        let balance = account.map_or(Amount::ZERO, |a| a.balance);
        if balance < order.total {
            return Err(self.refuse(Rule::InsufficientBalance(balance)));
        }
        self.check_room_for_booking(order)?;
        // Nothing below may fail.
        let mut events = Vec::with_capacity(3);
        let rest = balance.minus(order.total).expect("checked above");
        if order.total > Amount::ZERO {
            let out = Amount::ZERO
                .minus(order.total)
                .expect("totals are in range");
            let movement = Movement::Payment(id);
            events.push(self.account_event(order, order.buyer, movement, out, rest));
        }
        let booking = self.paid_events(id, order, Method::Account, reacquired, &mut events);
        let mut view = self.payment_view(id, order, order.total);
        view.status = OrderStatus::Paid;
        view.booking = booking;
        view.balance = Some(rest);
        self.effect(Reply::Paid(view), events)
    }

    /// Whether everything that an expired order had can be had again.
    fn check_still_free(&self, order: &Order) -> Result<(), Stop> {
        let gone = |stop| match stop {
            Stop::Refuse(refusal, position) if refusal.rule == Rule::Busy => {
                Stop::Refuse(refusal, position)
            }
            Stop::Refuse(..) => self.refuse(Rule::OrderExpired),
            expire @ Stop::Expire(_) => expire,
        };
        for item in &order.items {
            self.check_stock(item.product, item.quantity)
                .map_err(gone)?;
        }
        let Some(claims) = &order.claims else {
            return Ok(());
        };
        let show = self.state.show(claims.show);
        let seats: Vec<_> = claims.seats.iter().map(|s| (s.seat, s.tariff)).collect();
        self.check_free(claims.show, show, &seats, None)
            .map_err(gone)?;
        if let Some(places) = &claims.places {
            self.check_capacity(claims.show, show, places.area, places.quantity)
                .map_err(gone)?;
        }
        let n = n_units(claims.seats.len(), claims.places.as_ref());
        let buyer = self.state.buyer_name(order.buyer);
        self.check_buyer_limit(claims.show, show, &buyer, n, 0)
            .map_err(gone)
    }

    fn check_room_for_booking(&self, order: &Order) -> Result<(), Stop> {
        if order.claims.is_some() && self.state.bookings.len() >= BOOKINGS_MAX as u64 {
            return Err(self.refuse(Rule::HouseFull));
        }
        Ok(())
    }

    fn pay_from_outside(
        &self,
        id: OrderId,
        order: &'a Order,
        reference: &Name,
        amount: Option<Amount>,
    ) -> Outcome {
        let amount = amount.unwrap_or(order.total);
        if let Some(known) = self.state.outside.get(reference) {
            return self.repeat_outside(id, order, reference, amount, known);
        }
        if self.state.outside.len() >= REFERENCES_MAX {
            return Err(self.refuse(Rule::HouseFull));
        }
        // The money is already taken: what cannot be booked is credited rather than refused.
        let pays = order.status == OrderStatus::PendingPayment
            && amount == order.total
            && self.check_room_for_booking(order).is_ok();
        let balance = self.state.buyer(order.buyer).account.as_deref();
        let balance = balance.map_or(Amount::ZERO, |account| account.balance);
        let credited = if pays {
            Some(balance)
        } else {
            balance.plus(amount)
        };
        let credited = credited.ok_or_else(|| self.refuse(Rule::AmountRange))?;
        // Nothing below may fail.
        let mut events = vec![Event::OutsideRecorded(OutsideRecorded {
            reference: reference.clone(),
            order: id,
            amount,
            credited: !pays,
        })];
        let mut view = self.payment_view(id, order, amount);
        view.reference = Some(reference.clone());
        if pays {
            let method = Method::Outside(reference.clone());
            view.booking = self.paid_events(id, order, method, false, &mut events);
            view.status = OrderStatus::Paid;
            return self.effect(Reply::Paid(view), events);
        }
        if amount > Amount::ZERO {
            let movement = Movement::Credit(id);
            events.push(self.account_event(order, order.buyer, movement, amount, credited));
        }
        view.balance = self.shown_balance(order, credited);
        self.effect(Reply::Credited(view), events)
    }

    /// A known reference answers as the first time; for another order or amount it is refused.
    fn repeat_outside(
        &self,
        id: OrderId,
        order: &Order,
        reference: &Name,
        amount: Amount,
        known: &Outside,
    ) -> Outcome {
        if known.order != id || known.amount != amount {
            let rests_on = known.last.max(order.last);
            return Err(self.refuse_at(Rule::ReferenceUsed, rests_on));
        }
        let mut view = self.payment_view(id, order, amount);
        view.reference = Some(reference.clone());
        view.at = known.at;
        let mut rests_on = known.last.max(order.last);
        if known.credited {
            let account = self.state.buyer(order.buyer).account.as_deref();
            let balance = account.map_or(Amount::ZERO, |account| account.balance);
            view.balance = self.shown_balance(order, balance);
            rests_on = rests_on.max(account.map_or(Position(0), |account| account.last));
            return self.read(Reply::Credited(view), rests_on);
        }
        self.read(Reply::Paid(view), rests_on)
    }

    /// The account of an order's buyer, unless it is not the caller's to see.
    fn visible_account(&self, order: &Order) -> Option<&'a Account> {
        let account = self.state.buyer(order.buyer).account.as_deref();
        account.filter(|account| self.may_see(account.principal))
    }

    /// The balance after a movement, unless the account is not the caller's to see.
    pub(super) fn shown_balance(&self, order: &Order, balance: Amount) -> Option<Amount> {
        let account = self.state.buyer(order.buyer).account.as_deref();
        let hidden = account.is_some_and(|account| !self.may_see(account.principal));
        Some(balance).filter(|_| !hidden)
    }

    fn payment_view(&self, id: OrderId, order: &Order, amount: Amount) -> PaymentView {
        PaymentView {
            order: id,
            buyer: self.state.buyer_name(order.buyer),
            status: order.status,
            amount,
            currency: order.currency,
            balance: None,
            booking: Some(order.booking).filter(|booking| *booking != BookingId(0)),
            reference: None,
            at: self.now.at,
        }
    }

    /// The events of a paid order: the payment, and the booking of its seats.
    fn paid_events(
        &self,
        id: OrderId,
        order: &Order,
        method: Method,
        reacquired: bool,
        events: &mut Vec<Event>,
    ) -> Option<BookingId> {
        let booking = order
            .claims
            .as_ref()
            .map(|_| BookingId(self.state.bookings.next_number()));
        events.push(Event::OrderPaid(OrderPaid {
            order: id,
            amount: order.total,
            method,
            booking,
            reacquired,
            previous: order.last,
        }));
        if let (Some(booking), Some(claims)) = (booking, &order.claims) {
            let of_seats = claims
                .seats
                .iter()
                .try_fold(Amount::ZERO, |sum, s| sum.plus(s.price));
            let of_places = claims
                .places
                .map_or(Some(Amount::ZERO), |p| p.price.times(p.quantity));
            let amount = of_seats
                .zip(of_places)
                .and_then(|(seats, places)| seats.plus(places));
            events.push(Event::BookingMade(BookingMade {
                booking,
                show: claims.show,
                buyer: self.state.buyer_name(order.buyer),
                principal: order.principal,
                source: Source::Order(id),
                seats: seat_refs(self.state, claims.show, &claims.seats),
                places: claims.places,
                amount: amount.expect("part of the order's total, which is in range"),
            }));
        }
        booking
    }

    /// A movement of the account of an order's buyer.
    pub(super) fn account_event(
        &self,
        order: &Order,
        buyer: BuyerIdx,
        movement: Movement,
        amount: Amount,
        balance: Amount,
    ) -> Event {
        let account: Option<&Account> = self.state.buyer(buyer).account.as_deref();
        Event::AccountChanged(AccountChanged {
            buyer: self.state.buyer_name(buyer),
            principal: account.map_or(order.principal, |a| a.principal),
            movement,
            amount,
            balance,
            currency: order.currency,
            previous: account.map_or(Position(0), |a| a.last),
        })
    }
}
