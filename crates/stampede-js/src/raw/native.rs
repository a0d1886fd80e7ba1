//! Data of ours as JavaScript objects.
//!
//! Never: knows which data.

use std::cell::RefCell;

use rquickjs::class::{ClassKind, JsCell, PropertyDescriptor, PropertyName, Trace, Tracer};
use rquickjs::function::Constructor;
use rquickjs::{Atom, Class, Ctx, FromJs as _, JsLifetime, Object, Value};

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

    #[expect(
        clippy::mem_forget,
        reason = "balances the reference that the binding frees beyond its own"
    )]
    fn exotic_set_property(
        this: &JsCell<'js, Self>,
        ctx: &Ctx<'js>,
        atom: Atom<'js>,
        _receiver: Value<'js>,
        value: Value<'js>,
    ) -> rquickjs::Result<bool> {
        // QuickJS lends the value and frees it itself, but rquickjs 0.14 hands it over as ours, to
        // be freed once more when it is dropped: one reference is given up for that.
        std::mem::forget(value.clone());
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
