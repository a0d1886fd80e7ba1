//! `k6/html`: pages as trees that scripts search with CSS selectors.
//!
//! [`parse_html`] is also what a response's `html()` calls.

mod data;
mod dom;
mod element;
mod forms;
mod link;
mod matching;
mod parse;
mod properties;
mod reader;
mod reflected;
mod render;
mod selection;
mod selector;
mod traverse;

use std::rc::Rc;

use rquickjs::{Ctx, Object, Value};

use self::dom::NodeId;
use self::selection::Selected;
use crate::args::{self, is_nothing};
use crate::error::throw_go;
use crate::state::VuState;

/// Builds the module.
pub(crate) fn install<'js>(ctx: &Ctx<'js>, _state: &Rc<VuState>) -> rquickjs::Result<Object<'js>> {
    let module = Object::new(ctx.clone())?;
    args::method(&module, "parseHTML", |args| {
        let source = match args.at(0) {
            value if is_nothing(&value) => String::new(),
            value => args::to_text(args.ctx(), &value)?,
        };
        parse_html(args.ctx(), &source, "")
    })?;
    Ok(module)
}

/// Parses a page and answers a `Selection` of its document; `url` becomes its property `url`.
///
/// # Errors
/// Throws if the page is too large or too deeply nested.
pub(crate) fn parse_html<'js>(
    ctx: &Ctx<'js>,
    source: &str,
    url: &str,
) -> rquickjs::Result<Value<'js>> {
    match parse::parse(source) {
        Ok(document) => {
            let document = Rc::new(document);
            let selected = Selected::new(document, vec![NodeId::DOCUMENT], Rc::from(url));
            selection::object(ctx, selected)
        }
        Err(error) => Err(throw_go(ctx, &error.to_string())),
    }
}
