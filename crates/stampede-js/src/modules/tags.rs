//! Reading tags that scripts give to a sample.

use rquickjs::{Ctx, Value};

use crate::args;
use crate::error::throw_go;

/// Reads the tags in an argument; anything but an object has none, an array has them by index.
///
/// # Errors
/// A value that is neither text, number nor boolean; `whose` names the sample in the message.
pub(crate) fn own_tags<'js>(
    ctx: &Ctx<'js>,
    given: Option<Value<'js>>,
    whose: &str,
) -> rquickjs::Result<Vec<(String, String)>> {
    let mut tags = Vec::new();
    let Some(object) = given.as_ref().and_then(Value::as_object) else {
        return Ok(tags);
    };
    for entry in object.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        let Some(text) = tag_text(ctx, &value)? else {
            let message = format!(
                "cannot add tags for the '{whose}' custom metric: {}",
                refused(&name)
            );
            return Err(throw_go(ctx, &message));
        };
        tags.push((name, text));
    }
    Ok(tags)
}

/// A value as a tag; `None` when it cannot be one.
pub(crate) fn tag_text<'js>(
    ctx: &Ctx<'js>,
    value: &Value<'js>,
) -> rquickjs::Result<Option<String>> {
    if value.is_string() || value.is_number() || value.is_bool() {
        return args::to_text(ctx, value).map(Some);
    }
    Ok(None)
}

/// Says that a tag's value is of no use.
pub(crate) fn refused(name: &str) -> String {
    format!(
        "invalid value for metric tag '{name}': only String, Boolean and Number types are accepted \
         as a metric tag values"
    )
}
