//! The only module with unsafe code: coroutines, native objects and precompiled modules.
//!
//! Invariants:
//! * A [`Fiber`]'s yielder is used only while its coroutine runs, on that coroutine's stack.
//! * A coroutine is never unwound by force: frames of C lie on its stack. It is told to stop and
//!   runs to its end; one that does not is leaked, memory and all.
//!
//! Never: knows a k6 module or a script.

#![expect(
    unsafe_code,
    reason = "resuming coroutines and implementing the lifetime trait of rquickjs need it"
)]

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::io;
use std::pin::pin;
use std::ptr;
use std::task::{Context, Poll, Waker};

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};
use rquickjs::class::{ClassKind, JsCell, PropertyDescriptor, PropertyName, Trace, Tracer};
use rquickjs::function::Constructor;
use rquickjs::module::Declared;
use rquickjs::{Atom, Class, Ctx, FromJs as _, JsLifetime, Module, Object, Value, qjs};

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
        let Some(coroutine) = &mut self.coroutine else {
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

/// How many JavaScript values a native object can keep beside its data.
pub(crate) const SLOTS: usize = 7;

/// Data of ours as a JavaScript object.
pub(crate) trait NativeClass: Sized + 'static {
    /// The class's name in JavaScript.
    const NAME: &'static str;

    /// Whether properties are answered by [`NativeClass::get`] and its siblings.
    const EXOTIC: bool = false;

    /// The prototype of the class's objects, made once per runtime.
    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        Object::new(ctx.clone())
    }

    /// An own property of an exotic object; `None` when there is no such property.
    fn get<'js>(
        _this: &Native<'js, Self>,
        _ctx: &Ctx<'js>,
        _key: &Atom<'js>,
    ) -> rquickjs::Result<Option<Value<'js>>> {
        Ok(None)
    }

    /// Sets a property of an exotic object, or throws.
    fn set<'js>(
        _this: &Native<'js, Self>,
        ctx: &Ctx<'js>,
        key: &Atom<'js>,
        _value: Value<'js>,
    ) -> rquickjs::Result<()> {
        let name = key.to_string()?;
        let message = format!("Cannot assign to property {name} of a host object");
        Err(rquickjs::Exception::throw_type(ctx, &message))
    }

    /// Deletes a property of an exotic object and says whether it was there.
    fn delete<'js>(
        _this: &Native<'js, Self>,
        _ctx: &Ctx<'js>,
        _key: &Atom<'js>,
    ) -> rquickjs::Result<bool> {
        Ok(false)
    }

    /// The names of an exotic object's own properties.
    fn keys<'js>(_this: &Native<'js, Self>, _ctx: &Ctx<'js>) -> rquickjs::Result<Vec<Atom<'js>>> {
        Ok(Vec::new())
    }
}

/// A native object: data, and values that it made once and keeps.
pub(crate) struct Native<'js, T> {
    /// The data.
    pub(crate) data: T,
    /// Values that were made from the data when first asked for.
    pub(crate) slots: RefCell<[Option<Value<'js>>; SLOTS]>,
}

impl<'js, T: NativeClass> Native<'js, T> {
    /// Makes an object of the class.
    pub(crate) fn object(ctx: &Ctx<'js>, data: T) -> rquickjs::Result<Object<'js>> {
        let native = Native {
            data,
            slots: RefCell::new([const { None }; SLOTS]),
        };
        Ok(Class::instance(ctx.clone(), native)?.into_inner())
    }

    /// Sees a value as an object of the class.
    pub(crate) fn of(ctx: &Ctx<'js>, value: Value<'js>) -> Option<Class<'js, Native<'js, T>>> {
        Class::from_js(ctx, value).ok()
    }

    /// The value of a slot, made by `make` when it is empty.
    pub(crate) fn slot(
        &self,
        idx: usize,
        make: impl FnOnce() -> rquickjs::Result<Value<'js>>,
    ) -> rquickjs::Result<Value<'js>> {
        if let Some(value) = &self.slots.borrow()[idx] {
            return Ok(value.clone());
        }
        let value = make()?;
        self.slots.borrow_mut()[idx] = Some(value.clone());
        Ok(value)
    }
}

// SAFETY: `T` is `'static`, so the only lifetime of a JavaScript value in the type is `'js`, and
// `Changed` differs from the type in that lifetime alone.
unsafe impl<'js, T: NativeClass> JsLifetime<'js> for Native<'js, T> {
    type Changed<'to> = Native<'to, T>;
}

impl<'js, T: NativeClass> Trace<'js> for Native<'js, T> {
    fn trace<'a>(&self, tracer: Tracer<'a, 'js>) {
        if let Ok(slots) = self.slots.try_borrow() {
            for value in slots.iter().flatten() {
                value.trace(tracer);
            }
        }
    }
}

impl<'js, T: NativeClass> rquickjs::class::JsClass<'js> for Native<'js, T> {
    const NAME: &'static str = T::NAME;
    const KIND: ClassKind = if T::EXOTIC {
        ClassKind::Exotic
    } else {
        ClassKind::Plain
    };
    type Mutable = rquickjs::class::Readable;

    fn prototype(ctx: &Ctx<'js>) -> rquickjs::Result<Option<Object<'js>>> {
        T::prototype(ctx).map(Some)
    }

    fn constructor(_ctx: &Ctx<'js>) -> rquickjs::Result<Option<Constructor<'js>>> {
        Ok(None)
    }

    fn exotic_get_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        receiver: Value<'js>,
    ) -> rquickjs::Result<Value<'js>> {
        if let Some(value) = T::get(&this.borrow(), ctx, &atom)? {
            return Ok(value);
        }
        let prototype = receiver.as_object().and_then(Object::get_prototype);
        match prototype {
            Some(prototype) => prototype.get(atom),
            None => Ok(Value::new_undefined(ctx.clone())),
        }
    }

    fn exotic_set_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        _receiver: Value<'js>,
        value: Value<'js>,
    ) -> rquickjs::Result<bool> {
        T::set(&this.borrow(), ctx, &atom, value)?;
        Ok(true)
    }

    fn exotic_delete_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> rquickjs::Result<bool> {
        T::delete(&this.borrow(), ctx, &atom)
    }

    fn exotic_has_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> rquickjs::Result<bool> {
        Ok(T::get(&this.borrow(), ctx, &atom)?.is_some())
    }

    fn exotic_get_own_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
    ) -> rquickjs::Result<Option<PropertyDescriptor<'js>>> {
        let value = T::get(&this.borrow(), ctx, &atom)?;
        Ok(value.map(|value| PropertyDescriptor::new_value(value, true, true, true)))
    }

    fn exotic_get_own_property_names(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
    ) -> rquickjs::Result<Vec<PropertyName<'js>>> {
        let keys = T::keys(&this.borrow(), ctx)?;
        let named = keys.into_iter().map(|atom| PropertyName {
            atom,
            is_enumerable: true,
        });
        Ok(named.collect())
    }
}

/// Values that native code of a runtime keeps for its whole life, such as names it compares with.
pub(crate) struct Kept<'js> {
    /// Property names whose numbers are remembered elsewhere.
    pub(crate) atoms: RefCell<Vec<Atom<'js>>>,
    /// Values by the place that [`Kept::keep`] gave them.
    values: RefCell<Vec<Value<'js>>>,
}

// SAFETY: the only lifetime in the type is that of its JavaScript values.
unsafe impl<'js> JsLifetime<'js> for Kept<'js> {
    type Changed<'to> = Kept<'to>;
}

impl<'js> Kept<'js> {
    /// Puts the store into a runtime.
    pub(crate) fn install(ctx: &Ctx<'js>) {
        let kept = Kept {
            atoms: RefCell::new(Vec::new()),
            values: RefCell::new(Vec::new()),
        };
        let before = ctx.store_userdata(kept);
        debug_assert!(matches!(before, Ok(None)), "a runtime has one store");
    }

    /// Keeps a value and answers its place.
    pub(crate) fn keep(ctx: &Ctx<'js>, value: Value<'js>) -> usize {
        let kept = ctx.userdata::<Kept<'_>>().expect("a runtime has a store");
        let mut values = kept.values.borrow_mut();
        values.push(value);
        values.len() - 1
    }

    /// The value at a place.
    pub(crate) fn value(ctx: &Ctx<'js>, place: usize) -> Value<'js> {
        let kept = ctx.userdata::<Kept<'_>>().expect("a runtime has a store");
        let values = kept.values.borrow();
        values[place].clone()
    }

    /// Keeps a property name alive and answers its number, see [`atom_number`].
    pub(crate) fn atom(ctx: &Ctx<'js>, name: &str) -> rquickjs::Result<u32> {
        let kept = ctx.userdata::<Kept<'_>>().expect("a runtime has a store");
        let atom = Atom::from_str(ctx.clone(), name)?;
        let number = atom_number(&atom);
        kept.atoms.borrow_mut().push(atom);
        Ok(number)
    }
}

/// The number by which the runtime knows a property name, for as long as the name is alive.
pub(crate) fn atom_number(atom: &Atom<'_>) -> u32 {
    struct Number(u32);
    impl std::hash::Hasher for Number {
        fn write(&mut self, _bytes: &[u8]) {}
        fn write_u32(&mut self, number: u32) {
            self.0 = number;
        }
        fn finish(&self) -> u64 {
            self.0.into()
        }
    }
    let mut number = Number(0);
    std::hash::Hash::hash(atom, &mut number);
    number.0
}

/// Code that a runtime of this process compiled, for other runtimes of this process.
#[derive(Clone, Debug)]
pub(crate) struct Bytecode(Vec<u8>);

impl Bytecode {
    /// Writes a compiled module.
    pub(crate) fn of(module: &Module<'_, Declared>) -> rquickjs::Result<Bytecode> {
        Ok(Bytecode(module.write(rquickjs::WriteOptions::default())?))
    }

    /// How long it is.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Loads the module into a runtime.
    pub(crate) fn load<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<Module<'js, Declared>> {
        // SAFETY: the bytes can only come from `of`, so from this process's own QuickJS.
        unsafe { Module::load(ctx.clone(), &self.0) }
    }
}

/// Throws an error that no script can catch.
pub(crate) fn throw_uncatchable(ctx: &Ctx<'_>, message: &str) -> rquickjs::Error {
    match rquickjs::Exception::from_message(ctx.clone(), message) {
        Ok(exception) => {
            let value = exception.into_object().into_value();
            // SAFETY: the value belongs to the context, which is alive; the call reads it only.
            unsafe { qjs::JS_SetUncatchableError(ctx.as_raw().as_ptr(), value.as_raw()) };
            ctx.throw(value)
        }
        Err(error) => error,
    }
}

/// Copies a part of a buffer; `None` when it is detached or shorter.
pub(crate) fn bytes_of(
    buffer: &rquickjs::ArrayBuffer<'_>,
    range: std::ops::Range<usize>,
) -> Option<Vec<u8>> {
    // SAFETY: the slice is copied before any other code of the runtime can run.
    let bytes = unsafe { buffer.as_bytes() }?;
    Some(bytes.get(range)?.to_vec())
}
