//! The HTTP core: sockets, protocols, limits and timeouts, with the routes behind one trait.
//!
//! Invariants:
//! * Every wait on a client ends by a named timeout, and every buffer for one is bounded.
//! * Large bodies share one budget of memory; without room for a body the answer is a 503.
//! * A handler that was started runs to its end, also when its client has left.
//! * A panic in a handler costs its own request (500) and nothing else.
//! * At `connections_max` the connection that has waited longest for its client is closed; a new
//!   one is never refused.
//!
//! Never: know a route, a JSON shape or a command.
//!
//! Who is the client: the peer of the socket. Behind a proxy, and only if the peer's address is in
//! `HttpOptions::trusted_proxies`, it is the last address of `X-Forwarded-For` that is not itself
//! trusted, and `X-Forwarded-Proto: https` counts as TLS. From anybody else those headers are
//! ignored, and `X-Forwarded-Host` is ignored always: a proxy passes `Host` on.

mod accept;
mod body;
mod conn;
mod connection;
mod exchange;
mod forwarded;
mod intake;
mod io;
mod last_word;
mod options;
mod server;
mod service;
mod sweep;
mod target;
mod tls;

pub use body::{Body, BodySender, BodyStream};
pub use options::{HttpOptions, TlsOptions};
pub use server::{BindFailed, Bound, HttpStats, ServeFailed, bind};
pub use service::{Head, Rejection, Request, Response, Service};
pub use target::{TargetMalformed, decode_component, path_segments};
pub use tls::TlsFailed;
