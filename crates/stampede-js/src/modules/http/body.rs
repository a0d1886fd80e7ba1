//! Bodies of requests: text, bytes, forms and multipart forms with files.

use bytes::Bytes;
use rquickjs::{Ctx, Object, Value};
use stampede_http::Request;

use super::{Fault, words};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};

/// What `http.file(…)` answers.
struct File {
    data: Vec<u8>,
    name: String,
    content_type: String,
}

impl NativeClass for File {
    const NAME: &'static str = "FileData";
}

/// `http.file(data, [filename], [contentType])`
pub(crate) fn file<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let data = args.at(0);
    let bytes = match (args::bytes_of(&data), data.as_string()) {
        (Some(bytes), _) => bytes,
        (None, Some(text)) => text.to_string()?.into_bytes(),
        (None, None) => {
            let message = "http.file() needs text or an ArrayBuffer as its first argument";
            return Err(throw_go(ctx, message));
        }
    };
    let name = match args.given(1) {
        Some(name) => args::to_text(ctx, &name)?,
        None => crate::state::now().0.to_string(),
    };
    let content_type = match args.given(2) {
        Some(content_type) => args::to_text(ctx, &content_type)?,
        None => "application/octet-stream".to_owned(),
    };
    let file = File {
        data: bytes,
        name: name.clone(),
        content_type: content_type.clone(),
    };
    let object = Native::object(ctx, file)?;
    object.set("data", data)?;
    object.set("filename", name)?;
    object.set("content_type", content_type)?;
    Ok(object.into_value())
}

/// Reads a body into a request, with the content type that it brings along.
pub(crate) fn read<'js>(
    ctx: &Ctx<'js>,
    body: &Value<'js>,
    request: &mut Request,
) -> rquickjs::Result<Result<(), Fault>> {
    if let Some(text) = body.as_string() {
        request.body = Some(Bytes::from(text.to_string()?));
        return Ok(Ok(()));
    }
    if let Some(bytes) = args::bytes_of(body) {
        request.body = Some(Bytes::from(bytes));
        return Ok(Ok(()));
    }
    let object = body.as_object().filter(|object| !args::is_array(object));
    let Some(object) = object else {
        let kind = words::type_name(body);
        let text = format!("unknown request body type {kind}");
        return Ok(Err(Fault { text, code: 0 }));
    };
    let (bytes, content_type) = form(ctx, object)?;
    request.body = Some(Bytes::from(bytes));
    request.set_header("content-type", content_type.as_bytes());
    Ok(Ok(()))
}

fn form<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<(Vec<u8>, String)> {
    let mut fields = Vec::new();
    let mut has_file = false;
    for entry in object.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        has_file |= Native::<File>::of(ctx, value.clone()).is_some();
        fields.push((name, value));
    }
    fields.sort_by(|(left, _), (right, _)| left.cmp(right));
    if has_file {
        return multipart(ctx, fields);
    }
    let text = encoded(ctx, fields)?;
    Ok((
        text.into_bytes(),
        "application/x-www-form-urlencoded".to_owned(),
    ))
}

/// The fields of an object as the query of an address, sorted by name.
pub(crate) fn query<'js>(ctx: &Ctx<'js>, object: &Object<'js>) -> rquickjs::Result<String> {
    let fields: rquickjs::Result<Vec<_>> = object.props::<String, Value<'_>>().collect();
    let mut fields = fields?;
    fields.sort_by(|(left, _), (right, _)| left.cmp(right));
    encoded(ctx, fields)
}

fn encoded<'js>(ctx: &Ctx<'js>, fields: Vec<(String, Value<'js>)>) -> rquickjs::Result<String> {
    let mut text = String::new();
    for (name, value) in fields {
        match value.as_array() {
            Some(items) => {
                for item in items.iter::<Value<'_>>() {
                    pair(&mut text, &name, &field(ctx, &item?)?);
                }
            }
            None => pair(&mut text, &name, &field(ctx, &value)?),
        }
    }
    Ok(text)
}

/// A field's value; one that is nothing is written as k6 writes it.
fn field<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<String> {
    match args::is_nothing(value) {
        true => Ok("<nil>".to_owned()),
        false => args::to_text(ctx, value),
    }
}

fn pair(text: &mut String, name: &str, value: &str) {
    if !text.is_empty() {
        text.push('&');
    }
    escape(text, name);
    text.push('=');
    escape(text, value);
}

/// Escapes a text for a form.
fn escape(to: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                to.push(char::from(byte));
            }
            b' ' => to.push('+'),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
}

fn multipart<'js>(
    ctx: &Ctx<'js>,
    fields: Vec<(String, Value<'js>)>,
) -> rquickjs::Result<(Vec<u8>, String)> {
    let boundary = boundary();
    let mut bytes = Vec::new();
    for (name, value) in fields {
        let mut head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
            quoted(&name)
        );
        match Native::<File>::of(ctx, value.clone()) {
            Some(file) => {
                let file = file.borrow();
                let File {
                    data,
                    name,
                    content_type,
                } = &file.data;
                head.push_str(&format!(
                    "; filename=\"{}\"\r\nContent-Type: {content_type}\r\n\r\n",
                    quoted(name)
                ));
                bytes.extend_from_slice(head.as_bytes());
                bytes.extend_from_slice(data);
            }
            None => {
                head.push_str("\r\n\r\n");
                bytes.extend_from_slice(head.as_bytes());
                bytes.extend_from_slice(args::to_text(ctx, &value)?.as_bytes());
            }
        }
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok((bytes, format!("multipart/form-data; boundary={boundary}")))
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A text that no field contains, in all likelihood.
fn boundary() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    let draw = || RandomState::new().hash_one(crate::state::now().0);
    format!("{:016x}{:016x}{:016x}", draw(), draw(), draw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_escaped() {
        let mut text = String::new();
        pair(&mut text, "a b", "ü&=~");
        pair(&mut text, "c", "");
        assert_eq!(text, "a+b=%C3%BC%26%3D~&c=");
    }
}
