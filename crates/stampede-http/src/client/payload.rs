//! The body of a request on its way out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// Bytes of a known length, or an empty body that is announced as chunked: that is what Go sends
/// for a POST with an empty body, which differs from one with none.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    bytes: Option<Bytes>,
    is_chunked: bool,
}

impl Payload {
    pub(super) fn new(bytes: Option<Bytes>) -> Self {
        Self {
            bytes: bytes.filter(|bytes| !bytes.is_empty()),
            is_chunked: false,
        }
    }

    pub(super) fn empty_chunked() -> Self {
        Self {
            bytes: None,
            is_chunked: true,
        }
    }
}

impl Body for Payload {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.is_chunked = false;
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && !self.is_chunked
    }

    fn size_hint(&self) -> SizeHint {
        if self.is_chunked {
            return SizeHint::new();
        }
        let bytes = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(bytes).unwrap_or(u64::MAX))
    }
}
