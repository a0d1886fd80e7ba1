//! `k6/http`: requests, from a call in the script to its response and its samples.
//!
//! Invariants: a request that cannot even be made still answers a response, with its error, unless
//! the run throws.

mod batch;
mod body;
mod callback;
mod cookies;
mod json_path;
mod pages;
mod params;
mod record;
mod response;
mod words;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rquickjs::{Ctx, Function, Object, Persistent, Value};
use stampede_http::CookieJar;

use crate::args::{self, Args};
use crate::error::throw_go;
use crate::log::Level;
use crate::state::VuState;
use callback::Callback;
pub(crate) use cookies::jar_of;
use params::Call;
use record::Hop;
use response::Keys;

/// What the module keeps for one virtual user.
#[derive(Debug)]
pub(crate) struct HttpState {
    jar: RefCell<Rc<RefCell<CookieJar>>>,
    callback: RefCell<Callback>,
    keys: OnceCell<Keys>,
    param_names: OnceCell<params::Names>,
}

impl Default for HttpState {
    fn default() -> HttpState {
        HttpState {
            jar: RefCell::new(new_jar()),
            callback: RefCell::default(),
            keys: OnceCell::new(),
            param_names: OnceCell::new(),
        }
    }
}

impl HttpState {
    /// Forgets all cookies of the user's own jar.
    pub(crate) fn reset_jar(&self) {
        let is_used = {
            let jar = self.jar.borrow();
            Rc::strong_count(&jar) > 1 || !jar.borrow().is_empty()
        };
        if is_used {
            *self.jar.borrow_mut() = new_jar();
        }
    }

    /// The user's own jar.
    pub(crate) fn jar(&self) -> Rc<RefCell<CookieJar>> {
        Rc::clone(&self.jar.borrow())
    }

    /// Forgets everything, before the runtime goes.
    pub(crate) fn clear(&self) {
        self.reset_jar();
    }
}

fn new_jar() -> Rc<RefCell<CookieJar>> {
    Rc::new(RefCell::new(CookieJar::new()))
}

/// Constants of TLS and OCSP, each its own name but for its start.
const CONSTANTS: &[(&str, &str)] = &[
    ("TLS_1_0", "tls1.0"),
    ("TLS_1_1", "tls1.1"),
    ("TLS_1_2", "tls1.2"),
    ("TLS_1_3", "tls1.3"),
    ("OCSP_STATUS_GOOD", "good"),
    ("OCSP_STATUS_REVOKED", "revoked"),
    ("OCSP_STATUS_SERVER_FAILED", "server_failed"),
    ("OCSP_STATUS_UNKNOWN", "unknown"),
    ("OCSP_REASON_UNSPECIFIED", "unspecified"),
    ("OCSP_REASON_KEY_COMPROMISE", "key_compromise"),
    ("OCSP_REASON_CA_COMPROMISE", "ca_compromise"),
    ("OCSP_REASON_AFFILIATION_CHANGED", "affiliation_changed"),
    ("OCSP_REASON_SUPERSEDED", "superseded"),
    (
        "OCSP_REASON_CESSATION_OF_OPERATION",
        "cessation_of_operation",
    ),
    ("OCSP_REASON_CERTIFICATE_HOLD", "certificate_hold"),
    ("OCSP_REASON_REMOVE_FROM_CRL", "remove_from_crl"),
    ("OCSP_REASON_PRIVILEGE_WITHDRAWN", "privilege_withdrawn"),
    ("OCSP_REASON_AA_COMPROMISE", "aa_compromise"),
];

/// Makes the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    response::prepare(ctx, state)?;
    params::prepare(ctx, state)?;
    let module = Object::new(ctx.clone())?;
    for (name, value) in CONSTANTS {
        module.set(*name, *value)?;
    }
    args::method(&module, "url", url_template)?;
    cookies::install(ctx, state, &module)?;
    args::method(&module, "file", body::file)?;
    for (name, method, has_body) in [
        ("get", "GET", false),
        ("head", "HEAD", false),
        ("post", "POST", true),
        ("put", "PUT", true),
        ("patch", "PATCH", true),
        ("del", "DELETE", true),
        ("options", "OPTIONS", true),
    ] {
        let own = Rc::clone(state);
        args::method(&module, name, move |args| {
            let (body, params) = match has_body {
                true => (args.given(1), args.given(2)),
                false => (None, args.given(1)),
            };
            send(args.ctx(), &own, method, &args.at(0), body, params)
        })?;
    }
    let own = Rc::clone(state);
    args::method(&module, "request", move |args| {
        let method = args.text(0)?;
        send(
            args.ctx(),
            &own,
            &method,
            &args.at(1),
            args.given(2),
            args.given(3),
        )
    })?;
    let own = Rc::clone(state);
    args::method(&module, "asyncRequest", move |args| send_async(args, &own))?;
    let own = Rc::clone(state);
    args::method(&module, "batch", move |args| batch::batch(args, &own))?;
    callback::install(state, &module)?;
    Ok(module)
}

/// Throws while a script's top level runs.
fn not_in_init(ctx: &Ctx<'_>, state: &VuState) -> rquickjs::Result<()> {
    if state.is_init() || state.config.get().is_none() {
        let message = "Making http requests in the init context is not supported";
        return Err(throw_go(ctx, message));
    }
    Ok(())
}

/// Sends a request and waits for its response.
fn send<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    method: &str,
    url: &Value<'js>,
    body: Option<Value<'js>>,
    params: Option<Value<'js>>,
) -> rquickjs::Result<Value<'js>> {
    not_in_init(ctx, state)?;
    let call = match Call::read(ctx, state, method, url, body, params)? {
        Ok(call) => call,
        Err(fault) => return failed(ctx, state, &fault, "Request Failed"),
    };
    let Some(config) = state.config.get() else {
        return Err(throw_go(ctx, "requests need a run"));
    };
    let observe = |hop: &stampede_http::Response| record::hop(state, &Hop { hop, call: &call });
    let request = Rc::clone(&call.request);
    // In its place from the start: it is large, and would be copied from call to call.
    let sent = std::pin::pin!(config.client.send(request, &call.jar, &observe));
    let response = state.block_on(ctx, sent)?;
    answer(ctx, state, response)
}

/// The object for a response, or the exception for one that failed.
fn answer<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    response: stampede_http::Response,
) -> rquickjs::Result<Value<'js>> {
    if let Some(error) = &response.error {
        let text = error.log_text(&response.method, &response.url);
        if state
            .config
            .get()
            .is_some_and(|config| config.settings.throw)
        {
            return Err(throw_go(ctx, &text));
        }
        state.log(Level::Warn, "Request Failed", &[("error", &text)]);
        if error.code == stampede_http::code::INVALID_URL {
            let (text, code) = (error.text.clone(), error.code);
            return response::failed(ctx, state, &Fault { text, code });
        }
    }
    if response.is_redirect_limit {
        // k6 counts the redirect that it does not follow.
        let count = stampede_http::limits::REDIRECTS_DEFAULT + 1;
        let text = format!(
            "Stopped after {count} redirects and returned the redirection; pass {{ redirects: n }} \
             in request params or set global maxRedirects to silence this"
        );
        state.log(Level::Warn, &text, &[("url", &response.request.url)]);
    }
    response::object(ctx, state, response)
}

/// Why a request could not even be made.
pub(crate) struct Fault {
    /// What scripts read as `error`.
    text: String,
    /// What they read as `error_code`.
    code: u16,
}

/// The object for a request that could not be made, or its exception. `whose` begins the warning.
fn failed<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    fault: &Fault,
    whose: &str,
) -> rquickjs::Result<Value<'js>> {
    if state
        .config
        .get()
        .is_some_and(|config| config.settings.throw)
    {
        return Err(throw_go(ctx, &fault.text));
    }
    state.log(Level::Warn, whose, &[("error", &fault.text)]);
    response::failed(ctx, state, fault)
}

/// Sends a request in the background and answers a promise of its response.
fn send_async<'js>(args: &Args<'_, 'js>, state: &Rc<VuState>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    not_in_init(ctx, state)?;
    let (promise, resolve, reject) = ctx.promise()?;
    let method = args.text(0)?;
    let read = Call::read(
        ctx,
        state,
        &method,
        &args.at(1),
        args.given(2),
        args.given(3),
    );
    let call = match read {
        Ok(Ok(call)) => call,
        Ok(Err(fault)) => {
            reject
                .call::<_, ()>((rquickjs::Exception::from_message(ctx.clone(), &fault.text)?,))?;
            return Ok(promise.into_value());
        }
        Err(rquickjs::Error::Exception) => {
            reject.call::<_, ()>((ctx.catch(),))?;
            return Ok(promise.into_value());
        }
        Err(error) => return Err(error),
    };
    if state.events.is_full() {
        return Err(throw_go(
            ctx,
            "too many requests are under way in this virtual user",
        ));
    }
    let resolve = Persistent::save(ctx, resolve);
    let reject = Persistent::save(ctx, reject);
    let state = Rc::clone(state);
    let own = Rc::clone(&state);
    own.events.spawn(async move {
        let response = match state.config.get() {
            Some(config) => {
                let observe =
                    |hop: &stampede_http::Response| record::hop(&state, &Hop { hop, call: &call });
                let request = Rc::clone(&call.request);
                Some(config.client.send(request, &call.jar, &observe).await)
            }
            None => None,
        };
        let deliver = Deliver {
            state,
            response,
            resolve,
            reject,
        };
        Box::new(move |ctx: &Ctx<'_>| deliver.run(ctx)) as crate::events::Callback
    });
    Ok(promise.into_value())
}

/// Settles the promise of a request that has ended.
struct Deliver {
    state: Rc<VuState>,
    response: Option<stampede_http::Response>,
    resolve: Persistent<Function<'static>>,
    reject: Persistent<Function<'static>>,
}

impl Deliver {
    fn run(self, ctx: &Ctx<'_>) -> rquickjs::Result<()> {
        let Some(response) = self.response else {
            return Ok(());
        };
        match answer(ctx, &self.state, response) {
            Ok(object) => self.resolve.restore(ctx)?.call::<_, ()>((object,)),
            Err(rquickjs::Error::Exception) => {
                let thrown = ctx.catch();
                self.reject.restore(ctx)?.call::<_, ()>((thrown,))
            }
            Err(error) => Err(error),
        }
    }
}

/// ``http.url`…` ``: an address whose name is its text without the values.
fn url_template<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let parts = args.at(0);
    let Some(parts) = parts.as_array() else {
        return Err(throw_go(
            ctx,
            "http.url is used as a tag: http.url`http://host/${id}`",
        ));
    };
    let (mut url, mut name) = (String::new(), String::new());
    for idx in 0..parts.len() {
        let part: String = parts.get(idx)?;
        url.push_str(&part);
        name.push_str(&part);
        if idx + 1 < parts.len() {
            url.push_str(&args.text(idx + 1)?);
            name.push_str("${}");
        }
    }
    let object = Object::new(ctx.clone())?;
    object.set("url", url)?;
    object.set("name", name)?;
    Ok(object.into_value())
}
