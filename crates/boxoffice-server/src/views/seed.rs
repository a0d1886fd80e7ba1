//! What a view starts from when it does not replay the journal from its first entry.

use std::sync::Arc;

use boxoffice_engine::ids::{Name, Position};
use boxoffice_engine::layout::Layout;

use super::states::{AreaClaims, Status};

/// A house at one position, as far as views follow it.
#[derive(Debug, Clone, Default)]
pub struct Seed {
    /// The position of the newest entry in it.
    pub position: Position,
    /// The house's id, once it was opened.
    pub house: Option<[u8; 16]>,
    /// All shows, in the order of their indexes.
    pub shows: Vec<ShowSeed>,
    /// The ids of all products, in the order of their indexes.
    pub products: Vec<Name>,
}

/// A show at one position.
#[derive(Debug, Clone)]
pub struct ShowSeed {
    /// The newest layout.
    pub layout: Arc<Layout>,
    /// Of every seat that the layout counts; whether an unclaimed one is for sale follows from the
    /// layout.
    pub statuses: Vec<Status>,
    /// For every seat the newest position that touched it, 0 for none.
    pub last: Vec<Position>,
    /// Of every area that the layout has.
    pub areas: Vec<AreaClaims>,
    /// The position of the show's newest event.
    pub changed: Position,
}
