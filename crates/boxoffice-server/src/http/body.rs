//! The body of a response: one buffer that is never copied, or a bounded stream of buffers.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{mpsc, watch};

use super::conn::ActiveRequest;

/// A response's body.
#[derive(Debug)]
pub enum Body {
    /// All of it, sent with `Content-Length`. Clones of the same buffer share their memory.
    Full(Bytes),
    /// Whatever its sender sends, until it is dropped.
    Stream(Box<BodyStream>),
}

/// The receiving end of a streamed body.
pub struct BodyStream {
    chunks: mpsc::Receiver<Bytes>,
    /// Resolves when the server drains: an open-ended stream ends then and its client resumes
    /// elsewhere or later.
    drained: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Keeps the connection busy until the stream has ended.
    _active: Option<ActiveRequest>,
}

/// The sending end of a streamed body.
#[derive(Debug, Clone)]
pub struct BodySender {
    chunks: mpsc::Sender<Bytes>,
}

impl Body {
    /// A body of no bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    /// A stream that holds at most `chunks_max` chunks (at least 1) that its client has not taken.
    ///
    /// It ends when every sender is dropped, or when the server drains.
    #[must_use]
    pub fn channel(chunks_max: usize) -> (BodySender, Self) {
        let (sender, chunks) = mpsc::channel(chunks_max.max(1));
        let stream = BodyStream {
            chunks,
            drained: None,
            _active: None,
        };
        (
            BodySender { chunks: sender },
            Self::Stream(Box::new(stream)),
        )
    }

    /// Ties a stream to its connection: busy while it lasts, over when the server drains.
    pub(super) fn attach(&mut self, active: ActiveRequest, mut draining: watch::Receiver<bool>) {
        if let Self::Stream(stream) = self {
            stream._active = Some(active);
            stream.drained = Some(Box::pin(async move {
                // An error means that the server is gone, which ends the stream as well.
                let _ended = draining.wait_for(|draining| *draining).await.is_err();
            }));
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Full(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Full(bytes.into())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Full(text.into())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Full(Bytes::from_static(text.as_bytes()))
    }
}

impl BodySender {
    /// Sends a chunk when there is room. Returns false when the client has left or the server
    /// drains: stop then.
    pub async fn send(&self, chunk: Bytes) -> bool {
        self.chunks.send(chunk).await.is_ok()
    }

    /// Sends a chunk if there is room now. Returns the chunk when there is none or nobody listens.
    ///
    /// # Errors
    /// The chunk that was not taken; `is_closed` tells why.
    pub fn try_send(&self, chunk: Bytes) -> Result<(), Bytes> {
        self.chunks
            .try_send(chunk)
            .map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(chunk)
                | mpsc::error::TrySendError::Closed(chunk) => chunk,
            })
    }

    /// Whether nobody listens any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.chunks.is_closed()
    }

    /// Waits until nobody listens any more.
    pub async fn closed(&self) {
        self.chunks.closed().await;
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Stream(stream) => {
                if let Some(drained) = &mut stream.drained
                    && drained.as_mut().poll(cx).is_ready()
                {
                    stream.drained = None;
                    stream.chunks.close();
                }
                stream
                    .chunks
                    .poll_recv(cx)
                    .map(|chunk| chunk.map(|chunk| Ok(Frame::data(chunk))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Full(bytes) => bytes.is_empty(),
            Self::Stream(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream")
            .field("chunks", &self.chunks)
            .finish_non_exhaustive()
    }
}
