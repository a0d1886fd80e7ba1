//! How many connections this process may open, and the figures that bound it.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors left for everything but connections: files, timers, the runtimes' own.
const DESCRIPTORS_RESERVED: u64 = 128;

/// The most connections one process opens to one address. Linux gives 28,232 ports to a client by
/// default, closed connections keep theirs for a minute, and the server on the same machine needs
/// a descriptor for each.
pub const CONNECTIONS_MAX: u64 = 10_000;

/// Worker threads of a load: more would only take the cores that a server on this machine needs.
pub const WORKERS_MAX: usize = 2;

/// Raises the limit of open descriptors as far as the system allows without privileges, and
/// returns how many connections can be opened, at most [`CONNECTIONS_MAX`].
#[must_use]
pub fn raise_connection_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // None is "unlimited".
    let hard = limit.maximum.unwrap_or(CONNECTIONS_MAX * 2);
    let mut soft = limit.current.unwrap_or(CONNECTIONS_MAX * 2);
    let wanted = hard.min(CONNECTIONS_MAX * 2);
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    if soft < wanted && setrlimit(Resource::Nofile, raised).is_ok() {
        soft = wanted;
    }
    soft.saturating_sub(DESCRIPTORS_RESERVED)
        .min(CONNECTIONS_MAX)
}

/// How many worker threads a load uses on this machine.
#[must_use]
pub fn workers() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(WORKERS_MAX)
}
