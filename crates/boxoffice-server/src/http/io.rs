//! A socket that notes when its client keeps us waiting, that can give back bytes already read, and
//! that keeps back what the protocol answers without asking.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::conn::Conn;
use super::last_word::{Withheld, withhold};

/// A socket, plain or encrypted.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for T {}

/// The socket as the protocol sees it.
#[derive(Debug)]
pub(super) struct Watched<I> {
    io: TokioIo<I>,
    /// Bytes that were read before the protocol started.
    prefix: Bytes,
    conn: Arc<Conn>,
    write_bytes_min: u64,
    withheld: Option<Withheld>,
}

impl<I: Socket> Watched<I> {
    pub(super) fn new(io: I, prefix: Bytes, conn: Arc<Conn>, write_bytes_min: u64) -> Self {
        Self {
            io: TokioIo::new(io),
            prefix,
            conn,
            write_bytes_min,
            withheld: None,
        }
    }

    /// The socket, and what was kept back of the protocol's last answer.
    pub(super) fn into_inner(self) -> (I, Option<Withheld>) {
        (self.io.into_inner(), self.withheld)
    }

    /// Writes what is to be written, and takes an answer that nobody of ours wrote for written.
    fn write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut bytes = bytes;
        if let Some((at, withheld)) = withhold(bytes).filter(|_| !self.conn.is_at_work()) {
            if at == 0 {
                self.withheld = Some(withheld);
                return Poll::Ready(Ok(bytes.len()));
            }
            bytes = &bytes[..at];
        }
        let wrote = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.note_write(&wrote);
        wrote
    }

    fn note_write(&self, wrote: &Poll<io::Result<usize>>) {
        match wrote {
            Poll::Ready(Ok(bytes)) => self.conn.wrote(*bytes, self.write_bytes_min),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.conn.write_blocked(),
        }
    }
}

impl<I: Socket> Read for Watched<I> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.prefix.is_empty() {
            let bytes = this.prefix.len().min(buf.remaining());
            buf.put_slice(&this.prefix[..bytes]);
            this.prefix.advance(bytes);
            return Poll::Ready(Ok(()));
        }
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        this.conn.bytes_read();
        Poll::Ready(Ok(()))
    }
}

impl<I: Socket> Write for Watched<I> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        match flushed {
            Poll::Ready(_) => this.conn.write_unblocked(),
            Poll::Pending => this.conn.write_blocked(),
        }
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut filled = bufs.iter().filter(|buf| !buf.is_empty());
        if let (Some(only), None) = (filled.next(), filled.next()) {
            return this.write(cx, only);
        }
        let wrote = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.note_write(&wrote);
        wrote
    }
}
