//! Telling a virtual user from outside to end what it is doing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

#[derive(Debug)]
pub(crate) struct Interrupt {
    is_stopped: AtomicBool,
    waker: Mutex<Waker>,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt {
            is_stopped: AtomicBool::new(false),
            waker: Mutex::new(Waker::noop().clone()),
        }
    }
}

impl Interrupt {
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn reset(&self) {
        self.is_stopped.store(false, Ordering::Relaxed);
    }

    /// Remembers who polls the call.
    pub(crate) fn polled_by(&self, waker: &Waker) {
        let mut known = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.will_wake(waker) {
            known.clone_from(waker);
        }
    }
}

/// Ends the call that a virtual user is in; may be used from any thread.
#[derive(Clone, Debug)]
pub struct Interrupter(pub(crate) Arc<Interrupt>);

impl Interrupter {
    /// Ends the call under way, even inside an endless loop: it answers
    /// [`ScriptErrorKind::Interrupted`](crate::ScriptErrorKind::Interrupted) and the script cannot
    /// catch that. The next call starts afresh. Without a call under way it does nothing.
    pub fn stop(&self) {
        self.0.stop();
        let waker = self.0.waker.lock().unwrap_or_else(PoisonError::into_inner);
        waker.wake_by_ref();
    }
}
