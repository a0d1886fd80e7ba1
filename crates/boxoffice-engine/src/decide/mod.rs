//! Decides commands: one total function from state, command and moment to reply and events.
//!
//! Checks run in one order: shape, idempotency key, existence and ownership (both answer alike),
//! rules, capacity. Whatever is behind the last check of a decision cannot fail.
//!
//! A hold or order whose deadline has passed is gone for every command. A decision that meets one
//! stops and names it; [`execute`] writes its expiry, in the same entry, and decides again.
//!
//! Never: changes the state, reads a clock, trusts a caller's numbers.

mod account;
mod booking;
mod claim;
mod expiry;
mod hold;
mod order;
mod payment;
mod product;
mod refund;
mod shape;
mod show;
mod view;

pub use expiry::expire_due;

use crate::apply::apply;
use crate::codec::{from_bytes, to_bytes};
use crate::command::{Action, Command, Key};
use crate::event::{Event, HouseOpened, KeyStored, Stamped, TermStarted};
use crate::ids::{Position, Principal, ShowIdx};
use crate::layout::Built;
use crate::limits::{EXPIRIES_PER_COMMAND_MAX, REPLY_BYTES_MAX};
use crate::reply::{Answer, Conflict, Missing, Refusal, Reply, Rule, Shape};
use crate::state::State;
use crate::state::records::Due;
use crate::time::Instant;

/// The principal of what belongs to the house itself.
const HOUSE: Principal = Principal(0);

/// The settings that decisions depend on. They are not stored: what they led to is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long an effect keeps its key.
    pub key_effect_ms: u64,
    /// How long a refusal keeps its key.
    pub key_refusal_ms: u64,
    /// Keys that one principal may have.
    pub keys_per_principal_max: usize,
    /// Keys that the house may have.
    pub keys_per_house_max: usize,
    /// Time to pay an order without seats that asks for none.
    pub order_ttl_ms: u64,
}

impl Rules {
    /// A day for effects, ten minutes for refusals and for paying; four million keys.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            key_effect_ms: 24 * 3_600_000,
            key_refusal_ms: 600_000,
            keys_per_principal_max: 2_000_000,
            keys_per_house_max: 4_000_000,
            order_ttl_ms: 900_000,
        }
    }
}

/// When and where a decision takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Journal time of the command.
    pub at: Instant,
    /// Position of the entry that its events will be in.
    pub position: Position,
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The reply, with what it rests on.
    pub answer: Answer,
    /// What happens; empty for reads and most refusals.
    pub events: Vec<Event>,
}

/// Either a decision, or overdue claims that must be written first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one call; a box would be an allocation for every decision"
)]
pub enum Verdict {
    /// Decided.
    Decided(Decision),
    /// These holds and orders are overdue and stand in the way; expire them and decide again.
    ExpireFirst(Vec<Event>),
}

/// What a successful check leads to.
pub(crate) struct Effect {
    reply: Reply,
    events: Vec<Event>,
    rests_on: Position,
}

/// Why a decision ends before its effect.
pub(crate) enum Stop {
    Refuse(Refusal, Position),
    Expire(Vec<Due>),
}

pub(crate) type Outcome = Result<Effect, Stop>;

/// Everything that a decision may look at.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) state: &'a State,
    pub(crate) rules: &'a Rules,
    pub(crate) command: &'a Command,
    pub(crate) now: Now,
}

impl Context<'_> {
    /// Refuses; the refusal rests on `position`.
    pub(crate) fn refuse_at(&self, rule: Rule, position: Position) -> Stop {
        Stop::Refuse(
            Refusal {
                rule,
                conflicts: Vec::new(),
                show: None,
            },
            position,
        )
    }

    /// Refuses; rests on everything so far, for want of anything more precise.
    pub(crate) fn refuse(&self, rule: Rule) -> Stop {
        self.refuse_at(rule, self.state.position)
    }

    pub(crate) fn missing(&self, what: Missing) -> Stop {
        self.refuse(Rule::NotFound(what))
    }

    pub(crate) fn shape(&self, shape: Shape) -> Stop {
        // A wrong shape rests on nothing but the command.
        self.refuse_at(Rule::Shape(shape), Position(0))
    }

    pub(crate) fn conflict(
        &self,
        rule: Rule,
        show: ShowIdx,
        conflicts: Vec<Conflict>,
        position: Position,
    ) -> Stop {
        Stop::Refuse(
            Refusal {
                rule,
                conflicts,
                show: Some(show),
            },
            position,
        )
    }

    /// Whether what `owner` owns exists for the caller. What the house itself owns (loaded at its
    /// start, or made before there were keys) is every seller's.
    pub(crate) fn may_see(&self, owner: Principal) -> bool {
        let caller = self.command.caller;
        caller.admin || caller.principal == owner || owner == HOUSE
    }

    pub(crate) fn effect(&self, reply: Reply, events: Vec<Event>) -> Outcome {
        // Without an event nothing happened, and the reply tells what already was.
        let rests_on = if events.is_empty() {
            self.state.position
        } else {
            self.now.position
        };
        Ok(Effect {
            reply,
            events,
            rests_on,
        })
    }

    pub(crate) fn read(&self, reply: Reply, rests_on: Position) -> Outcome {
        Ok(Effect {
            reply,
            events: Vec::new(),
            rests_on,
        })
    }
}

/// Decides one command. Total: every command gets a reply.
#[must_use]
pub fn decide(state: &State, rules: &Rules, command: &Command, now: Now) -> Verdict {
    let context = Context {
        state,
        rules,
        command,
        now,
    };
    if let Err(shape) = shape::check(&command.action) {
        let refusal = Refusal {
            rule: Rule::Shape(shape),
            conflicts: Vec::new(),
            show: None,
        };
        // A wrong shape rests on nothing but the command.
        let reply = Reply::Refused(refusal);
        let answer = Answer {
            reply,
            rests_on: Position(0),
            replayed: false,
        };
        return Verdict::Decided(Decision {
            answer,
            events: Vec::new(),
        });
    }
    let key = command.key.filter(|_| !command.action.is_read());
    if let Some(key) = key
        && let Some(answer) = context.answer_by_key(&key)
    {
        return Verdict::Decided(Decision {
            answer,
            events: Vec::new(),
        });
    }
    let (reply, mut events, mut rests_on) = match context.act() {
        Ok(effect) => (effect.reply, effect.events, effect.rests_on),
        Err(Stop::Refuse(refusal, position)) => (Reply::Refused(refusal), Vec::new(), position),
        Err(Stop::Expire(due)) => return Verdict::ExpireFirst(context.expiries(&due)),
    };
    if let Some(key) = key
        && let Some(stored) = context.keep(key, &reply)
    {
        events.push(Event::KeyStored(stored));
        rests_on = now.position;
    }
    Verdict::Decided(Decision {
        answer: Answer {
            reply,
            rests_on,
            replayed: false,
        },
        events,
    })
}

impl Context<'_> {
    fn act(&self) -> Outcome {
        match &self.command.action {
            Action::PutShow(put) => self.put_show(put),
            Action::Hold(hold) if hold.session => self.resting_on_all(self.hold(hold)),
            Action::Hold(hold) => self.hold(hold),
            Action::ReadHold(hold) => self.read_hold(hold),
            Action::ExtendHold(extend) => self.extend_hold(extend),
            Action::ReleaseHold(hold) => self.release_hold(hold),
            Action::ReleaseSession(session) => self.release_session(session),
            Action::ReadSession(session) => self.read_session(session),
            Action::ReleaseSeatHold(seat) => self.release_seat_hold(seat),
            Action::Book(book) => self.book(book),
            Action::ReadBooking(booking) => self.read_booking(*booking),
            Action::CancelBooking(cancel) => self.cancel_booking(cancel),
            Action::ReleaseSeat(release) => self.release_seat(release),
            Action::BuyerBookings(list) => self.buyer_bookings(list),
            Action::BuyerOrders(list) => self.buyer_orders(list),
            Action::PutProduct(put) => self.put_product(put),
            Action::ReadProduct(product) => self.read_product(product),
            Action::Restock(restock) => self.restock(restock),
            Action::PlaceOrder(place) => self.resting_on_all(self.place_order(place)),
            Action::ReadOrder(order) => self.read_order(*order),
            Action::CancelOrder(order) => self.cancel_order(*order),
            Action::PayOrder(pay) => self.resting_on_all(self.pay_order(pay)),
            Action::Refund(refund) => self.refund(refund),
            Action::Charge(charge) => self.charge(charge),
            Action::ReadAccount(buyer) => self.read_account(buyer),
        }
    }

    /// A refusal of a command that looks at several records rests on all that it found in order
    /// before the check that failed: on everything so far.
    fn resting_on_all(&self, outcome: Outcome) -> Outcome {
        outcome.map_err(|stop| match stop {
            Stop::Refuse(refusal, _) => Stop::Refuse(refusal, self.state.position),
            expire @ Stop::Expire(_) => expire,
        })
    }

    /// The answer that the key alone decides, if it does.
    fn answer_by_key(&self, key: &Key) -> Option<Answer> {
        let refused = |rule, rests_on| {
            let reply = Reply::Refused(Refusal {
                rule,
                conflicts: Vec::new(),
                show: None,
            });
            Some(Answer {
                reply,
                rests_on,
                replayed: false,
            })
        };
        if let Some(record) = self.state.keys.find(&key.scope, self.now.at) {
            if record.fingerprint != key.fingerprint {
                return refused(Rule::KeyReused, record.last);
            }
            let reply = from_bytes(&record.reply).expect("stored replies decode for ever");
            return Some(Answer {
                reply,
                rests_on: record.last,
                replayed: true,
            });
        }
        let principal = self.command.caller.principal;
        let full = self.state.keys.len() >= self.rules.keys_per_house_max
            || self.state.keys.of_principal(principal) >= self.rules.keys_per_principal_max;
        if full {
            refused(Rule::KeysExhausted, Position(0))
        } else {
            None
        }
    }

    /// What is kept under the key for this reply; nothing for replies that decided nothing.
    fn keep(&self, key: Key, reply: &Reply) -> Option<KeyStored> {
        let keep_ms = if let Reply::Refused(refusal) = reply {
            if decides_nothing(&refusal.rule) {
                return None;
            }
            self.rules.key_refusal_ms
        } else {
            self.rules.key_effect_ms
        };
        let bytes = to_bytes(reply);
        assert!(
            bytes.len() <= REPLY_BYTES_MAX,
            "a reply is bounded by the limits of a command"
        );
        Some(KeyStored {
            scope: key.scope,
            fingerprint: key.fingerprint,
            principal: self.command.caller.principal,
            expires_at: self.now.at.after_ms(keep_ms),
            reply: bytes,
        })
    }
}

/// Whether the rule leaves the command undecided, or can never be decided otherwise. That money is
/// of one currency rests on the state: a repeat could be answered otherwise.
fn decides_nothing(rule: &Rule) -> bool {
    if let Rule::Shape(shape) = rule {
        *shape != Shape::Currency
    } else {
        matches!(rule, Rule::Busy | Rule::HouseFull)
    }
}

/// Decides a command and applies what happens, appending it to `events`.
pub fn execute(
    state: &mut State,
    rules: &Rules,
    command: &Command,
    now: Now,
    events: &mut Vec<Stamped>,
) -> Answer {
    let mut n_expired = 0_usize;
    loop {
        let happened = match decide(state, rules, command, now) {
            Verdict::Decided(decision) => {
                happen(state, decision.events, now, events);
                return decision.answer;
            }
            Verdict::ExpireFirst(expiries) => expiries,
        };
        n_expired = n_expired.saturating_add(happened.len());
        assert!(
            !happened.is_empty(),
            "a decision that stops names what to expire"
        );
        happen(state, happened, now, events);
        if n_expired > EXPIRIES_PER_COMMAND_MAX {
            let refusal = Refusal {
                rule: Rule::Busy,
                conflicts: Vec::new(),
                show: None,
            };
            let reply = Reply::Refused(refusal);
            return Answer {
                reply,
                rests_on: now.position,
                replayed: false,
            };
        }
    }
}

/// The first event of a new house and the first of each writer's term.
pub fn open(state: &mut State, opened: HouseOpened, now: Now, events: &mut Vec<Stamped>) {
    let mut happened = Vec::new();
    if state.house.is_none() {
        happened.push(Event::HouseOpened(opened));
    }
    let term = state.term.checked_add(1).expect("fewer than 2^64 terms");
    happened.push(Event::TermStarted(TermStarted { term }));
    happen(state, happened, now, events);
}

pub(crate) fn happen(state: &mut State, happened: Vec<Event>, now: Now, events: &mut Vec<Stamped>) {
    for event in happened {
        let mut stamped = Stamped { at: now.at, event };
        apply(state, &stamped, now.position);
        if let Event::ShowPut(put) = &mut stamped.event {
            // The state has it now; whoever keeps the event does not keep the layout.
            put.built = Built::default();
        }
        events.push(stamped);
    }
}
