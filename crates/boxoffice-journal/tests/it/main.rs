//! The journal's integration tests, one module per subject.

mod conformance;
mod support;
