//! `GET /v1/shows/{show}/stream`: every change of a show as Server-Sent Events.
//!
//! Invariants: the id of an event is the position that it brings the client to; ids only grow, and
//! events join without a gap: each starts where the one before it ended, or is a `reset` with the
//! whole map. A stream that ends for a reason of ours says so in an `error` event. Nothing is kept
//! for a client but the few chunks that its connection has not taken: a slow one skips to what is
//! true now. At most [`STREAMS_MAX`] streams are open.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use boxoffice_api::v1::query::SeatsForm;
use boxoffice_engine::ids::Position;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Views;
use super::frames::{Found, Frames};
use super::front::Front;
use super::map::{delta_of, reset};
use super::refusal::Refusal;
use crate::http::{Body, BodySender, Response};

/// Streams of seat maps that are open at a time.
pub const STREAMS_MAX: usize = 4_096;
/// Chunks that wait for a client.
pub(super) const CHUNKS_MAX: usize = 2;
/// Silence after which a comment shows that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a client may leave its chunks before the stream ends; it then resumes by its id.
const STALLED: Duration = Duration::from_secs(30);
/// How long a resumed stream waits for a view that has not seen the client's position yet.
const RESUME_WAIT: Duration = Duration::from_secs(5);

/// One of a bounded number of open streams.
#[derive(Debug)]
pub(super) struct Slot(Arc<AtomicUsize>);

impl Slot {
    pub(super) fn take(open: &Arc<AtomicUsize>, streams_max: usize) -> Result<Self, Refusal> {
        let slot = Self(Arc::clone(open));
        // Counted first: `slot` takes it off again where it was one too many.
        if streams_max <= slot.0.fetch_add(1, Ordering::Relaxed) {
            return Err(Refusal::TooManyStreams { streams_max });
        }
        Ok(slot)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a stream does next.
#[derive(Debug)]
enum Step {
    /// Sends this, which brings the client to the position.
    Send(Position, Bytes),
    /// Waits for a change of the show.
    Change,
    /// Waits for the time of the next frame.
    Until(Instant),
}

impl Views {
    /// Answers `GET /v1/shows/{show}/stream`; `last_event_id` is the header `Last-Event-ID`.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], [`Refusal::BadEventId`] or [`Refusal::TooManyStreams`].
    pub async fn stream_response(
        self: &Arc<Self>,
        show: &str,
        last_event_id: Option<&HeaderValue>,
    ) -> Result<Response, Refusal> {
        let cursor = last_event_id.map(parse_id).transpose()?;
        let front = self.front(show).await?;
        let slot = Slot::take(&self.n_streams, STREAMS_MAX)?;
        let (sender, body) = Body::channel(CHUNKS_MAX);
        let stream = SeatStream {
            views: Arc::clone(self),
            show: show.into(),
            changed: front.changed.subscribe(),
            front,
            sender,
            _slot: slot,
        };
        drop(tokio::spawn(stream.run(cursor)));
        Ok(events_response(body))
    }
}

struct SeatStream {
    views: Arc<Views>,
    show: Box<str>,
    changed: watch::Receiver<u64>,
    front: Arc<Front>,
    sender: BodySender,
    _slot: Slot,
}

impl SeatStream {
    async fn run(mut self, resumed: Option<Position>) {
        let mut cursor = self.normalized(resumed).await;
        let mut is_alive = deliver(&self.sender, Bytes::from_static(b"retry: 1000\n\n")).await;
        while is_alive {
            // Seen before the look: a change after it wakes.
            self.changed.borrow_and_update();
            let step = if self.views.has_failed() {
                Err(Refusal::Failed)
            } else {
                self.step(cursor).await
            };
            is_alive = match step {
                Ok(Step::Send(position, bytes)) => {
                    cursor = Some(position);
                    deliver(&self.sender, bytes).await
                }
                Ok(Step::Until(at)) => tokio::time::timeout_at(at, self.sender.closed())
                    .await
                    .is_err(),
                Ok(Step::Change) => self.idle().await,
                Err(refusal) => {
                    deliver(&self.sender, last_event(&refusal)).await;
                    false
                }
            };
        }
        // The last one to leave takes what was drawn for streams with it.
        if self.front.changed.receiver_count() <= 1 {
            *self.front.frames.lock().await = Frames::default();
        }
    }

    /// Waits for a change; false when the client has left.
    async fn idle(&mut self) -> bool {
        let change = tokio::time::timeout(HEARTBEAT, self.changed.changed());
        tokio::select! {
            () = self.sender.closed() => return false,
            // The next look sees it.
            () = self.views.failed() => return true,
            waited = change => if waited.is_ok() { return true },
        }
        deliver(&self.sender, heartbeat()).await
    }

    /// Where a resumed client stands: a position at which nothing has changed since the show's last
    /// change is that change; one that this house never reached is none.
    async fn normalized(&self, resumed: Option<Position>) -> Option<Position> {
        let resumed = resumed?;
        if !self.views.caught_up(resumed) && resumed <= self.views.feed.newest() {
            // A view that stays behind makes a fresh start below.
            drop(self.views.reached(resumed, RESUME_WAIT).await);
        }
        let changed = Position(*self.front.changed.borrow());
        self.views
            .caught_up(resumed)
            .then_some(resumed.min(changed))
    }

    async fn step(&self, cursor: Option<Position>) -> Result<Step, Refusal> {
        let Some(cursor) = cursor else {
            return self.start().await;
        };
        let mut frames = self.front.frames.lock().await;
        let now = Instant::now();
        match frames.after(cursor, now) {
            Found::Frame(position, bytes) => return Ok(Step::Send(position, bytes)),
            Found::Early(at) if cursor < self.changed_now()? => return Ok(Step::Until(at)),
            Found::Early(_) => return Ok(Step::Change),
            Found::Due => {}
        }
        let step = self.cut(&mut frames, cursor, now)?;
        drop(frames);
        match step {
            Some(step) => Ok(step),
            None => self.start().await,
        }
    }

    /// Cuts the next frame for all streams, and finds what brings this one to its end; `None` when
    /// only a fresh start does. Nothing in here waits: the show stays as it is meanwhile.
    fn cut(
        &self,
        frames: &mut Frames,
        cursor: Position,
        now: Instant,
    ) -> Result<Option<Step>, Refusal> {
        let core = self.views.core_if_whole()?;
        let show = core
            .show_by_id(&self.show)
            .ok_or(Refusal::NotFound("show"))?;
        if show.changed <= cursor {
            return Ok(Some(Step::Change));
        }
        let end = frames.end().unwrap_or(cursor);
        if end < show.changed {
            match delta_of(show, end) {
                Some(delta) => {
                    let bytes = event("seats", show.changed, &delta);
                    frames.push(end, show.changed, bytes, now);
                }
                None => frames.clear(),
            }
        }
        if let Found::Frame(position, bytes) = frames.after(cursor, now) {
            return Ok(Some(Step::Send(position, bytes)));
        }
        // This client alone stands here: it gets what it missed in one event of its own.
        let missed = delta_of(show, cursor);
        Ok(missed.map(|delta| Step::Send(show.changed, event("seats", show.changed, &delta))))
    }

    fn changed_now(&self) -> Result<Position, Refusal> {
        let core = self.views.core_if_whole()?;
        core.show_by_id(&self.show)
            .map(|show| show.changed)
            .ok_or(Refusal::NotFound("show"))
    }

    /// The whole map, drawn once for all who start at its position.
    async fn start(&self) -> Result<Step, Refusal> {
        let wanted = self.changed_now()?;
        let map = self
            .views
            .map(&self.show, &self.front, SeatsForm::Compact, wanted)
            .await?;
        let mut frames = self.front.frames.lock().await;
        let bytes = frames.start_at(map.position).unwrap_or_else(|| {
            let bytes = event("reset", map.position, &reset(&map.bytes));
            frames.set_start(map.position, bytes.clone());
            bytes
        });
        Ok(Step::Send(map.position, bytes))
    }
}

/// Sends a chunk; false when the client has left or has taken nothing for too long.
pub(super) async fn deliver(sender: &BodySender, bytes: Bytes) -> bool {
    tokio::time::timeout(STALLED, sender.send(bytes))
        .await
        .unwrap_or(false)
}

/// A comment, which clients ignore.
pub(super) fn heartbeat() -> Bytes {
    Bytes::from_static(b": still here\n\n")
}

/// The event that ends a stream which we cannot go on with: a problem as its data, and no id, so
/// that the client resumes where it was.
pub(super) fn last_event(refusal: &Refusal) -> Bytes {
    let problem = refusal.problem().to_json();
    [b"event: error\ndata: ", problem.as_slice(), b"\n\n"]
        .concat()
        .into()
}

pub(super) fn events_response(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that buffer would hold every event back.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn event(name: &str, id: Position, data: &[u8]) -> Bytes {
    let mut bytes = format!("id: {id}\nevent: {name}\ndata: ").into_bytes();
    bytes.reserve(data.len() + 2);
    // A line break ends the data of an event; in JSON it means what a space means.
    bytes.extend(
        data.iter()
            .map(|byte| if *byte == b'\n' { b' ' } else { *byte }),
    );
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}

fn parse_id(id: &HeaderValue) -> Result<Position, Refusal> {
    let text = id
        .to_str()
        .ok()
        .filter(|text| text.bytes().all(|c| c.is_ascii_digit()));
    text.and_then(|text| text.parse().ok())
        .map(Position)
        .ok_or(Refusal::BadEventId)
}
