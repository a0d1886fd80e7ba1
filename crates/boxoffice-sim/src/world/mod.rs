//! The simulated world: one loop over virtual time in which clients, network, machine and faults
//! take their turns.
//!
//! Invariants: everything that happens follows from the seed, the faults and the bug alone.

mod bugs;
mod client;
mod disk;
mod events;
mod machine;
mod plan;
mod read;
mod sabotage;
mod script;
mod traffic;
mod wire;

pub use bugs::Bug;
pub use events::{Lived, live};
pub use plan::Faults;
