//! Decides products, orders and accounts.

use super::claims::{By, is_misshapen};
use super::house::{Asker, House, Order, refused};
use super::step::{Decided, Then, Verdict};
use super::words::{Answer, Cause, Fact, Item, Movement, OrderTakes, Refused, Rule, Status, Us};

impl House {
    pub(super) fn put_product(&self, product: u32, price: i64, initial: u64) -> Verdict {
        let facts = vec![Fact::ProductPut {
            product,
            price,
            initial,
        }];
        match self.products.get(&product) {
            None => Ok(Decided {
                facts,
                then: Then::ProductPut {
                    product,
                    created: true,
                },
            }),
            Some(known) if known.initial != initial => {
                Err(vec![refused(Rule::ExistsWithDifferentBody)])
            }
            Some(known) if known.price == price => self.read_product(product),
            Some(_) => Ok(Decided {
                facts,
                then: Then::ProductPut {
                    product,
                    created: false,
                },
            }),
        }
    }

    pub(super) fn read_product(&self, product: u32) -> Verdict {
        let seen = self
            .product_seen(product)
            .ok_or_else(|| vec![refused(Rule::NotFound)])?;
        Decided::told(Answer::Product(seen))
    }

    pub(super) fn restock(&self, product: u32, n: u32) -> Verdict {
        if n == 0 {
            return Err(vec![refused(Rule::Shape)]);
        }
        if !self.products.contains_key(&product) {
            return Err(vec![refused(Rule::NotFound)]);
        }
        let facts = vec![Fact::Restocked { product, n }];
        Ok(Decided {
            facts,
            then: Then::ProductPut {
                product,
                created: false,
            },
        })
    }

    pub(super) fn place_order(
        &self,
        items: &[(u32, u32)],
        takes: &OrderTakes,
        ttl_ms: Option<u64>,
        by: &By<'_>,
        asker: Asker,
        at: Us,
    ) -> Verdict {
        let twice = |(done, item): (usize, &(u32, u32))| {
            items[..done].iter().any(|other| other.0 == item.0)
        };
        let misshapen = items.iter().any(|(_, n)| *n == 0)
            || items.iter().enumerate().any(twice)
            || match takes {
                OrderTakes::Nothing => items.is_empty(),
                OrderTakes::Hold(_) => false,
                OrderTakes::Direct { want, .. } => is_misshapen(want),
            };
        if misshapen {
            return Err(vec![refused(Rule::Shape)]);
        }
        let mut broken: Vec<Refused> = Vec::new();
        let priced = self.priced(items, at, &mut broken);
        let mut hold = None;
        let mut claimed = (None, 0);
        // An order of a hold stays with whoever placed the hold.
        let mut principal = asker.principal;
        match takes {
            OrderTakes::Nothing => {}
            OrderTakes::Hold(right) => match self.usable(right, asker, at) {
                Ok(held) if held.buyer == by.buyer => {
                    hold = Some(right.hold);
                    principal = held.principal;
                    claimed = (Some(held.claim.clone()), held.amount);
                }
                Ok(_) => broken.push(refused(Rule::NotFound)),
                Err(why) => broken.push(why),
            },
            OrderTakes::Direct { show, want } => match self.claim(*show, want, by, at) {
                Ok(got) => claimed = (Some(got.claim), got.amount),
                Err(more) => broken.extend(more),
            },
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let (claim, amount) = claimed;
        let of_items: i64 = priced
            .iter()
            .map(|i| i.unit_price * i64::from(i.quantity))
            .sum();
        let ttl_ms = ttl_ms.unwrap_or_else(|| match &claim {
            Some(claim) => self.shows[&claim.show].order_ttl_ms,
            None => self.rules.order_ttl_ms,
        });
        let order = self.orders.last_key_value().map_or(1, |(id, _)| id + 1);
        let fact = Fact::OrderPlaced {
            order,
            buyer: by.buyer,
            principal,
            items: priced,
            claim,
            hold,
            total: amount + of_items,
            pay_by: at + ttl_ms * 1_000,
        };
        Ok(Decided {
            facts: vec![fact],
            then: Then::OrderPlaced(order),
        })
    }

    /// The items at today's prices, with the rules that they break.
    fn priced(&self, items: &[(u32, u32)], at: Us, broken: &mut Vec<Refused>) -> Vec<Item> {
        let mut priced = Vec::new();
        for (product, quantity) in items {
            let Some(known) = self.products.get(product) else {
                broken.push(refused(Rule::NotFound));
                continue;
            };
            let left = self.stock(*product, at);
            if left < u64::from(*quantity) {
                broken.push(refused(Rule::SoldOut(left)));
            }
            let (product, quantity, unit_price) = (*product, *quantity, known.price);
            priced.push(Item {
                product,
                quantity,
                refunded: 0,
                unit_price,
            });
        }
        priced
    }

    /// The order, if the caller may see it.
    pub(super) fn visible(&self, id: u64, asker: Asker) -> Result<&Order, Vec<Refused>> {
        let order = self
            .orders
            .get(&id)
            .filter(|order| asker.may_see(order.principal));
        order.ok_or_else(|| vec![refused(Rule::NotFound)])
    }

    pub(super) fn read_order(&self, id: u64, asker: Asker, at: Us) -> Verdict {
        self.visible(id, asker)?;
        Decided::told(Answer::Order(self.order_seen(id, at).expect("just found")))
    }

    pub(super) fn cancel_order(&self, id: u64, asker: Asker, at: Us) -> Verdict {
        let order = self.visible(id, asker)?;
        match Self::status(order, at) {
            Status::Paid => Err(vec![refused(Rule::OrderPaid(id))]),
            Status::Pending => {
                let claim = order.claim.clone();
                let fact = Fact::OrderClosed {
                    order: id,
                    cause: Cause::Cancelled,
                    claim,
                };
                Ok(Decided {
                    facts: vec![fact],
                    then: Then::OrderCancelled(id),
                })
            }
            Status::Expired | Status::Cancelled | Status::Refunded => {
                let seen = self.order_seen(id, at).expect("just found");
                Decided::told(Answer::OrderCancelled(seen))
            }
        }
    }

    pub(super) fn list_bookings(&self, buyer: u32, asker: Asker) -> Verdict {
        let mine = self.bookings.iter().rev();
        let mine = mine.filter(|(_, b)| b.buyer == buyer && asker.may_see(b.principal));
        let rows = mine.take(100).filter_map(|(id, _)| self.booking_seen(*id));
        Decided::told(Answer::Bookings(rows.collect()))
    }

    pub(super) fn list_orders(&self, buyer: u32, asker: Asker, at: Us) -> Verdict {
        let mine = self.orders.iter().rev();
        let mine = mine.filter(|(_, o)| o.buyer == buyer && asker.may_see(o.principal));
        let rows = mine
            .take(100)
            .filter_map(|(id, _)| self.order_seen(*id, at));
        Decided::told(Answer::Orders(rows.collect()))
    }

    pub(super) fn charge(&self, buyer: u32, amount: i64, asker: Asker) -> Verdict {
        if amount <= 0 {
            return Err(vec![refused(Rule::Shape)]);
        }
        let account = self.accounts.get(&buyer);
        if account.is_some_and(|account| !asker.may_see(account.principal)) {
            return Err(vec![refused(Rule::NotFound)]);
        }
        let fact = self.account_fact(buyer, asker.principal, Movement::Charge, amount);
        Ok(Decided {
            facts: vec![fact],
            then: Then::Charged { buyer, amount },
        })
    }

    /// A movement of an account; `opener` is who opens it if it is new.
    pub(super) fn account_fact(
        &self,
        buyer: u32,
        opener: u32,
        movement: Movement,
        amount: i64,
    ) -> Fact {
        Fact::AccountChanged {
            buyer,
            principal: self
                .accounts
                .get(&buyer)
                .map_or(opener, |account| account.principal),
            movement,
            amount,
            balance: self.balance(buyer) + amount,
        }
    }

    pub(super) fn read_account(&self, buyer: u32, asker: Asker) -> Verdict {
        match self.accounts.get(&buyer) {
            Some(account) if asker.may_see(account.principal) => Decided::told(Answer::Account(
                self.account_seen(buyer, 0).expect("just found"),
            )),
            _ => Err(vec![refused(Rule::NotFound)]),
        }
    }
}
