//! Finds everything that is wrong with a request at once, each fault with its JSON pointer.
//!
//! Invariants:
//! * At most [`limits::FAULTS_MAX`] faults are kept; the rest is counted.
//! * A pointer costs nothing until a fault is found at it.

use std::fmt;
use std::ops::RangeInclusive;

use crate::limits;
use crate::{Currency, Timestamp};

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the body; for query parameters `?name`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// The faults of one request, in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    faults: Vec<Fault>,
    n_more: usize,
}

/// A request that can judge itself.
pub trait Validate {
    /// Adds everything that is wrong to `faults`; `at` is where this value lies in the body.
    fn check(&self, at: &Pointer<'_>, faults: &mut Faults);

    /// Checks the whole value.
    ///
    /// # Errors
    /// All faults, if there is one. Nothing was changed.
    fn validate(&self) -> Result<(), Faults> {
        let mut faults = Faults::default();
        self.check(&Pointer::ROOT, &mut faults);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }
}

/// A place in a JSON body, as a list on the stack that becomes text only when it is needed.
#[derive(Clone, Copy, Debug)]
pub struct Pointer<'a> {
    parent: Option<&'a Pointer<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl Pointer<'static> {
    /// The whole body.
    pub const ROOT: Self = Self {
        parent: None,
        step: Step::Root,
    };
}

impl<'a> Pointer<'a> {
    /// The member `name` of this object.
    #[must_use]
    pub const fn key(&'a self, name: &'a str) -> Self {
        Self {
            parent: Some(self),
            step: Step::Key(name),
        }
    }

    /// Element `idx` of this array.
    #[must_use]
    pub const fn index(&'a self, idx: usize) -> Self {
        Self {
            parent: Some(self),
            step: Step::Index(idx),
        }
    }
}

impl fmt::Display for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As deep as our schemas, which nest six levels.
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Index(idx) => write!(f, "/{idx}"),
        }
    }
}

impl Faults {
    /// No fault was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults that were kept.
    #[must_use]
    pub fn as_slice(&self) -> &[Fault] {
        &self.faults
    }

    /// The faults that were kept, for a [`crate::Problem`].
    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.faults
    }

    /// Faults found in all, those beyond the limit included.
    #[must_use]
    pub fn total(&self) -> usize {
        self.faults.len().saturating_add(self.n_more)
    }

    /// Records a fault at a place of the body.
    pub fn add(&mut self, at: &Pointer<'_>, detail: impl Into<String>) {
        self.add_at(|| at.to_string(), detail);
    }

    /// Records a fault of the query parameter `name`.
    pub fn add_query(&mut self, name: &str, detail: impl Into<String>) {
        self.add_at(|| format!("?{name}"), detail);
    }

    fn add_at(&mut self, pointer: impl FnOnce() -> String, detail: impl Into<String>) {
        if self.faults.len() < limits::FAULTS_MAX {
            self.faults.push(Fault {
                pointer: pointer(),
                detail: detail.into(),
            });
        } else {
            self.n_more = self.n_more.saturating_add(1);
        }
    }

    /// An id given by the caller: 1 to 64 of `[A-Za-z0-9._:-]`.
    pub fn id(&mut self, at: &Pointer<'_>, value: &str) {
        if !is_id(value) {
            self.add(at, "must be 1 to 64 characters of A-Z a-z 0-9 . _ : -");
        }
    }

    /// A row label or prefix: like an id, but at most 32 characters.
    pub fn label(&mut self, at: &Pointer<'_>, value: &str) {
        if !is_id(value) || value.len() > limits::ROW_LABEL_BYTES_MAX {
            self.add(at, "must be 1 to 32 characters of A-Z a-z 0-9 . _ : -");
        }
    }

    /// A token that we handed out: opaque, but printable ASCII and not longer than ours are.
    pub fn token(&mut self, at: &Pointer<'_>, value: &str) {
        let fits = (1..=limits::TOKEN_BYTES_MAX).contains(&value.len());
        if !fits || !value.bytes().all(|c| c.is_ascii_graphic()) {
            self.add(at, "must be the token as it was given with the hold");
        }
    }

    /// Text for people: 1 to 200 bytes of UTF-8, no control characters.
    pub fn text(&mut self, at: &Pointer<'_>, value: &str) {
        let n_bytes = value.len();
        if !(1..=limits::TEXT_BYTES_MAX).contains(&n_bytes) {
            let detail = format!("must have 1 to 200 bytes of UTF-8, has {n_bytes}");
            self.add(at, detail);
        } else if value.chars().any(char::is_control) {
            self.add(at, "must not contain control characters");
        }
    }

    /// A whole number within `range`.
    pub fn range(&mut self, at: &Pointer<'_>, value: i64, range: RangeInclusive<i64>) {
        if !range.contains(&value) {
            let (min, max) = range.into_inner();
            self.add(at, format!("must be from {min} to {max}, is {value}"));
        }
    }

    /// An amount of money in minor units: 0 to 2^53 - 1.
    pub fn amount(&mut self, at: &Pointer<'_>, value: i64) {
        self.range(at, value, 0..=limits::AMOUNT_MAX);
    }

    /// A currency code of ISO 4217.
    pub fn currency(&mut self, at: &Pointer<'_>, value: &str) {
        if Currency::parse(value).is_none() {
            self.add(
                at,
                "must be an ISO 4217 code in capital letters, such as EUR",
            );
        }
    }

    /// A time in RFC 3339, if there is one.
    pub fn time(&mut self, at: &Pointer<'_>, value: Option<&str>) {
        if value.is_some_and(|text| Timestamp::parse(text).is_none()) {
            self.add(
                at,
                "must be RFC 3339 with an offset, such as 2026-05-01T20:00:00Z",
            );
        }
    }

    /// The length of a list. Returns whether it is within `range`, so that a list that is far too
    /// long is not looked through.
    pub fn count(&mut self, at: &Pointer<'_>, n: usize, range: RangeInclusive<usize>) -> bool {
        let fits = range.contains(&n);
        if !fits {
            let (min, max) = range.into_inner();
            self.add(at, format!("must have {min} to {max} entries, has {n}"));
        }
        fits
    }
}

/// Whether `value` may be an id given by a caller.
#[must_use]
pub fn is_id(value: &str) -> bool {
    (1..=limits::ID_BYTES_MAX).contains(&value.len()) && value.bytes().all(is_id_byte)
}

/// Whether `c` may occur in an id given by a caller.
#[must_use]
pub const fn is_id_byte(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b':' | b'-')
}

#[cfg(test)]
mod tests {
    use super::{Faults, Pointer, is_id};
    use crate::limits::FAULTS_MAX;

    #[test]
    fn a_pointer_is_escaped_as_rfc_6901_wants() {
        let seats = Pointer::ROOT.key("a/b~c");
        assert_eq!(seats.index(3).to_string(), "/a~1b~0c/3");
        assert_eq!(Pointer::ROOT.to_string(), "");
    }

    #[test]
    fn ids_have_one_to_sixty_four_harmless_characters() {
        let longest = "x".repeat(64);
        for right in [
            "a",
            "A-1.b_c:d",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            longest.as_str(),
        ] {
            assert!(is_id(right), "{right:?}");
        }
        let too_long = "x".repeat(65);
        for wrong in ["", " ", "a b", "a/b", "ä", "a\n", "a%20", too_long.as_str()] {
            assert!(!is_id(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn faults_beyond_the_limit_are_counted_and_not_kept() {
        let mut faults = Faults::default();
        for _ in 0..FAULTS_MAX + 7 {
            faults.add(&Pointer::ROOT, "wrong");
        }
        assert_eq!(
            (faults.as_slice().len(), faults.total()),
            (FAULTS_MAX, FAULTS_MAX + 7)
        );
    }
}
