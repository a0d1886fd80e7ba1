//! All that a house is at one position.
//!
//! Invariants: see [`crate::invariants`]. Only `apply` changes it.

pub(crate) mod keys;
pub(crate) mod map;
pub(crate) mod records;
pub(crate) mod show;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::event::HouseOpened;
use crate::ids::{BuyerIdx, HoldId, Name, Position, Principal, ShowIdx};
use crate::layout::Layout;
use crate::names::{NameTable, Seed};
use crate::time::Instant;

use keys::Keys;
use map::{Chunks, Map};
use records::{Booking, Buyer, Due, Hold, Ledger, Order, Outside, Product};
use show::Show;

/// A house at one position.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) seed: Seed,
    /// Of the newest event.
    pub(crate) time: Instant,
    /// Of the newest event.
    pub(crate) position: Position,
    pub(crate) house: Option<HouseOpened>,
    pub(crate) term: u64,
    pub(crate) show_names: NameTable,
    pub(crate) shows: Vec<Show>,
    pub(crate) product_names: NameTable,
    pub(crate) products: Vec<Product>,
    pub(crate) buyer_names: NameTable,
    pub(crate) buyers: Chunks<Buyer>,
    pub(crate) last_hold: HoldId,
    pub(crate) holds: Map<HoldId, Hold>,
    /// By the principal and the buyer that a session is of.
    pub(crate) sessions: Map<(Principal, BuyerIdx), HoldId>,
    pub(crate) bookings: Chunks<Booking>,
    pub(crate) orders: Chunks<Order>,
    pub(crate) n_orders_live: usize,
    pub(crate) outside: Map<Name, Outside>,
    pub(crate) keys: Keys,
    pub(crate) deadlines: BTreeSet<(Instant, Due)>,
    pub(crate) ledger: Ledger,
}

/// How much of what a house has, for metrics and people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Shows ever put.
    pub shows: u64,
    /// Products ever put.
    pub products: u64,
    /// Buyers ever seen.
    pub buyers: u64,
    /// Live holds.
    pub holds: u64,
    /// Bookings ever made.
    pub bookings: u64,
    /// Orders ever placed.
    pub orders: u64,
    /// Orders that wait for payment.
    pub orders_live: u64,
    /// Idempotency keys.
    pub keys: u64,
    /// Idempotency keys of the principal that has most of them.
    pub keys_of_busiest: u64,
}

impl State {
    /// A house before its first event.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            seed,
            time: Instant::default(),
            position: Position::default(),
            house: None,
            term: 0,
            show_names: NameTable::new(seed),
            shows: Vec::new(),
            product_names: NameTable::new(seed),
            products: Vec::new(),
            buyer_names: NameTable::growing(seed),
            buyers: Chunks::default(),
            last_hold: HoldId::default(),
            holds: Map::new(seed),
            sessions: Map::new(seed),
            bookings: Chunks::default(),
            orders: Chunks::default(),
            n_orders_live: 0,
            outside: Map::new(seed),
            keys: Keys::new(seed),
            deadlines: BTreeSet::new(),
            ledger: Ledger::default(),
        }
    }

    /// Journal time of the newest event.
    #[must_use]
    pub fn time(&self) -> Instant {
        self.time
    }

    /// Position of the newest event.
    #[must_use]
    pub fn position(&self) -> Position {
        self.position
    }

    /// The first event, once there is one.
    #[must_use]
    pub fn house(&self) -> Option<&HouseOpened> {
        self.house.as_ref()
    }

    /// How often the journal was taken over.
    #[must_use]
    pub fn term(&self) -> u64 {
        self.term
    }

    /// The layout of a show.
    #[must_use]
    pub fn layout(&self, show: ShowIdx) -> Option<&Arc<Layout>> {
        self.shows.get(show.at()).map(|s| &s.layout)
    }

    /// The layouts of all shows, in the order of their creation.
    pub fn layouts(&self) -> impl Iterator<Item = &Arc<Layout>> {
        self.shows.iter().map(|show| &show.layout)
    }

    /// When the next hold, order or key runs out.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let claim = self.deadlines.first().map(|(at, _)| *at);
        match (claim, self.keys.first_expiry()) {
            (Some(claim), Some(key)) => Some(claim.min(key)),
            (claim, key) => claim.or(key),
        }
    }

    /// How much of what there is.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            shows: self.shows.len() as u64,
            products: self.products.len() as u64,
            buyers: self.buyers.len(),
            holds: self.holds.len() as u64,
            bookings: self.bookings.len(),
            orders: self.orders.len(),
            orders_live: self.n_orders_live as u64,
            keys: self.keys.len() as u64,
            keys_of_busiest: self.keys.of_busiest() as u64,
        }
    }

    pub(crate) fn show_by_name(&self, name: &Name) -> Option<(ShowIdx, &Show)> {
        let idx = ShowIdx(self.show_names.find(name.as_bytes())?);
        Some((idx, self.show(idx)))
    }

    pub(crate) fn show(&self, show: ShowIdx) -> &Show {
        self.shows
            .get(show.at())
            .expect("show indexes come from this state")
    }

    pub(crate) fn show_mut(&mut self, show: ShowIdx) -> &mut Show {
        self.shows
            .get_mut(show.at())
            .expect("show indexes come from this state")
    }

    pub(crate) fn buyer_name(&self, buyer: BuyerIdx) -> Name {
        Name::trusted(self.buyer_names.name(buyer.0))
    }

    pub(crate) fn buyer_idx(&self, name: &Name) -> Option<BuyerIdx> {
        self.buyer_names.find(name.as_bytes()).map(BuyerIdx)
    }

    pub(crate) fn buyer(&self, buyer: BuyerIdx) -> &Buyer {
        self.buyers
            .get(buyer.at())
            .expect("buyer indexes come from this state")
    }
}
