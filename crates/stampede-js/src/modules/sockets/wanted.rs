//! From what a script passes to the handshake that it wants.

use std::cell::RefCell;
use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};
use stampede_http::{CookieJar, Request};

use crate::args;
use crate::error::throw_go;
use crate::log::Level;
use crate::modules::http::jar_of;
use crate::modules::tags::{refused, tag_text};
use crate::state::VuState;

/// Which module asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `k6/ws`.
    Ws,
    /// `k6/websockets`.
    WebSocket,
}

/// A handshake, and the tags of its samples.
pub(super) struct Wanted {
    pub(super) kind: Kind,
    pub(super) request: Rc<Request>,
    pub(super) jar: Rc<RefCell<CookieJar>>,
    /// The script's own tags.
    pub(super) tags: Vec<(String, String)>,
}

impl Wanted {
    /// Reads the arguments of a call.
    pub(super) fn read<'js>(
        ctx: &Ctx<'js>,
        state: &VuState,
        kind: Kind,
        url: String,
        protocols: Option<Value<'js>>,
        params: Option<Value<'js>>,
    ) -> rquickjs::Result<Wanted> {
        let mut request = Request::new("GET", url);
        if let Some(protocols) = protocols {
            let text = match protocols.as_array() {
                Some(list) => {
                    let all: Vec<String> = list.iter::<String>().collect::<Result<_, _>>()?;
                    all.join(", ")
                }
                None => args::to_text(ctx, &protocols)?,
            };
            if !text.is_empty() {
                request.set_header("Sec-WebSocket-Protocol", text.as_bytes());
            }
        }
        let mut wanted = Wanted {
            kind,
            request: Rc::new(Request::new("GET", "")),
            jar: state.http.jar(),
            tags: Vec::new(),
        };
        if let Some(params) = params.as_ref().and_then(Value::as_object) {
            wanted.params(ctx, state, params, &mut request)?;
        }
        wanted.request = Rc::new(request);
        Ok(wanted)
    }

    fn params<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        state: &VuState,
        params: &Object<'js>,
        request: &mut Request,
    ) -> rquickjs::Result<()> {
        for entry in params.props::<String, Value<'_>>() {
            let (name, value) = entry?;
            if args::is_nothing(&value) {
                continue;
            }
            match name.as_str() {
                "headers" => {
                    for entry in value.as_object().into_iter().flat_map(Object::props) {
                        let (name, value): (String, Value<'_>) = entry?;
                        request.set_header(&name, args::to_text(ctx, &value)?.as_bytes());
                    }
                }
                "tags" => self.tags(ctx, &value)?,
                "jar" => {
                    if let Some(jar) = jar_of(ctx, &value) {
                        self.jar = jar;
                    }
                }
                "compression" => compression(ctx, state, &value)?,
                other if self.kind == Kind::WebSocket => {
                    let message = format!(
                        "unknown WebSocket's option {other}; these exist: headers, tags, jar, \
                         compression"
                    );
                    return Err(throw_go(ctx, &message));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn tags<'js>(&mut self, ctx: &Ctx<'js>, value: &Value<'js>) -> rquickjs::Result<()> {
        for entry in value.as_object().into_iter().flat_map(Object::props) {
            let (name, value): (String, Value<'_>) = entry?;
            let Some(text) = tag_text(ctx, &value)? else {
                let whose = match self.kind {
                    Kind::Ws => "invalid ws.connect() metric tags",
                    Kind::WebSocket => "invalid WebSocket tags option",
                };
                return Err(throw_go(ctx, &format!("{whose}: {}", refused(&name))));
            };
            self.tags.push((name, text));
        }
        Ok(())
    }
}

/// Compression is known by its name and never offered to the server, which is said.
fn compression<'js>(ctx: &Ctx<'js>, state: &VuState, value: &Value<'js>) -> rquickjs::Result<()> {
    let text = args::to_text(ctx, value)?;
    match text.as_str() {
        "" => {}
        "deflate" => {
            let message = "websocket compression is not offered to the server: messages are sent \
                           and counted uncompressed";
            state.log(Level::Warn, message, &[]);
        }
        other => {
            let message = format!(
                "unsupported compression algorithm '{other}', supported algorithm is 'deflate'"
            );
            return Err(throw_go(ctx, &message));
        }
    }
    Ok(())
}
