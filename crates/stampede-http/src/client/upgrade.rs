//! The handshake of a websocket, in the spelling and order of the one that k6 sends.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use bytes::{Buf as _, Bytes, BytesMut};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::dial::{self, Dialled};
use super::failure;
use super::plan::Hop;
use super::progress::Progress;
use super::socket::Socket;
use super::target::Target;
use super::wire::Wire;
use super::{Client, cookies_for, deadline, invalid_url, store_cookies, timed_out};
use crate::code;
use crate::cookie::CookieJar;
use crate::error::{HttpError, Stage};
use crate::headers::{Headers, canonical_name};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, REFUSAL_BYTES_MAX};
use crate::request::Request;
use crate::response::{Proto, Response};

impl Client {
    /// Opens a websocket at an address that starts with `ws` or `wss`. The method and the body of
    /// the request do not matter; wanted subprotocols are its header `Sec-WebSocket-Protocol`.
    ///
    /// The response is that to the handshake. There is a socket if its status is 101; any other
    /// status is the server's refusal, with the start of its body, and no error.
    pub async fn open_socket(
        &self,
        request: Rc<Request>,
        jar: &RefCell<CookieJar>,
    ) -> (Response, Option<Socket>) {
        let began = Instant::now();
        let target = match Target::read(&request.url) {
            Ok(target) => target,
            Err(error) => return (invalid_url(request, &error.to_string()), None),
        };
        let key = generate_key();
        let mut asking = Request::clone(&request);
        asking.method = Rc::from("GET");
        asking.body = None;
        asking.set_header("Connection", b"Upgrade");
        asking.set_header("Upgrade", b"websocket");
        asking.set_header("Sec-WebSocket-Key", key.as_bytes());
        asking.set_header("Sec-WebSocket-Version", b"13");
        let hop = match Hop::first(&asking, &self.inner.environment, target) {
            Ok(hop) => hop,
            Err(error) => {
                let (method, url) = (Rc::from("GET"), Rc::from(&*request.url));
                let mut response = Response::failed(request, method, url);
                response.fail(error);
                return (response, None);
            }
        };
        let mut progress = Progress::new(&request, &hop, &self.inner.meter, began);
        let running = self.shake(&hop, &asking, &key, jar, &mut progress);
        let outcome =
            tokio::time::timeout_at(deadline(began, asking.timeout), Box::pin(running)).await;
        let (error, socket) = match outcome {
            Ok(Ok(socket)) => (None, socket),
            Ok(Err(error)) => (Some(error), None),
            Err(_) => (Some(timed_out(&progress)), None),
        };
        let response = progress.finish(error);
        store_cookies(&hop.target.url, &response, jar);
        (response, socket)
    }

    async fn shake(
        &self,
        hop: &Hop,
        asking: &Request,
        key: &str,
        jar: &RefCell<CookieJar>,
        progress: &mut Progress,
    ) -> Result<Option<Socket>, HttpError> {
        if !matches!(hop.target.url.scheme.as_str(), "ws" | "wss") || hop.target.url.host.is_empty()
        {
            let text = "malformed ws or wss URL";
            return Err(HttpError::new(code::GENERAL, Stage::Prepare, text));
        }
        let inner = &self.inner;
        let times = &mut progress.dial;
        let dialling = dial::dial(
            &inner.environment,
            &hop.target.url,
            inner.local_ip,
            &inner.counter,
            false,
            times,
        );
        let Dialled {
            mut wire,
            ends,
            tls,
            ..
        } = dialling.await?;
        let stats = std::sync::Arc::clone(wire.stats());
        progress.connected(&stats, ends, tls, false);
        let (cookies, _) = cookies_for(hop, asking, jar);
        let message = hop.message(
            asking,
            &inner.environment,
            inner.user_agent.as_ref(),
            cookies,
            false,
        )?;
        let target = message
            .uri()
            .path_and_query()
            .map_or("/", |target| target.as_str());
        let text = written(&Method::GET, target, message.headers());
        let failed = |error: std::io::Error| failure::io(&error, Stage::Head, ends);
        wire.write_all(&text).await.map_err(failed)?;
        wire.flush().await.map_err(failed)?;
        let mut read = BytesMut::new();
        read_head(&mut wire, &mut read, &mut progress.response, failed).await?;
        let response = &mut progress.response;
        if response.status != StatusCode::SWITCHING_PROTOCOLS {
            let body = read_refusal(&mut wire, read, &response.headers).await;
            response.body = Some(body);
            return Ok(None);
        }
        let accepted = response.headers.joined("sec-websocket-accept");
        if accepted.as_deref() != Some(derive_accept_key(key.as_bytes()).as_str()) {
            let text = "websocket: bad handshake: the server did not accept our key";
            return Err(HttpError::new(code::GENERAL, Stage::Head, text));
        }
        Ok(Some(Socket::new(wire, ends, read).await))
    }
}

/// The request as text.
fn written(method: &Method, target: &str, headers: &HeaderMap) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        let name = match name.as_str().strip_prefix("sec-websocket-") {
            Some(rest) => format!("Sec-WebSocket-{}", canonical_name(rest)),
            None => canonical_name(name.as_str()),
        };
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// Reads the head of the response; what was read beyond it stays in `read`.
async fn read_head(
    wire: &mut Wire,
    read: &mut BytesMut,
    response: &mut Response,
    failed: impl Fn(std::io::Error) -> HttpError,
) -> Result<(), HttpError> {
    loop {
        if wire.read_buf(read).await.map_err(&failed)? == 0 {
            return Err(failure::eof(Stage::Head));
        }
        if let Some(bytes) = parse_head(read, response)? {
            read.advance(bytes);
            return Ok(());
        }
        if read.len() > HEAD_BYTES_MAX {
            let text = format!("the head of the response is longer than {HEAD_BYTES_MAX} bytes");
            return Err(HttpError::new(code::GENERAL, Stage::Head, text));
        }
    }
}

/// The length of the head once it is whole.
fn parse_head(read: &[u8], response: &mut Response) -> Result<Option<usize>, HttpError> {
    let malformed = |what: String| {
        HttpError::new(
            code::GENERAL,
            Stage::Head,
            format!("malformed HTTP response: {what}"),
        )
    };
    let mut lines = vec![httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut head = httparse::Response::new(&mut lines);
    let parsed = head
        .parse(read)
        .map_err(|error| malformed(error.to_string()))?;
    let httparse::Status::Complete(bytes) = parsed else {
        return Ok(None);
    };
    let mut headers = HeaderMap::new();
    for line in head.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_bytes(line.value);
        match (name, value) {
            (Ok(name), Ok(value)) => headers.append(name, value),
            _ => return Err(malformed(format!("the header {:?}", line.name))),
        };
    }
    response.status = head.code.unwrap_or(0);
    response.reason = head.reason.unwrap_or("").to_owned().into();
    response.proto = if head.version == Some(0) {
        Proto::Http10
    } else {
        Proto::Http11
    };
    response.headers = Headers(headers);
    Ok(Some(bytes))
}

/// The start of what the server has to say about its refusal; that it breaks off is no error.
async fn read_refusal(wire: &mut Wire, mut read: BytesMut, headers: &Headers) -> Bytes {
    let announced = headers
        .joined("content-length")
        .and_then(|text| text.parse().ok());
    let bytes = announced.unwrap_or(0).min(REFUSAL_BYTES_MAX);
    while read.len() < bytes {
        match wire.read_buf(&mut read).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => break,
        }
    }
    read.truncate(bytes);
    read.freeze()
}
