//! `http.cookieJar()` and `http.CookieJar`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use rquickjs::{Ctx, Object, Value};
use stampede_http::{Cookie, CookieJar};

use super::params::parse_url;
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};
use crate::state::VuState;

/// A jar as an object.
struct Jar(Rc<RefCell<CookieJar>>);

impl NativeClass for Jar {
    const NAME: &'static str = "CookieJar";

    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let prototype = Object::new(ctx.clone())?;
        args::method(&prototype, "cookiesForURL", cookies_for_url)?;
        args::method(&prototype, "set", set)?;
        args::method(&prototype, "delete", |args| {
            let url = parse_url(args.ctx(), &args.text(0)?)?;
            let name = args.text(1)?;
            with_jar(args, |jar| jar.delete(&url, &name))
        })?;
        args::method(&prototype, "clear", |args| {
            let url = parse_url(args.ctx(), &args.text(0)?)?;
            with_jar(args, |jar| jar.clear(&url))
        })?;
        Ok(prototype)
    }
}

/// Adds the functions to the module.
pub(crate) fn install<'js>(
    ctx: &Ctx<'js>,
    state: &Rc<VuState>,
    module: &Object<'js>,
) -> rquickjs::Result<()> {
    let class = args::constructor(ctx, "CookieJar", |args| {
        let jar = Jar(Rc::new(RefCell::new(CookieJar::new())));
        Ok(Native::object(args.ctx(), jar)?.into_value())
    })?;
    module.set("CookieJar", class)?;
    let own = Rc::clone(state);
    args::method(module, "cookieJar", move |args| {
        if own.is_init() {
            let message = "getting the cookie jar in the init context is not supported";
            return Err(throw_go(args.ctx(), message));
        }
        Ok(Native::object(args.ctx(), Jar(own.http.jar()))?.into_value())
    })
}

/// The jar in a value.
pub(crate) fn jar_of<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<Rc<RefCell<CookieJar>>> {
    let jar = Native::<Jar>::of(ctx, value.clone())?;
    let jar = jar.borrow();
    Some(Rc::clone(&jar.data.0))
}

fn this_jar(args: &Args<'_, '_>) -> rquickjs::Result<Rc<RefCell<CookieJar>>> {
    jar_of(args.ctx(), &args.this()).ok_or_else(|| {
        let message = "a method of CookieJar was called on something else";
        rquickjs::Exception::throw_type(args.ctx(), message)
    })
}

fn with_jar<'js>(
    args: &Args<'_, 'js>,
    change: impl FnOnce(&mut CookieJar),
) -> rquickjs::Result<Value<'js>> {
    change(&mut this_jar(args)?.borrow_mut());
    args.undefined()
}

fn cookies_for_url<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let url = parse_url(ctx, &args.text(0)?)?;
    let found = this_jar(args)?.borrow().cookies_for_url(&url);
    let object = Object::new(ctx.clone())?;
    for (name, value) in found {
        let known: Value<'_> = object.get(name.as_str())?;
        match known.as_array() {
            Some(list) => list.set(list.len(), value)?,
            None => object.set(name, vec![value])?,
        }
    }
    Ok(object.into_value())
}

fn set<'js>(args: &Args<'_, 'js>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let url = parse_url(ctx, &args.text(0)?)?;
    let mut cookie = Cookie::new(args.text(1)?, args.text(2)?);
    if let Some(options) = args.given(3).as_ref().and_then(Value::as_object) {
        for entry in options.props::<String, Value<'_>>() {
            let (name, value) = entry?;
            match name.to_ascii_lowercase().as_str() {
                "path" => cookie.path = args::to_text(ctx, &value)?,
                "domain" => cookie.domain = args::to_text(ctx, &value)?,
                "expires" => cookie.expires = Some(expires(ctx, &value)?),
                "max_age" => {
                    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates")]
                    let max_age_s = args::to_number(ctx, &value)? as i64;
                    cookie.max_age_s = max_age_s;
                }
                "secure" => cookie.secure = args::is_truthy(&value),
                "http_only" => cookie.http_only = args::is_truthy(&value),
                _ => {}
            }
        }
    }
    this_jar(args)?.borrow_mut().set(&url, &cookie);
    Ok(Value::new_bool(ctx.clone(), true))
}

/// A moment that `Date` can read.
fn expires<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<std::time::SystemTime> {
    let date: Object<'_> = ctx.globals().get("Date")?;
    let parse: rquickjs::Function<'_> = date.get("parse")?;
    let ms: f64 = match value.as_number() {
        Some(ms) => ms,
        None => parse.call((args::to_text(ctx, value)?,))?,
    };
    if ms.is_nan() {
        let message = "unable to parse the \"expires\" date of a cookie; write it as \
                       \"Mon, 02 Jan 2006 15:04:05 MST\"";
        return Err(throw_go(ctx, message));
    }
    let since = Duration::try_from_secs_f64(ms.max(0.0) / 1e3).unwrap_or_default();
    Ok(UNIX_EPOCH + since)
}
