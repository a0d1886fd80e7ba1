//! The writer: what waits for what, what is told to whom, and what a restart brings back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall fail")]

mod core;
mod house;
mod mailbox;
mod recovery;
mod threads;
