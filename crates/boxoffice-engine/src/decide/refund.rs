//! Decides refunds: seats and stock come back, the money goes to the buyer's account.

use crate::command::Refund;
use crate::event::{CancelCause, Event, Movement, OrderItem, OrderRefunded};
use crate::ids::{BookingId, OrderId};
use crate::money::Amount;
use crate::reply::{Missing, OrderStatus, PaymentView, Places, Reply, Rule, SeatView};
use crate::state::records::{Booking, Order};

use super::{Context, Outcome, Stop};

/// What a refund gives back.
struct Back {
    items: Vec<OrderItem>,
    seats: Vec<SeatView>,
    places: Option<Places>,
    amount: Amount,
}

impl<'a> Context<'a> {
    pub(super) fn refund(&self, refund: &Refund) -> Outcome {
        let order = self.find_order(refund.order)?;
        if order.status != OrderStatus::Paid {
            return Err(self.refuse_at(Rule::NotRefundable(order.status), order.last));
        }
        let booking = self.state.bookings.at(order.booking.0);
        let whole = refund.items.is_empty() && refund.seats.is_empty();
        let back = if whole {
            self.everything(order, booking)
        } else {
            self.asked_for(refund, order, booking)?
        };
        let balance = self.state.buyer(order.buyer).account.as_deref();
        let balance = balance.map_or(Amount::ZERO, |account| account.balance);
        let balance = balance
            .plus(back.amount)
            .ok_or_else(|| self.refuse(Rule::AmountRange))?;
        // Nothing below may fail.
        self.refunded(refund.order, order, booking, back, balance)
    }

    /// All that the order still has.
    fn everything(&self, order: &Order, booking: Option<&Booking>) -> Back {
        let left = order.items.iter().map(|item| OrderItem {
            product: item.product,
            quantity: item.quantity.saturating_sub(item.refunded),
            unit_price: item.unit_price,
        });
        Back {
            items: left.filter(|item| item.quantity > 0).collect(),
            seats: booking.map_or_else(Vec::new, |b| b.seats.clone()),
            places: booking.and_then(Booking::places),
            amount: order
                .total
                .minus(order.refunded)
                .expect("I5: within the total"),
        }
    }

    fn asked_for(
        &self,
        refund: &Refund,
        order: &Order,
        booking: Option<&Booking>,
    ) -> Result<Back, Stop> {
        let range = || self.refuse(Rule::AmountRange);
        let mut amount = Amount::ZERO;
        let mut items = Vec::with_capacity(refund.items.len());
        for (name, quantity) in &refund.items {
            let item = order
                .items
                .iter()
                .find(|i| self.state.product(i.product).id == *name);
            let item = item.ok_or_else(|| self.missing(Missing::Product(name.clone())))?;
            if item.quantity.saturating_sub(item.refunded) < *quantity {
                return Err(self.refuse_at(Rule::RefundTooMuch, order.last));
            }
            let subtotal = item.unit_price.times(*quantity).ok_or_else(range)?;
            amount = amount.plus(subtotal).ok_or_else(range)?;
            items.push(OrderItem {
                product: item.product,
                quantity: *quantity,
                unit_price: item.unit_price,
            });
        }
        let mut seats = Vec::with_capacity(refund.seats.len());
        for name in &refund.seats {
            let found = booking.and_then(|booking| {
                let layout = &self.state.show(booking.show).layout;
                booking
                    .seats
                    .iter()
                    .find(|s| layout.seat_name(s.seat) == name.as_str())
            });
            let seat = found.ok_or_else(|| self.missing(Missing::Seat(name.clone())))?;
            amount = amount.plus(seat.price).ok_or_else(range)?;
            seats.push(*seat);
        }
        Ok(Back {
            items,
            seats,
            places: None,
            amount,
        })
    }

    fn refunded(
        &self,
        id: OrderId,
        order: &Order,
        booking: Option<&Booking>,
        back: Back,
        balance: Amount,
    ) -> Outcome {
        let items_left = order.items.iter().any(|item| {
            let now = back.items.iter().find(|b| b.product == item.product);
            let gone = item.refunded.saturating_add(now.map_or(0, |b| b.quantity));
            gone < item.quantity
        });
        let seats_left = booking.is_some_and(|booking| {
            booking.seats.len() > back.seats.len()
                || (booking.places.is_some() && back.places.is_none())
        });
        let whole = !items_left && !seats_left;
        let mut events = vec![Event::OrderRefunded(OrderRefunded {
            order: id,
            items: back.items,
            amount: back.amount,
            whole,
            previous: order.last,
        })];
        if let Some(booking) = booking
            && (!back.seats.is_empty() || back.places.is_some())
        {
            let cause = CancelCause::Refunded;
            let event = self.cancel_event(order.booking, booking, &back.seats, back.places, cause);
            events.push(event);
        }
        if back.amount > Amount::ZERO {
            let movement = Movement::Refund(id);
            events.push(self.account_event(order, order.buyer, movement, back.amount, balance));
        }
        let view = PaymentView {
            order: id,
            buyer: self.state.buyer_name(order.buyer),
            status: if whole {
                OrderStatus::Refunded
            } else {
                OrderStatus::Paid
            },
            amount: back.amount,
            currency: order.currency,
            balance: self.shown_balance(order, balance),
            booking: Some(order.booking).filter(|booking| *booking != BookingId(0)),
            reference: None,
            at: self.now.at,
        };
        self.effect(Reply::Refunded(view), events)
    }
}
