//! A user's connection: sends a request, comes back after a 503, and keeps the user's books.
//!
//! Invariants:
//! * The same bytes are sent again, so an idempotency key in them stays the same.
//! * A request that may have arrived and was not answered is never sent again.

use std::time::{Duration, Instant};

use crate::ids::Ids;
use crate::race::server_message;
use crate::wire::{Answer, Connection, FailureKind, RequestBuffer, Target};

use super::Crowd;
use super::steps::Steps;

/// How often a request is sent again after a 503.
pub const RETRIES_MAX: u32 = 8;

/// The longest pause before a retry, also if the server asks for more.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);

/// The pause before the first retry; it doubles with each further one.
const RETRY_PAUSE_FIRST: Duration = Duration::from_millis(20);

/// Problems that are kept as text.
pub(super) const PROBLEMS_MAX: usize = 20;

/// Problems that one user keeps.
const PROBLEMS_PER_USER_MAX: usize = 2;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Answered with 2xx.
    Granted,
    /// Answered with 3xx or 4xx: nothing happened.
    Refused,
    /// Answered with 5xx other than 503, or not at all after it was sent: it may have happened.
    Unknown,
    /// Answered with 503 after all retries, or never sent: nothing happened.
    NotDone,
}

/// What the server said in the end.
#[derive(Debug, Clone)]
pub struct Said {
    /// What it means.
    pub ending: Ending,
    /// The status; 0 without an answer.
    pub status: u16,
    /// The body; empty without an answer.
    pub body: Vec<u8>,
    /// When the first byte of the first try was written.
    pub start: Instant,
    /// When the answer was complete.
    pub end: Instant,
    /// How many 503 were answered before.
    pub retries: u32,
}

/// A user's connection and books.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) ids: Ids,
    target: Target,
    connection: Option<Connection>,
    timeout: Duration,
    think_factor: f64,
    books: Books,
    step_names: &'static [&'static str],
}

/// What a session counted.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) steps: Steps,
    pub(super) retries: u64,
    pub(super) sent_bytes: u64,
    pub(super) received_bytes: u64,
    pub(super) problems: Vec<String>,
}

impl Session {
    pub(super) fn new(
        crowd: &Crowd,
        connection: Connection,
        ids: Ids,
        step_names: &'static [&'static str],
    ) -> Session {
        Session {
            ids,
            target: crowd.target.clone(),
            connection: Some(connection),
            timeout: crowd.timeout,
            think_factor: crowd.think_factor,
            books: Books {
                steps: Steps::new(step_names),
                retries: 0,
                sent_bytes: 0,
                received_bytes: 0,
                problems: Vec::new(),
            },
            step_names,
        }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Rests for a random time between `from` and `to`, times the crowd's factor.
    pub(crate) async fn think(&mut self, from: Duration, to: Duration) {
        let range_us = u64::try_from(to.saturating_sub(from).as_micros()).unwrap_or(0);
        let pause = from + Duration::from_micros(self.ids.below(range_us + 1));
        let pause = pause.mul_f64(self.think_factor);
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends a request, again after each 503 up to the limit, and counts it under its step.
    pub(crate) async fn send(&mut self, step_idx: usize, request: &RequestBuffer) -> Said {
        let first_start = Instant::now();
        let mut retries = 0;
        loop {
            let start = Instant::now();
            let reply = self.exchange(request, start).await;
            let end = Instant::now();
            match reply {
                Ok(answer) if answer.status == 503 && retries < RETRIES_MAX => {
                    retries += 1;
                    self.books.retries += 1;
                    let pause = self.retry_pause(retries, answer.retry_after_seconds);
                    tokio::time::sleep(pause).await;
                }
                Ok(answer) => {
                    let latency_ns = u64::try_from((end - start).as_nanos()).unwrap_or(u64::MAX);
                    self.books
                        .steps
                        .answered(step_idx, answer.status, latency_ns);
                    if answer.status >= 500 {
                        let message = server_message(&answer.body);
                        self.note(step_idx, &format!("{} {message}", answer.status));
                    }
                    let ending = match answer.status {
                        200..300 => Ending::Granted,
                        503 => Ending::NotDone,
                        500.. => Ending::Unknown,
                        _ => Ending::Refused,
                    };
                    let (status, body) = (answer.status, answer.body);
                    return Said {
                        ending,
                        status,
                        body,
                        start: first_start,
                        end,
                        retries,
                    };
                }
                Err((kind, request_left)) => {
                    self.books.steps.unanswered(step_idx);
                    self.note(step_idx, kind.describe());
                    let ending = if request_left {
                        Ending::Unknown
                    } else {
                        Ending::NotDone
                    };
                    let body = Vec::new();
                    return Said {
                        ending,
                        status: 0,
                        body,
                        start: first_start,
                        end,
                        retries,
                    };
                }
            }
        }
    }

    async fn exchange(
        &mut self,
        request: &RequestBuffer,
        start: Instant,
    ) -> Result<Answer, (FailureKind, bool)> {
        let is_unusable = self
            .connection
            .as_ref()
            .is_none_or(|connection| !connection.is_usable() || connection.is_stale());
        if is_unusable {
            self.drop_connection();
            let opened = Connection::open(&self.target, self.timeout).await;
            self.connection = Some(opened.map_err(|_| (FailureKind::Broken, false))?);
        }
        let connection = self
            .connection
            .as_mut()
            .expect("it was just opened if it was missing");
        connection
            .exchange(request.bytes(), request.is_head(), start + self.timeout)
            .await
            .map_err(|failure| (failure.kind, failure.request_left))
    }

    /// Exponential, with jitter of a half, and not before the server wants it.
    fn retry_pause(&mut self, retry: u32, retry_after_seconds: Option<u64>) -> Duration {
        let backoff = RETRY_PAUSE_FIRST * 2_u32.pow(retry - 1);
        let wanted = Duration::from_secs(retry_after_seconds.unwrap_or(0));
        let pause = backoff.max(wanted).min(RETRY_PAUSE_MAX);
        let jitter_us = u64::try_from(pause.as_micros() / 2).unwrap_or(0);
        pause + Duration::from_micros(self.ids.below(jitter_us + 1))
    }

    pub(crate) fn note(&mut self, step_idx: usize, problem: &str) {
        if self.books.problems.len() < PROBLEMS_PER_USER_MAX {
            self.books
                .problems
                .push(format!("{}: {problem}", self.step_names[step_idx]));
        }
    }

    fn drop_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.books.sent_bytes += connection.sent_bytes();
            self.books.received_bytes += connection.received_bytes();
        }
    }

    pub(super) fn close(mut self) -> Books {
        self.drop_connection();
        self.books
    }
}
