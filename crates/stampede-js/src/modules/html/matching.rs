//! Which elements a selector selects.
//!
//! Invariants: only elements match; a selector looks back at most once per compound and ancestor
//! or sibling of the element.

use super::dom::{Document, NodeId, NodeKind};
use super::selector::{
    AttrTest, Combinator, Compare, Compound, Condition, Nth, Selector, SelectorList,
};

/// Whether any selector of the list selects the node.
pub(crate) fn matches(document: &Document, id: NodeId, list: &SelectorList) -> bool {
    document.is_element(id)
        && list
            .0
            .iter()
            .any(|selector| selector_matches(document, id, selector))
}

fn selector_matches(document: &Document, id: NodeId, selector: &Selector) -> bool {
    compound_matches(document, id, &selector.subject)
        && context_matches(document, id, &selector.context)
}

/// Recursion goes as deep as the selector is long, which its reader bounds.
fn context_matches(document: &Document, id: NodeId, context: &[(Combinator, Compound)]) -> bool {
    let Some(((combinator, compound), before)) = context.split_first() else {
        return true;
    };
    let fits = |candidate: NodeId| {
        compound_matches(document, candidate, compound)
            && context_matches(document, candidate, before)
    };
    match combinator {
        Combinator::Descendant => document.ancestors(id).any(fits),
        Combinator::Child => document.parent_element(id).is_some_and(fits),
        Combinator::Adjacent => elements(document, document.preceding(id))
            .next()
            .is_some_and(fits),
        Combinator::Sibling => elements(document, document.preceding(id)).any(fits),
    }
}

fn elements(
    document: &Document,
    ids: impl Iterator<Item = NodeId>,
) -> impl Iterator<Item = NodeId> {
    ids.filter(|id| document.is_element(*id))
}

fn compound_matches(document: &Document, id: NodeId, compound: &Compound) -> bool {
    document.is_element(id)
        && compound
            .0
            .iter()
            .all(|condition| condition_matches(document, id, condition))
}

fn condition_matches(document: &Document, id: NodeId, condition: &Condition) -> bool {
    match condition {
        Condition::Tag(tag) => document
            .element(id)
            .is_some_and(|element| element.tag().eq_ignore_ascii_case(tag)),
        Condition::Id(wanted) => document.attr(id, "id") == Some(wanted),
        Condition::Class(class) => document
            .attr(id, "class")
            .is_some_and(|classes| classes.split_ascii_whitespace().any(|is| is == class)),
        Condition::Attr(test) => attr_matches(document, id, test),
        Condition::Nth(nth) => nth_matches(document, id, *nth),
        Condition::OnlyChild => is_only(document, id, false),
        Condition::OnlyOfType => is_only(document, id, true),
        Condition::Empty => !document.children(id).any(|child| {
            matches!(
                document.kind(child),
                NodeKind::Element(_) | NodeKind::Text(_)
            )
        }),
        Condition::Root => document.parent(id) == Some(NodeId::DOCUMENT),
        Condition::Not(list) => !matches(document, id, list),
        Condition::Is(list) => matches(document, id, list),
        Condition::Has(list) => document
            .descendants(id)
            .any(|below| matches(document, below, list)),
        Condition::HasChild(list) => document
            .children(id)
            .any(|child| matches(document, child, list)),
        Condition::Contains(text) => document.text(id).to_lowercase().contains(text),
        Condition::ContainsOwn(text) => own_text(document, id).to_lowercase().contains(text),
        Condition::Input => is_any(document, id, &["input", "select", "textarea", "button"]),
        Condition::Link => {
            is_any(document, id, &["a", "area", "link"]) && document.attr(id, "href").is_some()
        }
        Condition::Enabled => is_control(document, id) && !is_disabled(document, id),
        Condition::Disabled => is_control(document, id) && is_disabled(document, id),
        Condition::Checked => is_checked(document, id),
        Condition::Lang(wanted) => speaks(document, id, wanted),
        Condition::Never => false,
    }
}

fn own_text(document: &Document, id: NodeId) -> String {
    let texts = document
        .children(id)
        .filter_map(|child| match document.kind(child) {
            NodeKind::Text(text) => Some(text.as_str()),
            NodeKind::Document
            | NodeKind::Doctype(_)
            | NodeKind::Comment(_)
            | NodeKind::Element(_) => None,
        });
    texts.collect()
}

fn is_any(document: &Document, id: NodeId, tags: &[&str]) -> bool {
    document
        .element(id)
        .is_some_and(|element| tags.contains(&element.tag()))
}

fn is_control(document: &Document, id: NodeId) -> bool {
    is_any(
        document,
        id,
        &[
            "input", "select", "textarea", "button", "option", "optgroup", "fieldset",
        ],
    )
}

fn is_disabled(document: &Document, id: NodeId) -> bool {
    let inherits = |above: NodeId| {
        let from_group = document.is_tag(id, "option") && document.is_tag(above, "optgroup");
        let from_set =
            !is_any(document, id, &["option", "optgroup"]) && document.is_tag(above, "fieldset");
        (from_group || from_set) && document.attr(above, "disabled").is_some()
    };
    document.attr(id, "disabled").is_some() || document.ancestors(id).any(inherits)
}

fn is_checked(document: &Document, id: NodeId) -> bool {
    if document.is_tag(id, "option") {
        return document.attr(id, "selected").is_some();
    }
    let has_tick = matches!(document.attr(id, "type"), Some("checkbox" | "radio"));
    document.is_tag(id, "input") && has_tick && document.attr(id, "checked").is_some()
}

fn speaks(document: &Document, id: NodeId, wanted: &str) -> bool {
    let mut line = std::iter::once(id).chain(document.ancestors(id));
    let Some(lang) = line.find_map(|at| document.attr(at, "lang")) else {
        return false;
    };
    hyphen_matches(&lang.to_ascii_lowercase(), wanted)
}

fn hyphen_matches(value: &str, wanted: &str) -> bool {
    value
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn attr_matches(document: &Document, id: NodeId, test: &AttrTest) -> bool {
    let Some(value) = document.attr(id, &test.name) else {
        return test.compare == Compare::Differs;
    };
    if test.is_caseless {
        compare(
            test.compare,
            &value.to_lowercase(),
            &test.value.to_lowercase(),
        )
    } else {
        compare(test.compare, value, &test.value)
    }
}

fn compare(compare: Compare, value: &str, wanted: &str) -> bool {
    // A part that is empty, or all blanks, is in every text, so it would select everything.
    let is_part = !wanted.trim().is_empty();
    match compare {
        Compare::Exists => true,
        Compare::Equals => value == wanted,
        Compare::Differs => value != wanted,
        Compare::HasWord => value.split_ascii_whitespace().any(|word| word == wanted),
        Compare::Hyphen => hyphen_matches(value, wanted),
        Compare::Starts => is_part && value.starts_with(wanted),
        Compare::Ends => is_part && value.ends_with(wanted),
        Compare::Includes => is_part && value.contains(wanted),
    }
}

fn counts_with(document: &Document, id: NodeId, other: NodeId, is_of_type: bool) -> bool {
    match (document.element(id), document.element(other)) {
        (Some(element), Some(sibling)) => !is_of_type || element.tag() == sibling.tag(),
        (None, _) | (_, None) => false,
    }
}

fn nth_matches(document: &Document, id: NodeId, nth: Nth) -> bool {
    let counts = |other: &NodeId| counts_with(document, id, *other, nth.is_of_type);
    let before = if nth.is_from_end {
        document.following(id).filter(counts).count()
    } else {
        document.preceding(id).filter(counts).count()
    };
    let Ok(position) = i64::try_from(before + 1) else {
        return false;
    };
    let distance = position - i64::from(nth.offset);
    match i64::from(nth.step) {
        0 => distance == 0,
        step => distance % step == 0 && 0 <= distance / step,
    }
}

fn is_only(document: &Document, id: NodeId, is_of_type: bool) -> bool {
    let counts = |other: NodeId| counts_with(document, id, other, is_of_type);
    document.parent(id).is_some()
        && !document.preceding(id).any(counts)
        && !document.following(id).any(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::html::{parse, reader};

    const PAGE: &str = r#"<html lang="en-GB"><body class="a b">
<div id="x" data-n="5"><p class="p1">one</p><!-- c --><p class="p2">two</p>
<span>three <b>bold</b></span></div>
<ul><li class="item">1</li><li class="item sel">2</li><li>3</li></ul>
<form><input name="t"><input type="checkbox" checked><input disabled>
<fieldset disabled><input name="in"><select><option selected>1</option><option>2</option></select>
</fieldset></form><a href="/x">l</a><a>m</a><i></i><svg><linearGradient/></svg></body></html>"#;

    /// How many elements of the page each selector selects; most were counted by k6 too.
    #[test]
    fn selectors_select_what_they_say() {
        let document = parse::parse(PAGE).unwrap();
        for (selector, expected) in [
            ("div > p", 2),
            ("div p", 2),
            ("p + p", 1),
            ("p ~ span", 1),
            ("p,span", 3),
            ("ul>li.item.sel", 1),
            ("body   b", 1),
            ("html > body > div > span > b", 1),
            ("ul b", 0),
            ("#x>p, #x>span", 3),
            ("li.item:not(.sel)", 1),
            ("LI", 3),
            ("[data-n]", 1),
            ("[data-n=5]", 1),
            ("[DATA-N='5']", 1),
            ("li[class!=item]", 2),
            ("[class~=sel]", 1),
            ("[class~='']", 0),
            ("[class^=p]", 2),
            ("[class$=sel]", 1),
            ("[class*=te]", 2),
            ("[class*='']", 0),
            ("[class=ITEM i]", 1),
            ("[lang|=en]", 1),
            ("[lang|=e]", 0),
            ("li:nth-child(2n+1)", 2),
            ("li:nth-child(odd)", 2),
            ("li:nth-child(even)", 1),
            ("li:nth-child(-n+2)", 2),
            ("li:nth-last-child(1)", 1),
            ("li:first-child", 1),
            ("li:last-child", 1),
            ("p:nth-of-type(2)", 1),
            ("p:last-of-type", 1),
            ("span:only-of-type", 1),
            ("b:only-child", 1),
            ("li:only-child", 0),
            (":root", 1),
            ("i:empty", 1),
            ("p:empty", 0),
            ("input:checked", 1),
            ("option:checked", 1),
            ("input:disabled", 2),
            ("input:enabled", 2),
            (":input", 5),
            ("a:link", 1),
            ("a:hover", 0),
            ("b:lang(en)", 1),
            ("b:lang(fr)", 0),
            ("div:has(b)", 1),
            ("div:haschild(b)", 0),
            ("span:haschild(b)", 1),
            ("p:contains(TWO)", 1),
            ("p:contains(\"w\")", 1),
            ("span:contains('bold')", 1),
            ("span:containsOwn(bold)", 0),
            ("b:containsOwn(bold)", 1),
            ("li:is(.sel, :last-child)", 2),
            ("lineargradient", 1),
        ] {
            let list = reader::parse(selector).unwrap();
            let found = document
                .descendants(NodeId::DOCUMENT)
                .filter(|id| matches(&document, *id, &list))
                .count();
            assert_eq!(found, expected, "{selector}");
        }
    }
}
