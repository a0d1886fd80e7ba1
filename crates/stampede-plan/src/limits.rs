//! The bounds that keep a plan within memory, whatever a script asks for.

/// Most virtual users of one scenario.
///
/// A user takes some hundred kilobytes, so a machine runs out long before.
pub const SCENARIO_VUS_MAX: u64 = 1_000_000;

/// Most stages of one scenario.
pub const STAGES_MAX: usize = 10_000;

/// Most scenarios of one test.
pub const SCENARIOS_MAX: usize = 1_000;

/// Most slots that a sequence of execution segments is divided into.
///
/// It is the least common denominator of all its points: `0,1/3,1/2,1` needs 6.
pub const SEGMENT_SLOTS_MAX: u64 = 1_000_000;

/// Longest duration of a scenario or a stage, in nanoseconds: ten years.
pub const DURATION_NS_MAX: i64 = 10 * 366 * 86_400 * 1_000_000_000;

/// Most iterations per time unit of an arrival rate.
pub const RATE_MAX: u64 = 1_000_000_000;

/// Most changes of the number of users in one scenario.
pub const VU_STEPS_MAX: usize = 4_000_000;
