//! Tags of a sample: a borrowed view of layers for recording, and an owned set for VUs.
//!
//! Invariants: a later layer wins over an earlier one; a view is copied, never built on the heap.

use std::collections::BTreeMap;

/// A borrowed tag: its name and its value.
pub type Tag<'a> = (&'a str, &'a str);

/// One layer of a [`Tags`] view.
#[derive(Debug, Clone, Copy)]
pub enum Layer<'a> {
    /// Tags that live in a slice for the time of one call.
    Slice(&'a [Tag<'a>]),
    /// Tags that live as long as a VU, a scenario or a run.
    Set(&'a TagSet),
}

/// The tags of the samples that are being recorded, as layers of which the last wins.
///
/// Metadata is what only raw outputs write (such as a trace id): no threshold can select by it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tags<'a> {
    layers: &'a [Layer<'a>],
    metadata: &'a [Layer<'a>],
}

impl<'a> Tags<'a> {
    /// No tags at all.
    pub const NONE: Tags<'static> = Tags {
        layers: &[],
        metadata: &[],
    };

    /// Views these layers; a tag in a later layer hides the same tag in an earlier one.
    #[must_use]
    pub fn new(layers: &'a [Layer<'a>]) -> Tags<'a> {
        Tags {
            layers,
            metadata: &[],
        }
    }

    /// Adds metadata to the view, layered in the same way.
    #[must_use]
    pub fn with_metadata(self, metadata: &'a [Layer<'a>]) -> Tags<'a> {
        Tags { metadata, ..self }
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.layers.iter().rev().find_map(|layer| layer.get(name))
    }

    /// All tags, each name once, sorted by name.
    #[must_use]
    pub fn sorted(&self) -> Vec<Tag<'a>> {
        sorted(self.layers)
    }

    /// All metadata, each name once, sorted by name.
    #[must_use]
    pub fn sorted_metadata(&self) -> Vec<Tag<'a>> {
        sorted(self.metadata)
    }
}

impl<'a> Layer<'a> {
    fn get(&self, name: &str) -> Option<&'a str> {
        match self {
            Layer::Slice(tags) => tags
                .iter()
                .rev()
                .find(|(other, _)| *other == name)
                .map(|&(_, value)| value),
            Layer::Set(set) => set.get(name),
        }
    }
}

fn sorted<'a>(layers: &'a [Layer<'a>]) -> Vec<Tag<'a>> {
    let mut all: BTreeMap<&'a str, &'a str> = BTreeMap::new();
    for layer in layers {
        match layer {
            Layer::Slice(tags) => all.extend(tags.iter().copied()),
            Layer::Set(set) => all.extend(set.iter()),
        }
    }
    all.into_iter().collect()
}

/// Owned tags, in the order in which their names were first set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagSet {
    tags: Vec<(Box<str>, Box<str>)>,
}

impl TagSet {
    /// Makes an empty set.
    #[must_use]
    pub fn new() -> TagSet {
        TagSet::default()
    }

    /// Sets a tag, replacing the value it had.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.tags.iter_mut().find(|(other, _)| &**other == name) {
            Some((_, old)) => *old = value.into(),
            None => self.tags.push((name.into(), value.into())),
        }
    }

    /// Removes a tag and says whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.tags.len();
        self.tags.retain(|(other, _)| &**other != name);
        self.tags.len() < before
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.tags
            .iter()
            .find(|(other, _)| &**other == name)
            .map(|(_, value)| &**value)
    }

    /// All tags in order.
    pub fn iter(&self) -> impl Iterator<Item = Tag<'_>> {
        self.tags.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether there are no tags.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// How many tags there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tags.len()
    }
}

impl<'a> FromIterator<Tag<'a>> for TagSet {
    fn from_iter<I: IntoIterator<Item = Tag<'a>>>(tags: I) -> TagSet {
        let mut set = TagSet::new();
        for (name, value) in tags {
            set.set(name, value);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::{Layer, TagSet, Tags};

    #[test]
    fn the_last_layer_wins() {
        let vu: TagSet = [("scenario", "one"), ("group", "")].into_iter().collect();
        let own = [("method", "GET"), ("group", "::a"), ("group", "::b")];
        let layers = [Layer::Set(&vu), Layer::Slice(&own)];
        let tags = Tags::new(&layers);
        for (name, expected) in [
            ("scenario", Some("one")),
            ("group", Some("::b")),
            ("method", Some("GET")),
            ("url", None),
        ] {
            assert_eq!(tags.get(name), expected, "{name}");
        }
        assert_eq!(
            tags.sorted(),
            [("group", "::b"), ("method", "GET"), ("scenario", "one")]
        );
        assert_eq!(Tags::NONE.sorted(), []);
    }

    #[test]
    fn metadata_is_no_tag() {
        let layers = [Layer::Slice(&[("trace", "1")])];
        let tags = Tags::NONE.with_metadata(&layers);
        assert_eq!(tags.get("trace"), None);
        assert_eq!(tags.sorted_metadata(), [("trace", "1")]);
    }

    #[test]
    fn a_set_replaces_and_removes() {
        let mut set = TagSet::new();
        set.set("a", "1");
        set.set("b", "2");
        set.set("a", "3");
        assert_eq!(set.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
        assert!(set.remove("a"));
        assert!(!set.remove("a"));
        assert_eq!((set.len(), set.is_empty(), set.get("a")), (1, false, None));
    }
}
