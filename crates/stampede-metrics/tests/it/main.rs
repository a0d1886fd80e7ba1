//! Whole runs through the public API.

#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its helpers do too"
)]

mod outputs;
mod recording;
mod replay;
mod summaries;
mod thresholds;
