//! Coroutines with stacks of their own, and waiting for futures inside them.
//!
//! Invariants:
//! * A [`Fiber`]'s yielder is used only while its coroutine runs, on that coroutine's stack.
//! * A coroutine is never unwound by force: frames of C lie on its stack. It is told to stop and
//!   runs to its end; one that does not is leaked, memory and all.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::ptr;
use std::task::{Context, Poll, Waker};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// How often a coroutine that was told to stop is resumed before it is given up.
const STOP_RESUMES_MAX: u32 = 10_000;

type Switch = Yielder<Waker, ()>;

/// A call was told to stop while it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// The inside of a coroutine: lets code that runs on it wait for futures.
#[derive(Debug)]
pub(crate) struct Fiber {
    yielder: Cell<*const Switch>,
    waker: RefCell<Waker>,
    /// Set for every resumption; read by the interrupt handler.
    resumed: Cell<u64>,
}

impl Default for Fiber {
    fn default() -> Fiber {
        Fiber {
            yielder: Cell::new(ptr::null()),
            waker: RefCell::new(Waker::noop().clone()),
            resumed: Cell::new(0),
        }
    }
}

impl Fiber {
    /// How many times the coroutine was resumed: a new number is a new slice of time.
    pub(crate) fn slice(&self) -> u64 {
        self.resumed.get()
    }

    /// Gives the thread to others and returns when the task is polled again.
    ///
    /// Does nothing outside the coroutine.
    pub(crate) fn suspend(&self) {
        let yielder = self.yielder.get();
        if yielder.is_null() {
            return;
        }
        // The pointer is hidden while the coroutine is suspended, so that nothing on the parent's
        // stack can yield in its place.
        self.yielder.set(ptr::null());
        // SAFETY: the pointer was set by `Coro::new`'s body from the reference that it got, which
        // lives as long as the coroutine's first frame; it is null unless that coroutine runs.
        let waker = unsafe { &*yielder }.suspend(());
        self.yielder.set(yielder);
        self.entered(waker);
    }

    /// Asks to be polled again soon.
    pub(crate) fn wake_soon(&self) {
        self.waker.borrow().wake_by_ref();
    }

    /// Waits for `future`, suspending the coroutine while it is pending.
    ///
    /// `is_stopped` is asked before each wait; `beside` is polled along with the future.
    pub(crate) fn block_on<F: Future>(
        &self,
        future: F,
        is_stopped: impl Fn() -> bool,
        mut beside: impl FnMut(&mut Context<'_>),
    ) -> Result<F::Output, Stopped> {
        let mut future = pin!(future);
        loop {
            if is_stopped() {
                return Err(Stopped);
            }
            let waker = self.waker.borrow().clone();
            let mut context = Context::from_waker(&waker);
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            beside(&mut context);
            self.suspend();
        }
    }

    fn entered(&self, waker: Waker) {
        self.resumed.set(self.resumed.get().wrapping_add(1));
        self.waker.replace(waker);
    }
}

/// A coroutine with its own stack, resumed by polling.
pub(crate) struct Coro {
    coroutine: Option<Coroutine<Waker, (), (), DefaultStack>>,
}

impl std::fmt::Debug for Coro {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coro").finish_non_exhaustive()
    }
}

impl Coro {
    /// Reserves a stack and prepares to run `body` on it; `fiber` is how the body waits.
    pub(crate) fn new(
        stack_bytes: usize,
        fiber: std::rc::Rc<Fiber>,
        body: impl FnOnce() + 'static,
    ) -> io::Result<Coro> {
        let stack = DefaultStack::new(stack_bytes)?;
        let coroutine = Coroutine::with_stack(stack, move |yielder: &Switch, waker: Waker| {
            fiber.yielder.set(ptr::from_ref(yielder));
            fiber.entered(waker);
            body();
            fiber.yielder.set(ptr::null());
        });
        Ok(Coro {
            coroutine: Some(coroutine),
        })
    }

    /// Runs the coroutine until it waits; true when it is over.
    pub(crate) fn resume(&mut self, waker: &Waker) -> bool {
        // A coroutine that panicked is over too.
        let Some(coroutine) = self.coroutine.as_mut().filter(|it| !it.done()) else {
            return true;
        };
        match coroutine.resume(waker.clone()) {
            CoroutineResult::Yield(()) => false,
            CoroutineResult::Return(()) => {
                self.coroutine = None;
                true
            }
        }
    }

    /// Resumes a coroutine that was told to stop until it is over.
    ///
    /// One that does not end is leaked with its stack and its runtime; false then.
    pub(crate) fn finish(&mut self) -> bool {
        if self.coroutine.as_ref().is_some_and(|it| !it.started()) {
            self.coroutine = None;
        }
        for _ in 0..STOP_RESUMES_MAX {
            if self.resume(Waker::noop()) {
                return true;
            }
        }
        self.abandon();
        false
    }

    fn abandon(&mut self) {
        if let Some(mut coroutine) = self.coroutine.take() {
            // SAFETY: nothing on the stack is dropped, and nothing else refers to it: what it
            // owned is leaked. Its stack is leaked with it, so pointers into it stay valid.
            unsafe { coroutine.force_reset() };
            let leaked: &'static mut _ = Box::leak(Box::new(coroutine));
            debug_assert!(leaked.done());
        }
    }
}

impl Drop for Coro {
    fn drop(&mut self) {
        if self.coroutine.as_ref().is_some_and(Coroutine::started) {
            self.abandon();
        }
    }
}
