//! The writer: what waits for what, what is told to whom, and what a restart brings back.

mod core;
mod house;
mod mailbox;
mod recovery;
mod threads;
