//! Decides orders: placing, reading, listing, cancelling.

use crate::apply::claims::seat_refs;
use crate::command::{HoldRef, List, OrderClaim, PlaceOrder};
use crate::event::{CloseCause, Event, OrderItem, OrderPlaced, SeatRef};
use crate::ids::{BookingId, HoldId, Name, OrderId, Position, Principal, ProductIdx, ShowIdx};
use crate::limits::{CHAIN_STEPS_MAX, LIST_ROWS_MAX, ORDERS_LIVE_MAX, ORDERS_MAX};
use crate::money::{Amount, Currency};
use crate::reply::{
    ClaimView, ItemView, Missing, OrderStatus, OrderView, Places, Reply, Rule, SeatView, Shape,
};
use crate::state::records::{Due, Hold, Order};

use super::claim::Claimant;
use super::expiry::close_event;
use super::{Context, Outcome, Stop};

/// What an order will claim besides products.
struct Claimed {
    show: Option<ShowIdx>,
    seats: Vec<SeatRef>,
    places: Option<Places>,
    hold: Option<HoldId>,
    /// Who placed the hold, where there is one: the order stays theirs.
    principal: Option<Principal>,
    amount: Amount,
}

impl<'a> Context<'a> {
    pub(super) fn place_order(&self, place: &PlaceOrder) -> Outcome {
        if place.account_required {
            self.check_account(&place.buyer)?;
        }
        let items = self.find_items(&place.items)?;
        let show = self.show_of_claim(place)?;
        let currency = self.check_one_currency(place, &items, show)?;
        let claimed = self.claim_for_order(place)?;
        for item in &items {
            self.check_stock(item.product, item.quantity)?;
        }
        let total = items.iter().try_fold(claimed.amount, |sum, item| {
            item.unit_price
                .times(item.quantity)
                .and_then(|subtotal| sum.plus(subtotal))
        });
        let total = total.ok_or_else(|| self.refuse(Rule::AmountRange))?;
        if self.state.orders.len() >= ORDERS_MAX as u64
            || self.state.n_orders_live >= ORDERS_LIVE_MAX
            || self.is_full_of_buyers(&place.buyer)
        {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let order = OrderId(self.state.orders.next_number());
        let ttl_ms = place.ttl_ms.unwrap_or_else(|| match claimed.show {
            Some(show) => self.state.show(show).layout.order_ttl_ms,
            None => self.rules.order_ttl_ms,
        });
        let placed = OrderPlaced {
            order,
            buyer: place.buyer.clone(),
            principal: claimed.principal.unwrap_or(self.command.caller.principal),
            items,
            show: claimed.show,
            seats: claimed.seats,
            places: claimed.places,
            hold: claimed.hold,
            total,
            currency,
            pay_by: self.now.at.after_ms(ttl_ms),
        };
        let view = self.placed_view(&placed);
        self.effect(Reply::OrderPlaced(view), vec![Event::OrderPlaced(placed)])
    }

    fn check_account(&self, buyer: &Name) -> Result<(), Stop> {
        let idx = self.state.buyer_idx(buyer);
        let account = idx.and_then(|idx| self.state.buyer(idx).account.as_ref());
        match account {
            Some(account) if self.may_see(account.principal) => Ok(()),
            _ => Err(self.missing(Missing::Account)),
        }
    }

    fn find_items(&self, wanted: &[(Name, u32)]) -> Result<Vec<OrderItem>, Stop> {
        let mut items = Vec::with_capacity(wanted.len());
        for (name, quantity) in wanted {
            let idx = self
                .state
                .product_names
                .find(name.as_bytes())
                .map(ProductIdx);
            let product = idx.ok_or_else(|| self.missing(Missing::Product(name.clone())))?;
            let unit_price = self.state.product(product).price;
            items.push(OrderItem {
                product,
                quantity: *quantity,
                unit_price,
            });
        }
        Ok(items)
    }

    /// The show of what the order claims besides products; it and the hold exist.
    fn show_of_claim(&self, place: &PlaceOrder) -> Result<Option<ShowIdx>, Stop> {
        match &place.claim {
            OrderClaim::None => Ok(None),
            OrderClaim::Hold(hold) => self
                .find_hold_of(hold, &place.buyer)
                .map(|(_, record)| Some(record.show)),
            OrderClaim::Direct { show, .. } => self.find_show(show).map(|(idx, _)| Some(idx)),
        }
    }

    /// A hold that is the buyer's own.
    fn find_hold_of(&self, hold: &HoldRef, buyer: &Name) -> Result<(HoldId, &'a Hold), Stop> {
        let (id, record) = self.find_hold(hold)?;
        if self.state.buyer_idx(buyer) == Some(record.buyer) {
            Ok((id, record))
        } else {
            Err(self.missing(Missing::Hold))
        }
    }

    fn claim_for_order(&self, place: &PlaceOrder) -> Result<Claimed, Stop> {
        match &place.claim {
            OrderClaim::None => Ok(Claimed {
                show: None,
                seats: Vec::new(),
                places: None,
                hold: None,
                principal: None,
                amount: Amount::ZERO,
            }),
            OrderClaim::Hold(hold) => {
                let (id, record) = self.find_hold_of(hold, &place.buyer)?;
                Ok(Claimed {
                    show: Some(record.show),
                    seats: seat_refs(self.state, record.show, &record.seats),
                    places: record.places,
                    hold: Some(id),
                    principal: Some(record.principal),
                    amount: record.amount,
                })
            }
            OrderClaim::Direct { show, want } => {
                let claimant = Claimant {
                    buyer: &place.buyer,
                    own_holds_give_way: false,
                };
                let picked = self.pick(show, want, &claimant)?;
                Ok(Claimed {
                    show: Some(picked.show),
                    seats: picked.seats,
                    places: picked.places,
                    hold: None,
                    principal: None,
                    amount: picked.amount,
                })
            }
        }
    }

    /// The one currency of everything in the order and of the buyer's other money.
    fn check_one_currency(
        &self,
        place: &PlaceOrder,
        items: &[OrderItem],
        show: Option<ShowIdx>,
    ) -> Result<Currency, Stop> {
        let of_buyer = self.state.buyer_idx(&place.buyer);
        let of_buyer = of_buyer.and_then(|idx| self.state.buyer(idx).currency);
        let of_show = show.map(|show| self.state.show_currency(show));
        let mut all = items
            .iter()
            .map(|item| self.state.product(item.product).currency)
            .chain(of_show);
        let Some(first) = all.next() else {
            return Err(self.shape(Shape::Empty));
        };
        let one = all.all(|other| other == first) && of_buyer.is_none_or(|other| other == first);
        if one {
            Ok(first)
        } else {
            Err(self.refuse(Rule::Shape(Shape::Currency)))
        }
    }

    pub(super) fn check_stock(&self, product: ProductIdx, quantity: u32) -> Result<(), Stop> {
        let record = self.state.product(product);
        if u64::from(quantity) <= record.stock() {
            return Ok(());
        }
        let sold_out = || self.refuse_at(Rule::SoldOut(record.stock()), record.last);
        Err(self.scan_due_orders(product).unwrap_or_else(sold_out))
    }

    /// Overdue orders of a product, if any; see [`Self::scan_due`].
    pub(super) fn scan_due_orders(&self, product: ProductIdx) -> Option<Stop> {
        self.scan_due(|due| match due {
            Due::Hold(_) => false,
            Due::Order(id) => self
                .state
                .order(id)
                .items
                .iter()
                .any(|item| item.product == product),
        })
    }

    fn placed_view(&self, placed: &OrderPlaced) -> OrderView {
        let items = placed.items.iter().map(|item| {
            let product = self.state.product(item.product);
            ItemView {
                product: item.product,
                id: product.id.clone(),
                title: product.title.clone(),
                quantity: item.quantity,
                refunded: 0,
                unit_price: item.unit_price,
            }
        });
        let seat_view = |s: &SeatRef| SeatView {
            seat: s.seat,
            tariff: s.tariff,
            price: s.price,
        };
        OrderView {
            order: placed.order,
            buyer: placed.buyer.clone(),
            status: OrderStatus::PendingPayment,
            items: items.collect(),
            claim: placed.show.map(|show| ClaimView {
                show,
                seats: placed.seats.iter().map(seat_view).collect(),
                places: placed.places,
            }),
            total: placed.total,
            refunded: Amount::ZERO,
            currency: placed.currency,
            placed_at: self.now.at,
            pay_by: placed.pay_by,
            paid_at: None,
            booking: None::<BookingId>,
            last: self.now.position,
        }
    }

    /// The order, if it exists for the caller. One that waits for payment past its deadline is
    /// expired first.
    pub(super) fn find_order(&self, id: OrderId) -> Result<&'a Order, Stop> {
        let found = self
            .state
            .orders
            .at(id.0)
            .filter(|order| self.may_see(order.principal));
        let order = found.ok_or_else(|| self.missing(Missing::Order))?;
        if order.status == OrderStatus::PendingPayment && order.pay_by <= self.now.at {
            return Err(Stop::Expire(vec![Due::Order(id)]));
        }
        Ok(order)
    }

    pub(super) fn read_order(&self, id: OrderId) -> Outcome {
        let order = self.find_order(id)?;
        let rests_on = self.view_rests_on(order);
        self.read(Reply::Order(self.state.order_view(id, order)), rests_on)
    }

    /// What the view of an order rests on: the order, and its products for their titles.
    fn view_rests_on(&self, order: &Order) -> Position {
        let products = order
            .items
            .iter()
            .map(|item| self.state.product(item.product).last);
        products.fold(order.last, Position::max)
    }

    pub(super) fn cancel_order(&self, id: OrderId) -> Outcome {
        let order = self.find_order(id)?;
        match order.status {
            OrderStatus::PendingPayment => {}
            OrderStatus::Paid => {
                return Err(self.refuse_at(Rule::OrderPaid(id), order.last));
            }
            // Cancelling what is over succeeds: a repeat must not look like a failure.
            OrderStatus::Cancelled | OrderStatus::Expired | OrderStatus::Refunded => {
                let view = self.state.order_view(id, order);
                return self.read(Reply::OrderCancelled(view), self.view_rests_on(order));
            }
        }
        // Nothing below may fail.
        let mut view = self.state.order_view(id, order);
        view.status = OrderStatus::Cancelled;
        view.last = self.now.position;
        let event = close_event(self.state, id, CloseCause::Cancelled);
        self.effect(Reply::OrderCancelled(view), vec![Event::OrderClosed(event)])
    }

    pub(super) fn buyer_orders(&self, list: &List) -> Outcome {
        let mut rows = Vec::new();
        let Some(buyer) = self.state.buyer_idx(&list.buyer) else {
            return self.read(Reply::Orders(rows), self.state.position);
        };
        let rows_max = list.rows_max.min(LIST_ROWS_MAX);
        let cursor = self
            .state
            .orders
            .at(list.before)
            .filter(|order| order.buyer == buyer);
        let newest = self.state.buyer(buyer).last_order;
        let mut next = cursor.map_or(newest, |order| order.older);
        let mut due = Vec::new();
        for _ in 0..CHAIN_STEPS_MAX {
            let Some(order) = self.state.orders.at(next.0) else {
                break;
            };
            let wanted = list.before == 0 || next.0 < list.before;
            if wanted && self.may_see(order.principal) {
                if rows.len() >= rows_max {
                    break;
                }
                if order.status == OrderStatus::PendingPayment && order.pay_by <= self.now.at {
                    due.push(Due::Order(next));
                }
                rows.push(self.state.order_view(next, order));
            }
            next = order.older;
        }
        if !due.is_empty() {
            return Err(Stop::Expire(due));
        }
        self.read(Reply::Orders(rows), self.state.position)
    }
}
