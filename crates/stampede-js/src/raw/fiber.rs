//! Coroutines with stacks of their own, and waiting for futures inside them.
//!
//! Invariants:
//! * A [`Fiber`]'s yielder is used only while its coroutine runs, on that coroutine's stack.
//! * What a coroutine waits for is polled while it is suspended, on the stack of whoever resumes
//!   it: sending a request needs far more stack than a script, and every user would keep it.
//! * A coroutine is never unwound by force: frames of C lie on its stack. It is told to stop and
//!   runs to its end; one that does not is leaked, memory and all.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::{io, mem};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

/// How often a coroutine that was told to stop is resumed before it is given up.
const STOP_RESUMES_MAX: u32 = 10_000;

type Switch = Yielder<Waker, ()>;

/// Polls what a coroutine waits for; true when the coroutine can go on.
type Wait = dyn FnMut(&mut Context<'_>) -> bool;

/// A call was told to stop while it waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stopped;

/// The inside of a coroutine: lets code that runs on it wait for futures.
#[derive(Debug)]
pub(crate) struct Fiber {
    yielder: Cell<*const Switch>,
    /// Set only while the coroutine is suspended in `block_on`, to a closure on its stack.
    waiting: Cell<Option<NonNull<Wait>>>,
    waker: RefCell<Waker>,
    /// Counts the polls of the task; read by the interrupt handler.
    resumed: Cell<u64>,
}

impl Default for Fiber {
    fn default() -> Fiber {
        Fiber {
            yielder: Cell::new(ptr::null()),
            waiting: Cell::new(None),
            waker: RefCell::new(Waker::noop().clone()),
            resumed: Cell::new(0),
        }
    }
}

impl Fiber {
    /// How many times the task was polled: a new number is a new slice of time.
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
    /// `is_stopped` is asked before each poll; `beside` is polled along with the future. Neither
    /// they nor the future may enter the script: they run on another stack than its own.
    pub(crate) fn block_on<F: Future>(
        &self,
        future: F,
        is_stopped: impl Fn() -> bool,
        mut beside: impl FnMut(&mut Context<'_>),
    ) -> Result<F::Output, Stopped> {
        let mut future = pin!(future);
        let mut output = None;
        loop {
            if is_stopped() {
                return Err(Stopped);
            }
            self.wait(&mut |context| {
                if is_stopped() {
                    return true;
                }
                if let Poll::Ready(ready) = future.as_mut().poll(context) {
                    output = Some(ready);
                    return true;
                }
                beside(context);
                false
            });
            if let Some(output) = output.take() {
                return Ok(output);
            }
        }
    }

    /// Suspends the coroutine until `poll` answers true.
    fn wait(&self, poll: &mut (dyn FnMut(&mut Context<'_>) -> bool + '_)) {
        if self.yielder.get().is_null() {
            // Outside a coroutine there is nobody to poll it but the caller, again and again.
            poll(&mut Context::from_waker(Waker::noop()));
            return;
        }
        // SAFETY: only the lifetime of what the closure borrows is forgotten. The pointer is
        // removed before this function returns, and is read only while the coroutine is suspended
        // in it; a coroutine that is given up is leaked with its stack, and never polled again.
        let poll = unsafe {
            mem::transmute::<NonNull<dyn FnMut(&mut Context<'_>) -> bool + '_>, NonNull<Wait>>(
                NonNull::from(poll),
            )
        };
        self.waiting.set(Some(poll));
        self.suspend();
        self.waiting.set(None);
    }

    /// Polls what the suspended coroutine waits for; true when it can go on.
    fn poll(&self, waker: &Waker) -> bool {
        // Taken, so that one that panics is not polled again.
        let Some(mut poll) = self.waiting.take() else {
            return true;
        };
        // SAFETY: see `wait`: the closure lives on the stack of the coroutine, which is suspended
        // in that function, and nothing else refers to it meanwhile.
        let can_go_on = unsafe { poll.as_mut() }(&mut Context::from_waker(waker));
        if !can_go_on {
            self.waiting.set(Some(poll));
        }
        can_go_on
    }

    fn entered(&self, waker: Waker) {
        self.waker.replace(waker);
    }
}

/// A coroutine with its own stack, resumed by polling.
pub(crate) struct Coro {
    coroutine: Option<Coroutine<Waker, (), (), DefaultStack>>,
    fiber: Rc<Fiber>,
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
        fiber: Rc<Fiber>,
        body: impl FnOnce() + 'static,
    ) -> io::Result<Coro> {
        let stack = DefaultStack::new(stack_bytes)?;
        let inner = Rc::clone(&fiber);
        let coroutine = Coroutine::with_stack(stack, move |yielder: &Switch, waker: Waker| {
            inner.yielder.set(ptr::from_ref(yielder));
            inner.entered(waker);
            body();
            inner.yielder.set(ptr::null());
        });
        Ok(Coro {
            coroutine: Some(coroutine),
            fiber,
        })
    }

    /// Polls what the coroutine waits for and runs it for as long as it can go on; true when it is
    /// over.
    pub(crate) fn resume(&mut self, waker: &Waker) -> bool {
        // A coroutine that panicked is over too.
        let Some(coroutine) = self.coroutine.as_mut().filter(|it| !it.done()) else {
            return true;
        };
        let fiber = &self.fiber;
        fiber.resumed.set(fiber.resumed.get().wrapping_add(1));
        while fiber.poll(waker) {
            match coroutine.resume(waker.clone()) {
                // It gave way, or there is something new to wait for.
                CoroutineResult::Yield(()) if fiber.waiting.get().is_none() => return false,
                CoroutineResult::Yield(()) => {}
                CoroutineResult::Return(()) => {
                    self.coroutine = None;
                    return true;
                }
            }
        }
        false
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
