//! Tests of the real process: crashes, damage, every command, TLS.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod crash;
mod damage;
mod http;
mod judge;
mod known;
mod load;
mod operate;
mod process;
mod random;
