//! Races, crowds and loads against a real server on loopback, whose bugs can be switched on.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod crowd;
mod load;
mod race;
mod server;
mod tls;
mod unwon;
