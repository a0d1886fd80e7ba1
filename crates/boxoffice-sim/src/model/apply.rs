//! Makes facts part of the model's house.

use super::house::{Account, Booking, Hold, House, Order, Outside, Product};
use super::words::{Cause, Fact, Item, Status, Us};

impl House {
    /// Takes the end of something overdue.
    pub(super) fn expire(&mut self, fact: &Fact, at: Us) -> Result<(), String> {
        let deadline = match fact {
            Fact::HoldReleased { hold, claim, .. } => {
                let held = self.holds.get(hold).filter(|held| held.claim == *claim);
                held.map(|hold| hold.expires_at)
            }
            Fact::OrderClosed { order, claim, .. } => {
                let found = self.orders.get(order).filter(|found| found.claim == *claim);
                found
                    .filter(|o| o.status == Status::Pending)
                    .map(|order| order.pay_by)
            }
            _ => None,
        };
        match deadline {
            None => Err(format!("nothing like this was there to end: {fact:?}")),
            Some(deadline) if at < deadline => Err(format!(
                "ended at {at}, before its deadline at {deadline}: {fact:?}"
            )),
            Some(_) => {
                self.apply(fact, at);
                Ok(())
            }
        }
    }

    /// Makes a fact, which the model decided itself, part of the house.
    #[expect(clippy::too_many_lines, reason = "one arm for each fact")]
    pub(super) fn apply(&mut self, fact: &Fact, at: Us) {
        match fact {
            Fact::Opened | Fact::Term(_) | Fact::KeysExpired(_) | Fact::KeyStored { .. } => {}
            Fact::ShowPut { show, rules } => {
                self.shows.insert(*show, rules.clone());
            }
            Fact::ProductPut {
                product,
                price,
                initial,
            } => {
                let new = Product {
                    price: *price,
                    initial: *initial,
                    restocked: 0,
                };
                self.products.entry(*product).or_insert(new).price = *price;
            }
            Fact::HoldPlaced {
                hold,
                buyer,
                principal,
                claim,
                amount,
                expires_at,
                session,
            } => {
                let placed = Hold {
                    buyer: *buyer,
                    principal: *principal,
                    claim: claim.clone(),
                    amount: *amount,
                    placed_at: at,
                    expires_at: *expires_at,
                    fence: 1,
                    session: *session,
                };
                self.last_hold = *hold;
                self.holds.insert(*hold, placed);
            }
            Fact::HoldExtended {
                hold,
                fence,
                expires_at,
            } => {
                if let Some(hold) = self.holds.get_mut(hold) {
                    hold.fence = *fence;
                    hold.expires_at = *expires_at;
                }
            }
            Fact::HoldReleased { hold, .. } => {
                self.holds.remove(hold);
            }
            Fact::BookingMade {
                booking,
                buyer,
                principal,
                source,
                claim,
                amount,
            } => {
                let mut order = None;
                match source {
                    super::words::Source::Direct => {}
                    super::words::Source::Hold(hold) => {
                        self.holds.remove(hold);
                    }
                    super::words::Source::Order(of) => order = Some(*of),
                }
                let made = Booking {
                    buyer: *buyer,
                    principal: *principal,
                    claim: claim.clone(),
                    amount: *amount,
                    booked_at: at,
                    order,
                };
                self.bookings.insert(*booking, made);
            }
            Fact::BookingCancelled { booking, claim, .. } => {
                if let Some(booking) = self.bookings.get_mut(booking) {
                    booking
                        .claim
                        .seats
                        .retain(|seat| !claim.seats.contains(seat));
                    if claim.places.is_some() {
                        booking.claim.places = None;
                    }
                }
            }
            Fact::Restocked { product, n } => {
                if let Some(product) = self.products.get_mut(product) {
                    product.restocked += u64::from(*n);
                }
            }
            Fact::OrderPlaced {
                order,
                buyer,
                principal,
                items,
                claim,
                hold,
                total,
                pay_by,
            } => {
                if let Some(hold) = hold {
                    self.holds.remove(hold);
                }
                let placed = Order {
                    buyer: *buyer,
                    principal: *principal,
                    status: Status::Pending,
                    items: items.clone(),
                    claim: claim.clone(),
                    total: *total,
                    refunded: 0,
                    placed_at: at,
                    pay_by: *pay_by,
                    paid_at: None,
                    booking: None,
                };
                self.orders.insert(*order, placed);
            }
            Fact::OrderPaid { order, booking, .. } => {
                if let Some(order) = self.orders.get_mut(order) {
                    order.status = Status::Paid;
                    order.paid_at = Some(at);
                    order.booking = *booking;
                }
            }
            Fact::OrderClosed { order, cause, .. } => {
                if let Some(order) = self.orders.get_mut(order) {
                    let expired = *cause == Cause::Expired;
                    order.status = if expired {
                        Status::Expired
                    } else {
                        Status::Cancelled
                    };
                }
            }
            Fact::OrderRefunded {
                order,
                items,
                amount,
                whole,
            } => {
                if let Some(order) = self.orders.get_mut(order) {
                    order.refunded += amount;
                    give_back(&mut order.items, items);
                    if *whole {
                        order.status = Status::Refunded;
                    }
                }
            }
            Fact::OutsideRecorded {
                reference,
                order,
                amount,
                credited,
            } => {
                let (order, amount, credited) = (*order, *amount, *credited);
                self.outside.insert(
                    *reference,
                    Outside {
                        order,
                        amount,
                        credited,
                        at,
                    },
                );
            }
            Fact::AccountChanged {
                buyer,
                principal,
                balance,
                ..
            } => {
                let new = Account {
                    principal: *principal,
                    balance: 0,
                    version: 0,
                    at,
                };
                let account = self.accounts.entry(*buyer).or_insert(new);
                account.balance = *balance;
                account.version += 1;
                account.at = at;
            }
        }
    }
}

fn give_back(items: &mut [Item], gone: &[(u32, u32)]) {
    for (product, n) in gone {
        for item in items.iter_mut().filter(|item| item.product == *product) {
            item.refunded += n;
        }
    }
}
