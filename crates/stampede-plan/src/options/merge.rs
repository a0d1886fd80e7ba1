//! The rules by which levels are joined, and by which shortcuts become scenarios.
//!
//! Invariants: a level that sets one of duration, iterations, stages and scenarios discards all
//! four of the levels below it; the number of users alone discards nothing.

use super::Options;
use crate::problem::{Problems, Warning};

/// What each level sets, from the weakest to the strongest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The config file.
    pub config: Options,
    /// The exported `options` of the script.
    pub script: Options,
    /// The `K6_*` variables.
    pub environment: Options,
    /// The flags.
    pub flags: Options,
}

/// The options that count.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// All levels joined; `scenarios` is set and not empty, and so are `systemTags` and
    /// `summaryTrendStats`.
    pub options: Options,
    /// What the author of the test should know.
    pub warnings: Vec<Warning>,
}

impl Options {
    /// Joins the levels and turns shortcuts into a scenario named `default`.
    ///
    /// # Errors
    /// Shortcuts that exclude each other, and values out of range: all of them at once.
    pub fn merged(levels: Levels) -> Result<Merged, Problems> {
        let _ = levels;
        todo!()
    }
}
