//! The `K6_*` variables of one output, read as what they mean.
//!
//! Invariant: every variable that makes no sense is kept until [`Variables::check`], so that all
//! are told at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use stampede_plan::Span;

use super::Refused;
use crate::exit::Exit;

/// The shortest time between two requests; a shorter one would only burn the processor that the
/// virtual users need.
pub(super) const INTERVAL_MIN: Duration = Duration::from_millis(10);

/// The environment, and what is wrong with it.
pub(super) struct Variables<'a> {
    environment: &'a BTreeMap<String, String>,
    problems: RefCell<Vec<String>>,
    /// Those that can be read and do not fit.
    misfits: RefCell<Vec<String>>,
}

impl<'a> Variables<'a> {
    pub(super) fn new(environment: &'a BTreeMap<String, String>) -> Variables<'a> {
        Variables {
            environment,
            problems: RefCell::default(),
            misfits: RefCell::default(),
        }
    }

    /// A text; `None` if the variable is not there or empty.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        let text = self.environment.get(name)?.as_str();
        (!text.is_empty()).then_some(text)
    }

    /// A text, or what stands when there is none.
    pub(super) fn text_or(&self, name: &str, default: &'a str) -> &'a str {
        self.text(name).unwrap_or(default)
    }

    /// A switch, off unless it is set.
    pub(super) fn switch(&self, name: &str) -> bool {
        match self.text(name) {
            None | Some("false" | "0" | "f" | "F" | "FALSE" | "False") => false,
            Some("true" | "1" | "t" | "T" | "TRUE" | "True") => true,
            Some(other) => {
                self.problem(format!("{name}={other}: write true or false"));
                false
            }
        }
    }

    /// An interval, at least [`INTERVAL_MIN`].
    pub(super) fn interval(&self, name: &str, default: Duration) -> Duration {
        match self.text(name) {
            None => default,
            Some(text) => self.interval_of(name, text, default),
        }
    }

    /// The same for a text from elsewhere; `name` is what to call it.
    pub(super) fn interval_of(&self, name: &str, text: &str, default: Duration) -> Duration {
        match Span::parse(text) {
            Ok(span) => span.to_duration().max(INTERVAL_MIN),
            Err(error) => {
                self.problem(format!("{name}: {error}"));
                default
            }
        }
    }

    /// A count of at least 1; `name` is what to call it.
    pub(super) fn count_of(&self, name: &str, text: &str, max: usize) -> usize {
        match text.parse() {
            Ok(count) if (1..=max).contains(&count) => count,
            _ => {
                self.problem(format!("{name}={text}: write a number from 1 to {max}"));
                1
            }
        }
    }

    /// Pairs such as `a:1,b:2`, with `separator` between name and value.
    pub(super) fn pairs(&self, name: &str, separator: char) -> Vec<(String, String)> {
        let parts = self.text(name).unwrap_or_default().split(',');
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        let pairs = parts.filter_map(|part| {
            let Some((key, value)) = part.split_once(separator) else {
                self.problem(format!(
                    "{name}: {part:?} is no header; write NAME{separator}VALUE,NAME{separator}VALUE"
                ));
                return None;
            };
            Some((key.trim().to_owned(), value.trim().to_owned()))
        });
        pairs.collect()
    }

    /// All variables whose names begin so: the rest of the name, and the value.
    pub(super) fn with_prefix(&self, prefix: &str) -> Vec<(String, String)> {
        let all = self.environment.iter();
        let found = all.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        found
            .filter(|(rest, _)| !rest.is_empty())
            .map(|(rest, value)| (rest.to_owned(), value.clone()))
            .collect()
    }

    /// The content of the file that the variable names.
    pub(super) fn file(&self, name: &str) -> Option<String> {
        let path = self.text(name)?;
        match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) => {
                self.problem(format!("{name}: {path} cannot be read: {error}"));
                None
            }
        }
    }

    /// Keeps a problem for [`Variables::check`].
    pub(super) fn problem(&self, problem: String) {
        self.problems.borrow_mut().push(problem);
    }

    /// Keeps a problem with a value that can be read and does not fit, for which k6 has another
    /// exit code.
    pub(super) fn misfit(&self, problem: String) {
        self.misfits.borrow_mut().push(problem);
    }

    /// Whether everything that was read made sense.
    ///
    /// # Errors
    /// All problems, a line for each, with the name of the output in front.
    pub(super) fn check(&self, output: &str) -> Result<(), Refused> {
        let mut problems = self.problems.take();
        let exit = if problems.is_empty() {
            Exit::Config
        } else {
            Exit::Unknown
        };
        problems.extend(self.misfits.take());
        if problems.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = problems
            .into_iter()
            .map(|problem| format!("--out {output}: {problem}"))
            .collect();
        Err(Refused {
            message: lines.join("\n"),
            exit,
        })
    }
}
