//! Why a view cannot answer, and how that reads as a problem.

use boxoffice_api::{ErrorCode, Problem};
use thiserror::Error;

use crate::problem;

/// When to ask again a view that lags, in milliseconds.
const RETRY_BEHIND_MS: u32 = 1_000;
/// When to ask for a stream again while all are taken, in milliseconds.
const RETRY_STREAMS_MS: u32 = 5_000;

/// Why a view cannot answer. Views only read: nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no such show, or no such seat in it.
    #[error("there is no such {0}; nothing was changed; check the spelling")]
    NotFound(&'static str),
    /// The view did not reach the wanted position in time.
    #[error(
        "the view stands at position {reached} and did not reach {wanted} in time; nothing was \
         changed; ask again, or without min_position"
    )]
    Behind {
        /// What was asked for.
        wanted: u64,
        /// Where the view stands.
        reached: u64,
    },
    /// As many streams as the server keeps are open.
    #[error(
        "{streams_max} streams are open, which is the limit; nothing was changed; ask again later, \
         or poll with since="
    )]
    TooManyStreams {
        /// The limit.
        streams_max: usize,
    },
    /// `Last-Event-ID` is none that this stream gives.
    #[error(
        "Last-Event-ID is none that this stream gave; nothing was changed; send the last one that \
         you got, or none"
    )]
    BadEventId,
    /// `before` is not the `next` of a page of this history.
    #[error(
        "before is none that this history gave; nothing was changed; send the next of the page \
         before, or none"
    )]
    BadPage,
    /// The views no longer follow the journal: [`crate::problem::views_failed`].
    #[error("the views no longer follow the journal")]
    Failed,
    /// The journal could not be read; the cause is in the server's log.
    #[error("the journal could not be read; nothing was changed; ask again")]
    Unreadable,
}

impl Refusal {
    /// The problem for the native API.
    #[must_use]
    pub fn problem(&self) -> Problem<'static> {
        let (code, retry_after_ms) = match self {
            Self::NotFound(_) => (ErrorCode::NotFound, None),
            Self::Behind { .. } => (ErrorCode::ViewBehind, Some(RETRY_BEHIND_MS)),
            Self::TooManyStreams { .. } => (ErrorCode::Overloaded, Some(RETRY_STREAMS_MS)),
            Self::BadEventId | Self::BadPage => (ErrorCode::Malformed, None),
            Self::Failed => return problem::views_failed(),
            Self::Unreadable => (ErrorCode::Recovering, Some(RETRY_BEHIND_MS)),
        };
        let mut detail = self.to_string();
        detail
            .get_mut(..1)
            .map(str::make_ascii_uppercase)
            .unwrap_or_default();
        detail.push('.');
        let problem = Problem::new(code, detail);
        match retry_after_ms {
            Some(retry_after_ms) => problem.retry_after_ms(retry_after_ms),
            None => problem,
        }
    }
}
