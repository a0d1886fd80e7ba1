//! Ending a run before its plan does: from a signal, a threshold or the script itself.
//!
//! Invariants: the first reason counts; later ones change nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;

/// Why a run ends before its plan does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// Somebody asked the process to end.
    Signal,
    /// A threshold with `abortOnFail` was crossed.
    Threshold,
    /// The script called `test.abort()`, with this reason.
    Script(String),
    /// Virtual users could not be made, for this reason.
    Users(String),
}

#[derive(Debug, Default)]
struct Inner {
    reason: OnceLock<StopReason>,
    is_stopped: AtomicBool,
    stopped: Notify,
}

/// A handle that ends a run; clones end the same one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Inner>);

impl Stop {
    /// A handle for a run that has not begun.
    #[must_use]
    pub fn new() -> Stop {
        Stop::default()
    }

    /// Ends the run: iterations under way are interrupted, teardown still runs.
    pub fn stop(&self, reason: StopReason) {
        if self.0.reason.set(reason).is_ok() {
            self.0.is_stopped.store(true, Ordering::Release);
            self.0.stopped.notify_waiters();
        }
    }

    /// Whether the run was told to end.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.is_stopped.load(Ordering::Acquire)
    }

    /// Why, once it was.
    #[must_use]
    pub fn reason(&self) -> Option<&StopReason> {
        self.0.reason.get()
    }

    /// Waits until the run is told to end.
    pub async fn stopped(&self) {
        loop {
            // Registered before the look, so that a stop between the two is not missed.
            let notified = self.0.stopped.notified();
            if self.is_stopped() {
                return;
            }
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Stop, StopReason};

    #[tokio::test]
    async fn the_first_reason_counts() {
        let stop = Stop::new();
        assert!(!stop.is_stopped());
        stop.stop(StopReason::Signal);
        stop.stop(StopReason::Threshold);
        stop.stopped().await;
        assert_eq!(stop.reason(), Some(&StopReason::Signal));
    }
}
