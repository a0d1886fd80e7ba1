//! Makes events part of the state. Cannot refuse: what the journal says happened, happened.
//!
//! Invariants: replaying the same events gives the same state, whatever the seed. An event that
//! does not fit the state means that the journal is not this house's or the engine is wrong; then
//! the process stops rather than serve wrong data.
//! Never: decides, reads a clock, looks at settings.

pub(crate) mod claims;
mod money;
mod orders;

use std::sync::Arc;

use crate::event::{Event, KeyStored, ProductPut, ShowPut, Stamped};
use crate::ids::{BuyerIdx, Name, Position};
use crate::invariants::check_cheaply;
use crate::layout::Layout;
use crate::state::State;
use crate::state::records::{Buyer, KeyRecord, Product};
use crate::state::show::Show;
use crate::time::Instant;

/// Where and when an event happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp {
    pub(crate) at: Instant,
    pub(crate) position: Position,
}

/// Applies one event of the entry at `position`.
///
/// # Panics
/// When the event cannot have happened in this state.
pub fn apply(state: &mut State, stamped: &Stamped, position: Position) {
    assert!(
        state.time <= stamped.at,
        "I10: journal time never runs backwards"
    );
    assert!(
        state.position <= position,
        "I10: positions never run backwards"
    );
    state.time = stamped.at;
    state.position = position;
    let stamp = Stamp {
        at: stamped.at,
        position,
    };
    match &stamped.event {
        Event::HouseOpened(opened) => {
            assert!(state.house.is_none(), "a house is opened once");
            state.house = Some(opened.clone());
        }
        Event::TermStarted(started) => state.term = started.term,
        Event::ShowPut(put) => state.put_show(put, stamp),
        Event::HoldPlaced(placed) => state.place_hold(placed, stamp),
        Event::HoldExtended(extended) => state.extend_hold(extended, stamp),
        Event::HoldReleased(released) => state.release_hold(released, stamp),
        Event::BookingMade(made) => state.make_booking(made, stamp),
        Event::BookingCancelled(cancelled) => state.cancel_booking(cancelled, stamp),
        Event::ProductPut(put) => state.put_product(put, stamp),
        Event::Restocked(restocked) => {
            let product = state.product_mut(restocked.product);
            let sum = product.restocked.checked_add(u64::from(restocked.quantity));
            product.restocked = sum.expect("STOCK_MAX bounds restocks");
            product.last = stamp.position;
        }
        Event::OrderPlaced(placed) => state.place_order(placed, stamp),
        Event::OrderPaid(paid) => state.pay_order(paid, stamp),
        Event::OrderClosed(closed) => state.close_order(closed, stamp),
        Event::OrderRefunded(refunded) => state.refund_order(refunded, stamp),
        Event::OutsideRecorded(outside) => state.record_outside(outside, stamp),
        Event::AccountChanged(changed) => state.change_account(changed, stamp),
        Event::KeyStored(stored) => state.store_key(stored, stamp),
        Event::KeysExpired(expired) => {
            state.keys.forget_oldest(expired.count as usize, stamp.at);
        }
    }
    if let Err(broken) = check_cheaply(state, &stamped.event) {
        unreachable!("{broken}");
    }
}

impl State {
    fn put_show(&mut self, put: &ShowPut, stamp: Stamp) {
        let previous = self
            .shows
            .get(put.show.at())
            .map(|show| Arc::clone(&show.layout));
        let version = previous
            .as_ref()
            .map_or(1, |old| old.version.saturating_add(1));
        let layout = put.built.layout().map_or_else(
            || {
                let (id, previous) = (&put.id, previous.as_deref());
                Layout::build(put.show, id, put.principal, &put.spec, previous)
                    .map(Arc::new)
                    .expect("a show is built before it is journaled")
            },
            Arc::clone,
        );
        assert!(
            layout.show == put.show,
            "a layout is of the show that it is built for"
        );
        assert_eq!(
            layout.version, version,
            "a layout follows the one that it replaces"
        );
        match self.shows.get_mut(put.show.at()) {
            Some(show) => {
                show.set_layout(layout);
                show.last = stamp.position;
                show.put_last = stamp.position;
            }
            None => {
                let idx = self.show_names.intern(put.id.as_str());
                assert_eq!(idx, put.show.0, "shows are numbered in order");
                self.shows
                    .push(Show::new(layout, self.seed, stamp.position));
            }
        }
    }

    fn put_product(&mut self, put: &ProductPut, stamp: Stamp) {
        if let Some(product) = self.products.get_mut(put.product.at()) {
            product.title = put.title.clone();
            product.price = put.price;
            product.last = stamp.position;
            return;
        }
        let idx = self.product_names.intern(put.id.as_str());
        assert_eq!(idx, put.product.0, "products are numbered in order");
        self.products.push(Product {
            id: put.id.clone(),
            principal: put.principal,
            title: put.title.clone(),
            price: put.price,
            currency: put.currency,
            initial: put.initial,
            restocked: 0,
            sold: 0,
            last: stamp.position,
        });
    }

    fn store_key(&mut self, stored: &KeyStored, stamp: Stamp) {
        let record = KeyRecord {
            fingerprint: stored.fingerprint,
            principal: stored.principal,
            expires_at: stored.expires_at,
            last: stamp.position,
            reply: stored.reply.clone(),
        };
        self.keys.store(stored.scope, record);
    }

    pub(crate) fn intern_buyer(&mut self, name: &Name) -> BuyerIdx {
        let idx = self.buyer_names.intern(name.as_str());
        if self.buyers.count() == idx as usize {
            self.buyers.push(Buyer::default());
        }
        BuyerIdx(idx)
    }
}
