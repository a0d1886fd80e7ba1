//! `k6/crypto`: hashes, keyed hashes and random bytes.

pub(crate) mod hash;

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::{ArrayBuffer, Ctx, Object, Value};

use self::hash::{Algorithm, Encoding, Hasher};
use super::encoding::bytes_or_throw;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};
use crate::state::VuState;

/// The most random bytes that one call makes.
const RANDOM_BYTES_MAX: f64 = 64.0 * 1024.0 * 1024.0;

/// Builds the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, _state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    for (name, algorithm) in Algorithm::ALL {
        let context = format!("{name} failed: ");
        args::method(&module, name, move |args| {
            let bytes = bytes_or_throw(args.ctx(), &args.at(0), &context)?;
            let mut hasher = algorithm.hasher();
            hasher.update(&bytes);
            written(args, 1, &hasher.digest())
        })?;
    }
    args::method(&module, "createHash", |args| {
        let hasher = algorithm(args)?.hasher();
        hasher_object(args.ctx(), hasher)
    })?;
    args::method(&module, "createHMAC", |args| {
        let algorithm = algorithm(args)?;
        let key = bytes_or_throw(args.ctx(), &args.at(1), "")?;
        hasher_object(args.ctx(), algorithm.keyed(&key))
    })?;
    args::method(&module, "hmac", |args| {
        let algorithm = algorithm(args)?;
        let key = bytes_or_throw(args.ctx(), &args.at(1), "")?;
        let mut hasher = algorithm.keyed(&key);
        hasher.update(&bytes_or_throw(args.ctx(), &args.at(2), "")?);
        written(args, 3, &hasher.digest())
    })?;
    args::method(&module, "randomBytes", random_bytes)?;
    args::method(&module, "hexEncode", |args| {
        let bytes = bytes_or_throw(args.ctx(), &args.at(0), "")?;
        args::string(args.ctx(), &hash::hex(&bytes))
    })?;
    Ok(module)
}

fn algorithm(args: &Args<'_, '_>) -> rquickjs::Result<Algorithm> {
    let name = text_or_empty(args, 0)?;
    Algorithm::named(&name).map_err(|error| throw_go(args.ctx(), &error.to_string()))
}

fn text_or_empty(args: &Args<'_, '_>, idx: usize) -> rquickjs::Result<String> {
    match args.given(idx) {
        Some(value) => args::to_text(args.ctx(), &value),
        None => Ok(String::new()),
    }
}

/// Writes a result in the encoding that the argument at `idx` names.
fn written<'js>(args: &Args<'_, 'js>, idx: usize, bytes: &[u8]) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    match Encoding::named(&text_or_empty(args, idx)?) {
        Ok(Encoding::Binary) => Ok(ArrayBuffer::new_copy(ctx.clone(), bytes)?.into_value()),
        Ok(Encoding::Hex) => args::string(ctx, &hash::hex(bytes)),
        Ok(Encoding::Base64(variant)) => args::string(ctx, &variant.encode(bytes)),
        Err(error) => Err(throw_go(ctx, &error.to_string())),
    }
}

/// A `Hasher` of a script.
struct HasherObject(RefCell<Box<dyn Hasher>>);

impl NativeClass for HasherObject {
    const NAME: &'static str = "Hasher";

    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let prototype = Object::new(ctx.clone())?;
        args::method(&prototype, "update", |args| {
            let bytes = bytes_or_throw(args.ctx(), &args.at(0), "")?;
            with_hasher(args, |hasher| hasher.update(&bytes))?;
            args.undefined()
        })?;
        args::method(&prototype, "digest", |args| {
            let bytes = with_hasher(args, |hasher| hasher.digest())?;
            written(args, 0, &bytes)
        })?;
        Ok(prototype)
    }
}

fn hasher_object<'js>(ctx: &Ctx<'js>, hasher: Box<dyn Hasher>) -> rquickjs::Result<Value<'js>> {
    let object = Native::object(ctx, HasherObject(RefCell::new(hasher)))?;
    Ok(object.into_value())
}

fn with_hasher<T>(
    args: &Args<'_, '_>,
    act: impl FnOnce(&mut dyn Hasher) -> T,
) -> rquickjs::Result<T> {
    let Some(object) = Native::<HasherObject>::of(args.ctx(), args.this()) else {
        return Err(throw_go(args.ctx(), "this is not a Hasher"));
    };
    let native = object.borrow();
    let mut hasher = native.data.0.borrow_mut();
    Ok(act(&mut **hasher))
}

fn random_bytes<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let size = args::to_number(ctx, &args.at(0))?.trunc();
    if !(1.0..=RANDOM_BYTES_MAX).contains(&size) {
        return Err(throw_go(ctx, "invalid size"));
    }
    Ok(ArrayBuffer::new(ctx.clone(), random(ctx, whole(size))?)?.into_value())
}

/// A size that is known to be small and whole.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the callers have checked that the number is between 0 and a few million"
)]
pub(super) fn whole(size: f64) -> usize {
    size as usize
}

/// Bytes that nobody can guess.
pub(super) fn random(ctx: &Ctx<'_>, length: usize) -> rquickjs::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            let message = format!("the operating system gave no random bytes: {error}");
            Err(throw_go(ctx, &message))
        }
    }
}
