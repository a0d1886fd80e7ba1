//! Finds the seats or places that a claim asks for, or who stands in the way.

use std::ops::Range;

use crate::command::{SeatKey, TariffKey, Want};
use crate::event::SeatRef;
use crate::ids::{AreaIdx, BuyerIdx, HoldId, Name, SeatIdx, ShowIdx};
use crate::layout::Layout;
use crate::money::Amount;
use crate::reply::{Conflict, Missing, Places, Rule, SeatStatus, SeatView, Shape};
use crate::state::records::Due;
use crate::state::show::{Claim, Show};

use super::{Context, Stop};

/// What a claim will take, priced, with what the seats' previous events were.
pub(super) struct Picked {
    pub(super) show: ShowIdx,
    pub(super) seats: Vec<SeatRef>,
    pub(super) places: Option<Places>,
    pub(super) amount: Amount,
    /// The buyer's own holds on wanted seats, where these do not stand in the way.
    pub(super) own_holds: Vec<HoldId>,
}

/// Who claims, and what may not stand in the way.
pub(super) struct Claimant<'a> {
    pub(super) buyer: &'a Name,
    /// The buyer's own holds give way.
    pub(super) own_holds_give_way: bool,
}

impl Picked {
    pub(super) fn views(&self) -> Vec<SeatView> {
        let view = |s: &SeatRef| SeatView {
            seat: s.seat,
            tariff: s.tariff,
            price: s.price,
        };
        self.seats.iter().map(view).collect()
    }
}

impl<'a> Context<'a> {
    pub(super) fn find_show(&self, show: &Name) -> Result<(ShowIdx, &'a Show), Stop> {
        self.state
            .show_by_name(show)
            .ok_or_else(|| self.missing(Missing::Show))
    }

    pub(super) fn find_seat(&self, layout: &Layout, key: &SeatKey) -> Result<SeatIdx, Stop> {
        match key {
            SeatKey::Named(name) => layout
                .seat(name.as_str())
                .ok_or_else(|| self.missing(Missing::Seat(name.clone()))),
            SeatKey::Index(seat) if layout.exists(*seat) => Ok(*seat),
            SeatKey::Index(seat) => Err(self.missing(Missing::SeatNumber(seat.0))),
        }
    }

    fn find_tariff(&self, layout: &Layout, key: &TariffKey) -> Result<u8, Stop> {
        let found = match key {
            TariffKey::Default => Some(0),
            TariffKey::Index(idx) => {
                Some(*idx).filter(|idx| usize::from(*idx) < layout.tariffs.len())
            }
            TariffKey::Code(code) => layout.tariff(code.as_str()),
        };
        found.ok_or_else(|| self.missing(Missing::Tariff))
    }

    fn find_seats(
        &self,
        layout: &Layout,
        wanted: &[(SeatKey, TariffKey)],
    ) -> Result<Vec<(SeatIdx, u8)>, Stop> {
        let mut seats = Vec::with_capacity(wanted.len());
        for (key, tariff) in wanted {
            let seat = self.find_seat(layout, key)?;
            let tariff = self.find_tariff(layout, tariff)?;
            if seats.iter().any(|(other, _)| *other == seat) {
                return Err(self.shape(Shape::Duplicate));
            }
            seats.push((seat, tariff));
        }
        Ok(seats)
    }

    fn find_area(
        &self,
        layout: &Layout,
        area: &Name,
        tariff: &TariffKey,
    ) -> Result<(AreaIdx, u8), Stop> {
        let area = layout.area(area.as_str());
        let area = area.ok_or_else(|| self.missing(Missing::Area))?;
        Ok((area, self.find_tariff(layout, tariff)?))
    }

    /// The rows of a section, if one is asked for, and the tariff.
    fn find_rows(
        &self,
        layout: &Layout,
        section: Option<&Name>,
        tariff: &TariffKey,
    ) -> Result<(Option<Range<usize>>, u8), Stop> {
        let rows = match section {
            None => None,
            Some(name) => {
                let section = layout.section(name.as_str());
                let section = section.ok_or_else(|| self.missing(Missing::Section))?;
                Some(section.rows.clone())
            }
        };
        Ok((rows, self.find_tariff(layout, tariff)?))
    }

    /// Whether everything exists that `want` names, for a rule that comes before [`Self::pick`].
    pub(super) fn check_exists(&self, layout: &Layout, want: &Want) -> Result<(), Stop> {
        match want {
            Want::Seats(seats) => self.find_seats(layout, seats).map(drop),
            Want::Places { area, tariff, .. } => self.find_area(layout, area, tariff).map(drop),
            Want::Best {
                section, tariff, ..
            } => self.find_rows(layout, section.as_ref(), tariff).map(drop),
        }
    }

    /// Whether the show sells to anyone at this moment.
    fn check_on_sale(&self, show: &Show) -> Result<(), Stop> {
        if !show.layout.open {
            return Err(self.refuse_at(Rule::ShowClosed, show.last));
        }
        match show.layout.on_sale_at {
            Some(at) if self.now.at < at => Err(self.refuse_at(Rule::NotOnSale(at), show.last)),
            _ => Ok(()),
        }
    }

    /// Finds what `want` asks for; it is all free when this succeeds.
    pub(super) fn pick(
        &self,
        show: &Name,
        want: &Want,
        claimant: &Claimant<'_>,
    ) -> Result<Picked, Stop> {
        let (show_idx, show) = self.find_show(show)?;
        let picked = match want {
            Want::Seats(seats) => self.pick_seats(show_idx, show, seats, claimant)?,
            Want::Places {
                area,
                quantity,
                tariff,
            } => self.pick_places(show_idx, show, area, *quantity, tariff)?,
            Want::Best {
                quantity,
                section,
                tariff,
            } => self.pick_best(show_idx, show, *quantity, section.as_ref(), tariff)?,
        };
        let n = crate::apply::claims::n_units(picked.seats.len(), picked.places.as_ref());
        if n > show.layout.seats_per_hold_max {
            let rule = Rule::BuyerLimit(show.layout.seats_per_hold_max);
            return Err(self.refuse_at(rule, show.last));
        }
        let given_way: u32 = picked
            .own_holds
            .iter()
            .filter_map(|hold| self.state.holds.get(hold))
            .map(|hold| crate::apply::claims::n_units(hold.seats.len(), hold.places.as_ref()))
            .sum();
        self.check_buyer_limit(show_idx, show, claimant.buyer, n, given_way)?;
        Ok(picked)
    }

    fn pick_seats(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        wanted: &[(SeatKey, TariffKey)],
        claimant: &Claimant<'_>,
    ) -> Result<Picked, Stop> {
        let seats = self.find_seats(&show.layout, wanted)?;
        self.check_on_sale(show)?;
        let gives_way = claimant.own_holds_give_way;
        let buyer = gives_way
            .then(|| self.state.buyer_idx(claimant.buyer))
            .flatten();
        let own_holds = self.check_free(show_idx, show, &seats, buyer)?;
        self.priced(show_idx, show, seats, own_holds)
    }

    /// Checks that seats are free; gives the holds of `owner` that are in the way and give way.
    pub(super) fn check_free(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        seats: &[(SeatIdx, u8)],
        owner: Option<BuyerIdx>,
    ) -> Result<Vec<HoldId>, Stop> {
        let mut conflicts = Vec::new();
        let mut due = Vec::new();
        let mut own = Vec::new();
        let mut rests_on = show.put_last;
        for (seat, _) in seats {
            let slot = show.slot(*seat);
            rests_on = rests_on.max(slot.last);
            let found = match slot.claim() {
                Claim::None if show.layout.is_for_sale(*seat) => continue,
                Claim::None => {
                    rests_on = rests_on.max(show.last);
                    (SeatStatus::NotForSale, None)
                }
                Claim::Hold(id) => {
                    let hold = self
                        .state
                        .holds
                        .get(&id)
                        .expect("I1: a claim's hold is live");
                    rests_on = rests_on.max(hold.last);
                    if hold.expires_at <= self.now.at {
                        push_once(&mut due, Due::Hold(id));
                        continue;
                    }
                    if owner == Some(hold.buyer) && self.may_see(hold.principal) {
                        push_once(&mut own, id);
                        continue;
                    }
                    (SeatStatus::Held, Some(hold.expires_at))
                }
                Claim::Order(id) => {
                    let order = self.state.order(id);
                    rests_on = rests_on.max(order.last);
                    if order.pay_by <= self.now.at {
                        push_once(&mut due, Due::Order(id));
                        continue;
                    }
                    (SeatStatus::Held, Some(order.pay_by))
                }
                Claim::Booking(_) => (SeatStatus::Booked, None),
            };
            let (status, free_at) = found;
            conflicts.push(Conflict {
                seat: *seat,
                status,
                free_at,
            });
        }
        if !due.is_empty() {
            return Err(Stop::Expire(due));
        }
        if conflicts.is_empty() {
            return Ok(own);
        }
        Err(self.conflict(Rule::SeatUnavailable, show_idx, conflicts, rests_on))
    }

    fn priced(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        seats: Vec<(SeatIdx, u8)>,
        own_holds: Vec<HoldId>,
    ) -> Result<Picked, Stop> {
        let mut amount = Amount::ZERO;
        let mut refs = Vec::with_capacity(seats.len());
        for (seat, tariff) in seats {
            let price = show.layout.seat_price(seat, tariff);
            let price = price.ok_or_else(|| self.refuse(Rule::AmountRange))?;
            amount = amount
                .plus(price)
                .ok_or_else(|| self.refuse(Rule::AmountRange))?;
            refs.push(SeatRef {
                seat,
                tariff,
                price,
                previous: show.slot(seat).last,
            });
        }
        Ok(Picked {
            show: show_idx,
            seats: refs,
            places: None,
            amount,
            own_holds,
        })
    }

    fn pick_places(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        area: &Name,
        quantity: u32,
        tariff: &TariffKey,
    ) -> Result<Picked, Stop> {
        let layout = &show.layout;
        let (area, tariff) = self.find_area(layout, area, tariff)?;
        self.check_on_sale(show)?;
        self.check_capacity(show_idx, show, area, quantity)?;
        let price = layout.place_price(area, tariff);
        let price = price.ok_or_else(|| self.refuse(Rule::AmountRange))?;
        let amount = price
            .times(quantity)
            .ok_or_else(|| self.refuse(Rule::AmountRange))?;
        let places = Some(Places {
            area,
            quantity,
            tariff,
            price,
        });
        Ok(Picked {
            show: show_idx,
            seats: Vec::new(),
            places,
            amount,
            own_holds: Vec::new(),
        })
    }

    pub(super) fn check_capacity(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        area: AreaIdx,
        quantity: u32,
    ) -> Result<(), Stop> {
        let capacity = show.layout.areas.get(area.at()).map_or(0, |a| a.capacity);
        let left = capacity.saturating_sub(show.area(area).claimed());
        if quantity <= left {
            return Ok(());
        }
        let sold_out = || self.refuse_at(Rule::SoldOut(u64::from(left)), show.rests_on());
        Err(self
            .scan_due_places(show_idx, area)
            .unwrap_or_else(sold_out))
    }

    /// Overdue claims on places of an area, if any; see [`Self::scan_due`].
    pub(super) fn scan_due_places(&self, show: ShowIdx, area: AreaIdx) -> Option<Stop> {
        self.scan_due(|due| self.due_claims(due, show).1 == Some(area))
    }

    fn pick_best(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        quantity: u32,
        section: Option<&Name>,
        tariff: &TariffKey,
    ) -> Result<Picked, Stop> {
        let (rows, tariff) = self.find_rows(&show.layout, section, tariff)?;
        self.check_on_sale(show)?;
        let Some(seats) = show.best(quantity as usize, rows) else {
            let has_seats = |due| self.due_claims(due, show_idx).0;
            let sold_out = || self.refuse_at(Rule::SoldOut(show.n_free()), show.rests_on());
            return Err(self.scan_due(has_seats).unwrap_or_else(sold_out));
        };
        let seats = seats.into_iter().map(|seat| (seat, tariff)).collect();
        self.priced(show_idx, show, seats, Vec::new())
    }

    /// Whether something overdue claims seats of a show, and places of which area.
    fn due_claims(&self, due: Due, show: ShowIdx) -> (bool, Option<AreaIdx>) {
        let (of, n_seats, places) = match due {
            Due::Hold(id) => {
                let hold = self.state.holds.get(&id).expect("I7: what is due is live");
                (hold.show, hold.seats.len(), hold.places)
            }
            Due::Order(id) => match &self.state.order(id).claims {
                None => return (false, None),
                Some(claims) => (claims.show, claims.seats.len(), claims.places),
            },
        };
        if of == show {
            (n_seats > 0, places.map(|p| p.area))
        } else {
            (false, None)
        }
    }

    pub(super) fn check_buyer_limit(
        &self,
        show_idx: ShowIdx,
        show: &Show,
        buyer: &Name,
        n: u32,
        given_way: u32,
    ) -> Result<(), Stop> {
        let Some(max) = show.layout.seats_per_buyer_max else {
            return Ok(());
        };
        let idx = self.state.buyer_idx(buyer);
        let has = idx
            .and_then(|idx| show.by_buyer.get(&idx))
            .copied()
            .unwrap_or(0);
        let kept = has.saturating_sub(u64::from(given_way));
        if kept.saturating_add(u64::from(n)) <= u64::from(max) {
            return Ok(());
        }
        let is_theirs = |due| {
            let (seats, area) = self.due_claims(due, show_idx);
            let owner = match due {
                Due::Hold(id) => self.state.holds.get(&id).map(|hold| hold.buyer),
                Due::Order(id) => Some(self.state.order(id).buyer),
            };
            (seats || area.is_some()) && owner == idx
        };
        Err(self
            .scan_due(is_theirs)
            .unwrap_or_else(|| self.refuse(Rule::BuyerLimit(max))))
    }
}

fn push_once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
