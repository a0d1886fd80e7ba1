//! Bugs that can be switched on, so that the judge can show that it sees them.
//!
//! Each wraps the real parts from outside; the product knows nothing of them.

use boxoffice_engine::command::{Action, Command, Hold, PayFrom, Want};
use boxoffice_engine::ids::Name;
use boxoffice_engine::reply::Reply;
use boxoffice_writer::request::Answered;

/// A bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A held seat is given to a second buyer.
    DoubleGrant,
    /// Holds live longer than their buyers and everyone else were told.
    LateExpiry,
    /// Holds end before the deadline that their buyers were told.
    EarlyExpiry,
    /// A crash takes the newest acknowledged entry with it.
    AcknowledgedThenLost,
    /// Answers leave before what they rest on is durable.
    AnswerBeforeCommit,
    /// Refusals leave before their cause is durable.
    RefusalBeforeCause,
    /// A repeated payment from outside counts again.
    DoublePayment,
    /// One more is sold than there is.
    OversellByOne,
    /// A repeat under a key happens again.
    ForgottenKey,
    /// Requests are decided after their deadline.
    IgnoredDeadline,
    /// Reads are answered from what was read before.
    StaleRead,
    /// A claim of several seats gets all but one.
    PartialClaim,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::DoubleGrant,
        Self::LateExpiry,
        Self::EarlyExpiry,
        Self::AcknowledgedThenLost,
        Self::AnswerBeforeCommit,
        Self::RefusalBeforeCause,
        Self::DoublePayment,
        Self::OversellByOne,
        Self::ForgottenKey,
        Self::IgnoredDeadline,
        Self::StaleRead,
        Self::PartialClaim,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DoubleGrant => "double grant",
            Self::LateExpiry => "late expiry",
            Self::EarlyExpiry => "early expiry",
            Self::AcknowledgedThenLost => "acknowledged then lost",
            Self::AnswerBeforeCommit => "answer before its commit",
            Self::RefusalBeforeCause => "refusal before its cause is durable",
            Self::DoublePayment => "double payment",
            Self::OversellByOne => "oversell by one",
            Self::ForgottenKey => "forgotten key",
            Self::IgnoredDeadline => "ignored deadline",
            Self::StaleRead => "stale read",
            Self::PartialClaim => "partial claim",
        }
    }

    /// Changes a command that comes in; `repeated` if its key came before.
    pub(super) fn twist(self, command: &mut Command, repeated: bool) {
        match (self, &mut command.action) {
            (
                Self::LateExpiry,
                Action::Hold(Hold {
                    ttl_ms: Some(ttl_ms),
                    ..
                }),
            ) => *ttl_ms += SHIFT_MS,
            (
                Self::EarlyExpiry,
                Action::Hold(Hold {
                    ttl_ms: Some(ttl_ms),
                    ..
                }),
            ) => {
                *ttl_ms = ttl_ms.saturating_sub(SHIFT_MS).max(100);
            }
            (
                Self::PartialClaim,
                Action::Hold(Hold {
                    want: Want::Seats(seats),
                    ..
                }),
            ) if seats.len() > 1 => {
                seats.pop();
            }
            (Self::ForgottenKey, _) if repeated => command.key = None,
            (Self::DoublePayment, Action::PayOrder(pay)) if repeated => {
                if let PayFrom::Outside { reference, .. } = &mut pay.from {
                    command.key = None;
                    let other = format!("{reference}9999");
                    *reference = Name::new(&other).expect("a short name");
                }
            }
            _ => {}
        }
    }

    /// Changes an answer that goes out.
    pub(super) fn gloss_over(self, answered: &mut Answered, asked_ttl_ms: Option<u64>) {
        let (Self::LateExpiry | Self::EarlyExpiry) = self else {
            return;
        };
        if let (Reply::HoldPlaced(view), Some(ttl_ms)) = (&mut answered.answer.reply, asked_ttl_ms)
        {
            view.expires_at = view.placed_at.after_ms(ttl_ms);
        }
    }
}

/// How far deadlines are moved.
const SHIFT_MS: u64 = 1_500;
