//! What the clients of a run saw, and what the judge needs to know beside it.
//!
//! Never: types of the engine, the writer or the journal.

use crate::model::words::{Fact, Us};
use crate::model::{Request, Told};

/// One attempt of a client to get a request done.
#[derive(Debug, Clone)]
pub struct Call {
    /// The request that the client wants done; its attempts share it.
    pub op: u64,
    /// Who calls.
    pub client: u32,
    /// What was sent.
    pub request: Request,
    /// It must not be done after this moment of the server's wall clock.
    pub deadline: Option<Us>,
    /// When it was sent, in true time.
    pub sent: Us,
    /// How often the network delivered it at the most.
    pub deliveries: u32,
    /// What came of it, as far as the client knows.
    pub end: End,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nobody knows: no answer, or one that says so.
    Unknown,
    /// The server said that nothing was decided. Why.
    TurnedAway(&'static str),
    /// An answer.
    Told {
        /// When it came back, in true time.
        returned: Us,
        /// What it said.
        told: Told,
        /// The position that it named.
        position: u64,
        /// The journal time of the decision, which orders decisions.
        index: Us,
        /// The server's run that sent it.
        run: u32,
    },
}

/// An entry that is in the journal at the end.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its number.
    pub position: u64,
    /// The server's run that wrote it.
    pub run: u32,
    /// When it became durable, in true time.
    pub durable: Us,
    /// What happened, with the journal time.
    pub facts: Vec<(Us, Fact)>,
}

/// One run of the server, between two crashes.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// When it started, in true time.
    pub started: Us,
    /// Its journal time then.
    pub base: Us,
}

/// Everything that the judge hears.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The clients' calls, in the order of sending.
    pub calls: Vec<Call>,
    /// The journal as it is at the end.
    pub journal: Vec<Entry>,
    /// The server's runs, from 0.
    pub runs: Vec<Run>,
    /// What its wall clock was ahead of true time (behind: negative), from which moment on.
    pub wall: Vec<(Us, i64)>,
    /// The last call that the final audit had not begun with: calls from here on were sent when
    /// nothing failed any more.
    pub audit_from: usize,
}
