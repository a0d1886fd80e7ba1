//! CSS selectors as data.
//!
//! Invariants: a list has at least one selector; a selector at least one compound.
//! Never: knows a document; `matching` does.

/// Selectors separated by commas.
#[derive(Debug, PartialEq)]
pub(crate) struct SelectorList(pub(crate) Vec<Selector>);

/// Compounds joined by combinators, read from right to left.
#[derive(Debug, PartialEq)]
pub(crate) struct Selector {
    /// What the element itself must be.
    pub(crate) subject: Compound,
    /// What stands before it, nearest first.
    pub(crate) context: Vec<(Combinator, Compound)>,
}

/// How an element relates to what stands to the left in a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combinator {
    /// `a b`
    Descendant,
    /// `a > b`
    Child,
    /// `a + b`
    Adjacent,
    /// `a ~ b`
    Sibling,
}

/// Conditions on one element, all of which must hold; none stands for `*`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Compound(pub(crate) Vec<Condition>);

/// A condition on one element.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    /// `p`
    Tag(String),
    /// `#id`
    Id(String),
    /// `.class`
    Class(String),
    /// `[name…]`
    Attr(AttrTest),
    /// `:nth-child(2n+1)` and its kin.
    Nth(Nth),
    /// `:only-child`
    OnlyChild,
    /// `:only-of-type`
    OnlyOfType,
    /// `:empty`
    Empty,
    /// `:root`
    Root,
    /// `:not(…)`
    Not(SelectorList),
    /// `:is(…)`, `:where(…)`
    Is(SelectorList),
    /// `:has(…)`: something below matches.
    Has(SelectorList),
    /// `:haschild(…)`: a child matches.
    HasChild(SelectorList),
    /// `:contains("text")`, in any case, anywhere below.
    Contains(String),
    /// `:containsOwn("text")`, in any case, in the element's own text nodes.
    ContainsOwn(String),
    /// `:input`: any form control.
    Input,
    /// `:link`
    Link,
    /// `:enabled`
    Enabled,
    /// `:disabled`
    Disabled,
    /// `:checked`, `:selected`
    Checked,
    /// `:lang(en)`
    Lang(String),
    /// A state that only a live page has, such as `:hover`.
    Never,
}

/// A condition on one attribute.
#[derive(Debug, PartialEq)]
pub(crate) struct AttrTest {
    /// The attribute, in lower case.
    pub(crate) name: String,
    /// How it is compared.
    pub(crate) compare: Compare,
    /// With what.
    pub(crate) value: String,
    /// Whether `A` equals `a`.
    pub(crate) is_caseless: bool,
}

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    /// `[a]`
    Exists,
    /// `[a=v]`
    Equals,
    /// `[a!=v]`: different, or missing.
    Differs,
    /// `[a~=v]`: one of the words.
    HasWord,
    /// `[a|=v]`: the value, or the value and a hyphen first.
    Hyphen,
    /// `[a^=v]`
    Starts,
    /// `[a$=v]`
    Ends,
    /// `[a*=v]`
    Includes,
}

/// A position among siblings: `step * n + offset`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Nth {
    /// `2` in `2n+1`.
    pub(crate) step: i32,
    /// `1` in `2n+1`.
    pub(crate) offset: i32,
    /// Whether only siblings of the same name count.
    pub(crate) is_of_type: bool,
    /// Whether the count starts at the end.
    pub(crate) is_from_end: bool,
}

/// Why a selector selects nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SelectorError {
    /// It is no selector; k6 finds nothing then, and throws nothing.
    #[error("this is not a selector")]
    Malformed,
    /// k6 knows this one and we do not.
    #[error(
        ":{0}() and other selectors by regular expression are not supported; filter() with a \
             function can do it"
    )]
    Unsupported(String),
}
