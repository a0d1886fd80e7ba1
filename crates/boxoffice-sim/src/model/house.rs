//! What the model knows of a house, and the questions that its decisions ask.

use std::collections::BTreeMap;

use super::words::{
    AccountSeen, Answer, BookingSeen, Claim, HoldSeen, InTheWay, Item, OrderSeen, ProductSeen,
    Proof, Refused, Right, Rule, ShowRules, Standing, Status, Us,
};

/// Settings that decisions depend on.
#[derive(Debug, Clone)]
pub struct HouseRules {
    /// How long an effect keeps its key, in milliseconds.
    pub key_effect_ms: u64,
    /// How long a refusal keeps its key, in milliseconds.
    pub key_refusal_ms: u64,
    /// Time to pay an order without seats that asks for none, in milliseconds.
    pub order_ttl_ms: u64,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// The API key's number.
    pub principal: u32,
    /// May see and change what others own.
    pub admin: bool,
}

/// The owner of what is every seller's.
const HOUSE: u32 = 0;

impl Asker {
    pub(super) fn may_see(self, owner: u32) -> bool {
        self.admin || self.principal == owner || owner == HOUSE
    }
}

#[derive(Debug, Clone)]
pub(super) struct Hold {
    pub(super) buyer: u32,
    pub(super) principal: u32,
    pub(super) claim: Claim,
    pub(super) amount: i64,
    pub(super) placed_at: Us,
    pub(super) expires_at: Us,
    pub(super) fence: u32,
    pub(super) session: bool,
}

impl Hold {
    /// Whether it is the buyer's own and the asker may use it.
    pub(super) fn is_of(&self, (buyer, asker): (u32, Asker)) -> bool {
        self.buyer == buyer && asker.may_see(self.principal)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub(super) buyer: u32,
    pub(super) principal: u32,
    pub(super) claim: Claim,
    pub(super) amount: i64,
    pub(super) booked_at: Us,
    pub(super) order: Option<u64>,
}

#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) buyer: u32,
    pub(super) principal: u32,
    pub(super) status: Status,
    pub(super) items: Vec<Item>,
    pub(super) claim: Option<Claim>,
    pub(super) total: i64,
    pub(super) refunded: i64,
    pub(super) placed_at: Us,
    pub(super) pay_by: Us,
    pub(super) paid_at: Option<Us>,
    pub(super) booking: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) principal: u32,
    pub(super) balance: i64,
    pub(super) version: u64,
    pub(super) at: Us,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Product {
    pub(super) price: i64,
    pub(super) initial: u64,
    pub(super) restocked: u64,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Outside {
    pub(super) order: u64,
    pub(super) amount: i64,
    pub(super) credited: bool,
    pub(super) at: Us,
}

#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) body: u64,
    pub(super) answer: Answer,
    pub(super) expires_at: Us,
}

/// A house as the model has it.
#[derive(Debug, Clone)]
pub struct House {
    pub(super) rules: HouseRules,
    pub(super) opened: bool,
    pub(super) term: u64,
    pub(super) shows: BTreeMap<u32, ShowRules>,
    pub(super) products: BTreeMap<u32, Product>,
    pub(super) holds: BTreeMap<u64, Hold>,
    pub(super) last_hold: u64,
    pub(super) bookings: BTreeMap<u64, Booking>,
    pub(super) orders: BTreeMap<u64, Order>,
    pub(super) accounts: BTreeMap<u32, Account>,
    pub(super) outside: BTreeMap<u64, Outside>,
    pub(super) keys: BTreeMap<u64, Kept>,
}

/// Who has a seat: nobody is `None` outside of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Hold(u64),
    Order(u64),
    Booking(u64),
}

pub(super) fn refused(rule: Rule) -> Refused {
    Refused {
        rule,
        conflicts: Vec::new(),
    }
}

impl House {
    /// A house before its first fact.
    #[must_use]
    pub fn new(rules: HouseRules) -> Self {
        Self {
            rules,
            opened: false,
            term: 0,
            shows: BTreeMap::new(),
            products: BTreeMap::new(),
            holds: BTreeMap::new(),
            last_hold: 0,
            bookings: BTreeMap::new(),
            orders: BTreeMap::new(),
            accounts: BTreeMap::new(),
            outside: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }

    pub(super) fn is_pending(order: &Order, at: Us) -> bool {
        order.status == Status::Pending && at < order.pay_by
    }

    /// The order's status at this moment, whether its end was written or not.
    pub(super) fn status(order: &Order, at: Us) -> Status {
        match order.status {
            Status::Pending if order.pay_by <= at => Status::Expired,
            status => status,
        }
    }

    /// All that is claimed at this moment, by whom, for which buyer, and until when.
    fn claims(&self, at: Us) -> impl Iterator<Item = (Owner, u32, &Claim, Option<Us>)> {
        let holds = self
            .holds
            .iter()
            .filter(move |(_, hold)| at < hold.expires_at);
        let holds = holds.map(|(id, h)| (Owner::Hold(*id), h.buyer, &h.claim, Some(h.expires_at)));
        let orders = self
            .orders
            .iter()
            .filter(move |(_, order)| Self::is_pending(order, at));
        let orders = orders.filter_map(|(id, o)| {
            Some((
                Owner::Order(*id),
                o.buyer,
                o.claim.as_ref()?,
                Some(o.pay_by),
            ))
        });
        let bookings = self
            .bookings
            .iter()
            .map(|(id, b)| (Owner::Booking(*id), b.buyer, &b.claim, None));
        holds.chain(orders).chain(bookings)
    }

    /// Who has a seat at this moment, and until when.
    pub(super) fn owner(&self, show: u32, seat: u32, at: Us) -> Option<(Owner, Option<Us>)> {
        self.claims(at)
            .find(|(_, _, claim, _)| claim.show == show && claim.seats.contains(&seat))
            .map(|(owner, _, _, until)| (owner, until))
    }

    /// Places of an area that nobody has.
    pub(super) fn places_left(&self, show: u32, area: u32, at: Us) -> u64 {
        let capacity = self
            .shows
            .get(&show)
            .and_then(|rules| rules.areas.get(area as usize));
        let taken: u64 = self
            .claims(at)
            .filter(|(_, _, claim, _)| claim.show == show)
            .filter_map(|(_, _, claim, _)| claim.places)
            .filter(|(of, _)| *of == area)
            .map(|(_, n)| u64::from(n))
            .sum();
        u64::from(capacity.copied().unwrap_or(0)).saturating_sub(taken)
    }

    /// What a buyer has in a show.
    pub(super) fn units_of(&self, show: u32, buyer: u32, at: Us) -> u64 {
        self.claims(at)
            .filter(|(_, of, claim, _)| *of == buyer && claim.show == show)
            .map(|(_, _, claim, _)| units(claim))
            .sum()
    }

    /// Units of a product in live and paid orders, less what was given back.
    pub(super) fn sold(&self, product: u32, at: Us) -> u64 {
        self.orders
            .values()
            .filter(|o| matches!(Self::status(o, at), Status::Pending | Status::Paid))
            .flat_map(|order| &order.items)
            .filter(|item| item.product == product)
            .map(|item| u64::from(item.quantity) - u64::from(item.refunded))
            .sum()
    }

    pub(super) fn stock(&self, product: u32, at: Us) -> u64 {
        self.products.get(&product).map_or(0, |p| {
            (p.initial + p.restocked).saturating_sub(self.sold(product, at))
        })
    }

    /// The balance of a buyer's account as the asker sees it: someone else's account is none.
    pub(super) fn seen_balance(&self, buyer: u32, asker: Asker) -> Option<i64> {
        let account = self.accounts.get(&buyer);
        account
            .filter(|account| asker.may_see(account.principal))
            .map(|account| account.balance)
    }

    pub(super) fn balance(&self, buyer: u32) -> i64 {
        self.accounts
            .get(&buyer)
            .map_or(0, |account| account.balance)
    }

    /// Which of these seats stand in the way of a claim; `mine` gives way.
    pub(super) fn in_the_way(
        &self,
        show: u32,
        seats: &[u32],
        mine: Option<(u32, Asker)>,
        at: Us,
    ) -> Vec<InTheWay> {
        let blocked = self
            .shows
            .get(&show)
            .map_or(&[][..], |rules| &rules.not_for_sale);
        let of = |seat: &u32| match self.owner(show, *seat, at) {
            Some((Owner::Hold(id), _)) if mine.is_some_and(|m| self.holds[&id].is_of(m)) => None,
            Some((Owner::Hold(_) | Owner::Order(_), until)) => Some((*seat, Standing::Held, until)),
            Some((Owner::Booking(_), until)) => Some((*seat, Standing::Booked, until)),
            None if blocked.contains(seat) => Some((*seat, Standing::NotForSale, None)),
            None => None,
        };
        seats.iter().filter_map(of).collect()
    }

    /// The hold that a caller may use, or why not.
    pub(super) fn usable(&self, right: &Right, asker: Asker, at: Us) -> Result<&Hold, Refused> {
        let Some(hold) = self.holds.get(&right.hold) else {
            let was = right.proof != Proof::None && (1..=self.last_hold).contains(&right.hold);
            return Err(refused(if was {
                Rule::HoldExpired
            } else {
                Rule::NotFound
            }));
        };
        let proven = match right.proof {
            Proof::None => false,
            Proof::Token(fence) => fence <= hold.fence,
            Proof::Buyer(buyer) => buyer == hold.buyer,
        };
        if !proven || !asker.may_see(hold.principal) {
            return Err(refused(Rule::NotFound));
        }
        if hold.expires_at <= at {
            return Err(refused(Rule::HoldExpired));
        }
        match right.fence {
            Some(fence) if fence != hold.fence => Err(refused(Rule::FenceStale(hold.fence))),
            _ => Ok(hold),
        }
    }

    pub(super) fn hold_seen(&self, id: u64) -> Option<HoldSeen> {
        let hold = self.holds.get(&id)?;
        Some(HoldSeen {
            hold: id,
            fence: hold.fence,
            buyer: hold.buyer,
            claim: hold.claim.clone(),
            amount: hold.amount,
            placed_at: hold.placed_at,
            expires_at: hold.expires_at,
        })
    }

    pub(super) fn booking_seen(&self, id: u64) -> Option<BookingSeen> {
        let booking = self.bookings.get(&id)?;
        Some(BookingSeen {
            booking: id,
            buyer: booking.buyer,
            confirmed: units(&booking.claim) > 0,
            claim: booking.claim.clone(),
            amount: booking.amount,
            booked_at: booking.booked_at,
            order: booking.order,
        })
    }

    pub(super) fn order_seen(&self, id: u64, at: Us) -> Option<OrderSeen> {
        let order = self.orders.get(&id)?;
        Some(OrderSeen {
            order: id,
            buyer: order.buyer,
            status: Self::status(order, at),
            items: order.items.clone(),
            claim: order.claim.clone(),
            total: order.total,
            refunded: order.refunded,
            placed_at: order.placed_at,
            pay_by: order.pay_by,
            paid_at: order.paid_at,
            booking: order.booking,
        })
    }

    pub(super) fn account_seen(&self, buyer: u32, amount: i64) -> Option<AccountSeen> {
        let account = self.accounts.get(&buyer)?;
        let Account {
            balance,
            version,
            at,
            ..
        } = *account;
        Some(AccountSeen {
            buyer,
            balance,
            version,
            amount,
            at,
        })
    }

    /// A product's figures follow the written ends of orders: an order past its deadline is
    /// counted until its end is written, within a commit interval.
    pub(super) fn product_seen(&self, product: u32) -> Option<ProductSeen> {
        let Product {
            price,
            initial,
            restocked,
        } = *self.products.get(&product)?;
        let sold = self.sold(product, 0);
        Some(ProductSeen {
            product,
            price,
            initial,
            restocked,
            sold,
        })
    }
}

/// Seats and places of a claim.
pub(super) fn units(claim: &Claim) -> u64 {
    claim.seats.len() as u64 + claim.places.map_or(0, |(_, n)| u64::from(n))
}
