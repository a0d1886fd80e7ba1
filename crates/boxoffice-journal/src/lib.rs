//! The journal of a house: an ordered, durable, hash-chained list of entries.
//!
//! An entry is opaque bytes here. Its [`Position`] is its number, counted from 1, and its [`Hash`]
//! covers its bytes and the hash of its predecessor, so that nothing can be changed, dropped or
//! moved without being noticed by whoever reads on.
//!
//! # What is verified when
//!
//! | moment | what is checked |
//! | --- | --- |
//! | [`sqlite::SqliteJournal::open`] | the directory lock; the tail mark; every listed snapshot, whole; the hash of the entry that the newest snapshot and the mark name; all entries after the newest snapshot (all entries of a journal file up to [`sqlite::OpenOptions::verify_all_bytes_max`]). Only then may SQLite recover or write anything. |
//! | [`Journal::append`] | the expected tail, in memory and again inside the database |
//! | [`Reader::read`] | the hash of each entry and its link to its predecessor |
//! | [`snapshot::SnapshotStore::latest`] | header and payload of that snapshot against its hash and against the manifest |
//! | [`verify::verify`], [`backup::backup`] | everything that they read or copy |
//!
//! Invariants:
//! * What `append` acknowledged is on stable storage, and the tail mark names it or a successor
//!   (within 100 ms on stable storage itself, at once in strict mode).
//! * After a failed or uncertain append a handle never writes again; no sync is ever repeated.
//! * A start that refuses changes no byte of the directory.
//!
//! Never: seats, money, wire formats, clocks that decide anything.
#![warn(
    clippy::wildcard_enum_match_arm,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::float_arithmetic
)]

pub mod backup;
mod chain;
pub mod conformance;
mod error;
mod files;
mod journal;
pub mod loss;
mod mark;
pub mod memory;
pub mod snapshot;
mod source;
pub mod sqlite;
pub mod verify;

pub use chain::{ENTRY_VERSION, Entry, Hash, PAYLOAD_BYTES_MAX, Position, Tail, entry_hash};
pub use error::{AppendError, Cause, ReadError};
pub use files::{HouseInUse, StorageError};
pub use journal::{Journal, OpenReader, Reader, Stat};
