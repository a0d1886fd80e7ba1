//! Tests of the real process: crashes, damage, every command, TLS.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod cli;
mod crash;
mod damage;
mod help;
mod http;
mod judge;
mod keys;
mod known;
mod load;
mod operate;
mod process;
mod random;
mod repair;
mod tls;
