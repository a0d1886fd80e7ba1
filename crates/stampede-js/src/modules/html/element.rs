//! `Element`: one node of a document, with the methods of the DOM.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Object, Value};

use super::dom::{Document, NodeId, NodeKind};
use super::properties::{self, Property};
use super::selection::{self, Selected};
use super::selector::{SelectorError, SelectorList};
use super::traverse::{self, Filter};
use super::{matching, reader, render};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};

/// The namespace of HTML.
const HTML: &str = "http://www.w3.org/1999/xhtml";

/// What a script holds.
struct ElementObject {
    document: Rc<Document>,
    id: NodeId,
}

impl NativeClass for ElementObject {
    const NAME: &'static str = "Element";

    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let prototype = Object::new(ctx.clone())?;
        for name in properties::names() {
            args::method(&prototype, name, move |args| {
                let (document, id) = this(args)?;
                match properties::property(&document, id, name) {
                    Some(property) => property_value(args.ctx(), &document, property),
                    None => Err(no_such_method(args.ctx(), &document, id, name)),
                }
            })?;
        }
        for (name, method) in METHODS {
            args::method(&prototype, name, move |args| {
                let (document, id) = this(args)?;
                method(args, &document, id)
            })?;
        }
        Ok(prototype)
    }
}

/// Makes the object that a script holds.
pub(super) fn object<'js>(
    ctx: &Ctx<'js>,
    document: &Rc<Document>,
    id: NodeId,
) -> rquickjs::Result<Value<'js>> {
    let document = Rc::clone(document);
    let object = Native::object(ctx, ElementObject { document, id })?;
    Ok(object.into_value())
}

/// An array of elements.
pub(super) fn list<'js>(
    ctx: &Ctx<'js>,
    document: &Rc<Document>,
    ids: &[NodeId],
) -> rquickjs::Result<Value<'js>> {
    let list = Array::new(ctx.clone())?;
    for (n, id) in ids.iter().enumerate() {
        list.set(n, object(ctx, document, *id)?)?;
    }
    Ok(list.into_value())
}

/// The node of an `Element` of a script.
pub(super) fn of<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Option<(Rc<Document>, NodeId)> {
    let object = Native::<ElementObject>::of(ctx, value)?;
    let native = object.borrow();
    Some((Rc::clone(&native.data.document), native.data.id))
}

fn this(args: &Args<'_, '_>) -> rquickjs::Result<(Rc<Document>, NodeId)> {
    of(args.ctx(), args.this()).ok_or_else(|| throw_go(args.ctx(), "this is not an Element"))
}

fn no_such_method(ctx: &Ctx<'_>, document: &Document, id: NodeId, name: &str) -> rquickjs::Error {
    let message = format!(
        "{name} is not a method of a {} element",
        node_name(document, id)
    );
    rquickjs::Exception::throw_type(ctx, &message)
}

fn property_value<'js>(
    ctx: &Ctx<'js>,
    document: &Rc<Document>,
    property: Property,
) -> rquickjs::Result<Value<'js>> {
    match property {
        Property::Undefined => Ok(Value::new_undefined(ctx.clone())),
        Property::Text(text) => args::string(ctx, &text),
        Property::Truth(truth) => Ok(Value::new_bool(ctx.clone(), truth)),
        Property::Number(number) => Ok(Value::new_number(ctx.clone(), number)),
        Property::Texts(texts) => words(ctx, texts.iter().map(String::as_str)),
        Property::Node(id) => object(ctx, document, id),
        Property::Nodes(ids) => list(ctx, document, &ids),
    }
}

fn words<'js, 'a>(
    ctx: &Ctx<'js>,
    words: impl Iterator<Item = &'a str>,
) -> rquickjs::Result<Value<'js>> {
    let list = Array::new(ctx.clone())?;
    for (n, word) in words.enumerate() {
        list.set(n, word)?;
    }
    Ok(list.into_value())
}

type Method = for<'a, 'js> fn(&Args<'a, 'js>, &Rc<Document>, NodeId) -> Answer<'js>;
type Answer<'js> = rquickjs::Result<Value<'js>>;

/// Methods that every element has.
const METHODS: &[(&str, Method)] = &[
    ("attributes", attributes),
    ("childElementCount", |args, document, id| {
        number(args, document.child_elements(id).count())
    }),
    ("childNodes", |args, document, id| {
        let ids: Vec<_> = document.children(id).collect();
        list(args.ctx(), document, &ids)
    }),
    ("children", |args, document, id| {
        let ids: Vec<_> = document.child_elements(id).collect();
        list(args.ctx(), document, &ids)
    }),
    ("classList", |args, document, id| {
        let classes = document.attr(id, "class").unwrap_or_default();
        words(args.ctx(), classes.split_whitespace())
    }),
    ("className", |args, document, id| {
        text(args, document.attr(id, "class"))
    }),
    ("contains", |args, document, id| {
        let other = of(args.ctx(), args.at(0));
        let is_below = other.is_some_and(|(other_document, other)| {
            Rc::ptr_eq(&other_document, document) && document.ancestors(other).any(|at| at == id)
        });
        truth(args, is_below)
    }),
    ("firstChild", |args, document, id| {
        node(args, document, document.first_child(id))
    }),
    ("firstElementChild", |args, document, id| {
        node(args, document, document.child_elements(id).next())
    }),
    ("getAttribute", |args, document, id| {
        text(args, document.attr(id, &args.text(0)?))
    }),
    ("getAttributeNode", |args, document, id| {
        let name = args.text(0)?;
        let element = document.element(id);
        let found = element.and_then(|element| {
            element
                .attrs()
                .find(|(_, known, _)| known.eq_ignore_ascii_case(&name))
        });
        match found {
            Some(found) => attribute(args.ctx(), document, id, found),
            None => args.undefined(),
        }
    }),
    ("getElementsByClassName", |args, document, id| {
        let wanted = args.text(0)?;
        let has_all = |below: &NodeId| {
            let classes = document.attr(*below, "class").unwrap_or_default();
            wanted
                .split_whitespace()
                .all(|class| classes.split_whitespace().any(|is| is == class))
        };
        let ids: Vec<_> = elements_below(document, id).filter(has_all).collect();
        list(args.ctx(), document, &ids)
    }),
    ("getElementsByTagName", |args, document, id| {
        let wanted = args.text(0)?;
        let fits = |below: &NodeId| {
            let tag = document.element(*below).map(|element| element.tag());
            wanted == "*" || tag.is_some_and(|tag| tag.eq_ignore_ascii_case(&wanted))
        };
        let ids: Vec<_> = elements_below(document, id).filter(fits).collect();
        list(args.ctx(), document, &ids)
    }),
    ("hasAttribute", |args, document, id| {
        truth(args, document.attr(id, &args.text(0)?).is_some())
    }),
    ("hasAttributes", |args, document, id| {
        let element = document.element(id);
        truth(
            args,
            element.is_some_and(|element| element.attrs().next().is_some()),
        )
    }),
    ("hasChildNodes", |args, document, id| {
        truth(args, document.first_child(id).is_some())
    }),
    ("id", |args, document, id| {
        text(args, Some(document.attr(id, "id").unwrap_or_default()))
    }),
    ("innerHTML", |args, document, id| {
        text(args, Some(&render::inner(document, id)))
    }),
    ("isDefaultNamespace", |args, document, id| {
        let element = document.element(id);
        truth(
            args,
            element.is_none_or(|element| element.namespace() == HTML),
        )
    }),
    ("isEqualNode", |args, document, id| {
        let other = of(args.ctx(), args.at(0));
        truth(
            args,
            other.is_some_and(|(other_document, other)| {
                render::outer(&other_document, other) == render::outer(document, id)
            }),
        )
    }),
    ("isSameNode", |args, document, id| {
        let other = of(args.ctx(), args.at(0));
        truth(
            args,
            other.is_some_and(|(other_document, other)| {
                Rc::ptr_eq(&other_document, document) && other == id
            }),
        )
    }),
    ("lang", |args, document, id| {
        text(args, document.attr(id, "lang"))
    }),
    ("lastChild", |args, document, id| {
        node(args, document, document.last_child(id))
    }),
    ("lastElementChild", |args, document, id| {
        node(args, document, document.child_elements(id).last())
    }),
    ("matches", |args, document, id| {
        let list = selector(args)?;
        truth(
            args,
            list.is_some_and(|list| matching::matches(document, id, &list)),
        )
    }),
    ("namespaceURI", |args, document, id| {
        text(
            args,
            Some(
                document
                    .element(id)
                    .map_or("", |element| element.namespace()),
            ),
        )
    }),
    ("nextElementSibling", |args, document, id| {
        let mut after = document.following(id);
        node(args, document, after.find(|at| document.is_element(*at)))
    }),
    ("nextSibling", |args, document, id| {
        node(args, document, document.next(id))
    }),
    ("nodeName", |args, document, id| {
        text(args, Some(node_name(document, id)))
    }),
    ("nodeType", |args, document, id| {
        number(
            args,
            match document.kind(id) {
                NodeKind::Element(_) => 1,
                NodeKind::Text(_) => 3,
                NodeKind::Comment(_) => 8,
                NodeKind::Document => 9,
                NodeKind::Doctype(_) => 10,
            },
        )
    }),
    ("nodeValue", |args, document, id| {
        text(
            args,
            match document.kind(id) {
                NodeKind::Text(value) => Some(value.as_str()),
                // k6 answers an empty text for a comment.
                NodeKind::Comment(_) => Some(""),
                NodeKind::Element(_) | NodeKind::Document | NodeKind::Doctype(_) => None,
            },
        )
    }),
    ("ownerDocument", |args, document, _| {
        node(args, document, Some(NodeId::DOCUMENT))
    }),
    ("parentElement", |args, document, id| {
        node(args, document, document.parent_element(id))
    }),
    ("parentNode", |args, document, id| {
        node(args, document, document.parent(id))
    }),
    ("previousElementSibling", |args, document, id| {
        let mut before = document.preceding(id);
        node(args, document, before.find(|at| document.is_element(*at)))
    }),
    ("previousSibling", |args, document, id| {
        node(args, document, document.prev(id))
    }),
    ("querySelector", |args, document, id| {
        let found = query(args, document, id)?;
        node(args, document, found.first().copied())
    }),
    ("querySelectorAll", |args, document, id| {
        list(args.ctx(), document, &query(args, document, id)?)
    }),
    ("selection", |args, document, id| {
        let selected = Selected::new(Rc::clone(document), vec![id], Rc::from(""));
        selection::object(args.ctx(), selected)
    }),
    ("textContent", |args, document, id| {
        text(args, Some(&document.text(id)))
    }),
    ("toString", |args, document, id| {
        let shown = match document.kind(id) {
            NodeKind::Element(_) => "[object html.Node]".to_owned(),
            NodeKind::Document
            | NodeKind::Doctype(_)
            | NodeKind::Text(_)
            | NodeKind::Comment(_) => format!("[object {}]", node_name(document, id)),
        };
        text(args, Some(&shown))
    }),
];

fn text<'js>(args: &Args<'_, 'js>, text: Option<&str>) -> Answer<'js> {
    match text {
        Some(text) => args::string(args.ctx(), text),
        None => args.undefined(),
    }
}

fn truth<'js>(args: &Args<'_, 'js>, truth: bool) -> Answer<'js> {
    Ok(Value::new_bool(args.ctx().clone(), truth))
}

fn number<'js>(args: &Args<'_, 'js>, number: usize) -> Answer<'js> {
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    Ok(Value::new_int(args.ctx().clone(), number))
}

fn node<'js>(args: &Args<'_, 'js>, document: &Rc<Document>, id: Option<NodeId>) -> Answer<'js> {
    match id {
        Some(id) => object(args.ctx(), document, id),
        None => args.undefined(),
    }
}

fn node_name(document: &Document, id: NodeId) -> &str {
    match document.kind(id) {
        NodeKind::Element(element) => element.tag(),
        NodeKind::Text(_) => "#text",
        NodeKind::Comment(_) => "#comment",
        NodeKind::Document => "#document",
        NodeKind::Doctype(name) => name,
    }
}

fn elements_below(document: &Document, id: NodeId) -> impl Iterator<Item = NodeId> {
    document
        .descendants(id)
        .filter(|below| document.is_element(*below))
}

/// The selector in the first argument; `None` when it is malformed, which selects nothing.
fn selector(args: &Args<'_, '_>) -> rquickjs::Result<Option<SelectorList>> {
    match reader::parse(&args.text(0)?) {
        Ok(list) => Ok(Some(list)),
        Err(SelectorError::Malformed) => Ok(None),
        Err(error @ SelectorError::Unsupported(_)) => Err(throw_go(args.ctx(), &error.to_string())),
    }
}

fn query(args: &Args<'_, '_>, document: &Document, id: NodeId) -> rquickjs::Result<Vec<NodeId>> {
    Ok(match selector(args)? {
        Some(list) => traverse::find(document, &[id], &Filter::Selector(list)),
        None => Vec::new(),
    })
}

fn attributes<'js>(args: &Args<'_, 'js>, document: &Rc<Document>, id: NodeId) -> Answer<'js> {
    let all = Object::new(args.ctx().clone())?;
    if let Some(element) = document.element(id) {
        for found in element.attrs() {
            let (_, name, _) = found;
            all.set(name, attribute(args.ctx(), document, id, found)?)?;
        }
    }
    Ok(all.into_value())
}

/// An `Attribute`: its name and value, whose it is, and the parts of its name.
fn attribute<'js>(
    ctx: &Ctx<'js>,
    document: &Rc<Document>,
    id: NodeId,
    (prefix, name, value): (&str, &str, &str),
) -> Answer<'js> {
    let attribute = Object::new(ctx.clone())?;
    attribute.set("name", name)?;
    attribute.set("value", value)?;
    attribute.set("ownerElement", object(ctx, document, id)?)?;
    for (method, answer) in [
        ("localName", name),
        ("namespaceURI", ""),
        ("prefix", prefix),
    ] {
        let answer = answer.to_owned();
        args::method(&attribute, method, move |args| {
            args::string(args.ctx(), &answer)
        })?;
    }
    Ok(attribute.into_value())
}
