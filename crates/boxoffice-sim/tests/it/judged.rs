//! The judge before histories made by hand.

use boxoffice_sim::history::{Call, End, Entry, History, Run};
use boxoffice_sim::judge::{Bench, judge};
use boxoffice_sim::model::words::{
    AccountSeen, Answer, Ask, BookingSeen, Claim, Fact, HoldSeen, Item, OrderSeen, OrderTakes,
    Proof, Refused, Right, Rule, Standing, Status, Us, Want,
};
use boxoffice_sim::model::{Asker, HouseRules, Request, Told};

const ADMIN: Asker = Asker {
    principal: 0,
    admin: true,
};
const SECOND: Us = 1_000_000;

fn rules() -> HouseRules {
    HouseRules {
        key_effect_ms: 60_000,
        key_refusal_ms: 10_000,
        order_ttl_ms: 10_000,
    }
}

/// A history of one run in which journal time is true time.
struct Made(History);

impl Made {
    fn new() -> Self {
        Self(History {
            runs: vec![Run {
                started: 0,
                base: 0,
            }],
            wall: vec![(0, 0)],
            audit_from: usize::MAX,
            ..History::default()
        })
    }

    /// A call that was decided and answered within its time.
    fn call(self, sent: Us, returned: Us, ask: Ask, answer: Answer) -> Self {
        self.keyed(sent, returned, None, ask, answer)
    }

    fn keyed(mut self, sent: Us, returned: Us, key: Option<u64>, ask: Ask, answer: Answer) -> Self {
        let op = self.0.calls.len() as u64;
        let told = Told {
            answer,
            replayed: false,
        };
        let (position, index) = (sent, sent + 1);
        self.0.calls.push(Call {
            op,
            client: u32::try_from(op).expect("few calls"),
            request: Request {
                asker: ADMIN,
                key: key.map(|key| (key, 1)),
                ask,
            },
            deadline: None,
            sent,
            deliveries: 1,
            end: End::Told {
                returned,
                told,
                position,
                index,
                run: 0,
            },
        });
        self
    }

    fn audit(mut self) -> Self {
        self.0.audit_from = self.0.calls.len();
        self
    }

    fn entry(mut self, at: Us, facts: Vec<Fact>) -> Self {
        let position = self.0.journal.len() as u64 + 1;
        let facts = facts.into_iter().map(|fact| (at, fact)).collect();
        self.0.journal.push(Entry {
            position,
            run: 0,
            durable: at,
            facts,
        });
        self
    }

    fn laws(&self, bench: Bench) -> Vec<&'static str> {
        judge(&self.0, &rules(), bench)
            .iter()
            .map(|violation| violation.law)
            .collect()
    }

    #[track_caller]
    fn clients_see(&self, laws: &[&str]) {
        assert_eq!(self.laws(Bench::ClientsOnly), laws);
    }
}

fn claim(seat: u32) -> Claim {
    Claim {
        show: 0,
        seats: vec![seat],
        places: None,
    }
}

fn hold_ask(buyer: u32, seat: u32) -> Ask {
    let want = Want::Seats(vec![seat]);
    Ask::Hold {
        show: 0,
        buyer,
        want,
        ttl_ms: None,
        session: false,
    }
}

fn held(hold: u64, buyer: u32, seat: u32, at: Us, expires_at: Us) -> Answer {
    Answer::HoldPlaced(HoldSeen {
        hold,
        fence: 1,
        buyer,
        claim: claim(seat),
        amount: 10,
        placed_at: at,
        expires_at,
    })
}

fn release(hold: u64) -> Ask {
    Ask::ReleaseHold(Right {
        hold,
        proof: Proof::Token(1),
        fence: None,
    })
}

fn book_ask(buyer: u32, seat: u32) -> Ask {
    Ask::BookDirect {
        show: 0,
        buyer,
        want: Want::Seats(vec![seat]),
        own_hold: false,
    }
}

fn booking(booking: u64, buyer: u32, seat: u32) -> BookingSeen {
    BookingSeen {
        booking,
        buyer,
        confirmed: true,
        claim: claim(seat),
        amount: 10,
        booked_at: 1,
        order: None,
    }
}

fn account(version: u64) -> Answer {
    Answer::Account(AccountSeen {
        buyer: 1,
        balance: 5,
        version,
        amount: 0,
        at: 1,
    })
}

#[test]
fn a_seat_may_be_held_again_once_its_release_was_sent() {
    Made::new()
        .call(10, 20, hold_ask(1, 3), held(1, 1, 3, 11, 10 * SECOND))
        .call(30, 90, release(1), Answer::HoldReleased(None))
        .call(40, 50, hold_ask(2, 3), held(2, 2, 3, 41, 10 * SECOND))
        .clients_see(&[]);
}

#[test]
fn a_seat_that_two_hold_at_once_is_seen() {
    Made::new()
        .call(10, 20, hold_ask(1, 3), held(1, 1, 3, 11, 10 * SECOND))
        .call(40, 50, hold_ask(2, 3), held(2, 2, 3, 41, 10 * SECOND))
        .clients_see(&["a seat has one owner"]);
}

#[test]
fn a_seat_may_be_held_again_from_its_deadline_on_and_not_before() {
    let first = || Made::new().call(10, 20, hold_ask(1, 3), held(1, 1, 3, 11, SECOND));
    let again = |at| first().call(at, at + 5, hold_ask(2, 3), held(2, 2, 3, at, 10 * SECOND));
    again(SECOND).clients_see(&[]);
    again(SECOND - 100).clients_see(&["a seat has one owner"]);
}

#[test]
fn a_release_that_was_sent_long_ago_and_never_answered_leaves_doubt() {
    let mut made = Made::new()
        .call(
            5,
            6,
            Ask::ReleaseSeat {
                show: 0,
                seat: 3,
                bookings_only: false,
            },
            account(1),
        )
        .call(10, 20, hold_ask(1, 3), held(1, 1, 3, 11, 10 * SECOND))
        .call(40, 50, hold_ask(2, 3), held(2, 2, 3, 41, 10 * SECOND));
    made.0.calls[0].end = End::Unknown;
    made.clients_see(&[]);
    made.0.calls[0].end = End::TurnedAway("nobody listens");
    made.clients_see(&["a seat has one owner"]);
}

#[test]
fn a_booking_that_is_gone_at_the_audit_is_seen() {
    let made = |now: Answer| {
        Made::new()
            .call(10, 20, book_ask(1, 3), Answer::Booked(booking(1, 1, 3)))
            .audit()
            .call(100, 110, Ask::ReadBooking(1), now)
    };
    made(Answer::Booking(booking(1, 1, 3))).clients_see(&[]);
    let gone = Answer::Refused(Refused {
        rule: Rule::NotFound,
        conflicts: Vec::new(),
    });
    made(gone).clients_see(&["what is acknowledged survives"]);
}

#[test]
fn two_answers_under_one_key_are_seen() {
    Made::new()
        .keyed(10, 20, Some(7), hold_ask(1, 3), held(1, 1, 3, 11, 30))
        .keyed(40, 50, Some(7), hold_ask(1, 3), held(2, 1, 3, 41, 60))
        .clients_see(&["a key has one answer"]);
}

#[test]
fn a_position_behind_the_clients_own_is_seen() {
    let mut made = Made::new()
        .call(10, 20, Ask::ReadAccount(1), account(1))
        .call(30, 40, Ask::ReadAccount(1), account(1));
    made.clients_see(&[]);
    made.0.calls[1].client = 0;
    made.clients_see(&[]);
    if let End::Told { position, .. } = &mut made.0.calls[1].end {
        *position = 9;
    }
    made.clients_see(&["a client never goes back"]);
}

#[test]
fn an_account_that_gets_older_is_seen() {
    Made::new()
        .call(10, 20, Ask::ReadAccount(1), account(2))
        .call(15, 40, Ask::ReadAccount(1), account(1))
        .clients_see(&[]);
    Made::new()
        .call(10, 20, Ask::ReadAccount(1), account(2))
        .call(21, 40, Ask::ReadAccount(1), account(1))
        .clients_see(&["accounts never go back"]);
}

#[test]
fn more_orders_than_stock_are_seen() {
    let order = |order: u64, quantity: u32| {
        let item = Item {
            product: 0,
            quantity,
            refunded: 0,
            unit_price: 1,
        };
        Answer::OrderPlaced(OrderSeen {
            order,
            buyer: 1,
            status: Status::Pending,
            items: vec![item],
            claim: None,
            total: i64::from(quantity),
            refunded: 0,
            placed_at: 1,
            pay_by: 10 * SECOND,
            paid_at: None,
            booking: None,
        })
    };
    let ask = || Ask::PlaceOrder {
        buyer: 1,
        items: vec![(0, 2)],
        takes: OrderTakes::Nothing,
        ttl_ms: None,
    };
    let made = |second| {
        Made::new()
            .call(
                1,
                2,
                Ask::PutProduct {
                    product: 0,
                    price: 1,
                    initial: 5,
                },
                account(1),
            )
            .call(10, 20, ask(), order(1, 3))
            .call(30, 40, ask(), order(2, second))
    };
    made(2).clients_see(&[]);
    made(3).clients_see(&["stock is not oversold"]);
}

#[test]
fn an_effect_that_nobody_asked_for_is_seen() {
    let made = Made::new().entry(1, vec![Fact::Opened, Fact::Term(1)]);
    assert_eq!(made.laws(Bench::Full), Vec::<&str>::new());
    let made = made.entry(5, vec![Fact::Restocked { product: 0, n: 1 }]);
    assert_eq!(made.laws(Bench::Full), ["nothing happens by itself"]);
}

#[test]
fn an_answer_without_its_entry_is_seen() {
    let charge = Ask::Charge {
        buyer: 1,
        amount: 5,
    };
    let seen = AccountSeen {
        buyer: 1,
        balance: 5,
        version: 1,
        amount: 5,
        at: 11,
    };
    let fact = Fact::AccountChanged {
        buyer: 1,
        principal: 0,
        movement: boxoffice_sim::model::words::Movement::Charge,
        amount: 5,
        balance: 5,
    };
    let made = || {
        let mut made = Made::new()
            .entry(1, vec![Fact::Opened, Fact::Term(1)])
            .call(10, 20, charge.clone(), Answer::Charged(seen));
        if let End::Told { position, .. } = &mut made.0.calls[0].end {
            *position = 2;
        }
        made
    };
    assert_eq!(
        made().entry(11, vec![fact.clone()]).laws(Bench::Full),
        Vec::<&str>::new()
    );
    assert_eq!(made().laws(Bench::Full), ["every answer is the model's"]);
    let mut late = made().entry(11, vec![fact]);
    late.0.journal[1].durable = 21;
    assert_eq!(
        late.laws(Bench::Full),
        ["an answer rests on what is durable"]
    );
}

#[test]
fn a_refusal_without_a_cause_is_seen() {
    let conflicts = vec![(3, Standing::Held, Some(SECOND))];
    let refused = Answer::Refused(Refused {
        rule: Rule::SeatUnavailable,
        conflicts,
    });
    let made = Made::new()
        .entry(1, vec![Fact::Opened, Fact::Term(1)])
        .call(10, 20, hold_ask(1, 3), refused);
    assert_eq!(made.laws(Bench::Full), ["every answer is the model's"]);
}
