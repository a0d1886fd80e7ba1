//! Native functions, and reading the arguments that scripts give them.
//!
//! Invariants: a missing argument reads as `undefined`, as in any JavaScript function.

use rquickjs::function::{IntoJsFunc, ParamRequirement, Params};
use rquickjs::{Ctx, Function, Object, Value};

/// The arguments of one call.
pub(crate) struct Args<'a, 'js>(Params<'a, 'js>);

impl<'js> Args<'_, 'js> {
    /// The runtime's context.
    pub(crate) fn ctx(&self) -> &Ctx<'js> {
        self.0.ctx()
    }

    /// What stood before the dot.
    pub(crate) fn this(&self) -> Value<'js> {
        self.0.this()
    }

    /// How many were given.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// An argument, `undefined` when it was not given.
    pub(crate) fn at(&self, idx: usize) -> Value<'js> {
        self.0
            .arg(idx)
            .unwrap_or_else(|| Value::new_undefined(self.ctx().clone()))
    }

    /// An argument; `None` when it was not given, or is `undefined` or `null`.
    pub(crate) fn given(&self, idx: usize) -> Option<Value<'js>> {
        self.0.arg(idx).filter(|value| !is_nothing(value))
    }

    /// An argument as text, as `String(…)` would write it.
    pub(crate) fn text(&self, idx: usize) -> rquickjs::Result<String> {
        to_text(self.ctx(), &self.at(idx))
    }

    /// `undefined`, to answer it.
    pub(crate) fn undefined(&self) -> rquickjs::Result<Value<'js>> {
        Ok(Value::new_undefined(self.ctx().clone()))
    }
}

struct Plain<F>(F);

impl<'js, F> IntoJsFunc<'js, ()> for Plain<F>
where
    F: for<'a> Fn(&Args<'a, 'js>) -> rquickjs::Result<Value<'js>> + 'js,
{
    fn param_requirements() -> ParamRequirement {
        ParamRequirement::any()
    }

    fn call(&self, params: Params<'_, 'js>) -> rquickjs::Result<Value<'js>> {
        (self.0)(&Args(params))
    }
}

/// Makes a native function with a name.
pub(crate) fn function<'js, F>(
    ctx: &Ctx<'js>,
    name: &str,
    call: F,
) -> rquickjs::Result<Function<'js>>
where
    F: for<'a> Fn(&Args<'a, 'js>) -> rquickjs::Result<Value<'js>> + 'js,
{
    Function::new(ctx.clone(), Plain(call))?.with_name(name)
}

/// Makes a native function that is called with `new`.
pub(crate) fn constructor<'js, F>(
    ctx: &Ctx<'js>,
    name: &str,
    call: F,
) -> rquickjs::Result<Function<'js>>
where
    F: for<'a> Fn(&Args<'a, 'js>) -> rquickjs::Result<Value<'js>> + 'js,
{
    Ok(function(ctx, name, call)?.with_constructor(true))
}

/// Sets a native function as a property of an object.
pub(crate) fn method<'js, F>(object: &Object<'js>, name: &str, call: F) -> rquickjs::Result<()>
where
    F: for<'a> Fn(&Args<'a, 'js>) -> rquickjs::Result<Value<'js>> + 'js,
{
    object.set(name, function(object.ctx(), name, call)?)
}

/// Whether a value is `undefined` or `null`.
pub(crate) fn is_nothing(value: &Value<'_>) -> bool {
    value.is_undefined() || value.is_null()
}

/// A value as text, as `String(…)` would write it.
pub(crate) fn to_text(_: &Ctx<'_>, value: &Value<'_>) -> rquickjs::Result<String> {
    if let Some(text) = value.as_string() {
        return text.to_string();
    }
    if let Some(number) = value.as_int() {
        return Ok(number.to_string());
    }
    let rquickjs::Coerced(text) = rquickjs::FromJs::from_js(value.ctx(), value.clone())?;
    Ok(text)
}

/// A value as a number, as `Number(…)` would read it.
pub(crate) fn to_number<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<f64> {
    if let Some(number) = value.as_number() {
        return Ok(number);
    }
    let rquickjs::Coerced(number) = rquickjs::FromJs::from_js(ctx, value.clone())?;
    Ok(number)
}

/// Whether a value counts as true.
pub(crate) fn is_truthy<'js>(value: &Value<'js>) -> bool {
    if let Some(truth) = value.as_bool() {
        return truth;
    }
    let truth: rquickjs::Result<rquickjs::Coerced<bool>> =
        rquickjs::FromJs::from_js(value.ctx(), value.clone());
    truth.is_ok_and(|rquickjs::Coerced(truth)| truth)
}

/// A string as a value.
pub(crate) fn string<'js>(ctx: &Ctx<'js>, text: &str) -> rquickjs::Result<Value<'js>> {
    Ok(rquickjs::String::from_str(ctx.clone(), text)?.into_value())
}

/// The bytes of an `ArrayBuffer` or of a view into one; `None` for anything else.
pub(crate) fn bytes_of(value: &Value<'_>) -> Option<Vec<u8>> {
    let object = value.as_object()?;
    if let Some(buffer) = rquickjs::ArrayBuffer::from_object(object.clone()) {
        return crate::raw::bytes_of(&buffer, 0..buffer.len());
    }
    let buffer: rquickjs::ArrayBuffer<'_> = object.get("buffer").ok()?;
    let offset: usize = object.get("byteOffset").ok()?;
    let length: usize = object.get("byteLength").ok()?;
    crate::raw::bytes_of(&buffer, offset..offset.checked_add(length)?)
}

/// Whether an object is an array, also behind a proxy.
pub(crate) fn is_array(object: &Object<'_>) -> bool {
    if object.is_array() {
        return true;
    }
    let of_globals: rquickjs::Result<bool> = (|| {
        let array: Object<'_> = object.ctx().globals().get("Array")?;
        let is_array: Function<'_> = array.get("isArray")?;
        is_array.call((object.clone(),))
    })();
    of_globals.unwrap_or(false)
}
