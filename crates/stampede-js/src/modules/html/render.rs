//! Writes nodes back as markup, in the spelling that k6 has.
//!
//! Never: recursion over the depth of the tree.

use super::dom::{Document, Element, NodeId, NodeKind};

/// Elements that have neither content nor an end tag.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "keygen", "link", "meta", "param",
    "source", "track", "wbr",
];

/// Elements whose text is written as it is.
const RAW: &[&str] = &[
    "iframe",
    "noembed",
    "noframes",
    "noscript",
    "plaintext",
    "script",
    "style",
    "xmp",
];

/// The markup of what is inside a node.
pub(crate) fn inner(document: &Document, root: NodeId) -> String {
    let mut out = String::new();
    let mut at = document.first_child(root);
    while let Some(id) = at {
        open(document, id, &mut out);
        at = document.first_child(id);
        let mut leaving = id;
        while at.is_none() && leaving != root {
            close(document, leaving, &mut out);
            at = document.next(leaving);
            let Some(above) = document.parent(leaving) else {
                break;
            };
            leaving = above;
        }
    }
    out
}

/// The markup of a node with what is inside it.
pub(crate) fn outer(document: &Document, id: NodeId) -> String {
    let mut out = String::new();
    open(document, id, &mut out);
    out.push_str(&inner(document, id));
    close(document, id, &mut out);
    out
}

fn open(document: &Document, id: NodeId, out: &mut String) {
    match document.kind(id) {
        NodeKind::Document => {}
        NodeKind::Doctype(name) => out.extend(["<!DOCTYPE ", name, ">"]),
        NodeKind::Comment(text) => out.extend(["<!--", text, "-->"]),
        NodeKind::Text(text) => {
            let above = document
                .parent(id)
                .and_then(|above| document.element(above));
            if above.is_some_and(|element| RAW.contains(&element.tag())) {
                out.push_str(text);
            } else {
                escape(text, out);
            }
        }
        NodeKind::Element(element) => open_element(document, id, element, out),
    }
}

fn open_element(document: &Document, id: NodeId, element: &Element, out: &mut String) {
    out.push('<');
    out.push_str(element.tag());
    for (prefix, name, value) in element.attrs() {
        out.push(' ');
        if !prefix.is_empty() {
            out.extend([prefix, ":"]);
        }
        out.extend([name, "=\""]);
        escape(value, out);
        out.push('"');
    }
    if VOID.contains(&element.tag()) {
        out.push('/');
    }
    out.push('>');
    // A parser drops the first line break inside these, so one that is there needs another.
    let drops_line = matches!(element.tag(), "pre" | "listing" | "textarea");
    let first = document.first_child(id).map(|child| document.kind(child));
    if drops_line && matches!(first, Some(NodeKind::Text(text)) if text.starts_with('\n')) {
        out.push('\n');
    }
}

fn close(document: &Document, id: NodeId, out: &mut String) {
    if let Some(element) = document.element(id)
        && !VOID.contains(&element.tag())
    {
        out.extend(["</", element.tag(), ">"]);
    }
}

fn escape(text: &str, out: &mut String) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::html::parse;

    #[test]
    fn markup_is_written_as_k6_writes_it() {
        for (source, expected) in [
            ("", "<html><head></head><body></body></html>"),
            (
                "<!DOCTYPE html><!--c--><p>x",
                "<!DOCTYPE html><!--c--><html><head></head><body><p>x</p></body></html>",
            ),
            (
                r#"<p>a<br>b<img src=x alt="q&quot;w'"><script>1<2 && "a"</script>"#,
                "<html><head></head><body><p>a<br/>b<img src=\"x\" alt=\"q&#34;w&#39;\"/>\
                 <script>1<2 && \"a\"</script></p></body></html>",
            ),
            (
                "<pre>\n\ny</pre><b>&amp;&lt;&nbsp;</b>",
                "<html><head></head><body><pre>\n\ny</pre><b>&amp;&lt;\u{a0}</b></body></html>",
            ),
            (
                "<svg viewBox=\"0\"><linearGradient xlink:href=\"#a\"/></svg>",
                "<html><head></head><body><svg viewBox=\"0\">\
                 <linearGradient xlink:href=\"#a\"></linearGradient></svg></body></html>",
            ),
        ] {
            let document = parse::parse(source).unwrap();
            assert_eq!(inner(&document, NodeId::DOCUMENT), expected);
        }
    }
}
