//! Lengths of time as scripts write them: `1m30s`, `2d12h`, `500`, and as they are printed.

use std::fmt;
use std::time::Duration;

/// A signed length of time in whole nanoseconds.
///
/// Options keep the sign so that a negative value can be refused by the name of its field.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span {
    ns: i64,
}

/// A text that is no length of time.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{text:?} is not a duration ({what}); accepted are numbers with units such as \"1m30s\", \
     \"1d12h\" or \"500ms\" (d first, then h, m, s, ms, us, ns), and bare numbers, which are \
     milliseconds"
)]
pub struct BadDuration {
    text: String,
    what: &'static str,
}

const NS_PER_MS: f64 = 1e6;
const NS_PER_DAY: i128 = 86_400_000_000_000;

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self { ns: 0 };

    /// A length of `ns` nanoseconds.
    #[must_use]
    pub const fn from_ns(ns: i64) -> Self {
        Self { ns }
    }

    /// A length of `seconds` seconds; the longest that fits if that is more.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self {
            ns: seconds.saturating_mul(1_000_000_000),
        }
    }

    /// The length in nanoseconds.
    #[must_use]
    pub const fn ns(self) -> i64 {
        self.ns
    }

    /// The same length without a sign; nothing for a negative one.
    #[must_use]
    pub fn to_duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.ns).unwrap_or(0))
    }

    /// Reads a text: a number with units, days first, or a bare number of milliseconds.
    ///
    /// # Errors
    /// The text is no duration, or does not fit into 292 years.
    pub fn parse(text: &str) -> Result<Self, BadDuration> {
        let bad = |what| BadDuration {
            text: text.to_owned(),
            what,
        };
        if looks_like_number(text) {
            let ms: f64 = text.parse().map_err(|_| bad("not a number"))?;
            return Self::from_ms(ms).ok_or_else(|| bad("too long"));
        }
        let (sign, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (-1, &text[1..]),
            Some(b'+') => (1, &text[1..]),
            Some(_) => (1, text),
            None => return Err(bad("empty")),
        };
        let (days, rest) = match unsigned.split_once('d') {
            Some((days, rest)) => {
                if days.is_empty() || !days.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(bad("days must be a whole number and come first"));
                }
                let days: u32 = days.parse().map_err(|_| bad("too long"))?;
                (i128::from(days), rest)
            }
            None => (0, unsigned),
        };
        let rest_ns = match rest {
            "" if unsigned.is_empty() => return Err(bad("empty")),
            "" | "0" => 0,
            rest => units(rest).map_err(bad)?,
        };
        let ns = sign * (days * NS_PER_DAY + rest_ns);
        i64::try_from(ns)
            .map(Self::from_ns)
            .map_err(|_| bad("too long"))
    }

    /// A number of milliseconds, cut to whole nanoseconds; `None` if it does not fit.
    #[must_use]
    pub fn from_ms(ms: f64) -> Option<Self> {
        let ns = ms * NS_PER_MS;
        // 2^63 is exact as f64; everything below it fits.
        let fits = ns.is_finite() && ns.abs() < 9_223_372_036_854_775_808.0;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "cut on purpose, and it fits"
        )]
        fits.then(|| Self::from_ns(ns as i64))
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self::from_ns(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

fn looks_like_number(text: &str) -> bool {
    let mut digits = text
        .bytes()
        .filter(|b| !matches!(b, b'e' | b'E' | b'.' | b'+' | b'-'));
    digits.next().is_some_and(|b| b.is_ascii_digit()) && digits.all(|b| b.is_ascii_digit())
}

/// The sum of `12h30m1.5s` and the like, in nanoseconds.
fn units(mut text: &str) -> Result<i128, &'static str> {
    let mut total = 0_i128;
    while !text.is_empty() {
        let whole_len = digits_len(text);
        let (whole, rest) = text.split_at(whole_len);
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => rest.split_at(digits_len(rest)),
            None => ("", rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err("a number is missing");
        }
        let unit_len = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(unit_len);
        let unit_ns: i128 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "" => return Err("a unit is missing"),
            _ => return Err("an unknown unit"),
        };
        total += scaled(whole, fraction, unit_ns).ok_or("too long")?;
        text = rest;
    }
    Ok(total)
}

/// `whole.fraction` units of `unit_ns`, cut to whole nanoseconds.
fn scaled(whole: &str, fraction: &str, unit_ns: i128) -> Option<i128> {
    const DIGITS_MAX: usize = 19;
    let whole: i128 = match whole {
        "" => 0,
        // A longer number is more than 292 years of nanoseconds, unless it leads with zeros.
        digits => digits.parse::<u64>().ok()?.into(),
    };
    // More digits than these are below a nanosecond for every unit.
    let digits = &fraction[..fraction.len().min(DIGITS_MAX - 4)];
    let part = digits
        .bytes()
        .try_fold((0_i128, 1_i128), |(value, scale), b| {
            Some((value * 10 + i128::from(b - b'0'), scale * 10))
        });
    let (value, scale) = part?;
    Some(whole * unit_ns + value * unit_ns / scale)
}

fn digits_len(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

impl fmt::Display for Span {
    /// Writes `1h0m0s`, `1m30s`, `1.5s`, `500ms`, `1.5µs` or `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ns = self.ns.unsigned_abs();
        if self.ns < 0 {
            f.write_str("-")?;
        }
        let (scale, unit) = match ns {
            0 => return f.write_str("0s"),
            1..1_000 => (1, "ns"),
            1_000..1_000_000 => (1_000, "\u{b5}s"),
            1_000_000..1_000_000_000 => (1_000_000, "ms"),
            _ => {
                let minutes = ns / 60_000_000_000;
                if minutes >= 60 {
                    write!(f, "{}h", minutes / 60)?;
                }
                if minutes > 0 {
                    write!(f, "{}m", minutes % 60)?;
                }
                return decimal(f, ns % 60_000_000_000, 1_000_000_000, "s");
            }
        };
        decimal(f, ns, scale, unit)
    }
}

/// `value / scale` without trailing zeros, `scale` being a power of ten.
fn decimal(f: &mut fmt::Formatter<'_>, value: u64, scale: u64, unit: &str) -> fmt::Result {
    let (whole, fraction) = (value / scale, value % scale);
    if fraction == 0 {
        return write!(f, "{whole}{unit}");
    }
    let width = scale.ilog10() as usize;
    let digits = format!("{fraction:0width$}");
    write!(f, "{whole}.{}{unit}", digits.trim_end_matches('0'))
}

impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_read_as_the_reference_reads_them() {
        for (text, printed) in [
            ("1d", "24h0m0s"),
            ("1d2h3m", "26h3m0s"),
            ("-1d1h", "-25h0m0s"),
            ("1000", "1s"),
            ("1.5", "1.5ms"),
            ("1e3", "1s"),
            ("5", "5ms"),
            ("0", "0s"),
            ("1h30m", "1h30m0s"),
            (".5s", "500ms"),
            ("1.s", "1s"),
            ("+5s", "5s"),
            ("-5s", "-5s"),
            ("1\u{b5}s", "1\u{b5}s"),
            ("1us", "1\u{b5}s"),
            ("1ns", "1ns"),
            ("1.0000000019s", "1.000000001s"),
            ("90s", "1m30s"),
            ("-0", "0s"),
        ] {
            let span = Span::parse(text).map(|span| span.to_string());
            assert_eq!(span.as_deref(), Ok(printed), "{text}");
        }
    }

    #[test]
    fn texts_that_the_reference_refuses_are_refused() {
        for text in [
            "1.5d",
            "2h1d",
            "1dd",
            "1d1d",
            "d",
            "",
            "5 s",
            " 5s",
            "5S",
            "1w",
            "10000000h",
            "abc",
            "1h1",
            "-",
            "+",
            ".",
            ".s",
            "--5s",
            "1d-1h",
            "9999999999999d",
            "1..5s",
            "1e999",
            "NaN",
            "inf",
            "e",
            "99999999999999999999s",
        ] {
            assert!(Span::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_milliseconds() {
        let ns = |ms| Span::from_ms(ms).map(Span::ns);
        assert_eq!(ns(1500.0), Some(1_500_000_000));
        assert_eq!(ns(1.5), Some(1_500_000));
        assert_eq!(ns(0.000_000_1), Some(0));
        assert_eq!(ns(-5.0), Some(-5_000_000));
        assert_eq!(ns(1e20), None);
        assert_eq!(ns(f64::NAN), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back(ns in proptest::num::i64::ANY) {
            let span = Span::from_ns(ns);
            proptest::prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
        }

        #[test]
        fn no_text_panics(text in "[-+0-9.dhmsun\u{b5}eE ]{0,12}") {
            // Any outcome will do.
            drop(Span::parse(&text));
        }
    }
}
