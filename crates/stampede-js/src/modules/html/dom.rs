//! A read-only HTML document: an arena of nodes, filled once by the parser.
//!
//! Invariants: every id in a link names a node of the same arena; a node has at most one parent;
//! siblings form one doubly linked list per parent; nothing is ever removed from the arena.
//! Never: recursion over the depth of the tree, which a hostile page chooses.

use html5ever::QualName;

/// A position in the arena of one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// The document node itself.
    pub(crate) const DOCUMENT: Self = Self(0);

    /// The number that scripts hold.
    pub(crate) fn number(self) -> u32 {
        self.0
    }

    fn idx(self) -> usize {
        self.0 as usize
    }
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum NodeKind {
    /// The root of the tree.
    Document,
    /// `<!DOCTYPE name>`.
    Doctype(String),
    /// Text between tags.
    Text(String),
    /// `<!-- text -->`.
    Comment(String),
    /// A tag with its attributes.
    Element(Element),
}

/// The name and attributes of an element.
#[derive(Debug)]
pub(crate) struct Element {
    pub(super) name: QualName,
    pub(super) attrs: Vec<(QualName, String)>,
}

impl Element {
    /// The tag's name; lower case, unless it is a foreign one such as `linearGradient`.
    pub(crate) fn tag(&self) -> &str {
        &self.name.local
    }

    /// The URL of the name's namespace.
    pub(crate) fn namespace(&self) -> &str {
        &self.name.ns
    }

    /// The value of the attribute, whose name is compared without regard to case.
    pub(crate) fn attr(&self, name: &str) -> Option<&str> {
        self.attrs
            .iter()
            .find(|(key, _)| (*key.local).eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// All attributes in source order, as (prefix, name, value).
    pub(crate) fn attrs(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.attrs.iter().map(|(name, value)| {
            let prefix = name.prefix.as_deref().unwrap_or("");
            (prefix, &*name.local, value.as_str())
        })
    }
}

#[derive(Debug)]
struct Node {
    kind: NodeKind,
    parent: Option<NodeId>,
    first_child: Option<NodeId>,
    last_child: Option<NodeId>,
    prev: Option<NodeId>,
    next: Option<NodeId>,
}

impl Node {
    fn new(kind: NodeKind) -> Self {
        Self {
            kind,
            parent: None,
            first_child: None,
            last_child: None,
            prev: None,
            next: None,
        }
    }
}

/// One parsed page.
#[derive(Debug)]
pub(crate) struct Document {
    nodes: Vec<Node>,
}

impl Document {
    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.idx()]
    }

    /// What the node is.
    pub(crate) fn kind(&self, id: NodeId) -> &NodeKind {
        &self.node(id).kind
    }

    /// The element at this node, if it is one.
    pub(crate) fn element(&self, id: NodeId) -> Option<&Element> {
        match self.kind(id) {
            NodeKind::Element(element) => Some(element),
            NodeKind::Document
            | NodeKind::Doctype(_)
            | NodeKind::Text(_)
            | NodeKind::Comment(_) => None,
        }
    }

    /// Whether the node is an element.
    pub(crate) fn is_element(&self, id: NodeId) -> bool {
        self.element(id).is_some()
    }

    /// Whether the node is an element of this name.
    pub(crate) fn is_tag(&self, id: NodeId, tag: &str) -> bool {
        self.element(id).is_some_and(|element| element.tag() == tag)
    }

    /// The value of an attribute of the element at this node.
    pub(crate) fn attr(&self, id: NodeId, name: &str) -> Option<&str> {
        self.element(id).and_then(|element| element.attr(name))
    }

    /// The node above, if any.
    pub(crate) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).parent
    }

    /// The element above; the document is none.
    pub(crate) fn parent_element(&self, id: NodeId) -> Option<NodeId> {
        self.parent(id).filter(|above| self.is_element(*above))
    }

    /// The sibling before, of any kind.
    pub(crate) fn prev(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).prev
    }

    /// The sibling after, of any kind.
    pub(crate) fn next(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).next
    }

    /// The first child, of any kind.
    pub(crate) fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).first_child
    }

    /// The last child, of any kind.
    pub(crate) fn last_child(&self, id: NodeId) -> Option<NodeId> {
        self.node(id).last_child
    }

    /// The children in order, of any kind.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.first_child(id), |child| self.next(*child))
    }

    /// The children that are elements, in order.
    pub(crate) fn child_elements(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(id).filter(|child| self.is_element(*child))
    }

    /// The nodes above, nearest first, the document last.
    pub(crate) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.parent(id), |above| self.parent(*above))
    }

    /// The siblings after, nearest first.
    pub(crate) fn following(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.next(id), |sibling| self.next(*sibling))
    }

    /// The siblings before, nearest first.
    pub(crate) fn preceding(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.prev(id), |sibling| self.prev(*sibling))
    }

    /// Everything below the node in document order, the node itself not included.
    pub(crate) fn descendants(&self, root: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.first_child(root), move |id| {
            self.first_child(*id)
                .or_else(|| self.next_outside(*id, root))
        })
    }

    /// The node after the whole subtree of `id` in document order, if it is still below `root`.
    pub(crate) fn next_outside(&self, id: NodeId, root: NodeId) -> Option<NodeId> {
        let mut at = id;
        while at != root {
            if let Some(next) = self.next(at) {
                return Some(next);
            }
            at = self.parent(at)?;
        }
        None
    }

    /// All text below the node, joined.
    pub(crate) fn text(&self, id: NodeId) -> String {
        let mut text = String::new();
        for below in std::iter::once(id).chain(self.descendants(id)) {
            if let NodeKind::Text(part) = self.kind(below) {
                text.push_str(part);
            }
        }
        text
    }
}

/// Building: used by the parser alone.
impl Document {
    /// A document without any node but itself.
    pub(super) fn empty() -> Self {
        Self {
            nodes: vec![Node::new(NodeKind::Document)],
        }
    }

    /// What the node is, to change it.
    pub(super) fn kind_mut(&mut self, id: NodeId) -> &mut NodeKind {
        &mut self.nodes[id.idx()].kind
    }

    /// Adds a node that hangs nowhere yet.
    pub(super) fn add(&mut self, kind: NodeKind) -> NodeId {
        let number = u32::try_from(self.nodes.len())
            .expect("a node takes at least one byte of a source that is far below 4 GiB");
        self.nodes.push(Node::new(kind));
        NodeId(number)
    }

    /// Takes a subtree out of its parent.
    pub(super) fn detach(&mut self, id: NodeId) {
        let (parent, prev, next) = {
            let node = &mut self.nodes[id.idx()];
            (node.parent.take(), node.prev.take(), node.next.take())
        };
        match (prev, parent) {
            (Some(prev), _) => self.nodes[prev.idx()].next = next,
            (None, Some(parent)) => self.nodes[parent.idx()].first_child = next,
            (None, None) => {}
        }
        match (next, parent) {
            (Some(next), _) => self.nodes[next.idx()].prev = prev,
            (None, Some(parent)) => self.nodes[parent.idx()].last_child = prev,
            (None, None) => {}
        }
    }

    /// Moves a subtree to the end of a parent's children.
    pub(super) fn append(&mut self, parent: NodeId, id: NodeId) {
        self.detach(id);
        let last = self.nodes[parent.idx()].last_child.replace(id);
        let node = &mut self.nodes[id.idx()];
        node.parent = Some(parent);
        node.prev = last;
        match last {
            Some(last) => self.nodes[last.idx()].next = Some(id),
            None => self.nodes[parent.idx()].first_child = Some(id),
        }
    }

    /// Moves a subtree before a node; does nothing when that hangs nowhere.
    pub(super) fn insert_before(&mut self, sibling: NodeId, id: NodeId) {
        self.detach(id);
        let Some(parent) = self.parent(sibling) else {
            return;
        };
        let prev = self.nodes[sibling.idx()].prev.replace(id);
        let node = &mut self.nodes[id.idx()];
        node.parent = Some(parent);
        node.prev = prev;
        node.next = Some(sibling);
        match prev {
            Some(prev) => self.nodes[prev.idx()].next = Some(id),
            None => self.nodes[parent.idx()].first_child = Some(id),
        }
    }

    /// Adds to the text node at `at`; `false` if it is none.
    pub(super) fn extend_text(&mut self, at: Option<NodeId>, text: &str) -> bool {
        let Some(at) = at else { return false };
        let NodeKind::Text(existing) = &mut self.nodes[at.idx()].kind else {
            return false;
        };
        existing.push_str(text);
        true
    }
}
