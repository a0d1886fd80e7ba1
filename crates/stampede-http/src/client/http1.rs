//! One connection of HTTP/1.1, driven by the request that uses it.
//!
//! Invariants: nothing is spawned; the connection only makes progress while a request is polled,
//! and is asked once before each use whether the server has closed it meanwhile.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::failure::{self, Ends};
use super::payload::Payload;
use super::wire::{Wire, WireStats};
use crate::error::{HttpError, Stage};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::response::TlsInfo;

/// A connection that carries one request at a time.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: SendRequest<Payload>,
    /// `None` once it has ended.
    driver: Option<Box<Connection<TokioIo<Wire>, Payload>>>,
    pub(super) stats: Arc<WireStats>,
    pub(super) ends: Ends,
    pub(super) tls: Option<TlsInfo>,
}

impl Http1 {
    pub(super) async fn new(
        wire: Wire,
        ends: Ends,
        tls: Option<TlsInfo>,
    ) -> Result<Self, HttpError> {
        let stats = Arc::clone(wire.stats());
        let shaken = Builder::new()
            .title_case_headers(true)
            .max_headers(HEADERS_MAX)
            .max_buf_size(HEAD_BYTES_MAX)
            .handshake(TokioIo::new(wire))
            .await;
        let (sender, driver) = shaken.map_err(|error| failure::hyper(&error, Stage::Head, ends))?;
        Ok(Self {
            sender,
            driver: Some(Box::new(driver)),
            stats,
            ends,
            tls,
        })
    }

    /// Whether it can carry another request now.
    pub(super) async fn is_usable(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            let is_ready = matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(())));
            Poll::Ready(is_ready && self.driver.is_some())
        })
        .await
    }

    /// Sends a request and waits for the head of its response.
    pub(super) async fn send(
        &mut self,
        request: Request<Payload>,
    ) -> Result<Response<Incoming>, HttpError> {
        self.stats.arm();
        let ends = self.ends;
        let mut response = pin!(self.sender.send_request(request));
        let driver = &mut self.driver;
        let answered = poll_fn(|cx| {
            // The driver first: it takes the request on the first poll and brings the response on
            // the last.
            drive(driver, cx);
            response.as_mut().poll(cx)
        });
        answered
            .await
            .map_err(|error| failure::hyper(&error, Stage::Head, ends))
    }

    /// The next piece of the body, or `None` at its end.
    pub(super) async fn next_piece(
        &mut self,
        body: &mut Incoming,
    ) -> Option<Result<Bytes, HttpError>> {
        let ends = self.ends;
        poll_fn(|cx| {
            loop {
                if body.is_end_stream() {
                    return Poll::Ready(None);
                }
                let mut polled = std::pin::Pin::new(&mut *body).poll_frame(cx);
                if polled.is_pending() {
                    // Asking told the driver that a piece is wanted; it may have it already.
                    self.drive(cx);
                    polled = std::pin::Pin::new(&mut *body).poll_frame(cx);
                }
                match polled {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => return Poll::Ready(None),
                    Poll::Ready(Some(Ok(frame))) => {
                        if let Ok(data) = frame.into_data() {
                            return Poll::Ready(Some(Ok(data)));
                        }
                        // Trailers are no part of the body.
                    }
                    Poll::Ready(Some(Err(error))) => {
                        let error = failure::hyper(&error, Stage::Body, ends);
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }
}

fn drive(driver: &mut Option<Box<Connection<TokioIo<Wire>, Payload>>>, cx: &mut Context<'_>) {
    if let Some(running) = driver
        && std::pin::Pin::new(running.as_mut()).poll(cx).is_ready()
    {
        // Whatever ended it has been told to the request that was on it, if there was one.
        *driver = None;
    }
}
