//! Orders: place, read, cancel, pay, refund, list.

use std::sync::Arc;

use boxoffice_api::v1::order::{
    ItemRequest, OrderItem, OrderList, OrderRequest, OrderResponse, OrderStatus, PaymentMethod,
    PaymentOutcome, PaymentRequest, PaymentResponse, RefundRequest, RefundResponse,
};
use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, OrderClaim, PayFrom, PayOrder, PlaceOrder, Refund};
use boxoffice_engine::ids::{Name, OrderId};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{self, ItemView, OrderView, PaymentView, Reply};

use super::{Ask, Context, buyer, claim, count, history_page, hold, millis, render, stamp, valid};
use crate::http::Response;
use crate::problem::Asked;
use crate::secret::Secret;

/// `POST /v1/orders`.
pub(super) fn place(cx: &Context<'_>) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: OrderRequest = cx.body()?;
    let claim = match request.hold.as_deref() {
        None => OrderClaim::None,
        Some(id) => {
            let secret = &cx.app.house.secret;
            let token = request.token.as_deref();
            OrderClaim::Hold(hold::hold_ref(secret, id, token, request.fence))
        }
    };
    let items = items(&request.items);
    let asked = match items.as_slice() {
        [(product, _)] => Asked::Product(product.clone()),
        _ => Asked::Other,
    };
    let order = PlaceOrder {
        buyer: valid(&request.buyer),
        items,
        claim,
        ttl_ms: request.ttl_ms.map(millis),
        account_required: false,
    };
    Ok(Ask {
        action: Action::PlaceOrder(order),
        asked,
    })
}

/// `GET /v1/orders/{order}`.
pub(super) fn read(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    Ok(Ask::plain(Action::ReadOrder(number(cx, id))))
}

/// `DELETE /v1/orders/{order}`.
pub(super) fn cancel(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    cx.no_body()?;
    Ok(Ask::plain(Action::CancelOrder(number(cx, id))))
}

/// `POST /v1/orders/{order}/payment`.
pub(super) fn pay(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: PaymentRequest = cx.body_or_default()?;
    let from = match request.method().expect("a valid request has one method") {
        PaymentMethod::Account => PayFrom::Account,
        PaymentMethod::Outside { reference, amount } => PayFrom::Outside {
            reference: valid(reference),
            amount: amount.map(Amount),
        },
    };
    Ok(Ask::plain(Action::PayOrder(PayOrder {
        order: number(cx, id),
        buyer: None,
        from,
    })))
}

/// `POST /v1/orders/{order}/refund`.
pub(super) fn refund(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: RefundRequest = cx.body_or_default()?;
    let refund = Refund {
        order: number(cx, id),
        items: items(request.items.as_deref().unwrap_or_default()),
        seats: claim::names(request.seats),
    };
    Ok(Ask::plain(Action::Refund(refund)))
}

/// `GET /v1/buyers/{buyer}/orders`.
pub(super) fn list(cx: &Context<'_>, of: &str) -> Result<Ask, Problem<'static>> {
    let list = buyer::list(cx, of, |id| cx.app.house.secret.order(id).map(|id| id.0))?;
    Ok(Ask::plain(Action::BuyerOrders(list)))
}

/// `GET /v1/orders/{order}/history`: the writer tells whether the caller may see it.
pub(super) async fn history(cx: &Context<'_>, id: &str) -> Response {
    let (before, lines_max) = match history_page(cx) {
        Ok(page) => page,
        Err(problem) => return cx.refuse(problem),
    };
    let answered = match cx.ask(Action::ReadOrder(number(cx, id))).await {
        Ok(answered) => answered,
        Err(problem) => return cx.refuse(problem),
    };
    let Reply::Order(view) = &answered.answer.reply else {
        return render::reply(cx, &answered, &Asked::Other);
    };
    let read = cx
        .app
        .views
        .order_history_response(view.order, view.last, before, lines_max);
    match read.await {
        Ok(mut response) => {
            stamp::stamp(response.headers_mut(), &answered);
            response
        }
        Err(refusal) => cx.refuse(refusal.problem()),
    }
}

/// The number behind an id; 0, which no order has, for one that this house never gave.
pub(super) fn number(cx: &Context<'_>, id: &str) -> OrderId {
    cx.app.house.secret.order(id).unwrap_or(OrderId(0))
}

fn items(items: &[ItemRequest]) -> Vec<(Name, u32)> {
    items
        .iter()
        .map(|item| (valid(&item.product), count(item.quantity)))
        .collect()
}

/// An order; `layout` is of the show that it claims, if it claims one.
pub(super) fn response<'a>(
    secret: &Secret,
    view: &'a OrderView,
    layout: Option<&'a Layout>,
) -> OrderResponse<'a> {
    let claim = view.claim.as_ref().zip(layout);
    OrderResponse {
        order: secret.order_id(view.order).into(),
        number: view.order.0,
        buyer: view.buyer.as_str().into(),
        status: status(&view.status),
        items: view.items.iter().map(item).collect(),
        seats: claim.map_or_else(Vec::new, |(claim, layout)| claim::seats(claim, layout)),
        places: claim.and_then(|(claim, layout)| claim::places(claim, layout)),
        show: layout.map(|layout| layout.id.as_str().into()),
        total: view.total.0,
        currency: claim::currency(view.currency),
        pay_by: Timestamp::from_micros(view.pay_by.0),
        created_at: Timestamp::from_micros(view.placed_at.0),
        paid_at: view.paid_at.map(|at| Timestamp::from_micros(at.0)),
        booking: view
            .booking
            .map(|booking| secret.booking_id(booking).into()),
        refunded: view.refunded.0,
    }
}

fn item(view: &ItemView) -> OrderItem<'_> {
    OrderItem {
        product: view.id.as_str().into(),
        name: view.title.as_str().into(),
        quantity: u64::from(view.quantity),
        unit_price: view.unit_price.0,
        subtotal: view.unit_price.0.saturating_mul(i64::from(view.quantity)),
    }
}

/// One page of a buyer's orders, each with the layout of its show, if it claims one.
pub(super) fn page<'a>(
    cx: &Context<'a>,
    of: &'a str,
    views: &'a [OrderView],
    layouts: &'a [Option<Arc<Layout>>],
) -> OrderList<'a> {
    let secret = &cx.app.house.secret;
    let rows = views.iter().zip(layouts);
    let orders: Vec<_> = rows
        .map(|(view, layout)| response(secret, view, layout.as_deref()))
        .collect();
    let next = buyer::next(cx, views.len(), orders.last().map(|last| &last.order));
    OrderList {
        buyer: of.into(),
        orders,
        next,
    }
}

/// What a payment did.
pub(super) fn payment(
    secret: &Secret,
    view: &PaymentView,
    outcome: PaymentOutcome,
) -> PaymentResponse<'static> {
    PaymentResponse {
        order: secret.order_id(view.order).into(),
        status: status(&view.status),
        outcome,
        amount: view.amount.0,
        balance: view.balance.map(|balance| balance.0),
        booking: view
            .booking
            .map(|booking| secret.booking_id(booking).into()),
        paid_at: Timestamp::from_micros(view.at.0),
    }
}

/// What a refund did.
pub(super) fn refunded(secret: &Secret, view: &PaymentView) -> RefundResponse<'static> {
    RefundResponse {
        order: secret.order_id(view.order).into(),
        status: status(&view.status),
        amount: view.amount.0,
        balance: view.balance.map(|balance| balance.0),
    }
}

fn status(status: &reply::OrderStatus) -> OrderStatus {
    match status {
        reply::OrderStatus::PendingPayment => OrderStatus::PendingPayment,
        reply::OrderStatus::Paid => OrderStatus::Paid,
        reply::OrderStatus::Expired => OrderStatus::Expired,
        reply::OrderStatus::Cancelled => OrderStatus::Cancelled,
        reply::OrderStatus::Refunded => OrderStatus::Refunded,
    }
}
