//! A socket that notes when its client keeps us waiting, and that can give back bytes already read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::conn::Conn;

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
}

impl<I: Socket> Watched<I> {
    pub(super) fn new(io: I, prefix: Bytes, conn: Arc<Conn>, write_bytes_min: u64) -> Self {
        Self {
            io: TokioIo::new(io),
            prefix,
            conn,
            write_bytes_min,
        }
    }

    pub(super) fn into_inner(self) -> I {
        self.io.into_inner()
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
        let this = self.get_mut();
        let wrote = Pin::new(&mut this.io).poll_write(cx, buf);
        this.note_write(&wrote);
        wrote
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
        let wrote = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        this.note_write(&wrote);
        wrote
    }
}
