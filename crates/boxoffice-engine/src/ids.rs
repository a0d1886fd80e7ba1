//! The identities that the engine knows: names given by callers and numbers given by the engine.
//!
//! Invariants: a [`Name`] is 1 to 64 characters of `[A-Za-z0-9._:-]`; numbers start at 1 where 0
//! would mean "none"; indexes are dense and never reused.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::codec::{Damaged, Input, Wire};
use crate::limits::{NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// Bytes of a name that is kept in place.
const SHORT_BYTES_MAX: usize = 22;

/// An id given by a caller: of a show, seat, area, product, buyer or payment reference. Names of
/// up to 22 bytes, nearly all, are copied without an allocation.
#[derive(Clone)]
pub struct Name(Characters);

#[derive(Clone)]
enum Characters {
    Short(u8, [u8; SHORT_BYTES_MAX]),
    Long(Box<str>),
}

impl Name {
    /// Accepts 1 to 64 characters of `[A-Za-z0-9._:-]`; `None` for anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self::trusted(text))
    }

    /// Whether this is 1 to 64 characters of `[A-Za-z0-9._:-]`.
    #[must_use]
    pub fn is_valid(text: &str) -> bool {
        !text.is_empty()
            && text.len() <= NAME_BYTES_MAX
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b))
    }

    /// A name that was valid before.
    pub(crate) fn trusted(text: &str) -> Self {
        let mut bytes = [0; SHORT_BYTES_MAX];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(len)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Characters::Short(len, bytes))
            }
            _ => Self(Characters::Long(text.into())),
        }
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("a name is ASCII")
    }

    /// The characters, each one byte.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Characters::Short(len, bytes) => {
                bytes.get(..usize::from(*len)).expect("short names fit")
            }
            Characters::Long(text) => text.as_bytes(),
        }
    }
}

impl PartialEq for Name {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Wire for Name {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        (self.as_bytes().len() as u64).put(out);
        out.extend_from_slice(self.as_bytes());
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let n = usize::from(u8::take(input)?);
        let text = std::str::from_utf8(input.bytes(n)?).map_err(|_| Damaged::BadText)?;
        Self::new(text).ok_or(Damaged::BadText)
    }
}

/// Free text for people: a show's title, a venue. At most 200 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text(Box<str>);

impl Text {
    /// Accepts up to 200 bytes without control characters; `None` for anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let valid = text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control);
        valid.then(|| Self(text.into()))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Wire for Text {
    fn put(&self, out: &mut Vec<u8>) {
        (self.0.len() as u64).put(out);
        out.extend_from_slice(self.0.as_bytes());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let n = usize::from(u16::take(input)?);
        let text = std::str::from_utf8(input.bytes(n)?).map_err(|_| Damaged::BadText)?;
        Self::new(text).ok_or(Damaged::BadText)
    }
}

macro_rules! number {
    ($(#[$meta:meta])* $name:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub $inner);

        impl Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                self.0.put(out);
            }
            #[inline]
            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                Ok(Self(<$inner>::take(input)?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number!(/// The number of an entry in the journal; 0 is before the first.
    Position(u64));
number!(/// A show's index in the house, dense from 0.
    ShowIdx(u32));
number!(/// A seat's index in its show, dense from 0; stable when the show changes.
    SeatIdx(u32));
number!(/// An area's index in its show, dense from 0; stable when the show changes.
    AreaIdx(u32));
number!(/// A product's index in the house, dense from 0.
    ProductIdx(u32));
number!(/// A buyer's index in the house, dense from 0.
    BuyerIdx(u32));
number!(/// A hold's number, from 1 in the order in which holds were placed.
    HoldId(u64));
number!(/// A booking's number, from 1.
    BookingId(u64));
number!(/// An order's number, from 1.
    OrderId(u64));
number!(/// How often a hold was granted or extended; a token of an older fence is stale.
    Fence(u32));
number!(/// The API key that a caller used; 0 where the house runs without keys.
    Principal(u32));

impl SeatIdx {
    /// As an index into per-seat tables.
    #[must_use]
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl AreaIdx {
    /// As an index into per-area tables.
    #[must_use]
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl ShowIdx {
    /// As an index into the house's shows.
    #[must_use]
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl ProductIdx {
    /// As an index into the house's products.
    #[must_use]
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl BuyerIdx {
    /// As an index into the house's buyers.
    #[must_use]
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{from_bytes, to_bytes};

    #[test]
    fn a_name_keeps_to_its_alphabet_and_length() {
        assert!(Name::new("cinema:1.A-b_").is_some());
        assert!(Name::new("").is_none());
        assert!(Name::new("a b").is_none());
        assert!(Name::new("é").is_none());
        assert!(Name::new(&"x".repeat(64)).is_some());
        assert!(Name::new(&"x".repeat(65)).is_none());
    }

    #[test]
    fn short_and_long_names_compare_and_store_alike() {
        let lengths = [1, 21, 22, 23, 64];
        let names: Vec<_> = lengths
            .iter()
            .map(|n| Name::new(&"b".repeat(*n)).unwrap())
            .collect();
        assert!(names.is_sorted());
        for (name, len) in names.iter().zip(lengths) {
            assert_eq!(name.as_str().len(), len);
            assert_eq!(from_bytes::<Name>(&to_bytes(name)).as_ref(), Ok(name));
            assert_eq!(name.to_string(), "b".repeat(len));
        }
        assert!(Name::new("c").unwrap() > names[4]);
    }

    #[test]
    fn a_stored_name_outside_the_alphabet_is_damage() {
        let mut bytes = to_bytes(&Name::new("ab").unwrap());
        bytes[1] = b' ';
        assert_eq!(from_bytes::<Name>(&bytes), Err(Damaged::BadText));
    }
}
