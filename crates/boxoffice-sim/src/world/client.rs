//! What clients do: they claim, change their minds, pay, look, and remember what they were told.

use super::plan::Plan;
use crate::model::words::{Answer, Ask, OrderTakes, Proof, Right, Us, Want};
use crate::model::{Asker, Request};
use crate::rng::Rng;

/// What a client remembers of each kind at the most.
const REMEMBERED_MAX: usize = 12;

/// A request that a client wants done.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    pub(super) op: u64,
    pub(super) request: Request,
    pub(super) deadline: Option<Us>,
    pub(super) attempt: u32,
    /// The call that is under way.
    pub(super) call: usize,
}

/// A hold as its client knows it.
#[derive(Debug, Clone, Copy)]
struct MyHold {
    hold: u64,
    fence: u32,
    buyer: u32,
}

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    asker: Asker,
    /// The one buyer that this client is, or any.
    buyer: Option<u32>,
    keyed_per_mille: u32,
    /// Proves its holds by the buyer's name instead of a token.
    by_name: bool,
    rng: Rng,
    pub(super) wish: Option<Wish>,
    holds: Vec<MyHold>,
    bookings: Vec<(u64, Vec<u32>)>,
    orders: Vec<(u64, Vec<(u32, u32)>)>,
    references: Vec<(u64, u64)>,
    keys: Vec<u64>,
    /// Requests with a key, to be sent once more though they were answered.
    done: Vec<(u64, Request)>,
}

fn remember<T>(list: &mut Vec<T>, item: T) {
    if list.len() == REMEMBERED_MAX {
        list.remove(0);
    }
    list.push(item);
}

impl Client {
    pub(super) fn new(number: u32, plan: &Plan, seed: u64) -> Self {
        let mut rng = Rng::new(seed, 100 + u64::from(number));
        let shares = rng.chance(400);
        let keyed_per_mille = match rng.below(3) {
            0 => 0,
            1 => 1_000,
            _ => 600,
        };
        Self {
            asker: Asker {
                principal: rng.small(3),
                admin: rng.chance(60),
            },
            buyer: if shares {
                Some(0)
            } else {
                rng.chance(700).then(|| rng.small(plan.n_buyers))
            },
            keyed_per_mille,
            by_name: rng.chance(300),
            rng,
            wish: None,
            holds: Vec::new(),
            bookings: Vec::new(),
            orders: Vec::new(),
            references: Vec::new(),
            keys: Vec::new(),
            done: Vec::new(),
        }
    }

    /// What it wants next. `op` numbers it and is its key.
    pub(super) fn next(&mut self, op: u64, plan: &Plan, now: Us) -> Wish {
        if self.rng.chance(40)
            && let Some((op, request)) = self.rng.pick(&self.done).cloned()
        {
            return Wish {
                op,
                request,
                deadline: None,
                attempt: 0,
                call: 0,
            };
        }
        let ask = self.ask(op, plan);
        let mut key = self.rng.chance(self.keyed_per_mille).then_some((op, op));
        if key.is_some() && self.rng.chance(10) {
            // Another request under a key that was used before.
            key = self.rng.pick(&self.keys).map(|old| (*old, op)).or(key);
        } else if key.is_some() {
            remember(&mut self.keys, op);
        }
        let deadline = self
            .rng
            .chance(150)
            .then(|| now + self.rng.within(1, 300) * 1_000);
        let request = Request {
            asker: self.asker,
            key,
            ask,
        };
        if key.is_some() {
            remember(&mut self.done, (op, request.clone()));
        }
        Wish {
            op,
            request,
            deadline,
            attempt: 0,
            call: 0,
        }
    }

    fn buyer(&mut self, plan: &Plan) -> u32 {
        self.buyer.unwrap_or_else(|| self.rng.small(plan.n_buyers))
    }

    fn show(&mut self, plan: &Plan) -> u32 {
        let n = u32::try_from(plan.shows.len()).expect("few");
        // Most want the first show.
        if self.rng.chance(600) {
            0
        } else {
            self.rng.small(n)
        }
    }

    fn want(&mut self, plan: &Plan, show: u32) -> Want {
        let rules = &plan.shows[show as usize];
        let all: Vec<u32> = rules.rows.iter().flatten().copied().collect();
        match self.rng.below(10) {
            0 | 1 if !rules.areas.is_empty() => {
                let n = u32::try_from(rules.areas.len()).expect("few");
                Want::Places {
                    area: self.rng.small(n),
                    n: self.rng.small(5) + 1,
                }
            }
            2 => Want::Best {
                n: self.rng.small(4) + 1,
            },
            3 => Want::Seats(Vec::new()),
            _ => {
                let n = self.rng.within(1, 3);
                let mut seats = Vec::new();
                for _ in 0..n {
                    let seat = *self.rng.pick(&all).expect("shows have seats");
                    if !seats.contains(&seat) || self.rng.chance(20) {
                        seats.push(seat);
                    }
                }
                Want::Seats(seats)
            }
        }
    }

    fn items(&mut self, plan: &Plan) -> Vec<(u32, u32)> {
        let n = u32::try_from(plan.products.len()).expect("few");
        let mut items = Vec::new();
        for product in 0..n {
            if self.rng.chance(600) {
                items.push((product, self.rng.small(4) + 1));
            }
        }
        items
    }

    /// A hold of its own, or now and then somebody's, with or without the right to it.
    fn right(&mut self) -> Option<Right> {
        if self.rng.chance(40) {
            let hold = self.rng.within(1, 40);
            let proof = if self.rng.chance(500) {
                Proof::None
            } else {
                Proof::Token(1)
            };
            return Some(Right {
                hold,
                proof,
                fence: None,
            });
        }
        let newest_first = self.rng.chance(800);
        let mine = if newest_first {
            self.holds.last()
        } else {
            self.rng.pick(&self.holds)
        };
        let mine = *mine?;
        let proof = if self.by_name {
            Proof::Buyer(mine.buyer)
        } else {
            Proof::Token(mine.fence)
        };
        let fence = self.rng.chance(300).then_some(mine.fence);
        Some(Right {
            hold: mine.hold,
            proof,
            fence,
        })
    }

    fn ask(&mut self, op: u64, plan: &Plan) -> Ask {
        let buyer = self.buyer(plan);
        let show = self.show(plan);
        let chosen = match self.rng.below(100) {
            0..=24 => self.ask_hold(plan, show, buyer),
            25..=49 => self.ask_of_hold(),
            50..=56 => Some(Ask::BookDirect {
                show,
                buyer,
                want: self.want(plan, show),
                own_hold: self.rng.chance(300),
            }),
            57..=62 => self.ask_of_booking(),
            63..=70 => {
                let takes = match self.rng.below(3) {
                    0 => OrderTakes::Nothing,
                    1 => match self.right() {
                        Some(right) => OrderTakes::Hold(right),
                        None => OrderTakes::Nothing,
                    },
                    _ => OrderTakes::Direct {
                        show,
                        want: self.want(plan, show),
                    },
                };
                let ttl_ms = self.rng.chance(500).then(|| self.rng.within(100, 8_000));
                Some(Ask::PlaceOrder {
                    buyer,
                    items: self.items(plan),
                    takes,
                    ttl_ms,
                })
            }
            71..=85 => self.ask_of_order(op),
            86..=89 => Some(Ask::Charge {
                buyer,
                amount: i64::from(self.rng.small(400)),
            }),
            90 => {
                let n = u32::try_from(plan.products.len()).expect("few");
                Some(Ask::Restock {
                    product: self.rng.small(n),
                    n: self.rng.small(5) + 1,
                })
            }
            91 => self.ask_operator(plan, show),
            _ => None,
        };
        match chosen {
            Some(ask) => ask,
            None => self.ask_look(plan, show, buyer),
        }
    }

    fn ask_hold(&mut self, plan: &Plan, show: u32, buyer: u32) -> Option<Ask> {
        let ttl_ms = self.rng.chance(600).then(|| self.rng.within(150, 9_000));
        let want = self.want(plan, show);
        Some(Ask::Hold {
            show,
            buyer,
            want,
            ttl_ms,
            session: self.rng.chance(200),
        })
    }

    fn ask_of_hold(&mut self) -> Option<Ask> {
        let right = self.right()?;
        Some(match self.rng.below(10) {
            0..=3 => Ask::BookHold(right),
            4..=6 => Ask::ReleaseHold(right),
            7 => Ask::ReadHold(right),
            _ => Ask::ExtendHold {
                right,
                ttl_ms: self.rng.within(150, 9_000),
            },
        })
    }

    fn ask_of_booking(&mut self) -> Option<Ask> {
        let (booking, seats) = self.rng.pick(&self.bookings).cloned()?;
        Some(match self.rng.below(4) {
            0 => Ask::ReadBooking(booking),
            1 => Ask::CancelBooking {
                booking,
                seats: seats.into_iter().take(1).collect(),
            },
            _ => Ask::CancelBooking {
                booking,
                seats: Vec::new(),
            },
        })
    }

    fn ask_of_order(&mut self, op: u64) -> Option<Ask> {
        let (order, items) = self.rng.pick(&self.orders).cloned()?;
        Some(match self.rng.below(12) {
            0..=3 => Ask::PayFromAccount(order),
            4 | 5 => {
                let amount = self
                    .rng
                    .chance(200)
                    .then(|| i64::from(self.rng.small(100)) + 1);
                remember(&mut self.references, (order, op));
                Ask::PayOutside {
                    order,
                    reference: op,
                    amount,
                }
            }
            6 => {
                // The same payment is told again, perhaps for another order.
                let (of, reference) = *self.rng.pick(&self.references)?;
                let order = if self.rng.chance(800) { of } else { order };
                Ask::PayOutside {
                    order,
                    reference,
                    amount: None,
                }
            }
            7 => Ask::CancelOrder(order),
            8 => Ask::Refund {
                order,
                items: Vec::new(),
                seats: Vec::new(),
            },
            9 => Ask::Refund {
                order,
                items: items
                    .into_iter()
                    .take(1)
                    .map(|(product, _)| (product, 1))
                    .collect(),
                seats: Vec::new(),
            },
            _ => Ask::ReadOrder(order),
        })
    }

    fn ask_operator(&mut self, plan: &Plan, show: u32) -> Option<Ask> {
        let mut rules = plan.shows[show as usize].clone();
        Some(match self.rng.below(4) {
            0 => {
                rules.open = self.rng.chance(700);
                Ask::PutShow { show, rules }
            }
            1 => {
                let n = u32::try_from(plan.products.len()).expect("few");
                let product = self.rng.small(n);
                let (_, initial) = plan.products[product as usize];
                let price = i64::from(self.rng.small(50)) + 1;
                Ask::PutProduct {
                    product,
                    price,
                    initial,
                }
            }
            _ => {
                let seats: Vec<u32> = rules.rows.iter().flatten().copied().collect();
                let seat = *self.rng.pick(&seats).expect("shows have seats");
                Ask::ReleaseSeat {
                    show,
                    seat,
                    bookings_only: self.rng.chance(500),
                }
            }
        })
    }

    fn ask_look(&mut self, plan: &Plan, show: u32, buyer: u32) -> Ask {
        let n = u32::try_from(plan.products.len()).expect("few");
        match self.rng.below(7) {
            0 => Ask::ReadProduct(self.rng.small(n)),
            1 => Ask::Bookings { buyer },
            2 => Ask::Orders { buyer },
            3 => Ask::ReadSession { show, buyer },
            4 => Ask::ReleaseSession { show, buyer },
            5 => Ask::ReadOrder(self.rng.within(1, 30)),
            _ => Ask::ReadAccount(buyer),
        }
    }

    /// It was told something.
    pub(super) fn learn(&mut self, answer: &Answer) {
        match answer {
            Answer::HoldPlaced(seen) | Answer::HoldExtended(seen) => {
                self.holds.retain(|mine| mine.hold != seen.hold);
                let (hold, fence, buyer) = (seen.hold, seen.fence, seen.buyer);
                remember(&mut self.holds, MyHold { hold, fence, buyer });
            }
            // A few are kept, to be used once too often.
            Answer::HoldReleased(Some(seen)) if self.rng.chance(800) => {
                self.holds.retain(|mine| mine.hold != seen.hold);
            }
            Answer::Booked(seen) => {
                remember(&mut self.bookings, (seen.booking, seen.claim.seats.clone()));
            }
            Answer::OrderPlaced(seen) => {
                let items = seen.items.iter().map(|i| (i.product, i.quantity)).collect();
                remember(&mut self.orders, (seen.order, items));
            }
            Answer::Paid(seen) => {
                if let Some(booking) = seen.booking {
                    remember(&mut self.bookings, (booking, Vec::new()));
                }
            }
            _ => {}
        }
    }

    /// How long it waits for an answer before it gives up or asks again.
    pub(super) fn patience_us(&mut self) -> Us {
        self.rng.within(20, 1_500) * 1_000
    }

    /// How long it waits before it asks again.
    pub(super) fn backoff_us(&mut self, attempt: u32) -> Us {
        let longest = 10_000_u64 << attempt.min(8);
        self.rng.within(1_000, longest)
    }

    pub(super) fn think_us(&mut self, mean: Us) -> Us {
        super::plan::about(&mut self.rng, mean)
    }
}
