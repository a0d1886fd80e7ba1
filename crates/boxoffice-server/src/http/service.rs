//! The seam between the HTTP core and the routes: requests in, responses out, refusals in between.
//!
//! Never: block. `handle` runs on a thread that serves other connections too.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use http::header::HeaderName;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::auth::Principal;
use crate::http::Body;

/// A response of a route.
pub type Response = http::Response<Body>;

/// A request whose body has arrived completely.
#[derive(Debug)]
pub struct Request {
    /// The method; extension methods arrive too and are the routes' to refuse.
    pub method: Method,
    /// The target. Its path starts with `/` (or is `*` for `OPTIONS`), has no dot segments and
    /// only well-formed percent escapes.
    pub uri: Uri,
    /// The headers; those that must be unique are.
    pub headers: HeaderMap,
    /// The body, at most `Service::body_bytes_max` bytes.
    pub body: Bytes,
    /// The client's address, behind a trusted proxy the one that the proxy names.
    pub peer: SocketAddr,
    /// The address that the client connected to.
    pub local: SocketAddr,
    /// Whether the client's connection is encrypted.
    pub tls: bool,
    /// When the head had been read.
    pub received: Instant,
    /// Who asks, as `Service::screen` found.
    pub principal: Principal,
}

/// A request's head, before its body has been read.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// As in `Request`.
    pub peer: SocketAddr,
    /// As in `Request`.
    pub local: SocketAddr,
    /// As in `Request`.
    pub tls: bool,
}

/// Why the core answers a request without the route's handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The head is not HTTP. What is known of it is guessed, and it has no headers.
    HeadMalformed,
    /// The head has more bytes or more headers than are taken. Its headers are not known.
    HeadTooLarge,
    /// The target is not a path, or has dot segments or malformed percent escapes.
    TargetMalformed,
    /// HTTP/1.1 without `Host`.
    HostMissing,
    /// A header that must be unique is there more than once.
    HeaderRepeated {
        /// Which header.
        name: HeaderName,
    },
    /// The body is larger than its route allows.
    BodyTooLarge {
        /// The route's limit.
        bytes_max: usize,
    },
    /// So many large bodies are on their way in that there is no memory for this one.
    BodiesFull,
    /// The body did not arrive in time.
    BodyTimeout {
        /// The limit that passed.
        timeout_ms: u64,
    },
    /// The handler panicked. What it had already sent to the writer may have happened.
    Internal,
}

impl Rejection {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::HeadMalformed
            | Self::TargetMalformed
            | Self::HostMissing
            | Self::HeaderRepeated { .. } => StatusCode::BAD_REQUEST,
            Self::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodiesFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// What answers requests.
///
/// The order of calls for one request: `screen`, `body_bytes_max`, then `handle` when the body is
/// there; `reject` instead of whatever has not happened yet.
pub trait Service: Send + Sync + 'static {
    /// Decides on the head alone who asks, before a byte of the body is kept. An `Err` is the
    /// answer: a key that is missing, a host that is not ours, a preflight.
    ///
    /// # Errors
    /// The finished answer to a request that goes no further.
    fn screen(&self, head: &Head<'_>) -> Result<Principal, Box<Response>>;

    /// How large a body this route takes, in bytes.
    fn body_bytes_max(&self, method: &Method, path: &str) -> usize;

    /// Answers a request. The future runs to its end even if the client leaves meanwhile.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;

    /// The calling thread has answered all that has arrived on its connections, and is about to
    /// sleep. Must not block.
    fn idle(&self) {}

    /// Answers for the core, in the route's own error shape. For `Rejection::Internal` the head's
    /// only header is `Origin`, if the request had one.
    fn reject(&self, head: &Head<'_>, rejection: Rejection) -> Response;
}
