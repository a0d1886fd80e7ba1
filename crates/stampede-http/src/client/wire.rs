//! A connection's bytes: counted where they leave the machine, timed where the request meets them.
//!
//! Invariants: bytes are those of TCP, so that TLS and its handshake count; instants are those of
//! the message inside, so that a ticket of TLS is not taken for a response.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf, Take};
use tokio::net::TcpStream;
use tokio::task::coop;
use tokio_rustls::client::TlsStream;

use crate::limits::{READ_BYTES_MAX, READ_BYTES_PER_UNIT};

/// Bytes of one connection or of one client. Only one thread writes; the atomics make futures
/// `Send`, which HTTP/2 needs.
#[derive(Debug, Default)]
pub(super) struct Counter {
    pub(super) sent: AtomicU64,
    pub(super) received: AtomicU64,
}

impl Counter {
    fn sent(&self, bytes: u64) {
        add(&self.sent, bytes);
    }

    fn received(&self, bytes: u64) {
        add(&self.received, bytes);
    }

    /// The bytes written since the last call.
    pub(super) fn take_sent(&self) -> u64 {
        take(&self.sent)
    }

    /// The bytes read since the last call.
    pub(super) fn take_received(&self) -> u64 {
        take(&self.received)
    }
}

/// Adds without the bus lock of `fetch_add`, which only several writers would need.
fn add(count: &AtomicU64, bytes: u64) {
    count.store(count.load(Relaxed) + bytes, Relaxed);
}

fn take(count: &AtomicU64) -> u64 {
    let taken = count.load(Relaxed);
    count.store(0, Relaxed);
    taken
}

/// What is known of one connection.
#[derive(Debug)]
pub(super) struct WireStats {
    pub(super) bytes: Counter,
    client: Arc<Counter>,
    opened: Instant,
    /// Nanoseconds since `opened` of the last write before the first read; 0 for none.
    written_ns: AtomicU64,
    /// Nanoseconds since `opened` of the first read; 0 for none.
    read_ns: AtomicU64,
}

impl WireStats {
    pub(super) fn new(client: Arc<Counter>) -> Self {
        Self {
            bytes: Counter::default(),
            client,
            opened: Instant::now(),
            written_ns: AtomicU64::new(0),
            read_ns: AtomicU64::new(0),
        }
    }

    /// Forgets the instants of the message before.
    pub(super) fn arm(&self) {
        self.written_ns.store(0, Relaxed);
        self.read_ns.store(0, Relaxed);
    }

    /// When the last byte was written before the first was read.
    pub(super) fn written_at(&self) -> Option<Instant> {
        self.instant(&self.written_ns)
    }

    /// When the first byte was read.
    pub(super) fn read_at(&self) -> Option<Instant> {
        self.instant(&self.read_ns)
    }

    fn instant(&self, since: &AtomicU64) -> Option<Instant> {
        match since.load(Relaxed) {
            0 => None,
            since_ns => Some(self.opened + Duration::from_nanos(since_ns)),
        }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_nanos())
            .unwrap_or(u64::MAX)
            .max(1)
    }

    fn note_write(&self) {
        if self.read_ns.load(Relaxed) == 0 {
            self.written_ns.store(self.now_ns(), Relaxed);
        }
    }

    fn note_read(&self) {
        if self.read_ns.load(Relaxed) == 0 {
            self.read_ns.store(self.now_ns(), Relaxed);
        }
    }

    fn count_sent(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(0);
        self.bytes.sent(bytes);
        self.client.sent(bytes);
    }

    fn count_received(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(0);
        self.bytes.received(bytes);
        self.client.received(bytes);
    }
}

/// TCP with its bytes counted, and read in turns.
#[derive(Debug)]
pub(super) struct Counted {
    /// Its limit is that of one read.
    tcp: Take<TcpStream>,
    pub(super) stats: Arc<WireStats>,
}

impl Counted {
    pub(super) fn new(tcp: TcpStream, stats: Arc<WireStats>) -> Self {
        let tcp = tcp.take(0);
        Self { tcp, stats }
    }

    fn tcp(&mut self) -> Pin<&mut TcpStream> {
        Pin::new(self.tcp.get_mut())
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        self.tcp.set_limit(READ_BYTES_MAX as u64);
        let polled = Pin::new(&mut self.tcp).poll_read(cx, buf);
        let bytes = buf.filled().len() - before;
        self.stats.count_received(bytes);
        charge(cx, bytes / READ_BYTES_PER_UNIT);
        polled
    }
}

/// Takes from the budget that the task has for its turn. Tokio itself takes a unit per read however
/// long that is; a server that floods us would have all turns of a thread, and its timers none.
fn charge(cx: &mut Context<'_>, units: usize) {
    for _ in 0..units {
        match coop::poll_proceed(cx) {
            Poll::Ready(taken) => taken.made_progress(),
            Poll::Pending => return,
        }
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = self.tcp().poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = polled {
            self.stats.count_sent(bytes);
        }
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = self.tcp().poll_write_vectored(cx, bufs);
        if let Poll::Ready(Ok(bytes)) = polled {
            self.stats.count_sent(bytes);
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // TCP has no buffer of ours to flush.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp().poll_shutdown(cx)
    }
}

/// A connection as HTTP sees it.
#[derive(Debug)]
pub(super) enum Wire {
    Plain(Counted),
    Tls(Box<TlsStream<Counted>>),
}

impl Wire {
    pub(super) fn stats(&self) -> &Arc<WireStats> {
        match self {
            Self::Plain(counted) => &counted.stats,
            Self::Tls(stream) => &stream.get_ref().0.stats,
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let wire = self.get_mut();
        let polled = match wire {
            Self::Plain(counted) => Pin::new(counted).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        };
        if buf.filled().len() > before {
            wire.stats().note_read();
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let polled = match wire {
            Self::Plain(counted) => Pin::new(counted).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        };
        if matches!(polled, Poll::Ready(Ok(_))) {
            wire.stats().note_write();
        }
        polled
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let polled = match wire {
            Self::Plain(counted) => Pin::new(counted).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        };
        if matches!(polled, Poll::Ready(Ok(_))) {
            wire.stats().note_write();
        }
        polled
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(counted) => Pin::new(counted).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(counted) => Pin::new(counted).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
