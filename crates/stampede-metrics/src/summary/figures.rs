//! How summaries write figures: numbers, durations, data sizes and shares.
//!
//! Scripts and the tools around them read these texts, so they follow the load tester whose
//! scripts we run to the character, rounding included: shares and durations are cut off, sizes
//! and plain numbers are rounded.

use crate::kind::Contains;

/// The unit that summaries write durations in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TimeUnit {
    /// The one that suits each duration.
    #[default]
    Auto,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
}

/// A time unit that is none of those known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no unit for the summary; use 's', 'ms' or 'us', or '' for what suits each")]
pub struct TimeUnitError {
    /// What was given.
    pub given: String,
}

impl TimeUnit {
    /// Reads `s`, `ms`, `us` or the empty text.
    ///
    /// # Errors
    /// When it is none of them.
    pub fn parse(text: &str) -> Result<TimeUnit, TimeUnitError> {
        match text {
            "" => Ok(TimeUnit::Auto),
            "s" => Ok(TimeUnit::Seconds),
            "ms" => Ok(TimeUnit::Milliseconds),
            "us" => Ok(TimeUnit::Microseconds),
            _ => Err(TimeUnitError {
                given: text.to_owned(),
            }),
        }
    }

    /// What [`TimeUnit::parse`] reads as this unit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TimeUnit::Auto => "",
            TimeUnit::Seconds => "s",
            TimeUnit::Milliseconds => "ms",
            TimeUnit::Microseconds => "us",
        }
    }
}

/// Writes a value of a metric.
pub(crate) fn figure(value: f64, contains: Contains, unit: TimeUnit) -> String {
    match contains {
        Contains::Default => plain_number(value),
        Contains::Time => duration(value, unit),
        Contains::Data => data_size(value),
    }
}

/// Writes a share, 0.0-1.0, as a percentage cut off after two decimals.
pub(crate) fn share(share: f64) -> String {
    format!("{}%", to_fixed((share * 100.0 * 100.0).trunc() / 100.0, 2))
}

/// Writes `part` of `whole` as a whole percentage, cut off; 0 when there is no whole.
pub(crate) fn whole_percent(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(100)
}

/// Writes a number with at most six decimals, and no more digits than a double has.
pub(crate) fn plain_number(value: f64) -> String {
    if value.abs() >= 1e21 || !value.is_finite() {
        return script_number(value);
    }
    reread(&to_fixed(value, 6))
}

/// Writes a number as scripts print it: the shortest digits that read back as the same value.
pub(crate) fn script_number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs();
    if value.is_finite() && !(1e-6..1e21).contains(&magnitude) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    format!("{value}")
}

/// Writes a number with this many decimals; halves round away from zero.
pub(crate) fn to_fixed(value: f64, decimals: usize) -> String {
    /// More digits than a double of the magnitudes written here has after its point.
    const ALL_DECIMALS: usize = 80;
    let exact = format!("{:.ALL_DECIMALS$}", value.abs());
    let point = exact.find('.').unwrap_or(exact.len());
    let rest = &exact.as_bytes()[point + 1 + decimals..];
    let is_half = rest[0] == b'5' && rest[1..].iter().all(|&digit| digit == b'0');
    if !is_half {
        return format!("{value:.decimals$}");
    }
    // The formatter rounds a half to even; the neighbour away from zero is wanted.
    let away = value.abs().next_up();
    format!("{:.decimals$}", away.copysign(value))
}

/// Writes a duration of `ms` milliseconds.
pub(crate) fn duration(ms: f64, unit: TimeUnit) -> String {
    match unit {
        TimeUnit::Seconds => format!("{}s", to_fixed(ms * 0.001, 2)),
        TimeUnit::Milliseconds => format!("{}ms", to_fixed(ms, 2)),
        TimeUnit::Microseconds => format!("{}µs", to_fixed(ms * 1_000.0, 2)),
        TimeUnit::Auto => duration_in_suitable_unit(ms),
    }
}

fn duration_in_suitable_unit(ms: f64) -> String {
    if ms == 0.0 {
        return "0s".to_owned();
    }
    if ms < 0.001 {
        let ns = (ms * 1e6).trunc();
        return format!("{}ns", script_number(ns));
    }
    if ms < 1.0 {
        return format!("{}µs", cut_to_hundredths(ms * 1_000.0));
    }
    if ms < 1_000.0 {
        return format!("{}ms", cut_to_hundredths(ms));
    }
    if ms < 60_000.0 {
        return format!("{}s", cut_to_hundredths(ms / 1_000.0));
    }
    let seconds = (ms / 1_000.0).trunc();
    let minutes = (seconds / 60.0).trunc();
    let seconds = seconds - minutes * 60.0;
    if minutes < 60.0 {
        return format!("{minutes}m{seconds}s");
    }
    let hours = (minutes / 60.0).trunc();
    let minutes = minutes - hours * 60.0;
    format!("{hours}h{minutes}m{seconds}s")
}

fn cut_to_hundredths(value: f64) -> String {
    reread(&to_fixed((value * 100.0).trunc() / 100.0, 2))
}

fn data_size(bytes: f64) -> String {
    if bytes < 10.0 {
        return format!("{} B", script_number(bytes));
    }
    let mut unit = "B";
    let mut value = bytes;
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"] {
        if value < 1_000.0 {
            break;
        }
        value /= 1_000.0;
        unit = larger;
    }
    let tenths = (value * 10.0 + 0.5).floor() / 10.0;
    let decimals = usize::from(tenths < 10.0);
    format!("{} {unit}", to_fixed(tenths, decimals))
}

/// Drops the digits that a double does not have, and with them zeros at the end.
fn reread(decimal: &str) -> String {
    script_number(decimal.parse().unwrap_or(f64::NAN))
}

#[cfg(test)]
mod tests {
    use super::{
        TimeUnit, data_size, duration, plain_number, script_number, share, to_fixed, whole_percent,
    };

    #[test]
    fn durations_are_cut_off_in_the_unit_that_suits() {
        for (ms, expected) in [
            (0.0, "0s"),
            (0.000_000_4, "0ns"),
            (0.000_999_9, "999ns"),
            (0.001, "1µs"),
            (0.001_999_9, "1.99µs"),
            (0.999_999, "999.99µs"),
            (1.0, "1ms"),
            (1.15, "1.14ms"),
            (12.5, "12.5ms"),
            (999.999, "999.99ms"),
            (1_000.0, "1s"),
            (59_999.0, "59.99s"),
            (60_000.0, "1m0s"),
            (60_999.0, "1m0s"),
            (3_599_999.0, "59m59s"),
            (3_600_000.0, "1h0m0s"),
            (90_061_000.0, "25h1m1s"),
            (1e15, "277777777h46m40s"),
            (-1.0, "-1000000ns"),
        ] {
            assert_eq!(duration(ms, TimeUnit::Auto), expected, "{ms}");
        }
    }

    #[test]
    fn durations_in_a_fixed_unit_are_rounded() {
        for (ms, unit, expected) in [
            (1_009.99, TimeUnit::Seconds, "1.01s"),
            (-1.0, TimeUnit::Seconds, "-0.00s"),
            (9.999, TimeUnit::Milliseconds, "10.00ms"),
            (0.000_999_9, TimeUnit::Microseconds, "1.00µs"),
            (1e15, TimeUnit::Microseconds, "1000000000000000000.00µs"),
            (0.0, TimeUnit::Seconds, "0.00s"),
        ] {
            assert_eq!(duration(ms, unit), expected, "{ms}");
        }
    }

    #[test]
    fn sizes_round_to_two_digits_or_whole_units() {
        for (bytes, expected) in [
            (0.0, "0 B"),
            (5.25, "5.25 B"),
            (10.4, "10 B"),
            (99.95, "100 B"),
            (999.9, "1000 B"),
            (1_000.0, "1.0 kB"),
            (1_049.0, "1.0 kB"),
            (9_949.0, "9.9 kB"),
            (9_999.0, "10 kB"),
            (999_999.0, "1000 kB"),
            (1e6, "1.0 MB"),
            (1e9, "1.0 GB"),
            (1e15, "1.0 PB"),
            (1e24, "1.0 YB"),
            (-2_000.0, "-2000 B"),
        ] {
            assert_eq!(data_size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn numbers_have_at_most_six_decimals() {
        for (value, expected) in [
            (0.0, "0"),
            (40.0, "40"),
            (-2.0, "-2"),
            (0.1 + 0.2, "0.3"),
            (0.007_812_5, "0.007813"),
            (-0.007_812_5, "-0.007813"),
            (59.380_472_022_448_686, "59.380472"),
            (39.750_563_915_854_08, "39.750564"),
            (123_456_789.123_456_79, "123456789.123457"),
            (50_878_643_001.466_49, "50878643001.46649"),
            (5e20, "500000000000000000000"),
            (1e21, "1e+21"),
            (5e-7, "0"),
            (-1e-7, "0"),
            (1e-6, "0.000001"),
        ] {
            assert_eq!(plain_number(value), expected, "{value}");
        }
    }

    #[test]
    fn script_numbers_are_the_shortest_that_read_back() {
        for (value, expected) in [
            (1e-7, "1e-7"),
            (1.5e-10, "1.5e-10"),
            (-1.25e21, "-1.25e+21"),
            (0.000_001, "0.000001"),
            (0.1 + 0.2, "0.30000000000000004"),
            (-0.0, "0"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(script_number(value), expected, "{value}");
        }
    }

    #[test]
    fn shares_are_cut_off() {
        for (part, expected) in [
            (0.669_421_487_603_305_8, "66.94%"),
            (0.330_578_512_396_694_2, "33.05%"),
            (0.29, "28.99%"),
            (0.999_999, "99.99%"),
            (1.0, "100.00%"),
            (0.0, "0.00%"),
        ] {
            assert_eq!(share(part), expected, "{part}");
        }
        assert_eq!(whole_percent(999, 1_000), 99);
        assert_eq!(whole_percent(0, 0), 0);
    }

    #[test]
    fn halves_round_away_from_zero() {
        assert_eq!(to_fixed(0.5, 0), "1");
        assert_eq!(to_fixed(2.5, 0), "3");
        assert_eq!(to_fixed(-2.5, 0), "-3");
        assert_eq!(to_fixed(1.005, 2), "1.00");
        assert_eq!(to_fixed(0.125, 2), "0.13");
    }
}
