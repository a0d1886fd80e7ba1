//! The shop's dialect: charge an account, order products, pay with an idempotency key.
//!
//! Invariants: a buyer is `shop:<userId>` and has an account, or does not exist; a product is
//! `shop:<productId>`; an order's number is the engine's. A payment's key answers every repeat by
//! what its first use did: 409 `PAY003` if it took money, the same refusal otherwise. No text of
//! ours contains a word that the original's scripts count as a fault of the server.

use boxoffice_api::{ErrorCode, Problem, Timestamp};
use boxoffice_engine::command::{
    AccountRule, Action, Charge, Key, OrderClaim, PayFrom, PayOrder, PlaceOrder,
};
use boxoffice_engine::ids::{Name, OrderId};
use boxoffice_engine::limits::{AMOUNT_MAX, QUANTITY_MAX};
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{ItemView, Missing, OrderStatus, Reply, Rule};
use boxoffice_writer::request::Answered;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk};
use super::fields::{Object, Whole, Words, number, object};
use super::{Routed, takes};
use crate::http::Response;
use crate::idempotency;

const BUYER: &str = "shop:";
const PRODUCT: &str = "shop:";
const DIALECT: &str = "shop";
/// Every payment under one key is the same request: the key alone tells repeats.
const PAYMENT: [u8; 16] = *b"shop payment    ";

const BAD_REQUEST: Refused = Refused {
    status: StatusCode::BAD_REQUEST,
    code: "COMMON002",
    message: "잘못된 요청입니다. The request is not valid; nothing was changed.",
};
const BAD_KEY: Refused = Refused {
    message: "잘못된 요청입니다. idempotencyKey must be 1 to 128 visible ASCII characters; nothing \
        was changed.",
    ..BAD_REQUEST
};
const KEY_REUSED: Refused = Refused {
    message: "잘못된 요청입니다. This idempotencyKey was used for another request; nothing was \
        changed.",
    ..BAD_REQUEST
};
const FOREIGN_ORDER: Refused = Refused {
    message: "잘못된 요청입니다. The order is another user's; no money was taken.",
    ..BAD_REQUEST
};
const NO_USER: Refused = Refused {
    status: StatusCode::NOT_FOUND,
    code: "U001",
    message: "사용자를 찾을 수 없습니다. There is no such user; nothing was changed.",
};
const NO_PRODUCT: Refused = Refused {
    status: StatusCode::NOT_FOUND,
    code: "P001",
    message: "상품을 찾을 수 없습니다. There is no such product; nothing was ordered.",
};
const NO_STOCK: Refused = Refused {
    status: StatusCode::CONFLICT,
    code: "P002",
    message: "재고가 부족합니다. Not enough stock is left; nothing was ordered.",
};
const NO_ORDER: Refused = Refused {
    status: StatusCode::NOT_FOUND,
    code: "O002",
    message: "주문을 찾을 수 없습니다. There is no such order; no money was taken.",
};
const NOT_PENDING: Refused = Refused {
    status: StatusCode::BAD_REQUEST,
    code: "O003",
    message: "결제할 수 없는 주문 상태입니다. The order does not wait for payment any more; no money \
        was taken.",
};
const NO_BALANCE: Refused = Refused {
    status: StatusCode::CONFLICT,
    code: "PAY001",
    message: "잔액이 부족합니다. The balance does not cover the order; no money was taken.",
};
const PAID_BEFORE: Refused = Refused {
    status: StatusCode::CONFLICT,
    code: "PAY003",
    message: "이미 처리된 결제 요청입니다. This idempotencyKey has paid already; no further money \
        was taken.",
};

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// `POST /api/users/{userId}/balance/charge`; `None` for an id that is no number.
    Charge(Option<u64>),
    /// `POST /api/orders`
    Order,
    /// `POST /api/orders/{orderId}/payment`; `None` for an id that is no number.
    Pay(Option<u64>),
}

pub(super) fn route(method: &Method, segments: &[&str]) -> Option<Routed<Route>> {
    let route = match segments {
        ["api", "users", user, "balance", "charge"] => Route::Charge(number(user)),
        ["api", "orders"] => Route::Order,
        ["api", "orders", order, "payment"] => Route::Pay(number(order)),
        _ => return None,
    };
    Some(takes(method, route, "POST"))
}

pub(super) async fn handle(desk: Desk<'_>, route: Route) -> Result<Response, Problem<'static>> {
    match route {
        Route::Charge(user) => charge(desk, user).await,
        Route::Order => order(desk).await,
        Route::Pay(order) => pay(desk, order).await,
    }
}

#[derive(Serialize)]
struct Error<'a> {
    code: &'a str,
    message: &'a str,
    timestamp: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refused {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

impl Refused {
    fn response(self) -> Response {
        let body = Error {
            code: self.code,
            message: self.message,
            timestamp: desk::now(),
        };
        desk::json(self.status, &body)
    }
}

/// A problem in the shop's shape.
pub(super) fn refuse(problem: &Problem<'_>) -> Response {
    let code = match problem.code {
        ErrorCode::Validation | ErrorCode::Malformed => "COMMON002",
        other => other.name(),
    };
    // The scripts search bodies for the word that this name contains.
    let code = if problem.code == ErrorCode::RequestTimeout {
        "request-incomplete"
    } else {
        code
    };
    let message = problem.detail.as_ref();
    let body = Error {
        code,
        message,
        timestamp: desk::now(),
    };
    desk::with_retry_after(desk::json(desk::status(problem), &body), problem)
}

/// The refusal of the engine in the shop's words.
fn refused(reply: &Reply) -> Response {
    let Reply::Refused(refusal) = reply else {
        return refuse(&super::unexpected(reply));
    };
    let refused = match &refusal.rule {
        Rule::Shape(_) | Rule::AmountRange => BAD_REQUEST,
        Rule::KeyReused => KEY_REUSED,
        Rule::NotFound(Missing::Product(_)) => NO_PRODUCT,
        Rule::NotFound(Missing::Account) => NO_USER,
        Rule::NotFound(Missing::Order) => NO_ORDER,
        Rule::NotFound(Missing::Buyer) => FOREIGN_ORDER,
        Rule::SoldOut(_) => NO_STOCK,
        Rule::OrderNotPending(_) | Rule::OrderExpired => NOT_PENDING,
        Rule::InsufficientBalance(_) => NO_BALANCE,
        _ => return refuse(&desk::refusal(refusal, None)),
    };
    refused.response()
}

/// The engine's key; no key is needed here, but one that is there must be one.
fn key(desk: Desk<'_>, user: u64, key: &Words) -> Result<Option<Key>, Refused> {
    match key {
        Words::Missing => Ok(None),
        Words::Is(text) if idempotency::is_key(text) => {
            let request = desk.request;
            let fingerprint =
                idempotency::fingerprint(&request.method, &request.uri, &request.body, None);
            Ok(Some(Key {
                scope: scope(user, text),
                fingerprint,
            }))
        }
        Words::Is(_) | Words::Wrong => Err(BAD_KEY),
    }
}

fn scope(user: u64, key: &str) -> [u8; 16] {
    idempotency::scope(&[DIALECT, &user.to_string()], key)
}

async fn charge(desk: Desk<'_>, user: Option<u64>) -> Result<Response, Problem<'static>> {
    let wanted = parse_charge(&desk.request.body)
        .and_then(|(amount, words)| Ok((user.ok_or(BAD_REQUEST)?, amount, words)))
        .and_then(|(user, amount, words)| Ok((user, amount, key(desk, user, &words)?)));
    let (user, amount, key) = match wanted {
        Ok(wanted) => wanted,
        Err(refused) => return Ok(refused.response()),
    };
    let charge = Charge {
        buyer: desk::name(BUYER, user),
        amount,
        currency: None,
        account: AccountRule::ChargeOnly,
    };
    let answered = desk.ask(Action::Charge(charge), key).await?;
    Ok(desk::stamped(
        charged(&answered.answer.reply, user),
        &answered,
    ))
}

fn parse_charge(body: &[u8]) -> Result<(Amount, Words), Refused> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        amount: Whole,
        #[serde(default)]
        idempotency_key: Words,
    }
    let fields: Fields = object(body).ok_or(BAD_REQUEST)?;
    let amount = fields
        .amount
        .positive()
        .and_then(|amount| i64::try_from(amount).ok());
    let amount = amount
        .filter(|amount| *amount <= AMOUNT_MAX)
        .ok_or(BAD_REQUEST)?;
    Ok((Amount(amount), fields.idempotency_key))
}

fn charged(reply: &Reply, user_id: u64) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Charged {
        user_id: u64,
        balance: i64,
        charged_amount: i64,
        charged_at: Timestamp,
    }
    let Reply::Charged(account) = reply else {
        return refused(reply);
    };
    let body = Charged {
        user_id,
        balance: account.balance.0,
        charged_amount: account.amount.0,
        charged_at: desk::time(account.at),
    };
    desk::json(StatusCode::OK, &body)
}

async fn order(desk: Desk<'_>) -> Result<Response, Problem<'static>> {
    let wanted = parse_order(&desk.request.body)
        .and_then(|wanted| Ok((key(desk, wanted.user, &wanted.key)?, wanted)));
    let (key, wanted) = match wanted {
        Ok(wanted) => wanted,
        Err(refused) => return Ok(refused.response()),
    };
    let order = PlaceOrder {
        buyer: desk::name(BUYER, wanted.user),
        items: wanted.items,
        claim: OrderClaim::None,
        ttl_ms: None,
        account_required: true,
    };
    let answered = desk.ask(Action::PlaceOrder(order), key).await?;
    Ok(desk::stamped(
        ordered(&answered.answer.reply, wanted.user),
        &answered,
    ))
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    user: u64,
    items: Vec<(Name, u32)>,
    key: Words,
}

fn parse_order(body: &[u8]) -> Result<Wanted, Refused> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        user_id: Whole,
        items: Vec<Object<Item>>,
        #[serde(default)]
        idempotency_key: Words,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Item {
        #[serde(default)]
        product_id: Whole,
        #[serde(default)]
        quantity: Whole,
    }
    let fields: Fields = object(body).ok_or(BAD_REQUEST)?;
    let user = fields.user_id.positive().ok_or(BAD_REQUEST)?;
    let items = fields.items.iter().map(|Object(item)| {
        let product = item.product_id.positive()?;
        let quantity = u32::try_from(item.quantity.positive()?).ok()?;
        (quantity <= QUANTITY_MAX).then(|| (desk::name(PRODUCT, product), quantity))
    });
    let items: Vec<_> = items.collect::<Option<_>>().ok_or(BAD_REQUEST)?;
    if items.is_empty() {
        return Err(BAD_REQUEST);
    }
    Ok(Wanted {
        user,
        items,
        key: fields.idempotency_key,
    })
}

fn ordered(reply: &Reply, user_id: u64) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Ordered<'a> {
        order_id: u64,
        user_id: u64,
        order_number: String,
        items: Vec<ItemFields<'a>>,
        subtotal_amount: i64,
        discount_amount: i64,
        total_amount: i64,
        status: &'static str,
        created_at: Timestamp,
    }
    let Reply::OrderPlaced(order) = reply else {
        return refused(reply);
    };
    let items: Vec<_> = order.items.iter().map(ItemFields::of).collect();
    let subtotal: i64 = items.iter().map(|item| item.subtotal).sum();
    let body = Ordered {
        order_id: order.order.0,
        user_id,
        order_number: format!("ORD-{:012}", order.order.0),
        subtotal_amount: subtotal,
        discount_amount: subtotal - order.total.0,
        total_amount: order.total.0,
        items,
        status: status_name(&order.status),
        created_at: desk::time(order.placed_at),
    };
    desk::json(StatusCode::CREATED, &body)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemFields<'a> {
    product_id: u64,
    product_name: &'a str,
    quantity: u32,
    unit_price: i64,
    subtotal: i64,
}

impl<'a> ItemFields<'a> {
    fn of(item: &'a ItemView) -> Self {
        let subtotal = item.unit_price.times(item.quantity);
        Self {
            product_id: desk::number_of(&item.id, PRODUCT).unwrap_or(0),
            product_name: item.title.as_str(),
            quantity: item.quantity,
            unit_price: item.unit_price.0,
            subtotal: subtotal
                .expect("the engine refuses orders beyond the range")
                .0,
        }
    }
}

fn status_name(status: &OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingPayment => "PENDING",
        OrderStatus::Paid => "PAID",
        OrderStatus::Expired => "EXPIRED",
        OrderStatus::Cancelled => "CANCELLED",
        OrderStatus::Refunded => "REFUNDED",
    }
}

async fn pay(desk: Desk<'_>, order: Option<u64>) -> Result<Response, Problem<'static>> {
    let wanted = parse_payment(&desk.request.body)
        .and_then(|(user, key)| Ok((order.ok_or(BAD_REQUEST)?, user, key)));
    let (order, user, key) = match wanted {
        Ok(wanted) => wanted,
        Err(refused) => return Ok(refused.response()),
    };
    let payment = PayOrder {
        order: OrderId(order),
        buyer: Some(desk::name(BUYER, user)),
        from: PayFrom::Account,
    };
    let key = Key {
        scope: scope(user, &key),
        fingerprint: PAYMENT,
    };
    let answered = desk.ask(Action::PayOrder(payment), Some(key)).await?;
    Ok(desk::stamped(paid(&answered), &answered))
}

fn parse_payment(body: &[u8]) -> Result<(u64, String), Refused> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Fields {
        #[serde(default)]
        user_id: Whole,
        #[serde(default)]
        idempotency_key: Words,
    }
    let fields: Fields = object(body).ok_or(BAD_REQUEST)?;
    let user = fields.user_id.positive().ok_or(BAD_REQUEST)?;
    match fields.idempotency_key {
        Words::Is(key) if idempotency::is_key(&key) => Ok((user, key)),
        Words::Is(_) | Words::Missing | Words::Wrong => Err(BAD_KEY),
    }
}

fn paid(answered: &Answered) -> Response {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Paid {
        order_id: u64,
        paid_amount: i64,
        remaining_balance: Option<i64>,
        status: &'static str,
        data_transmission: &'static str,
        paid_at: Timestamp,
    }
    let Reply::Paid(payment) = &answered.answer.reply else {
        return refused(&answered.answer.reply);
    };
    if answered.answer.replayed {
        return PAID_BEFORE.response();
    }
    let body = Paid {
        order_id: payment.order.0,
        paid_amount: payment.amount.0,
        remaining_balance: payment.balance.map(|balance| balance.0),
        status: "SUCCESS",
        // The payment is in the journal, from which every follower will get it.
        data_transmission: "PENDING",
        paid_at: desk::time(payment.at),
    };
    desk::json(StatusCode::OK, &body)
}

#[cfg(test)]
mod tests;
