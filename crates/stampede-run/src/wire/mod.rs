//! HTTP/1.1 from the client's side, as bytes: what a load generator needs and nothing else.
//!
//! Requests are written as bytes that the caller prepared, so that nothing but the system call
//! lies between "now" and the first byte; responses are parsed with httparse.
//!
//! Never: retries, follows a redirect, or hides a failure. Whoever calls decides about those.

mod connection;
mod parser;
mod request;
mod target;
mod tls;

pub use connection::{Answer, Connection, Failure, FailureKind, OpenError};
pub use parser::{BODY_KEPT_BYTES_MAX, HEAD_BYTES_MAX, ParseError, Parser};
pub use request::RequestBuffer;
pub use target::{Target, TargetError, Url};
pub use tls::{Tls, TlsError, Trust};
