//! Decides shows: creating and changing.

use crate::command::PutShow;
use crate::event::{Event, ShowPut};
use crate::ids::{AreaIdx, Position, SeatIdx, ShowIdx};
use crate::layout::{Built, Layout};
use crate::limits::{DUE_SCAN_MAX, SHOWS_MAX};
use crate::reply::{Conflict, Reply, Rule, SeatStatus, Shape, ShowPut as ShowPutReply};
use crate::spec::ShowSpec;
use crate::state::records::Due;
use crate::state::show::{Claim, Show};

use super::{Context, Outcome, Stop};

/// Conflicts that one refusal names at the most.
const CONFLICTS_MAX: usize = 100;

impl Context<'_> {
    pub(super) fn put_show(&self, put: &PutShow) -> Outcome {
        let existing = self.state.show_by_name(&put.show);
        // Before the layout is built: of a large show that is work, and this is no reason for it.
        if put.only_create
            && let Some((_, show)) = existing
        {
            return Err(self.refuse_at(Rule::Exists, show.last));
        }
        let next = u32::try_from(self.state.shows.len()).expect("SHOWS_MAX is small");
        let idx = existing.map_or(ShowIdx(next), |(idx, _)| idx);
        let previous = existing.map(|(_, show)| &show.layout);
        let principal = self.command.caller.principal;
        let layout = put.spec.layout(idx, &put.show, principal, previous);
        let Ok(layout) = layout else {
            return Err(self.shape(Shape::Layout));
        };
        if let Some((_, show)) = existing {
            if show.layout.currency != layout.currency {
                return Err(self.refuse_at(Rule::ExistsWithDifferentBody, show.last));
            }
            self.check_nothing_lost(idx, show, &layout)?;
        } else if self.state.shows.len() >= SHOWS_MAX {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let event = ShowPut {
            show: idx,
            id: put.show.clone(),
            principal,
            spec: Box::new(ShowSpec::clone(&put.spec)),
            previous: existing.map_or(Position(0), |(_, show)| show.last),
            built: Built::new(layout),
        };
        let reply = ShowPutReply {
            show: idx,
            created: existing.is_none(),
        };
        self.effect(Reply::ShowPut(reply), vec![Event::ShowPut(event)])
    }

    /// Whether everything that is claimed is still for sale in the new layout.
    fn check_nothing_lost(&self, idx: ShowIdx, show: &Show, new: &Layout) -> Result<(), Stop> {
        let mut conflicts = Vec::new();
        let mut due = Vec::new();
        for (at, slot) in show.seats.iter().enumerate() {
            let seat = SeatIdx(u32::try_from(at).expect("shows have fewer than 2^32 seats"));
            if new.is_for_sale(seat) {
                continue;
            }
            if due.len() >= DUE_SCAN_MAX {
                break;
            }
            let (status, free_at) = match slot.claim() {
                Claim::None => continue,
                Claim::Hold(id) => {
                    let hold = self
                        .state
                        .holds
                        .get(&id)
                        .expect("I1: a claim's hold is live");
                    if hold.expires_at <= self.now.at {
                        push_next(&mut due, Due::Hold(id));
                        continue;
                    }
                    (SeatStatus::Held, Some(hold.expires_at))
                }
                Claim::Order(id) => {
                    let order = self.state.order(id);
                    if order.pay_by <= self.now.at {
                        push_next(&mut due, Due::Order(id));
                        continue;
                    }
                    (SeatStatus::Held, Some(order.pay_by))
                }
                Claim::Booking(_) => (SeatStatus::Booked, None),
            };
            if conflicts.len() < CONFLICTS_MAX {
                conflicts.push(Conflict {
                    seat,
                    status,
                    free_at,
                });
            }
        }
        due.sort_unstable();
        due.dedup();
        if !due.is_empty() {
            return Err(Stop::Expire(due));
        }
        if !conflicts.is_empty() {
            return Err(self.conflict(Rule::InUse, idx, conflicts, show.rests_on()));
        }
        for (at, slot) in show.areas.iter().enumerate() {
            let area = AreaIdx(u32::try_from(at).expect("AREAS_MAX is small"));
            let capacity = new.areas.get(area.at()).map_or(0, |a| a.capacity);
            if capacity < slot.claimed() {
                let in_use = || self.refuse_at(Rule::InUse, show.rests_on());
                return Err(self.scan_due_places(idx, area).unwrap_or_else(in_use));
            }
        }
        Ok(())
    }
}

/// Adds what is not what was added before: the seats of one claim mostly lie side by side.
fn push_next(due: &mut Vec<Due>, next: Due) {
    if due.last() != Some(&next) {
        due.push(next);
    }
}
