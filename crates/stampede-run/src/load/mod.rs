//! Raw load over keep-alive connections: a closed loop for the most a server can do, an open loop
//! for how it does at a given rate.
//!
//! Requests are written as bytes and answers parsed in place, on as few threads as possible,
//! because the loader usually shares its cores with the server. It says how much of its own threads
//! it used: near 100 % the figures are the loader's, not the server's.
//!
//! Invariants:
//! * A closed loop counts the answers that arrived within the measured window, an open loop those
//!   to the arrivals of the window.
//! * A failure is counted, never retried. The connection is opened again.

mod closed;
mod open;
mod tally;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stampede_metrics::Summary;
use thiserror::Error;

pub use closed::closed_loop;
pub use open::open_loop;

use crate::race::StatusSet;
use crate::wire::{OpenError, RequestBuffer, Target};

/// The most requests per second an open loop accepts.
pub const RATE_PER_SECOND_MAX: f64 = 1_000_000.0;

/// What one connection sends and does with the answers.
pub trait Client: Send {
    /// Writes the next request of this connection, number `sequence` from 0.
    fn request(&mut self, sequence: u64, request: &mut RequestBuffer);

    /// Looks at the answer, for instance for a token that the next request needs. Its time is the
    /// loader's, not the server's.
    fn answered(&mut self, status: u16, body: &[u8]) {
        let _: (u16, &[u8]) = (status, body);
    }
}

impl<F: FnMut(u64, &mut RequestBuffer) + Send> Client for F {
    fn request(&mut self, sequence: u64, request: &mut RequestBuffer) {
        self(sequence, request);
    }
}

/// Makes the client of each connection; connections count from 0.
pub type ClientFactory<'a> = &'a (dyn Fn(usize) -> Box<dyn Client> + Sync);

/// What both loops need to know.
#[derive(Debug, Clone)]
pub struct Load {
    /// The server.
    pub target: Target,
    /// Connections, shared out among the threads.
    pub connections: usize,
    /// Threads; at least 1, at most `connections`.
    pub threads: usize,
    /// Load before the measured window; its answers are not counted.
    pub warm_up: Duration,
    /// The measured window.
    pub duration: Duration,
    /// How long after the window answers are waited for.
    pub timeout: Duration,
    /// Statuses that are as they should be.
    pub expected: StatusSet,
}

/// What came of a load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadResult {
    /// Answers within the window.
    pub answered: u64,
    /// Those of them with an expected status.
    pub expected: u64,
    /// Requests that got no answer, also not after the window.
    pub unanswered: u64,
    /// Arrivals that were due but never sent, because every connection was busy (open loop only).
    pub unsent: u64,
    /// Connections that were opened again, because the server closed them or a request failed. Many
    /// of them make the figures those of opening connections.
    pub reopened: u64,
    /// Answers per second of the window.
    pub per_second: f64,
    /// How often each status was answered.
    pub statuses: Vec<(u16, u64)>,
    /// From the request's start to the last byte of the answer; in an open loop from when the
    /// request should have started.
    pub latency: Summary,
    /// From the request's true start to the last byte of the answer.
    pub service: Summary,
    /// How much later than intended requests started (open loop only).
    pub schedule_lag: Summary,
    /// Bytes of requests, warm-up included.
    pub sent_bytes: u64,
    /// Bytes of answers, warm-up included.
    pub received_bytes: u64,
    /// How much of its threads' time the loader computed, 0.0-1.0. Near 1.0 it was the bottleneck.
    pub loader_busy: f64,
}

/// Why a load could not be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// There must be a connection, a thread and a duration.
    #[error("a load needs at least one connection, one thread and a duration")]
    Empty,
    /// The rate is no positive number, or above [`RATE_PER_SECOND_MAX`].
    #[error("a rate of {per_second} requests/s is not between 0 and 1,000,000")]
    Rate {
        /// What was asked for.
        per_second: f64,
    },
    /// More connections than this process may open.
    #[error("{wanted} connections are more than the {max} that this process may open")]
    Connections {
        /// What was asked for.
        wanted: usize,
        /// What is possible.
        max: u64,
    },
    /// A connection could not be opened at the start.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The system gave no runtime.
    #[error("cannot start a worker thread's runtime")]
    Runtime(#[source] std::io::Error),
}

impl Load {
    fn check(&self) -> Result<(), LoadError> {
        if self.connections == 0 || self.threads == 0 || self.duration.is_zero() {
            return Err(LoadError::Empty);
        }
        let max = crate::limits::raise_connection_limit();
        if self.connections as u64 > max {
            return Err(LoadError::Connections {
                wanted: self.connections,
                max,
            });
        }
        Ok(())
    }

    /// The connections of each thread.
    fn shares(&self) -> Vec<Vec<usize>> {
        let n_threads = self.threads.min(self.connections);
        (0..n_threads)
            .map(|thread_idx| (thread_idx..self.connections).step_by(n_threads).collect())
            .collect()
    }
}
