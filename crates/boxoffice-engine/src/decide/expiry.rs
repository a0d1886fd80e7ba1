//! Ends what is overdue: met by a command, or found by the writer's timer.

use crate::apply::claims::seat_refs;
use crate::event::{
    CloseCause, Event, HoldReleased, KeysExpired, OrderClosed, ReleaseCause, Stamped,
};
use crate::ids::{HoldId, OrderId};
use crate::limits::DUE_SCAN_MAX;
use crate::reply::Rule;
use crate::state::State;
use crate::state::records::Due;

use super::{Context, Now, Stop, happen};

/// Ends at most `max` of what is overdue, oldest first, and says how many that were.
pub fn expire_due(state: &mut State, now: Now, max: usize, events: &mut Vec<Stamped>) -> usize {
    let due: Vec<Due> = state
        .deadlines
        .iter()
        .take(max)
        .take_while(|(at, _)| *at <= now.at)
        .map(|(_, due)| *due)
        .collect();
    let n_claims = due.len();
    for due in due {
        let event = end(state, due, ReleaseCause::Expired, CloseCause::Expired);
        happen(state, vec![event], now, events);
    }
    let n_keys = state.keys.n_due(now.at, max.saturating_sub(n_claims));
    if n_keys > 0 {
        let count = u32::try_from(n_keys).expect("EXPIRIES_PER_BATCH_MAX is small");
        happen(
            state,
            vec![Event::KeysExpired(KeysExpired { count })],
            now,
            events,
        );
    }
    n_claims.saturating_add(n_keys)
}

/// The event that ends a live hold or order.
pub(crate) fn end(state: &State, due: Due, release: ReleaseCause, close: CloseCause) -> Event {
    match due {
        Due::Hold(hold) => Event::HoldReleased(release_event(state, hold, release)),
        Due::Order(order) => Event::OrderClosed(close_event(state, order, close)),
    }
}

pub(crate) fn release_event(state: &State, id: HoldId, cause: ReleaseCause) -> HoldReleased {
    let hold = state.holds.get(&id).expect("a live hold ends");
    HoldReleased {
        hold: id,
        show: hold.show,
        cause,
        seats: seat_refs(state, hold.show, &hold.seats),
        places: hold.places,
        previous: hold.last,
    }
}

pub(crate) fn close_event(state: &State, id: OrderId, cause: CloseCause) -> OrderClosed {
    let order = state.order(id);
    let claims = order.claims.as_ref();
    OrderClosed {
        order: id,
        cause,
        show: claims.map(|c| c.show),
        seats: claims.map_or_else(Vec::new, |c| seat_refs(state, c.show, &c.seats)),
        places: claims.and_then(|c| c.places),
        previous: order.last,
    }
}

impl Context<'_> {
    /// The events that end overdue claims.
    pub(super) fn expiries(&self, due: &[Due]) -> Vec<Event> {
        let end = |due: &Due| end(self.state, *due, ReleaseCause::Expired, CloseCause::Expired);
        due.iter().map(end).collect()
    }

    pub(super) fn hold_is_due(&self, id: HoldId) -> bool {
        self.state
            .holds
            .get(&id)
            .is_some_and(|hold| hold.expires_at <= self.now.at)
    }

    /// Looks through what is overdue for claims that stand in the way of a shortage, and says how
    /// to go on: expire them first, or try again in a moment when there is too much to look
    /// through, or accept the shortage.
    pub(super) fn scan_due(&self, stands_in_the_way: impl Fn(Due) -> bool) -> Option<Stop> {
        let mut found = Vec::new();
        let mut n_seen = 0_usize;
        for (at, due) in &self.state.deadlines {
            if self.now.at < *at {
                break;
            }
            if n_seen == DUE_SCAN_MAX {
                // Whether more stands behind is unknown, so a refusal could be wrong.
                if found.is_empty() {
                    return Some(self.refuse(Rule::Busy));
                }
                break;
            }
            n_seen = n_seen.saturating_add(1);
            if stands_in_the_way(*due) {
                found.push(*due);
            }
        }
        if found.is_empty() {
            None
        } else {
            Some(Stop::Expire(found))
        }
    }
}
