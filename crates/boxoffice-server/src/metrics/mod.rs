//! Figures of the house in the text format of Prometheus, written by our own few types.
//!
//! Invariants: observing is a few relaxed atomics, or a lock that is taken a few times a second;
//! nothing grows with time, and every label has a bounded number of values.
//!
//! Never: decide anything; a figure that cannot be had is left out.

mod exposition;
mod histogram;
mod house;
mod process;
mod saturation;
mod shard;

pub use exposition::{Exposition, Kind};
pub use histogram::Histogram;
pub use house::HouseMetrics;
pub use saturation::Saturation;
pub use shard::Sharded;
