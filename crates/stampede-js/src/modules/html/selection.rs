//! `Selection`: nodes of one document, with jQuery's methods to go from them to others.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Function, Object, Value};

use super::data::{self, DataValue};
use super::dom::{Document, NodeId};
use super::element;
use super::forms::{self, FieldValue};
use super::selector::SelectorError;
use super::traverse::{self, Direction, Filter, Reach};
use super::{reader, render};
use crate::args::{self, Args};
use crate::error::throw_go;
use crate::raw::{Native, NativeClass};

/// How many earlier selections `end()` can go back to.
const EARLIER_MAX: u32 = 64;

/// Nodes of one document.
#[derive(Debug)]
pub(super) struct Selected {
    document: Rc<Document>,
    ids: Vec<NodeId>,
    url: Rc<str>,
    /// Where this selection came from, for `end()`.
    earlier: Option<Rc<Selected>>,
    earlier_count: u32,
}

impl Selected {
    pub(super) fn new(document: Rc<Document>, ids: Vec<NodeId>, url: Rc<str>) -> Rc<Self> {
        Rc::new(Self {
            document,
            ids,
            url,
            earlier: None,
            earlier_count: 0,
        })
    }

    /// Other nodes of the same document, which `end()` leads back from.
    fn then(self: &Rc<Self>, ids: Vec<NodeId>) -> Rc<Self> {
        let goes_on = self.earlier_count < EARLIER_MAX;
        Rc::new(Self {
            document: Rc::clone(&self.document),
            ids,
            url: Rc::clone(&self.url),
            earlier: goes_on.then(|| Rc::clone(self)),
            earlier_count: if goes_on { self.earlier_count + 1 } else { 0 },
        })
    }

    fn first(&self) -> Option<NodeId> {
        self.ids.first().copied()
    }
}

/// What a script holds.
struct SelectionObject(Rc<Selected>);

impl NativeClass for SelectionObject {
    const NAME: &'static str = "Selection";

    fn prototype<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
        let prototype = Object::new(ctx.clone())?;
        for (name, walk) in WALKS {
            args::method(&prototype, name, move |args| {
                let this = this(args)?;
                let ids = walk(args, &this)?;
                object(args.ctx(), this.then(ids))
            })?;
        }
        for (name, answer) in ANSWERS {
            args::method(&prototype, name, move |args| answer(args, &this(args)?))?;
        }
        Ok(prototype)
    }
}

/// Makes the object that a script holds.
pub(super) fn object<'js>(ctx: &Ctx<'js>, selected: Rc<Selected>) -> rquickjs::Result<Value<'js>> {
    let url = Rc::clone(&selected.url);
    let object = Native::object(ctx, SelectionObject(selected))?;
    object.set("url", &*url)?;
    Ok(object.into_value())
}

fn of<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Option<Rc<Selected>> {
    let object = Native::<SelectionObject>::of(ctx, value)?;
    let selected = Rc::clone(&object.borrow().data.0);
    Some(selected)
}

fn this(args: &Args<'_, '_>) -> rquickjs::Result<Rc<Selected>> {
    of(args.ctx(), args.this()).ok_or_else(|| throw_go(args.ctx(), "this is not a Selection"))
}

type Walk = for<'a, 'js> fn(&Args<'a, 'js>, &Rc<Selected>) -> rquickjs::Result<Vec<NodeId>>;
type Answer = for<'a, 'js> fn(&Args<'a, 'js>, &Rc<Selected>) -> rquickjs::Result<Value<'js>>;

/// Methods that answer another selection.
const WALKS: &[(&str, Walk)] = &[
    ("add", |args, this| {
        let filter = filter(args, 0, this, Filter::Nothing)?;
        Ok(traverse::add(&this.document, &this.ids, &filter))
    }),
    ("children", |args, this| {
        let filter = filter(args, 0, this, Filter::All)?;
        Ok(traverse::children(&this.document, &this.ids, &filter))
    }),
    ("closest", |args, this| {
        let filter = filter(args, 0, this, Filter::Nothing)?;
        Ok(traverse::closest(&this.document, &this.ids, &filter))
    }),
    ("contents", |_, this| {
        Ok(traverse::contents(&this.document, &this.ids))
    }),
    ("eq", |args, this| {
        let at = index(args, 0)?.unwrap_or(0);
        Ok(nth(&this.ids, at).into_iter().collect())
    }),
    ("filter", |args, this| kept(args, this, "filter", true)),
    ("find", |args, this| {
        let filter = filter(args, 0, this, Filter::Nothing)?;
        Ok(traverse::find(&this.document, &this.ids, &filter))
    }),
    ("first", |_, this| {
        Ok(nth(&this.ids, 0).into_iter().collect())
    }),
    ("has", |args, this| {
        let filter = filter(args, 0, this, Filter::Nothing)?;
        Ok(traverse::having(&this.document, &this.ids, &filter))
    }),
    ("last", |_, this| {
        Ok(nth(&this.ids, -1).into_iter().collect())
    }),
    ("next", |args, this| {
        sibling(args, this, Direction::Next, Step::One)
    }),
    ("nextAll", |args, this| {
        sibling(args, this, Direction::Next, Step::All)
    }),
    ("nextUntil", |args, this| {
        sibling(args, this, Direction::Next, Step::Until)
    }),
    ("not", |args, this| kept(args, this, "not", false)),
    ("parent", |args, this| above(args, this, Step::One)),
    ("parents", |args, this| above(args, this, Step::All)),
    ("parentsUntil", |args, this| above(args, this, Step::Until)),
    ("prev", |args, this| {
        sibling(args, this, Direction::Prev, Step::One)
    }),
    ("prevAll", |args, this| {
        sibling(args, this, Direction::Prev, Step::All)
    }),
    ("prevUntil", |args, this| {
        sibling(args, this, Direction::Prev, Step::Until)
    }),
    ("siblings", |args, this| {
        let filter = filter(args, 0, this, Filter::All)?;
        Ok(traverse::siblings(&this.document, &this.ids, &filter))
    }),
    ("single", |args, this| {
        let filter = filter(args, 0, this, Filter::Nothing)?;
        let found = traverse::find(&this.document, &this.ids, &filter);
        Ok(found.into_iter().take(1).collect())
    }),
    ("slice", |args, this| {
        let start = index(args, 0)?.unwrap_or(0);
        Ok(traverse::slice(&this.ids, start, index(args, 1)?).to_vec())
    }),
];

/// Methods that answer something else.
const ANSWERS: &[(&str, Answer)] = &[
    ("attr", |args, this| {
        let name = args.text(0)?;
        let value = this.first().and_then(|id| this.document.attr(id, &name));
        match value {
            Some(value) => args::string(args.ctx(), value),
            None => Ok(args.at(1)),
        }
    }),
    ("data", data_of),
    ("each", |args, this| {
        let call = callback(args, "each")?;
        for (n, id) in this.ids.iter().enumerate() {
            let element = element::object(args.ctx(), &this.document, *id)?;
            call.call::<_, Value<'_>>((n, element))?;
        }
        object(args.ctx(), Rc::clone(this))
    }),
    ("end", |args, this| {
        let nothing = || this.then(Vec::new());
        object(args.ctx(), this.earlier.clone().unwrap_or_else(nothing))
    }),
    ("get", |args, this| {
        let ctx = args.ctx();
        let Some(at) = index(args, 0)? else {
            return element::list(ctx, &this.document, &this.ids);
        };
        match nth(&this.ids, at) {
            Some(id) => element::object(ctx, &this.document, id),
            None => args.undefined(),
        }
    }),
    ("html", |args, this| {
        let html = this.first().map(|id| render::inner(&this.document, id));
        args::string(args.ctx(), &html.unwrap_or_default())
    }),
    ("index", |args, this| {
        let at = position(args, this)?.and_then(|at| i32::try_from(at).ok());
        Ok(Value::new_int(args.ctx().clone(), at.unwrap_or(-1)))
    }),
    ("is", |args, this| {
        let is_any = !kept(args, this, "is", true)?.is_empty();
        Ok(Value::new_bool(args.ctx().clone(), is_any))
    }),
    ("map", |args, this| {
        let call = callback(args, "map")?;
        let answers = Array::new(args.ctx().clone())?;
        for (n, id) in this.ids.iter().enumerate() {
            let one = object(args.ctx(), this.then(vec![*id]))?;
            answers.set(n, call.call::<_, Value<'_>>((n, one))?)?;
        }
        Ok(answers.into_value())
    }),
    ("serialize", |args, this| {
        let pairs = forms::pairs(&this.document, &this.ids);
        args::string(args.ctx(), &forms::encode(pairs))
    }),
    ("serializeArray", |args, this| {
        let list = Array::new(args.ctx().clone())?;
        let pairs = forms::pairs(&this.document, &this.ids);
        for (n, (name, value)) in pairs.into_iter().enumerate() {
            let pair = Object::new(args.ctx().clone())?;
            pair.set("name", name)?;
            pair.set("value", field(args.ctx(), value)?)?;
            list.set(n, pair)?;
        }
        Ok(list.into_value())
    }),
    ("serializeObject", |args, this| {
        let values = Object::new(args.ctx().clone())?;
        for (name, value) in forms::by_name(forms::pairs(&this.document, &this.ids)) {
            values.set(name, field(args.ctx(), value)?)?;
        }
        Ok(values.into_value())
    }),
    ("size", |args, this| {
        let size = i32::try_from(this.ids.len()).unwrap_or(i32::MAX);
        Ok(Value::new_int(args.ctx().clone(), size))
    }),
    ("text", |args, this| {
        let texts = this.ids.iter().map(|id| this.document.text(*id));
        args::string(args.ctx(), &texts.collect::<String>())
    }),
    ("toArray", |args, this| {
        let list = Array::new(args.ctx().clone())?;
        for (n, id) in this.ids.iter().enumerate() {
            list.set(n, object(args.ctx(), this.then(vec![*id]))?)?;
        }
        Ok(list.into_value())
    }),
    ("val", |args, this| {
        let value = this.first().and_then(|id| forms::value(&this.document, id));
        match value {
            Some(value) => field(args.ctx(), value),
            None => args.undefined(),
        }
    }),
];

#[derive(Clone, Copy)]
enum Step {
    One,
    All,
    Until,
}

fn sibling(
    args: &Args<'_, '_>,
    this: &Selected,
    direction: Direction,
    step: Step,
) -> rquickjs::Result<Vec<NodeId>> {
    let (end, filter) = end_and_filter(args, this, step)?;
    let reach = reach(step, &end);
    Ok(traverse::siblings_on(
        &this.document,
        &this.ids,
        direction,
        reach,
        &filter,
    ))
}

fn above(args: &Args<'_, '_>, this: &Selected, step: Step) -> rquickjs::Result<Vec<NodeId>> {
    let (end, filter) = end_and_filter(args, this, step)?;
    let reach = reach(step, &end);
    Ok(traverse::parents(&this.document, &this.ids, reach, &filter))
}

fn reach(step: Step, end: &Filter) -> Reach<'_> {
    match step {
        Step::One => Reach::One,
        Step::All => Reach::All,
        Step::Until => Reach::Until(end),
    }
}

/// `…Until(end, filter)`, the others `(filter)`.
fn end_and_filter(
    args: &Args<'_, '_>,
    this: &Selected,
    step: Step,
) -> rquickjs::Result<(Filter, Filter)> {
    match step {
        Step::One | Step::All => Ok((Filter::Nothing, filter(args, 0, this, Filter::All)?)),
        Step::Until => Ok((
            filter(args, 0, this, Filter::Nothing)?,
            filter(args, 1, this, Filter::All)?,
        )),
    }
}

/// Reads a selector, a selection or an element; `absent` when the argument is not given.
fn filter(
    args: &Args<'_, '_>,
    idx: usize,
    this: &Selected,
    absent: Filter,
) -> rquickjs::Result<Filter> {
    let ctx = args.ctx();
    let Some(value) = args.given(idx) else {
        return Ok(absent);
    };
    if let Some(text) = value.as_string() {
        return match reader::parse(&text.to_string()?) {
            Ok(list) => Ok(Filter::Selector(list)),
            Err(SelectorError::Malformed) => Ok(Filter::Nothing),
            Err(error @ SelectorError::Unsupported(_)) => Err(throw_go(ctx, &error.to_string())),
        };
    }
    let nodes = of(ctx, value.clone()).map(|other| (Rc::clone(&other.document), other.ids.clone()));
    let nodes = nodes
        .or_else(|| element::of(ctx, value.clone()).map(|(document, id)| (document, vec![id])));
    match nodes {
        Some((document, ids)) if Rc::ptr_eq(&document, &this.document) => Ok(Filter::Nodes(ids)),
        Some(_) => Ok(Filter::Nothing),
        None => {
            let kind = value.type_name();
            let message = format!("invalid argument, cannot use a '{kind}' as a selector");
            Err(throw_go(ctx, &message))
        }
    }
}

/// The nodes for which the test of `filter`, `not` or `is` answers `wanted`.
fn kept(
    args: &Args<'_, '_>,
    this: &Rc<Selected>,
    method: &str,
    wanted: bool,
) -> rquickjs::Result<Vec<NodeId>> {
    let ctx = args.ctx();
    let value = args.at(0);
    let Some(call) = value.as_function() else {
        let fits = value.is_string() || value.is_object();
        if !fits {
            let message =
                format!("the argument to {method}() must be a function, a selector or a selection");
            return Err(throw_go(ctx, &message));
        }
        let filter = filter(args, 0, this, Filter::Nothing)?;
        let is_kept = |id: &&NodeId| filter.accepts(&this.document, **id) == wanted;
        return Ok(this.ids.iter().filter(is_kept).copied().collect());
    };
    let mut ids = Vec::new();
    for (n, id) in this.ids.iter().enumerate() {
        let one = object(ctx, this.then(vec![*id]))?;
        let answer: Value<'_> = call.call((n, one))?;
        if args::is_truthy(&answer) == wanted {
            ids.push(*id);
        }
    }
    Ok(ids)
}

fn callback<'js>(args: &Args<'_, 'js>, method: &str) -> rquickjs::Result<Function<'js>> {
    args.at(0).as_function().cloned().ok_or_else(|| {
        let message = format!("the argument to {method}() must be a function");
        throw_go(args.ctx(), &message)
    })
}

/// A whole number; `None` when the argument is not given.
fn index(args: &Args<'_, '_>, idx: usize) -> rquickjs::Result<Option<i64>> {
    let Some(value) = args.given(idx) else {
        return Ok(None);
    };
    let number = args::to_number(args.ctx(), &value)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast from a float saturates, and what is no number becomes 0"
    )]
    let number = number as i64;
    Ok(Some(number))
}

fn nth(ids: &[NodeId], at: i64) -> Option<NodeId> {
    let back = usize::try_from(at.unsigned_abs()).ok()?;
    let idx = if at < 0 {
        ids.len().checked_sub(back)?
    } else {
        back
    };
    ids.get(idx).copied()
}

/// `index()` among siblings, `index(selector)` or `index(selection)` among others.
fn position(args: &Args<'_, '_>, this: &Selected) -> rquickjs::Result<Option<usize>> {
    let Some(first) = this.first() else {
        return Ok(None);
    };
    let Some(value) = args.given(0) else {
        return Ok(Some(traverse::sibling_index(&this.document, first)));
    };
    let filter = filter(args, 0, this, Filter::Nothing)?;
    if value.is_string() {
        let others = traverse::find(&this.document, &[NodeId::DOCUMENT], &filter);
        return Ok(others.iter().position(|id| *id == first));
    }
    let wanted = match &filter {
        Filter::Nodes(ids) => ids.first().copied(),
        Filter::All | Filter::Selector(_) | Filter::Nothing => None,
    };
    Ok(wanted.and_then(|wanted| this.ids.iter().position(|id| *id == wanted)))
}

fn data_of<'js>(args: &Args<'_, 'js>, this: &Rc<Selected>) -> rquickjs::Result<Value<'js>> {
    let ctx = args.ctx();
    let Some(element) = this.first().and_then(|id| this.document.element(id)) else {
        return args.undefined();
    };
    if let Some(key) = args.given(0) {
        let value = data::by_key(element, &args::to_text(ctx, &key)?);
        return match value {
            Some(value) => data_value(ctx, value),
            None => args.undefined(),
        };
    }
    let values = data::all(element);
    if values.is_empty() {
        return args.undefined();
    }
    let all = Object::new(ctx.clone())?;
    for (key, value) in values {
        all.set(key, data_value(ctx, value)?)?;
    }
    Ok(all.into_value())
}

fn data_value<'js>(ctx: &Ctx<'js>, value: DataValue) -> rquickjs::Result<Value<'js>> {
    match value {
        DataValue::Truth(truth) => Ok(Value::new_bool(ctx.clone(), truth)),
        DataValue::Number(number) => Ok(Value::new_number(ctx.clone(), number)),
        DataValue::Text(text) => args::string(ctx, &text),
        DataValue::Json(text) => match ctx.json_parse(text.as_str()) {
            Ok(value) => Ok(value),
            Err(_) => {
                // What looks like JSON and is none is text: the exception is not the script's.
                drop(ctx.catch());
                args::string(ctx, &text)
            }
        },
    }
}

fn field<'js>(ctx: &Ctx<'js>, value: FieldValue) -> rquickjs::Result<Value<'js>> {
    match value {
        FieldValue::One(text) => args::string(ctx, &text),
        FieldValue::Many(texts) => {
            let list = Array::new(ctx.clone())?;
            for (n, text) in texts.into_iter().enumerate() {
                list.set(n, text)?;
            }
            Ok(list.into_value())
        }
    }
}
