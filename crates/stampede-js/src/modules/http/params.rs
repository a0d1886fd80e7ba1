//! From what a script passes to a request: address, body and params.
//!
//! Invariants: keys that nobody knows are ignored, and a value that is none is still a value, as in
//! k6.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::{Atom, Ctx, Object, Value};
use stampede_http::{Auth, BodyKind, CookieJar, Encoding, Request, RequestCookie, Url};

use super::callback::Callback;
use super::{Fault, body, cookies, words};
use crate::args;
use crate::error::throw_go;
use crate::modules::tags::{refused, tag_text};
use crate::raw::{Kept, atom_number};
use crate::state::VuState;

/// A key of `params`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Headers,
    Tags,
    Cookies,
    Jar,
    Timeout,
    Redirects,
    Auth,
    ResponseType,
    ResponseCallback,
    Compression,
}

/// The keys of `params` by the numbers of their names.
#[derive(Debug)]
pub(crate) struct Names(Vec<(u32, Name)>);

/// Prepares a runtime for reading params.
pub(crate) fn prepare(ctx: &Ctx<'_>, state: &VuState) -> rquickjs::Result<()> {
    let mut names = Vec::new();
    for (text, name) in [
        ("headers", Name::Headers),
        ("tags", Name::Tags),
        ("cookies", Name::Cookies),
        ("jar", Name::Jar),
        ("timeout", Name::Timeout),
        ("redirects", Name::Redirects),
        ("auth", Name::Auth),
        ("responseType", Name::ResponseType),
        ("responseCallback", Name::ResponseCallback),
        ("compression", Name::Compression),
    ] {
        names.push((Kept::atom(ctx, text)?, name));
    }
    // A module is made once per runtime.
    state.http.param_names.get_or_init(|| Names(names));
    Ok(())
}

/// One request as it is sent and recorded.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) request: Rc<Request>,
    pub(crate) jar: Rc<RefCell<CookieJar>>,
    pub(crate) callback: Callback,
    /// The script's own tags.
    pub(crate) tags: Vec<(String, String)>,
    /// The name that replaces the address in tags, of a tag `name` or of ``http.url`…` ``.
    pub(crate) name: Option<String>,
}

impl Call {
    /// Reads the arguments of a call.
    pub(crate) fn read<'js>(
        ctx: &Ctx<'js>,
        state: &VuState,
        method: &str,
        url: &Value<'js>,
        body: Option<Value<'js>>,
        params: Option<Value<'js>>,
    ) -> rquickjs::Result<Result<Call, Fault>> {
        let (url, name) = match address(ctx, url)? {
            Ok(address) => address,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut request = Request::new(method, url);
        if let Some(config) = state.config.get()
            && config.settings.discard_response_bodies
        {
            request.body_kind = BodyKind::None;
        }
        if let Some(body) = body
            && let Err(fault) = body::read(ctx, &body, &mut request)?
        {
            return Ok(Err(fault));
        }
        let mut call = Draft {
            call: Call {
                request: Rc::new(Request::new("", "")),
                jar: state.http.jar(),
                callback: state.http.callback.borrow().clone(),
                tags: Vec::new(),
                name,
            },
            request,
        };
        let params = params.as_ref().and_then(Value::as_object);
        let names = state.http.param_names.get();
        if let (Some(params), Some(names)) = (params, names)
            && let Err(fault) = call.params(ctx, params, names)?
        {
            return Ok(Err(fault));
        }
        let Draft { mut call, request } = call;
        call.request = Rc::new(request);
        Ok(Ok(call))
    }
}

/// The address of a call, and the name of a template.
fn address<'js>(
    ctx: &Ctx<'js>,
    url: &Value<'js>,
) -> rquickjs::Result<Result<(String, Option<String>), Fault>> {
    if let Some(text) = url.as_string() {
        return Ok(Ok((text.to_string()?, None)));
    }
    if let Some(object) = url.as_object() {
        let text: Value<'_> = object.get("url")?;
        let name: Value<'_> = object.get("name")?;
        if let (Some(text), Some(name)) = (text.as_string(), name.as_string()) {
            return Ok(Ok((text.to_string()?, Some(name.to_string()?))));
        }
    }
    let shown = match args::is_nothing(url) {
        true => "<nil>".to_owned(),
        false => args::to_text(ctx, url)?,
    };
    let text = format!("invalid URL: '#{shown}'");
    Ok(Err(Fault {
        text,
        code: stampede_http::code::INVALID_URL,
    }))
}

/// A call whose params are still being read.
struct Draft {
    call: Call,
    request: Request,
}

type Read = rquickjs::Result<Result<(), Fault>>;

fn fault(text: String) -> Read {
    Ok(Err(Fault { text, code: 0 }))
}

impl Draft {
    fn params<'js>(&mut self, ctx: &Ctx<'js>, params: &Object<'js>, names: &Names) -> Read {
        for entry in params.props::<Atom<'_>, Value<'_>>() {
            let (key, value) = entry?;
            let number = atom_number(&key);
            let Some((_, name)) = names.0.iter().find(|(known, _)| *known == number) else {
                continue;
            };
            if let Err(fault) = self.param(ctx, *name, &value)? {
                return Ok(Err(fault));
            }
        }
        Ok(Ok(()))
    }

    fn param<'js>(&mut self, ctx: &Ctx<'js>, name: Name, value: &Value<'js>) -> Read {
        match name {
            Name::Headers => self.headers(ctx, value)?,
            Name::Tags => {
                if let Err(text) = self.tags(ctx, value)? {
                    return fault(text);
                }
            }
            Name::Cookies => self.cookies(ctx, value)?,
            Name::Jar => {
                if let Some(jar) = cookies::jar_of(ctx, value) {
                    self.call.jar = jar;
                }
            }
            Name::Timeout => match words::timeout(value) {
                Ok(timeout) => self.request.timeout = timeout,
                Err(text) => return fault(text),
            },
            Name::Redirects => {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "a cast saturates; what is negative or no number follows none"
                )]
                let count = args::to_number(ctx, value)? as u32;
                self.request.redirects_max = Some(count);
            }
            Name::Auth => match args::to_text(ctx, value)?.as_str() {
                "digest" => self.request.auth = Auth::Digest,
                "ntlm" => self.request.auth = Auth::Ntlm,
                _ => self.request.auth = Auth::Basic,
            },
            Name::ResponseType => match args::to_text(ctx, value)?.as_str() {
                "text" => self.request.body_kind = BodyKind::Text,
                "binary" => self.request.body_kind = BodyKind::Binary,
                "none" => self.request.body_kind = BodyKind::None,
                other => {
                    return fault(format!("{other} does not belong to ResponseType values"));
                }
            },
            Name::ResponseCallback => match Callback::read(ctx, value) {
                Some(callback) => self.call.callback = callback,
                None => return fault("unsupported responseCallback".to_owned()),
            },
            Name::Compression => match Encoding::parse_list(&args::to_text(ctx, value)?) {
                Ok(encodings) => self.request.compression = encodings,
                Err(text) => return fault(text),
            },
        }
        Ok(Ok(()))
    }

    fn headers<'js>(&mut self, ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<()> {
        let Some(headers) = value.as_object() else {
            return Ok(());
        };
        for entry in headers.props::<String, Value<'_>>() {
            let (name, value) = entry?;
            if let Some(text) = value.as_string() {
                let text = text.to_string()?;
                self.request.set_header(&name, text.as_bytes());
            } else {
                let text = args::to_text(ctx, &value)?;
                self.request.set_header(&name, text.as_bytes());
            }
        }
        Ok(())
    }

    fn tags<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        value: &Value<'js>,
    ) -> rquickjs::Result<Result<(), String>> {
        let Some(tags) = value.as_object() else {
            return Ok(Ok(()));
        };
        for entry in tags.props::<String, Value<'_>>() {
            let (name, value) = entry?;
            let Some(text) = tag_text(ctx, &value)? else {
                let refused = refused(&name);
                return Ok(Err(format!("invalid HTTP request metric tags: {refused}")));
            };
            if name == "name" {
                self.call.name = Some(text);
            } else {
                self.call.tags.push((name, text));
            }
        }
        Ok(Ok(()))
    }

    fn cookies<'js>(&mut self, ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<()> {
        let Some(cookies) = value.as_object() else {
            return Ok(());
        };
        for entry in cookies.props::<String, Value<'_>>() {
            let (name, value) = entry?;
            let (text, replace) = match value.as_object() {
                Some(cookie) => {
                    let text: Value<'_> = cookie.get("value")?;
                    let replace: Value<'_> = cookie.get("replace")?;
                    (args::to_text(ctx, &text)?, args::is_truthy(&replace))
                }
                None => (args::to_text(ctx, &value)?, false),
            };
            self.request.cookies.push(RequestCookie {
                name,
                value: text,
                replace,
            });
        }
        Ok(())
    }
}

/// Whether a text is an address that can be asked for.
pub(crate) fn parse_url(ctx: &Ctx<'_>, text: &str) -> rquickjs::Result<Url> {
    Url::parse(text).map_err(|error| throw_go(ctx, &error.to_string()))
}
