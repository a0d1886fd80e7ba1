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
use super::garbage;
use super::payload::Payload;
use super::wire::{Wire, WireStats};
use crate::error::{HttpError, Stage};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX};
use crate::response::TlsInfo;

type Driver = Connection<TokioIo<Wire>, Payload>;

/// A connection that carries one request at a time.
#[derive(Debug)]
pub(super) struct Http1 {
    sender: SendRequest<Payload>,
    /// `None` once it has ended and been asked why.
    driver: Option<Box<Driver>>,
    has_ended: bool,
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
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .handshake(TokioIo::new(wire))
            .await;
        let (sender, driver) = shaken.map_err(|error| failure::hyper(&error, Stage::Head, ends))?;
        Ok(Self {
            sender,
            driver: Some(Box::new(driver)),
            has_ended: false,
            stats,
            ends,
            tls,
        })
    }

    /// Whether it is known to carry no other request.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether it can carry another request now.
    pub(super) async fn is_usable(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            let is_ready = matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(())));
            Poll::Ready(is_ready && !self.has_ended)
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
        let (driver, has_ended) = (&mut self.driver, &mut self.has_ended);
        let answered = poll_fn(|cx| {
            // The driver first: it takes the request on the first poll and brings the response on
            // the last.
            drive(driver, has_ended, cx);
            response.as_mut().poll(cx)
        });
        match answered.await {
            Ok(response) => Ok(response),
            Err(error) => Err(self
                .garbage(&error)
                .unwrap_or_else(|| failure::hyper(&error, Stage::Head, ends))),
        }
    }

    /// What was wrong with a head that could not be read: its bytes are still there.
    fn garbage(&mut self, error: &hyper::Error) -> Option<HttpError> {
        if error.is_parse_too_large() {
            let read = self.driver.take()?.into_parts().read_buf;
            return (read.len() < HEAD_BYTES_MAX).then(failure::too_many_headers);
        }
        if !(error.is_parse() || error.is_incomplete_message()) {
            return None;
        }
        if let Some(error) = garbage::bad_length(&error.to_string()) {
            return Some(error);
        }
        let read = self.driver.take()?.into_parts().read_buf;
        if read.is_empty() {
            return None;
        }
        let cut_short = || error.is_incomplete_message().then(garbage::cut_short);
        garbage::named(&read).or_else(cut_short)
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
        drive(&mut self.driver, &mut self.has_ended, cx);
    }
}

fn drive(driver: &mut Option<Box<Driver>>, has_ended: &mut bool, cx: &mut Context<'_>) {
    if let Some(running) = driver
        && !*has_ended
    {
        // Whatever ends it is told to the request that is on it, if there is one.
        *has_ended = std::pin::Pin::new(running.as_mut()).poll(cx).is_ready();
    }
}
