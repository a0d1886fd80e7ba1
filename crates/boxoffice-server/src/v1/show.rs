//! Shows: put through the writer; list, read, seat map and stream from the views.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::v1::query::{ListQuery, SeatsQuery};
use boxoffice_api::v1::show::{self as wire, ShowRequest};
use boxoffice_api::v1::show_view::{AreaView, SectionView, ShowList, ShowResponse, ShowSummary};
use boxoffice_api::{ErrorCode, Problem, Timestamp, v1};
use boxoffice_engine::command::{Action, Key, PutShow};
use boxoffice_engine::ids::{AreaIdx, Name, Position, ShowIdx};
use boxoffice_engine::layout::{Layout, Plan};
use boxoffice_engine::money::Amount;
use boxoffice_engine::reply::{Reply, ShowPut};
use boxoffice_engine::spec::{AreaSpec, RowSeats, RowSpec, SectionSpec, ShowSpec, Tariff};
use boxoffice_engine::time::Instant;
use boxoffice_writer::request::Answered;
use http::header::{IF_NONE_MATCH, LOCATION};
use http::{HeaderName, HeaderValue, StatusCode};

use super::{
    Context, aside, claim, count, millis, path_name, problem, put_name, render, stamp, valid,
    valid_currency, valid_text,
};
use crate::http::Response;
use crate::problem::Asked;
use crate::views::{SeatStates, Views};

/// The header with which a stream resumes.
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// How long a put waits for the views to show it, in milliseconds.
const VIEW_WAIT_MS: u64 = 30_000;
/// When to repeat a put whose counts could not be shown, in milliseconds.
const VIEW_RETRY_MS: u32 = 1_000;

/// `PUT /v1/shows/{show}`.
pub(super) async fn put(cx: &Context<'_>, id: &str) -> Response {
    let (action, key) = match prepare_put(cx, id).await {
        Ok(prepared) => prepared,
        Err(problem) => return cx.refuse(problem),
    };
    match cx.ask_keyed(action, key).await {
        Ok(answered) => match &answered.answer.reply {
            Reply::ShowPut(put) => {
                let mut response = put_response(cx, id, put, &answered).await;
                stamp::stamp(response.headers_mut(), &answered);
                response
            }
            _ => render::reply(cx, &answered, &Asked::Other),
        },
        Err(problem) => cx.refuse(problem),
    }
}

async fn prepare_put(
    cx: &Context<'_>,
    id: &str,
) -> Result<(Action, Option<Key>), Problem<'static>> {
    cx.no_query()?;
    let show = put_name(id)?;
    cx.check_body()?;
    let (body, key_maker) = (cx.request.body.clone(), cx.key_maker());
    let (layouts, principal) = (Arc::clone(&cx.app.house.layouts), cx.caller().principal);
    let read = move || {
        let spec = v1::decode::<ShowRequest>(&body).map(|request| spec(&request))?;
        // Built here, so that the writer need not while everybody else waits.
        let previous = layouts.by_id(show.as_str());
        let idx = previous.as_ref().map_or_else(
            || ShowIdx(u32::try_from(layouts.all().len()).unwrap_or(u32::MAX)),
            |layout| layout.show,
        );
        let put = PutShow {
            spec: Plan::drafted(spec, idx, &show, principal, previous),
            show,
            only_create: false,
        };
        Ok((Action::PutShow(Box::new(put)), key_maker.map(|make| make())))
    };
    aside(read).await
}

async fn put_response(cx: &Context<'_>, id: &str, put: &ShowPut, answered: &Answered) -> Response {
    let views = &cx.app.views;
    let reached = views
        .reached(answered.position, Duration::from_millis(VIEW_WAIT_MS))
        .await;
    let states = reached.ok().and_then(|()| views.seats(put.show));
    let Some(states) = states else {
        let detail = "The show is stored as asked, but the view with its counts has not caught up. \
                      Read it later, or repeat the request.";
        let problem = Problem::new(ErrorCode::OutcomeUnknown, detail);
        return cx.refuse(problem.retry_after_ms(VIEW_RETRY_MS));
    };
    if !put.created {
        return stamp::json(StatusCode::OK, &response(&states));
    }
    let mut created = stamp::json(StatusCode::CREATED, &response(&states));
    let location = HeaderValue::try_from(["/v1/shows/", id].concat());
    created
        .headers_mut()
        .insert(LOCATION, location.expect("ids are visible ASCII"));
    created
}

/// What a valid request says a show is.
pub(crate) fn spec(request: &ShowRequest) -> ShowSpec {
    let tariff = |tariff: &wire::Tariff| Tariff {
        code: valid(&tariff.code),
        label: valid_text(&tariff.label),
        percent: u16::try_from(tariff.percent).expect("percents were checked"),
    };
    let area = |area: &wire::Area| AreaSpec {
        id: valid(&area.id),
        capacity: count(area.capacity),
        price: Amount(area.price),
    };
    ShowSpec {
        title: valid_text(&request.name),
        venue: request.venue.as_deref().map(valid_text).unwrap_or_default(),
        starts_at: request.starts_at.as_deref().map(instant),
        on_sale_at: request.on_sale_at.as_deref().map(instant),
        open: request.open,
        currency: valid_currency(&request.currency),
        hold_ttl_ms: millis(request.hold_ttl_ms),
        order_ttl_ms: millis(request.order_ttl_ms),
        seats_per_buyer_max: request.seats_per_buyer_max.map(count),
        seats_per_hold_max: request.seats_per_hold_max.map(count),
        tariffs: request.tariffs.iter().map(tariff).collect(),
        sections: request.sections.iter().map(section).collect(),
        areas: request.areas.iter().map(area).collect(),
    }
}

fn section(section: &wire::Section) -> SectionSpec {
    let names = |ids: &[String]| ids.iter().map(|id| valid(id)).collect::<Vec<Name>>();
    let row = |row: &wire::Row| RowSpec {
        row: valid(&row.row),
        price: row.price.map(Amount),
        seats: match &row.seats {
            wire::RowSeats::Count(n) => RowSeats::Count(count(*n)),
            wire::RowSeats::Ids(ids) => RowSeats::Named(names(ids)),
        },
        not_for_sale: names(&row.not_for_sale),
    };
    SectionSpec {
        id: valid(&section.id),
        prefix: section
            .prefix
            .as_deref()
            .map(valid_text)
            .unwrap_or_default(),
        price: Amount(section.price),
        rows: section.rows.iter().map(row).collect(),
    }
}

fn instant(text: &str) -> Instant {
    Instant(
        Timestamp::parse(text)
            .expect("validation took only times of RFC 3339")
            .as_micros(),
    )
}

fn timestamp(at: Instant) -> Timestamp {
    Timestamp::from_micros(at.0)
}

/// `GET /v1/shows/{show}`.
pub(super) async fn read(cx: &Context<'_>, id: &str) -> Response {
    let states = async {
        cx.no_query()?;
        path_name("show", id)?;
        let views = &cx.app.views;
        views.fresh().await;
        // A show that was put a moment ago may be on its way into the views still.
        if views.states_of(id).is_none() && cx.app.house.layouts.by_id(id).is_some() {
            let newest = cx.app.house.feed.newest();
            let wait = Duration::from_millis(VIEW_WAIT_MS);
            views
                .reached(newest, wait)
                .await
                .map_err(|refusal| refusal.problem())?;
        }
        let position = views.position();
        let states = views
            .states_of(id)
            .ok_or_else(|| problem::no_such_id("show"))?;
        Ok::<_, Problem<'static>>((position, states))
    };
    match states.await {
        Ok((position, states)) => {
            at_position(stamp::json(StatusCode::OK, &response(&states)), position)
        }
        Err(problem) => cx.refuse(problem),
    }
}

/// `GET /v1/shows`.
pub(super) async fn list(cx: &Context<'_>) -> Response {
    let query = match ListQuery::parse(cx.query(), "after") {
        Ok(query) => query,
        Err(faults) => return cx.refuse(problem::of_query(faults)),
    };
    let views: &Views = &cx.app.views;
    views.fresh().await;
    let position = views.position();
    let after = query.cursor.as_deref().unwrap_or_default();
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let mut layouts = cx.app.house.layouts.all();
    layouts.retain(|layout| after < layout.id.as_str());
    layouts.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let is_last = layouts.len() <= limit;
    layouts.truncate(limit);
    let shows: Vec<_> = layouts
        .iter()
        .filter_map(|layout| summary(views, layout))
        .collect();
    let next = layouts
        .last()
        .filter(|_| !is_last)
        .map(|layout| layout.id.as_str().into());
    at_position(
        stamp::json(StatusCode::OK, &ShowList { shows, next }),
        position,
    )
}

/// `GET /v1/shows/{show}/seats`.
pub(super) async fn seats(cx: &Context<'_>, id: &str) -> Response {
    let query = match SeatsQuery::parse(cx.query()) {
        Ok(query) => query,
        Err(faults) => return cx.refuse(problem::of_query(faults)),
    };
    let if_none_match = cx.request.headers.get(IF_NONE_MATCH);
    match cx.app.views.seats_response(id, &query, if_none_match).await {
        Ok(response) => response,
        Err(refusal) => cx.refuse(refusal.problem()),
    }
}

/// `GET /v1/shows/{show}/stream`.
pub(super) async fn stream(cx: &Context<'_>, id: &str) -> Response {
    if let Err(problem) = cx.no_query() {
        return cx.refuse(problem);
    }
    let last_event_id = cx.request.headers.get(LAST_EVENT_ID);
    match cx.app.views.stream_response(id, last_event_id).await {
        Ok(response) => response,
        Err(refusal) => cx.refuse(refusal.problem()),
    }
}

fn at_position(mut response: Response, position: Position) -> Response {
    response
        .headers_mut()
        .insert(stamp::POSITION, HeaderValue::from(position.0));
    response
}

/// A show in a list; `None` while the views do not have it yet.
fn summary<'a>(views: &Views, layout: &'a Layout) -> Option<ShowSummary<'a>> {
    let (totals, _changed) = views.totals(layout.show)?;
    Some(ShowSummary {
        show: layout.id.as_str().into(),
        name: layout.title.as_str().into(),
        starts_at: layout.starts_at.map(timestamp),
        on_sale_at: layout.on_sale_at.map(timestamp),
        open: layout.open,
        venue: venue(layout),
        totals,
    })
}

fn venue(layout: &Layout) -> Option<boxoffice_api::Text<'_>> {
    Some(layout.venue.as_str())
        .filter(|venue| !venue.is_empty())
        .map(Into::into)
}

/// A show with its counts at one position.
fn response(states: &SeatStates) -> ShowResponse<'_> {
    let layout: &Layout = states.layout();
    let tariff = |tariff: &Tariff| wire::Tariff {
        code: tariff.code.as_str().to_owned(),
        label: tariff.label.as_str().to_owned(),
        percent: i64::from(tariff.percent),
    };
    let sections = layout.sections.iter().zip(states.sections());
    // An area that the show no longer has keeps its index, with no places.
    let areas = layout
        .areas
        .iter()
        .zip(0_u32..)
        .filter(|(area, _)| area.capacity > 0);
    ShowResponse {
        show: layout.id.as_str().into(),
        name: layout.title.as_str().into(),
        starts_at: layout.starts_at.map(timestamp),
        on_sale_at: layout.on_sale_at.map(timestamp),
        open: layout.open,
        venue: venue(layout),
        currency: claim::currency(layout.currency),
        hold_ttl_ms: layout.hold_ttl_ms,
        order_ttl_ms: layout.order_ttl_ms,
        seats_per_buyer_max: layout.seats_per_buyer_max.map(u64::from),
        seats_per_hold_max: Some(u64::from(layout.seats_per_hold_max)),
        tariffs: layout.tariffs.iter().map(tariff).collect(),
        totals: states.totals(),
        sections: sections
            .map(|(section, totals)| SectionView {
                id: section.id.as_str().into(),
                price: section.price.0,
                totals: *totals,
            })
            .collect(),
        areas: areas
            .map(|(area, idx)| AreaView {
                id: area.id.as_str().into(),
                price: area.price.0,
                totals: states.area(AreaIdx(idx)),
            })
            .collect(),
    }
}
