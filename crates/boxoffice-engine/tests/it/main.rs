//! What the engine promises: one row for every reply of every command, properties over random
//! commands, and the stored forms.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets a surprise shall fail"
)]

mod codec;
mod full;
mod house;
mod language;
mod random;
mod render;
mod snapshots;
mod tables;
