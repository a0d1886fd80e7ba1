//! Where the lines go that a script, or a module on its behalf, writes.
//!
//! Never: formats a whole line or picks a stream; the sink does.

use std::fmt;
use std::sync::{Mutex, PoisonError};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `console.debug`
    Debug,
    /// `console.log` and `console.info`
    Info,
    /// `console.warn`, and requests that failed
    Warn,
    /// `console.error`, and exceptions
    Error,
}

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// How much it matters.
    pub level: Level,
    /// The text; may hold line breaks.
    pub message: &'a str,
    /// More facts by name, such as `error` of a failed request.
    pub fields: &'a [(&'a str, &'a str)],
    /// Whether the script itself wrote it by `console`.
    pub is_console: bool,
}

/// Takes lines from every thread.
pub trait LogSink: Send + Sync + fmt::Debug {
    /// Takes one line; must not block for long.
    fn log(&self, entry: &Entry<'_>);

    /// Hears of a text that no later line may show. A sink that shows lines to nobody may ignore
    /// it.
    fn hide(&self, _secret: &str) {}
}

/// A sink that keeps every line, for tests and for `inspect`.
#[derive(Debug, Default)]
pub struct KeptLog(Mutex<Vec<(Level, String)>>);

impl KeptLog {
    /// The lines so far, with their fields as ` name=value`.
    #[must_use]
    pub fn lines(&self) -> Vec<(Level, String)> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl LogSink for KeptLog {
    fn log(&self, entry: &Entry<'_>) {
        let mut line = entry.message.to_owned();
        for (name, value) in entry.fields {
            line.push_str(&format!(" {name}={value}"));
        }
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((entry.level, line));
    }
}
