//! What forms hold: the value of a control, and the pairs that a form would send.
//!
//! Invariants: the choice of controls is k6's, not a browser's: a checkbox or radio button counts
//! only when its attribute says `checked="checked"`, and a disabled control counts unless it says
//! `disabled="disabled"`.

use super::dom::{Document, NodeId};
use super::render;

/// The value of one control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FieldValue {
    /// The value of a control that has one.
    One(String),
    /// The chosen options of a list that allows several.
    Many(Vec<String>),
}

/// The value of a control; `None` if the node is none.
pub(crate) fn value(document: &Document, id: NodeId) -> Option<FieldValue> {
    let element = document.element(id)?;
    let own = || element.attr("value").map(str::to_owned);
    Some(FieldValue::One(match element.tag() {
        "input" => {
            let has_tick = matches!(element.attr("type"), Some("checkbox" | "radio"));
            own().unwrap_or_else(|| if has_tick { "on" } else { "" }.to_owned())
        }
        "button" => own().unwrap_or_default(),
        "option" => option_value(document, id),
        "textarea" => render::inner(document, id),
        "select" => {
            let chosen = options(document, id)
                .filter(|option| document.attr(*option, "selected").is_some())
                .map(|option| option_value(document, option));
            if element.attr("multiple").is_some() {
                return Some(FieldValue::Many(chosen.collect()));
            }
            chosen.into_iter().next().unwrap_or_default()
        }
        _ => return None,
    }))
}

/// The value that an option sends: its attribute, or its content as k6 reads it, as markup.
pub(crate) fn option_value(document: &Document, id: NodeId) -> String {
    document
        .attr(id, "value")
        .map_or_else(|| render::inner(document, id), str::to_owned)
}

/// The options of a list, those in groups included.
pub(crate) fn options(document: &Document, id: NodeId) -> impl Iterator<Item = NodeId> {
    document
        .descendants(id)
        .filter(|below| document.is_tag(*below, "option"))
}

/// The names and values of the controls among the nodes, and of those in the forms among them.
pub(crate) fn pairs(document: &Document, from: &[NodeId]) -> Vec<(String, FieldValue)> {
    let controls = from.iter().flat_map(|id| {
        let in_form = document
            .is_tag(*id, "form")
            .then(|| document.descendants(*id));
        std::iter::once(*id).chain(in_form.into_iter().flatten())
    });
    controls
        .filter(|id| is_sent(document, *id))
        .filter_map(|id| {
            let name = document.attr(id, "name")?;
            Some((name.to_owned(), value(document, id)?))
        })
        .collect()
}

fn is_sent(document: &Document, id: NodeId) -> bool {
    let Some(element) = document.element(id) else {
        return false;
    };
    let has_name = element.attr("name").is_some_and(|name| !name.is_empty());
    has_name
        && element.attr("disabled") != Some("disabled")
        && match element.tag() {
            "select" | "textarea" => true,
            "input" => match element.attr("type") {
                Some("submit" | "button" | "reset" | "image" | "file") => false,
                Some("checkbox" | "radio") => element.attr("checked") == Some("checked"),
                Some(_) | None => true,
            },
            _ => false,
        }
}

/// The last value of each name, in order of the names.
pub(crate) fn by_name(pairs: Vec<(String, FieldValue)>) -> Vec<(String, FieldValue)> {
    let sorted: std::collections::BTreeMap<_, _> = pairs.into_iter().collect();
    sorted.into_iter().collect()
}

/// The pairs as the body of a form, sorted by name.
pub(crate) fn encode(pairs: Vec<(String, FieldValue)>) -> String {
    let mut out = String::new();
    for (name, value) in by_name(pairs) {
        let values = match value {
            FieldValue::One(value) => vec![value],
            FieldValue::Many(values) => values,
        };
        for value in values {
            if !out.is_empty() {
                out.push('&');
            }
            escape(&name, &mut out);
            out.push('=');
            escape(&value, &mut out);
        }
    }
    out
}

fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::html::{parse, reader, traverse};

    const FORM: &str = r#"<form><input name=t value=v><input type=checkbox name=a checked>
<input type=checkbox name=b value=1 checked=checked><input type=radio name=r value=x>
<select name=s><option value=1>A<option value=2 selected>B</select>
<select name=m multiple><option selected>M1<option>M2<option selected>M3</select>
<select name=e multiple><option>1</select><select name=n><option>1</select>
<textarea name=ta>text
area</textarea><input type=submit name=sub value=go><input name=dis value=d disabled>
<input value=noname><button name=bu value=x>b</button><input type=file name=fi>
<input name=t value="2 &"><input name=off value=1 disabled=disabled><input type=checkbox name=on></form><p>"#;

    fn select(document: &Document, selector: &str) -> Vec<NodeId> {
        let filter = traverse::Filter::Selector(reader::parse(selector).unwrap());
        traverse::find(document, &[NodeId::DOCUMENT], &filter)
    }

    #[test]
    fn a_form_sends_what_k6_would_send() {
        let document = parse::parse(FORM).unwrap();
        let all = pairs(&document, &select(&document, "form"));
        assert_eq!(
            encode(all),
            "b=1&dis=d&m=M1&m=M3&n=&s=2&t=2+%26&ta=text%0Aarea"
        );
        let inputs = pairs(&document, &select(&document, "input"));
        assert_eq!(encode(inputs), "b=1&dis=d&t=2+%26");
        assert_eq!(encode(pairs(&document, &select(&document, "p"))), "");
    }

    #[test]
    fn every_control_has_a_value_and_nothing_else_has() {
        let document = parse::parse(FORM).unwrap();
        let one = |text: &str| Some(FieldValue::One(text.to_owned()));
        for (selector, expected) in [
            ("[name=t]", one("v")),
            ("[name=on]", one("on")),
            ("[name=s]", one("2")),
            ("[name=n]", one("")),
            (
                "[name=m]",
                Some(FieldValue::Many(vec!["M1".to_owned(), "M3".to_owned()])),
            ),
            ("[name=e]", Some(FieldValue::Many(Vec::new()))),
            ("[name=ta]", one("text\narea")),
            ("[name=bu]", one("x")),
            ("[name=m] option", one("M1")),
            ("p", None),
            ("form", None),
        ] {
            let id = select(&document, selector)[0];
            assert_eq!(value(&document, id), expected, "{selector}");
        }
    }
}
