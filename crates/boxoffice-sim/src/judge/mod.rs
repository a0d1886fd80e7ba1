//! Judges a history: did clients see one house that keeps its promises?
//!
//! Two judges, apart from each other. [`order`] takes the journal as a witness: in the order that
//! it and the answers claim, every single decision must be the one that the model makes. [`laws`]
//! looks at nothing but what clients were told and when, and checks what must hold whatever the
//! order was.
//!
//! Never: types or code of the engine, the writer or the journal.

mod certain;
mod clock;
mod laws;
mod order;

use std::fmt;

use crate::history::{End, History};
use crate::model::HouseRules;

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The law that was broken.
    pub law: &'static str,
    /// How, for people.
    pub what: String,
    /// The calls that show it.
    pub calls: Vec<usize>,
}

impl Violation {
    /// A violation that these calls show.
    fn new(law: &'static str, what: String, calls: &[usize]) -> Self {
        Self {
            law,
            what,
            calls: calls.to_vec(),
        }
    }

    /// The law, and the calls that show how it was broken, a line each.
    #[must_use]
    pub fn explain<'a>(&'a self, history: &'a History) -> impl fmt::Display + 'a {
        Explained {
            violation: self,
            history,
        }
    }
}

struct Explained<'a> {
    violation: &'a Violation,
    history: &'a History,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begin = self.history.runs.first().map_or(0, |run| run.started);
        write!(f, "{}: {}", self.violation.law, self.violation.what)?;
        for call in &self.violation.calls {
            let Some(of) = self.history.calls.get(*call) else {
                continue;
            };
            let sent = of.sent.saturating_sub(begin);
            write!(
                f,
                "\n    call {call} (op {}) of client {}: sent at {sent} us",
                of.op, of.client
            )?;
            write!(f, ": {:?}", of.request)?;
            match &of.end {
                End::Told {
                    returned,
                    told,
                    position,
                    index,
                    run,
                } => {
                    let returned = returned.saturating_sub(begin);
                    write!(f, "\n      told at {returned} us by run {run}, ")?;
                    write!(f, "position {position}, index {index}: {told:?}")?;
                }
                end => write!(f, "\n      {end:?}")?,
            }
        }
        Ok(())
    }
}

/// Which judges sit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bench {
    /// Both.
    Full,
    /// Only the one that never looks at the journal.
    ClientsOnly,
}

/// Judges a history; at most one violation of each law.
#[must_use]
pub fn judge(history: &History, rules: &HouseRules, bench: Bench) -> Vec<Violation> {
    let mut found = Vec::new();
    if bench == Bench::Full {
        found.extend(order::check(history, rules).err());
    }
    found.extend(laws::check(history, rules));
    found
}
