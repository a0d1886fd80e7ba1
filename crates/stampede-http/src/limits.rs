//! Every bound of the client, by name.

use std::time::Duration;

/// The largest response body kept for a script, on the wire and after decompression, in bytes,
/// unless the options say otherwise.
pub const BODY_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How many bytes of bodies one client keeps together unless the options say otherwise.
pub const CLIENT_BODIES_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// How many bytes of bodies all clients keep together unless the options say otherwise.
pub const ALL_BODIES_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// How many bytes of bodies a client keeps without counting for all.
pub const BODIES_BYTES_FREE: u64 = 256 * 1024;

/// The steps in which a client takes from what all keep together, in bytes.
pub const BODIES_BYTES_BLOCK: u64 = 256 * 1024;

/// The most bytes that one read takes from a connection.
pub const READ_BYTES_MAX: usize = 64 * 1024;

/// How many bytes may be read for each unit of a task's budget, of which a turn of tokio's has 128:
/// a server that floods a user has it read 256 KiB before all others on its thread have their turn.
pub const READ_BYTES_PER_UNIT: usize = 2 * 1024;

/// The largest head of a response, in bytes.
pub const HEAD_BYTES_MAX: usize = 1024 * 1024;

/// The largest head of a response by HTTP/2, in bytes as its RFC counts them.
pub const HEAD_LIST_BYTES_MAX: u32 = 1024 * 1024;

/// The most header lines of a response. Each response takes two lists of that length, which are
/// not filled.
pub const HEADERS_MAX: usize = 4096;

/// The most addresses that a thread remembers as they were read.
pub const TARGETS_MAX: usize = 32;

/// The longest address that a thread remembers, in bytes.
pub const TARGET_BYTES_MAX: usize = 512;

/// The most idle connections that one client keeps for one host, whatever `batchPerHost` says.
pub const IDLE_PER_HOST_MAX: usize = 64;

/// The most idle connections that one client keeps, whatever `batch` says.
pub const IDLE_MAX: usize = 256;

/// How many redirects are followed unless the options or the request say otherwise.
pub const REDIRECTS_DEFAULT: u32 = 10;

/// How long a whole request may take unless it says otherwise.
pub const TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);

/// The longest timeout that is kept.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(365 * 86_400);

/// How long dialling one address may take, within the request's own timeout.
pub const DIAL_TIMEOUT: Duration = Duration::from_secs(30);

/// The most names whose addresses are remembered.
pub const DNS_NAMES_MAX: usize = 4096;

/// The most names that are asked for at once by all clients.
pub const LOOKUPS_MAX: usize = 64;

/// The most cookies in one jar; the oldest leave first.
pub const COOKIES_MAX: usize = 3000;

/// The longest body of a redirect that is read so that its connection can be used again, in bytes.
pub const REDIRECT_BODY_BYTES_MAX: u64 = 2 * 1024;

/// The most bytes read ahead on a connection of HTTP/2, per stream.
pub const STREAM_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// The largest message of a websocket, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How much of the body is kept when a server refuses a websocket, in bytes.
pub const REFUSAL_BYTES_MAX: usize = 1024;
