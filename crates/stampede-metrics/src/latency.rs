//! A recorder of latencies: exact while few, a histogram once many.
//!
//! Invariants:
//! * Up to [`EXACT_VALUES_MAX`] values every percentile is exact: linear interpolation at
//!   `p * (n - 1)` of the sorted values. Beyond it a percentile is off by at most 0.1 %.
//! * Count, minimum, maximum and average are exact in both forms.
//! * Memory never grows with the number of values once the histogram is in use.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Values kept one by one before the recorder turns into a histogram (128 KiB).
pub const EXACT_VALUES_MAX: usize = 16_384;

/// The longest latency the histogram tells apart (6 hours); longer ones count as this one in
/// percentiles, and keep their true value in `max`.
pub const LATENCY_NS_MAX: u64 = 6 * 3_600 * 1_000_000_000;

/// Three significant digits are an error of at most 0.1 %.
const HISTOGRAM_DIGITS: u8 = 3;

/// Records latencies and answers for their distribution.
#[derive(Debug, Clone)]
pub struct Latency {
    values: Values,
    count: u64,
    sum_ns: u128,
    min_ns: u64,
    max_ns: u64,
}

#[derive(Debug, Clone)]
enum Values {
    Exact(Vec<u64>),
    Histogram(Box<Histogram<u64>>),
}

/// The figures of one distribution, in microseconds. All are 0 when `count` is 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How many values were recorded.
    pub count: u64,
    /// The smallest value, exact.
    pub us_min: f64,
    /// The arithmetic mean, exact.
    pub us_avg: f64,
    /// The median.
    pub us_med: f64,
    /// The 90th percentile.
    pub us_p90: f64,
    /// The 95th percentile.
    pub us_p95: f64,
    /// The 99th percentile.
    pub us_p99: f64,
    /// The largest value, exact.
    pub us_max: f64,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency::new()
    }
}

impl Latency {
    /// Makes an empty recorder.
    #[must_use]
    pub fn new() -> Latency {
        Latency {
            values: Values::Exact(Vec::new()),
            count: 0,
            sum_ns: 0,
            min_ns: u64::MAX,
            max_ns: 0,
        }
    }

    /// Records one duration.
    pub fn record(&mut self, duration: Duration) {
        self.record_ns(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Records one duration given in nanoseconds.
    pub fn record_ns(&mut self, ns: u64) {
        self.count += 1;
        self.sum_ns += u128::from(ns);
        self.min_ns = self.min_ns.min(ns);
        self.max_ns = self.max_ns.max(ns);
        match &mut self.values {
            Values::Exact(values) if values.len() < EXACT_VALUES_MAX => values.push(ns),
            Values::Exact(_) => {
                self.spill_to_histogram();
                self.count_in_histogram(ns);
            }
            Values::Histogram(histogram) => histogram.saturating_record(ns.min(LATENCY_NS_MAX)),
        }
    }

    /// Adds everything that `other` recorded.
    pub fn merge(&mut self, other: &Latency) {
        match &other.values {
            Values::Exact(values) => {
                for &ns in values {
                    self.record_ns(ns);
                }
            }
            Values::Histogram(theirs) => {
                self.spill_to_histogram();
                if let Values::Histogram(ours) = &mut self.values {
                    ours.add(theirs.as_ref())
                        .expect("both histograms have the same bounds");
                }
                self.count += other.count;
                self.sum_ns += other.sum_ns;
                self.min_ns = self.min_ns.min(other.min_ns);
                self.max_ns = self.max_ns.max(other.max_ns);
            }
        }
    }

    /// How many values were recorded.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether percentiles still come from every single value.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.values, Values::Exact(_))
    }

    /// The value below which `fraction` (0.0-1.0) of the values lie, in nanoseconds; 0 when empty.
    #[must_use]
    pub fn percentile_ns(&self, fraction: f64) -> f64 {
        self.percentiles_ns(&[fraction])[0]
    }

    /// Several percentiles at once, which sorts the exact values only once.
    #[must_use]
    pub fn percentiles_ns(&self, fractions: &[f64]) -> Vec<f64> {
        if self.count == 0 {
            return vec![0.0; fractions.len()];
        }
        match &self.values {
            Values::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable();
                fractions
                    .iter()
                    .map(|&fraction| interpolate(&sorted, fraction))
                    .collect()
            }
            Values::Histogram(histogram) => fractions
                .iter()
                .map(|&fraction| {
                    let bucket_end = to_f64(histogram.value_at_quantile(fraction.clamp(0.0, 1.0)));
                    // A bucket may reach past the extremes, which are known exactly.
                    bucket_end.clamp(to_f64(self.min_ns), to_f64(self.max_ns))
                })
                .collect(),
        }
    }

    /// The usual figures of the distribution.
    #[must_use]
    pub fn summary(&self) -> Summary {
        if self.count == 0 {
            return Summary::EMPTY;
        }
        let percentiles = self.percentiles_ns(&[0.5, 0.9, 0.95, 0.99]);
        Summary {
            count: self.count,
            us_min: to_f64(self.min_ns) / 1e3,
            us_avg: self.average_ns() / 1e3,
            us_med: percentiles[0] / 1e3,
            us_p90: percentiles[1] / 1e3,
            us_p95: percentiles[2] / 1e3,
            us_p99: percentiles[3] / 1e3,
            us_max: to_f64(self.max_ns) / 1e3,
        }
    }

    /// The mean in nanoseconds, computed as whole and remainder so that no digit is lost.
    fn average_ns(&self) -> f64 {
        let count = u128::from(self.count);
        let whole = u64::try_from(self.sum_ns / count).expect("a mean of u64 values fits u64");
        let rest = u64::try_from(self.sum_ns % count).expect("a remainder is below its divisor");
        to_f64(whole) + to_f64(rest) / to_f64(self.count)
    }

    fn spill_to_histogram(&mut self) {
        let Values::Exact(values) = &mut self.values else {
            return;
        };
        let values = std::mem::take(values);
        let histogram = Histogram::new_with_bounds(1, LATENCY_NS_MAX, HISTOGRAM_DIGITS)
            .expect("the bounds and digits are constants that hdrhistogram accepts");
        self.values = Values::Histogram(Box::new(histogram));
        for ns in values {
            self.count_in_histogram(ns);
        }
    }

    fn count_in_histogram(&mut self, ns: u64) {
        if let Values::Histogram(histogram) = &mut self.values {
            histogram.saturating_record(ns.min(LATENCY_NS_MAX));
        }
    }
}

impl Summary {
    /// The summary of no values.
    pub const EMPTY: Summary = Summary {
        count: 0,
        us_min: 0.0,
        us_avg: 0.0,
        us_med: 0.0,
        us_p90: 0.0,
        us_p95: 0.0,
        us_p99: 0.0,
        us_max: 0.0,
    };
}

/// Linear interpolation at `fraction * (n - 1)`, as load testers do it.
fn interpolate(sorted: &[u64], fraction: f64) -> f64 {
    let last_idx = sorted.len() - 1;
    let place = fraction.clamp(0.0, 1.0) * to_f64(last_idx as u64);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the place is between 0 and the last index"
    )]
    let below_idx = place.floor() as usize;
    let above_idx = (below_idx + 1).min(last_idx);
    let (below, above) = (to_f64(sorted[below_idx]), to_f64(sorted[above_idx]));
    below + (above - below) * (place - place.floor())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "latencies and counts stay far below 2^53"
)]
fn to_f64(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::{EXACT_VALUES_MAX, Latency, Summary, to_f64};

    fn recorded(values: impl IntoIterator<Item = u64>) -> Latency {
        let mut latency = Latency::new();
        for ns in values {
            latency.record_ns(ns);
        }
        latency
    }

    #[test]
    fn nothing_recorded_is_all_zero() {
        assert_eq!(Latency::new().summary(), Summary::EMPTY);
        assert_eq!(
            Latency::new().percentile_ns(0.99).to_bits(),
            0.0_f64.to_bits()
        );
    }

    #[test]
    fn few_values_interpolate_between_neighbours() {
        let latency = recorded([40, 10, 30, 20]);
        for (fraction, expected) in [
            (0.0, 10.0),
            (0.5, 25.0),
            (0.9, 37.0),
            (0.95, 38.5),
            (1.0, 40.0),
        ] {
            let got = latency.percentile_ns(fraction);
            assert!(
                (got - expected).abs() < 1e-9,
                "p{fraction}: {got}, not {expected}"
            );
        }
        assert!((latency.summary().us_avg - 0.025).abs() < 1e-12);
    }

    #[test]
    fn one_value_is_every_percentile() {
        let summary = recorded([1_500_000]).summary();
        for figure in [
            summary.us_min,
            summary.us_avg,
            summary.us_p99,
            summary.us_max,
        ] {
            assert!((figure - 1_500.0).abs() < 1e-9);
        }
    }

    /// A fixed, skewed sequence over seven decades.
    fn spread_values(n: u64) -> Vec<u64> {
        (0..n)
            .map(|i| 1_000 + (i.wrapping_mul(2_654_435_761) % 1_000_003).pow(2) / 7)
            .collect()
    }

    #[test]
    fn many_values_stay_within_a_thousandth() {
        let mut values = spread_values(100_000);
        let latency = recorded(values.iter().copied());
        assert!(!latency.is_exact());
        values.sort_unstable();
        for fraction in [0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999] {
            let exact = super::interpolate(&values, fraction);
            let got = latency.percentile_ns(fraction);
            assert!(
                (got - exact).abs() <= exact * 0.001 + to_f64(1),
                "p{fraction}: {got}, exactly {exact}"
            );
        }
        let summary = latency.summary();
        assert!((summary.us_max - to_f64(values[values.len() - 1]) / 1e3).abs() < 1e-6);
        assert!((summary.us_min - to_f64(values[0]) / 1e3).abs() < 1e-6);
    }

    #[test]
    fn merging_equals_recording_everything_in_one() {
        for sizes in [
            (10, 20),
            (EXACT_VALUES_MAX, 1),
            (30_000, 5),
            (5, 30_000),
            (30_000, 30_000),
        ] {
            let values = spread_values((sizes.0 + sizes.1) as u64);
            let whole = recorded(values.iter().copied());
            let mut left = recorded(values[..sizes.0].iter().copied());
            left.merge(&recorded(values[sizes.0..].iter().copied()));
            assert_eq!(left.summary(), whole.summary(), "sizes {sizes:?}");
            assert_eq!(left.is_exact(), whole.is_exact(), "sizes {sizes:?}");
        }
    }

    #[test]
    fn a_latency_beyond_the_histogram_keeps_its_true_maximum() {
        let mut latency = recorded(spread_values(EXACT_VALUES_MAX as u64 + 1));
        latency.record_ns(u64::MAX);
        assert!(latency.summary().us_max > 1e16);
    }
}
