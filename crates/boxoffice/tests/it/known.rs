//! What one client knows from its answers: its claims, orders, balance, and how it moved stock.
//!
//! A client is alone with its buyer, account and ids, so each of its answers has to be exactly
//! what those before it allow; only seats, places and stock are contended for.
//! Invariants: a whole claim is only ever refused, lost or changed by an answer that says so.

use std::collections::BTreeMap;

use serde_json::Value;

/// Price of one unit of every product.
pub(crate) const PRODUCT_PRICE: i64 = 250;

/// What a request wants, with all that is needed to understand its answer.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A hold; a short one expires within the test.
    Hold {
        short: bool,
    },
    Extend {
        hold: String,
    },
    Release {
        hold: String,
    },
    Book {
        hold: String,
    },
    BookDirect,
    Cancel {
        booking: String,
        seat: Option<String>,
    },
    Order {
        hold: Option<String>,
        items: Items,
    },
    PayFromAccount {
        order: String,
    },
    PayOutside {
        order: String,
        amount: i64,
    },
    CancelOrder {
        order: String,
    },
    Refund {
        order: String,
        items: Items,
    },
    Charge {
        amount: i64,
    },
    Restock {
        product: String,
        quantity: i64,
    },
    /// Something about what is gone or used up: always refused.
    Stale,
}

/// Quantities by product.
pub(crate) type Items = BTreeMap<String, i64>;

/// Seats, and places in the only area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) seats: Vec<String>,
    pub(crate) places: i64,
}

/// A live hold.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    pub(crate) claim: Claim,
    pub(crate) token: String,
    pub(crate) short: bool,
}

/// A booking, also one that was cancelled.
#[derive(Debug, Clone)]
pub(crate) struct Booking {
    pub(crate) claim: Claim,
    pub(crate) confirmed: bool,
    pub(crate) order: Option<String>,
}

/// An order, also one that is done with.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) status: &'static str,
    pub(crate) items: Items,
    pub(crate) claim: Claim,
    pub(crate) total: i64,
    pub(crate) refunded: i64,
    pub(crate) booking: Option<String>,
}

/// All that a client knows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) holds: BTreeMap<String, Hold>,
    pub(crate) bookings: BTreeMap<String, Booking>,
    pub(crate) orders: BTreeMap<String, Order>,
    /// Absent until the account was opened.
    pub(crate) balance: Option<i64>,
    pub(crate) sold: Items,
    pub(crate) restocked: Items,
    /// A used-up hold and its token, for repeats that must be refused.
    pub(crate) gone: Option<(String, String)>,
}

impl Claim {
    fn of(body: &Value) -> Self {
        let seats = body["seats"]
            .as_array()
            .expect("a claim lists its seats")
            .iter();
        Self {
            seats: seats.map(|seat| text(&seat["seat"])).collect(),
            places: body["places"]["quantity"].as_i64().unwrap_or(0),
        }
    }

    /// Whether nothing is claimed.
    pub(crate) fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.places == 0
    }
}

impl Known {
    /// Takes in an answer; `case` names it in a failure.
    ///
    /// # Panics
    /// When the answer contradicts what was acknowledged before.
    pub(crate) fn learn(&mut self, what: &What, status: u16, body: &Value, case: &str) {
        assert!(status < 500, "{case}: {status} {body}");
        let granted = status < 300;
        match what {
            What::Stale => assert!(!granted, "{case}: done twice: {body}"),
            What::Hold { short } => {
                if granted {
                    self.held(body, *short);
                }
            }
            What::Extend { hold } => self.extended(hold, granted, body, case),
            What::Release { hold } => self.released(hold, status, body, case),
            What::Book { hold } => {
                let held = self.holds.remove(hold).expect("it was live");
                assert!(
                    granted || held.short,
                    "{case}: a live hold was not booked: {body}"
                );
                self.gone = Some((hold.clone(), held.token));
                if granted {
                    self.booked(body, None);
                    assert_eq!(Claim::of(body), held.claim, "{case}");
                }
            }
            What::BookDirect => {
                if granted {
                    self.booked(body, None);
                }
            }
            What::Cancel { booking, seat } => {
                assert!(granted, "{case}: {body}");
                let booking = self.bookings.get_mut(booking).expect("it is known");
                match seat {
                    Some(seat) => booking.claim.seats.retain(|other| other != seat),
                    None => booking.claim = Claim::default(),
                }
                booking.confirmed = !booking.claim.is_empty();
            }
            What::Charge { amount } => {
                assert!(granted, "{case}: {body}");
                self.moved(*amount, body, case);
            }
            What::Restock { product, quantity } => {
                assert!(granted, "{case}: {body}");
                *self.restocked.entry(product.clone()).or_default() += quantity;
            }
            What::Order { .. }
            | What::PayFromAccount { .. }
            | What::PayOutside { .. }
            | What::CancelOrder { .. }
            | What::Refund { .. } => self.learn_of_order(what, status, body, case),
        }
    }

    fn learn_of_order(&mut self, what: &What, status: u16, body: &Value, case: &str) {
        let granted = status < 300;
        match what {
            What::Order { hold, items } => {
                if granted {
                    self.ordered(hold.as_deref(), items, body, case);
                }
            }
            What::PayFromAccount { order } => {
                let total = self.orders[order].total;
                let is_enough = self.balance.unwrap_or(0) >= total;
                assert_eq!(granted, is_enough, "{case}: {body}");
                if granted {
                    self.moved(-total, body, case);
                    self.paid(order, body);
                }
            }
            What::PayOutside { order, amount } => {
                let pays = self.orders[order].status == "pending_payment";
                let outcome = if pays { "paid" } else { "credited" };
                assert_eq!(body["outcome"], outcome, "{case}: {body}");
                if pays {
                    self.paid(order, body);
                } else {
                    self.moved(*amount, body, case);
                }
            }
            What::CancelOrder { order } => {
                assert!(granted, "{case}: {body}");
                let order = self.orders.get_mut(order).expect("it is known");
                order.status = "cancelled";
                order.claim = Claim::default();
                let items = order.items.clone();
                self.came_back(&items);
            }
            What::Refund { order, items } => {
                assert!(granted, "{case}: {body}");
                self.refunded(order, items, body, case);
            }
            _ => unreachable!("only what is about orders is passed here"),
        }
    }

    fn held(&mut self, body: &Value, short: bool) {
        let hold = Hold {
            claim: Claim::of(body),
            token: text(&body["token"]),
            short,
        };
        let doubled = self.holds.insert(text(&body["hold"]), hold);
        assert!(doubled.is_none(), "a hold's id was given twice");
    }

    fn extended(&mut self, hold: &str, granted: bool, body: &Value, case: &str) {
        let live = self.holds.get_mut(hold).expect("it was live");
        if granted {
            live.token = text(&body["token"]);
            assert_eq!(Claim::of(body), live.claim, "{case}");
        } else {
            assert!(live.short, "{case}: a live hold was not extended: {body}");
            self.holds.remove(hold);
        }
    }

    fn released(&mut self, hold: &str, status: u16, body: &Value, case: &str) {
        let held = self.holds.remove(hold).expect("it was live");
        assert!(
            status < 300 || held.short,
            "{case}: a live hold was not released: {body}"
        );
        if !held.short {
            let n = i64::try_from(held.claim.seats.len()).unwrap() + held.claim.places;
            assert_eq!(body["released"], n, "{case}");
        }
        self.gone = Some((hold.to_owned(), held.token));
    }

    fn booked(&mut self, body: &Value, order: Option<&str>) {
        let booking = Booking {
            claim: Claim::of(body),
            confirmed: true,
            order: order.map(str::to_owned),
        };
        let doubled = self.bookings.insert(text(&body["booking"]), booking);
        assert!(doubled.is_none(), "a booking's id was given twice");
    }

    fn ordered(&mut self, hold: Option<&str>, items: &Items, body: &Value, case: &str) {
        let claim = match hold {
            Some(hold) => self.holds.remove(hold).expect("it was live").claim,
            None => Claim::default(),
        };
        for (product, quantity) in items {
            *self.sold.entry(product.clone()).or_default() += quantity;
        }
        assert_eq!(Claim::of(body), claim, "{case}");
        let order = Order {
            status: "pending_payment",
            items: items.clone(),
            claim,
            total: body["total"].as_i64().expect("a total"),
            refunded: 0,
            booking: None,
        };
        let doubled = self.orders.insert(text(&body["order"]), order);
        assert!(doubled.is_none(), "an order's id was given twice");
    }

    fn paid(&mut self, id: &str, body: &Value) {
        let order = self.orders.get_mut(id).expect("it is known");
        order.status = "paid";
        let claim = std::mem::take(&mut order.claim);
        order.booking = body["booking"].as_str().map(str::to_owned);
        assert_eq!(order.booking.is_some(), !claim.is_empty(), "{body}");
        if let Some(booking) = order.booking.clone() {
            let made = Booking {
                claim,
                confirmed: true,
                order: Some(id.to_owned()),
            };
            let doubled = self.bookings.insert(booking, made);
            assert!(doubled.is_none(), "a booking's id was given twice");
        }
    }

    fn refunded(&mut self, id: &str, items: &Items, body: &Value, case: &str) {
        let order = self.orders.get_mut(id).expect("it is known");
        let amount = if items.is_empty() {
            order.total - order.refunded
        } else {
            items.values().sum::<i64>() * PRODUCT_PRICE
        };
        let back = if items.is_empty() {
            order.items.clone()
        } else {
            items.clone()
        };
        for (product, quantity) in &back {
            *order.items.get_mut(product).expect("it was ordered") -= quantity;
        }
        order.refunded += amount;
        if items.is_empty()
            && let Some(booking) = &order.booking
        {
            let booking = self.bookings.get_mut(booking).expect("it is known");
            booking.claim = Claim::default();
            booking.confirmed = false;
        }
        let is_whole = items.is_empty()
            || (order.booking.is_none() && order.items.values().all(|quantity| *quantity == 0));
        order.status = if is_whole { "refunded" } else { "paid" };
        assert_eq!(body["status"], order.status, "{case}: {body}");
        assert_eq!(body["amount"], amount, "{case}: {body}");
        self.came_back(&back);
        self.moved(amount, body, case);
    }

    fn came_back(&mut self, items: &Items) {
        for (product, quantity) in items {
            *self.sold.get_mut(product).expect("it was sold") -= quantity;
        }
    }

    fn moved(&mut self, amount: i64, body: &Value, case: &str) {
        let balance = self.balance.unwrap_or(0) + amount;
        assert_eq!(body["balance"], balance, "{case}: {body}");
        self.balance = Some(balance);
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text is missing: {value}"))
        .to_owned()
}
