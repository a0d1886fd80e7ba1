//! The exit codes of `boxoffice`, in one place.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All is right.
    Success = 0,
    /// The demo found something that is not right, or a command failed.
    Failure = 1,
    /// A setting or argument is wrong; nothing was started or changed.
    Usage = 2,
    /// Stored data is damaged or missing; nothing was changed.
    DataDamaged = 65,
    /// A commit failed or its end is unknown; restart to recover from the journal.
    CommitLost = 74,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
