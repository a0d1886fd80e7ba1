//! Renders a journal that nobody serves, event by event, as the feed would.

use std::sync::Arc;

use boxoffice_engine::event::{Event, Stamped};
use boxoffice_engine::ids::Position;
use boxoffice_engine::layout::Layout;
use boxoffice_writer::feed::{Committed, Feed};
use boxoffice_writer::layouts::Layouts;

use crate::secret::Secret;
use crate::views::Views;

/// Renders entries in order, from the first on.
#[derive(Debug)]
pub struct Exporter {
    layouts: Arc<Layouts>,
    views: Views,
}

impl Exporter {
    /// An exporter before the first entry. With the house's own secret the ids of holds, bookings
    /// and orders are those that the API gave out.
    #[must_use]
    pub fn new(secret: Secret) -> Self {
        let layouts = Arc::new(Layouts::default());
        let secret = Arc::new(secret);
        let feed = Arc::new(Feed::new(Position(0)));
        let no_reader = Arc::new(|| {
            Err(boxoffice_journal::ReadError::Missing {
                position: boxoffice_journal::Position(1),
            })
        });
        let views = Views::new(Arc::clone(&layouts), secret, feed, no_reader);
        Self { layouts, views }
    }

    /// The public events of the next entry, each as one line of JSON.
    pub fn lines(&mut self, position: Position, events: Vec<Stamped>) -> Vec<String> {
        for stamped in &events {
            if let Event::ShowPut(put) = &stamped.event {
                let before = self.layouts.show(put.show);
                let built = Layout::build(
                    put.show,
                    &put.id,
                    put.principal,
                    &put.spec,
                    before.as_deref(),
                );
                self.layouts
                    .publish(Arc::new(built.expect("a journaled show was built before")));
            }
        }
        let entry = Committed { position, events };
        self.views.apply(&entry);
        self.views.public_events(&entry)
    }
}
