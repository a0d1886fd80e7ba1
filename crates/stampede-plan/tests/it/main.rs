//! Tests of the whole crate: against what k6 2.2.0 was seen to do, and what it says to people.

mod environment;
mod inspect;
mod problems;
mod runs;
