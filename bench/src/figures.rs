//! Figures of several rounds: median, spread, ratio, and how they are written.

use std::time::Duration;

use serde::Serialize;
use stampede_metrics::units::{format_count, format_rate, format_us};

/// What was measured in each round, in order.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Series(pub(crate) Vec<f64>);

impl Series {
    /// A figure that was measured once.
    pub(crate) fn one(value: f64) -> Self {
        Self(vec![value])
    }

    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle value; the mean of the middle two of an even number; 0 of none.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let mid = sorted.len() / 2;
        match sorted.len() {
            0 => 0.0,
            n if n % 2 == 1 => sorted[mid],
            _ => f64::midpoint(sorted[mid - 1], sorted[mid]),
        }
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Half the distance between the extremes in percent of the median; 0 of a single value.
    pub(crate) fn spread_percent(&self) -> f64 {
        let median = self.median();
        if self.0.len() < 2 || median == 0.0 {
            return 0.0;
        }
        (self.max() - self.min()) / 2.0 / median * 100.0
    }

    /// Round by round: neighbours in time met the same weather.
    pub(crate) fn ratio_to(&self, peer: &Self) -> Self {
        let pairs = self.0.iter().zip(&peer.0).filter(|(_, peer)| **peer != 0.0);
        Self(pairs.map(|(ours, peer)| ours / peer).collect())
    }
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Per second.
    PerSecond,
    /// Microseconds.
    Microseconds,
    /// Nanoseconds.
    Nanoseconds,
    /// Seconds.
    Seconds,
    /// Thousands of bytes.
    Kilobytes,
    /// Millions of bytes.
    Megabytes,
    /// Things.
    Count,
}

impl Unit {
    /// The figure with its unit, as people write it.
    pub(crate) fn format(self, value: f64) -> String {
        match self {
            Self::PerSecond => format_rate(value),
            Self::Microseconds => format_us(value),
            Self::Nanoseconds => format!("{value:.0} ns"),
            Self::Seconds => format!("{value:.2} s"),
            Self::Kilobytes => format!("{value:.0} kB"),
            Self::Megabytes if value.abs() < 10.0 => format!("{value:.1} MB"),
            Self::Megabytes => format!("{value:.0} MB"),
            Self::Count => format_count(whole(value)),
        }
    }
}

/// Events per second.
pub(crate) fn per_second(count: u64, elapsed: Duration) -> f64 {
    float(count) / elapsed.as_secs_f64().max(1e-9)
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// A figure as a count, rounded; 0 for negative ones.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and what is counted is neither negative nor beyond 2^53"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_middle_two() {
        assert!((Series(vec![4.0, 1.0, 3.0, 2.0]).median() - 2.5).abs() < 1e-9);
        assert!((Series(vec![9.0, 1.0, 3.0]).median() - 3.0).abs() < 1e-9);
        assert!(Series::default().median().abs() < 1e-9);
    }

    #[test]
    fn a_ratio_compares_neighbours_in_time() {
        let ours = Series(vec![50.0, 100.0, 30.0]);
        let peer = Series(vec![100.0, 200.0, 0.0]);
        assert_eq!(ours.ratio_to(&peer).0, [0.5, 0.5]);
    }

    #[test]
    fn the_spread_is_half_of_the_range() {
        assert!((Series(vec![90.0, 100.0, 110.0]).spread_percent() - 10.0).abs() < 1e-9);
        assert!(Series::one(5.0).spread_percent().abs() < 1e-9);
    }
}
