//! Durable entries on their way to followers: a bounded window of the newest, and a wake-up.
//!
//! Invariants: only durable entries are published, in order and gapless; the window never grows
//! beyond its bounds. A follower that fell out of the window reads the journal instead.
//! Never: waits for a follower.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use boxoffice_engine::event::{Event, Stamped};
use boxoffice_engine::ids::Position;
use boxoffice_engine::spec::RowSeats;

/// Entries that the window keeps at the most.
pub const WINDOW_ENTRIES_MAX: usize = 1_024;
/// Events that the window keeps at the most, over all its entries; a show counts its named seats.
pub const WINDOW_EVENTS_MAX: usize = 65_536;

/// A durable entry.
#[derive(Debug)]
pub struct Committed {
    /// Its position.
    pub position: Position,
    /// Its events in order.
    pub events: Vec<Stamped>,
}

/// What [`Feed::after`] found.
#[derive(Debug)]
pub enum Next {
    /// The entries behind the asked position, oldest first; empty when it is the newest.
    Entries(Vec<Arc<Committed>>),
    /// The entry behind the asked position left the window: read the journal.
    Behind,
}

/// The window of newest entries.
#[derive(Debug)]
pub struct Feed {
    window: Mutex<Window>,
    grown: Condvar,
}

#[derive(Debug)]
struct Window {
    newest: Position,
    entries: VecDeque<Arc<Committed>>,
    weight: usize,
    closed: bool,
}

impl Feed {
    /// A feed whose newest durable entry is `newest`.
    #[must_use]
    pub fn new(newest: Position) -> Self {
        let window = Window {
            newest,
            entries: VecDeque::new(),
            weight: 0,
            closed: false,
        };
        Self {
            window: Mutex::new(window),
            grown: Condvar::new(),
        }
    }

    /// The newest durable position.
    #[must_use]
    pub fn newest(&self) -> Position {
        self.lock().newest
    }

    /// Publishes the next durable entry. Called by the writer only.
    pub fn publish(&self, entry: Arc<Committed>) {
        let mut window = self.lock();
        let expected = window.newest.0.checked_add(1);
        assert_eq!(
            Some(entry.position.0),
            expected,
            "entries are published gapless"
        );
        window.newest = entry.position;
        window.weight += weight(&entry);
        window.entries.push_back(entry);
        while window.entries.len() > WINDOW_ENTRIES_MAX || window.weight > WINDOW_EVENTS_MAX {
            let Some(oldest) = window.entries.pop_front() else {
                break;
            };
            window.weight -= weight(&oldest);
        }
        drop(window);
        self.grown.notify_all();
    }

    /// The entries behind `position`.
    #[must_use]
    pub fn after(&self, position: Position) -> Next {
        self.lock().after(position)
    }

    /// Waits until there is an entry behind `position`, the feed is closed, or `timeout` has
    /// passed; `None` once it is closed.
    #[must_use]
    pub fn wait_after(&self, position: Position, timeout: Duration) -> Option<Next> {
        let window = self.lock();
        let (window, _) = self
            .grown
            .wait_timeout_while(window, timeout, |w| w.newest <= position && !w.closed)
            .unwrap_or_else(PoisonError::into_inner);
        if window.closed && window.newest <= position {
            None
        } else {
            Some(window.after(position))
        }
    }

    /// Wakes all followers for good.
    pub fn close(&self) {
        self.lock().closed = true;
        self.grown.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an entry counts in the window: its events, and the seats that a show names one by one.
fn weight(entry: &Committed) -> usize {
    let of_event = |stamped: &Stamped| match &stamped.event {
        Event::ShowPut(put) => {
            let rows = put.spec.sections.iter().flat_map(|section| &section.rows);
            let named = rows.map(|row| match &row.seats {
                RowSeats::Count(_) => row.not_for_sale.len(),
                RowSeats::Named(seats) => seats.len() + row.not_for_sale.len(),
            });
            1 + named.sum::<usize>()
        }
        _ => 1,
    };
    entry.events.iter().map(of_event).sum()
}

impl Window {
    fn after(&self, position: Position) -> Next {
        if self.newest <= position {
            return Next::Entries(Vec::new());
        }
        match self.entries.front() {
            Some(oldest) if oldest.position.0 <= position.0.saturating_add(1) => Next::Entries(
                self.entries
                    .iter()
                    .filter(|entry| entry.position > position)
                    .cloned()
                    .collect(),
            ),
            _ => Next::Behind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(position: u64) -> Arc<Committed> {
        Arc::new(Committed {
            position: Position(position),
            events: Vec::new(),
        })
    }

    #[test]
    fn a_follower_gets_what_it_has_not_seen_or_is_sent_to_the_journal() {
        let feed = Feed::new(Position(5));
        assert!(matches!(feed.after(Position(4)), Next::Behind));
        for position in 6..=2_000 {
            feed.publish(entry(position));
        }
        let Next::Entries(entries) = feed.after(Position(1_998)) else {
            panic!("in the window")
        };
        assert_eq!(
            entries.iter().map(|e| e.position.0).collect::<Vec<_>>(),
            [1_999, 2_000]
        );
        assert!(matches!(feed.after(Position(6)), Next::Behind));
        let Next::Entries(none) = feed.after(Position(2_000)) else {
            panic!("up to date")
        };
        assert!(none.is_empty());
    }

    #[test]
    fn a_closed_feed_still_gives_what_it_has() {
        let feed = Feed::new(Position(0));
        feed.publish(entry(1));
        feed.close();
        assert!(feed.wait_after(Position(0), Duration::ZERO).is_some());
        assert!(feed.wait_after(Position(1), Duration::ZERO).is_none());
    }
}
