//! What goes into the writer and what comes out of it.

use std::time::Instant as Mono;

use boxoffice_engine::command::Command;
use boxoffice_engine::ids::Position;
use boxoffice_engine::reply::Answer;
use boxoffice_engine::time::Instant;

/// A command on its way to the writer.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub command: Command,
    /// Microseconds of wall-clock time since the Unix epoch after which it must not be decided.
    pub deadline_us: Option<u64>,
    /// When it entered the inbox.
    pub queued: Mono,
}

/// A reply that rests on durable entries only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The reply.
    pub answer: Answer,
    /// The position that the reply carries: its own entry, or the newest that it rests on.
    pub position: Position,
    /// Orders the replies within one position: the journal time of the decision, which no two
    /// commands share.
    pub index: u64,
    /// The journal time of the decision.
    pub at: Instant,
    /// Where the time went.
    pub timing: Timing,
}

/// Where a command's time went, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timing {
    /// Waiting for the writer: what other systems call lock wait.
    pub queue_us: u32,
    /// Deciding.
    pub decide_us: u32,
    /// Waiting until everything that the reply rests on was durable.
    pub commit_us: u32,
}

/// Why a command got no reply. Only [`Unavailable::OutcomeUnknown`] may have had an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// The inbox is full. Nothing was decided.
    Overloaded {
        /// When it will probably have room, as measured, in milliseconds.
        retry_after_ms: u32,
    },
    /// The storage is nearly full. Nothing was decided; reads go on.
    StorageFull,
    /// The caller's deadline had passed. Nothing was decided.
    DeadlinePassed,
    /// The writer is stopping or recovering. Nothing was decided.
    Stopping,
    /// The commit failed or its end is unknown: the command may have happened. Safe to repeat with
    /// its key.
    OutcomeUnknown,
}

/// What a caller of the writer gets.
pub type Outcome = Result<Answered, Unavailable>;
