//! `GET /v1/shows/{show}/seats`: the whole map from a prepared buffer, or what changed.
//!
//! Invariants: the bytes of a map are a function of its `ETag`; a reader copies nothing, and the
//! buffer of a large show is patched at most once per [`REDRAW_MS`]. The `position` in a map is
//! that of the show's last change, so the same map keeps its `ETag` while other shows sell.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boxoffice_api::v1::query::{SeatsForm, SeatsQuery};
use boxoffice_engine::ids::Position;
use bytes::{Bytes, BytesMut};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::time::Instant;

use super::Views;
use super::front::Front;
use super::refusal::Refusal;
use super::render::{Delta, Drawn, Slots, draw, draw_delta, patch};
use super::show::Show;
use super::states::SeatStates;
use crate::http::{Body, Response};

/// Seats of the largest show that is drawn in full form; larger ones are drawn compact.
pub const FULL_SEATS_MAX: usize = 60_000;
/// Seats of the largest show whose buffer follows every change at once.
const PROMPT_SEATS_MAX: usize = 4_096;
/// How old the buffer of a larger show may get while the show changes, in milliseconds.
const REDRAW_MS: u64 = 10;
/// Bytes that prepared maps take together before those of other shows are dropped.
const PREPARED_BYTES_MAX: usize = 128 << 20;
/// Names the version of what is drawn: part of each `ETag`, so that a newer server's differ.
const DRAWING: u32 = 1;
const POSITION: HeaderName = HeaderName::from_static("boxoffice-position");

/// A map that is ready to be sent.
#[derive(Debug)]
pub(super) struct Prepared {
    current: Version,
    /// The version before, while someone was still sending it: the next change is patched into it
    /// once it is free, so that a busy show alternates between two buffers and copies neither.
    spare: Option<Version>,
    slots: Slots,
    etag: HeaderValue,
    drawn_at: Instant,
    _weight: Weight,
}

/// The bytes of a map and the states that they show.
#[derive(Debug)]
struct Version {
    states: Arc<SeatStates>,
    bytes: Bytes,
}

/// Counts the bytes of a prepared map while it lives.
#[derive(Debug)]
struct Weight {
    bytes: usize,
    all: Arc<AtomicUsize>,
}

impl Weight {
    fn new(bytes: usize, all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(bytes, Ordering::Relaxed);
        Self {
            bytes,
            all: Arc::clone(all),
        }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A whole map to send.
#[derive(Debug, Clone)]
pub struct SeatMap {
    /// The position of the show's last change that is in it.
    pub position: Position,
    /// Strong, quotes included.
    pub etag: HeaderValue,
    /// JSON.
    pub bytes: Bytes,
}

/// What changed after a position.
#[derive(Debug, Clone)]
pub enum Changes {
    /// These, as JSON; with the position up to which they are all.
    Since(Position, Bytes),
    /// The window no longer reaches back that far, or the position is not of this house.
    Unknown,
}

impl Views {
    /// Answers `GET /v1/shows/{show}/seats`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], or [`Refusal::Behind`] when `min_position` was not reached in time.
    pub async fn seats_response(
        &self,
        show: &str,
        query: &SeatsQuery,
        if_none_match: Option<&HeaderValue>,
    ) -> Result<Response, Refusal> {
        let wanted = Position(query.min_position.unwrap_or(0));
        let wait = Duration::from_millis(query.wait_ms);
        let front = self.front(show).await?;
        self.reached(wanted, wait).await?;
        self.fresh().await;
        let position = self.position();
        if let Some(since) = query.since {
            if let Changes::Since(_, bytes) = self.changes(show, Position(since))? {
                return Ok(json(position, bytes));
            }
            let map = self.map(show, &front, SeatsForm::Compact, wanted).await?;
            return Ok(json(position, reset(&map.bytes)));
        }
        let map = self.map(show, &front, query.form, wanted).await?;
        let is_known = if_none_match.is_some_and(|tags| names_tag(tags, &map.etag));
        let mut response = if is_known {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
                .headers_mut()
                .insert(POSITION, HeaderValue::from(position.0));
            response
        } else {
            json(position, map.bytes)
        };
        response.headers_mut().insert(ETAG, map.etag);
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    }

    /// The whole map of a show, prepared once for all readers; compact where the show is too large
    /// for the full form.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub async fn seat_map(&self, show: &str, form: SeatsForm) -> Result<SeatMap, Refusal> {
        let front = self.front(show).await?;
        self.map(show, &front, form, Position(0)).await
    }

    /// What changed in a show after a position.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub fn changes(&self, show: &str, since: Position) -> Result<Changes, Refusal> {
        let core = self.core();
        let show = core.show_by_id(show).ok_or(Refusal::NotFound("show"))?;
        if core.position < since {
            return Ok(Changes::Unknown);
        }
        let bytes = delta_of(show, since);
        Ok(bytes.map_or(Changes::Unknown, |bytes| {
            Changes::Since(show.changed, bytes)
        }))
    }

    pub(super) async fn map(
        &self,
        show: &str,
        front: &Front,
        form: SeatsForm,
        wanted: Position,
    ) -> Result<SeatMap, Refusal> {
        let states = self
            .core_if_whole()?
            .show_by_id(show)
            .map(Show::states)
            .ok_or(Refusal::NotFound("show"))?;
        let n_seats = states.layout().n_seats();
        let form = if n_seats <= FULL_SEATS_MAX {
            form
        } else {
            SeatsForm::Compact
        };
        let slot = if form == SeatsForm::Full {
            &front.full
        } else {
            &front.compact
        };
        let mut slot = slot.lock().await;
        if let Some(prepared) = slot.as_ref() {
            // Someone may have drawn a newer one while this one waited for the slot.
            let is_current = states.position() <= prepared.position();
            let is_young = prepared.drawn_at.elapsed() < Duration::from_millis(REDRAW_MS);
            let may_lag = PROMPT_SEATS_MAX < n_seats && wanted <= prepared.position();
            if is_current || (is_young && may_lag) {
                return Ok(prepared.map());
            }
        }
        let prepared = redraw(slot.take(), &states, form, &self.prepared_bytes);
        let map = prepared.map();
        *slot = Some(prepared);
        drop(slot);
        self.bound_prepared(front);
        Ok(map)
    }

    /// Drops the prepared maps of all other shows when together they take too much.
    fn bound_prepared(&self, keep: &Front) {
        if self.prepared_bytes.load(Ordering::Relaxed) <= PREPARED_BYTES_MAX {
            return;
        }
        let fronts: Vec<Arc<Front>> = self
            .core()
            .shows
            .iter()
            .map(|show| Arc::clone(&show.front))
            .collect();
        for front in fronts
            .iter()
            .filter(|front| !std::ptr::eq(front.as_ref(), keep))
        {
            for slot in [&front.full, &front.compact] {
                // One that is being drawn or read right now stays.
                if let Ok(mut slot) = slot.try_lock() {
                    *slot = None;
                }
            }
        }
    }
}

impl Prepared {
    fn position(&self) -> Position {
        self.current.states.position()
    }

    fn map(&self) -> SeatMap {
        let (etag, bytes) = (self.etag.clone(), self.current.bytes.clone());
        SeatMap {
            position: self.position(),
            etag,
            bytes,
        }
    }
}

impl Version {
    /// Brings the bytes up to date; in a copy where someone is sending them. `None` when they
    /// cannot be patched.
    fn patched(self, slots: &Slots, states: &Arc<SeatStates>) -> Option<Self> {
        let bytes = self.bytes.try_into_mut();
        let mut bytes = bytes.unwrap_or_else(|shared| BytesMut::from(shared.as_ref()));
        let is_patched = patch(&mut bytes, slots, &self.states, states);
        is_patched.then(|| Self {
            states: Arc::clone(states),
            bytes: bytes.freeze(),
        })
    }
}

/// Brings the old map up to date where that is possible, else draws a new one.
fn redraw(
    old: Option<Prepared>,
    states: &Arc<SeatStates>,
    form: SeatsForm,
    all: &Arc<AtomicUsize>,
) -> Prepared {
    let patched = old.and_then(|old| alternate(old, states));
    let (current, spare, slots) = patched.unwrap_or_else(|| {
        let Drawn { bytes, slots } = draw(states, form);
        let current = Version {
            states: Arc::clone(states),
            bytes: Bytes::from(bytes),
        };
        (current, None, slots)
    });
    let letter = if form == SeatsForm::Full { 'f' } else { 'c' };
    let etag = format!(
        "\"{}.{}.{letter}{DRAWING}\"",
        states.layout().id,
        states.position()
    );
    let n_bytes = current.bytes.len() + spare.as_ref().map_or(0, |spare| spare.bytes.len());
    Prepared {
        etag: HeaderValue::try_from(etag).expect("ids have nothing that a header may not have"),
        _weight: Weight::new(n_bytes, all),
        current,
        spare,
        slots,
        drawn_at: Instant::now(),
    }
}

/// Patches the current version in place if it is free, else the spare one, else a copy.
fn alternate(old: Prepared, states: &Arc<SeatStates>) -> Option<(Version, Option<Version>, Slots)> {
    let Prepared {
        current,
        spare,
        slots,
        ..
    } = old;
    if current.bytes.is_unique() {
        return Some((current.patched(&slots, states)?, spare, slots));
    }
    let next = match spare {
        Some(spare) if spare.bytes.is_unique() => spare,
        Some(_) | None => Version {
            states: Arc::clone(&current.states),
            bytes: current.bytes.clone(),
        },
    };
    Some((next.patched(&slots, states)?, Some(current), slots))
}

/// The changes of a show after `since`, if its window reaches back that far.
pub(super) fn delta_of(show: &Show, since: Position) -> Option<Bytes> {
    let changed = show.window.after(since)?;
    let delta = Delta {
        layout: &show.layout,
        since,
        position: since.max(show.changed),
        totals: show.totals(),
        seats: changed
            .seats
            .iter()
            .map(|seat| (*seat, show.status(*seat)))
            .collect(),
        areas: changed
            .areas
            .iter()
            .map(|area| (*area, show.area(*area)))
            .collect(),
    };
    Some(draw_delta(&delta).into())
}

/// A whole map that says that it replaces all that the client knew.
pub(super) fn reset(map: &Bytes) -> Bytes {
    let mut bytes = Vec::with_capacity(map.len() + 16);
    bytes.extend_from_slice(br#"{"reset":true,"#);
    bytes.extend_from_slice(map.get(1..).unwrap_or_default());
    bytes.into()
}

fn json(position: Position, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::Full(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(POSITION, HeaderValue::from(position.0));
    response
}

/// Whether `If-None-Match` names the tag; weak comparison, as the RFC asks for reads.
fn names_tag(tags: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(etag)) = (tags.to_str(), etag.to_str()) else {
        return false;
    };
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
