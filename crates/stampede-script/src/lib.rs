//! Runs the plan of a load test script: virtual users, executors, thresholds over time.
//!
//! The way of a test: [`Prepared::load`] reads the script, joins its options with those of the
//! other levels, plans its scenarios and compiles its thresholds; [`run`] makes the users, calls
//! setup, lets every scenario do its work, calls teardown, and hands back what was recorded.
//!
//! Each worker thread owns its users, its recorder and its clock of arrivals; threads meet only
//! when a user is wanted, once a second when figures are collected, and at the end.
//!
//! Invariants: iterations of the open model start at times computed from the plan, never from when
//! an earlier one started; one that finds no free user is dropped and counted. A script cannot keep
//! a run from ending.
//!
//! Never: prints, or knows a terminal, flags or exit codes.

mod arrivals;
mod collect;
mod control;
mod dropped;
mod job;
mod local_ips;
mod once;
mod output;
mod pool;
mod prepare;
mod slots;
mod status;
mod stays;
mod stop;
mod translate;
mod worker;

pub use control::{Ended, RunOptions, RunResult, Watch, run};
pub use once::handle_summary;
pub use output::{Output, OutputThread};
pub use prepare::{PrepareError, Prepared, Source};
pub use status::{ScenarioState, Snapshot, Status};
pub use stop::{Stop, StopReason};
