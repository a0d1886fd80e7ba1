//! `console`, and how values are written for people.
//!
//! Invariants: no value, however deep or large, writes more than [`TEXT_BYTES_MAX`].

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};

use crate::args::{self, Args};
use crate::log::{Entry, Level};
use crate::raw::bytes_of;
use crate::state::VuState;

/// The longest text of one call.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// How deep nested values are written.
const DEPTH_MAX: usize = 50;

/// Makes the object `console`.
pub(crate) fn object<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let console = Object::new(ctx.clone())?;
    for (name, level) in [
        ("debug", Level::Debug),
        ("error", Level::Error),
        ("info", Level::Info),
        ("log", Level::Info),
        ("warn", Level::Warn),
    ] {
        let state = Rc::clone(state);
        args::method(&console, name, move |args| write(args, &state, level))?;
    }
    Ok(console)
}

fn write<'js>(args: &Args<'_, 'js>, state: &VuState, level: Level) -> rquickjs::Result<Value<'js>> {
    if state.is_stopped() {
        return args.undefined();
    }
    let mut text = String::new();
    for idx in 0..args.len() {
        if idx > 0 {
            text.push(' ');
        }
        write_top(&mut text, &args.at(idx))?;
    }
    cut(&mut text);
    state.test.log.log(&Entry {
        level,
        message: &text,
        fields: &[],
        is_console: true,
    });
    args.undefined()
}

/// Cuts a text that is too long, at the boundary of a letter.
fn cut(text: &mut String) {
    if text.len() > TEXT_BYTES_MAX {
        let mut end = TEXT_BYTES_MAX;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}

fn write_top(text: &mut String, value: &Value<'_>) -> rquickjs::Result<()> {
    if value.is_undefined() {
        text.push_str("undefined");
        return Ok(());
    }
    if let Some(string) = value.as_string() {
        text.push_str(&string.to_string()?);
        return Ok(());
    }
    if let Some(symbol) = value.as_symbol() {
        text.push_str(&args::to_text(value.ctx(), &symbol.description()?)?);
        return Ok(());
    }
    write_value(text, value, &mut Vec::new())
}

/// Writes a value as it stands inside another one.
fn write_value<'js>(
    text: &mut String,
    value: &Value<'js>,
    within: &mut Vec<Object<'js>>,
) -> rquickjs::Result<()> {
    if text.len() > TEXT_BYTES_MAX || within.len() > DEPTH_MAX {
        text.push('…');
        return Ok(());
    }
    if args::is_nothing(value) {
        text.push_str("null");
    } else if let Some(string) = value.as_string() {
        text.push('"');
        text.push_str(&string.to_string()?);
        text.push('"');
    } else if value.is_function() {
        text.push_str("[object Function]");
    } else if let Some(symbol) = value.as_symbol() {
        text.push_str(&args::to_text(value.ctx(), &symbol.description()?)?);
    } else if let Some(object) = value.as_object() {
        if within.contains(object) {
            text.push_str("[Circular]");
            return Ok(());
        }
        within.push(object.clone());
        let written = write_object(text, object, within);
        within.pop();
        return written;
    } else {
        text.push_str(&args::to_text(value.ctx(), value)?);
    }
    Ok(())
}

fn write_object<'js>(
    text: &mut String,
    object: &Object<'js>,
    within: &mut Vec<Object<'js>>,
) -> rquickjs::Result<()> {
    let ctx = object.ctx();
    if object.is_error() {
        text.push_str(&args::to_text(ctx, object.as_value())?);
        return Ok(());
    }
    if let Some(buffer) = rquickjs::ArrayBuffer::from_object(object.clone()) {
        let bytes = bytes_of(&buffer, 0..buffer.len()).unwrap_or_default();
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let (hex, length) = (hex.join(" "), bytes.len());
        text.push_str(&format!(
            "ArrayBuffer {{ [Uint8Contents]: <{hex}>, byteLength: {length} }}"
        ));
        return Ok(());
    }
    let is_view = object.contains_key("BYTES_PER_ELEMENT")?;
    if is_view || args::is_array(object) {
        if is_view {
            let maker: Object<'_> = object.get("constructor")?;
            let name: String = maker.get("name")?;
            let length: u32 = object.get("length")?;
            text.push_str(&format!("{name}({length}) "));
        }
        return write_items(text, object, within);
    }
    let to_iso: Value<'_> = object.get("toISOString")?;
    if let Some(to_iso) = to_iso.as_function() {
        let this = rquickjs::function::This(object.clone());
        let iso: String = to_iso.call((this,)).unwrap_or_default();
        text.push_str(&format!("\"{iso}\""));
        return Ok(());
    }
    write_fields(text, object, within)
}

fn write_items<'js>(
    text: &mut String,
    object: &Object<'js>,
    within: &mut Vec<Object<'js>>,
) -> rquickjs::Result<()> {
    let length: u32 = object.get("length")?;
    if length == 0 {
        text.push_str("[]");
        return Ok(());
    }
    text.push_str("[ ");
    for idx in 0..length {
        if idx > 0 {
            text.push_str(", ");
        }
        if text.len() > TEXT_BYTES_MAX {
            break;
        }
        write_value(text, &object.get::<_, Value<'_>>(idx)?, within)?;
    }
    text.push_str(" ]");
    Ok(())
}

fn write_fields<'js>(
    text: &mut String,
    object: &Object<'js>,
    within: &mut Vec<Object<'js>>,
) -> rquickjs::Result<()> {
    let mut is_first = true;
    for field in object.props::<String, Value<'_>>() {
        let (name, value) = field?;
        text.push_str(if is_first { "{ " } else { ", " });
        is_first = false;
        text.push_str(&name);
        text.push_str(": ");
        write_value(text, &value, within)?;
    }
    text.push_str(if is_first { "{}" } else { " }" });
    Ok(())
}
