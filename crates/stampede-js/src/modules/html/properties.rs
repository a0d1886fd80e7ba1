//! What elements of a kind tell beside their attributes: the methods of k6's element types.
//!
//! Invariants: a method's answer is the property of that name in the HTML standard's DOM, with its
//! default; links are split but not resolved, since a page knows no address.

use super::dom::{Document, Element, NodeId};
use super::forms::{FieldValue, option_value, options, value};
use super::link::Link;
use super::reflected::{self, REFLECTED};

/// What a method answers.
#[derive(Debug, PartialEq)]
pub(crate) enum Property {
    /// Nothing.
    Undefined,
    /// Text.
    Text(String),
    /// Yes or no.
    Truth(bool),
    /// A number.
    Number(f64),
    /// Words.
    Texts(Vec<String>),
    /// An element.
    Node(NodeId),
    /// Elements.
    Nodes(Vec<NodeId>),
}

impl Property {
    fn node(id: Option<NodeId>) -> Self {
        id.map_or(Self::Undefined, Self::Node)
    }
}

const FORM_OWNED: &[&str] = &[
    "button", "fieldset", "input", "keygen", "object", "output", "select", "textarea",
];
const LABELED: &[&str] = &[
    "button", "input", "keygen", "meter", "output", "progress", "select", "textarea",
];
const LISTED: &[&str] = &[
    "button", "fieldset", "input", "keygen", "select", "textarea",
];

/// Methods that do more than read an attribute.
const COMPUTED: &[&str] = &[
    "areas",
    "caption",
    "cellIndex",
    "cells",
    "control",
    "defaultValue",
    "elements",
    "form",
    "hash",
    "host",
    "hostname",
    "images",
    "index",
    "label",
    "labels",
    "length",
    "list",
    "max",
    "options",
    "origin",
    "password",
    "pathname",
    "port",
    "position",
    "protocol",
    "rowIndex",
    "rows",
    "search",
    "sectionRowIndex",
    "selectedIndex",
    "selectedOptions",
    "size",
    "tBodies",
    "tFoot",
    "tHead",
    "text",
    "textTracks",
    "type",
    "username",
    "validity",
    "value",
];

/// The names of all methods that some element has.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let reflected = REFLECTED.iter().flat_map(|(_, methods)| *methods);
    let mut names: Vec<_> = reflected
        .map(|(name, _)| *name)
        .chain(COMPUTED.iter().copied())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter()
}

/// What a method answers; `None` if elements of this tag have no such method.
pub(crate) fn property(document: &Document, id: NodeId, name: &str) -> Option<Property> {
    let element = document.element(id)?;
    computed(document, id, element, name).or_else(|| {
        let methods = REFLECTED
            .iter()
            .filter(|(tags, _)| tags.contains(&element.tag()))
            .flat_map(|(_, methods)| *methods);
        let (_, how) = methods.into_iter().find(|(method, _)| *method == name)?;
        Some(reflected::read(element, *how))
    })
}

fn computed(document: &Document, id: NodeId, element: &Element, name: &str) -> Option<Property> {
    let tag = element.tag();
    let text = |text: String| Some(Property::Text(text));
    match (tag, name) {
        ("a" | "area", _) if Link::has(name) => {
            let link = Link::of(element.attr("href").unwrap_or_default());
            text(link.part(name)?)
        }
        ("a" | "area" | "option" | "script" | "title", "text") => text(document.text(id)),
        ("audio" | "video", "textTracks") => Some(Property::Nodes(below(document, id, &["track"]))),
        ("label", "control") => Some(Property::node(control(document, element))),
        ("legend", "form") | ("label", "form") | ("option", "form") => {
            Some(Property::node(near(document, id, "form")))
        }
        (_, "form") if FORM_OWNED.contains(&tag) => {
            Some(Property::node(form_of(document, id, element)))
        }
        (_, "labels") if LABELED.contains(&tag) => {
            Some(Property::Nodes(labels(document, id, element)))
        }
        ("form" | "fieldset", "elements") => Some(Property::Nodes(below(document, id, LISTED))),
        ("form", "length") => {
            let listed = below(document, id, LISTED);
            Some(Property::Number(count(listed.len())))
        }
        ("fieldset" | "output" | "keygen" | "textarea", "type") => text(tag.to_owned()),
        ("fieldset", "validity") => Some(Property::Undefined),
        ("input", "list") => {
            let wanted = element.attr("list");
            Some(Property::node(
                wanted.and_then(|list| by_id(document, list)),
            ))
        }
        ("map", "areas") => Some(Property::Nodes(below(document, id, &["area"]))),
        ("map", "images") => Some(Property::Nodes(map_images(document, element))),
        ("datalist" | "select", "options") => {
            Some(Property::Nodes(options(document, id).collect()))
        }
        ("select", _) => select_property(document, id, element, name),
        ("option", _) => option_property(document, id, element, name),
        ("output" | "textarea", "value" | "defaultValue") => text(document.text(id)),
        ("textarea", "length") => {
            let chars = document.text(id).encode_utf16().count();
            Some(Property::Number(count(chars)))
        }
        ("progress", _) => progress_property(element, name),
        ("table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th", _) => {
            table_property(document, id, name)
        }
        _ => None,
    }
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

fn below(document: &Document, id: NodeId, tags: &[&str]) -> Vec<NodeId> {
    let is_any = |below: &NodeId| {
        document
            .element(*below)
            .is_some_and(|element| tags.contains(&element.tag()))
    };
    document.descendants(id).filter(is_any).collect()
}

/// The nearest element of this tag above.
fn near(document: &Document, id: NodeId, tag: &str) -> Option<NodeId> {
    document
        .ancestors(id)
        .find(|above| document.is_tag(*above, tag))
}

fn by_id(document: &Document, wanted: &str) -> Option<NodeId> {
    document
        .descendants(NodeId::DOCUMENT)
        .find(|id| document.attr(*id, "id") == Some(wanted))
}

fn control(document: &Document, label: &Element) -> Option<NodeId> {
    by_id(document, label.attr("for")?)
}

fn form_of(document: &Document, id: NodeId, element: &Element) -> Option<NodeId> {
    match element.attr("form") {
        Some(form) => by_id(document, form).filter(|form| document.is_tag(*form, "form")),
        None => near(document, id, "form"),
    }
}

/// The label around a control, and those that name it.
fn labels(document: &Document, id: NodeId, element: &Element) -> Vec<NodeId> {
    let own = element.attr("id");
    let around = near(document, id, "label");
    document
        .descendants(NodeId::DOCUMENT)
        .filter(|at| document.is_tag(*at, "label"))
        .filter(|at| {
            let names_it = own.is_some() && document.attr(*at, "for") == own;
            names_it || Some(*at) == around
        })
        .collect()
}

fn map_images(document: &Document, map: &Element) -> Vec<NodeId> {
    let Some(name) = map.attr("name") else {
        return Vec::new();
    };
    let uses = |id: &NodeId| {
        document.is_tag(*id, "img")
            && document
                .attr(*id, "usemap")
                .and_then(|map| map.strip_prefix('#'))
                == Some(name)
    };
    document
        .descendants(NodeId::DOCUMENT)
        .filter(uses)
        .collect()
}

fn select_property(
    document: &Document,
    id: NodeId,
    element: &Element,
    name: &str,
) -> Option<Property> {
    let chosen = || options(document, id).filter(|at| document.attr(*at, "selected").is_some());
    let is_multiple = element.attr("multiple").is_some();
    Some(match name {
        "length" => Property::Number(count(options(document, id).count())),
        "selectedIndex" => {
            let position = options(document, id)
                .position(|option| document.attr(option, "selected").is_some());
            Property::Number(position.map_or(-1.0, count))
        }
        "selectedOptions" => Property::Nodes(chosen().collect()),
        "size" => match element
            .attr("size")
            .and_then(|size| size.parse::<u32>().ok())
        {
            Some(size) => Property::Number(f64::from(size)),
            None => Property::Number(if is_multiple { 4.0 } else { 1.0 }),
        },
        "type" => Property::Text(
            if is_multiple {
                "select-multiple"
            } else {
                "select"
            }
            .to_owned(),
        ),
        "value" => {
            let first = chosen().next();
            Property::Text(first.map_or_else(String::new, |at| option_value(document, at)))
        }
        _ => return None,
    })
}

fn option_property(
    document: &Document,
    id: NodeId,
    element: &Element,
    name: &str,
) -> Option<Property> {
    Some(match name {
        "index" => {
            let list = near(document, id, "select").or_else(|| near(document, id, "datalist"));
            let position =
                list.and_then(|list| options(document, list).position(|option| option == id));
            Property::Number(count(position.unwrap_or(0)))
        }
        "label" => Property::Text(
            element
                .attr("label")
                .map_or_else(|| document.text(id), str::to_owned),
        ),
        "value" => match value(document, id) {
            Some(FieldValue::One(text)) => Property::Text(text),
            Some(FieldValue::Many(_)) | None => return None,
        },
        _ => return None,
    })
}

fn progress_property(element: &Element, name: &str) -> Option<Property> {
    let number = |attr: &str| {
        let text = element.attr(attr)?;
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    };
    let max = number("max").filter(|max| 0.0 < *max).unwrap_or(1.0);
    let share = number("value").map(|value| (value / max).clamp(0.0, 1.0));
    Some(Property::Number(match name {
        "max" => max,
        "position" => share.unwrap_or(-1.0),
        "value" => share.unwrap_or(0.0),
        _ => return None,
    }))
}

fn table_property(document: &Document, id: NodeId, name: &str) -> Option<Property> {
    let tag = document.element(id)?.tag();
    let child = |tag: &str| {
        let mut children = document.child_elements(id);
        Property::node(children.find(|child| document.is_tag(*child, tag)))
    };
    let position = |list: Vec<NodeId>| {
        let at = list.iter().position(|other| *other == id);
        Property::Number(at.map_or(-1.0, count))
    };
    Some(match (tag, name) {
        ("table", "caption") => child("caption"),
        ("table", "tHead") => child("thead"),
        ("table", "tFoot") => child("tfoot"),
        ("table", "tBodies") => Property::Nodes(
            document
                .child_elements(id)
                .filter(|child| document.is_tag(*child, "tbody"))
                .collect(),
        ),
        ("table" | "tbody" | "thead" | "tfoot", "rows") => {
            Property::Nodes(below(document, id, &["tr"]))
        }
        ("tr", "cells") => Property::Nodes(below(document, id, &["td", "th"])),
        ("tr", "rowIndex") => {
            let table = near(document, id, "table")?;
            position(below(document, table, &["tr"]))
        }
        ("tr", "sectionRowIndex") => {
            let section = document.parent(id)?;
            position(below(document, section, &["tr"]))
        }
        ("td" | "th", "cellIndex") => {
            let row = document.parent(id)?;
            position(below(document, row, &["td", "th"]))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::html::{parse, reader, traverse};

    const PAGE: &str = r##"<label for=i id=l>x</label><form id=ff method=POST><button></button>
</form><input id=i form=ff value=5 list=dl maxlength=x size=3 multiple>
<datalist id=dl><option value=1></datalist>
<select><option>a<option selected value=C label=L>c</select><select multiple size=x></select>
<textarea>abc</textarea><a href="/p?q#h" rel="x y" type=t>te<b>xt</b></a>
<table><caption>c</caption><thead><tr><th>1</th></tr></thead><tbody><tr><td colspan=2>a</td>
<td id=x>b</td></tr></tbody></table><progress value=3 max=10></progress>
<map name=m><area></map><img usemap=#m crossorigin=bogus>"##;

    #[test]
    fn elements_tell_what_their_kind_tells() {
        let document = parse::parse(PAGE).unwrap();
        for (selector, name, expected) in [
            ("a", "text", "\"text\""),
            ("a", "search", "\"?q\""),
            ("a", "relList", "[\"x\", \"y\"]"),
            ("a", "type", "\"t\""),
            ("button", "type", "\"submit\""),
            ("button", "form", "<form>"),
            ("button", "disabled", "false"),
            ("form", "method", "\"post\""),
            ("form", "length", "1"),
            ("input", "form", "<form>"),
            ("input", "labels", "<label>"),
            ("input", "list", "<datalist>"),
            ("input", "maxLength", "-1"),
            ("input", "size", "3"),
            ("input", "multiple", "true"),
            ("label", "control", "<input>"),
            ("label", "form", "undefined"),
            ("select", "selectedIndex", "1"),
            ("select", "value", "\"C\""),
            ("select", "type", "\"select\""),
            ("select[multiple]", "size", "4"),
            ("option[selected]", "index", "1"),
            ("option[selected]", "label", "\"L\""),
            ("option", "label", "\"\""),
            ("textarea", "value", "\"abc\""),
            ("textarea", "length", "3"),
            ("table", "caption", "<caption>"),
            ("table", "tFoot", "undefined"),
            ("table", "rows", "<tr><tr>"),
            ("tbody tr", "rowIndex", "1"),
            ("tbody tr", "sectionRowIndex", "0"),
            ("#x", "cellIndex", "1"),
            ("td", "colSpan", "2"),
            ("progress", "position", "0.3"),
            ("map", "images", "<img>"),
            ("img", "crossOrigin", "undefined"),
            ("img", "width", "0"),
            ("b", "href", "none"),
        ] {
            let filter = traverse::Filter::Selector(reader::parse(selector).unwrap());
            let id = traverse::find(&document, &[NodeId::DOCUMENT], &filter)[0];
            let tag = |id: &NodeId| format!("<{}>", document.element(*id).unwrap().tag());
            let shown = match property(&document, id, name) {
                None => "none".to_owned(),
                Some(Property::Undefined) => "undefined".to_owned(),
                Some(Property::Text(text)) => format!("{text:?}"),
                Some(Property::Texts(texts)) => format!("{texts:?}"),
                Some(Property::Truth(truth)) => truth.to_string(),
                Some(Property::Number(number)) => number.to_string(),
                Some(Property::Node(id)) => tag(&id),
                Some(Property::Nodes(ids)) => ids.iter().map(tag).collect(),
            };
            assert_eq!(shown, expected, "{selector} {name}");
        }
    }
}
