//! An entry's public events as lines of JSON, for exports.

use boxoffice_writer::feed::Committed;

use super::Views;

impl Views {
    /// The entry's public events, each as one line of JSON, in the envelope of the feed.
    #[must_use]
    pub fn public_events(&self, entry: &Committed) -> Vec<String> {
        let mut lines = Vec::with_capacity(entry.events.len());
        for (index, stamped) in (0_u32..).zip(&entry.events) {
            if let Some(event) = self.envelope(entry.position, index, stamped) {
                let line = serde_json::to_string(&event);
                lines.push(line.expect("an envelope has only text keys"));
            }
        }
        lines
    }
}
