//! Bookings: make, read, cancel, list.

use std::sync::Arc;

use boxoffice_api::v1::booking::{
    BookingList, BookingRequest, BookingResponse, BookingSource, BookingStatus,
    CancelBookingRequest,
};
use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, Book, CancelBooking};
use boxoffice_engine::ids::BookingId;
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::{self, BookingView};

use super::{Ask, Context, buyer, claim, hold, valid};
use crate::secret::Secret;

/// `POST /v1/bookings`.
pub(super) fn book(cx: &Context<'_>) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: BookingRequest = cx.body()?;
    let source = request.source().expect("a valid request has one source");
    Ok(match source {
        BookingSource::Hold { hold, token, fence } => {
            let hold = hold::hold_ref(&cx.app.house.secret, hold, Some(token), fence);
            Ask::plain(Action::Book(Book::Hold(hold)))
        }
        BookingSource::Direct {
            buyer,
            show,
            claim,
            tariff,
        } => {
            let want = claim::want(claim, tariff);
            let asked = claim::asked(&want);
            let book = Book::Direct {
                show: valid(show),
                buyer: valid(buyer),
                want,
                own_hold: false,
            };
            Ask {
                action: Action::Book(book),
                asked,
            }
        }
    })
}

/// `GET /v1/bookings/{booking}`.
pub(super) fn read(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    Ok(Ask::plain(Action::ReadBooking(number(cx, id))))
}

/// `DELETE /v1/bookings/{booking}`.
pub(super) fn cancel(cx: &Context<'_>, id: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: CancelBookingRequest = cx.body_or_default()?;
    let cancel = CancelBooking {
        booking: number(cx, id),
        seats: claim::names(request.seats),
    };
    Ok(Ask::plain(Action::CancelBooking(cancel)))
}

/// `GET /v1/buyers/{buyer}/bookings`.
pub(super) fn list(cx: &Context<'_>, of: &str) -> Result<Ask, Problem<'static>> {
    let list = buyer::list(cx, of, |id| cx.app.house.secret.booking(id).map(|id| id.0))?;
    Ok(Ask::plain(Action::BuyerBookings(list)))
}

/// The number behind an id; 0, which no booking has, for one that this house never gave.
fn number(cx: &Context<'_>, id: &str) -> BookingId {
    cx.app.house.secret.booking(id).unwrap_or(BookingId(0))
}

/// A booking; `layout` is of its show.
pub(super) fn response<'a>(
    secret: &Secret,
    view: &'a BookingView,
    layout: &'a Layout,
) -> BookingResponse<'a> {
    BookingResponse {
        booking: secret.booking_id(view.booking).into(),
        show: layout.id.as_str().into(),
        buyer: view.buyer.as_str().into(),
        seats: claim::seats(&view.claim, layout),
        places: claim::places(&view.claim, layout),
        amount: view.amount.0,
        currency: claim::currency(view.currency),
        status: match view.status {
            reply::BookingStatus::Confirmed => BookingStatus::Confirmed,
            reply::BookingStatus::Cancelled => BookingStatus::Cancelled,
        },
        created_at: Timestamp::from_micros(view.booked_at.0),
        order: view.order.map(|order| secret.order_id(order).into()),
    }
}

/// One page of a buyer's bookings, each with the layout of its show.
pub(super) fn page<'a>(
    cx: &Context<'a>,
    of: &'a str,
    views: &'a [BookingView],
    layouts: &'a [Arc<Layout>],
) -> BookingList<'a> {
    let secret = &cx.app.house.secret;
    let rows = views.iter().zip(layouts);
    let bookings: Vec<_> = rows
        .map(|(view, layout)| response(secret, view, layout))
        .collect();
    let next = buyer::next(cx, views.len(), bookings.last().map(|last| &last.booking));
    BookingList {
        buyer: of.into(),
        bookings,
        next,
    }
}
