//! Chooses what a client asks next, so that everything that a house can do is under way when it
//! is killed, and seats, places and stock neither run out nor lie idle.

use serde_json::{Value, json};

use crate::known::{Hold, Items, Known, What};
use crate::random::Random;

pub(crate) const SHOW: &str = "night";
pub(crate) const AREA: &str = "floor";
pub(crate) const ROWS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];
pub(crate) const SEATS_PER_ROW: usize = 25;
pub(crate) const PRODUCTS: [&str; 3] = ["shirt", "cap", "poster"];
/// Life of a hold that expires within the test.
const SHORT_TTL_MS: u64 = 100;

/// A request as it is sent and, the same to a byte, repeated.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) what: What,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) body: String,
}

impl Ask {
    fn new(what: What, method: &'static str, path: String, body: &Value) -> Self {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        Self {
            what,
            method,
            path,
            token: None,
            body,
        }
    }

    fn with_token(mut self, hold: &Hold) -> Self {
        self.token = Some(hold.token.clone());
        self
    }
}

/// The body that makes the show.
pub(crate) fn show() -> Value {
    let rows: Vec<_> = ROWS
        .iter()
        .map(|row| json!({"row": row, "seats": SEATS_PER_ROW}))
        .collect();
    json!({
        "name": "A night", "currency": "EUR", "hold_ttl_ms": 86_400_000,
        "order_ttl_ms": 86_400_000,
        "sections": [{"id": "stalls", "price": 1_000, "rows": rows}],
        "areas": [{"id": AREA, "capacity": 150, "price": 300}],
    })
}

/// The next request of a buyer. `n` is new for every call.
pub(crate) fn next(random: &mut Random, known: &Known, buyer: &str, n: usize) -> Ask {
    match random.below(100) {
        0..20 => hold(random, buyer),
        20..24 => extend(random, known),
        24..30 => release(random, known),
        30..42 => book(random, known),
        42..52 => book_direct(random, buyer),
        52..62 => cancel(random, known),
        62..72 => order(random, known, buyer),
        72..82 => pay(random, known, buyer, n),
        82..86 => cancel_order(random, known),
        86..91 => refund(random, known),
        91..96 => charge(random, buyer),
        96..98 => stale(known),
        _ => restock(random),
    }
    // Without anything to change, something new is claimed.
    .unwrap_or_else(|| hold(random, buyer).expect("a hold can always be asked for"))
}

fn seat(random: &mut Random) -> String {
    format!(
        "{}{}",
        random.one_of(&ROWS),
        1 + random.below(SEATS_PER_ROW)
    )
}

/// What is claimed: named seats, the best ones, or places.
fn claimed(random: &mut Random, buyer: &str) -> Value {
    match random.below(4) {
        0 => json!({"buyer": buyer, "best": {"quantity": 1 + random.below(3)}}),
        1 => {
            let quantity = 1 + random.below(4);
            json!({"buyer": buyer, "places": {"area": AREA, "quantity": quantity}})
        }
        _ => {
            let mut seats = vec![seat(random), seat(random)];
            seats.dedup();
            seats.truncate(1 + random.below(2));
            json!({"buyer": buyer, "seats": seats})
        }
    }
}

fn hold(random: &mut Random, buyer: &str) -> Option<Ask> {
    let mut body = claimed(random, buyer);
    let short = random.below(8) == 0;
    if short {
        body["ttl_ms"] = SHORT_TTL_MS.into();
    }
    Some(Ask::new(
        What::Hold { short },
        "POST",
        format!("/v1/shows/{SHOW}/holds"),
        &body,
    ))
}

fn any_hold<'a>(random: &mut Random, known: &'a Known) -> Option<(&'a String, &'a Hold)> {
    known.holds.iter().nth(random.below(known.holds.len()))
}

fn extend(random: &mut Random, known: &Known) -> Option<Ask> {
    let (id, hold) = any_hold(random, known)?;
    // What is short stays short.
    let ttl_ms = if hold.short { SHORT_TTL_MS } else { 86_000_000 };
    let what = What::Extend { hold: id.clone() };
    let ask = Ask::new(
        what,
        "PATCH",
        format!("/v1/holds/{id}"),
        &json!({"ttl_ms": ttl_ms}),
    );
    Some(ask.with_token(hold))
}

fn release(random: &mut Random, known: &Known) -> Option<Ask> {
    let (id, hold) = any_hold(random, known)?;
    let what = What::Release { hold: id.clone() };
    Some(Ask::new(what, "DELETE", format!("/v1/holds/{id}"), &Value::Null).with_token(hold))
}

fn book(random: &mut Random, known: &Known) -> Option<Ask> {
    let (id, hold) = any_hold(random, known)?;
    let body = json!({"hold": id, "token": hold.token});
    Some(Ask::new(
        What::Book { hold: id.clone() },
        "POST",
        "/v1/bookings".into(),
        &body,
    ))
}

fn book_direct(random: &mut Random, buyer: &str) -> Option<Ask> {
    let mut body = claimed(random, buyer);
    body["show"] = SHOW.into();
    Some(Ask::new(
        What::BookDirect,
        "POST",
        "/v1/bookings".into(),
        &body,
    ))
}

fn cancel(random: &mut Random, known: &Known) -> Option<Ask> {
    let open = known
        .bookings
        .iter()
        .filter(|(_, b)| b.confirmed && b.order.is_none());
    let open: Vec<_> = open.collect();
    let (id, booking) = *open.get(random.below(open.len()))?;
    let seat = Some(random.below(3) == 0)
        .filter(|some| *some && booking.claim.seats.len() > 1)
        .map(|_| booking.claim.seats[0].clone());
    let body = seat
        .as_ref()
        .map_or(Value::Null, |seat| json!({"seats": [seat]}));
    let what = What::Cancel {
        booking: id.clone(),
        seat,
    };
    Some(Ask::new(
        what,
        "DELETE",
        format!("/v1/bookings/{id}"),
        &body,
    ))
}

fn order(random: &mut Random, known: &Known, buyer: &str) -> Option<Ask> {
    let hold = any_hold(random, known).filter(|(_, hold)| !hold.short);
    let hold = hold.filter(|_| random.below(2) == 0);
    let mut items = Items::new();
    for _ in 0..=random.below(2) {
        let quantity = i64::try_from(1 + random.below(3)).unwrap();
        items.insert((*random.one_of(&PRODUCTS)).to_owned(), quantity);
    }
    let mut body = json!({"buyer": buyer, "items": as_json(&items)});
    if let Some((id, hold)) = hold {
        body["hold"] = id.as_str().into();
        body["token"] = hold.token.as_str().into();
    }
    let what = What::Order {
        hold: hold.map(|(id, _)| id.clone()),
        items,
    };
    Some(Ask::new(what, "POST", "/v1/orders".into(), &body))
}

fn order_with(random: &mut Random, known: &Known, status: &str) -> Option<String> {
    let these: Vec<_> = known
        .orders
        .iter()
        .filter(|(_, o)| o.status == status)
        .collect();
    these
        .get(random.below(these.len()))
        .map(|(id, _)| (*id).clone())
}

fn pay(random: &mut Random, known: &Known, buyer: &str, n: usize) -> Option<Ask> {
    if random.below(2) == 0 {
        let order = order_with(random, known, "pending_payment")?;
        let path = format!("/v1/orders/{order}/payment");
        return Some(Ask::new(
            What::PayFromAccount { order },
            "POST",
            path,
            &Value::Null,
        ));
    }
    // Money from outside that comes too late is credited.
    let statuses = [
        "pending_payment",
        "pending_payment",
        "cancelled",
        "paid",
        "refunded",
    ];
    let status = random.one_of(&statuses);
    let order = order_with(random, known, status)?;
    let amount = known.orders[&order].total;
    let body = json!({"reference": format!("{buyer}:{n}")});
    let path = format!("/v1/orders/{order}/payment");
    Some(Ask::new(
        What::PayOutside { order, amount },
        "POST",
        path,
        &body,
    ))
}

fn cancel_order(random: &mut Random, known: &Known) -> Option<Ask> {
    let order = order_with(random, known, "pending_payment")?;
    let path = format!("/v1/orders/{order}");
    Some(Ask::new(
        What::CancelOrder { order },
        "DELETE",
        path,
        &Value::Null,
    ))
}

fn refund(random: &mut Random, known: &Known) -> Option<Ask> {
    let order = order_with(random, known, "paid")?;
    let left = known.orders[&order]
        .items
        .iter()
        .find(|(_, quantity)| **quantity > 0);
    let items = match left.filter(|_| random.below(2) == 0) {
        Some((product, _)) => Items::from([(product.clone(), 1)]),
        None => Items::new(),
    };
    let body = if items.is_empty() {
        Value::Null
    } else {
        json!({"items": as_json(&items)})
    };
    let path = format!("/v1/orders/{order}/refund");
    Some(Ask::new(What::Refund { order, items }, "POST", path, &body))
}

fn charge(random: &mut Random, buyer: &str) -> Option<Ask> {
    let amount = i64::try_from(1 + random.below(20_000)).unwrap();
    let body = json!({"amount": amount, "currency": "EUR"});
    let path = format!("/v1/accounts/{buyer}/charge");
    Some(Ask::new(What::Charge { amount }, "POST", path, &body))
}

fn restock(random: &mut Random) -> Option<Ask> {
    let product = (*random.one_of(&PRODUCTS)).to_owned();
    let quantity = i64::try_from(1 + random.below(10)).unwrap();
    let path = format!("/v1/products/{product}/restock");
    let what = What::Restock { product, quantity };
    Some(Ask::new(what, "POST", path, &json!({"quantity": quantity})))
}

fn stale(known: &Known) -> Option<Ask> {
    let (hold, token) = known.gone.as_ref()?;
    let body = json!({"hold": hold, "token": token});
    Some(Ask::new(What::Stale, "POST", "/v1/bookings".into(), &body))
}

fn as_json(items: &Items) -> Vec<Value> {
    let item = |(product, quantity)| json!({"product": product, "quantity": quantity});
    items.iter().map(item).collect()
}
