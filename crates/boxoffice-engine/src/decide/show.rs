//! Decides shows: creating and changing.

use crate::command::PutShow;
use crate::event::{Event, ShowPut};
use crate::ids::{AreaIdx, Position, SeatIdx, ShowIdx};
use crate::layout::Layout;
use crate::limits::SHOWS_MAX;
use crate::reply::{Conflict, Reply, Rule, SeatStatus, Shape, ShowPut as ShowPutReply};
use crate::state::records::Due;
use crate::state::show::{Claim, Show};

use super::{Context, Outcome, Stop};

/// Conflicts that one refusal names at the most.
const CONFLICTS_MAX: usize = 100;

impl Context<'_> {
    pub(super) fn put_show(&self, put: &PutShow) -> Outcome {
        let existing = self.state.show_by_name(&put.show);
        let next = u32::try_from(self.state.shows.len()).expect("SHOWS_MAX is small");
        let idx = existing.map_or(ShowIdx(next), |(idx, _)| idx);
        let previous = existing.map(|(_, show)| &*show.layout);
        let principal = self.command.caller.principal;
        let layout = Layout::build(idx, &put.show, principal, &put.spec, previous);
        let Ok(layout) = layout else {
            return Err(self.shape(Shape::Layout));
        };
        if let Some((_, show)) = existing {
            if put.only_create {
                return Err(self.refuse_at(Rule::Exists, show.last));
            }
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
            spec: Box::new(put.spec.clone()),
            previous: existing.map_or(Position(0), |(_, show)| show.last),
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
            if new.is_for_sale(seat) || conflicts.len() >= CONFLICTS_MAX {
                continue;
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
                        due.push(Due::Hold(id));
                    }
                    (SeatStatus::Held, Some(hold.expires_at))
                }
                Claim::Order(id) => {
                    let order = self.state.order(id);
                    if order.pay_by <= self.now.at {
                        due.push(Due::Order(id));
                    }
                    (SeatStatus::Held, Some(order.pay_by))
                }
                Claim::Booking(_) => (SeatStatus::Booked, None),
            };
            conflicts.push(Conflict {
                seat,
                status,
                free_at,
            });
        }
        due.sort_unstable();
        due.dedup();
        if !due.is_empty() {
            return Err(Stop::Expire(due));
        }
        if !conflicts.is_empty() {
            return Err(self.conflict(Rule::InUse, idx, conflicts, show.last));
        }
        for (at, slot) in show.areas.iter().enumerate() {
            let area = AreaIdx(u32::try_from(at).expect("AREAS_MAX is small"));
            let capacity = new.areas.get(area.at()).map_or(0, |a| a.capacity);
            if capacity < slot.claimed() {
                let in_use = || self.refuse_at(Rule::InUse, show.last);
                return Err(self.scan_due_places(idx, area).unwrap_or_else(in_use));
            }
        }
        Ok(())
    }
}
