//! The only module with unsafe code: coroutines, native objects and precompiled modules.
//!
//! Never: knows a k6 module or a script.

#![expect(
    unsafe_code,
    reason = "resuming coroutines and implementing the lifetime trait of rquickjs need it"
)]

mod fiber;
mod native;

use std::cell::RefCell;

use rquickjs::module::Declared;
use rquickjs::{Atom, Ctx, JsLifetime, Module, Value, qjs};

pub(crate) use fiber::{Coro, Fiber, Stopped};
pub(crate) use native::{Native, NativeClass};

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
