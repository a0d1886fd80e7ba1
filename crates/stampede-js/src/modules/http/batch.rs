//! `http.batch`: several requests at once.
//!
//! Invariants: a request that cannot be made keeps the whole batch from being sent, as in k6.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Object, Value};
use stampede_http::{Job, Url, code};

use super::params::Call;
use super::record::{self, Hop};
use super::{Fault, answer, failed, not_in_init, response, words};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::state::VuState;

/// Sends the requests of an array or an object and answers their responses in the same shape.
pub(crate) fn batch<'js>(
    args: &Args<'_, 'js>,
    state: &Rc<VuState>,
) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    not_in_init(ctx, state)?;
    if args.len() == 0 {
        return Err(throw_go(ctx, "no argument was provided to http.batch()"));
    }
    let requests = args.at(0);
    let object = requests.as_object().filter(|_| !requests.is_function());
    let Some(requests) = object else {
        let kind = words::type_name(&requests);
        let message = format!("invalid http.batch() argument type {kind}");
        return Err(throw_go(ctx, &message));
    };
    let is_array = args::is_array(requests);
    let mut names = Vec::new();
    let mut calls = Vec::new();
    let mut fault = None;
    for entry in requests.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        if fault.is_none() {
            match read(ctx, state, &name, &value)?.and_then(checked) {
                Ok(call) => calls.push(call),
                Err(found) => fault = Some(found),
            }
        }
        names.push(name);
    }
    let answers = match &fault {
        None => sent(ctx, state, &calls)?,
        Some(fault) => unsent(ctx, state, calls.len(), fault)?,
    };
    if is_array {
        let mut answers = answers.into_iter();
        let array = Array::new(ctx.clone())?;
        for idx in 0..names.len() {
            let none = || Value::new_null(ctx.clone());
            array.set(idx, answers.next().unwrap_or_else(none))?;
        }
        return Ok(array.into_value());
    }
    let object = Object::new(ctx.clone())?;
    for (name, answer) in names.into_iter().zip(answers) {
        object.set(name, answer)?;
    }
    Ok(object.into_value())
}

/// The answers of a batch that one request keeps from being sent: those before it are empty, and
/// it says why.
fn unsent<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    before: usize,
    fault: &Fault,
) -> rquickjs::Result<Vec<Value<'js>>> {
    let empty = Fault {
        text: String::new(),
        code: 0,
    };
    let mut answers = Vec::with_capacity(before + 1);
    for _ in 0..before {
        answers.push(response::failed(ctx, state, &empty)?);
    }
    answers.push(failed(ctx, state, fault, "A batch request failed")?);
    Ok(answers)
}

/// Sends the requests together; their answers in their order.
fn sent<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    calls: &[Call],
) -> rquickjs::Result<Vec<Value<'js>>> {
    let Some(config) = state.config.get() else {
        return Ok(Vec::new());
    };
    let jobs = calls.iter().map(|call| Job {
        request: Rc::clone(&call.request),
        jar: Rc::clone(&call.jar),
    });
    let observe = |idx: usize, hop: &stampede_http::Response| {
        if let Some(call) = calls.get(idx) {
            record::hop(state, &Hop { hop, call });
        }
    };
    let jobs: Vec<Job> = jobs.collect();
    let responses = state.block_on(ctx, config.client.batch(&jobs, &observe))?;
    let mut answers = Vec::with_capacity(responses.len());
    for response in responses {
        answers.push(answer(ctx, state, response)?);
    }
    Ok(answers)
}

/// Reads one request: an address, `[method, url, body, params]` or an object of those.
fn read<'js>(
    ctx: &Ctx<'js>,
    state: &VuState,
    name: &str,
    value: &Value<'js>,
) -> rquickjs::Result<Result<Call, Fault>> {
    let given = |value: Value<'js>| (!args::is_nothing(&value)).then_some(value);
    let invalid = |text| Ok(Err(Fault { text, code: 0 }));
    let Some(object) = value.as_object().filter(|_| !value.is_function()) else {
        return Call::read(ctx, state, "GET", value, None, None);
    };
    let is_array = args::is_array(object);
    let has_template =
        !is_array && object.contains_key("name")? && !object.contains_key("method")?;
    if has_template {
        return Call::read(ctx, state, "GET", value, None, None);
    }
    if is_array && object.len() < 2 {
        return invalid(too_short(ctx, object)?);
    }
    if !is_array && !object.contains_key("url")? {
        return invalid(format!("batch request {name} doesn't have a url key"));
    }
    let field = |idx: u32, name: &str| -> rquickjs::Result<Value<'js>> {
        if is_array {
            object.get(idx)
        } else {
            object.get(name)
        }
    };
    let method = field(0, "method")?;
    let method = match args::is_nothing(&method) {
        true if is_array => return invalid("invalid method type '<nil>'".to_owned()),
        true => "GET".to_owned(),
        false => args::to_text(ctx, &method)?.to_uppercase(),
    };
    let url = field(1, "url")?;
    let body = given(field(2, "body")?);
    let body = body.filter(|_| !matches!(method.as_str(), "GET" | "HEAD"));
    Call::read(ctx, state, &method, &url, body, given(field(3, "params")?))
}

/// A call whose address is one.
fn checked(call: Call) -> Result<Call, Fault> {
    match Url::parse(&call.request.url) {
        Ok(_) => Ok(call),
        Err(error) => Err(Fault {
            text: format!("invalid URL: {error}"),
            code: code::INVALID_URL,
        }),
    }
}

/// Says that a list names no address, with what it has.
fn too_short<'js>(ctx: &Ctx<'js>, list: &Object<'js>) -> rquickjs::Result<String> {
    let only: Option<Value<'_>> = list.get(0)?;
    let shown = match only.filter(|_| list.len() == 1) {
        None => String::new(),
        Some(only) if args::is_nothing(&only) => "interface {}(nil)".to_owned(),
        Some(only) if only.is_string() => format!("{:?}", args::to_text(ctx, &only)?),
        Some(only) => args::to_text(ctx, &only)?,
    };
    Ok(format!(
        "invalid batch request '[]interface {{}}{{{shown}}}'"
    ))
}
