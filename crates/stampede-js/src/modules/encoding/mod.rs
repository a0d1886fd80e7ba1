//! `k6/encoding`: base64.

pub(crate) mod base64;

use std::rc::Rc;

use rquickjs::{ArrayBuffer, Ctx, Object, Value};

use self::base64::Variant;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::state::VuState;

/// Builds the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, _state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    args::method(&module, "b64encode", |args| {
        let bytes = bytes_or_throw(args.ctx(), &args.at(0), "")?;
        args::string(args.ctx(), &variant(args)?.encode(&bytes))
    })?;
    args::method(&module, "b64decode", b64decode)?;
    Ok(module)
}

fn variant(args: &Args<'_, '_>) -> rquickjs::Result<Variant> {
    Ok(match args.given(1) {
        Some(name) => Variant::named(&args::to_text(args.ctx(), &name)?),
        None => Variant::Std,
    })
}

fn b64decode<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let text = match args.given(0) {
        Some(text) => args::to_text(ctx, &text)?,
        None => String::new(),
    };
    let bytes = match variant(args)?.decode(&text) {
        Ok(bytes) => bytes,
        Err(error) => return Err(throw_go(ctx, &error.to_string())),
    };
    let is_text = match args.given(2) {
        Some(format) => args::to_text(ctx, &format)? == "s",
        None => false,
    };
    if is_text {
        return args::string(ctx, &String::from_utf8_lossy(&bytes));
    }
    Ok(ArrayBuffer::new(ctx.clone(), bytes)?.into_value())
}

/// The bytes of a string, an `ArrayBuffer` or a `Uint8Array`; throws for anything else.
///
/// `context` stands before the message.
pub(crate) fn bytes_or_throw<'js>(
    ctx: &Ctx<'js>,
    value: &Value<'js>,
    context: &str,
) -> rquickjs::Result<Vec<u8>> {
    if value.is_string() {
        return Ok(args::to_text(ctx, value)?.into_bytes());
    }
    let is_view = value
        .as_object()
        .is_some_and(|object| object.is_array_buffer() || object.is_typed_array::<u8>());
    let bytes = if is_view { args::bytes_of(value) } else { None };
    bytes.ok_or_else(|| {
        let kind = kind_in_k6(value);
        let message =
            format!("{context}invalid type {kind}, expected string, []byte or ArrayBuffer");
        throw_go(ctx, &message)
    })
}

/// What k6's messages call the type of a value.
fn kind_in_k6(value: &Value<'_>) -> &'static str {
    if args::is_nothing(value) {
        "<nil>"
    } else if value.is_int() {
        "int64"
    } else if value.is_number() {
        "float64"
    } else if value.is_bool() {
        "bool"
    } else if value.is_array() {
        "[]interface {}"
    } else {
        "map[string]interface {}"
    }
}
