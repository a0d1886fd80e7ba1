//! The walks of a selection: from a list of nodes to another list of nodes.
//!
//! Invariants: a result holds every node once; its order is that of finding, which follows the
//! order of the input, and within one input node the direction of the walk.

use std::collections::HashSet;

use super::dom::{Document, NodeId};
use super::matching::matches;
use super::selector::SelectorList;

/// What a walk keeps: nodes of a selector, nodes of another selection, or all.
#[derive(Debug)]
pub(crate) enum Filter {
    /// All nodes.
    All,
    /// Those that the selectors select.
    Selector(SelectorList),
    /// Those that are in the list.
    Nodes(Vec<NodeId>),
    /// None: the selector was malformed.
    Nothing,
}

impl Filter {
    /// Whether the node is kept.
    pub(crate) fn accepts(&self, document: &Document, id: NodeId) -> bool {
        match self {
            Self::All => true,
            Self::Selector(list) => matches(document, id, list),
            Self::Nodes(ids) => ids.contains(&id),
            Self::Nothing => false,
        }
    }
}

/// Where siblings are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// After the node.
    Next,
    /// Before the node.
    Prev,
}

/// How far a walk goes from each node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach<'a> {
    /// The nearest one only.
    One,
    /// All the way.
    All,
    /// Up to the first that this accepts, which is left out.
    Until(&'a Filter),
}

/// Collects nodes, each once, in order of arrival.
#[derive(Debug, Default)]
struct Found {
    ids: Vec<NodeId>,
    seen: HashSet<NodeId>,
}

impl Found {
    fn push(&mut self, id: NodeId) {
        if self.seen.insert(id) {
            self.ids.push(id);
        }
    }
}

fn collect(ids: impl Iterator<Item = NodeId>) -> Vec<NodeId> {
    let mut found = Found::default();
    ids.for_each(|id| found.push(id));
    found.ids
}

/// Everything below the nodes that the filter accepts, in document order below each node.
pub(crate) fn find(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    collect(
        from.iter()
            .flat_map(|id| document.descendants(*id))
            .filter(|id| document.is_element(*id) && filter.accepts(document, *id)),
    )
}

/// The child elements that the filter accepts.
pub(crate) fn children(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    collect(
        from.iter()
            .flat_map(|id| document.child_elements(*id))
            .filter(|id| filter.accepts(document, *id)),
    )
}

/// The children of every kind.
pub(crate) fn contents(document: &Document, from: &[NodeId]) -> Vec<NodeId> {
    collect(from.iter().flat_map(|id| document.children(*id)))
}

/// For each node the first of itself and what is above it that the filter accepts.
pub(crate) fn closest(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    let nearest = |id: &NodeId| {
        std::iter::once(*id)
            .chain(document.ancestors(*id))
            .find(|at| document.is_element(*at) && filter.accepts(document, *at))
    };
    collect(from.iter().filter_map(nearest))
}

/// The elements above, nearest first.
pub(crate) fn parents(
    document: &Document,
    from: &[NodeId],
    reach: Reach<'_>,
    filter: &Filter,
) -> Vec<NodeId> {
    walk(document, from, reach, filter, |id| {
        document
            .ancestors(id)
            .filter(|above| document.is_element(*above))
    })
}

/// The sibling elements on one side, nearest first.
pub(crate) fn siblings_on(
    document: &Document,
    from: &[NodeId],
    direction: Direction,
    reach: Reach<'_>,
    filter: &Filter,
) -> Vec<NodeId> {
    let is_element = |id: &NodeId| document.is_element(*id);
    match direction {
        Direction::Next => walk(document, from, reach, filter, |id| {
            document.following(id).filter(is_element)
        }),
        Direction::Prev => walk(document, from, reach, filter, |id| {
            document.preceding(id).filter(is_element)
        }),
    }
}

fn walk<I: Iterator<Item = NodeId>>(
    document: &Document,
    from: &[NodeId],
    reach: Reach<'_>,
    filter: &Filter,
    steps: impl Fn(NodeId) -> I,
) -> Vec<NodeId> {
    let mut found = Found::default();
    for id in from {
        for at in steps(*id) {
            if matches!(reach, Reach::Until(end) if end.accepts(document, at)) {
                break;
            }
            if filter.accepts(document, at) {
                found.push(at);
            }
            if matches!(reach, Reach::One) {
                break;
            }
        }
    }
    found.ids
}

/// The sibling elements of each node on both sides.
pub(crate) fn siblings(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    let others = |id: &NodeId| {
        let me = *id;
        document
            .parent(me)
            .into_iter()
            .flat_map(|above| document.child_elements(above))
            .filter(move |sibling| *sibling != me)
    };
    collect(
        from.iter()
            .flat_map(others)
            .filter(|id| filter.accepts(document, *id)),
    )
}

/// The nodes that have something below them that the filter accepts.
pub(crate) fn having(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    let has = |id: &&NodeId| {
        document
            .descendants(**id)
            .any(|below| filter.accepts(document, below))
    };
    from.iter().filter(has).copied().collect()
}

/// The nodes and those of the whole document that the filter accepts.
pub(crate) fn add(document: &Document, from: &[NodeId], filter: &Filter) -> Vec<NodeId> {
    let added = match filter {
        Filter::Nodes(ids) => ids.clone(),
        Filter::All | Filter::Selector(_) | Filter::Nothing => {
            find(document, &[NodeId::DOCUMENT], filter)
        }
    };
    collect(from.iter().copied().chain(added))
}

/// The part of a list between two positions; negative ones count from the end.
pub(crate) fn slice(from: &[NodeId], start: i64, end: Option<i64>) -> &[NodeId] {
    let length = from.len();
    let place = |position: i64| {
        let back = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        if position < 0 {
            length.saturating_sub(back)
        } else {
            back.min(length)
        }
    };
    let end = end.map_or(length, place);
    from.get(place(start)..end).unwrap_or_default()
}

/// The position of a node among its sibling elements, from 0.
pub(crate) fn sibling_index(document: &Document, id: NodeId) -> usize {
    document
        .preceding(id)
        .filter(|sibling| document.is_element(*sibling))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modules::html::{parse, reader};

    fn filter(selector: &str) -> Filter {
        Filter::Selector(reader::parse(selector).unwrap())
    }

    fn tags(document: &Document, ids: &[NodeId]) -> String {
        let tag = |id: &NodeId| document.element(*id).map_or("#", |element| element.tag());
        ids.iter().map(tag).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn walks_find_what_jquery_finds() {
        let page = "<div><p></p>text<b></b><p class=z></p><i><u></u></i></div><hr>";
        let document = parse::parse(page).unwrap();
        let select = |selector: &str| find(&document, &[NodeId::DOCUMENT], &filter(selector));
        let next = |selector: &str, reach: Reach<'_>, kept: &Filter| {
            let from = select(selector);
            let ids = siblings_on(&document, &from, Direction::Next, reach, kept);
            tags(&document, &ids)
        };
        assert_eq!(next("b", Reach::One, &Filter::All), "p");
        assert_eq!(next("b", Reach::One, &filter("i")), "");
        assert_eq!(next("p", Reach::All, &Filter::All), "b p i");
        assert_eq!(next("p", Reach::Until(&filter("i")), &Filter::All), "b p");
        assert_eq!(next("p", Reach::Until(&filter("i")), &filter("b")), "b");
        let from = select("i");
        let prev = siblings_on(&document, &from, Direction::Prev, Reach::All, &Filter::All);
        assert_eq!(tags(&document, &prev), "p b p");
        let up = parents(&document, &select("u, hr"), Reach::All, &Filter::All);
        assert_eq!(tags(&document, &up), "i div body html");
        let until = Filter::Nodes(select("div"));
        let up = parents(&document, &select("u"), Reach::Until(&until), &Filter::All);
        assert_eq!(tags(&document, &up), "i");
        let near = closest(&document, &select("u, i, hr"), &filter("i, body"));
        assert_eq!(tags(&document, &near), "i body");
        assert_eq!(
            tags(
                &document,
                &children(&document, &select("div"), &Filter::All)
            ),
            "p b p i"
        );
        assert_eq!(
            tags(&document, &contents(&document, &select("div"))),
            "p # b p i"
        );
        assert_eq!(
            tags(&document, &siblings(&document, &select("b"), &Filter::All)),
            "p p i"
        );
        assert_eq!(
            tags(
                &document,
                &having(&document, &select("div, i, hr"), &filter("u"))
            ),
            "div i"
        );
        assert_eq!(
            tags(&document, &add(&document, &select("hr"), &filter("u"))),
            "hr u"
        );
        assert_eq!(sibling_index(&document, select("i")[0]), 3);
        assert_eq!(find(&document, &select("div, i"), &filter("u")).len(), 1);
        assert_eq!(find(&document, &select("div"), &Filter::Nothing).len(), 0);
    }

    #[test]
    fn a_slice_never_leaves_the_list() {
        let document = parse::parse("<i></i><i></i><i></i>").unwrap();
        let all = find(&document, &[NodeId::DOCUMENT], &filter("i"));
        for (start, end, expected) in [
            (0, None, 3),
            (1, None, 2),
            (-1, None, 1),
            (0, Some(-1), 2),
            (5, None, 0),
            (2, Some(1), 0),
            (-9, Some(9), 3),
            (i64::MIN, Some(i64::MAX), 3),
        ] {
            assert_eq!(slice(&all, start, end).len(), expected, "{start} {end:?}");
        }
    }
}
