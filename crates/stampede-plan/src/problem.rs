//! Problems of a configuration: each names its field, and all are reported together.

use std::fmt;

/// One thing that is wrong with the options.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The field, such as `scenarios.checkout.rate`, or the variable or flag that set it.
    pub field: String,
    /// What is wrong, and what is accepted.
    pub what: String,
    /// The exit code of a process that stops because of it: 104 or 255.
    pub exit_code: u8,
}

/// Exit code for a configuration that does not make sense.
pub(crate) const EXIT_CONFIGURATION: u8 = 104;
/// Exit code for a text that is not accepted.
pub(crate) const EXIT_USAGE: u8 = 255;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

/// Something that does not stop the test but is probably not what its author meant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The whole message.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with the options; at least one problem.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct Problems {
    list: Vec<Problem>,
}

impl Problems {
    /// `Ok(value)` if nothing is wrong, else all of `list`.
    pub(crate) fn or<T>(list: Vec<Problem>, value: T) -> Result<T, Self> {
        if list.is_empty() {
            Ok(value)
        } else {
            Err(Self { list })
        }
    }

    /// All of `list`; `None` if it has none.
    #[must_use]
    pub fn of(list: Vec<Problem>) -> Option<Self> {
        Self::or(list, ()).err()
    }

    /// The exit code of a process that stops because of them: the lowest of all.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let codes = self.list.iter().map(|problem| problem.exit_code);
        codes.min().unwrap_or(EXIT_CONFIGURATION)
    }

    /// The problems, in the order of the fields.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        let list = vec![problem];
        Self { list }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there were problems with the options of the test:")?;
        for problem in &self.list {
            write!(f, "\n\t- {problem}")?;
        }
        Ok(())
    }
}

/// Collects problems while a configuration is read.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) problems: Vec<Problem>,
    pub(crate) warnings: Vec<Warning>,
}

impl Findings {
    pub(crate) fn problem(&mut self, field: impl Into<String>, what: impl Into<String>) {
        self.problem_with_code(field, what, EXIT_CONFIGURATION);
    }

    pub(crate) fn problem_with_code(
        &mut self,
        field: impl Into<String>,
        what: impl Into<String>,
        exit_code: u8,
    ) {
        self.problems.push(Problem {
            field: field.into(),
            what: what.into(),
            exit_code,
        });
    }

    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        self.warnings.push(Warning::new(message));
    }
}
