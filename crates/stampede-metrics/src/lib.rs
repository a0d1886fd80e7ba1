//! Latency recording in constant memory, its percentiles, and how figures are written for people.
//!
//! Never: knows HTTP, a clock or a terminal. Callers measure; this crate counts and formats.

mod latency;
pub mod units;

pub use latency::{EXACT_VALUES_MAX, LATENCY_NS_MAX, Latency, Summary};
