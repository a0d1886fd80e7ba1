//! Fills a [`Document`] from markup, repairing it as browsers do.
//!
//! Invariants: no markup is an error; the work is linear in the size of the page, because the
//! parser's walks over open elements are bounded by [`OPEN_ELEMENTS_MAX`].

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, parse_document};

use super::dom::{Document, Element, NodeId, NodeKind};

/// The largest page that is parsed, in bytes; a document takes a few times its source.
const SOURCE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many elements may be open at once; k6 has the same limit.
const OPEN_ELEMENTS_MAX: usize = 512;

/// How much markup is parsed between two looks at the number of open elements, in bytes.
const CHUNK_BYTES: usize = 4096;

/// A page that is not parsed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ParseError {
    /// The page has more than [`SOURCE_BYTES_MAX`].
    #[error("html: the page has {bytes} bytes, at most {SOURCE_BYTES_MAX} are parsed")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Tags are nested deeper than [`OPEN_ELEMENTS_MAX`].
    #[error("html: open stack of elements exceeds {OPEN_ELEMENTS_MAX} nodes")]
    TooDeep,
}

/// Parses a page; missing tags are added, so there always is an `html` element.
///
/// # Errors
/// If the page is too large or too deeply nested.
pub(crate) fn parse(source: &str) -> Result<Document, ParseError> {
    if source.len() > SOURCE_BYTES_MAX {
        let bytes = source.len();
        return Err(ParseError::TooLarge { bytes });
    }
    let mut parser = parse_document(Sink::new(), ParseOpts::default());
    let mut rest = source;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
        parser.process(StrTendril::from(chunk));
        if parser.tokenizer.sink.sink.open_max.get() > OPEN_ELEMENTS_MAX {
            return Err(ParseError::TooDeep);
        }
        rest = after;
    }
    Ok(parser.finish())
}

/// What the parser writes into.
struct Sink {
    document: RefCell<Document>,
    /// The depth of every node that hangs somewhere, by its number.
    depths: RefCell<Vec<usize>>,
    /// The largest of them.
    open_max: Cell<usize>,
}

impl Sink {
    fn new() -> Self {
        Self {
            document: RefCell::new(Document::empty()),
            depths: RefCell::new(vec![0]),
            open_max: Cell::new(0),
        }
    }

    fn add(&self, kind: NodeKind) -> NodeId {
        self.document.borrow_mut().add(kind)
    }

    /// Notes how deep a node hangs. One that is moved later with what is below it keeps the depths
    /// of those: only a bound is needed.
    fn hangs_below(&self, id: NodeId, parent: NodeId) {
        let idx = id.number() as usize;
        let mut depths = self.depths.borrow_mut();
        let depth = depths
            .get(parent.number() as usize)
            .map_or(0, |above| *above)
            + 1;
        if depths.len() <= idx {
            depths.resize(idx + 1, 0);
        }
        depths[idx] = depth;
        self.open_max.set(self.open_max.get().max(depth));
    }
}

fn owned(attrs: Vec<Attribute>) -> impl Iterator<Item = (QualName, String)> {
    attrs
        .into_iter()
        .map(|attr| (attr.name, attr.value.to_string()))
}

impl TreeSink for Sink {
    type Handle = NodeId;
    type Output = Document;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Document {
        self.document.into_inner()
    }

    // Every text is a page: what a browser repairs silently is repaired silently here.
    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        NodeId::DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        Ref::map(self.document.borrow(), |document| {
            &document
                .element(*target)
                .expect("the parser asks for the names of elements only")
                .name
        })
    }

    fn create_element(
        &self,
        name: QualName,
        attrs: Vec<Attribute>,
        _flags: ElementFlags,
    ) -> NodeId {
        let attrs = owned(attrs).collect();
        self.add(NodeKind::Element(Element { name, attrs }))
    }

    fn create_comment(&self, text: StrTendril) -> NodeId {
        self.add(NodeKind::Comment(text.to_string()))
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.add(NodeKind::Comment(format!("?{target} {data}")))
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        let mut document = self.document.borrow_mut();
        match child {
            NodeOrText::AppendNode(id) => {
                self.hangs_below(id, *parent);
                document.append(*parent, id);
            }
            NodeOrText::AppendText(text) => {
                let last = document.last_child(*parent);
                if !document.extend_text(last, &text) {
                    let id = document.add(NodeKind::Text(text.to_string()));
                    document.append(*parent, id);
                }
            }
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &NodeId,
        prev_element: &NodeId,
        child: NodeOrText<NodeId>,
    ) {
        let has_parent = self.document.borrow().parent(*element).is_some();
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev_element, child);
        }
    }

    fn append_doctype_to_document(
        &self,
        name: StrTendril,
        _public_id: StrTendril,
        _system_id: StrTendril,
    ) {
        let id = self.add(NodeKind::Doctype(name.to_string()));
        self.document.borrow_mut().append(NodeId::DOCUMENT, id);
    }

    // A template's content hangs below the template itself: scripts search it like the rest.
    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        *target
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        let mut document = self.document.borrow_mut();
        match child {
            NodeOrText::AppendNode(id) => {
                if let Some(parent) = document.parent(*sibling) {
                    self.hangs_below(id, parent);
                }
                document.insert_before(*sibling, id);
            }
            NodeOrText::AppendText(text) => {
                let before = document.prev(*sibling);
                if !document.extend_text(before, &text) {
                    let id = document.add(NodeKind::Text(text.to_string()));
                    document.insert_before(*sibling, id);
                }
            }
        }
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        let mut document = self.document.borrow_mut();
        let NodeKind::Element(element) = document.kind_mut(*target) else {
            return;
        };
        for (name, value) in owned(attrs) {
            if !element.attrs.iter().any(|(known, _)| *known == name) {
                element.attrs.push((name, value));
            }
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.document.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        let mut document = self.document.borrow_mut();
        while let Some(child) = document.first_child(*node) {
            document.append(*new_parent, child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(document: &Document) -> String {
        let mut tags = Vec::new();
        for id in document.descendants(NodeId::DOCUMENT) {
            match document.kind(id) {
                NodeKind::Element(element) => tags.push(element.tag().to_owned()),
                NodeKind::Text(text) => tags.push(format!("'{text}'")),
                NodeKind::Comment(text) => tags.push(format!("!{text}")),
                NodeKind::Doctype(name) => tags.push(format!("doctype {name}")),
                NodeKind::Document => {}
            }
        }
        tags.join(" ")
    }

    #[test]
    fn broken_markup_is_repaired_as_browsers_do() {
        for (source, expected) in [
            ("", "html head body"),
            ("<p>a<p>b", "html head body p 'a' p 'b'"),
            (
                "<!DOCTYPE html><!--x-->a",
                "doctype html !x html head body 'a'",
            ),
            // Text in a table moves before it, joined with the text that is there.
            (
                "t<table>x<tr><td>y",
                "html head body 'tx' table tbody tr td 'y'",
            ),
            ("<b><p>1</b>2</p>", "html head body b p b '1' '2'"),
            (
                "<template><i>x</i></template>",
                "html head template i 'x' body",
            ),
        ] {
            let document = parse(source).unwrap();
            assert_eq!(outline(&document), expected, "{source}");
        }
    }

    #[test]
    fn a_tower_of_tags_is_refused_before_it_costs_time() {
        let source = "<div>".repeat(1_000_000);
        let error = parse(&source).unwrap_err();
        assert_eq!(
            error.to_string(),
            "html: open stack of elements exceeds 512 nodes"
        );
        assert!(parse(&"<div>".repeat(500)).is_ok());
        assert!(parse(&"<div></div>".repeat(50_000)).is_ok());
    }

    #[test]
    fn attributes_are_found_in_any_case_and_listed_in_order() {
        let document = parse("<body ID=a Class='b c' data-x>").unwrap();
        let body = document
            .descendants(NodeId::DOCUMENT)
            .find(|id| document.is_tag(*id, "body"))
            .unwrap();
        assert_eq!(document.attr(body, "Id"), Some("a"));
        assert_eq!(document.attr(body, "data-x"), Some(""));
        assert_eq!(document.attr(body, "href"), None);
        let names: Vec<_> = document
            .element(body)
            .unwrap()
            .attrs()
            .map(|(_, name, _)| name)
            .collect();
        assert_eq!(names, ["id", "class", "data-x"]);
    }
}
