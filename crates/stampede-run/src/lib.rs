//! Crowds of clients against an HTTP server: races for scarce things, closed and open load.
//!
//! Never: reads the environment or arguments, prints, or decides about an exit code. The binaries
//! do that with what these functions return.

pub mod crowd;
mod ids;
mod limits;
pub mod load;
pub mod race;
pub mod text;
pub mod wire;

pub use ids::Ids;
pub use limits::{CONNECTIONS_MAX, WORKERS_MAX, raise_connection_limit, workers};
