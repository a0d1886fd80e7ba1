//! Responses as scripts see them: nothing is built before it is asked for.
//!
//! Invariants: a property that was built once is the same value when it is read again.

use std::rc::Rc;

use rquickjs::{ArrayBuffer, Atom, Ctx, Exception, Object, TypedArray, Value};
use stampede_http::{BodyKind, Headers, Response, canonical_name};

use super::{Fault, json_path};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Kept, Native, NativeClass, atom_number};
use crate::state::VuState;

/// A property of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    RemoteIp,
    RemotePort,
    Url,
    Status,
    StatusText,
    Proto,
    Headers,
    Cookies,
    Body,
    Timings,
    TlsVersion,
    TlsCipherSuite,
    Ocsp,
    Error,
    ErrorCode,
    Request,
}

/// The properties in the order in which scripts see them.
const KEYS: &[(&str, Key)] = &[
    ("remote_ip", Key::RemoteIp),
    ("remote_port", Key::RemotePort),
    ("url", Key::Url),
    ("status", Key::Status),
    ("status_text", Key::StatusText),
    ("proto", Key::Proto),
    ("headers", Key::Headers),
    ("cookies", Key::Cookies),
    ("body", Key::Body),
    ("timings", Key::Timings),
    ("tls_version", Key::TlsVersion),
    ("tls_cipher_suite", Key::TlsCipherSuite),
    ("ocsp", Key::Ocsp),
    ("error", Key::Error),
    ("error_code", Key::ErrorCode),
    ("request", Key::Request),
];

/// The methods, which scripts see as properties after the others.
const METHODS: &[&str] = &["clickLink", "html", "json", "submitForm"];

const SLOT_BODY: usize = 0;
const SLOT_HEADERS: usize = 1;
const SLOT_COOKIES: usize = 2;
const SLOT_TIMINGS: usize = 3;
const SLOT_OCSP: usize = 4;
const SLOT_REQUEST: usize = 5;
/// What the script itself set, by property.
const SLOT_SET: usize = 6;

/// The properties by the numbers of their names.
#[derive(Debug)]
pub(crate) struct Keys {
    keys: Vec<(u32, Key)>,
    methods: Vec<(u32, usize)>,
}

/// The data behind a response object.
struct Data {
    state: Rc<VuState>,
    outcome: Outcome,
}

enum Outcome {
    /// The last hop of a request.
    Hop(Box<Response>),
    /// Why there was no request.
    Fault { text: String, code: u16 },
}

/// Prepares a runtime for responses.
pub(crate) fn prepare<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<()> {
    let mut keys = Vec::new();
    for (name, key) in KEYS {
        keys.push((Kept::atom(ctx, name)?, *key));
    }
    let mut methods = Vec::new();
    for name in METHODS {
        let own = Rc::clone(state);
        let function = args::function(ctx, name, move |args| call(args, &own, name))?;
        let place = Kept::keep(ctx, function.into_value());
        methods.push((Kept::atom(ctx, name)?, place));
    }
    // A module is made once per runtime.
    state.http.keys.get_or_init(|| Keys { keys, methods });
    Ok(())
}

/// The object for a response.
pub(crate) fn object<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    response: Response,
) -> rquickjs::Result<Value<'js>> {
    let outcome = Outcome::Hop(Box::new(response));
    let data = Data {
        state: Rc::clone(state),
        outcome,
    };
    Ok(Native::object(ctx, data)?.into_value())
}

/// The object for a request that could not be made.
pub(crate) fn failed<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    fault: &Fault,
) -> rquickjs::Result<Value<'js>> {
    let outcome = Outcome::Fault {
        text: fault.text.clone(),
        code: fault.code,
    };
    let data = Data {
        state: Rc::clone(state),
        outcome,
    };
    Ok(Native::object(ctx, data)?.into_value())
}

impl NativeClass for Data {
    const NAME: &'static str = "Response";
    const EXOTIC: bool = true;

    fn get<'js>(
        this: &Native<'js, Data>,
        ctx: &Ctx<'js>,
        key: &Atom<'js>,
    ) -> rquickjs::Result<Option<Value<'js>>> {
        let Some(known) = this.data.state.http.keys.get() else {
            return Ok(None);
        };
        let number = atom_number(key);
        if let Some(set) = &this.slots.borrow()[SLOT_SET]
            && let Some(set) = set.as_object()
            && set.contains_key(key.clone())?
        {
            return set.get(key.clone()).map(Some);
        }
        if let Some((_, key)) = known.keys.iter().find(|(other, _)| *other == number) {
            return property(this, ctx, *key).map(Some);
        }
        let method = known.methods.iter().find(|(other, _)| *other == number);
        Ok(method.map(|(_, place)| Kept::value(ctx, *place)))
    }

    fn set<'js>(
        this: &Native<'js, Data>,
        ctx: &Ctx<'js>,
        key: &Atom<'js>,
        value: Value<'js>,
    ) -> rquickjs::Result<()> {
        let name = key.to_string()?;
        if !KEYS.iter().any(|(known, _)| *known == name) {
            let message = format!("Cannot assign to property {name} of a host object");
            return Err(Exception::throw_type(ctx, &message));
        }
        let set = this.slot(SLOT_SET, || Ok(Object::new(ctx.clone())?.into_value()))?;
        match set.as_object() {
            Some(set) => set.set(key.clone(), value),
            None => Ok(()),
        }
    }

    fn keys<'js>(_this: &Native<'js, Data>, ctx: &Ctx<'js>) -> rquickjs::Result<Vec<Atom<'js>>> {
        let names = KEYS.iter().map(|(name, _)| name).chain(METHODS);
        names
            .map(|name| Atom::from_str(ctx.clone(), name))
            .collect()
    }
}

fn property<'js>(
    this: &Native<'js, Data>,
    ctx: &Ctx<'js>,
    key: Key,
) -> rquickjs::Result<Value<'js>> {
    let response = match &this.data.outcome {
        Outcome::Hop(response) => response,
        Outcome::Fault { text, code } => return fault_property(this, ctx, key, text, *code),
    };
    match key {
        Key::Status => Ok(Value::new_int(ctx.clone(), response.status.into())),
        Key::Body => this.slot(SLOT_BODY, || body(ctx, response)),
        Key::Headers => this.slot(SLOT_HEADERS, || headers(ctx, &response.headers)),
        Key::Cookies => this.slot(SLOT_COOKIES, || cookies(ctx, response)),
        Key::Timings => this.slot(SLOT_TIMINGS, || timings(ctx, response)),
        Key::Ocsp => this.slot(SLOT_OCSP, || ocsp(ctx)),
        Key::Request => this.slot(SLOT_REQUEST, || request(ctx, response)),
        Key::RemoteIp => match response.remote {
            Some(remote) => args::string(ctx, &remote.ip().to_string()),
            None => args::string(ctx, ""),
        },
        Key::RemotePort => {
            let port = response.remote.map_or(0, |remote| remote.port());
            Ok(Value::new_int(ctx.clone(), port.into()))
        }
        Key::Url => args::string(ctx, &response.url),
        Key::StatusText => args::string(ctx, &response.status_text()),
        Key::Proto => args::string(ctx, response.proto.as_str()),
        Key::TlsVersion => args::string(ctx, response.tls.map_or("", |tls| tls.version)),
        Key::TlsCipherSuite => args::string(ctx, response.tls.map_or("", |tls| tls.cipher_suite)),
        Key::Error => args::string(ctx, response.error_text()),
        Key::ErrorCode => Ok(Value::new_int(ctx.clone(), response.error_code().into())),
    }
}

/// A property of a request that could not be made.
fn fault_property<'js>(
    this: &Native<'js, Data>,
    ctx: &Ctx<'js>,
    key: Key,
    text: &str,
    code: u16,
) -> rquickjs::Result<Value<'js>> {
    let empty = || Ok(Object::new(ctx.clone())?.into_value());
    match key {
        Key::Error => args::string(ctx, text),
        Key::ErrorCode => Ok(Value::new_int(ctx.clone(), code.into())),
        Key::Status | Key::RemotePort => Ok(Value::new_int(ctx.clone(), 0)),
        Key::Request => Ok(Value::new_null(ctx.clone())),
        Key::Body => this.slot(SLOT_BODY, || {
            // Not null, as in k6.
            let empty = TypedArray::<u8>::new(ctx.clone(), Vec::new())?;
            Ok(empty.into_value())
        }),
        Key::Headers => this.slot(SLOT_HEADERS, empty),
        Key::Cookies => this.slot(SLOT_COOKIES, empty),
        Key::Timings => this.slot(SLOT_TIMINGS, || {
            let timings = stampede_http::Timings::default();
            phases(ctx, &timings)
        }),
        Key::Ocsp => this.slot(SLOT_OCSP, || ocsp(ctx)),
        Key::RemoteIp
        | Key::Url
        | Key::StatusText
        | Key::Proto
        | Key::TlsVersion
        | Key::TlsCipherSuite => args::string(ctx, ""),
    }
}

fn body<'js>(ctx: &Ctx<'js>, response: &Response) -> rquickjs::Result<Value<'js>> {
    let Some(bytes) = &response.body else {
        return Ok(Value::new_null(ctx.clone()));
    };
    match response.request.body_kind {
        BodyKind::Text => match std::str::from_utf8(bytes) {
            Ok(text) => args::string(ctx, text),
            Err(_) => args::string(ctx, &String::from_utf8_lossy(bytes)),
        },
        BodyKind::Binary => Ok(ArrayBuffer::new_copy(ctx.clone(), bytes)?.into_value()),
        BodyKind::None => Ok(Value::new_null(ctx.clone())),
    }
}

fn headers<'js>(ctx: &Ctx<'js>, headers: &Headers) -> rquickjs::Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    for name in headers.names() {
        let value = headers.joined(name.as_str()).unwrap_or_default();
        object.set(canonical_name(name.as_str()), value)?;
    }
    Ok(object.into_value())
}

fn cookies<'js>(ctx: &Ctx<'js>, response: &Response) -> rquickjs::Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    for cookie in response.cookies() {
        let one = Object::new(ctx.clone())?;
        one.set("name", cookie.name.as_str())?;
        one.set("value", cookie.value)?;
        one.set("domain", cookie.domain)?;
        one.set("path", cookie.path)?;
        one.set("http_only", cookie.http_only)?;
        one.set("secure", cookie.secure)?;
        one.set("max_age", cookie.max_age_s)?;
        let expires = cookie.expires.and_then(|at| {
            let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
            i64::try_from(since.as_millis()).ok()
        });
        // What k6 writes for a cookie that does not say when it ends.
        one.set("expires", expires.unwrap_or(-6_795_364_578_871))?;
        let known: Value<'_> = object.get(cookie.name.as_str())?;
        match known.as_array() {
            Some(list) => list.set(list.len(), one)?,
            None => object.set(cookie.name, vec![one])?,
        }
    }
    Ok(object.into_value())
}

fn timings<'js>(ctx: &Ctx<'js>, response: &Response) -> rquickjs::Result<Value<'js>> {
    phases(ctx, &response.timings)
}

fn phases<'js>(ctx: &Ctx<'js>, timings: &stampede_http::Timings) -> rquickjs::Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    for (name, duration) in [
        ("duration", timings.duration()),
        ("blocked", timings.blocked),
        ("looking_up", timings.looking_up),
        ("connecting", timings.connecting),
        ("tls_handshaking", timings.tls_handshaking),
        ("sending", timings.sending),
        ("waiting", timings.waiting),
        ("receiving", timings.receiving),
    ] {
        object.set(name, duration.as_secs_f64() * 1e3)?;
    }
    Ok(object.into_value())
}

/// OCSP stapling is not looked at; this is what k6 answers without it.
fn ocsp<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    for name in ["produced_at", "this_update", "next_update", "revoked_at"] {
        object.set(name, 0)?;
    }
    object.set("revocation_reason", "")?;
    object.set("status", "")?;
    Ok(object.into_value())
}

fn request<'js>(ctx: &Ctx<'js>, response: &Response) -> rquickjs::Result<Value<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("method", &*response.request.method)?;
    object.set("url", response.request.url.as_str())?;
    let sent = response.sent_headers();
    let headers = Object::new(ctx.clone())?;
    for name in sent.names() {
        let values = sent.values(name.as_str()).map(String::from_utf8_lossy);
        let values: Vec<String> = values.map(std::borrow::Cow::into_owned).collect();
        headers.set(canonical_name(name.as_str()), values)?;
    }
    object.set("headers", headers)?;
    let body = response.request.body.as_deref().unwrap_or_default();
    object.set("body", String::from_utf8_lossy(body).as_ref())?;
    let cookies = Object::new(ctx.clone())?;
    for cookie in &response.sent_cookies {
        let one = Object::new(ctx.clone())?;
        one.set("name", cookie.name.as_str())?;
        one.set("value", cookie.value.as_str())?;
        one.set("replace", cookie.replace)?;
        let known: Value<'_> = cookies.get(cookie.name.as_str())?;
        match known.as_array() {
            Some(list) => list.set(list.len(), one)?,
            None => cookies.set(cookie.name.as_str(), vec![one])?,
        }
    }
    object.set("cookies", cookies)?;
    Ok(object.into_value())
}

/// Calls a method of a response.
fn call<'js>(
    args: &Args<'_, 'js>,
    state: &Rc<VuState>,
    method: &str,
) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let Some(response) = Native::<Data>::of(ctx, args.this()) else {
        let message = format!("{method}() was called on something that is not a response");
        return Err(Exception::throw_type(ctx, &message));
    };
    let response = response.borrow();
    let hop = match &response.data.outcome {
        Outcome::Hop(hop) => Some(&**hop),
        Outcome::Fault { .. } => None,
    };
    match method {
        // A request that could not be made has a body without bytes, as in k6.
        "json" => json(args, hop.map_or(Some(&[]), |hop| hop.body.as_deref())),
        _ => super::pages::call(args, state, method, hop),
    }
}

fn json<'js>(args: &Args<'_, 'js>, body: Option<&[u8]>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let Some(body) = body else {
        let message = "the body is null so we can't transform it to JSON - this likely was because \
                       of a request error getting the response";
        return Err(throw_go(ctx, message));
    };
    match args.given(0) {
        None => parsed(ctx, body),
        Some(selector) => {
            let selector = args::to_text(ctx, &selector)?;
            let text = String::from_utf8_lossy(body);
            match json_path::select(&text, &selector) {
                Some(found) => parsed(ctx, found.as_bytes()),
                // A body that is no JSON has nothing to select, as in k6.
                None => Ok(Value::new_undefined(ctx.clone())),
            }
        }
    }
}

/// Parses JSON, with an error that tells the place.
fn parsed<'js>(ctx: &Ctx<'js>, body: &[u8]) -> rquickjs::Result<Value<'js>> {
    match ctx.json_parse(body) {
        Ok(value) => Ok(value),
        Err(error) => {
            drop(ctx.catch());
            check_json(ctx, &String::from_utf8_lossy(body))?;
            Err(error)
        }
    }
}

/// Throws when a text is not JSON.
fn check_json(ctx: &Ctx<'_>, text: &str) -> rquickjs::Result<()> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!(
                "cannot parse json due to an error at line {}, character {} , error: {error}",
                error.line(),
                error.column()
            );
            Err(throw_go(ctx, &message))
        }
    }
}
