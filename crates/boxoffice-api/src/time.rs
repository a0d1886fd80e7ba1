//! Instants on the wire: RFC 3339, always written in UTC with milliseconds.
//!
//! Invariants:
//! * A [`Timestamp`] is within the years 1970 to 9999, so it always renders.
//! * Rendering truncates to the millisecond: a deadline is never shown later than it is.
//!
//! Never: a clock.

use std::fmt;

/// Last instant that RFC 3339 can write: 9999-12-30T22:00:00Z, in µs since the epoch.
const MICROS_MAX: u64 = 253_402_207_200_000_000;
const MICROS_PER_MILLI: u64 = 1_000;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The instant `micros` µs after the epoch; later than the year 9999 is cut to its end.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(if micros < MICROS_MAX {
            micros
        } else {
            MICROS_MAX
        })
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Reads RFC 3339 with any offset (`2026-05-01T20:00:00+02:00`); fractions beyond µs are cut.
    ///
    /// `None` for anything else, the wider ISO 8601 forms and years before 1970 included.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if !has_rfc3339_shape(text.as_bytes()) {
            return None;
        }
        let instant: jiff::Timestamp = text.parse().ok()?;
        let micros = u64::try_from(instant.as_microsecond()).ok()?;
        (micros <= MICROS_MAX).then_some(Self(micros))
    }
}

/// The parser behind accepts more (blanks, zone names, missing seconds); RFC 3339 does not.
fn has_rfc3339_shape(text: &[u8]) -> bool {
    let Some((head, rest)) = text.split_at_checked(19) else {
        return false;
    };
    let shape = b"dddd-dd-ddTdd:dd:dd";
    if !head.iter().zip(shape).all(|(c, s)| fits(*c, *s)) {
        return false;
    }
    let offset = match rest.split_first() {
        Some((b'.', fraction)) => {
            let digits = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        _ => rest,
    };
    match offset {
        b"Z" | b"z" => true,
        [b'+' | b'-', hours_minutes @ ..] => {
            hours_minutes.len() == 5
                && hours_minutes
                    .iter()
                    .zip(b"dd:dd")
                    .all(|(c, s)| fits(*c, *s))
        }
        _ => false,
    }
}

fn fits(c: u8, shape: u8) -> bool {
    match shape {
        b'd' => c.is_ascii_digit(),
        b'T' => c == b'T' || c == b't',
        other => c == other,
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PRINTER: jiff::fmt::temporal::DateTimePrinter =
            jiff::fmt::temporal::DateTimePrinter::new().precision(Some(3));
        let millis = i64::try_from(self.0 / MICROS_PER_MILLI).map_err(|_| fmt::Error)?;
        let instant = jiff::Timestamp::from_millisecond(millis).map_err(|_| fmt::Error)?;
        PRINTER
            .print_timestamp(&instant, jiff::fmt::StdFmtWrite(f))
            .map_err(|_| fmt::Error)
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::{MICROS_MAX, Timestamp};

    #[track_caller]
    fn check(text: &str, rendered: &str) {
        let time = Timestamp::parse(text).map(|t| t.to_string());
        assert_eq!(time.as_deref(), Some(rendered));
    }

    #[test]
    fn offsets_and_fractions_become_utc_milliseconds() {
        check("2026-05-01T20:00:00Z", "2026-05-01T20:00:00.000Z");
        check("2026-05-01T20:00:00+02:00", "2026-05-01T18:00:00.000Z");
        check("2026-05-01t20:00:00.1239999z", "2026-05-01T20:00:00.123Z");
        check("1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00.000Z");
        check("2024-02-29T23:59:59.999-11:30", "2024-03-01T11:29:59.999Z");
    }

    #[test]
    fn whatever_is_not_rfc_3339_is_refused() {
        for wrong in [
            "",
            "now",
            "2026-05-01",
            "2026-05-01T20:00Z",
            "2026-05-01 20:00:00Z",
            "2026-05-01T20:00:00",
            "2026-05-01T20:00:00+0200",
            "2026-05-01T20:00:00+02",
            "2026-05-01T20:00:00Z[UTC]",
            "2026-05-01T20:00:00.Z",
            "2026-13-01T20:00:00Z",
            "2026-02-30T20:00:00Z",
            "2026-05-01T24:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-05-01T20:00:00,5Z",
            "2026-05-01T20:00:00+99:00",
            "+002026-05-01T20:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn every_timestamp_renders_and_reads_back_to_its_millisecond() {
        for micros in [
            0,
            1,
            999,
            1_000,
            1_777_661_999_123_456,
            MICROS_MAX,
            u64::MAX,
        ] {
            let time = Timestamp::from_micros(micros);
            let back = Timestamp::parse(&time.to_string()).expect("what we write, we read");
            assert_eq!(back.as_micros(), time.as_micros() / 1_000 * 1_000);
        }
    }
}
