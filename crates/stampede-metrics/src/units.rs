//! How durations, byte counts, counts and shares are read and written.
//!
//! Invariant: a written figure has at least three significant digits and at most one decimal unit.

use std::time::Duration;

/// A duration that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationSyntax {
    /// What was given.
    pub given: String,
}

impl std::fmt::Display for DurationSyntax {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "'{}' is not a duration; write a number and a unit: 500ms, 30s, 2m",
            self.given
        )
    }
}

impl std::error::Error for DurationSyntax {}

/// The longest duration that is accepted: 24 hours.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Reads a duration such as `250us`, `500ms`, `1.5s`, `30s`, `2m` or `1h`, at most 24 hours.
///
/// # Errors
/// When there is no number, no known unit, or the value is negative or too long.
pub fn parse_duration(text: &str) -> Result<Duration, DurationSyntax> {
    let failure = || DurationSyntax {
        given: text.to_owned(),
    };
    let text_trimmed = text.trim();
    let unit_idx = text_trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .ok_or_else(failure)?;
    let (number, unit) = text_trimmed.split_at(unit_idx);
    let seconds_per_unit = match unit {
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => return Err(failure()),
    };
    let seconds = number.parse::<f64>().map_err(|_| failure())? * seconds_per_unit;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|_| failure())?;
    if duration <= DURATION_MAX {
        Ok(duration)
    } else {
        Err(failure())
    }
}

/// Writes a duration given in microseconds: `12 µs`, `63.5 ms`, `1.25 s`, `2 min 05 s`.
#[must_use]
pub fn format_us(us: f64) -> String {
    if us < 10.0 {
        format!("{us:.1} µs")
    } else if us < 999.5 {
        format!("{us:.0} µs")
    } else if us < 9_995.0 {
        format!("{:.2} ms", us / 1e3)
    } else if us < 99_950.0 {
        format!("{:.1} ms", us / 1e3)
    } else if us < 999_500.0 {
        format!("{:.0} ms", us / 1e3)
    } else if us < 9_995_000.0 {
        format!("{:.2} s", us / 1e6)
    } else if us < 119.95e6 {
        format!("{:.1} s", us / 1e6)
    } else {
        let seconds = (us / 1e6).round();
        format!(
            "{:.0} min {:02.0} s",
            (seconds / 60.0).floor(),
            seconds % 60.0
        )
    }
}

/// Writes a duration as [`format_us`] does.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    format_us(duration.as_secs_f64() * 1e6)
}

/// Writes a number of bytes in decimal units: `512 B`, `80.3 kB`, `1.25 MB`.
#[must_use]
pub fn format_bytes(bytes: f64) -> String {
    if bytes < 999.5 {
        return format!("{bytes:.0} B");
    }
    let mut value = bytes / 1e3;
    let mut unit = "kB";
    for larger in ["MB", "GB", "TB"] {
        if value < 999.5 {
            break;
        }
        value /= 1e3;
        unit = larger;
    }
    let decimals = if value < 9.995 {
        2
    } else if value < 99.95 {
        1
    } else {
        0
    };
    format!("{value:.decimals$} {unit}")
}

/// Writes a count with thousands separated: `1,584`.
#[must_use]
pub fn format_count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (digit_idx, digit) in digits.chars().enumerate() {
        if digit_idx > 0 && (digits.len() - digit_idx).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes a rate per second: `203.7/s` when small, `12,345/s` when large.
#[must_use]
pub fn format_rate(per_second: f64) -> String {
    if per_second < 999.95 {
        format!("{per_second:.1}/s")
    } else {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate above 999 and far below 2^64"
        )]
        let whole = per_second.round() as u64;
        format!("{}/s", format_count(whole))
    }
}

/// Writes `part` of `whole` as a percentage with two decimals; `-` when there is no whole.
#[must_use]
pub fn format_share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let share = part as f64 * 100.0 / whole as f64;
    format!("{share:.2}%")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{
        format_bytes, format_count, format_duration, format_rate, format_share, format_us,
        parse_duration,
    };

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, expected_us) in [
            ("250us", 250),
            ("500ms", 500_000),
            ("1.5s", 1_500_000),
            (" 30s ", 30_000_000),
            ("2m", 120_000_000),
            ("24h", 86_400_000_000),
            ("0s", 0),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_micros(expected_us)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_without_sense_is_refused() {
        for text in [
            "",
            "30",
            "s",
            "-1s",
            "1.2.3s",
            "5 parsecs",
            "25h",
            "NaNs",
            "1e9s",
            "infs",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_written_with_three_digits() {
        for (us, expected) in [
            (0.0, "0.0 µs"),
            (12.4, "12 µs"),
            (999.4, "999 µs"),
            (999.6, "1.00 ms"),
            (63_510.0, "63.5 ms"),
            (402_000.0, "402 ms"),
            (999_600.0, "1.00 s"),
            (6_530_000.0, "6.53 s"),
            (62_000_000.0, "62.0 s"),
            (125_000_000.0, "2 min 05 s"),
        ] {
            assert_eq!(format_us(us), expected, "{us}");
        }
        assert_eq!(format_duration(Duration::from_millis(7_900)), "7.90 s");
    }

    #[test]
    fn counts_bytes_rates_and_shares_are_written_for_people() {
        assert_eq!(format_count(0), "0");
        assert_eq!(format_count(999), "999");
        assert_eq!(format_count(1_584), "1,584");
        assert_eq!(format_count(1_234_567), "1,234,567");
        assert_eq!(format_bytes(999.0), "999 B");
        assert_eq!(format_bytes(80_300.0), "80.3 kB");
        assert_eq!(format_bytes(1_250_000.0), "1.25 MB");
        assert_eq!(format_bytes(999_600_000.0), "1.00 GB");
        assert_eq!(format_rate(203.68), "203.7/s");
        assert_eq!(format_rate(66_412.4), "66,412/s");
        assert_eq!(format_share(16, 1_600), "1.00%");
        assert_eq!(format_share(0, 0), "-");
    }
}
