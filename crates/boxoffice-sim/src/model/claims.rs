//! Decides what claims seats and places: shows, holds and bookings.

use super::house::{Asker, Hold, House, Owner, refused, units};
use super::step::{Decided, Then, Verdict};
use super::words::{Answer, Cause, Claim, Fact, Refused, Right, Rule, ShowRules, Us, Want};

/// Longest life of a hold, extensions included.
const HOLD_LIFE_MS_MAX: u64 = 48 * 3_600_000;

/// What a claim gets: what, at which price, and the buyer's own holds that give way to it.
pub(super) struct Got {
    pub(super) claim: Claim,
    pub(super) amount: i64,
    pub(super) own: Vec<u64>,
}

/// Whose claim it is.
pub(super) struct By<'a> {
    pub(super) buyer: u32,
    /// Whether holds of this buyer that the asker may see give way.
    pub(super) own_hold: Option<Asker>,
    /// What the journal says was chosen, where the claim leaves the choice to the house.
    pub(super) chosen: &'a [u32],
}

pub(super) fn is_misshapen(want: &Want) -> bool {
    match want {
        Want::Seats(seats) => {
            let twice = |(done, seat): (usize, &u32)| seats[..done].contains(seat);
            seats.is_empty() || seats.len() > 100 || seats.iter().enumerate().any(twice)
        }
        Want::Places { n, .. } | Want::Best { n } => !(1..=100).contains(n),
    }
}

impl House {
    pub(super) fn put_show(&self, show: u32, rules: &ShowRules) -> Verdict {
        let created = !self.shows.contains_key(&show);
        let facts = vec![Fact::ShowPut {
            show,
            rules: rules.clone(),
        }];
        Ok(Decided {
            facts,
            then: Then::Told(Answer::ShowPut { show, created }),
        })
    }

    /// What a want gets, or all the rules that it breaks.
    pub(super) fn claim(
        &self,
        show: u32,
        want: &Want,
        by: &By<'_>,
        at: Us,
    ) -> Result<Got, Vec<Refused>> {
        if is_misshapen(want) {
            return Err(vec![refused(Rule::Shape)]);
        }
        let Some(rules) = self.shows.get(&show) else {
            return Err(vec![refused(Rule::NotFound)]);
        };
        let mut broken = Vec::new();
        if !rules.open {
            broken.push(refused(Rule::ShowClosed));
        }
        if let Some(from) = rules.on_sale_at
            && at < from
        {
            broken.push(refused(Rule::NotOnSale(from)));
        }
        let mine = by.own_hold.map(|asker| (by.buyer, asker));
        let (seats, places) = self.pick(show, rules, want, by, at, &mut broken);
        let claim = Claim {
            show,
            seats,
            places,
        };
        let n = units(&claim);
        if n > u64::from(rules.per_claim_max) {
            broken.push(refused(Rule::BuyerLimit(rules.per_claim_max)));
        }
        let own = mine.map_or_else(Vec::new, |mine| self.own_holds(&claim, mine, at));
        let given: u64 = own
            .iter()
            .filter_map(|id| self.holds.get(id))
            .map(|h| units(&h.claim))
            .sum();
        let has = self.units_of(show, by.buyer, at) - given;
        if let Some(max) = rules.per_buyer_max
            && u64::from(max) < has + n
        {
            broken.push(refused(Rule::BuyerLimit(max)));
        }
        if !broken.is_empty() {
            return Err(broken);
        }
        let n_seats = i64::try_from(claim.seats.len()).expect("claims are small");
        let n_places = claim.places.map_or(0, |(_, n)| i64::from(n));
        let amount = rules.seat_price * n_seats + rules.place_price * n_places;
        Ok(Got { claim, amount, own })
    }

    /// What a want names, with the rules that this breaks.
    fn pick(
        &self,
        show: u32,
        rules: &ShowRules,
        want: &Want,
        by: &By<'_>,
        at: Us,
        broken: &mut Vec<Refused>,
    ) -> (Vec<u32>, Option<(u32, u32)>) {
        let mine = by.own_hold.map(|asker| (by.buyer, asker));
        match want {
            Want::Seats(seats) => {
                if seats
                    .iter()
                    .any(|seat| !rules.rows.iter().any(|row| row.contains(seat)))
                {
                    broken.push(refused(Rule::NotFound));
                }
                let conflicts = self.in_the_way(show, seats, mine, at);
                if !conflicts.is_empty() {
                    broken.push(Refused {
                        rule: Rule::SeatUnavailable,
                        conflicts,
                    });
                }
                (seats.clone(), None)
            }
            Want::Places { area, n } => {
                let left = self.places_left(show, *area, at);
                if rules.areas.len() <= *area as usize {
                    broken.push(refused(Rule::NotFound));
                } else if left < u64::from(*n) {
                    broken.push(refused(Rule::SoldOut(left)));
                }
                (Vec::new(), Some((*area, *n)))
            }
            Want::Best { n } => (self.best(show, rules, *n, by.chosen, at, broken), None),
        }
    }

    /// The buyer's own holds on the seats of a claim, in the order of the seats.
    fn own_holds(&self, claim: &Claim, mine: (u32, Asker), at: Us) -> Vec<u64> {
        let mut own = Vec::new();
        for seat in &claim.seats {
            if let Some((Owner::Hold(id), _)) = self.owner(claim.show, *seat, at)
                && self.holds.get(&id).is_some_and(|hold| hold.is_of(mine))
                && !own.contains(&id)
            {
                own.push(id);
            }
        }
        own
    }

    /// Seats side by side: whatever the house chose must be such, and it may only say that there
    /// are none when there are none.
    fn best(
        &self,
        show: u32,
        rules: &ShowRules,
        n: u32,
        chosen: &[u32],
        at: Us,
        broken: &mut Vec<Refused>,
    ) -> Vec<u32> {
        let is_free = |seat: &u32| self.in_the_way(show, &[*seat], None, at).is_empty();
        let runs = || rules.rows.iter().flat_map(|row| row.windows(n as usize));
        if !runs().any(|run| run.iter().all(is_free)) {
            let free = rules
                .rows
                .iter()
                .flatten()
                .filter(|seat| is_free(seat))
                .count();
            broken.push(refused(Rule::SoldOut(free as u64)));
            return Vec::new();
        }
        // What is not a run of free seats is answered with another: the facts will differ.
        let fits = runs().any(|run| run == chosen) && chosen.iter().all(is_free);
        if fits {
            return chosen.to_vec();
        }
        runs()
            .find(|run| run.iter().all(is_free))
            .map_or_else(Vec::new, <[u32]>::to_vec)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one request")]
    pub(super) fn place_hold(
        &self,
        show: u32,
        want: &Want,
        ttl_ms: Option<u64>,
        session: bool,
        by: &By<'_>,
        asker: Asker,
        at: Us,
    ) -> Verdict {
        if is_misshapen(want) || ttl_ms.is_some_and(|ms| !(100..=86_400_000).contains(&ms)) {
            return Err(vec![refused(Rule::Shape)]);
        }
        let held = self.session(asker, by.buyer, at).filter(|_| session);
        let mut broken = Vec::new();
        if let Some((id, hold)) = held
            && hold.claim.show == show
        {
            broken.push(refused(Rule::SessionHolds(id)));
        }
        let got = match self.claim(show, want, by, at) {
            Ok(got) if broken.is_empty() => got,
            Ok(_) => return Err(broken),
            Err(more) => {
                broken.extend(more);
                return Err(broken);
            }
        };
        let mut facts = Vec::new();
        if let Some((hold, old)) = held {
            let claim = old.claim.clone();
            facts.push(Fact::HoldReleased {
                hold,
                cause: Cause::Replaced,
                claim,
            });
        }
        let hold = self.last_hold + 1;
        let ttl_ms = ttl_ms.unwrap_or_else(|| self.shows[&show].hold_ttl_ms);
        facts.push(Fact::HoldPlaced {
            hold,
            buyer: by.buyer,
            principal: asker.principal,
            claim: got.claim,
            amount: got.amount,
            expires_at: at + ttl_ms * 1_000,
            session,
        });
        Ok(Decided {
            facts,
            then: Then::HoldPlaced(hold),
        })
    }

    /// The live hold that is a buyer's session under the asker's principal.
    fn session(&self, asker: Asker, buyer: u32, at: Us) -> Option<(u64, &Hold)> {
        let is_it =
            |hold: &&Hold| hold.session && hold.buyer == buyer && hold.principal == asker.principal;
        let live = self.holds.iter().filter(|(_, hold)| at < hold.expires_at);
        live.map(|(id, hold)| (*id, hold))
            .find(|(_, hold)| is_it(hold))
    }

    /// The session's hold in this show.
    fn session_in(
        &self,
        show: u32,
        buyer: u32,
        asker: Asker,
        at: Us,
    ) -> Result<Option<u64>, Vec<Refused>> {
        if !self.shows.contains_key(&show) {
            return Err(vec![refused(Rule::NotFound)]);
        }
        let held = self.session(asker, buyer, at);
        Ok(held
            .filter(|(_, hold)| hold.claim.show == show)
            .map(|(id, _)| id))
    }

    pub(super) fn read_session(&self, show: u32, buyer: u32, asker: Asker, at: Us) -> Verdict {
        let hold = self.session_in(show, buyer, asker, at)?;
        Decided::told(Answer::Session(hold.and_then(|id| self.hold_seen(id))))
    }

    pub(super) fn release_session(&self, show: u32, buyer: u32, asker: Asker, at: Us) -> Verdict {
        match self.session_in(show, buyer, asker, at)? {
            None => Decided::told(Answer::HoldReleased(None)),
            Some(id) => self.release(id, Cause::Buyer),
        }
    }

    fn release(&self, hold: u64, cause: Cause) -> Verdict {
        let claim = self.holds[&hold].claim.clone();
        let then = Then::Told(Answer::HoldReleased(self.hold_seen(hold)));
        Ok(Decided {
            facts: vec![Fact::HoldReleased { hold, cause, claim }],
            then,
        })
    }

    pub(super) fn read_hold(&self, right: &Right, asker: Asker, at: Us) -> Verdict {
        self.usable(right, asker, at)
            .map_err(|broken| vec![broken])?;
        Decided::told(Answer::Hold(
            self.hold_seen(right.hold).expect("usable, so it is there"),
        ))
    }

    pub(super) fn release_hold(&self, right: &Right, asker: Asker, at: Us) -> Verdict {
        match self.usable(right, asker, at) {
            Ok(_) => self.release(right.hold, Cause::Buyer),
            // Giving back what is gone succeeds.
            Err(broken) if broken.rule == Rule::HoldExpired => {
                Decided::told(Answer::HoldReleased(None))
            }
            Err(broken) => Err(vec![broken]),
        }
    }

    pub(super) fn extend_hold(&self, right: &Right, ttl_ms: u64, asker: Asker, at: Us) -> Verdict {
        let hold = self
            .usable(right, asker, at)
            .map_err(|broken| vec![broken])?;
        let latest = hold.placed_at + HOLD_LIFE_MS_MAX * 1_000;
        let expires_at = at + ttl_ms * 1_000;
        if latest < expires_at {
            return Err(vec![refused(Rule::ExtendTooFar(latest))]);
        }
        let fence = hold.fence + 1;
        let facts = vec![Fact::HoldExtended {
            hold: right.hold,
            fence,
            expires_at,
        }];
        Ok(Decided {
            facts,
            then: Then::HoldExtended(right.hold),
        })
    }
}
