//! How far one hop has come, kept outside of its future so that a timeout finds it.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use bytes::Bytes;

use super::dial::DialTimes;
use super::failure::Ends;
use super::plan::Hop;
use super::wire::WireStats;
use crate::error::{HttpError, Stage};
use crate::meter::{Hold, Meter};
use crate::request::Request;
use crate::response::{Response, Timings, TlsInfo};

/// How far one hop has come.
#[derive(Debug)]
pub(super) struct Progress {
    pub(super) response: Response,
    pub(super) dial: DialTimes,
    began: Instant,
    connected: Option<Instant>,
    /// When the head of the response was whole, on a connection of HTTP/2.
    head_at: Option<Instant>,
    ended: Option<Instant>,
    stats: Option<Arc<WireStats>>,
    sent_before: u64,
    received_before: u64,
    /// The first piece of a body, which is mostly the only one.
    first_piece: Option<Bytes>,
    more_pieces: Vec<u8>,
}

impl Progress {
    pub(super) fn new(request: &Rc<Request>, hop: &Hop, meter: &Rc<Meter>, began: Instant) -> Self {
        let (method, url) = (Rc::clone(&hop.method_text), Rc::clone(&hop.target.text));
        let mut response = Response::failed(Rc::clone(request), method, url);
        response.hold = Hold::new(meter);
        Self {
            response,
            dial: DialTimes::default(),
            began,
            connected: None,
            head_at: None,
            ended: None,
            stats: None,
            sent_before: 0,
            received_before: 0,
            first_piece: None,
            more_pieces: Vec::new(),
        }
    }

    /// There is a connection. A new one's bytes all count, an old one's only from here.
    pub(super) fn connected(
        &mut self,
        stats: &Arc<WireStats>,
        ends: Ends,
        tls: Option<TlsInfo>,
        is_reused: bool,
    ) {
        self.connected = Some(Instant::now());
        if is_reused {
            self.sent_before = stats.bytes.sent.load(Relaxed);
            self.received_before = stats.bytes.received.load(Relaxed);
            self.dial = DialTimes::default();
        } else {
            self.sent_before = 0;
            self.received_before = 0;
        }
        stats.arm();
        self.response.remote = ends.remote;
        self.response.tls = tls;
        self.stats = Some(Arc::clone(stats));
    }

    /// Whether any byte of the request left, and whether any of a response came.
    pub(super) fn has_exchanged(&self) -> (bool, bool) {
        self.stats.as_ref().map_or((false, false), |stats| {
            let sent = stats.bytes.sent.load(Relaxed) > self.sent_before;
            (sent, stats.read_at().is_some())
        })
    }

    /// The head of the response is whole, on a connection whose instants others share.
    pub(super) fn head_came(&mut self) {
        self.head_at = Some(Instant::now());
    }

    /// Adds a piece of the body, unless there is no room for it: then none of the body is kept.
    pub(super) fn push(&mut self, piece: Bytes) -> Result<(), HttpError> {
        if let Err(full) = self.response.hold.grow(piece.len()) {
            self.forget_body();
            return Err(full);
        }
        match &self.first_piece {
            None => self.first_piece = Some(piece),
            Some(first) => {
                let all = &mut self.more_pieces;
                if all.is_empty() {
                    all.extend_from_slice(first);
                }
                if all.capacity() - all.len() < piece.len() {
                    // Not doubled, as a vector does by itself: only the bytes are counted, and
                    // what is reserved beyond them is to stay small beside them.
                    all.reserve_exact(piece.len().max(all.len() / 4));
                }
                all.extend_from_slice(&piece);
            }
        }
        Ok(())
    }

    /// Takes what came of the body.
    pub(super) fn take_body(&mut self) -> Bytes {
        let first = self.first_piece.take().unwrap_or_default();
        if self.more_pieces.is_empty() {
            first
        } else {
            Bytes::from(std::mem::take(&mut self.more_pieces))
        }
    }

    /// Keeps nothing of what came of the body.
    pub(super) fn forget_body(&mut self) {
        drop(self.take_body());
        self.response.hold.clear();
    }

    /// The last byte has come.
    pub(super) fn body_ended(&mut self) {
        self.ended = Some(Instant::now());
    }

    /// Whether the last byte came only after an instant.
    pub(super) fn has_ended_after(&self, instant: Instant) -> bool {
        self.ended.is_some_and(|ended| instant < ended)
    }

    /// The response with its figures.
    pub(super) fn finish(mut self, error: Option<HttpError>) -> Response {
        let ended = self.ended.unwrap_or_else(Instant::now);
        self.response.timings = self.timings(ended);
        if let Some(stats) = &self.stats {
            let sent = stats.bytes.sent.load(Relaxed);
            let received = stats.bytes.received.load(Relaxed);
            self.response.bytes_sent = sent.saturating_sub(self.sent_before);
            self.response.bytes_received = received.saturating_sub(self.received_before);
        }
        if let Some(error) = error {
            if error.stage == Stage::Body && error.code != crate::code::DECOMPRESSION {
                self.response.body = Some(self.take_body());
            } else {
                self.response.body = None;
            }
            self.response.fail(error);
        }
        self.response
    }

    fn timings(&self, ended: Instant) -> Timings {
        let (looking_up, connecting) = (self.dial.looking_up, self.dial.connecting);
        let tls_handshaking = self.dial.tls_handshaking;
        let (Some(connected), Some(stats)) = (self.connected, &self.stats) else {
            return Timings {
                looking_up,
                connecting,
                tls_handshaking,
                ..Timings::default()
            };
        };
        // Requests that share a connection of HTTP/2 also share its instants: what another one has
        // overwritten is bounded by what this one knows itself.
        let head_at = self.head_at.unwrap_or(ended).clamp(connected, ended);
        let written = stats
            .written_at()
            .unwrap_or(connected)
            .clamp(connected, head_at);
        let read = stats.read_at().unwrap_or(head_at).clamp(written, head_at);
        Timings {
            blocked: connected - self.began,
            looking_up,
            connecting,
            tls_handshaking,
            sending: written - connected,
            waiting: read - written,
            receiving: ended - read,
        }
    }
}
