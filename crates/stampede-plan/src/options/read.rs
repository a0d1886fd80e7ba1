//! Options from JSON: a script's exported `options`, or a config file.

use serde_json::Value;

use super::{Options, Parsed, RunOptions};
use crate::problem::Problems;

impl Options {
    /// Reads the exported `options` of a script.
    ///
    /// # Errors
    /// Every value of a wrong type, with its field and what is accepted.
    pub fn from_script(value: &Value) -> Result<Parsed, Problems> {
        let _ = value;
        todo!()
    }

    /// Reads a config file, which may also set what a script cannot.
    ///
    /// # Errors
    /// Every value of a wrong type, with its field and what is accepted.
    pub fn from_config(value: &Value) -> Result<Parsed<(Options, RunOptions)>, Problems> {
        let _ = value;
        todo!()
    }
}
