//! The client against real servers on real sockets. What a test calls k6's was seen with k6 2.2.0
//! against the same kind of server.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod batches;
mod connections;
mod cookies;
mod failures;
mod floods;
mod proofs;
mod redirects;
mod secure;
mod server;
mod sockets;
mod wire;
