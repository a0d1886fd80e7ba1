//! How outputs write moments and durations.

use std::time::Duration;

use crate::sample::UnixNs;

/// Writes a moment as `2026-11-20T16:48:17.388194428Z`, without zeros at the end of the fraction.
pub(super) fn rfc3339_ns(at: UnixNs) -> String {
    timestamp(at).to_string()
}

/// Writes a moment as `2026-11-20T16:48:17Z`.
pub(super) fn rfc3339_s(at: UnixNs) -> String {
    const NS_PER_S: u64 = 1_000_000_000;
    timestamp(UnixNs(at.0 / NS_PER_S * NS_PER_S)).to_string()
}

/// Writes a duration as scripts do: `1m30s`, `1.5s`, `0s`.
pub(super) fn script_duration(duration: Duration) -> String {
    let ns = duration.as_nanos();
    let (below_second, unit_ns, unit) = match ns {
        0 => return "0s".to_owned(),
        1..1_000 => (true, 1, "ns"),
        1_000..1_000_000 => (true, 1_000, "µs"),
        1_000_000..1_000_000_000 => (true, 1_000_000, "ms"),
        _ => (false, 1_000_000_000, "s"),
    };
    if below_second {
        return format!("{}{unit}", decimal(ns, unit_ns));
    }
    let (hours, rest) = (ns / (3_600 * unit_ns), ns % (3_600 * unit_ns));
    let (minutes, rest) = (rest / (60 * unit_ns), rest % (60 * unit_ns));
    let seconds = decimal(rest, unit_ns);
    if hours > 0 {
        format!("{hours}h{minutes}m{seconds}s")
    } else if minutes > 0 {
        format!("{minutes}m{seconds}s")
    } else {
        format!("{seconds}s")
    }
}

/// `ns` in units of `unit_ns`, a power of ten, with the fraction that there is.
fn decimal(ns: u128, unit_ns: u128) -> String {
    let (whole, rest) = (ns / unit_ns, ns % unit_ns);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = (unit_ns + rest).to_string();
    format!("{whole}.{}", digits[1..].trim_end_matches('0'))
}

fn timestamp(at: UnixNs) -> jiff::Timestamp {
    // The latest moment of UnixNs is in the year 2554, which a timestamp covers.
    jiff::Timestamp::from_nanosecond(i128::from(at.0)).unwrap_or(jiff::Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{rfc3339_ns, rfc3339_s, script_duration};
    use crate::sample::UnixNs;

    #[test]
    fn moments_have_the_fraction_they_need() {
        for (ns, expected) in [
            (1_795_193_297_388_194_428, "2026-11-20T16:48:17.388194428Z"),
            (1_795_193_297_388_194_420, "2026-11-20T16:48:17.38819442Z"),
            (1_795_193_297_000_000_000, "2026-11-20T16:48:17Z"),
            (0, "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(rfc3339_ns(UnixNs(ns)), expected);
        }
        assert_eq!(
            rfc3339_s(UnixNs(1_795_193_297_999_999_999)),
            "2026-11-20T16:48:17Z"
        );
        assert!(rfc3339_ns(UnixNs(u64::MAX)).starts_with("2554-"));
    }

    #[test]
    fn durations_read_as_scripts_write_them() {
        for (ms, expected) in [
            (0, "0s"),
            (1_500, "1.5s"),
            (10_000, "10s"),
            (90_000, "1m30s"),
            (3_600_000, "1h0m0s"),
            (3_661_250, "1h1m1.25s"),
            (250, "250ms"),
        ] {
            assert_eq!(script_duration(Duration::from_millis(ms)), expected, "{ms}");
        }
        assert_eq!(script_duration(Duration::from_nanos(1_500)), "1.5µs");
    }
}
