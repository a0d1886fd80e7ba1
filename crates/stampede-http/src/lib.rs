//! The HTTP client of one virtual user, with every phase of every request measured.
//!
//! An [`Environment`] holds what all virtual users share: compiled options, certificates, resolved
//! names, the rate limit. A [`Client`] holds what one user owns: its connections. A [`Request`] is
//! always answered by a [`Response`]: what went wrong is in [`Response::error`], with the numbers
//! that k6 publishes for it. Redirects and digest challenges are hops of their own, and each is
//! shown to the caller, because each is a request that the server had to serve.
//!
//! Invariants: a connection belongs to one client; no queue, buffer or wait is without a limit
//! from [`limits`]; a server cannot make a call here panic, hang beyond the timeout or grow memory
//! beyond the limits.
//!
//! Never: knows scripts, metrics or thresholds. Callers read figures off the responses.

mod auth;
mod client;
pub mod code;
mod compression;
mod cookie;
mod debug;
mod dns;
mod environment;
mod error;
mod headers;
pub mod limits;
mod meter;
mod options;
mod rate;
mod request;
mod response;
mod rules;
mod tls;
mod url;

pub use client::{Client, Job, Message, Socket, Traffic};
pub use compression::Encoding;
pub use cookie::{Cookie, CookieJar};
pub use debug::{DebugHook, Dump};
pub use environment::{Environment, OptionError};
pub use error::{HttpError, Stage};
pub use headers::{Headers, canonical_name};
pub use options::{
    ClientCertificate, ClientOptions, DnsOptions, DnsPolicy, DnsSelect, TlsOptions, TlsVersion,
};
pub use request::{Auth, BodyKind, Request, RequestCookie};
pub use response::{Proto, Response, Timings, TlsInfo};
pub use tls::{TlsError, Trust, trusting};
pub use url::{Url, UrlError};
