//! Percentiles of remembered times, exact.

use super::Times;
use crate::figures::float;

/// The most times that are remembered; later ones are not.
pub(super) const TIMES_MAX: usize = 8_000_000;

/// A summary of times in nanoseconds; they are sorted.
pub(super) fn summary(times_ns: &mut [u64]) -> Times {
    times_ns.sort_unstable();
    Times {
        count: times_ns.len() as u64,
        us_p50: us(percentile(times_ns, 50)),
        us_p99: us(percentile(times_ns, 99)),
        us_max: us(times_ns.last().copied().unwrap_or(0)),
    }
}

/// The smallest time that so many percent do not exceed.
fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

fn us(ns: u64) -> f64 {
    float(ns) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_time_that_was_seen() {
        let mut times: Vec<u64> = (1..=200).rev().map(|n| n * 1_000).collect();
        let times = summary(&mut times);
        assert_eq!(times.count, 200);
        let seen = [times.us_p50, times.us_p99, times.us_max];
        assert_eq!(seen.map(|us| us.to_string()), ["100", "198", "200"]);
    }

    #[test]
    fn nothing_seen_is_nothing() {
        assert_eq!(summary(&mut []).count, 0);
    }
}
