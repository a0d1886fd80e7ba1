//! One request, its facts and its answer, held against what the model decides itself.
//!
//! Where a request breaks several rules, the house may name any of them: it must name one that was
//! broken, with what was really in the way, and may refuse nothing that breaks none.

use super::claims::By;
use super::house::{Asker, House, Kept};
use super::words::{Answer, Ask, Cause, Fact, OrderTakes, Refused, Rule, Us, Want};

/// A request as the house got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub asker: Asker,
    /// The idempotency key and a digest of the request.
    pub key: Option<(u64, u64)>,
    /// What is asked.
    pub ask: Ask,
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The answer.
    pub answer: Answer,
    /// Whether it claims to be an earlier answer under the same key.
    pub replayed: bool,
}

/// What a request that breaks no rule leads to.
pub(super) struct Decided {
    pub(super) facts: Vec<Fact>,
    pub(super) then: Then,
}

impl Decided {
    pub(super) fn told(answer: Answer) -> Verdict {
        Ok(Self {
            facts: Vec::new(),
            then: Then::Told(answer),
        })
    }
}

/// What is told once the facts are part of the house.
pub(super) enum Then {
    Told(Answer),
    HoldPlaced(u64),
    HoldExtended(u64),
    Booked(u64),
    BookingCancelled(u64),
    OrderPlaced(u64),
    OrderCancelled(u64),
    ProductPut { product: u32, created: bool },
    Charged { buyer: u32, amount: i64 },
}

/// The effect, or every rule that the request breaks.
pub(super) type Verdict = Result<Decided, Vec<Refused>>;

impl House {
    /// Takes a decision of the real house as its own, if the model would have decided so.
    ///
    /// # Errors
    /// How the decision differs from the model's, for people.
    pub fn step(
        &mut self,
        request: &Request,
        at: Us,
        facts: &[Fact],
        told: Option<&Told>,
    ) -> Result<(), String> {
        let facts = self.take_expiries(at, facts)?;
        let verdict = self.decide(request, at, facts);
        // What is wrong by itself is wrong whatever is kept under the key.
        let misshapen = matches!(&verdict, Err(broken) if broken[0].rule == Rule::Shape);
        let key = request.key.filter(|_| !request.ask.is_read() && !misshapen);
        if let Some((key, body)) = key
            && let Some(kept) = self.kept(key, at)
        {
            if !facts.is_empty() {
                return Err(format!("a repeat of key {key} had effects: {facts:?}"));
            }
            let Some(told) = told else { return Ok(()) };
            let expected = if kept.body == body {
                Told {
                    answer: kept.answer.clone(),
                    replayed: true,
                }
            } else {
                let answer = Answer::Refused(super::house::refused(Rule::KeyReused));
                Told {
                    answer,
                    replayed: false,
                }
            };
            return same(
                "a repeat under its key must be answered as the first",
                &expected,
                told,
            );
        }
        if told.is_some_and(|told| told.replayed) {
            return Err("an answer claims to be a repeat, but its key is not known".into());
        }
        let answer = match verdict {
            Err(broken) => refusal(&broken, key.is_some(), facts, told)?,
            Ok(decided) => {
                let n = decided.facts.len().min(facts.len());
                same(
                    "what happened is not what was asked for",
                    &decided.facts[..],
                    &facts[..n],
                )?;
                for fact in &decided.facts {
                    self.apply(fact, at);
                }
                self.answer(decided.then, at)
            }
        };
        self.take_key(key, &answer, at, facts)?;
        match told {
            None => Ok(()),
            Some(told) => same("the answer differs from the model's", &answer, &told.answer),
        }
    }

    /// Whether this request may have led to exactly these facts.
    #[must_use]
    pub fn would_explain(&self, request: &Request, at: Us, facts: &[Fact]) -> bool {
        let rest = &facts[facts.iter().take_while(|fact| is_expiry(fact)).count()..];
        match (request.key, rest.last()) {
            (Some(given), Some(Fact::KeyStored { key, body, .. })) => given == (*key, *body),
            (None, Some(Fact::KeyStored { .. })) | (Some(_), _) => false,
            (None, last) => match self.decide(request, at, rest) {
                Ok(decided) => decided.facts == rest,
                // A command that is refused, or a read, may still have met overdue claims.
                Err(_) => last.is_none(),
            },
        }
    }

    /// Facts that no request led to: the house opening, a writer's term, and what was overdue.
    ///
    /// # Errors
    /// If anything else happened.
    pub fn unasked(&mut self, at: Us, facts: &[Fact]) -> Result<(), String> {
        for fact in self.take_expiries(at, facts)? {
            match fact {
                Fact::Opened if !self.opened => self.opened = true,
                Fact::Term(term) if *term == self.term + 1 => self.term = *term,
                Fact::KeysExpired(n) => self.forget_keys(*n, at)?,
                fact => return Err(format!("nobody asked for this: {fact:?}")),
            }
        }
        Ok(())
    }

    /// Whether these are facts that need no request.
    #[must_use]
    pub fn is_unasked(facts: &[Fact]) -> bool {
        let is = |fact: &Fact| {
            is_expiry(fact) || matches!(fact, Fact::Opened | Fact::Term(_) | Fact::KeysExpired(_))
        };
        facts.iter().all(is)
    }

    fn take_expiries<'a>(&mut self, at: Us, facts: &'a [Fact]) -> Result<&'a [Fact], String> {
        let n = facts.iter().take_while(|fact| is_expiry(fact)).count();
        for fact in &facts[..n] {
            self.expire(fact, at)?;
        }
        Ok(&facts[n..])
    }

    fn kept(&self, key: u64, at: Us) -> Option<&Kept> {
        self.keys.get(&key).filter(|kept| at < kept.expires_at)
    }

    /// The oldest keys are forgotten: all of them past their retention.
    fn forget_keys(&mut self, n: u32, at: Us) -> Result<(), String> {
        for _ in 0..n {
            let oldest = self.keys.iter().min_by_key(|(_, kept)| kept.expires_at);
            let Some((key, kept)) = oldest.map(|(key, kept)| (*key, kept.expires_at)) else {
                return Err("more keys were forgotten than there were".into());
            };
            if at < kept {
                return Err(format!(
                    "key {key} was forgotten at {at}, before its end at {kept}"
                ));
            }
            self.keys.remove(&key);
        }
        Ok(())
    }

    /// Checks and takes what was kept under the key.
    fn take_key(
        &mut self,
        key: Option<(u64, u64)>,
        answer: &Answer,
        at: Us,
        facts: &[Fact],
    ) -> Result<(), String> {
        let stored = facts
            .iter()
            .find(|fact| matches!(fact, Fact::KeyStored { .. }));
        let Some((key, body)) = key else {
            return if stored.is_none() {
                Ok(())
            } else {
                Err("something was kept under a key that was not given".into())
            };
        };
        let keep_ms = match answer {
            Answer::Refused(Refused {
                rule: Rule::Shape | Rule::Busy | Rule::HouseFull,
                ..
            }) => {
                return Ok(());
            }
            Answer::Refused(_) => self.rules.key_refusal_ms,
            _ => self.rules.key_effect_ms,
        };
        let expires_at = at + keep_ms * 1_000;
        let answer = answer.clone();
        let expected = Fact::KeyStored {
            key,
            body,
            answer: Box::new(answer.clone()),
            expires_at,
        };
        same("what is kept under the key", &Some(&expected), &stored)?;
        self.keys.insert(
            key,
            Kept {
                body,
                answer,
                expires_at,
            },
        );
        Ok(())
    }

    fn answer(&self, then: Then, at: Us) -> Answer {
        const THERE: &str = "the facts were just applied";
        match then {
            Then::Told(answer) => answer,
            Then::HoldPlaced(id) => Answer::HoldPlaced(self.hold_seen(id).expect(THERE)),
            Then::HoldExtended(id) => Answer::HoldExtended(self.hold_seen(id).expect(THERE)),
            Then::Booked(id) => Answer::Booked(self.booking_seen(id).expect(THERE)),
            Then::BookingCancelled(id) => {
                Answer::BookingCancelled(self.booking_seen(id).expect(THERE))
            }
            Then::OrderPlaced(id) => Answer::OrderPlaced(self.order_seen(id, at).expect(THERE)),
            Then::OrderCancelled(id) => {
                Answer::OrderCancelled(self.order_seen(id, at).expect(THERE))
            }
            Then::ProductPut { product, created } => {
                let seen = self.product_seen(product).expect(THERE);
                if created {
                    Answer::ProductCreated(seen)
                } else {
                    Answer::Product(seen)
                }
            }
            Then::Charged { buyer, amount } => {
                Answer::Charged(self.account_seen(buyer, amount).expect(THERE))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each request")]
    fn decide(&self, request: &Request, at: Us, facts: &[Fact]) -> Verdict {
        let asker = request.asker;
        let chosen = chosen(&request.ask, facts);
        let by = |buyer| By {
            buyer,
            own_hold: None,
            chosen,
        };
        match &request.ask {
            Ask::PutShow { show, rules } => self.put_show(*show, rules),
            Ask::PutProduct {
                product,
                price,
                initial,
            } => self.put_product(*product, *price, *initial),
            Ask::Hold {
                show,
                buyer,
                want,
                ttl_ms,
                session,
            } => self.place_hold(*show, want, *ttl_ms, *session, &by(*buyer), asker, at),
            Ask::ReadHold(right) => self.read_hold(right, asker, at),
            Ask::ExtendHold { right, ttl_ms } => self.extend_hold(right, *ttl_ms, asker, at),
            Ask::ReleaseHold(right) => self.release_hold(right, asker, at),
            Ask::ReadSession { show, buyer } => self.read_session(*show, *buyer, asker, at),
            Ask::ReleaseSession { show, buyer } => self.release_session(*show, *buyer, asker, at),
            Ask::BookHold(right) => self.book_hold(right, asker, at),
            Ask::BookDirect {
                show,
                buyer,
                want,
                own_hold,
            } => {
                let by = By {
                    own_hold: own_hold.then_some(asker),
                    ..by(*buyer)
                };
                self.book_direct(*show, want, &by, asker, at)
            }
            Ask::ReadBooking(id) => self.read_booking(*id, asker),
            Ask::CancelBooking { booking, seats } => self.cancel_booking(*booking, seats, asker),
            Ask::ReleaseSeat {
                show,
                seat,
                bookings_only,
            } => self.release_seat(*show, *seat, *bookings_only, asker, at),
            Ask::Bookings { buyer } => self.list_bookings(*buyer, asker),
            Ask::Orders { buyer } => self.list_orders(*buyer, asker, at),
            Ask::ReadProduct(product) => self.read_product(*product),
            Ask::Restock { product, n } => self.restock(*product, *n),
            Ask::PlaceOrder {
                buyer,
                items,
                takes,
                ttl_ms,
            } => self.place_order(items, takes, *ttl_ms, &by(*buyer), asker, at),
            Ask::ReadOrder(id) => self.read_order(*id, asker, at),
            Ask::CancelOrder(id) => self.cancel_order(*id, asker, at),
            Ask::PayFromAccount(id) => self.pay_from_account(*id, asker, at),
            Ask::PayOutside {
                order,
                reference,
                amount,
            } => self.pay_outside(*order, *reference, *amount, asker, at),
            Ask::Refund {
                order,
                items,
                seats,
            } => self.refund(*order, items, seats, asker, at),
            Ask::Charge { buyer, amount } => self.charge(*buyer, *amount, asker),
            Ask::ReadAccount(buyer) => self.read_account(*buyer, asker),
        }
    }
}

fn is_expiry(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::HoldReleased {
            cause: Cause::Expired,
            ..
        } | Fact::OrderClosed {
            cause: Cause::Expired,
            ..
        }
    )
}

/// The seats that the house chose, where the request leaves it the choice.
fn chosen<'a>(ask: &Ask, facts: &'a [Fact]) -> &'a [u32] {
    let want = match ask {
        Ask::Hold { want, .. } | Ask::BookDirect { want, .. } => want,
        Ask::PlaceOrder {
            takes: OrderTakes::Direct { want, .. },
            ..
        } => want,
        _ => return &[],
    };
    if !matches!(want, Want::Best { .. }) {
        return &[];
    }
    let seats = facts.iter().find_map(|fact| match fact {
        Fact::HoldPlaced { claim, .. } | Fact::BookingMade { claim, .. } => Some(&claim.seats),
        Fact::OrderPlaced { claim, .. } => claim.as_ref().map(|claim| &claim.seats),
        _ => None,
    });
    seats.map_or(&[], |seats| seats)
}

/// A refusal of a request that breaks these rules: as told, or as kept under its key.
fn refusal(
    broken: &[Refused],
    keyed: bool,
    facts: &[Fact],
    told: Option<&Told>,
) -> Result<Answer, String> {
    let (n, kept) = match facts {
        [] => (0, None),
        [Fact::KeyStored { answer, .. }] if keyed => (1, Some(&**answer)),
        _ => return Err(format!("must be refused with {broken:?} but did {facts:?}")),
    };
    let answer = told.map(|told| &told.answer).or(kept);
    match answer {
        None => Ok(Answer::Refused(broken[0].clone())),
        Some(Answer::Refused(refused)) if broken.contains(refused) => {
            Ok(Answer::Refused(refused.clone()))
        }
        Some(other) => Err(format!(
            "must be refused with {broken:?}, got {other:?} ({n} facts)"
        )),
    }
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    expected: &T,
    got: &T,
) -> Result<(), String> {
    if expected == got {
        Ok(())
    } else {
        Err(format!("{what}: expected {expected:?}, got {got:?}"))
    }
}
