//! One connection of HTTP/2, which carries several requests at once.
//!
//! Invariants: one task per connection answers the server's pings while the user thinks; it ends
//! with the last handle.

use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::task::AbortHandle;

use super::failure::{self, Ends};
use super::payload::Payload;
use super::wire::{Wire, WireStats};
use crate::error::{HttpError, Stage};
use crate::limits::{HEAD_LIST_BYTES_MAX, STREAM_WINDOW_BYTES};
use crate::response::TlsInfo;

/// A handle to a connection that is shared by the requests of one client.
#[derive(Clone, Debug)]
pub(super) struct Http2 {
    sender: SendRequest<Payload>,
    task: Arc<Task>,
    pub(super) stats: Arc<WireStats>,
    pub(super) ends: Ends,
    pub(super) tls: Option<TlsInfo>,
}

/// Ends the connection's task with its last handle.
#[derive(Debug)]
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Http2 {
    pub(super) async fn new(
        wire: Wire,
        ends: Ends,
        tls: Option<TlsInfo>,
    ) -> Result<Self, HttpError> {
        let stats = Arc::clone(wire.stats());
        let shaken = Builder::new(TokioExecutor::new())
            .max_header_list_size(HEAD_LIST_BYTES_MAX)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(STREAM_WINDOW_BYTES)
            .handshake(TokioIo::new(wire))
            .await;
        let (sender, connection) =
            shaken.map_err(|error| failure::hyper_http2(&error, Stage::Head, ends))?;
        let task = tokio::spawn(async move {
            // Its failure reaches the requests that are on it.
            let _ended = connection.await;
        });
        let task = Arc::new(Task(task.abort_handle()));
        Ok(Self {
            sender,
            task,
            stats,
            ends,
            tls,
        })
    }

    /// Whether it takes another request.
    pub(super) fn is_usable(&self) -> bool {
        !self.sender.is_closed() && !self.task.0.is_finished()
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &mut self,
        request: Request<Payload>,
    ) -> Result<Response<Incoming>, HttpError> {
        self.stats.arm();
        let ends = self.ends;
        let failed = |error: hyper::Error| failure::hyper_http2(&error, Stage::Head, ends);
        self.sender.ready().await.map_err(failed)?;
        self.sender.send_request(request).await.map_err(failed)
    }

    /// The next piece of the body, or `None` at its end.
    pub(super) async fn next_piece(&self, body: &mut Incoming) -> Option<Result<Bytes, HttpError>> {
        while !body.is_end_stream() {
            match Pin::new(&mut *body).frame().await? {
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
                Err(error) => {
                    return Some(Err(failure::hyper_http2(&error, Stage::Body, self.ends)));
                }
            }
        }
        None
    }
}
