//! Runs k6 scripts: one QuickJS runtime per virtual user, each on its own coroutine.
//!
//! [`Bundle`] is a script with all that it imports, compiled once and shared by all threads. [`Vu`]
//! is one virtual user: a runtime of its own that ran the script's init context, and whose exported
//! functions are called as futures.
//!
//! Invariants: a [`Vu`] is created, polled and dropped on one thread; a script can neither block
//! that thread for longer than a time slice nor end the process.

mod modules;
mod state;

pub use state::VuState;
