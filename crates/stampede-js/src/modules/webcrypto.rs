//! The global `crypto`: random values, random UUIDs and digests, as browsers have them.
//!
//! Invariants: a method of `subtle` that is not supported rejects with a message that names it.

use rquickjs::function::Constructor;
use rquickjs::object::Property;
use rquickjs::{ArrayBuffer, Ctx, Exception, Function, Object, TypedArray, Value};

use super::crypto::hash::{self, Algorithm};
use super::crypto::random;
use crate::args::{self, Args};
use crate::error::throw_go;

/// The most bytes that one `getRandomValues` fills.
const FILL_BYTES_MAX: usize = 65_536;

/// Methods of `subtle` that k6 has and we have not.
const UNSUPPORTED: &[&str] = &[
    "decrypt",
    "deriveBits",
    "deriveKey",
    "encrypt",
    "exportKey",
    "generateKey",
    "importKey",
    "sign",
    "unwrapKey",
    "verify",
    "wrapKey",
];

/// Adds the global.
pub(crate) fn install_globals<'js>(ctx: &Ctx<'js>, globals: &Object<'js>) -> rquickjs::Result<()> {
    let crypto = Object::new(ctx.clone())?;
    args::method(&crypto, "getRandomValues", fill)?;
    args::method(&crypto, "randomUUID", |args| {
        let uuid = uuid_v4(args.ctx())?;
        args::string(args.ctx(), &uuid)
    })?;
    let subtle = Object::new(ctx.clone())?;
    args::method(&subtle, "digest", |args| {
        let answer = digest(args);
        promise(args.ctx(), answer)
    })?;
    for name in UNSUPPORTED {
        args::method(&subtle, name, move |args| {
            let message = format!(
                "crypto.subtle.{name}() is not supported; crypto.subtle.digest() and the hashes \
                 and keyed hashes of k6/crypto are"
            );
            promise(args.ctx(), Err(not_supported(args.ctx(), &message)))
        })?;
    }
    crypto.set("subtle", subtle)?;
    globals.prop("crypto", Property::from(crypto).writable().configurable())
}

/// A random UUID of version 4, in lower case.
pub(crate) fn uuid_v4(ctx: &Ctx<'_>) -> rquickjs::Result<String> {
    let mut bytes = random(ctx, 16)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hash::hex(&bytes);
    Ok(format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    ))
}

fn is_integers(array: &Object<'_>) -> bool {
    array.is_typed_array::<u8>()
        || array.is_typed_array::<i8>()
        || array.is_typed_array::<u16>()
        || array.is_typed_array::<i16>()
        || array.is_typed_array::<u32>()
        || array.is_typed_array::<i32>()
        || array.is_typed_array::<u64>()
        || array.is_typed_array::<i64>()
        || is_clamped(array)
}

fn is_clamped(array: &Object<'_>) -> bool {
    let class: rquickjs::Result<Constructor<'_>> = array.ctx().globals().get("Uint8ClampedArray");
    class.is_ok_and(|class| array.is_instance_of(&class))
}

fn fill<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let value = args.at(0);
    let Some(array) = value.as_object().filter(|object| is_integers(object)) else {
        let message = "TypeMismatchError: typedArray parameter isn't a TypedArray instance";
        return Err(throw_go(ctx, message));
    };
    let length: usize = array.get("byteLength")?;
    if FILL_BYTES_MAX < length {
        let message = format!(
            "QuotaExceededError: typedArray parameter is too big; maximum length is \
             {FILL_BYTES_MAX}"
        );
        return Err(throw_go(ctx, &message));
    }
    let bytes = TypedArray::<u8>::new(ctx.clone(), random(ctx, length)?)?;
    let class: Constructor<'_> = ctx.globals().get("Uint8Array")?;
    let buffer: Value<'_> = array.get("buffer")?;
    let offset: usize = array.get("byteOffset")?;
    let view: Object<'_> = class.construct((buffer, offset, length))?;
    let set: Function<'_> = view.get("set")?;
    set.call::<_, ()>((rquickjs::function::This(view.clone()), bytes))?;
    Ok(value)
}

fn digest<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let name = match args.at(0).as_object() {
        Some(algorithm) => args::to_text(ctx, &algorithm.get("name")?)?,
        None => args.text(0)?,
    };
    let algorithm = match name.to_ascii_uppercase().as_str() {
        "SHA-1" => Algorithm::Sha1,
        "SHA-256" => Algorithm::Sha256,
        "SHA-384" => Algorithm::Sha384,
        "SHA-512" => Algorithm::Sha512,
        _ => {
            let message = format!("digest() knows no algorithm \"{name}\"");
            return Err(not_supported(ctx, &message));
        }
    };
    let Some(bytes) = args::bytes_of(&args.at(1)) else {
        let message = "TypeMismatchError: the data is neither an ArrayBuffer nor a view of one";
        return Err(throw_go(ctx, message));
    };
    let mut hasher = algorithm.hasher();
    hasher.update(&bytes);
    Ok(ArrayBuffer::new(ctx.clone(), hasher.digest())?.into_value())
}

/// Throws what browsers throw for what they cannot do.
fn not_supported(ctx: &Ctx<'_>, message: &str) -> rquickjs::Error {
    let named = Exception::from_message(ctx.clone(), message).and_then(|exception| {
        let error = exception.into_object();
        error.set("name", "NotSupportedError")?;
        Ok(error.into_value())
    });
    match named {
        Ok(error) => ctx.throw(error),
        Err(error) => error,
    }
}

/// A promise that is settled with the answer.
fn promise<'js>(
    ctx: &Ctx<'js>,
    answer: rquickjs::Result<Value<'js>>,
) -> rquickjs::Result<Value<'js>> {
    let (promise, resolve, reject) = ctx.promise()?;
    match answer {
        Ok(value) => resolve.call::<_, ()>((value,))?,
        Err(rquickjs::Error::Exception) => reject.call::<_, ()>((ctx.catch(),))?,
        Err(error) => return Err(error),
    }
    Ok(promise.into_value())
}
