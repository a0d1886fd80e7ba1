//! The deciding half of a house: what may happen, and what the house is after it happened.
//!
//! Invariants: numbered in [`invariants`]. Same state and same command at the same moment give
//! the same reply and the same events, byte for byte.
//! Never: IO, clocks, random numbers, threads, async, wire formats.

#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic
)]
#![cfg_attr(
    test,
    expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a test that goes out of range shall fail"
    )
)]

pub mod apply;
pub mod codec;
pub mod command;
pub mod decide;
pub mod event;
pub mod ids;
pub mod invariants;
pub mod layout;
pub mod limits;
pub mod money;
pub mod names;
pub mod outline;
pub mod reply;
pub mod snapshot;
pub mod spec;
pub mod state;
#[cfg(test)]
mod testing;
pub mod time;
