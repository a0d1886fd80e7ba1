//! Decides holds: placing, reading, extending, releasing.

use crate::command::{ExtendHold, Hold, HoldRef, Proof, SeatHoldRef, SessionRef};
use crate::event::{Event, HoldExtended, HoldPlaced, ReleaseCause};
use crate::ids::{Fence, HoldId, Name};
use crate::limits::{HOLD_LIFE_MS_MAX, HOLDS_LIVE_MAX};
use crate::reply::{ClaimView, HoldView, Missing, Reply, Rule};
use crate::state::records::{Due, Hold as HoldRecord};
use crate::state::show::Claim;

use super::claim::Claimant;
use super::expiry::release_event;
use super::{Context, Outcome, Stop};

impl<'a> Context<'a> {
    pub(super) fn hold(&self, hold: &Hold) -> Outcome {
        let claimant = Claimant {
            buyer: &hold.buyer,
            own_holds_give_way: false,
        };
        let replaced = if hold.session {
            self.check_session(hold)?
        } else {
            None
        };
        let picked = self.pick(&hold.show, &hold.want, &claimant)?;
        if self.state.holds.len() >= HOLDS_LIVE_MAX || self.is_full_of_buyers(&hold.buyer) {
            return Err(self.refuse(Rule::HouseFull));
        }
        // Nothing below may fail.
        let id = HoldId(
            self.state
                .last_hold
                .0
                .checked_add(1)
                .expect("fewer than 2^62 holds"),
        );
        let layout = &self.state.show(picked.show).layout;
        let expires_at = self
            .now
            .at
            .after_ms(hold.ttl_ms.unwrap_or(layout.hold_ttl_ms));
        let view = HoldView {
            hold: id,
            fence: Fence(1),
            buyer: hold.buyer.clone(),
            claim: ClaimView {
                show: picked.show,
                seats: picked.views(),
                places: picked.places,
            },
            amount: picked.amount,
            currency: layout.currency,
            placed_at: self.now.at,
            expires_at,
        };
        let mut events = Vec::with_capacity(2);
        if let Some(old) = replaced {
            let release = release_event(self.state, old, ReleaseCause::Replaced);
            events.push(Event::HoldReleased(release));
        }
        events.push(Event::HoldPlaced(HoldPlaced {
            hold: id,
            show: picked.show,
            buyer: hold.buyer.clone(),
            principal: self.command.caller.principal,
            seats: picked.seats,
            places: picked.places,
            amount: picked.amount,
            expires_at,
            session: hold.session,
        }));
        self.effect(Reply::HoldPlaced(view), events)
    }

    /// The hold of a buyer's session under the caller's principal, due or not.
    fn session_of(&self, buyer: &Name) -> Option<HoldId> {
        let buyer = self.state.buyer_idx(buyer)?;
        self.state
            .sessions
            .get(&(self.command.caller.principal, buyer))
            .copied()
    }

    /// The session's hold in another show, which the new one replaces. One in the same show is a
    /// conflict; that what is wanted exists comes before that.
    fn check_session(&self, hold: &Hold) -> Result<Option<HoldId>, Stop> {
        let (show, record) = self.find_show(&hold.show)?;
        self.check_exists(&record.layout, &hold.want)?;
        let Some(id) = self.session_of(&hold.buyer) else {
            return Ok(None);
        };
        if self.hold_is_due(id) {
            return Err(Stop::Expire(vec![Due::Hold(id)]));
        }
        let existing = self
            .state
            .holds
            .get(&id)
            .expect("I7: a session's hold is live");
        if existing.show == show {
            return Err(self.refuse_at(Rule::SessionHolds(id), existing.last));
        }
        Ok(Some(id))
    }

    /// The live hold that a caller refers to and has a right to.
    pub(super) fn find_hold(&self, hold: &HoldRef) -> Result<(HoldId, &'a HoldRecord), Stop> {
        let id = hold.hold;
        match self.state.holds.get(&id) {
            Some(record) if !self.has_right(hold, record) => Err(self.missing(Missing::Hold)),
            Some(record) if record.expires_at <= self.now.at => {
                Err(Stop::Expire(vec![Due::Hold(id)]))
            }
            Some(record) => match hold.fence {
                Some(fence) if fence != record.fence => {
                    Err(self.refuse_at(Rule::FenceStale(record.fence), record.last))
                }
                _ => Ok((id, record)),
            },
            // A genuine token of a hold that is gone: it expired, was released or was used.
            None if self.was_given(hold) => Err(self.refuse(Rule::HoldExpired)),
            None => Err(self.missing(Missing::Hold)),
        }
    }

    fn has_right(&self, hold: &HoldRef, record: &HoldRecord) -> bool {
        let proven = match hold.proof {
            Proof::None => false,
            Proof::Token(fence) => fence <= record.fence,
            Proof::Buyer => {
                hold.buyer
                    .as_ref()
                    .and_then(|name| self.state.buyer_idx(name))
                    == Some(record.buyer)
            }
        };
        proven && self.may_see(record.principal)
    }

    fn was_given(&self, hold: &HoldRef) -> bool {
        let proven = match hold.proof {
            Proof::None => false,
            Proof::Token(_) | Proof::Buyer => true,
        };
        proven && hold.hold <= self.state.last_hold && hold.hold != HoldId(0)
    }

    pub(super) fn read_hold(&self, hold: &HoldRef) -> Outcome {
        let (id, record) = self.find_hold(hold)?;
        self.read(Reply::Hold(self.state.hold_view(id, record)), record.last)
    }

    pub(super) fn extend_hold(&self, extend: &ExtendHold) -> Outcome {
        let (id, record) = self.find_hold(&extend.hold)?;
        let latest = record.placed_at.after_ms(HOLD_LIFE_MS_MAX);
        let expires_at = self.now.at.after_ms(extend.ttl_ms);
        if latest < expires_at {
            return Err(self.refuse_at(Rule::ExtendTooFar(latest), record.last));
        }
        let Some(fence) = record.fence.0.checked_add(1).map(Fence) else {
            return Err(self.refuse_at(Rule::ExtendTooFar(record.expires_at), record.last));
        };
        // Nothing below may fail.
        let mut view = self.state.hold_view(id, record);
        view.fence = fence;
        view.expires_at = expires_at;
        let previous = record.last;
        let event = HoldExtended {
            hold: id,
            fence,
            expires_at,
            previous,
        };
        self.effect(Reply::HoldExtended(view), vec![Event::HoldExtended(event)])
    }

    pub(super) fn release_hold(&self, hold: &HoldRef) -> Outcome {
        match self.find_hold(hold) {
            Ok((id, _)) => self.release(id),
            // Releasing what is gone succeeds: a repeat must not look like a failure.
            Err(Stop::Refuse(refusal, position)) if refusal.rule == Rule::HoldExpired => {
                self.read(Reply::HoldReleased(None), position)
            }
            Err(stop) => Err(stop),
        }
    }

    fn release(&self, id: HoldId) -> Outcome {
        let record = self.state.holds.get(&id).expect("checked by the caller");
        let view = self.state.hold_view(id, record);
        let event = release_event(self.state, id, ReleaseCause::Buyer);
        self.effect(
            Reply::HoldReleased(Some(view)),
            vec![Event::HoldReleased(event)],
        )
    }

    /// The session's live hold in the show, if any.
    fn session_hold(&self, session: &SessionRef) -> Result<Option<HoldId>, Stop> {
        let (show, _) = self.find_show(&session.show)?;
        match self.session_of(&session.buyer) {
            Some(id) if self.hold_is_due(id) => Err(Stop::Expire(vec![Due::Hold(id)])),
            id => Ok(id.filter(|id| self.state.holds.get(id).is_some_and(|h| h.show == show))),
        }
    }

    pub(super) fn release_session(&self, session: &SessionRef) -> Outcome {
        match self.session_hold(session)? {
            Some(id) => self.release(id),
            None => self.read(Reply::HoldReleased(None), self.state.position),
        }
    }

    pub(super) fn read_session(&self, session: &SessionRef) -> Outcome {
        let Some(id) = self.session_hold(session)? else {
            return self.read(Reply::Session(None), self.state.position);
        };
        let record = self.state.holds.get(&id).expect("found above");
        let view = self.state.hold_view(id, record);
        self.read(Reply::Session(Some(view)), record.last)
    }

    pub(super) fn release_seat_hold(&self, of: &SeatHoldRef) -> Outcome {
        let (_, show) = self.find_show(&of.show)?;
        let seat = self.find_seat(&show.layout, &of.seat)?;
        let slot = show.slot(seat);
        let nothing = self.read(Reply::HoldReleased(None), slot.last);
        let Claim::Hold(id) = slot.claim() else {
            return nothing;
        };
        if self.hold_is_due(id) {
            return Err(Stop::Expire(vec![Due::Hold(id)]));
        }
        let hold = self
            .state
            .holds
            .get(&id)
            .expect("I1: a claim's hold is live");
        let is_own = self.state.buyer_idx(&of.buyer) == Some(hold.buyer);
        if is_own && self.may_see(hold.principal) {
            self.release(id)
        } else {
            nothing
        }
    }
}
