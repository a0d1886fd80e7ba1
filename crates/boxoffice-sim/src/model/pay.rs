//! Decides payments and refunds.

use super::house::{Asker, House, Order, refused, units};
use super::step::{Decided, Then, Verdict};
use super::words::{
    Answer, Cause, Claim, Fact, Movement, PaymentSeen, Refused, Rule, Source, Status, Us,
};

impl House {
    /// The balance after a movement, unless the account is not the asker's to see.
    fn balance_after(&self, buyer: u32, amount: i64, asker: Asker) -> Option<i64> {
        let hidden = self
            .accounts
            .get(&buyer)
            .is_some_and(|a| !asker.may_see(a.principal));
        (!hidden).then_some(self.balance(buyer) + amount)
    }

    fn payment_seen(&self, id: u64, amount: i64, at: Us) -> PaymentSeen {
        let order = &self.orders[&id];
        PaymentSeen {
            order: id,
            buyer: order.buyer,
            status: Self::status(order, at),
            amount,
            balance: None,
            booking: order.booking,
            reference: None,
            at,
        }
    }

    pub(super) fn pay_from_account(&self, id: u64, asker: Asker, at: Us) -> Verdict {
        let order = self.visible(id, asker)?;
        let mut broken = Vec::new();
        let again = match Self::status(order, at) {
            Status::Pending => false,
            Status::Expired => {
                if !self.is_still_free(order, at) {
                    broken.push(refused(Rule::OrderExpired));
                }
                true
            }
            status @ (Status::Paid | Status::Cancelled | Status::Refunded) => {
                return Err(vec![refused(Rule::OrderNotPending(status))]);
            }
        };
        let balance = self.seen_balance(order.buyer, asker).unwrap_or(0);
        if balance < order.total {
            broken.push(refused(Rule::InsufficientBalance(balance)));
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let mut facts = Vec::new();
        if order.total > 0 {
            let movement = Movement::Payment(id);
            facts.push(self.account_fact(order.buyer, order.principal, movement, -order.total));
        }
        let (facts, booking) = self.paid(id, order, None, again, facts);
        let seen = PaymentSeen {
            status: Status::Paid,
            booking,
            balance: Some(balance - order.total),
            ..self.payment_seen(id, order.total, at)
        };
        Ok(Decided {
            facts,
            then: Then::Told(Answer::Paid(seen)),
        })
    }

    /// Whether everything that an expired order had can be had again.
    fn is_still_free(&self, order: &Order, at: Us) -> bool {
        let stocked = |i: &super::words::Item| u64::from(i.quantity) <= self.stock(i.product, at);
        let claim_free = |claim: &Claim| {
            let limit = self.shows[&claim.show]
                .per_buyer_max
                .map_or(u64::MAX, u64::from);
            let has = self.units_of(claim.show, order.buyer, at);
            let fits = |(area, n)| u64::from(n) <= self.places_left(claim.show, area, at);
            self.in_the_way(claim.show, &claim.seats, None, at)
                .is_empty()
                && claim.places.is_none_or(fits)
                && has + units(claim) <= limit
        };
        order.items.iter().all(stocked) && order.claim.as_ref().is_none_or(claim_free)
    }

    fn paid(
        &self,
        id: u64,
        order: &Order,
        outside: Option<u64>,
        again: bool,
        mut facts: Vec<Fact>,
    ) -> (Vec<Fact>, Option<u64>) {
        let of = (order.buyer, order.principal);
        let amount = order.total;
        let Some(claim) = &order.claim else {
            facts.push(Fact::OrderPaid {
                order: id,
                amount,
                outside,
                booking: None,
                again,
            });
            return (facts, None);
        };
        let of_items: i64 = order
            .items
            .iter()
            .map(|i| i.unit_price * i64::from(i.quantity))
            .sum();
        let source = Source::Order(id);
        let (made, booking) = self.booked(
            Vec::new(),
            of,
            source,
            claim.clone(),
            order.total - of_items,
        );
        let booking = Some(booking);
        facts.push(Fact::OrderPaid {
            order: id,
            amount,
            outside,
            booking,
            again,
        });
        facts.extend(made);
        (facts, booking)
    }

    pub(super) fn pay_outside(
        &self,
        id: u64,
        reference: u64,
        amount: Option<i64>,
        asker: Asker,
        at: Us,
    ) -> Verdict {
        let order = self.visible(id, asker)?;
        let amount = amount.unwrap_or(order.total);
        let seen = PaymentSeen {
            reference: Some(reference),
            ..self.payment_seen(id, amount, at)
        };
        if let Some(known) = self.outside.get(&reference) {
            if known.order != id || known.amount != amount {
                return Err(vec![refused(Rule::ReferenceUsed)]);
            }
            let seen = PaymentSeen {
                at: known.at,
                ..seen
            };
            return Decided::told(if known.credited {
                let balance = self.seen_balance(order.buyer, asker);
                Answer::Credited(PaymentSeen { balance, ..seen })
            } else {
                Answer::Paid(seen)
            });
        }
        let pays = Self::is_pending(order, at) && amount == order.total;
        let recorded = Fact::OutsideRecorded {
            reference,
            order: id,
            amount,
            credited: !pays,
        };
        let mut facts = vec![recorded];
        if pays {
            let (facts, booking) = self.paid(id, order, Some(reference), false, facts);
            let seen = PaymentSeen {
                status: Status::Paid,
                booking,
                ..seen
            };
            return Ok(Decided {
                facts,
                then: Then::Told(Answer::Paid(seen)),
            });
        }
        if amount > 0 {
            let movement = Movement::Credit(id);
            facts.push(self.account_fact(order.buyer, order.principal, movement, amount));
        }
        let balance = self.balance_after(order.buyer, amount, asker);
        let seen = PaymentSeen { balance, ..seen };
        Ok(Decided {
            facts,
            then: Then::Told(Answer::Credited(seen)),
        })
    }

    pub(super) fn refund(
        &self,
        id: u64,
        items: &[(u32, u32)],
        seats: &[u32],
        asker: Asker,
        at: Us,
    ) -> Verdict {
        if items.iter().any(|(_, n)| *n == 0) {
            return Err(vec![refused(Rule::Shape)]);
        }
        let order = self.visible(id, asker)?;
        if order.status != Status::Paid {
            return Err(vec![refused(Rule::NotRefundable(Self::status(order, at)))]);
        }
        let booked = order
            .booking
            .and_then(|booking| self.bookings.get(&booking));
        let booked = booked.map(|booking| booking.claim.clone());
        let left: Vec<(u32, u32)> = order
            .items
            .iter()
            .map(|item| (item.product, item.quantity - item.refunded))
            .filter(|(_, n)| *n > 0)
            .collect();
        let all = items.is_empty() && seats.is_empty();
        let (items, claim, amount) = if all {
            (left.clone(), booked.clone(), order.total - order.refunded)
        } else {
            self.part(order, items, seats, booked.as_ref())?
        };
        let items_done = left.iter().all(|item| items.contains(item));
        let claimed = booked.as_ref().map_or(0, units);
        let whole = items_done && claimed == claim.as_ref().map_or(0, units);
        let mut facts = vec![Fact::OrderRefunded {
            order: id,
            items,
            amount,
            whole,
        }];
        if let (Some(claim), Some(booking)) = (claim, order.booking)
            && units(&claim) > 0
        {
            facts.push(Fact::BookingCancelled {
                booking,
                cause: Cause::Refunded,
                claim,
            });
        }
        if amount > 0 {
            let movement = Movement::Refund(id);
            facts.push(self.account_fact(order.buyer, order.principal, movement, amount));
        }
        let seen = PaymentSeen {
            status: if whole {
                Status::Refunded
            } else {
                Status::Paid
            },
            balance: self.balance_after(order.buyer, amount, asker),
            ..self.payment_seen(id, amount, at)
        };
        Ok(Decided {
            facts,
            then: Then::Told(Answer::Refunded(seen)),
        })
    }

    /// The part of a paid order that a refund names, and its worth.
    #[expect(
        clippy::type_complexity,
        reason = "three parts of one thing, used once"
    )]
    fn part(
        &self,
        order: &Order,
        items: &[(u32, u32)],
        seats: &[u32],
        booked: Option<&Claim>,
    ) -> Result<(Vec<(u32, u32)>, Option<Claim>, i64), Vec<Refused>> {
        let mut broken = Vec::new();
        let mut amount = 0;
        for (product, n) in items {
            match order.items.iter().find(|item| item.product == *product) {
                None => broken.push(refused(Rule::NotFound)),
                Some(item) if item.quantity - item.refunded < *n => {
                    broken.push(refused(Rule::RefundTooMuch));
                }
                Some(item) => amount += item.unit_price * i64::from(*n),
            }
        }
        for seat in seats {
            match booked {
                Some(claim) if claim.seats.contains(seat) => {
                    amount += self.shows[&claim.show].seat_price;
                }
                _ => broken.push(refused(Rule::NotFound)),
            }
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let claim = booked.map(|claim| Claim {
            show: claim.show,
            seats: seats.to_vec(),
            places: None,
        });
        Ok((items.to_vec(), claim, amount))
    }
}
