//! Options from texts: flags and variables.

use super::{Options, RunOptions};
use crate::environment::Setting;
use crate::problem::{Problem, Problems};

impl Options {
    /// Sets the option that `setting` names from the text of a flag or variable.
    ///
    /// An option that takes a list adds to what earlier calls set. `source` is the flag or the
    /// variable, for the message.
    ///
    /// # Errors
    /// The text is not accepted; the options are unchanged.
    pub fn set_text(&mut self, setting: Setting, text: &str, source: &str) -> Result<(), Problem> {
        let _ = (setting, text, source);
        todo!()
    }

    /// Reads all variables; `read` gives the value of one by its name.
    ///
    /// # Errors
    /// Every variable whose text is not accepted.
    pub fn from_environment(
        read: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Self, RunOptions), Problems> {
        let _ = read;
        todo!()
    }
}
