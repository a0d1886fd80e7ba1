//! Turns engine records into bytes and back: little-endian base-128 integers, length-prefixed
//! text, fields in the order in which they are declared.
//!
//! Invariants: encoding is a function of the value alone; `take(put(x)) == x`; decoding never
//! allocates more than the input is long; a number once given to a record kind stays its own.
//! Never: skips unknown bytes, guesses a missing field, or panics on damaged input.

use std::fmt;

/// Why bytes could not be decoded. The bytes are damaged or were written by a newer version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damaged {
    /// The input ended inside a field.
    CutShort,
    /// An integer does not fit its field.
    NumberTooLarge,
    /// A number that no variant, record kind or version has; with what was being read.
    UnknownTag(&'static str, u64),
    /// Text that breaks the rules of its type.
    BadText,
    /// Bytes were left over after a complete record.
    Trailing,
    /// Complete records that contradict each other; with the rule that they break.
    Contradiction(&'static str),
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CutShort => f.write_str("the record ends inside a field"),
            Self::NumberTooLarge => f.write_str("a number is too large for its field"),
            Self::UnknownTag(what, tag) => {
                write!(
                    f,
                    "{what} {tag} is unknown: damaged, or written by a newer version"
                )
            }
            Self::BadText => f.write_str("a text field breaks the rules of its type"),
            Self::Trailing => f.write_str("bytes are left over after the record"),
            Self::Contradiction(rule) => write!(f, "the records contradict each other: {rule}"),
        }
    }
}

impl std::error::Error for Damaged {}

/// The rest of a record that is being decoded.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Starts reading at the first byte.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Takes one byte.
    ///
    /// # Errors
    /// [`Damaged::CutShort`] at the end.
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (first, rest) = self.rest.split_first().ok_or(Damaged::CutShort)?;
        self.rest = rest;
        Ok(*first)
    }

    /// Takes `n` bytes.
    ///
    /// # Errors
    /// [`Damaged::CutShort`] when fewer are left.
    pub fn bytes(&mut self, n: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.rest.split_at_checked(n).ok_or(Damaged::CutShort)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes the count of a list. Every item takes at least one byte, so a damaged count cannot
    /// reserve more than the input is long.
    ///
    /// # Errors
    /// [`Damaged::CutShort`] when the rest cannot hold so many items.
    pub fn count(&mut self) -> Result<usize, Damaged> {
        let n = usize::try_from(u64::take(self)?).map_err(|_| Damaged::NumberTooLarge)?;
        if n > self.remaining() {
            Err(Damaged::CutShort)
        } else {
            Ok(n)
        }
    }

    /// How many bytes are left.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Asserts that everything was read.
    ///
    /// # Errors
    /// [`Damaged::Trailing`] when bytes are left over.
    pub fn finish(self) -> Result<(), Damaged> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(Damaged::Trailing)
        }
    }
}

/// Items that a list reserves room for before it has read them.
const ITEMS_RESERVED_MAX: usize = 1_024;

/// A value with a stored form.
pub trait Wire: Sized {
    /// Appends the stored form to `out`.
    fn put(&self, out: &mut Vec<u8>);
    /// Reads the stored form.
    ///
    /// # Errors
    /// [`Damaged`] when the bytes are not the stored form of any value.
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged>;
}

/// Encodes one value into new bytes.
pub fn to_bytes<T: Wire>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    value.put(&mut out);
    out
}

/// Decodes one value that fills `bytes` exactly.
///
/// # Errors
/// [`Damaged`] when the bytes are not exactly one stored value.
pub fn from_bytes<T: Wire>(bytes: &[u8]) -> Result<T, Damaged> {
    let mut input = Input::new(bytes);
    let value = T::take(&mut input)?;
    input.finish()?;
    Ok(value)
}

impl Wire for u64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            let [low, ..] = rest.to_le_bytes();
            out.push(low | 0x80);
            rest >>= 7;
        }
        let [low, ..] = rest.to_le_bytes();
        out.push(low);
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let mut value = 0_u64;
        for shift in [0_u32, 7, 14, 21, 28, 35, 42, 49, 56, 63] {
            let byte = input.byte()?;
            let part = Self::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(Damaged::NumberTooLarge);
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Damaged::NumberTooLarge)
    }
}

macro_rules! wire_small_uint {
    ($($t:ty),*) => {$(
        impl Wire for $t {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                u64::from(*self).put(out);
            }
            #[inline]
            fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
                Self::try_from(u64::take(input)?).map_err(|_| Damaged::NumberTooLarge)
            }
        }
    )*};
}
wire_small_uint!(u8, u16, u32);

impl Wire for i64 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        // Zigzag: small magnitudes of either sign stay short.
        ((self << 1) ^ (self >> 63)).cast_unsigned().put(out);
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let raw = u64::take(input)?;
        Ok((raw >> 1).cast_signed() ^ (raw & 1).cast_signed().wrapping_neg())
    }
}

impl Wire for i128 {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self::from_le_bytes(<[u8; 16]>::take(input)?))
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(Self::into(*self));
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(Damaged::UnknownTag("truth value", u64::from(other))),
        }
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Self::try_from(input.bytes(N)?).map_err(|_| Damaged::CutShort)
    }
}

impl<T: Wire> Wire for Option<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.put(out);
            }
        }
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        if bool::take(input)? {
            Ok(Some(T::take(input)?))
        } else {
            Ok(None)
        }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        T::put(self, out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self::new(T::take(input)?))
    }
}

impl<T: Wire> Wire for Vec<T> {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        for item in self {
            item.put(out);
        }
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let n = input.count()?;
        // An item may be far larger in memory than in bytes: a damaged count must not reserve
        // more than a little beyond what the input can fill.
        let mut items = Self::with_capacity(n.min(ITEMS_RESERVED_MAX));
        for _ in 0..n {
            items.push(T::take(input)?);
        }
        Ok(items)
    }
}

/// Declares a record whose stored form is its fields in order.
macro_rules! wire_struct {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$fmeta:meta])* $fvis:vis $field:ident : $type:ty),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $type),* }

        impl $crate::codec::Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::codec::Wire::put(&self.$field, out);)*
            }
            #[inline]
            fn take(input: &mut $crate::codec::Input<'_>)
                -> Result<Self, $crate::codec::Damaged> {
                Ok(Self { $($field: $crate::codec::Wire::take(input)?),* })
            }
        }
    };
}
pub(crate) use wire_struct;

/// Declares an enum whose stored form is the frozen number of the variant and then its content.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident $(($type:ty))? = $number:literal),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        $vis enum $name { $($(#[$vmeta])* $variant $(($type))?),* }

        impl $crate::codec::Wire for $name {
            #[inline]
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(wire_enum!(@pattern $name $variant content $($type)?) => {
                        out.push($number);
                        $(<$type as $crate::codec::Wire>::put(content, out);)?
                    })*
                }
            }
            #[inline]
            fn take(input: &mut $crate::codec::Input<'_>)
                -> Result<Self, $crate::codec::Damaged> {
                match input.byte()? {
                    $($number => Ok(wire_enum!(@build $name $variant input $($type)?)),)*
                    other => Err($crate::codec::Damaged::UnknownTag(
                        stringify!($name), u64::from(other))),
                }
            }
        }
    };
    (@pattern $name:ident $variant:ident $content:ident) => { Self::$variant };
    (@pattern $name:ident $variant:ident $content:ident $type:ty) => { Self::$variant($content) };
    (@build $name:ident $variant:ident $input:ident) => { Self::$variant };
    (@build $name:ident $variant:ident $input:ident $type:ty) => {
        Self::$variant(<$type as $crate::codec::Wire>::take($input)?)
    };
}
pub(crate) use wire_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_round_trip_at_their_edges() {
        for value in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            u64::from(u32::MAX),
            u64::MAX,
        ] {
            assert_eq!(from_bytes::<u64>(&to_bytes(&value)), Ok(value));
        }
        for value in [0, -1, 1, i64::MIN, i64::MAX, -64, 63] {
            assert_eq!(from_bytes::<i64>(&to_bytes(&value)), Ok(value));
        }
    }

    #[test]
    fn a_number_beyond_its_field_is_damage() {
        assert_eq!(
            from_bytes::<u8>(&to_bytes(&256_u64)),
            Err(Damaged::NumberTooLarge)
        );
        assert_eq!(from_bytes::<u64>(&[0xff; 10]), Err(Damaged::NumberTooLarge));
        assert_eq!(from_bytes::<u64>(&[0x80]), Err(Damaged::CutShort));
    }

    #[test]
    fn a_count_longer_than_the_input_reserves_nothing() {
        assert_eq!(
            from_bytes::<Vec<u64>>(&to_bytes(&u64::MAX)),
            Err(Damaged::CutShort)
        );
    }

    #[test]
    fn left_over_bytes_are_damage() {
        assert_eq!(from_bytes::<u8>(&[1, 2]), Err(Damaged::Trailing));
    }
}
