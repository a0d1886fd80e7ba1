//! The journal's integration tests, one module per subject.

mod backups;
mod conformance;
mod damage;
mod failures;
mod houses;
mod losses;
mod snapshots;
mod support;
