//! The exit codes, k6's numbers where k6 has one.

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is as it should be.
    Success,
    /// The verdict of a run: 0, 99 or 120.
    Verdict(u8),
    /// The script threw outside of an iteration.
    Script,
    /// The options make no sense, the server cannot be reached, or a reset was refused.
    Config,
    /// An unknown option or command, or a file that is missing.
    Unknown,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Verdict(code) => code,
            Exit::Config => 104,
            Exit::Script => 107,
            Exit::Unknown => 255,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}
