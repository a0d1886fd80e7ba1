//! The feed of events.

use boxoffice_api::v1::query::FeedQuery;
use http::header::ACCEPT;

use super::show::LAST_EVENT_ID;
use super::{Context, problem};
use crate::http::Response;

/// `GET /v1/journal`.
pub(super) async fn feed(cx: &Context<'_>) -> Response {
    let query = match FeedQuery::parse(cx.query()) {
        Ok(query) => query,
        Err(faults) => return cx.refuse(problem::of_query(faults)),
    };
    let headers = &cx.request.headers;
    let (accept, last_event_id) = (headers.get(ACCEPT), headers.get(LAST_EVENT_ID));
    match cx
        .app
        .views
        .journal_response(&query, accept, last_event_id)
        .await
    {
        Ok(response) => response,
        Err(refusal) => cx.refuse(refusal.problem()),
    }
}
