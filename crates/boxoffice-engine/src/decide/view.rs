//! Shows records of the state as replies do.

use crate::ids::{BookingId, HoldId, OrderId};
use crate::ids::{BuyerIdx, ProductIdx, ShowIdx};
use crate::money::Amount;
use crate::money::Currency;
use crate::reply::{
    AccountView, BookingStatus, BookingView, ClaimView, HoldView, ItemView, OrderView, ProductView,
};
use crate::state::State;
use crate::state::records::{Booking, Hold, Order, Product};

impl State {
    pub(crate) fn show_currency(&self, show: ShowIdx) -> Currency {
        self.show(show).layout.currency
    }

    pub(crate) fn hold_view(&self, id: HoldId, hold: &Hold) -> HoldView {
        HoldView {
            hold: id,
            fence: hold.fence,
            buyer: self.buyer_name(hold.buyer),
            claim: ClaimView {
                show: hold.show,
                seats: hold.seats.clone(),
                places: hold.places,
            },
            amount: hold.amount,
            currency: self.show_currency(hold.show),
            placed_at: hold.placed_at,
            expires_at: hold.expires_at,
        }
    }

    pub(crate) fn booking_view(&self, id: BookingId, booking: &Booking) -> BookingView {
        let status = if booking.is_cancelled() {
            BookingStatus::Cancelled
        } else {
            BookingStatus::Confirmed
        };
        BookingView {
            booking: id,
            buyer: self.buyer_name(booking.buyer),
            status,
            claim: ClaimView {
                show: booking.show,
                seats: booking.seats.clone(),
                places: booking.places(),
            },
            amount: booking.amount,
            currency: self.show_currency(booking.show),
            booked_at: booking.booked_at,
            order: Some(booking.order).filter(|order| *order != OrderId(0)),
        }
    }

    pub(crate) fn order_view(&self, id: OrderId, order: &Order) -> OrderView {
        let items = order.items.iter().map(|item| {
            let product = self.product(item.product);
            ItemView {
                product: item.product,
                id: product.id.clone(),
                title: product.title.clone(),
                quantity: item.quantity,
                refunded: item.refunded,
                unit_price: item.unit_price,
            }
        });
        let claim = order.claims.as_ref().map(|claims| ClaimView {
            show: claims.show,
            seats: claims.seats.clone(),
            places: claims.places,
        });
        OrderView {
            order: id,
            buyer: self.buyer_name(order.buyer),
            status: order.status,
            items: items.collect(),
            claim,
            total: order.total,
            refunded: order.refunded,
            currency: order.currency,
            placed_at: order.placed_at,
            pay_by: order.pay_by,
            paid_at: order.paid_at,
            booking: Some(order.booking).filter(|booking| *booking != BookingId(0)),
            last: order.last,
        }
    }

    pub(crate) fn product(&self, product: ProductIdx) -> &Product {
        self.products
            .get(product.at())
            .expect("product indexes come from this state")
    }

    pub(crate) fn product_view(&self, idx: ProductIdx) -> ProductView {
        let product = self.product(idx);
        ProductView {
            product: idx,
            id: product.id.clone(),
            title: product.title.clone(),
            price: product.price,
            currency: product.currency,
            initial: product.initial,
            restocked: product.restocked,
            sold: product.sold,
        }
    }

    /// The buyer's account, if there is one.
    pub(crate) fn account_view(&self, idx: BuyerIdx, moved: Amount) -> Option<AccountView> {
        let buyer = self.buyer(idx);
        let account = buyer.account.as_ref()?;
        Some(AccountView {
            buyer: self.buyer_name(idx),
            balance: account.balance,
            currency: buyer.currency.expect("an account has a currency"),
            version: account.version,
            amount: moved,
            at: account.changed_at,
            last: account.last,
        })
    }
}
