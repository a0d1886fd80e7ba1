//! Options as JSON, in the fields and the order that tools which read it know.

use serde_json::Value;

use super::Options;

impl Options {
    /// The options as JSON text, indented by two, without a line end.
    ///
    /// `more` is added at the end: the total duration and the most users, when they are asked for.
    #[must_use]
    pub fn to_json(&self, more: &[(&str, Value)]) -> String {
        let _ = more;
        todo!()
    }
}
