//! Renders the engine's replies: status, headers and body, exhaustively.
//!
//! Invariants: a reply renders the same whenever it is replayed; what it names is looked up in the
//! newest layout, in which indexes keep their names.

use boxoffice_api::Text;
use boxoffice_api::v1::order::PaymentOutcome;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::{Refusal, Reply};
use boxoffice_writer::request::Answered;
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};

use super::route::Resource;
use super::{Context, account, booking, hold, layout_of, order, product, seat, stamp, with_layout};
use crate::http::Response;
use crate::problem::{self, Asked};

/// Renders a reply of the engine, with its headers.
pub(super) fn reply(cx: &Context<'_>, answered: &Answered, asked: &Asked) -> Response {
    let mut response = match &answered.answer.reply {
        Reply::Refused(refusal) => refused(cx, refusal, answered, asked),
        granted => body(cx, granted),
    };
    stamp::stamp(response.headers_mut(), answered);
    response
}

/// Renders what was granted or read.
fn body(cx: &Context<'_>, reply: &Reply) -> Response {
    let house = &cx.app.house;
    let secret = &house.secret;
    match reply {
        Reply::Refused(_) => unreachable!("refusals are rendered as problems"),
        Reply::ShowPut(_) => unreachable!("a show's reply waits for the views"),
        Reply::HoldPlaced(_)
        | Reply::Hold(_)
        | Reply::HoldExtended(_)
        | Reply::Session(_)
        | Reply::HoldReleased(_) => hold_body(cx, reply),
        Reply::Booked(view) => with_layout(house, view.claim.show, |layout| {
            let body = booking::response(secret, view, layout);
            let response = stamp::json(StatusCode::CREATED, &body);
            created(response, "/v1/bookings/", &body.booking)
        }),
        Reply::Booking(view) | Reply::BookingCancelled(view) => {
            let layout = layout_of(house, view.claim.show);
            stamp::json(StatusCode::OK, &booking::response(secret, view, &layout))
        }
        Reply::SeatReleased(released) => {
            let layout = layout_of(house, released.show);
            stamp::json(StatusCode::OK, &seat::released(secret, released, &layout))
        }
        Reply::Bookings(views) => {
            let layouts: Vec<_> = views
                .iter()
                .map(|v| layout_of(house, v.claim.show))
                .collect();
            stamp::json(
                StatusCode::OK,
                &booking::page(cx, buyer_of(cx), views, &layouts),
            )
        }
        Reply::Orders(_)
        | Reply::OrderPlaced(_)
        | Reply::Order(_)
        | Reply::OrderCancelled(_)
        | Reply::Paid(_)
        | Reply::Credited(_)
        | Reply::Refunded(_) => order_body(cx, reply),
        Reply::ProductCreated(view) => {
            let body = product::response(view);
            created(
                stamp::json(StatusCode::CREATED, &body),
                "/v1/products/",
                &body.product,
            )
        }
        Reply::Product(view) => stamp::json(StatusCode::OK, &product::response(view)),
        Reply::Account(view) | Reply::Charged(view) => {
            stamp::json(StatusCode::OK, &account::response(view, None))
        }
    }
}

fn hold_body(cx: &Context<'_>, reply: &Reply) -> Response {
    let house = &cx.app.house;
    let secret = &house.secret;
    match reply {
        Reply::HoldPlaced(view) => with_layout(house, view.claim.show, |layout| {
            let body = hold::response(secret, view, layout);
            let response = stamp::json(StatusCode::CREATED, &body);
            created(response, "/v1/holds/", &body.hold)
        }),
        Reply::Hold(view) | Reply::HoldExtended(view) | Reply::Session(Some(view)) => {
            let layout = layout_of(house, view.claim.show);
            stamp::json(StatusCode::OK, &hold::response(secret, view, &layout))
        }
        Reply::Session(None) => problem::to_response(&problem::no_such_id("hold")),
        Reply::HoldReleased(view) => {
            let id = match cx.call.resource {
                Resource::Hold(id) => id,
                _ => "",
            };
            stamp::json(StatusCode::OK, &hold::released(id, view.as_ref()))
        }
        _ => unreachable!("only replies about holds are passed here"),
    }
}

fn order_body(cx: &Context<'_>, reply: &Reply) -> Response {
    let house = &cx.app.house;
    let secret = &house.secret;
    let layout = |view: &boxoffice_engine::reply::OrderView| {
        view.claim
            .as_ref()
            .map(|claim| layout_of(house, claim.show))
    };
    match reply {
        Reply::Orders(views) => {
            let layouts: Vec<_> = views.iter().map(layout).collect();
            stamp::json(
                StatusCode::OK,
                &order::page(cx, buyer_of(cx), views, &layouts),
            )
        }
        Reply::OrderPlaced(view) => {
            let layout = layout(view);
            let body = order::response(secret, view, layout.as_deref());
            created(
                stamp::json(StatusCode::CREATED, &body),
                "/v1/orders/",
                &body.order,
            )
        }
        Reply::Order(view) | Reply::OrderCancelled(view) => {
            let layout = layout(view);
            stamp::json(
                StatusCode::OK,
                &order::response(secret, view, layout.as_deref()),
            )
        }
        Reply::Paid(view) => {
            let body = order::payment(secret, view, PaymentOutcome::Paid);
            stamp::json(StatusCode::OK, &body)
        }
        Reply::Credited(view) => {
            let body = order::payment(secret, view, PaymentOutcome::Credited);
            stamp::json(StatusCode::CREATED, &body)
        }
        Reply::Refunded(view) => stamp::json(StatusCode::OK, &order::refunded(secret, view)),
        _ => unreachable!("only replies about orders are passed here"),
    }
}

/// Renders a refusal of the engine.
pub(super) fn refused(
    cx: &Context<'_>,
    refusal: &Refusal,
    answered: &Answered,
    asked: &Asked,
) -> Response {
    match refusal.show {
        Some(show) => with_layout(&cx.app.house, show, |layout| {
            refused_in(cx, refusal, answered, asked, Some(layout))
        }),
        None => refused_in(cx, refusal, answered, asked, None),
    }
}

fn refused_in(
    cx: &Context<'_>,
    refusal: &Refusal,
    answered: &Answered,
    asked: &Asked,
    layout: Option<&Layout>,
) -> Response {
    let problem = problem::of_refusal(refusal, layout, asked);
    let n_seats = layout.map_or(0, Layout::n_seats);
    cx.app.tally.refused(problem.code, refusal, n_seats);
    // Under a key the answer is given again word for word, so that it names nothing that belongs to
    // one request alone; position and id are in the headers of each.
    if cx.is_keyed() {
        return problem::to_response(&problem);
    }
    problem::to_response(&problem.at_position(answered.position.0).for_request(cx.id))
}

fn created(mut response: Response, collection: &str, id: &Text<'_>) -> Response {
    // Ids are of harmless characters: none needs an escape in a path or in a header.
    let location = HeaderValue::try_from([collection, id].concat());
    let location = location.expect("ids are visible ASCII");
    response.headers_mut().insert(LOCATION, location);
    response
}

fn buyer_of<'a>(cx: &Context<'a>) -> &'a str {
    match cx.call.resource {
        Resource::BuyerBookings(buyer) | Resource::BuyerOrders(buyer) => buyer,
        _ => "",
    }
}
