//! The identities that the engine knows: names given by callers and numbers given by the engine.
//!
//! Invariants: a [`Name`] is 1 to 64 characters of `[A-Za-z0-9._:-]`; numbers start at 1 where 0
//! would mean "none"; indexes are dense and never reused.

use std::fmt;

use crate::codec::{Damaged, Input, Wire};
use crate::limits::{NAME_BYTES_MAX, TEXT_BYTES_MAX};

/// An id given by a caller: of a show, seat, area, product, buyer or payment reference.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

impl Name {
    /// Accepts 1 to 64 characters of `[A-Za-z0-9._:-]`; `None` for anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        Self::is_valid(text).then(|| Self(text.into()))
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

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Wire for Name {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        (self.0.len() as u64).put(out);
        out.extend_from_slice(self.0.as_bytes());
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
    fn a_stored_name_outside_the_alphabet_is_damage() {
        let mut bytes = to_bytes(&Name::new("ab").unwrap());
        bytes[1] = b' ';
        assert_eq!(from_bytes::<Name>(&bytes), Err(Damaged::BadText));
    }
}
