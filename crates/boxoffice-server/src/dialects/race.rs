//! The order race's dialect: seats are ordered in one step, by their ids, and paid elsewhere.
//!
//! Invariants: a buyer is `race:` and 16 hex digits of the SHA-256 of the Bearer token, so that no
//! token is ever stored; if that token is the API key, which the users of a shop front share, and
//! there is a header `X-User-Id`, a buyer is `race:id:` and what it says. An order of somebody else
//! answers like one that does not exist. Everything but the token endpoint refuses in plain text,
//! as the original does.

mod token;

use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, List, OrderClaim, PlaceOrder, SeatKey, TariffKey, Want};
use boxoffice_engine::ids::{Name, OrderId};
use boxoffice_engine::limits::LIST_ROWS_MAX;
use boxoffice_engine::reply::{Missing, OrderStatus, OrderView, Reply, Rule};
use boxoffice_writer::layouts::Layouts;
use boxoffice_writer::request::Answered;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::desk::{self, Desk, Price};
use super::fields::{Id, object};
use super::identity::{self, Bearer, Presented};
use super::{Routed, takes};
use crate::http::{Body, Response};
use crate::secret::Secret;

pub(super) use token::refuse as refuse_token;

const SHOW: &str = "race:";
const BUYER: &str = "race:";
/// Keeps the users that `X-User-Id` names apart from digests of tokens.
const USER_ID: &str = "id:";
/// An unpaid order gives its seats back after this.
const PAY_WITHIN_MS: u64 = 5 * 60_000;

const LOST: &str = "Seat validation failed: one or more seats already locked";
const UNKNOWN_SEAT: &str = "Seat validation failed: one or more seats do not exist";
const NO_TOKEN: &str = "Unauthorized: a Bearer token is required";
const BAD_USER: &str = "Bad request: X-User-Id must be 1 to 48 of A-Z a-z 0-9 . _ -";
const NO_ORDER: &str = "Order not found";
const NO_SESSION: &str = "Session not found";
const BAD_BODY: &str = "Bad request: the body must be a JSON object with event_id, session_id and \
    seat_ids (a list of seat ids)";

/// What a path asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// `POST /api/order`
    Place,
    /// `GET /api/order/{id}`
    Read(&'a str),
    /// `DELETE /api/order/{id}`
    Cancel(&'a str),
    /// `POST /api/order/{id}/create-payment-intent`
    Intent(&'a str),
    /// `GET /api/order/user/{user}`
    OfUser(&'a str),
    /// `POST /realms/{realm}/protocol/openid-connect/token`
    Token(&'a str),
}

pub(super) fn route<'a>(method: &Method, segments: &[&'a str]) -> Option<Routed<Route<'a>>> {
    Some(match segments {
        ["api", "order"] => takes(method, Route::Place, "POST"),
        ["api", "order", "user", user] => takes(method, Route::OfUser(user), "GET"),
        ["api", "order", id] if method == Method::DELETE => Ok(Route::Cancel(id)),
        ["api", "order", id] => takes(method, Route::Read(id), "GET").map_err(|_| "GET, DELETE"),
        ["api", "order", id, "create-payment-intent"] => takes(method, Route::Intent(id), "POST"),
        ["realms", realm, "protocol", "openid-connect", "token"] => {
            takes(method, Route::Token(realm), "POST")
        }
        _ => return None,
    })
}

pub(super) async fn handle(desk: Desk<'_>, route: Route<'_>) -> Result<Response, Problem<'static>> {
    if let Route::Token(realm) = route {
        return Ok(token::issue(desk, realm));
    }
    let user = match user(Presented::at(desk)) {
        Ok(user) => user,
        Err((status, text)) => return Ok(plain(status, text)),
    };
    match route {
        Route::Place => place(desk, &user).await,
        Route::Read(id) => read(desk, &user, id).await,
        Route::Cancel(id) => cancel(desk, &user, id).await,
        Route::Intent(id) => intent(desk, &user, id).await,
        Route::OfUser(other) => of_user(desk, &user, other).await,
        Route::Token(_) => unreachable!("answered above, before the identity is asked for"),
    }
}

/// A problem in the order race's shape.
pub(super) fn refuse(problem: &Problem<'_>) -> Response {
    let response = desk::text(desk::status(problem), problem.detail.to_string());
    desk::with_retry_after(response, problem)
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    desk::fixed(status, "text/plain", text)
}

/// Who asks.
#[derive(Debug, PartialEq, Eq)]
struct User {
    /// As the answers and `/api/order/user/{user}` have it.
    id: String,
    buyer: Name,
}

impl User {
    fn new(id: String, kind: &str) -> Self {
        let buyer = Name::new(&format!("{BUYER}{kind}{id}"));
        Self {
            id,
            buyer: buyer.expect("two short prefixes and a short id are a name"),
        }
    }
}

/// Who asks, or the refusal's status and text.
fn user(presented: Presented<'_>) -> Result<User, (StatusCode, &'static str)> {
    let Bearer::Token(token) = presented.bearer() else {
        return Err((StatusCode::UNAUTHORIZED, NO_TOKEN));
    };
    if presented.bearer_is_key {
        match presented.user_id() {
            Ok(Some(id)) => return Ok(User::new(id.to_owned(), USER_ID)),
            Ok(None) => {}
            Err(identity::NoUserId) => return Err((StatusCode::BAD_REQUEST, BAD_USER)),
        }
    }
    Ok(User::new(identity::digest_hex(token.as_bytes(), 8), ""))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    #[serde(default)]
    event_id: Id,
    #[serde(default)]
    session_id: Id,
    #[serde(default)]
    seat_ids: Vec<Id>,
    #[serde(default)]
    organization_id: Id,
    #[serde(default)]
    discount_id: Id,
}

/// What is wanted, or the refusal's status and text.
fn parse(body: &[u8]) -> Result<(Wanted, Name, Want), (StatusCode, &'static str)> {
    const BAD: (StatusCode, &str) = (StatusCode::BAD_REQUEST, BAD_BODY);
    let wanted: Wanted = object(body).ok_or(BAD)?;
    if wanted.organization_id == Id::Wrong || wanted.discount_id == Id::Wrong {
        return Err(BAD);
    }
    let event = wanted.event_id.text().ok_or(BAD)?;
    let session = wanted.session_id.text().ok_or(BAD)?;
    let seats = wanted
        .seat_ids
        .iter()
        .map(|id| id.text().ok_or(BAD))
        .collect::<Result<Vec<_>, _>>()?;
    if seats.is_empty() {
        return Err(BAD);
    }
    let show = show(&event, &session).ok_or((StatusCode::NOT_FOUND, NO_SESSION))?;
    let seats = seats.iter().map(|id| {
        let name = Name::new(id).ok_or((StatusCode::BAD_REQUEST, UNKNOWN_SEAT))?;
        Ok((SeatKey::Named(name), TariffKey::Default))
    });
    let seats = seats.collect::<Result<Vec<_>, _>>()?;
    Ok((wanted, show, Want::Seats(seats)))
}

/// The show of an event's session; `None` for ids that none can have.
fn show(event: &str, session: &str) -> Option<Name> {
    let clear = !event.contains(':') && !session.contains(':');
    Name::new(&format!("{SHOW}{event}:{session}")).filter(|_| clear)
}

async fn place(desk: Desk<'_>, user: &User) -> Result<Response, Problem<'static>> {
    let (wanted, show, want) = match parse(&desk.request.body) {
        Ok(wanted) => wanted,
        Err((status, text)) => return Ok(plain(status, text)),
    };
    let order = PlaceOrder {
        buyer: user.buyer.clone(),
        items: Vec::new(),
        claim: OrderClaim::Direct { show, want },
        ttl_ms: Some(PAY_WITHIN_MS),
        account_required: false,
    };
    let answered = desk.ask(Action::PlaceOrder(order), None).await?;
    let house = desk.house;
    let response = placed(
        &answered.answer.reply,
        &wanted,
        &user.id,
        &house.secret,
        &house.layouts,
    );
    Ok(desk::stamped(response, &answered))
}

fn placed(
    reply: &Reply,
    wanted: &Wanted,
    user: &str,
    secret: &Secret,
    layouts: &Layouts,
) -> Response {
    #[derive(Serialize)]
    struct Placed<'a> {
        order_id: String,
        session_id: &'a Id,
        organization_id: &'a Id,
        seat_ids: Vec<String>,
        user_id: &'a str,
    }
    match reply {
        Reply::OrderPlaced(order) => {
            let body = Placed {
                order_id: secret.order_id(order.order),
                session_id: &wanted.session_id,
                organization_id: &wanted.organization_id,
                seat_ids: seat_ids(order, layouts),
                user_id: user,
            };
            desk::json(StatusCode::CREATED, &body)
        }
        Reply::Refused(refusal) => match &refusal.rule {
            Rule::SeatUnavailable => plain(StatusCode::BAD_REQUEST, LOST),
            Rule::NotFound(Missing::Show) => plain(StatusCode::NOT_FOUND, NO_SESSION),
            Rule::NotFound(_) => plain(StatusCode::BAD_REQUEST, UNKNOWN_SEAT),
            _ => refused(reply),
        },
        other => refused(other),
    }
}

fn seat_ids(order: &OrderView, layouts: &Layouts) -> Vec<String> {
    let Some(claim) = &order.claim else {
        return Vec::new();
    };
    let Some(layout) = layouts.show(claim.show) else {
        return Vec::new();
    };
    claim
        .seats
        .iter()
        .map(|seat| layout.seat_name(seat.seat).to_owned())
        .collect()
}

/// What is answered to a reply that is none of those that a call hopes for.
fn refused(reply: &Reply) -> Response {
    match reply {
        Reply::Refused(refusal) => match &refusal.rule {
            Rule::NotFound(_) => plain(StatusCode::NOT_FOUND, NO_ORDER),
            _ => refuse(&desk::refusal(refusal, None)),
        },
        other => refuse(&super::unexpected(other)),
    }
}

#[derive(Serialize)]
struct OrderFields<'a> {
    order_id: String,
    event_id: Option<Id>,
    session_id: Option<Id>,
    seat_ids: Vec<String>,
    user_id: &'a str,
    status: &'static str,
    total: Price,
    currency: &'a str,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl<'a> OrderFields<'a> {
    fn of(order: &'a OrderView, user: &'a str, secret: &Secret, layouts: &Layouts) -> Self {
        let layout = order
            .claim
            .as_ref()
            .and_then(|claim| layouts.show(claim.show));
        let ids = layout
            .as_ref()
            .and_then(|layout| event_and_session(&layout.id));
        let (event_id, session_id) = ids.unzip();
        Self {
            order_id: secret.order_id(order.order),
            event_id,
            session_id,
            seat_ids: seat_ids(order, layouts),
            user_id: user,
            status: status_name(&order.status),
            total: Price(order.total, order.currency),
            currency: order.currency.as_str(),
            created_at: desk::time(order.placed_at),
            expires_at: desk::time(order.pay_by),
        }
    }
}

fn event_and_session(show: &Name) -> Option<(Id, Id)> {
    let (event, session) = show.as_str().strip_prefix(SHOW)?.split_once(':')?;
    Some((Id::from_text(event), Id::from_text(session)))
}

fn status_name(status: &OrderStatus) -> &'static str {
    match status {
        OrderStatus::PendingPayment => "pending",
        OrderStatus::Paid => "paid",
        // The original knows one word for an order that gave its seats back.
        OrderStatus::Expired | OrderStatus::Cancelled => "cancelled",
        OrderStatus::Refunded => "refunded",
    }
}

/// Reads the user's own order; the `Err` is the answer where there is none.
async fn own_order(
    desk: Desk<'_>,
    user: &User,
    id: &str,
) -> Result<Result<(Answered, OrderView), Response>, Problem<'static>> {
    let Some(order) = desk.house.secret.order(id) else {
        return Ok(Err(plain(StatusCode::NOT_FOUND, NO_ORDER)));
    };
    let answered = desk.ask(Action::ReadOrder(order), None).await?;
    let response = match &answered.answer.reply {
        Reply::Order(order) if order.buyer == user.buyer => {
            let order = order.clone();
            return Ok(Ok((answered, order)));
        }
        Reply::Order(_) => plain(StatusCode::NOT_FOUND, NO_ORDER),
        other => refused(other),
    };
    Ok(Err(desk::stamped(response, &answered)))
}

async fn read(desk: Desk<'_>, user: &User, id: &str) -> Result<Response, Problem<'static>> {
    let (answered, order) = match own_order(desk, user, id).await? {
        Ok(own) => own,
        Err(response) => return Ok(response),
    };
    let body = OrderFields::of(&order, &user.id, &desk.house.secret, &desk.house.layouts);
    Ok(desk::stamped(desk::json(StatusCode::OK, &body), &answered))
}

/// An order never changes its buyer, so nothing can come between the look at whose it is and the
/// command that cancels it.
async fn cancel(desk: Desk<'_>, user: &User, id: &str) -> Result<Response, Problem<'static>> {
    let order: OrderId = match own_order(desk, user, id).await? {
        Ok((_, order)) => order.order,
        Err(response) => return Ok(response),
    };
    let answered = desk.ask(Action::CancelOrder(order), None).await?;
    Ok(desk::stamped(cancelled(&answered.answer.reply), &answered))
}

fn cancelled(reply: &Reply) -> Response {
    match reply {
        Reply::OrderCancelled(_) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        other => refused(other),
    }
}

/// The intent is the order as a payment provider needs it. Its id is the reference under which
/// the provider's payment is recorded later.
async fn intent(desk: Desk<'_>, user: &User, id: &str) -> Result<Response, Problem<'static>> {
    let (answered, order) = match own_order(desk, user, id).await? {
        Ok(own) => own,
        Err(response) => return Ok(response),
    };
    Ok(desk::stamped(
        payment_intent(&order, &desk.house.secret),
        &answered,
    ))
}

fn payment_intent(order: &OrderView, secret: &Secret) -> Response {
    #[derive(Serialize)]
    struct Intent<'a> {
        payment_intent_id: String,
        order_id: String,
        amount: i64,
        currency: &'a str,
        status: &'static str,
        expires_at: Timestamp,
    }
    let status = match order.status {
        OrderStatus::PendingPayment => "requires_payment_method",
        OrderStatus::Paid => "succeeded",
        OrderStatus::Expired | OrderStatus::Cancelled | OrderStatus::Refunded => {
            return plain(
                StatusCode::BAD_REQUEST,
                "Order is no longer waiting for payment; its seats are free again",
            );
        }
    };
    let order_id = secret.order_id(order.order);
    let body = Intent {
        payment_intent_id: format!("pi_{order_id}"),
        order_id,
        amount: order.total.0,
        currency: order.currency.as_str(),
        status,
        expires_at: desk::time(order.pay_by),
    };
    desk::json(StatusCode::OK, &body)
}

async fn of_user(desk: Desk<'_>, user: &User, other: &str) -> Result<Response, Problem<'static>> {
    if other != user.id {
        return Ok(plain(StatusCode::NOT_FOUND, "User not found"));
    }
    let list = List {
        buyer: user.buyer.clone(),
        before: 0,
        rows_max: LIST_ROWS_MAX,
    };
    let answered = desk.ask(Action::BuyerOrders(list), None).await?;
    let response = match &answered.answer.reply {
        Reply::Orders(orders) => {
            let house = desk.house;
            let of = |order| OrderFields::of(order, &user.id, &house.secret, &house.layouts);
            desk::json(StatusCode::OK, &orders.iter().map(of).collect::<Vec<_>>())
        }
        // A buyer whom the house has never met has no orders.
        Reply::Refused(refusal) if matches!(refusal.rule, Rule::NotFound(_)) => {
            desk::fixed(StatusCode::OK, "application/json", "[]")
        }
        other => refused(other),
    };
    Ok(desk::stamped(response, &answered))
}

#[cfg(test)]
mod tests;
