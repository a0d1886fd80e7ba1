//! One connection from its first byte to its last: TLS, choice of protocol, requests, farewell.
//!
//! Invariants: a connection that rests owns no protocol buffers. The last answer is not cut off by
//! bytes of the client that nobody read: we read on for a moment before we close.
//!
//! Never: a combinator between the task and the protocol's future; `Conn` keeps the task's waker.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::TokioExecutor;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::conn::{Conn, Order};
use super::exchange::Dispatch;
use super::forwarded::Client;
use super::io::{Socket, Watched};
use super::last_word;
use super::options::HttpOptions;
use super::server::Shared;
use super::service::Service;

/// What an HTTP/2 client sends first.
const H2_PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How long a client may take to read our last answer before we close.
const FAREWELL_MS_MAX: u64 = 1_000;

/// What it may send meanwhile.
const FAREWELL_BYTES_MAX: u64 = 256 * 1024;

/// What HTTP/1 reads or writes at once.
const H1_BUFFER_BYTES_MAX: usize = 64 * 1024;

/// What one HTTP/2 stream may have waiting in either direction.
const H2_STREAM_WINDOW_BYTES: u32 = 256 * 1024;

/// What one HTTP/2 connection may have waiting for us.
const H2_CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// The protocols with their limits set.
#[derive(Debug)]
pub(super) struct Protocols {
    h1: http1::Builder,
    h2: http2::Builder<TokioExecutor>,
    tls: Option<Arc<ServerConfig>>,
    handshake_timeout: Duration,
    write_bytes_min: u64,
}

enum Protocol {
    H1,
    H2,
}

enum H1End<I> {
    /// No request for a while; the socket waits without buffers.
    Parked(I, Bytes),
    /// The last answer is written, or there is nobody to write to.
    Over(I),
}

impl Protocols {
    pub(super) fn new(options: &HttpOptions, tls: Option<Arc<ServerConfig>>) -> Self {
        let mut h1 = http1::Builder::new();
        // The sweeper has the timeouts. A client may shut down its side after the request and
        // still gets its answer; that also saves a read per request. Flushes are not gathered over
        // pipelined requests: hyper would hold an answer back while half of the next head is there.
        h1.header_read_timeout(None)
            .half_close(true)
            .max_header_size(options.header_bytes_max)
            .max_buf_size(H1_BUFFER_BYTES_MAX.max(options.header_bytes_max));
        if options.headers_max != http1_headers_default() {
            h1.max_headers(options.headers_max);
        }
        let mut h2 = http2::Builder::new(TokioExecutor::new());
        let header_bytes_max = u32::try_from(options.header_bytes_max).unwrap_or(u32::MAX);
        h2.max_concurrent_streams(options.h2_streams_max)
            .max_pending_accept_reset_streams(options.h2_resets_max)
            .max_local_error_reset_streams(options.h2_resets_max)
            .max_header_list_size(header_bytes_max)
            .initial_stream_window_size(H2_STREAM_WINDOW_BYTES)
            .initial_connection_window_size(H2_CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(H2_STREAM_WINDOW_BYTES as usize);
        Self {
            h1,
            h2,
            tls,
            handshake_timeout: Duration::from_millis(options.handshake_timeout_ms),
            write_bytes_min: options.write_bytes_min,
        }
    }
}

/// The number of headers that HTTP/1 takes without an allocation per request.
fn http1_headers_default() -> usize {
    100
}

/// Serves a connection until it is over. The caller spawns this as a task of its own.
pub(super) async fn run<S: Service>(
    shared: Arc<Shared<S>>,
    conn: Arc<Conn>,
    tcp: std::net::TcpStream,
    peer: SocketAddr,
) {
    let opened = tcp
        .local_addr()
        .and_then(|local| TcpStream::from_std(tcp).map(|tcp| (tcp, local)));
    let (tcp, local) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            tracing::debug!(%peer, %error, "a connection was lost as it was accepted");
            return;
        }
    };
    let protocols = &shared.protocols;
    let client = Client {
        peer,
        local,
        tls: protocols.tls.is_some(),
    };
    // Each stage is boxed: the task of a connection that rests is no larger than its rest.
    match &protocols.tls {
        None => serve_any(&shared, &conn, tcp, client).await,
        Some(tls) => Box::pin(serve_tls(&shared, &conn, tls, tcp, client)).await,
    }
}

async fn serve_tls<S: Service>(
    shared: &Arc<Shared<S>>,
    conn: &Arc<Conn>,
    tls: &Arc<ServerConfig>,
    tcp: TcpStream,
    client: Client,
) {
    let peer = client.peer;
    let accepting = TlsAcceptor::from(Arc::clone(tls)).accept(tcp);
    let handshake = tokio::time::timeout(shared.protocols.handshake_timeout, accepting);
    let Some(handshake) = unless_draining(conn, handshake).await else {
        return;
    };
    match handshake {
        Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
            Box::pin(serve_h2(shared, conn, stream, Bytes::new(), client)).await;
        }
        Ok(Ok(stream)) => Box::pin(serve_any(shared, conn, stream, client)).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
        Err(_elapsed) => {
            shared.stats.handshake_timed_out();
            tracing::debug!(%peer, "a TLS handshake took too long");
        }
    }
}

/// Serves whichever protocol the client's first bytes speak.
async fn serve_any<S: Service, I: Socket>(
    shared: &Arc<Shared<S>>,
    conn: &Arc<Conn>,
    mut io: I,
    client: Client,
) {
    let mut prefix = Bytes::new();
    loop {
        if prefix.is_empty() {
            conn.set_parked(true);
            match poll_fn(|cx| poll_first_bytes(conn, &mut io, cx)).await {
                Some(bytes) => prefix = bytes,
                None => return,
            }
        }
        let Some(Ok(protocol)) = unless_draining(conn, choose(conn, &mut io, &mut prefix)).await
        else {
            return;
        };
        conn.set_parked(false);
        match protocol {
            Protocol::H2 => return Box::pin(serve_h2(shared, conn, io, prefix, client)).await,
            Protocol::H1 => match Box::pin(serve_h1(shared, conn, io, prefix, client)).await {
                // Copied, because even an empty rest keeps the whole read buffer alive.
                H1End::Parked(parked, unread) => {
                    (io, prefix) = (parked, Bytes::copy_from_slice(&unread));
                }
                H1End::Over(io) => return Box::pin(farewell(io)).await,
            },
        }
    }
}

/// Waits for something that an order to drain may interrupt: then `None`.
async fn unless_draining<T>(conn: &Conn, awaited: impl Future<Output = T>) -> Option<T> {
    let mut awaited = Box::pin(awaited);
    poll_fn(|cx| {
        conn.wake_with(cx.waker());
        if conn.order() == Order::Drain {
            return Poll::Ready(None);
        }
        awaited.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Waits for the first bytes with no buffer but a few bytes of stack. `None`: it is over.
fn poll_first_bytes<I: Socket>(
    conn: &Conn,
    io: &mut I,
    cx: &mut Context<'_>,
) -> Poll<Option<Bytes>> {
    conn.wake_with(cx.waker());
    match conn.order() {
        Order::Drain => return Poll::Ready(None),
        Order::Park => conn.park_done(),
        Order::None => {}
    }
    let mut bytes = [0; H2_PREFACE.len()];
    let mut buf = ReadBuf::new(&mut bytes);
    match ready!(Pin::new(io).poll_read(cx, &mut buf)) {
        Ok(()) if !buf.filled().is_empty() => {
            conn.bytes_read();
            Poll::Ready(Some(Bytes::copy_from_slice(buf.filled())))
        }
        _gone => Poll::Ready(None),
    }
}

/// Reads until the first bytes can only be one of the protocols.
async fn choose<I: Socket>(conn: &Conn, io: &mut I, prefix: &mut Bytes) -> io::Result<Protocol> {
    loop {
        let bytes = prefix.len().min(H2_PREFACE.len());
        if prefix[..bytes] != H2_PREFACE[..bytes] {
            return Ok(Protocol::H1);
        }
        if bytes == H2_PREFACE.len() {
            return Ok(Protocol::H2);
        }
        let mut more = [0; H2_PREFACE.len()];
        let read = io.read(&mut more[bytes..]).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        conn.bytes_read();
        more[..bytes].copy_from_slice(prefix);
        *prefix = Bytes::copy_from_slice(&more[..bytes + read]);
    }
}

async fn serve_h1<S: Service, I: Socket>(
    shared: &Arc<Shared<S>>,
    conn: &Arc<Conn>,
    io: I,
    prefix: Bytes,
    client: Client,
) -> H1End<I> {
    let protocols = &shared.protocols;
    let watched = Watched::new(io, prefix, Arc::clone(conn), protocols.write_bytes_min);
    let dispatch = Dispatch {
        shared: Arc::clone(shared),
        conn: Arc::clone(conn),
        client,
    };
    // Boxed so that a parked connection does not keep the room for it.
    let mut connection = Box::new(protocols.h1.serve_connection(watched, dispatch));
    let mut draining = false;
    let over = poll_fn(|cx| {
        conn.wake_with(cx.waker());
        let order = conn.order();
        if order == Order::Drain && !draining {
            draining = true;
            Pin::new(&mut *connection).graceful_shutdown();
        }
        if let Poll::Ready(done) = connection.poll_without_shutdown(cx) {
            if let Err(error) = done {
                tracing::debug!(peer = %client.peer, %error, "a connection ended early");
            }
            return Poll::Ready(true);
        }
        if order == Order::Park {
            conn.park_done();
            if conn.is_at_rest() {
                return Poll::Ready(false);
            }
        }
        Poll::Pending
    })
    .await;
    let parts = connection.into_parts();
    let (mut io, withheld) = parts.io.into_inner();
    if let Some(withheld) = withheld {
        let service = shared.service.as_ref();
        let said = last_word::say(service, &client, &mut io, &withheld, &parts.read_buf);
        Box::pin(said).await;
    }
    if over {
        H1End::Over(io)
    } else {
        H1End::Parked(io, parts.read_buf)
    }
}

async fn serve_h2<S: Service, I: Socket>(
    shared: &Arc<Shared<S>>,
    conn: &Arc<Conn>,
    io: I,
    prefix: Bytes,
    client: Client,
) {
    let protocols = &shared.protocols;
    conn.set_parked(true);
    let watched = Watched::new(io, prefix, Arc::clone(conn), protocols.write_bytes_min);
    let dispatch = Dispatch {
        shared: Arc::clone(shared),
        conn: Arc::clone(conn),
        client,
    };
    let mut connection = Box::pin(protocols.h2.serve_connection(watched, dispatch));
    let mut draining = false;
    let done = poll_fn(|cx| {
        conn.wake_with(cx.waker());
        if conn.order() == Order::Drain && !draining {
            draining = true;
            connection.as_mut().graceful_shutdown();
        }
        let polled = connection.as_mut().poll(cx);
        // Frames between requests are no head: the idle timeout is for them.
        conn.head_done();
        polled
    })
    .await;
    if let Err(error) = done {
        tracing::debug!(peer = %client.peer, %error, "an HTTP/2 connection ended early");
    }
}

/// Closes our side and reads on for a moment: closing with unread bytes would make the kernel
/// throw away an answer that the client has not read yet.
async fn farewell<I: Socket>(mut io: I) {
    let said = async {
        io.shutdown().await?;
        tokio::io::copy(&mut io.take(FAREWELL_BYTES_MAX), &mut tokio::io::sink()).await
    };
    let _heard = Box::pin(tokio::time::timeout(
        Duration::from_millis(FAREWELL_MS_MAX),
        said,
    ))
    .await;
}
