//! The globals `TextEncoder` and `TextDecoder`, for UTF-8.

use rquickjs::{Ctx, Object, TypedArray, Value};

use crate::args;

/// Adds the constructors to the globals.
pub(crate) fn install_globals<'js>(ctx: &Ctx<'js>, globals: &Object<'js>) -> rquickjs::Result<()> {
    let encoder = args::constructor(ctx, "TextEncoder", |args| {
        let encoder = Object::new(args.ctx().clone())?;
        encoder.set("encoding", "utf-8")?;
        args::method(&encoder, "encode", |args| {
            let text = match args.given(0) {
                Some(value) => args::to_text(args.ctx(), &value)?,
                None => String::new(),
            };
            Ok(TypedArray::<u8>::new(args.ctx().clone(), text.into_bytes())?.into_value())
        })?;
        Ok(encoder.into_value())
    })?;
    globals.set("TextEncoder", encoder)?;
    let decoder = args::constructor(ctx, "TextDecoder", |args| {
        let ctx = args.ctx();
        let label = match args.given(0) {
            Some(label) => args::to_text(ctx, &label)?.trim().to_ascii_lowercase(),
            None => "utf-8".to_owned(),
        };
        if !["utf-8", "utf8", "unicode-1-1-utf-8"].contains(&label.as_str()) {
            let message = format!("TextDecoder knows utf-8 only, not {label:?}");
            return Err(rquickjs::Exception::throw_range(ctx, &message));
        }
        let is_fatal = match args.given(1).as_ref().and_then(Value::as_object) {
            Some(options) => args::is_truthy(&options.get::<_, Value<'_>>("fatal")?),
            None => false,
        };
        let decoder = Object::new(ctx.clone())?;
        decoder.set("encoding", "utf-8")?;
        decoder.set("fatal", is_fatal)?;
        args::method(&decoder, "decode", move |args| {
            let ctx = args.ctx();
            let bytes = args::bytes_of(&args.at(0)).unwrap_or_default();
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            match std::str::from_utf8(bytes) {
                Ok(text) => args::string(ctx, text),
                Err(_) if is_fatal => {
                    let message = "the bytes are not valid utf-8";
                    Err(rquickjs::Exception::throw_type(ctx, message))
                }
                Err(_) => args::string(ctx, &String::from_utf8_lossy(bytes)),
            }
        })?;
        Ok(decoder.into_value())
    })?;
    globals.set("TextDecoder", decoder)
}
