//! A running house as the routes see it: ask it a command, look up a layout.
//!
//! Never: decide, or hold a lock across a wait.

use std::sync::Arc;
use std::time::Instant;

use boxoffice_engine::command::Command;
use boxoffice_writer::feed::Feed;
use boxoffice_writer::layouts::Layouts;
use boxoffice_writer::request::{Outcome, Request};
use boxoffice_writer::run::Writer;

use crate::reply::{ReplyTo, reply};
use crate::secret::Secret;

/// A running house.
#[derive(Debug, Clone)]
pub struct House {
    /// Where commands go.
    pub writer: Writer<ReplyTo>,
    /// The newest layout of every show.
    pub layouts: Arc<Layouts>,
    /// Durable entries for followers.
    pub feed: Arc<Feed>,
    /// What tokens and opaque ids are made with.
    pub secret: Arc<Secret>,
}

impl House {
    /// Sends a command to the writer and waits for its durable outcome. `deadline_us` is wall-clock
    /// time in microseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`Unavailable`](boxoffice_writer::request::Unavailable) when there is no reply; only
    /// [`OutcomeUnknown`](boxoffice_writer::request::Unavailable::OutcomeUnknown) may have had an
    /// effect.
    pub async fn ask(&self, command: Command, deadline_us: Option<u64>) -> Outcome {
        let (to, reply) = reply();
        let request = Request {
            command,
            deadline_us,
            queued: Instant::now(),
        };
        self.writer.send(request, to).map_err(|(why, _)| why)?;
        reply.await
    }
}
