//! `GET /v1/journal`: the feed of events, as pages, by long poll or as a stream.
//!
//! Invariants: whole entries in order, never beyond what the views have seen; a client that asks on
//! with `next`, or resumes a stream with the last id it got, misses nothing and repeats nothing.

use std::sync::Arc;
use std::time::Duration;

use boxoffice_api::v1::feed::{FeedEvent, FeedPage};
use boxoffice_api::v1::query::FeedQuery;
use boxoffice_api::v1::to_json;
use boxoffice_engine::ids::Position;
use boxoffice_writer::feed::{Committed, Next};
use bytes::Bytes;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::time::Instant;

use super::Views;
use super::entries::read_from;
use super::refusal::Refusal;
use super::stream::{CHUNKS_MAX, Slot, deliver, events_response, heartbeat, last_event};
use crate::http::{Body, BodySender, Response};

/// Streams of the journal that are open at a time.
pub const FEED_STREAMS_MAX: usize = 64;
/// Silence after which a comment shows that the stream lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Bytes after which a stream's chunk is sent.
const CHUNK_BYTES: usize = 64 << 10;
/// Reads of the journal that one page may need before it is sent as it is.
const READS_PER_PAGE_MAX: usize = 8;

impl Views {
    /// Answers `GET /v1/journal`: a stream where `Accept` asks for one, else a page.
    ///
    /// # Errors
    /// [`Refusal::TooManyStreams`], [`Refusal::BadEventId`] or [`Refusal::Unreadable`].
    pub async fn journal_response(
        self: &Arc<Self>,
        query: &FeedQuery,
        accept: Option<&HeaderValue>,
        last_event_id: Option<&HeaderValue>,
    ) -> Result<Response, Refusal> {
        let wants_stream = accept
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/event-stream"));
        if wants_stream {
            return self.journal_stream(query, last_event_id);
        }
        let page = self.journal_page(query).await?;
        let mut response = Response::new(Body::from(to_json(&page)));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("boxoffice-position", HeaderValue::from(page.position));
        Ok(response)
    }

    /// One page of the feed; waits for a first event as long as the query says.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`].
    pub async fn journal_page(
        &self,
        query: &FeedQuery,
    ) -> Result<FeedPage<'static, Value>, Refusal> {
        let events_max = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let deadline = Instant::now() + Duration::from_millis(query.wait_ms);
        let mut next = Position(query.from.max(1));
        let mut events = Vec::new();
        self.fresh().await;
        for _ in 0..READS_PER_PAGE_MAX {
            let entries = self.entries_from(next).await?;
            for entry in &entries {
                events.extend(self.envelopes(entry));
                next = Position(entry.position.0 + 1);
                if events_max <= events.len() {
                    return Ok(self.page(events, next));
                }
            }
            if !entries.is_empty() {
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if !events.is_empty() || self.reached(next, left).await.is_err() {
                break;
            }
        }
        Ok(self.page(events, next))
    }

    fn page(
        &self,
        events: Vec<FeedEvent<'static, Value>>,
        next: Position,
    ) -> FeedPage<'static, Value> {
        FeedPage {
            events,
            next: next.0,
            position: self.position().0,
        }
    }

    fn envelopes<'a>(
        &'a self,
        entry: &'a Committed,
    ) -> impl Iterator<Item = FeedEvent<'static, Value>> + 'a {
        let indexed = (0_u32..).zip(&entry.events);
        indexed.filter_map(|(index, stamped)| self.envelope(entry.position, index, stamped))
    }

    /// Some entries from a position on, none beyond what the views have seen.
    async fn entries_from(&self, from: Position) -> Result<Vec<Arc<Committed>>, Refusal> {
        let last = self.position();
        if last < from {
            return Ok(Vec::new());
        }
        match self.feed.after(Position(from.0 - 1)) {
            Next::Entries(mut entries) => {
                entries.retain(|entry| entry.position <= last);
                Ok(entries)
            }
            Next::Behind => {
                let read = self
                    .readers
                    .with(move |reader| read_from(reader, from, last))
                    .await?;
                Ok(read.into_iter().map(Arc::new).collect())
            }
        }
    }

    fn journal_stream(
        self: &Arc<Self>,
        query: &FeedQuery,
        last_event_id: Option<&HeaderValue>,
    ) -> Result<Response, Refusal> {
        let cursor = match last_event_id {
            Some(id) => Cursor::after(id)?,
            None => Cursor {
                position: Position(query.from.max(1)),
                index: 0,
            },
        };
        let slot = Slot::take(&self.n_feed_streams, FEED_STREAMS_MAX)?;
        let (sender, body) = Body::channel(CHUNKS_MAX);
        let views = Arc::clone(self);
        drop(tokio::spawn(async move {
            views.stream_journal(cursor, &sender).await;
            drop(slot);
        }));
        Ok(events_response(body))
    }

    async fn stream_journal(&self, mut cursor: Cursor, sender: &BodySender) {
        let mut is_alive = deliver(sender, Bytes::from_static(b"retry: 1000\n\n")).await;
        while is_alive {
            // Half of an entry can be shown to nobody.
            if let Err(refusal) = self.core_if_whole().map(drop) {
                deliver(sender, last_event(&refusal)).await;
                return;
            }
            let entries = match self.entries_from(cursor.position).await {
                Ok(entries) => entries,
                // What cannot be read now ends the stream; the client resumes by its last id.
                Err(refusal) => {
                    deliver(sender, last_event(&refusal)).await;
                    return;
                }
            };
            if entries.is_empty() {
                is_alive = tokio::select! {
                    () = sender.closed() => false,
                    waited = self.reached(cursor.position, HEARTBEAT) => match waited {
                        Ok(()) => true,
                        // Everything that the views saw is sent, and nothing more will come.
                        Err(_) if self.has_failed() => {
                            deliver(sender, last_event(&Refusal::Failed)).await;
                            false
                        }
                        Err(_) => deliver(sender, heartbeat()).await,
                    },
                };
                continue;
            }
            let mut chunk = Vec::new();
            for entry in &entries {
                self.write_entry(entry, cursor, &mut chunk);
                cursor = Cursor {
                    position: Position(entry.position.0 + 1),
                    index: 0,
                };
                if CHUNK_BYTES <= chunk.len() {
                    is_alive = deliver(sender, std::mem::take(&mut chunk).into()).await;
                    if !is_alive {
                        return;
                    }
                }
            }
            if !chunk.is_empty() {
                is_alive = deliver(sender, chunk.into()).await;
            }
        }
    }

    fn write_entry(&self, entry: &Committed, cursor: Cursor, out: &mut Vec<u8>) {
        let first = if entry.position == cursor.position {
            cursor.index
        } else {
            0
        };
        for event in self.envelopes(entry).filter(|event| first <= event.index) {
            let id = format!("id: {}-{}\n", event.position, event.index);
            out.extend_from_slice(id.as_bytes());
            out.extend_from_slice(b"event: ");
            out.extend_from_slice(event.kind.as_bytes());
            out.extend_from_slice(b"\ndata: ");
            out.extend_from_slice(&to_json(&event));
            out.extend_from_slice(b"\n\n");
        }
    }
}

/// The next event that a stream sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    position: Position,
    index: u32,
}

impl Cursor {
    /// Behind the event with this id: position and place within the entry.
    fn after(id: &HeaderValue) -> Result<Self, Refusal> {
        let parse = || {
            let (position, index) = id.to_str().ok()?.split_once('-')?;
            let index: u32 = index.parse().ok()?;
            Some(Self {
                position: Position(position.parse::<u64>().ok()?.max(1)),
                index: index.checked_add(1)?,
            })
        };
        parse().ok_or(Refusal::BadEventId)
    }
}
