//! The shop crowd: charge the balance, order, pay three times with one key, and keep the sums.
//!
//! The sums say what the server acknowledged and what it may have done without saying so, so that
//! whoever reads the balances afterwards can tell whether money was lost, made or taken twice.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::session::{Ending, Said, Session};
use super::{Crowd, CrowdError, CrowdResult, User, json_request, run};
use crate::wire::RequestBuffer;

const STEPS: [&str; 3] = ["charge", "order", "pay"];
const CHARGE: usize = 0;
const ORDER: usize = 1;
const PAY: usize = 2;

/// How often each order is paid with the same key.
const PAYMENTS_PER_ORDER: usize = 3;

/// The pause between two rounds.
const THINK: Duration = Duration::from_secs(1);

/// What the users of the shop want.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The products; each order is for a random one.
    pub products: Vec<u64>,
    /// What each charge adds, in minor units.
    pub charge_amount: u64,
    /// How many pieces each order has.
    pub quantity: u64,
}

/// What the shop crowd did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ShopResult {
    /// What all crowds report.
    pub crowd: CrowdResult,
    /// All users' books together.
    pub total: Books,
    /// Each user's books, in order of the users' numbers, which are their ids from 1.
    pub users: Vec<UserBooks>,
    /// Pieces ordered by product: what was acknowledged, and what may have been ordered beside it.
    pub products: BTreeMap<u64, Pieces>,
    /// Orders whose payments were answered 200, 409, 409 as they must be.
    pub payments_as_wanted: u64,
    /// Orders whose payments were answered otherwise although every answer came; must be 0.
    pub payments_wrong: u64,
    /// The answers of the first of these.
    pub payments_wrong_listed: Vec<String>,
}

/// Pieces of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// In acknowledged orders.
    pub ordered: u64,
    /// In orders of which nobody knows.
    pub maybe: u64,
}

/// A user's books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBooks {
    /// The user's id.
    pub user: u32,
    /// The sums.
    pub books: Books,
}

/// Sums in minor units, and counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// Charges that were acknowledged.
    pub charges: u64,
    /// Their sum.
    pub charged: u64,
    /// The sum of the charges of which nobody knows.
    pub charged_maybe: u64,
    /// Orders that were acknowledged.
    pub orders: u64,
    /// Their total amount.
    pub ordered: u64,
    /// Orders of which nobody knows.
    pub orders_maybe: u64,
    /// Payments that were acknowledged.
    pub payments: u64,
    /// Their sum.
    pub paid: u64,
    /// The sum of the payments of which nobody knows.
    pub paid_maybe: u64,
}

impl Books {
    fn add(&mut self, other: &Books) {
        self.charges += other.charges;
        self.charged += other.charged;
        self.charged_maybe += other.charged_maybe;
        self.orders += other.orders;
        self.ordered += other.ordered;
        self.orders_maybe += other.orders_maybe;
        self.payments += other.payments;
        self.paid += other.paid;
        self.paid_maybe += other.paid_maybe;
    }
}

/// Runs the shop crowd.
///
/// # Errors
/// When the crowd makes no sense or cannot connect.
pub fn shop(crowd: &Crowd, shop: &Shop) -> Result<ShopResult, CrowdError> {
    let (result, mut members) = run(crowd, &STEPS, |number| Shopper {
        number,
        shop: shop.clone(),
        books: Books::default(),
        products: BTreeMap::new(),
        payments_as_wanted: 0,
        payments_wrong: 0,
        payments_wrong_first: None,
        request: RequestBuffer::new(),
    })?;
    members.sort_by_key(|member| member.number);
    let mut all = ShopResult {
        crowd: result,
        total: Books::default(),
        users: Vec::new(),
        products: BTreeMap::new(),
        payments_as_wanted: 0,
        payments_wrong: 0,
        payments_wrong_listed: Vec::new(),
    };
    for member in members {
        all.total.add(&member.books);
        all.users.push(UserBooks {
            user: member.number,
            books: member.books,
        });
        all.payments_as_wanted += member.payments_as_wanted;
        all.payments_wrong += member.payments_wrong;
        all.payments_wrong_listed
            .extend(member.payments_wrong_first);
        for (product, pieces) in member.products {
            let sum = all.products.entry(product).or_default();
            sum.ordered += pieces.ordered;
            sum.maybe += pieces.maybe;
        }
    }
    all.payments_wrong_listed
        .truncate(super::session::PROBLEMS_MAX);
    Ok(all)
}

/// One user of the shop.
struct Shopper {
    number: u32,
    shop: Shop,
    books: Books,
    products: BTreeMap<u64, Pieces>,
    payments_as_wanted: u64,
    payments_wrong: u64,
    payments_wrong_first: Option<String>,
    request: RequestBuffer,
}

impl User for Shopper {
    async fn iterate(&mut self, session: &mut Session) {
        self.charge(session).await;
        if let Some((order, amount)) = self.order(session).await {
            self.pay(session, &order, amount).await;
        }
        session.think(THINK, THINK).await;
    }
}

impl Shopper {
    async fn charge(&mut self, session: &mut Session) {
        let amount = self.shop.charge_amount;
        let path = format!("/api/users/{}/balance/charge", self.number);
        let key = session.ids.uuid();
        let body = serde_json::json!({"amount": amount, "idempotencyKey": key});
        let said = self.post(session, CHARGE, &path, &body).await;
        match said.ending {
            Ending::Granted => {
                self.books.charges += 1;
                self.books.charged += number(&said, "chargedAmount").unwrap_or(amount);
            }
            Ending::Unknown => self.books.charged_maybe += amount,
            Ending::Refused | Ending::NotDone => {}
        }
    }

    /// Orders, and returns the order's id and amount if it was acknowledged.
    async fn order(&mut self, session: &mut Session) -> Option<(String, u64)> {
        let product_idx = session.ids.below(self.shop.products.len() as u64);
        let product = *self.shop.products.get(usize::try_from(product_idx).ok()?)?;
        let quantity = self.shop.quantity;
        let body = serde_json::json!({
            "userId": self.number,
            "items": [{"productId": product, "quantity": quantity}],
            "idempotencyKey": session.ids.uuid(),
        });
        let said = self.post(session, ORDER, "/api/orders", &body).await;
        let pieces = self.products.entry(product).or_default();
        match said.ending {
            Ending::Granted => {
                pieces.ordered += quantity;
                self.books.orders += 1;
                let amount = number(&said, "totalAmount").unwrap_or(0);
                self.books.ordered += amount;
                match member(&said, "orderId") {
                    Some(Value::String(id)) => Some((id, amount)),
                    Some(Value::Number(id)) => Some((id.to_string(), amount)),
                    _ => {
                        session.note(ORDER, "the order has no orderId");
                        None
                    }
                }
            }
            Ending::Unknown => {
                pieces.maybe += quantity;
                self.books.orders_maybe += 1;
                None
            }
            Ending::Refused | Ending::NotDone => None,
        }
    }

    /// Pays three times with one key. The first must be granted, the others must be conflicts, and
    /// money must be taken once.
    async fn pay(&mut self, session: &mut Session, order: &str, amount: u64) {
        let path = format!("/api/orders/{order}/payment");
        let key = session.ids.uuid();
        let body =
            serde_json::json!({"userId": self.number, "amount": amount, "idempotencyKey": key});
        let mut answers = Vec::with_capacity(PAYMENTS_PER_ORDER);
        for _ in 0..PAYMENTS_PER_ORDER {
            answers.push(self.post(session, PAY, &path, &body).await);
        }
        let granted: Vec<&Said> = answers
            .iter()
            .filter(|said| said.ending == Ending::Granted)
            .collect();
        self.books.payments += granted.len() as u64;
        for said in &granted {
            self.books.paid += number(said, "paidAmount").unwrap_or(amount);
        }
        let has_unknown = answers.iter().any(|said| said.ending == Ending::Unknown);
        let has_not_done = answers.iter().any(|said| said.ending == Ending::NotDone);
        if granted.is_empty() && has_unknown {
            // A repeat that is refused as such proves that the one nobody heard of took the money.
            let is_proven = answers.iter().any(|said| {
                member(said, "code").as_ref().and_then(Value::as_str) == Some("PAY003")
            });
            if is_proven {
                self.books.payments += 1;
                self.books.paid += amount;
            } else {
                self.books.paid_maybe += amount;
            }
        }
        let statuses: Vec<u16> = answers.iter().map(|said| said.status).collect();
        if statuses == [200, 409, 409] {
            self.payments_as_wanted += 1;
        } else if granted.len() > 1 || !(has_unknown || has_not_done) {
            self.payments_wrong += 1;
            self.payments_wrong_first.get_or_insert_with(|| {
                format!(
                    "order {order} of user {} was answered {statuses:?}",
                    self.number
                )
            });
        }
    }

    async fn post(
        &mut self,
        session: &mut Session,
        step_idx: usize,
        path: &str,
        body: &Value,
    ) -> Said {
        json_request(&mut self.request, session.target(), "POST", path);
        self.request.end(body.to_string().as_bytes());
        session.send(step_idx, &self.request).await
    }
}

fn member(said: &Said, name: &str) -> Option<Value> {
    let mut body: Value = serde_json::from_slice(&said.body).ok()?;
    body.get_mut(name).map(Value::take)
}

fn number(said: &Said, name: &str) -> Option<u64> {
    member(said, name).as_ref().and_then(Value::as_u64)
}
