//! One seat: an operator's release, and its history.

use boxoffice_api::{Problem, Text};
use boxoffice_engine::command::{Action, ReleaseSeat, SeatKey};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::SeatReleased;

use super::{Ask, Context, history_page, path_name};
use crate::http::Response;
use crate::secret::Secret;

/// Reply to `POST /v1/shows/{show}/seats/{seat}/release`.
#[derive(Debug, serde::Serialize)]
pub(super) struct SeatReleaseResponse<'a> {
    /// Id of the show.
    show: Text<'a>,
    /// Id of the seat, which is free now.
    seat: Text<'a>,
    /// Id of the booking that had it, if it was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    booking: Option<Text<'a>>,
}

/// `POST /v1/shows/{show}/seats/{seat}/release`.
pub(super) fn release(cx: &Context<'_>, show: &str, seat: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    cx.no_body()?;
    let show = path_name("show", show)?;
    let seat = SeatKey::Named(path_name("seat", seat)?);
    Ok(Ask::plain(Action::ReleaseSeat(ReleaseSeat {
        show,
        seat,
        bookings_only: false,
    })))
}

/// `GET /v1/seats/{show}/{seat}/history`.
pub(super) async fn history(cx: &Context<'_>, show: &str, seat: &str) -> Response {
    let (before, lines_max) = match history_page(cx) {
        Ok(page) => page,
        Err(problem) => return cx.refuse(problem),
    };
    let read = cx
        .app
        .views
        .seat_history_response(show, seat, before, lines_max);
    match read.await {
        Ok(response) => response,
        Err(refusal) => cx.refuse(refusal.problem()),
    }
}

/// What a release did.
pub(super) fn released<'a>(
    secret: &Secret,
    released: &SeatReleased,
    layout: &'a Layout,
) -> SeatReleaseResponse<'a> {
    SeatReleaseResponse {
        show: layout.id.as_str().into(),
        seat: layout.seat_name(released.seat).into(),
        booking: released
            .booking
            .map(|booking| secret.booking_id(booking).into()),
    }
}
