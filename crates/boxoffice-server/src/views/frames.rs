//! What the streams of one show send, drawn once for all of them.
//!
//! Invariants: each frame begins where the one before it ended; a stream that keeps up gets every
//! frame once; one that does not gets its own frame with all that it missed, or a fresh map. The
//! log never grows beyond its bounds.

use std::collections::VecDeque;
use std::time::Duration;

use boxoffice_engine::ids::Position;
use bytes::Bytes;
use tokio::time::Instant;

/// Frames that the log keeps for streams that are a little late.
const FRAMES_MAX: usize = 32;
/// Bytes that the log keeps at the most, unless a single frame is larger.
const FRAME_BYTES_MAX: usize = 1 << 20;
/// Shortest time between two frames of a show: what changes meanwhile goes into one.
pub(super) const FRAME_EVERY: Duration = Duration::from_millis(50);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Frames {
    log: VecDeque<Frame>,
    n_bytes: usize,
    cut_at: Option<Instant>,
    /// The newest fresh start, with its position.
    start: Option<(Position, Bytes)>,
}

#[derive(Debug)]
struct Frame {
    since: Position,
    position: Position,
    bytes: Bytes,
}

/// What [`Frames::after`] found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The frame that begins at the asked position, and where it ends.
    Frame(Position, Bytes),
    /// There is none, and the next one may be cut.
    Due,
    /// There is none, and the last cut is too recent: come back then.
    Early(Instant),
}

impl Frames {
    pub(super) fn after(&self, position: Position, now: Instant) -> Found {
        if let Some(frame) = self.log.iter().rev().find(|frame| frame.since == position) {
            return Found::Frame(frame.position, frame.bytes.clone());
        }
        match self.cut_at.map(|cut_at| cut_at + FRAME_EVERY) {
            Some(next) if now < next => Found::Early(next),
            _ => Found::Due,
        }
    }

    /// Adds a frame that begins at `since`, which the log ends at or before.
    pub(super) fn push(&mut self, since: Position, position: Position, bytes: Bytes, now: Instant) {
        self.n_bytes += bytes.len();
        self.log.push_back(Frame {
            since,
            position,
            bytes,
        });
        self.cut_at = Some(now);
        while self.log.len() > FRAMES_MAX || (self.n_bytes > FRAME_BYTES_MAX && self.log.len() > 1)
        {
            let Some(oldest) = self.log.pop_front() else {
                break;
            };
            self.n_bytes -= oldest.bytes.len();
        }
    }

    /// Where the newest frame ends.
    pub(super) fn end(&self) -> Option<Position> {
        self.log.back().map(|frame| frame.position)
    }

    /// Forgets all frames: the show's window no longer reaches their end.
    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.n_bytes = 0;
    }

    pub(super) fn start_at(&self, position: Position) -> Option<Bytes> {
        self.start
            .as_ref()
            .filter(|(at, _)| *at == position)
            .map(|(_, bytes)| bytes.clone())
    }

    pub(super) fn set_start(&mut self, position: Position, bytes: Bytes) {
        self.start = Some((position, bytes));
    }
}
