//! The writer of a house: batches commands, makes their events durable, and only then answers.
//!
//! Invariants: one writer owns the state; a reply, a refusal included, leaves only when everything
//! that it rests on is durable; after a failed or unknown commit nothing is acknowledged any more.
//! Never: HTTP, wire formats, retries of a commit.

mod clock;
mod commit;
pub mod core;
pub mod feed;
mod keeper;
pub mod layouts;
pub mod mailbox;
pub mod read_mostly;
pub mod recovery;
pub mod request;
pub mod run;
pub mod snapshots;
pub mod watch;
