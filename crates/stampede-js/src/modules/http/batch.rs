//! `http.batch`: several requests at once.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Object, Value};
use stampede_http::Job;

use super::params::Call;
use super::record::{self, Hop};
use super::{answer, failed, not_in_init};
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
    let requests = args.at(0);
    let Some(requests) = requests.as_object() else {
        let message = "invalid http.batch() argument type; an array or an object of requests is \
                       expected";
        return Err(throw_go(ctx, message));
    };
    let is_array = args::is_array(requests);
    let mut names = Vec::new();
    let mut calls = Vec::new();
    for entry in requests.props::<String, Value<'_>>() {
        let (name, value) = entry?;
        calls.push(read(ctx, state, &name, &value)?);
        names.push(name);
    }
    let mut sent = send(ctx, state, &calls)?.into_iter();
    let mut answers = Vec::with_capacity(calls.len());
    for call in &calls {
        answers.push(match call {
            Ok(_) => match sent.next() {
                Some(response) => answer(ctx, state, response)?,
                None => Value::new_null(ctx.clone()),
            },
            Err(fault) => failed(ctx, state, fault)?,
        });
    }
    if is_array {
        let array = Array::new(ctx.clone())?;
        for (idx, answer) in answers.into_iter().enumerate() {
            array.set(idx, answer)?;
        }
        return Ok(array.into_value());
    }
    let object = Object::new(ctx.clone())?;
    for (name, answer) in names.into_iter().zip(answers) {
        object.set(name, answer)?;
    }
    Ok(object.into_value())
}

type Read = Result<Call, super::Fault>;

fn send(
    ctx: &Ctx<'_>,
    state: &Rc<VuState>,
    calls: &[Read],
) -> rquickjs::Result<Vec<stampede_http::Response>> {
    let Some(config) = state.config.get() else {
        return Ok(Vec::new());
    };
    let ready: Vec<&Call> = calls.iter().filter_map(|call| call.as_ref().ok()).collect();
    let jobs = ready.iter().map(|call| Job {
        request: Rc::clone(&call.request),
        jar: Rc::clone(&call.jar),
    });
    let observe = |idx: usize, hop: &stampede_http::Response| {
        if let Some(call) = ready.get(idx) {
            record::hop(state, &Hop { hop, call });
        }
    };
    let jobs: Vec<Job> = jobs.collect();
    state.block_on(ctx, config.client.batch(&jobs, &observe))
}

/// Reads one request: an address, `[method, url, body, params]` or an object of those.
fn read<'js>(
    ctx: &Ctx<'js>,
    state: &VuState,
    name: &str,
    value: &Value<'js>,
) -> rquickjs::Result<Read> {
    let given = |value: Value<'js>| (!args::is_nothing(&value)).then_some(value);
    if value.is_string() {
        return Call::read(ctx, state, "GET", value, None, None);
    }
    let Some(object) = value.as_object() else {
        let text = format!("invalid http.batch() request {name}: it is no address and no object");
        return Ok(Err(super::Fault { text, code: 0 }));
    };
    let is_array = args::is_array(object);
    let has_template =
        !is_array && object.contains_key("name")? && !object.contains_key("method")?;
    if has_template {
        return Call::read(ctx, state, "GET", value, None, None);
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
        true => "GET".to_owned(),
        false => args::to_text(ctx, &method)?.to_uppercase(),
    };
    let url = field(1, "url")?;
    let body = given(field(2, "body")?);
    let body = body.filter(|_| !matches!(method.as_str(), "GET" | "HEAD"));
    Call::read(ctx, state, &method, &url, body, given(field(3, "params")?))
}
