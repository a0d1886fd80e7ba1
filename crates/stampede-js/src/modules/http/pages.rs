//! The methods of responses that read them as pages: `html`, `submitForm` and `clickLink`.
//!
//! A page's links and forms are found by the same selections that scripts use.

use std::rc::Rc;

use rquickjs::function::This;
use rquickjs::{Ctx, Function, Object, Value};
use stampede_http::{Response, Url};

use super::{body, send};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::modules::html;
use crate::state::VuState;

/// Calls such a method of a response; `hop` is none for a request that could not be made.
pub(crate) fn call<'js>(
    args: &Args<'_, 'js>,
    state: &Rc<VuState>,
    method: &str,
    hop: Option<&Response>,
) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let page = hop.and_then(|hop| Some((hop, hop.body.as_deref()?)));
    let Some((hop, body)) = page else {
        let message = "the body is null so we can't transform it to HTML - this likely was because \
                       of a request error getting the response";
        return Err(throw_go(ctx, message));
    };
    let page = Page {
        url: Rc::clone(&hop.url),
        root: html::parse_html(ctx, &String::from_utf8_lossy(body), &hop.url)?,
    };
    match method {
        "html" => match args.given(0) {
            Some(selector) => page.find(&args::to_text(ctx, &selector)?),
            None => Ok(page.root),
        },
        "clickLink" => page.click_link(ctx, state, args.given(0)),
        _ => page.submit_form(ctx, state, args.given(0)),
    }
}

struct Page<'js> {
    url: Rc<str>,
    root: Value<'js>,
}

impl<'js> Page<'js> {
    fn find(&self, selector: &str) -> rquickjs::Result<Value<'js>> {
        ask(&self.root, "find", (selector,))
    }

    fn click_link(
        &self,
        ctx: &Ctx<'js>,
        state: &Rc<VuState>,
        options: Option<Value<'js>>,
    ) -> rquickjs::Result<Value<'js>> {
        let options = Options::read(ctx, options)?;
        let selector = options
            .text("selector")?
            .unwrap_or_else(|| "a[href]".to_owned());
        let link = self.find(&selector)?;
        let target: Value<'_> = ask(&link, "attr", ("href",))?;
        if args::is_nothing(&target) {
            let url = &self.url;
            let message = format!("no element found for selector '{selector}' in response '{url}'");
            return Err(throw_go(ctx, &message));
        }
        let target = self.absolute(ctx, &args::to_text(ctx, &target)?)?;
        let target = args::string(ctx, &target)?;
        send(ctx, state, "GET", &target, None, options.value("params")?)
    }

    fn submit_form(
        &self,
        ctx: &Ctx<'js>,
        state: &Rc<VuState>,
        options: Option<Value<'js>>,
    ) -> rquickjs::Result<Value<'js>> {
        let options = Options::read(ctx, options)?;
        let selector = options
            .text("formSelector")?
            .unwrap_or_else(|| "form".to_owned());
        let form = self.find(&selector)?;
        if ask::<_, i32>(&form, "size", ())? == 0 {
            let url = &self.url;
            let message = format!("no form found for selector '{selector}' in response '{url}'");
            return Err(throw_go(ctx, &message));
        }
        let attribute = |name: &str| -> rquickjs::Result<Option<String>> {
            let value: Value<'_> = ask(&form, "attr", (name,))?;
            let text = (!args::is_nothing(&value)).then(|| args::to_text(ctx, &value));
            text.transpose()
        };
        let method = attribute("method")?
            .unwrap_or_else(|| "GET".to_owned())
            .to_uppercase();
        let action = self.absolute(ctx, &attribute("action")?.unwrap_or_default())?;
        let values: Object<'_> = ask(&form, "serializeObject", ())?;
        let submit = options.text("submitSelector")?;
        let submit = submit.unwrap_or_else(|| "[type=\"submit\"]".to_owned());
        let submit: Value<'_> = ask(&form, "find", (submit,))?;
        let name: Value<'_> = ask(&submit, "attr", ("name",))?;
        if !args::is_nothing(&name) {
            values.set(name, ask::<_, Value<'_>>(&submit, "val", ())?)?;
        }
        if let Some(fields) = options.value("fields")?.as_ref().and_then(Value::as_object) {
            for field in fields.props::<String, Value<'_>>() {
                let (name, value) = field?;
                values.set(name, value)?;
            }
        }
        let params = options.value("params")?;
        if method == "GET" {
            let query = body::query(ctx, &values)?;
            let base = action.split(['?', '#']).next().unwrap_or_default();
            let target = args::string(ctx, &format!("{base}?{query}"))?;
            return send(ctx, state, "GET", &target, None, params);
        }
        let target = args::string(ctx, &action)?;
        send(
            ctx,
            state,
            &method,
            &target,
            Some(values.into_value()),
            params,
        )
    }

    /// An address on the page as a whole one.
    fn absolute(&self, ctx: &Ctx<'_>, reference: &str) -> rquickjs::Result<String> {
        let base = super::params::parse_url(ctx, &self.url)?;
        let joined = Url::join(&base, reference);
        joined
            .map(|url| url.to_string())
            .map_err(|error| throw_go(ctx, &error.to_string()))
    }
}

/// Calls a method of a selection.
fn ask<'js, A, R>(selection: &Value<'js>, method: &str, arguments: A) -> rquickjs::Result<R>
where
    A: Arguments<'js>,
    R: rquickjs::FromJs<'js>,
{
    let Some(object) = selection.as_object() else {
        return Err(throw_go(selection.ctx(), "a page is always a selection"));
    };
    let function: Function<'_> = object.get(method)?;
    arguments.call(&function, object.clone())
}

/// Arguments of [`ask`].
trait Arguments<'js> {
    fn call<R: rquickjs::FromJs<'js>>(
        self,
        function: &Function<'js>,
        this: Object<'js>,
    ) -> rquickjs::Result<R>;
}

impl<'js> Arguments<'js> for () {
    fn call<R: rquickjs::FromJs<'js>>(
        self,
        function: &Function<'js>,
        this: Object<'js>,
    ) -> rquickjs::Result<R> {
        function.call((This(this),))
    }
}

impl<'js, A: rquickjs::IntoJs<'js>> Arguments<'js> for (A,) {
    fn call<R: rquickjs::FromJs<'js>>(
        self,
        function: &Function<'js>,
        this: Object<'js>,
    ) -> rquickjs::Result<R> {
        function.call((This(this), self.0))
    }
}

/// The object that such a method takes.
struct Options<'js>(Option<Object<'js>>);

impl<'js> Options<'js> {
    fn read(ctx: &Ctx<'js>, given: Option<Value<'js>>) -> rquickjs::Result<Options<'js>> {
        match given {
            None => Ok(Options(None)),
            Some(value) => match value.into_object() {
                Some(object) => Ok(Options(Some(object))),
                None => Err(throw_go(ctx, "the argument must be an object of options")),
            },
        }
    }

    fn value(&self, name: &str) -> rquickjs::Result<Option<Value<'js>>> {
        let Some(object) = &self.0 else {
            return Ok(None);
        };
        let value: Value<'js> = object.get(name)?;
        Ok((!args::is_nothing(&value)).then_some(value))
    }

    fn text(&self, name: &str) -> rquickjs::Result<Option<String>> {
        let value = self.value(name)?;
        value
            .map(|value| args::to_text(value.ctx(), &value))
            .transpose()
    }
}
