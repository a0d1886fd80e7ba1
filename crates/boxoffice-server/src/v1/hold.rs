//! Holds: place, read, extend, release.

use boxoffice_api::v1::hold::{
    ExtendRequest, HoldRequest, HoldResponse, ReleaseRequest, ReleaseResponse,
};
use boxoffice_api::v1::query::FenceQuery;
use boxoffice_api::{Problem, Timestamp};
use boxoffice_engine::command::{Action, ExtendHold, Hold, HoldRef, Proof};
use boxoffice_engine::ids::{Fence, HoldId};
use boxoffice_engine::layout::Layout;
use boxoffice_engine::reply::HoldView;
use http::HeaderName;

use super::{Ask, Context, claim, millis, path_name, problem, valid};
use crate::secret::Secret;

/// The header that proves a buyer's right to a hold.
pub(super) const HOLD_TOKEN: HeaderName = HeaderName::from_static("boxoffice-hold-token");

/// `POST /v1/shows/{show}/holds`.
pub(super) fn place(cx: &Context<'_>, show: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let show = path_name("show", show)?;
    let request: HoldRequest = cx.body()?;
    let wanted = request.claim().expect("a valid request has one claim");
    let want = claim::want(wanted, request.tariff.as_deref());
    let asked = claim::asked(&want);
    let hold = Hold {
        show,
        buyer: valid(&request.buyer),
        want,
        ttl_ms: request.ttl_ms.map(millis),
        session: false,
    };
    Ok(Ask {
        action: Action::Hold(hold),
        asked,
    })
}

/// `GET /v1/holds/{hold}`.
pub(super) fn read(cx: &Context<'_>, hold: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    Ok(Ask::plain(Action::ReadHold(from_header(cx, hold, None))))
}

/// `PATCH /v1/holds/{hold}`.
pub(super) fn extend(cx: &Context<'_>, hold: &str) -> Result<Ask, Problem<'static>> {
    cx.no_query()?;
    let request: ExtendRequest = cx.body()?;
    let hold = from_header(cx, hold, request.fence);
    Ok(Ask::plain(Action::ExtendHold(ExtendHold {
        hold,
        ttl_ms: millis(request.ttl_ms),
    })))
}

/// `DELETE /v1/holds/{hold}`. The fence may be in the query, for clients that send no body here.
pub(super) fn release(cx: &Context<'_>, hold: &str) -> Result<Ask, Problem<'static>> {
    let query = FenceQuery::parse(cx.query()).map_err(problem::of_query)?;
    let request: ReleaseRequest = cx.body_or_default()?;
    let fence = match (query.fence, request.fence) {
        (Some(one), Some(other)) if one != other => {
            return Err(problem::malformed(
                "The query and the body name different fences; nothing was changed. Send one.",
            ));
        }
        (one, other) => one.or(other),
    };
    Ok(Ask::plain(Action::ReleaseHold(from_header(
        cx, hold, fence,
    ))))
}

fn from_header(cx: &Context<'_>, hold: &str, fence: Option<u64>) -> HoldRef {
    let token = cx
        .request
        .headers
        .get(HOLD_TOKEN)
        .and_then(|token| token.to_str().ok());
    hold_ref(&cx.app.house.secret, hold, token, fence)
}

/// A hold with the proof of a token. An id that this house never gave is that of no hold, and is
/// answered by the engine like someone else's.
pub(super) fn hold_ref(
    secret: &Secret,
    id: &str,
    token: Option<&str>,
    fence: Option<u64>,
) -> HoldRef {
    let hold = secret.hold(id).unwrap_or(HoldId(0));
    let given = token.and_then(|token| secret.check_token(hold, token));
    HoldRef {
        hold,
        proof: given.map_or(Proof::None, Proof::Token),
        buyer: None,
        // Fences are small numbers; one that does not fit was never given and is stale.
        fence: fence.map(|fence| Fence(u32::try_from(fence).unwrap_or(u32::MAX))),
    }
}

/// A hold as its owner sees it.
pub(super) fn response<'a>(
    secret: &Secret,
    view: &'a HoldView,
    layout: &'a Layout,
) -> HoldResponse<'a> {
    HoldResponse {
        hold: secret.hold_id(view.hold).into(),
        token: secret.token(view.hold, view.fence).into(),
        fence: u64::from(view.fence.0),
        show: layout.id.as_str().into(),
        buyer: view.buyer.as_str().into(),
        seats: claim::seats(&view.claim, layout),
        places: claim::places(&view.claim, layout),
        amount: view.amount.0,
        currency: claim::currency(view.currency),
        expires_at: Timestamp::from_micros(view.expires_at.0),
    }
}

/// What a release did; `id` is the hold as the caller named it.
pub(super) fn released<'a>(id: &'a str, view: Option<&HoldView>) -> ReleaseResponse<'a> {
    let released = view.map_or(0, |view| {
        let n_places = view
            .claim
            .places
            .as_ref()
            .map_or(0, |places| u64::from(places.quantity));
        (view.claim.seats.len() as u64).saturating_add(n_places)
    });
    ReleaseResponse {
        hold: id.into(),
        released,
    }
}
