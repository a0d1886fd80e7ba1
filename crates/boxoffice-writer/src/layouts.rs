//! The layouts of all shows, shared with those who render replies.
//!
//! Invariants: the writer publishes a layout before any reply that speaks of it leaves; an index
//! in a reply is therefore always found.

use std::sync::Arc;

use boxoffice_engine::ids::ShowIdx;
use boxoffice_engine::layout::Layout;

use crate::read_mostly::ReadMostly;

/// The newest layout of every show.
#[derive(Debug, Default)]
pub struct Layouts {
    shows: ReadMostly<Vec<Arc<Layout>>>,
}

impl Layouts {
    /// The show's newest layout.
    #[must_use]
    pub fn show(&self, show: ShowIdx) -> Option<Arc<Layout>> {
        self.shows.with(|shows| shows.get(show.at()).cloned())
    }

    /// Looks at the show's newest layout, without the cost of sharing it.
    pub fn with<R>(&self, show: ShowIdx, look: impl FnOnce(&Layout) -> R) -> Option<R> {
        self.shows
            .with(|shows| shows.get(show.at()).map(|layout| look(layout)))
    }

    /// The newest layout of the show with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Arc<Layout>> {
        let shows = self.shows.load();
        shows
            .iter()
            .find(|layout| layout.id.as_str() == id)
            .cloned()
    }

    /// All shows, in the order of their creation.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Layout>> {
        self.shows.load().to_vec()
    }

    /// Publishes a layout. Called by the writer only.
    pub fn publish(&self, layout: Arc<Layout>) {
        self.shows.change(|shows| {
            let at = layout.show.at();
            match shows.get_mut(at) {
                Some(slot) => *slot = layout,
                None => {
                    assert_eq!(
                        at,
                        shows.len(),
                        "shows are published in the order of their indexes"
                    );
                    shows.push(layout);
                }
            }
        });
    }
}
