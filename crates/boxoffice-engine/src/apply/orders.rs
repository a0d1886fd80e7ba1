//! Applies what happens to orders.

use crate::event::{CloseCause, Method};
use crate::event::{OrderClosed, OrderItem, OrderPaid, OrderPlaced, OrderRefunded};
use crate::ids::{BookingId, OrderId, ProductIdx};
use crate::reply::OrderStatus;
use crate::state::State;
use crate::state::records::{Due, Item, Order, OrderClaims, Product};
use crate::state::show::Claim;

use super::Stamp;
use super::claims::{n_units, views};

impl State {
    pub(super) fn place_order(&mut self, placed: &OrderPlaced, stamp: Stamp) {
        let buyer = self.intern_buyer(&placed.buyer);
        for item in &placed.items {
            self.take_stock(item.product, item.quantity, stamp);
        }
        let claims = placed.show.map(|show| {
            let from = match placed.hold {
                Some(hold) => {
                    self.remove_hold(hold);
                    Claim::Hold(hold)
                }
                None => {
                    self.hold_places(show, placed.places.as_ref());
                    let n = n_units(placed.seats.len(), placed.places.as_ref());
                    self.show_mut(show).count_in(buyer, n);
                    Claim::None
                }
            };
            self.take(
                show,
                &placed.seats,
                from,
                Claim::Order(placed.order),
                stamp.position,
            );
            Box::new(OrderClaims {
                show,
                seats: views(&placed.seats),
                places: placed.places,
            })
        });
        assert_eq!(
            placed.order.0,
            self.orders.next_number(),
            "orders are numbered in order"
        );
        let items = placed.items.iter().map(|item| Item {
            product: item.product,
            quantity: item.quantity,
            refunded: 0,
            unit_price: item.unit_price,
        });
        let order = Order {
            buyer,
            principal: placed.principal,
            status: OrderStatus::PendingPayment,
            items: items.collect(),
            claims,
            total: placed.total,
            refunded: crate::money::Amount::ZERO,
            currency: placed.currency,
            placed_at: stamp.at,
            pay_by: placed.pay_by,
            paid_at: None,
            booking: BookingId(0),
            last: stamp.position,
            older: self.buyer(buyer).last_order,
        };
        self.orders.push(order);
        self.make_live(placed.order, placed.pay_by);
        let buyer = self.buyer_mut(buyer);
        buyer.last_order = placed.order;
        buyer.currency = Some(placed.currency);
    }

    pub(super) fn pay_order(&mut self, paid: &OrderPaid, stamp: Stamp) {
        if paid.reacquired {
            self.reacquire(paid.order, stamp);
        } else {
            let pay_by = self.order(paid.order).pay_by;
            self.end_live(paid.order, pay_by);
        }
        let order = self.order_mut(paid.order);
        order.status = OrderStatus::Paid;
        order.paid_at = Some(stamp.at);
        order.booking = paid.booking.unwrap_or(BookingId(0));
        order.last = stamp.position;
        // What an order only reserved until its `pay_by` is sold from here on: what is left of a
        // product rests on the payment too.
        let order = self.orders.at(paid.order.0).expect("paid above");
        for item in &order.items {
            let product = self.products.get_mut(item.product.at());
            let product = product.expect("an order's products are of this state");
            product.last = stamp.position;
        }
        let ledger = &mut self.ledger;
        let moved = i128::from(paid.amount.0);
        let add = |sum: i128| {
            sum.checked_add(moved)
                .expect("I6: fewer than 2^64 movements")
        };
        ledger.revenue = add(ledger.revenue);
        if matches!(paid.method, Method::Outside(_)) {
            ledger.outside = add(ledger.outside);
        }
    }

    /// Takes an expired order's seats and stock again.
    fn reacquire(&mut self, id: OrderId, stamp: Stamp) {
        let order = self.order(id).clone();
        assert_eq!(
            order.status,
            OrderStatus::Expired,
            "only an expired order is taken again"
        );
        for item in &order.items {
            self.take_stock(item.product, item.quantity, stamp);
        }
        if let Some(claims) = &order.claims {
            let show = self.show_mut(claims.show);
            for seat in &claims.seats {
                assert_eq!(
                    show.slot(seat.seat).claim(),
                    Claim::None,
                    "I1: only free seats"
                );
                show.set_claim(seat.seat, Claim::Order(id), stamp.position);
            }
            show.count_in(
                order.buyer,
                n_units(claims.seats.len(), claims.places.as_ref()),
            );
            self.hold_places(claims.show, claims.places.as_ref());
        }
    }

    pub(super) fn close_order(&mut self, closed: &OrderClosed, stamp: Stamp) {
        let order = self.order(closed.order).clone();
        self.end_live(closed.order, order.pay_by);
        for item in &order.items {
            self.return_stock(item.product, item.quantity, stamp);
        }
        if let Some(claims) = &order.claims {
            let from = Claim::Order(closed.order);
            self.take(
                claims.show,
                &closed.seats,
                from,
                Claim::None,
                stamp.position,
            );
            if let Some(places) = &claims.places {
                self.free_held_places(claims.show, places);
            }
            let n = n_units(claims.seats.len(), claims.places.as_ref());
            self.show_mut(claims.show).count_out(order.buyer, n);
        }
        let order = self.order_mut(closed.order);
        order.status = match closed.cause {
            CloseCause::Expired => OrderStatus::Expired,
            CloseCause::Cancelled | CloseCause::Operator => OrderStatus::Cancelled,
        };
        order.last = stamp.position;
    }

    pub(super) fn refund_order(&mut self, refunded: &OrderRefunded, stamp: Stamp) {
        for OrderItem {
            product, quantity, ..
        } in &refunded.items
        {
            self.return_stock(*product, *quantity, stamp);
        }
        let order = self.order_mut(refunded.order);
        for gone in &refunded.items {
            let item = order
                .items
                .iter_mut()
                .find(|item| item.product == gone.product);
            let item = item.expect("a refund names products of its order");
            item.refunded = item
                .refunded
                .checked_add(gone.quantity)
                .expect("bounded by quantity");
            assert!(
                item.refunded <= item.quantity,
                "I5: never more refunded than sold"
            );
        }
        order.refunded = order
            .refunded
            .plus(refunded.amount)
            .expect("I5: within the total");
        assert!(
            order.refunded <= order.total,
            "I5: never more refunded than paid"
        );
        if refunded.whole {
            order.status = OrderStatus::Refunded;
        }
        order.last = stamp.position;
        let revenue = self
            .ledger
            .revenue
            .checked_sub(i128::from(refunded.amount.0));
        self.ledger.revenue = revenue.expect("I6: fewer than 2^64 movements");
    }

    fn make_live(&mut self, order: OrderId, pay_by: crate::time::Instant) {
        self.deadlines.insert((pay_by, Due::Order(order)));
        self.n_orders_live = self.n_orders_live.checked_add(1).expect("ORDERS_LIVE_MAX");
    }

    fn end_live(&mut self, order: OrderId, pay_by: crate::time::Instant) {
        let was_due = self.deadlines.remove(&(pay_by, Due::Order(order)));
        assert!(
            was_due,
            "I7: an order that waits for payment has its deadline"
        );
        self.n_orders_live = self
            .n_orders_live
            .checked_sub(1)
            .expect("I7: live orders counted");
    }

    fn take_stock(&mut self, product: ProductIdx, quantity: u32, stamp: Stamp) {
        let product = self.product_mut(product);
        assert!(
            u64::from(quantity) <= product.stock(),
            "I4: never more sold than there is"
        );
        product.sold = product
            .sold
            .checked_add(u64::from(quantity))
            .expect("STOCK_MAX");
        product.last = stamp.position;
    }

    fn return_stock(&mut self, product: ProductIdx, quantity: u32, stamp: Stamp) {
        let product = self.product_mut(product);
        let sold = product.sold.checked_sub(u64::from(quantity));
        product.sold = sold.expect("I4: only what was sold comes back");
        product.last = stamp.position;
    }

    pub(super) fn product_mut(&mut self, product: ProductIdx) -> &mut Product {
        self.products
            .get_mut(product.at())
            .expect("product indexes come from this state")
    }

    pub(crate) fn order(&self, order: OrderId) -> &Order {
        self.orders
            .at(order.0)
            .expect("order numbers come from this state")
    }

    fn order_mut(&mut self, order: OrderId) -> &mut Order {
        self.orders
            .at_mut(order.0)
            .expect("order numbers come from this state")
    }
}
