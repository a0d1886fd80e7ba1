//! The writer's own logic, free of IO and threads.

use boxoffice_journal::Tail;

/// How a commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitEnd {
    /// Durable; the journal's new tail.
    Durable(Tail),
    /// Failed or unknown: nothing is acknowledged any more.
    Lost(String),
}
