//! What one virtual user's native functions share: its identity, its scenario, where samples go.
//!
//! Invariants: lives on one thread; nothing here is a JavaScript value.

/// What one virtual user's native functions share.
#[derive(Debug, Default)]
pub struct VuState {}
