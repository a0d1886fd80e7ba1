//! `k6/ws` and `k6/websockets`: the scripts' side of websockets.
//!
//! What scripts see (events, timers, blobs) is JavaScript of our own, compiled once per test; what
//! it stands on is a [`Session`]: one open socket with its samples.
//!
//! Invariants: one message per socket is read ahead, so a server that floods grows nothing; every
//! wait ends when the user is told to stop; no socket outlives the iteration that opened it.

mod session;
mod wanted;

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Instant;

use rquickjs::{Ctx, Function, Object, Persistent, TypedArray, Value};
use stampede_http::{Response, canonical_name};

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::events::Callback;
use crate::loader;
use crate::log::Level;
use crate::raw::Native;
use crate::state::VuState;
use session::{Handle, Manner, Session};
use wanted::{Kind, Wanted};

const WS: &str = include_str!("ws.js");
const WEBSOCKETS: &str = include_str!("websockets.js");

/// What `k6/ws` and `k6/websockets` say of an address that is none.
const MALFORMED: &str = "malformed ws or wss URL";

/// The sockets that one virtual user has open.
#[derive(Debug, Default)]
pub(crate) struct Sockets(RefCell<Vec<Weak<Session>>>);

impl Sockets {
    fn add(&self, session: &Rc<Session>) {
        let mut open = self.0.borrow_mut();
        open.retain(|known| known.strong_count() > 0);
        open.push(Rc::downgrade(session));
    }

    /// Closes all of them, at the end of an iteration.
    pub(crate) fn close(&self) {
        let open = std::mem::take(&mut *self.0.borrow_mut());
        for session in open {
            if let Some(session) = session.upgrade() {
                session.end();
            }
        }
    }
}

/// Makes `k6/ws`.
pub(crate) fn install_ws<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
) -> rquickjs::Result<Object<'js>> {
    let native = shared(ctx, state)?;
    let own = Rc::clone(state);
    args::method(&native, "open", move |args| open(args, &own))?;
    made(ctx, state, "stampede:ws", WS, native)
}

/// Makes `k6/websockets`.
pub(crate) fn install_websockets<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
) -> rquickjs::Result<Object<'js>> {
    let native = shared(ctx, state)?;
    let own = Rc::clone(state);
    args::method(&native, "dial", move |args| dial(args, &own))?;
    args::method(&native, "bytes", |args| {
        let bytes = match args.at(0).as_string() {
            Some(text) => Some(text.to_string()?.into_bytes()),
            None => args::bytes_of(&args.at(0)),
        };
        match bytes {
            Some(bytes) => Ok(TypedArray::<u8>::new(args.ctx().clone(), bytes)?.into_value()),
            None => args.undefined(),
        }
    })?;
    args::method(&native, "text", |args| {
        let bytes = args::bytes_of(&args.at(0)).unwrap_or_default();
        args::string(args.ctx(), &String::from_utf8_lossy(&bytes))
    })?;
    made(ctx, state, "stampede:websockets", WEBSOCKETS, native)
}

/// Runs the JavaScript of a module, which makes the exports from the native functions.
fn made<'js>(
    ctx: &Ctx<'js>,
    state: &VuState,
    name: &str,
    text: &str,
    native: Object<'js>,
) -> rquickjs::Result<Object<'js>> {
    let (module, promise) = loader::compiled(ctx, state, name, text, false)?.eval()?;
    promise.finish::<()>()?;
    let make: Function<'_> = module.get("make")?;
    make.call((native,))
}

/// The native functions that both modules use.
fn shared<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let native = Object::new(ctx.clone())?;
    args::method(&native, "fail", |args| {
        Err(throw_go(args.ctx(), &args.text(0)?))
    })?;
    let own = Rc::clone(state);
    args::method(&native, "warn", move |args| {
        own.log(Level::Warn, &args.text(0)?, &[]);
        args.undefined()
    })?;
    let start = Instant::now();
    args::method(&native, "now", move |args| {
        let ms = crate::state::ms_since(start);
        Ok(Value::new_float(args.ctx().clone(), ms))
    })?;
    Ok(native)
}

fn not_in_init(ctx: &Ctx<'_>, state: &VuState) -> rquickjs::Result<()> {
    if state.is_init() || state.config.get().is_none() {
        let message = "using websockets in the init context is not supported";
        return Err(throw_go(ctx, message));
    }
    Ok(())
}

/// Why there is no socket; `None` when there is one.
fn refusal(response: &Response) -> Option<String> {
    match &response.error {
        Some(error) if error.code == stampede_http::code::INVALID_URL => Some(MALFORMED.to_owned()),
        Some(error) => Some(error.detail.as_ref().unwrap_or(&error.text).clone()),
        None if response.status != 101 => Some("websocket: bad handshake".to_owned()),
        None => None,
    }
}

/// Opens a socket and waits for it; answers what scripts read as the response, and the socket.
fn open<'js>(args: &Args<'_, 'js>, state: &Rc<VuState>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    not_in_init(ctx, state)?;
    let wanted = Wanted::read(ctx, state, Kind::Ws, args.text(0)?, None, args.given(1))?;
    let Some(config) = state.config.get() else {
        return Err(throw_go(ctx, "websockets need a run"));
    };
    let started = Instant::now();
    let request = Rc::clone(&wanted.request);
    let shaking = config.client.open_socket(request, &wanted.jar);
    let (response, socket) = state.block_on(ctx, Box::pin(shaking))?;
    let url = wanted.request.url.clone();
    let session = Session::begin(state, wanted, Manner::Waiting, started, (&response, socket));
    let refused = refusal(&response);
    if refused.is_some() {
        session.end();
    }
    if let Some(text) = &refused
        && config.settings.throw
    {
        return Err(throw_go(ctx, text));
    }
    let answer = rquickjs::Array::new(ctx.clone())?;
    answer.set(
        0,
        response_object(ctx, &response, refused.as_deref(), &url)?,
    )?;
    if refused.is_none() {
        state.sockets.add(&session);
        answer.set(1, Native::object(ctx, Handle(session))?)?;
    }
    Ok(answer.into_value())
}

fn response_object<'js>(
    ctx: &Ctx<'js>,
    response: &Response,
    refused: Option<&str>,
    url: &str,
) -> rquickjs::Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("url", if refused.is_none() { url } else { "" })?;
    object.set("status", response.status)?;
    let headers = Object::new(ctx.clone())?;
    for name in response.headers.names() {
        let value = response.headers.joined(name.as_str()).unwrap_or_default();
        headers.set(canonical_name(name.as_str()), value)?;
    }
    object.set("headers", headers)?;
    let body = response.body.as_deref().unwrap_or_default();
    object.set("body", String::from_utf8_lossy(body).into_owned())?;
    // A server that answers something else than an upgrade has answered.
    let error = refused.filter(|_| response.status == 0 || response.status == 101);
    object.set("error", error.unwrap_or_default())?;
    Ok(object)
}

/// Opens a socket in the background; calls back with it, or with why there is none.
fn dial<'js>(args: &Args<'_, 'js>, state: &Rc<VuState>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    not_in_init(ctx, state)?;
    let url = args.text(0)?;
    let wanted = Wanted::read(
        ctx,
        state,
        Kind::WebSocket,
        url,
        args.given(1),
        args.given(2),
    )?;
    if state.events.is_full() {
        let message = "too many websockets are open in this virtual user";
        return Err(throw_go(ctx, message));
    }
    let ready = args.at(3);
    let Some(ready) = ready.as_function() else {
        return args.undefined();
    };
    let ready = Persistent::save(ctx, ready.clone());
    let own = Rc::clone(state);
    state.events.spawn(async move {
        let started = Instant::now();
        let shaken = match own.config.get() {
            Some(config) => {
                let request = Rc::clone(&wanted.request);
                Some(Box::pin(config.client.open_socket(request, &wanted.jar)).await)
            }
            None => None,
        };
        Box::new(move |ctx: &Ctx<'_>| {
            let ready = ready.restore(ctx)?;
            let Some((response, socket)) = shaken else {
                return Ok(());
            };
            let shaken = (&response, socket);
            let session = Session::begin(&own, wanted, Manner::Queueing, started, shaken);
            if let Some(text) = refusal(&response) {
                return ready.call((Value::new_undefined(ctx.clone()), text));
            }
            own.sockets.add(&session);
            let protocol = response.headers.joined("sec-websocket-protocol");
            let handle = Native::object(ctx, Handle(session))?;
            ready.call((handle, protocol.unwrap_or_default()))
        }) as Callback
    });
    args.undefined()
}
