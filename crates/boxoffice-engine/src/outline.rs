//! What followers need of a state to go on from it: who claims what, and since when.
//!
//! Never: gives out anything that a decision depends on.

use std::sync::Arc;

use crate::ids::{HoldId, Name, Position};
use crate::layout::Layout;
use crate::reply::SeatStatus;
use crate::state::State;
use crate::state::show::Claim;

/// A show as its followers see it.
#[derive(Debug, Clone)]
pub struct ShowOutline {
    /// Its newest layout.
    pub layout: Arc<Layout>,
    /// How each seat of the layout stands.
    pub statuses: Vec<SeatStatus>,
    /// For each seat the newest position that touched it; 0 for none.
    pub last: Vec<Position>,
    /// Held and booked places of each area of the layout.
    pub areas: Vec<(u32, u32)>,
    /// The position of the show's newest event.
    pub changed: Position,
}

impl State {
    /// All shows, in the order of their indexes.
    #[must_use]
    pub fn outline(&self) -> Vec<ShowOutline> {
        let outline = |show: &crate::state::show::Show| ShowOutline {
            layout: Arc::clone(&show.layout),
            statuses: show
                .seats
                .iter()
                .map(|slot| match slot.claim() {
                    Claim::None => SeatStatus::Free,
                    Claim::Hold(_) | Claim::Order(_) => SeatStatus::Held,
                    Claim::Booking(_) => SeatStatus::Booked,
                })
                .collect(),
            last: show.seats.iter().map(|slot| slot.last).collect(),
            areas: show
                .areas
                .iter()
                .map(|area| (area.held, area.booked))
                .collect(),
            changed: show.last,
        };
        self.shows.iter().map(outline).collect()
    }

    /// The number of the newest hold, live or not; the next one gets the number behind it.
    #[must_use]
    pub fn last_hold(&self) -> HoldId {
        self.last_hold
    }

    /// The ids of all products, in the order of their indexes.
    pub fn product_names(&self) -> impl Iterator<Item = &Name> {
        self.products.iter().map(|product| &product.id)
    }
}
