//! One keep-alive connection: sends prepared bytes, reads one answer, counts both.
//!
//! Invariants:
//! * `sent_bytes` and `received_bytes` count what went through this connection (inside TLS).
//! * After a failure or a `Connection: close` the connection says so and must not be used again.
//! * A failure knows whether any byte of the request left: if none did, nothing can have happened.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustls_pki_types::ServerName;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::parser::Parser;
use super::target::Target;

/// Room for one read; larger answers take several.
const READ_BYTES: usize = 16 * 1024;

/// Why a connection could not be opened.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The server did not accept a TCP connection.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// Where to.
        address: std::net::SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The TLS handshake failed.
    #[error("the TLS handshake with {host} failed: {source}")]
    Handshake {
        /// Whose certificate was expected.
        host: String,
        /// What failed.
        source: io::Error,
    },
    /// The server took too long.
    #[error("{address} did not accept a connection within {seconds} s")]
    Timeout {
        /// Where to.
        address: std::net::SocketAddr,
        /// The limit in seconds.
        seconds: u64,
    },
}

/// What went wrong with a request that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No complete answer before the deadline.
    Timeout,
    /// The connection ended before the answer was complete.
    Closed,
    /// The connection was reset, or another error of the network.
    Broken,
    /// The bytes that came were not HTTP/1.1.
    NotHttp,
}

impl FailureKind {
    /// What happened, for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            FailureKind::Timeout => "no answer before the timeout",
            FailureKind::Closed => "the connection was closed before the answer was complete",
            FailureKind::Broken => "the connection was reset",
            FailureKind::NotHttp => "the answer was not HTTP/1.1",
        }
    }
}

/// A request that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// Whether any byte of the request left; if not, it cannot have had an effect.
    pub request_left: bool,
}

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// `Retry-After` in seconds, if given so.
    pub retry_after_seconds: Option<u64>,
    /// The body, cut at 4 MiB.
    pub body: Vec<u8>,
}

/// One connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: Stream,
    input: Vec<u8>,
    parser: Parser,
    usable: bool,
    sent_bytes: u64,
    received_bytes: u64,
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Connection {
    /// Opens a connection, handshake included, within `timeout`.
    ///
    /// # Errors
    /// When the server refuses, does not answer in time, or its certificate is not trusted.
    pub async fn open(target: &Target, timeout: Duration) -> Result<Connection, OpenError> {
        match tokio::time::timeout(timeout, Connection::open_untimed(target)).await {
            Ok(opened) => opened,
            Err(_) => Err(OpenError::Timeout {
                address: target.address(),
                seconds: timeout.as_secs().max(1),
            }),
        }
    }

    async fn open_untimed(target: &Target) -> Result<Connection, OpenError> {
        let connect_error = |source| OpenError::Connect {
            address: target.address(),
            source,
        };
        let tcp = TcpStream::connect(target.address())
            .await
            .map_err(connect_error)?;
        tcp.set_nodelay(true).map_err(connect_error)?;
        let stream = match target.tls() {
            None => Stream::Plain(tcp),
            Some(tls) => {
                let handshake_error = |source| OpenError::Handshake {
                    host: target.host().to_owned(),
                    source,
                };
                let name = ServerName::try_from(target.host().to_owned())
                    .map_err(|error| handshake_error(io::Error::other(error)))?;
                let stream = tls
                    .connector()
                    .connect(name, tcp)
                    .await
                    .map_err(handshake_error)?;
                Stream::Tls(Box::new(stream))
            }
        };
        Ok(Connection {
            stream,
            input: Vec::with_capacity(READ_BYTES),
            parser: Parser::new(),
            usable: true,
            sent_bytes: 0,
            received_bytes: 0,
        })
    }

    /// Whether another request may be sent.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Whether the server closed this idle connection, or said something unasked. A request sent on
    /// such a connection would be lost without ever having been read.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        let tcp = match &self.stream {
            Stream::Plain(stream) => stream,
            // A TLS session may hold records that are no answer (tickets), so bytes mean nothing.
            Stream::Tls(_) => return false,
        };
        let read = tcp.try_read(&mut [0_u8; 1]);
        !matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Bytes of requests written so far.
    #[must_use]
    pub fn sent_bytes(&self) -> u64 {
        self.sent_bytes
    }

    /// Bytes of answers read so far.
    #[must_use]
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    /// Sends `request` and reads the answer, both before `deadline`.
    ///
    /// # Errors
    /// When no complete answer arrived. The connection is then not usable any more.
    pub async fn exchange(
        &mut self,
        request: &[u8],
        request_is_head: bool,
        deadline: Instant,
    ) -> Result<Answer, Failure> {
        let sent_before = self.sent_bytes;
        let result = tokio::time::timeout_at(
            deadline.into(),
            self.exchange_untimed(request, request_is_head),
        )
        .await;
        let kind = match result {
            Ok(Ok(())) => {
                return Ok(Answer {
                    status: self.parser.status(),
                    retry_after_seconds: self.parser.retry_after_seconds(),
                    body: self.parser.take_body(),
                });
            }
            Ok(Err(kind)) => kind,
            Err(_) => FailureKind::Timeout,
        };
        self.usable = false;
        Err(Failure {
            kind,
            request_left: self.sent_bytes > sent_before,
        })
    }

    /// Like [`Connection::exchange`], but without a deadline and without copying the body out; the
    /// status is returned and [`Connection::body`] shows the body until the next exchange.
    ///
    /// # Errors
    /// When no complete answer arrived.
    pub async fn exchange_in_place(
        &mut self,
        request: &[u8],
        request_is_head: bool,
    ) -> Result<u16, FailureKind> {
        match self.exchange_untimed(request, request_is_head).await {
            Ok(()) => Ok(self.parser.status()),
            Err(kind) => {
                self.usable = false;
                Err(kind)
            }
        }
    }

    /// The body of the last answer, unless [`Connection::exchange`] handed it over.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        self.parser.body()
    }

    async fn exchange_untimed(
        &mut self,
        request: &[u8],
        request_is_head: bool,
    ) -> Result<(), FailureKind> {
        self.parser.begin(request_is_head);
        self.input.clear();
        let written = self.write(request).await;
        // A server may answer and close before it has read everything, for instance with 413: the
        // answer counts, not the failed write.
        self.read_answer().await?;
        self.usable &= written.is_ok();
        Ok(())
    }

    async fn write(&mut self, request: &[u8]) -> io::Result<()> {
        let mut left = request;
        while !left.is_empty() {
            let n_written = self.stream.write(left).await?;
            if n_written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.sent_bytes += n_written as u64;
            left = &left[n_written..];
        }
        self.stream.flush().await
    }

    async fn read_answer(&mut self) -> Result<(), FailureKind> {
        loop {
            let n_read = match self.stream.read_buf(&mut self.input).await {
                Ok(n_read) => n_read,
                // Without close_notify the end of a TLS stream is an error of this kind.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
                Err(_) => return Err(FailureKind::Broken),
            };
            self.received_bytes += n_read as u64;
            if n_read == 0 {
                self.usable = false;
                let complete = self.parser.end_of_stream();
                return if complete {
                    Ok(())
                } else {
                    Err(FailureKind::Closed)
                };
            }
            let n_used = self
                .parser
                .advance(&self.input)
                .map_err(|_| FailureKind::NotHttp)?;
            if n_used == self.input.len() {
                self.input.clear();
            } else {
                self.input.drain(..n_used);
            }
            if self.parser.is_done() {
                // Bytes that nobody asked for make every later answer doubtful.
                self.usable = !self.parser.closes() && self.input.is_empty();
                return Ok(());
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Stream::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
