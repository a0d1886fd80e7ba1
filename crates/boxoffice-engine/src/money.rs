//! Money in integer minor units of one currency.
//!
//! Invariants: an [`Amount`] in the engine never exceeds [`AMOUNT_MAX`] in magnitude, so sums of
//! two never overflow.
//! Never: floating point, conversion between currencies.

use std::fmt;

use crate::codec::{Damaged, Input, Wire};
use crate::limits::AMOUNT_MAX;

/// Minor units (cents, won) of some currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Amount(pub i64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, or `None` beyond [`AMOUNT_MAX`].
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .filter(|sum| sum.is_in_range())
    }

    /// The difference, or `None` beyond [`AMOUNT_MAX`] in magnitude.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .filter(|rest| rest.is_in_range())
    }

    /// `quantity` times this, or `None` beyond [`AMOUNT_MAX`].
    #[must_use]
    pub fn times(self, quantity: u32) -> Option<Self> {
        self.0
            .checked_mul(i64::from(quantity))
            .map(Self)
            .filter(|total| total.is_in_range())
    }

    /// This at `percent` of the full price, rounded down.
    #[must_use]
    pub fn percent(self, percent: u16) -> Option<Self> {
        let scaled = self.0.checked_mul(i64::from(percent))?;
        Some(Self(scaled.div_euclid(100))).filter(|part| part.is_in_range())
    }

    fn is_in_range(self) -> bool {
        self.0.unsigned_abs() <= AMOUNT_MAX.unsigned_abs()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Wire for Amount {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    #[inline]
    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        Ok(Self(i64::take(input)?)).and_then(|amount: Self| {
            if amount.is_in_range() {
                Ok(amount)
            } else {
                Err(Damaged::NumberTooLarge)
            }
        })
    }
}

/// An ISO 4217 alphabetic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Accepts three capital letters; `None` for anything else.
    #[must_use]
    pub fn new(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(bytes))
    }

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is three ASCII capitals")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Wire for Currency {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(input: &mut Input<'_>) -> Result<Self, Damaged> {
        let bytes = <[u8; 3]>::take(input)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(Damaged::BadText)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_beyond_the_limit_are_refused_not_wrapped() {
        assert_eq!(Amount(AMOUNT_MAX).plus(Amount(1)), None);
        assert_eq!(Amount(AMOUNT_MAX).times(2), None);
        assert_eq!(Amount(5).minus(Amount(7)), Some(Amount(-2)));
        assert_eq!(Amount(999).percent(50), Some(Amount(499)));
    }
}
