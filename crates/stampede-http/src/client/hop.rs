//! One hop: a connection, a message, a head, a body.
//!
//! Invariants: a hop is sent a second time only where Go's client does it, which is when an old
//! connection turns out to be closed: before a byte of the request left, or before a byte of the
//! response came for what may be repeated. Never otherwise: a retry is the script's decision.

use std::borrow::Cow;
use std::time::Instant;

use http::header::{CONTENT_ENCODING, HeaderValue, TRANSFER_ENCODING};
use http::{Method, StatusCode, Version};
use hyper::body::{Body as _, Incoming};
use hyper::ext::ReasonPhrase;

use super::Client;
use super::dial::{self, Dialled};
use super::garbage;
use super::http1::Http1;
use super::http2::Http2;
use super::plan::Hop;
use super::pool::Key;
use super::progress::Progress;
use crate::code;
use crate::compression::decompress;
use crate::debug::Dump;
use crate::error::{HttpError, Stage};
use crate::headers::Headers;
use crate::limits::REDIRECT_BODY_BYTES_MAX;
use crate::request::{BodyKind, Request};
use crate::response::Proto;

/// A connection in use.
enum Lease {
    Http1(Key, Box<Http1>),
    Http2(Http2),
}

/// What becomes of a body.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Kept, up to so many bytes.
    Kept { bytes_max: u64 },
    /// Read and forgotten.
    Dropped,
    /// Read and forgotten; beyond so many bytes the connection is closed instead.
    Drained { bytes_max: u64 },
}

impl Client {
    /// Runs one hop; everything that came is in `progress`, whatever the result.
    pub(super) async fn run_hop(
        &self,
        hop: &Hop,
        request: &Request,
        cookies: Option<HeaderValue>,
        progress: &mut Progress,
    ) -> Result<(), HttpError> {
        hop.check_scheme()?;
        if let Some(rate) = &self.inner.environment.rate {
            let slot = rate.reserve(Instant::now());
            tokio::time::sleep_until(slot.into()).await;
        }
        loop {
            let (lease, is_reused) = self.lease(hop, progress).await?;
            let cookies = cookies.clone();
            let failed = match self.exchange(lease, hop, request, cookies, progress).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let (has_sent, has_received) = progress.has_exchanged();
            let is_repeatable = !has_sent || hop.is_replayable(request);
            let is_closed = failed.stage == Stage::Head && failed.code != code::TIMEOUT;
            if !(is_reused && is_closed && !has_received && is_repeatable) {
                return Err(failed);
            }
        }
    }

    /// An idle connection, or a new one; and whether it is an old one.
    async fn lease(&self, hop: &Hop, progress: &mut Progress) -> Result<(Lease, bool), HttpError> {
        if let Some(lease) = self.idle(hop).await {
            lease.connected(progress, true);
            return Ok((lease, true));
        }
        let inner = &self.inner;
        let times = &mut progress.dial;
        let dialling = dial::dial(
            &inner.environment,
            &hop.target.url,
            inner.local_ip,
            &inner.counter,
            true,
            times,
        );
        let Dialled {
            wire,
            ends,
            tls,
            is_http2,
        } = Box::pin(dialling).await?;
        let key = Key::new(&hop.target.url);
        let lease = if is_http2 {
            let connection = Http2::new(wire, ends, tls).await?;
            if !inner.environment.options.no_connection_reuse {
                inner.pool.borrow_mut().put_http2(key, connection.clone());
            }
            Lease::Http2(connection)
        } else {
            Lease::Http1(key, Box::new(Http1::new(wire, ends, tls).await?))
        };
        lease.connected(progress, false);
        Ok((lease, false))
    }

    async fn idle(&self, hop: &Hop) -> Option<Lease> {
        if let Some(connection) = self.inner.pool.borrow_mut().http2(&hop.target.url) {
            return Some(Lease::Http2(connection));
        }
        loop {
            let (key, mut connection) = self.inner.pool.borrow_mut().take_http1(&hop.target.url)?;
            if connection.is_usable().await {
                return Some(Lease::Http1(key, connection));
            }
        }
    }

    async fn exchange(
        &self,
        mut lease: Lease,
        hop: &Hop,
        request: &Request,
        cookies: Option<HeaderValue>,
        progress: &mut Progress,
    ) -> Result<(), HttpError> {
        let environment = &self.inner.environment;
        let is_http2 = matches!(lease, Lease::Http2(_));
        let message = hop.message(
            request,
            environment,
            self.inner.user_agent.as_ref(),
            cookies,
            is_http2,
        )?;
        self.show_request(&message, request);
        let head = match &mut lease {
            Lease::Http1(_, connection) => connection.send(message).await,
            Lease::Http2(connection) => connection.send(message).await,
        };
        let (parts, mut body) = head?.into_parts();
        if is_http2 {
            progress.head_came();
        }
        let response = &mut progress.response;
        response.status = parts.status.as_u16();
        response.reason = reason(&parts);
        response.proto = proto(parts.version);
        let mut headers = parts.headers;
        if headers.contains_key(TRANSFER_ENCODING) {
            let encodings = headers.get_all(TRANSFER_ENCODING).iter();
            let encodings = encodings.map(HeaderValue::as_bytes);
            if parts.version == Version::HTTP_11
                && let Some(error) = garbage::transfer_encoding(encodings)
            {
                return Err(error);
            }
            // How the body was cut up on its way is not the script's business: k6 hides it too.
            headers.remove(TRANSFER_ENCODING);
        }
        response.headers = Headers(headers);
        let fate = self.fate(hop, request, progress);
        let is_whole = read_body(&mut lease, &mut body, fate, progress).await?;
        progress.body_ended();
        drop(body);
        if let (Lease::Http1(key, connection), true) = (lease, is_whole) {
            self.give_back(key, connection);
        }
        self.keep_body(hop, request, fate, progress)?;
        self.show_response(progress);
        Ok(())
    }

    /// Keeps a connection for the next request, which asks it first whether the server lets us.
    fn give_back(&self, key: Key, connection: Box<Http1>) {
        let options = &self.inner.environment.options;
        if !options.no_connection_reuse && !connection.has_ended() {
            let mut pool = self.inner.pool.borrow_mut();
            pool.put_http1(key, connection, options.batch_per_host_max);
        }
    }

    fn fate(&self, hop: &Hop, request: &Request, progress: &Progress) -> Fate {
        if hop.is_followed(&progress.response) {
            return Fate::Drained {
                bytes_max: REDIRECT_BODY_BYTES_MAX,
            };
        }
        match request.body_kind {
            BodyKind::None => Fate::Dropped,
            BodyKind::Text | BodyKind::Binary => Fate::Kept {
                bytes_max: self.inner.environment.options.body_bytes_max,
            },
        }
    }

    /// Decompresses a kept body. A response that cannot have one has none.
    fn keep_body(
        &self,
        hop: &Hop,
        request: &Request,
        fate: Fate,
        progress: &mut Progress,
    ) -> Result<(), HttpError> {
        let Fate::Kept { bytes_max } = fate else {
            return Ok(());
        };
        let status = progress.response.status;
        if request.body_kind == BodyKind::None
            || matches!(status, 204 | 304)
            || (100..200).contains(&status)
        {
            return Ok(());
        }
        let mut body = progress.take_body();
        if hop.method != Method::HEAD
            && progress.response.headers.0.contains_key(CONTENT_ENCODING)
            && let Some(list) = progress.response.headers.joined(CONTENT_ENCODING.as_str())
        {
            let hold = &mut progress.response.hold;
            body = decompress(body, list.as_bytes(), bytes_max.min(hold.free()))?;
            hold.replace(body.len())?;
        }
        progress.response.body = Some(body);
        Ok(())
    }

    fn show_request(&self, message: &http::Request<super::payload::Payload>, request: &Request) {
        if let Some(debug) = &self.inner.environment.options.debug {
            let lines = Headers(message.headers().clone()).to_lines();
            let target = message
                .uri()
                .path_and_query()
                .map_or("/", |target| target.as_str());
            let head = format!("{} {target} HTTP/1.1\r\n{lines}\r\n", message.method());
            let body = request.body.as_deref().unwrap_or_default();
            debug.show(&Dump {
                is_request: true,
                head: &head,
                body,
            });
        }
    }

    fn show_response(&self, progress: &Progress) {
        if let Some(debug) = &self.inner.environment.options.debug {
            let response = &progress.response;
            let (proto, lines) = (response.proto.as_str(), response.headers.to_lines());
            let head = format!("{proto} {}\r\n{lines}\r\n", response.status_text());
            let body = response.body.as_deref().unwrap_or_default();
            debug.show(&Dump {
                is_request: false,
                head: &head,
                body,
            });
        }
    }
}

impl Lease {
    fn connected(&self, progress: &mut Progress, is_reused: bool) {
        let (stats, ends, tls) = match self {
            Self::Http1(_, connection) => (&connection.stats, connection.ends, connection.tls),
            Self::Http2(connection) => (&connection.stats, connection.ends, connection.tls),
        };
        progress.connected(stats, ends, tls, is_reused);
    }
}

/// Reads the body; false if it was given up and the connection with it.
async fn read_body(
    lease: &mut Lease,
    body: &mut Incoming,
    fate: Fate,
    progress: &mut Progress,
) -> Result<bool, HttpError> {
    let mut left = match fate {
        Fate::Kept { bytes_max } | Fate::Drained { bytes_max } => bytes_max,
        Fate::Dropped => u64::MAX,
    };
    if let (Fate::Drained { .. }, Some(announced)) = (fate, body.size_hint().exact())
        && announced > left
    {
        return Ok(false);
    }
    loop {
        let piece = match lease {
            Lease::Http1(_, connection) => connection.next_piece(body).await,
            Lease::Http2(connection) => connection.next_piece(body).await,
        };
        let Some(piece) = piece.transpose()? else {
            return Ok(true);
        };
        let bytes = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let Some(rest) = left.checked_sub(bytes) else {
            return match fate {
                Fate::Drained { .. } => Ok(false),
                Fate::Kept { bytes_max } => {
                    progress.forget_body();
                    Err(too_long(bytes_max))
                }
                Fate::Dropped => Ok(true),
            };
        };
        match fate {
            Fate::Kept { .. } => {
                left = rest;
                progress.push(piece)?;
            }
            Fate::Drained { .. } => left = rest,
            Fate::Dropped => {}
        }
    }
}

fn too_long(bytes_max: u64) -> HttpError {
    let mend = "use responseType none for large downloads";
    let text = format!("the response body is longer than the limit of {bytes_max} bytes; {mend}");
    HttpError::new(code::GENERAL, Stage::Body, text)
}

fn proto(version: Version) -> Proto {
    match version {
        Version::HTTP_10 | Version::HTTP_09 => Proto::Http10,
        Version::HTTP_2 => Proto::Http2,
        _ => Proto::Http11,
    }
}

/// The server's own words for the status, or the registered ones.
fn reason(parts: &http::response::Parts) -> Cow<'static, str> {
    match parts.extensions.get::<ReasonPhrase>() {
        Some(own) => Cow::Owned(String::from_utf8_lossy(own.as_bytes()).into_owned()),
        None => Cow::Borrowed(StatusCode::canonical_reason(&parts.status).unwrap_or("")),
    }
}
