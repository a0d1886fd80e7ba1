//! Parts of a test: fractions, segments and sequences of them, as texts and as numbers.
//!
//! Invariants: a fraction is in lowest terms and from 0 to 1; a segment is not empty; the points
//! of a sequence ascend.

use std::cmp::Ordering;
use std::fmt;

/// A number from 0 to 1, in lowest terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

/// A part of the test: from one fraction to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Segment {
    from: Fraction,
    to: Fraction,
}

/// The points that divide the test into parts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SegmentSequence {
    points: Vec<Fraction>,
}

/// Why a text is no segment.
const FORMS: &str = "accepted are a part such as \"1/3\", \"10%\" or \"0.25\", and a range such as \
                     \"1/3:2/3\", within 0 and 1";

/// Digits of a fraction's text; more would not fit into whole numbers.
const DIGITS_MAX: usize = 9;

impl Fraction {
    /// Nothing.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };
    /// The whole.
    pub const ONE: Self = Self {
        numerator: 1,
        denominator: 1,
    };

    /// `numerator / denominator`; `None` unless it is from 0 to 1.
    #[must_use]
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let divisor = gcd(numerator, denominator);
        Some(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    /// The number above the line.
    #[must_use]
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The number below the line.
    #[must_use]
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// Reads `1/3`, `10%`, `12.5%`, `0.25`, `0` or `1`.
    fn parse(text: &str) -> Option<Self> {
        if let Some((numerator, denominator)) = text.split_once('/') {
            let (numerator, numerator_scale) = decimal(numerator)?;
            let (denominator, denominator_scale) = decimal(denominator)?;
            let numerator = numerator.checked_mul(denominator_scale)?;
            return Self::new(numerator, denominator.checked_mul(numerator_scale)?);
        }
        let (text, percent) = match text.strip_suffix('%') {
            Some(text) => (text, 100),
            None => (text, 1),
        };
        let (value, scale) = decimal(text)?;
        Self::new(value, scale.checked_mul(percent)?)
    }
}

/// A decimal number as whole number and power of ten to divide it by.
fn decimal(text: &str) -> Option<(u64, u64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u64.pow(u32::try_from(fraction.len()).ok()?);
    Some((digits.parse().ok()?, scale))
}

pub(super) fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        let left = u128::from(self.numerator) * u128::from(other.denominator);
        left.cmp(&(u128::from(other.numerator) * u128::from(self.denominator)))
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

impl Segment {
    /// The whole test.
    pub const WHOLE: Self = Self {
        from: Fraction::ZERO,
        to: Fraction::ONE,
    };

    /// The part between two points; `None` if it is empty.
    #[must_use]
    pub fn new(from: Fraction, to: Fraction) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Where it starts.
    #[must_use]
    pub const fn from(self) -> Fraction {
        self.from
    }

    /// Where it ends.
    #[must_use]
    pub const fn to(self) -> Fraction {
        self.to
    }

    /// Reads `1/3`, which is `0:1/3`, or `1/3:2/3`; the empty text is the whole test.
    ///
    /// # Errors
    /// What is wrong, and the accepted forms.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::WHOLE);
        }
        let bad = || format!("{text:?} is no part of a test; {FORMS}");
        let (from, to) = match text.split_once(':') {
            Some((from, to)) => (Fraction::parse(from).ok_or_else(bad)?, to),
            None => (Fraction::ZERO, text),
        };
        let to = Fraction::parse(to).ok_or_else(bad)?;
        Self::new(from, to)
            .ok_or_else(|| format!("{text:?} is empty: a part must start before it ends; {FORMS}"))
    }

    /// Its part of the test, in percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "at most ten digits; for display"
        )]
        let value = |f: Fraction| f.numerator as f64 / f.denominator as f64;
        (value(self.to) - value(self.from)) * 100.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.from, self.to)
    }
}

impl SegmentSequence {
    /// The points, ascending; none if the option is an empty text.
    #[must_use]
    pub fn points(&self) -> &[Fraction] {
        &self.points
    }

    /// Reads `0,1/3,1`; the empty text divides nothing.
    ///
    /// # Errors
    /// What is wrong, and the accepted form.
    pub fn parse(text: &str) -> Result<Self, String> {
        const FORM: &str = "accepted are ascending points such as \"0,1/3,2/3,1\"";
        let mut points = Vec::new();
        if text.is_empty() {
            return Ok(Self { points });
        }
        for part in text.split(',') {
            let point = Fraction::parse(part)
                .ok_or_else(|| format!("{part:?} is no point from 0 to 1; {FORM}"))?;
            if points.last().is_some_and(|last| *last >= point) {
                return Err(format!(
                    "{part:?} does not come after its predecessor; {FORM}"
                ));
            }
            points.push(point);
        }
        if points.len() < 2 {
            return Err(format!(
                "{text:?} has one point and divides nothing; {FORM}"
            ));
        }
        Ok(Self { points })
    }

    /// The parts of a test of which only `segment` is known: before, itself, and after.
    pub(super) fn around(segment: Segment) -> Self {
        let mut points = vec![Fraction::ZERO, segment.from, segment.to, Fraction::ONE];
        points.dedup();
        Self { points }
    }

    /// The same parts with those before and after, so that they cover the whole test.
    pub(super) fn completed(&self) -> Self {
        let mut points = vec![Fraction::ZERO];
        points.extend_from_slice(&self.points);
        points.push(Fraction::ONE);
        points.dedup();
        Self { points }
    }
}

impl fmt::Display for SegmentSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n_before, point) in self.points.iter().enumerate() {
            let comma = if n_before == 0 { "" } else { "," };
            write!(f, "{comma}{point}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_read_and_print_as_the_reference_does() {
        for (text, printed) in [
            ("0:1/2", "0:1/2"),
            ("10%", "0:1/10"),
            ("1/3", "0:1/3"),
            ("0.2:2/3", "1/5:2/3"),
            ("50%:100%", "1/2:1"),
            ("10%:0.5", "1/10:1/2"),
            ("", "0:1"),
            ("1", "0:1"),
            ("12.5%:2/8", "1/8:1/4"),
        ] {
            assert_eq!(Segment::parse(text).unwrap().to_string(), printed, "{text}");
        }
        for text in [
            "foo",
            "1/2:1/3",
            "0:2",
            ":",
            "1/2:",
            ":1/2",
            "0",
            "1/0",
            "-1/2",
            "1/2:1/2",
            "1/2:1/2:1",
            "%",
            "1/3%",
            "9999999999999/99999999999999",
            "+1/2",
            "101%",
        ] {
            assert!(Segment::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sequences_read_and_print() {
        for (text, printed) in [
            ("0,1/2,1", "0,1/2,1"),
            ("0,10%,0.5,1", "0,1/10,1/2,1"),
            ("1/4,1/2", "1/4,1/2"),
            ("", ""),
        ] {
            assert_eq!(
                SegmentSequence::parse(text).unwrap().to_string(),
                printed,
                "{text}"
            );
        }
        for text in ["1/2", "1/2,1/3", "0,0,1", "0,,1", "0,2", "x"] {
            assert!(SegmentSequence::parse(text).is_err(), "{text}");
        }
    }
}
