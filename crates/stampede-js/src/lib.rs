//! Runs k6 scripts: one QuickJS runtime per virtual user, each on its own coroutine.
//!
//! [`Bundle`] is a script with all that it imports, compiled once and shared by all threads. [`Vu`]
//! is one virtual user: a runtime of its own that ran the script's init context, and whose exported
//! functions are called as futures.
//!
//! Invariants: a [`Vu`] is created, polled and dropped on one thread; a script can neither block
//! that thread for longer than a time slice nor end the process.

mod args;
mod bundle;
mod console;
mod engine;
mod error;
mod events;
mod globals;
mod interrupt;
mod jslib;
mod loader;
mod log;
mod modules;
mod raw;
mod resolve;
mod secrets;
mod settings;
mod source;
mod state;
mod typescript;
mod vu;

pub use bundle::{Bundle, BundleOptions, Exports, Files, LocalFiles};
pub use error::{Place, ScriptError, ScriptErrorKind};
pub use interrupt::Interrupter;
pub use log::{Entry, KeptLog, Level, LogSink};
pub use secrets::{Secrets, SecretsError};
pub use settings::{
    Compatibility, Figures, Iteration, NoRunInfo, RunInfo, Scenario, Settings, SystemTags,
    VuConfig, VuLimits,
};
pub use state::VuState;
pub use vu::{SummaryFiles, Vu};
