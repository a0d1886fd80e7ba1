//! The sink of a trend: exact while few, a histogram once many.
//!
//! Invariants:
//! * Up to [`TREND_EXACT_VALUES_MAX`] values a percentile is the linear interpolation at
//!   `p * (n - 1)` of the sorted values; beyond it, it is off by at most 0.1 %.
//! * Count, minimum and maximum are exact in both forms; the sum is that of the floats.
//! * Whether it is exact depends on the number of values alone, not on how they were merged.

use super::histogram::Histogram;
use super::to_f64;

/// Values kept one by one before a trend turns into a histogram (128 KiB).
pub const TREND_EXACT_VALUES_MAX: usize = 16_384;

/// The distribution of the values of one series.
#[derive(Debug, Clone)]
pub struct Trend {
    values: Values,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

#[derive(Debug, Clone)]
enum Values {
    Exact(Vec<f64>),
    Histogram(Histogram),
}

impl Default for Trend {
    fn default() -> Trend {
        Trend::new()
    }
}

impl Trend {
    /// Makes an empty trend.
    #[must_use]
    pub fn new() -> Trend {
        Trend::with_values(Values::Exact(Vec::new()))
    }

    fn with_values(values: Values) -> Trend {
        Trend {
            values,
            count: 0,
            sum: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Records one finite value.
    #[inline]
    pub fn record(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        match &mut self.values {
            Values::Histogram(histogram) => histogram.record(value),
            Values::Exact(values) if values.len() < TREND_EXACT_VALUES_MAX => values.push(value),
            Values::Exact(_) => self.histogram().record(value),
        }
    }

    /// Adds everything that `other` recorded.
    pub fn merge(&mut self, other: &Trend) {
        match (&mut self.values, &other.values) {
            (Values::Exact(ours), Values::Exact(theirs))
                if ours.len() + theirs.len() <= TREND_EXACT_VALUES_MAX =>
            {
                ours.extend_from_slice(theirs);
            }
            (_, Values::Exact(theirs)) => {
                let histogram = self.histogram();
                for &value in theirs {
                    histogram.record(value);
                }
            }
            (_, Values::Histogram(theirs)) => self.histogram().merge(theirs),
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Takes what was recorded. A trend that had many values stays a histogram, with its pages.
    pub(super) fn take(&mut self) -> Trend {
        let empty = match &self.values {
            Values::Exact(values) => Values::Exact(Vec::with_capacity(values.capacity())),
            Values::Histogram(histogram) => Values::Histogram(histogram.emptied()),
        };
        std::mem::replace(self, Trend::with_values(empty))
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

    /// The smallest value, exact; 0 when there is none.
    #[must_use]
    pub fn min(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.min }
    }

    /// The largest value, exact; 0 when there is none.
    #[must_use]
    pub fn max(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.max }
    }

    /// The arithmetic mean; 0 when there is no value.
    #[must_use]
    pub fn avg(&self) -> f64 {
        if self.count == 0 {
            0.0
        } else {
            self.sum / to_f64(self.count)
        }
    }

    /// The sum of all values.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The value below which `fraction` (0.0-1.0) of the values lie; 0 when there is no value.
    #[must_use]
    pub fn percentile(&self, fraction: f64) -> f64 {
        self.percentiles(&[fraction])[0]
    }

    /// Several percentiles at once, which sorts the exact values only once.
    #[must_use]
    pub fn percentiles(&self, fractions: &[f64]) -> Vec<f64> {
        if self.count == 0 {
            return vec![0.0; fractions.len()];
        }
        let place = |fraction: &f64| fraction.clamp(0.0, 1.0) * to_f64(self.count - 1);
        match &self.values {
            Values::Exact(values) => {
                let mut sorted = values.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                let at = |rank: u64| sorted[usize::try_from(rank).unwrap_or(usize::MAX)];
                let places = fractions.iter().map(place);
                places.map(|place| interpolate(at, place)).collect()
            }
            Values::Histogram(histogram) => {
                let ranks = Ranks::of(histogram);
                // A slot may reach past the extremes, which are known exactly.
                let at = |rank| ranks.value_at(rank).clamp(self.min, self.max);
                let places = fractions.iter().map(place);
                places.map(|place| interpolate(at, place)).collect()
            }
        }
    }

    /// For each of these bounds, in ascending order, how many values are at most that large; of
    /// values within 0.1 % of a bound some may count on its other side once there are many.
    #[must_use]
    pub fn counts_up_to(&self, bounds: &[f64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        let mut count = |value: f64, times: u64| {
            // Every bound from the first that is large enough takes the value in.
            let first = bounds.partition_point(|&bound| bound < value);
            for count in counts.iter_mut().skip(first) {
                *count += times;
            }
        };
        match &self.values {
            Values::Exact(values) => values.iter().for_each(|&value| count(value, 1)),
            Values::Histogram(histogram) => histogram
                .slots()
                .for_each(|(middle, times)| count(middle.clamp(self.min, self.max), times)),
        }
        counts
    }

    /// The histogram, which the values turn into if they are still exact.
    fn histogram(&mut self) -> &mut Histogram {
        if let Values::Exact(values) = &mut self.values {
            let mut histogram = Histogram::new();
            for value in std::mem::take(values) {
                histogram.record(value);
            }
            self.values = Values::Histogram(histogram);
        }
        match &mut self.values {
            Values::Histogram(histogram) => histogram,
            Values::Exact(_) => unreachable!("the values were turned into a histogram above"),
        }
    }
}

/// Cumulated counts of a histogram's slots.
struct Ranks {
    /// The middle of each slot, and how many values lie in it and before it.
    slots: Vec<(f64, u64)>,
}

impl Ranks {
    fn of(histogram: &Histogram) -> Ranks {
        let mut seen = 0;
        let slots = histogram.slots().map(|(middle, count)| {
            seen += count;
            (middle, seen)
        });
        Ranks {
            slots: slots.collect(),
        }
    }

    /// The value of the `rank`th smallest, from 0.
    fn value_at(&self, rank: u64) -> f64 {
        let idx = self.slots.partition_point(|&(_, seen)| seen <= rank);
        self.slots.get(idx).map_or(f64::MAX, |&(middle, _)| middle)
    }
}

/// Linear interpolation between the neighbours of a place from 0 to `n - 1`.
fn interpolate(at: impl Fn(u64) -> f64, place: f64) -> f64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the place is between 0 and the last index"
    )]
    let below = place.floor() as u64;
    let share = place - place.floor();
    let low = at(below);
    if share == 0.0 {
        return low;
    }
    low + (at(below + 1) - low) * share
}

#[cfg(test)]
mod tests {
    use super::{TREND_EXACT_VALUES_MAX, Trend};

    fn recorded(values: &[f64]) -> Trend {
        let mut trend = Trend::new();
        for &value in values {
            trend.record(value);
        }
        trend
    }

    /// A fixed, skewed sequence over seven decades, a tenth of it negative.
    fn spread_values(n: u32) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let draw = f64::from(i.wrapping_mul(2_654_435_761) % 1_000_003) + 1.0;
                let value = draw * draw / 7e6;
                if i % 10 == 3 { -value } else { value }
            })
            .collect()
    }

    fn exact_percentile(sorted: &[f64], fraction: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let place = fraction * (sorted.len() - 1) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small"
        )]
        let idx = place as usize;
        let next = sorted[(idx + 1).min(sorted.len() - 1)];
        sorted[idx] + (next - sorted[idx]) * place.fract()
    }

    #[test]
    fn nothing_recorded_is_all_zero() {
        let trend = Trend::new();
        let figures = [trend.min(), trend.max(), trend.avg(), trend.percentile(0.9)];
        assert_eq!(figures, [0.0; 4]);
    }

    #[test]
    fn few_values_interpolate_between_neighbours() {
        let trend = recorded(&[40.0, 10.0, 30.0, 20.0]);
        for (fraction, expected) in [
            (0.0, 10.0),
            (0.5, 25.0),
            (0.9, 37.0),
            (0.95, 38.5),
            (1.0, 40.0),
            (7.0, 40.0),
        ] {
            let got = trend.percentile(fraction);
            assert!((got - expected).abs() < 1e-9, "p{fraction}: {got}");
        }
    }

    #[test]
    fn many_values_stay_within_a_thousandth() {
        let mut values = spread_values(200_000);
        let trend = recorded(&values);
        assert!(!trend.is_exact());
        values.sort_unstable_by(f64::total_cmp);
        for fraction in [0.0, 0.001, 0.05, 0.25, 0.5, 0.9, 0.95, 0.99, 0.9999, 1.0] {
            let expected = exact_percentile(&values, fraction);
            let got = trend.percentile(fraction);
            assert!(
                (got - expected).abs() <= expected.abs() * 0.001,
                "p{fraction}: {got}, exactly {expected}"
            );
        }
        assert_eq!(
            (trend.min(), trend.max()),
            (values[0], values[values.len() - 1])
        );
    }

    #[test]
    fn merging_equals_recording_everything_in_one() {
        let exact_max = u32::try_from(TREND_EXACT_VALUES_MAX).unwrap();
        for (left, right) in [
            (10, 20),
            (0, 5),
            (exact_max, 0),
            (exact_max - 1, 1),
            (exact_max, 1),
            (30_000, 5),
            (5, 30_000),
            (0, 30_000),
            (30_000, 30_000),
        ] {
            let values = spread_values(left + right);
            let whole = recorded(&values);
            let (first, second) = values.split_at(left as usize);
            let mut merged = recorded(first);
            merged.merge(&recorded(second));
            let fractions = [0.0, 0.5, 0.9, 0.99, 1.0];
            assert_eq!(
                merged.percentiles(&fractions),
                whole.percentiles(&fractions),
                "{left} and {right}"
            );
            assert_eq!(merged.is_exact(), whole.is_exact(), "{left} and {right}");
            assert_eq!(merged.count(), whole.count());
            assert!((merged.avg() - whole.avg()).abs() < 1e-6);
        }
    }

    #[test]
    fn values_are_counted_up_to_bounds() {
        let few = recorded(&[-1.0, 0.0, 5.0, 5.5, 10.0, 99.0]);
        assert_eq!(few.counts_up_to(&[0.0, 5.0, 10.0, 50.0]), [2, 3, 5, 5]);
        let many = recorded(&(0..40_000).map(f64::from).collect::<Vec<_>>());
        assert!(!many.is_exact());
        for (count, expected) in many
            .counts_up_to(&[99.5, 9_999.5])
            .iter()
            .zip([100, 10_000])
        {
            assert!(
                count.abs_diff(expected) <= expected / 500,
                "{count}, not {expected}"
            );
        }
    }

    #[test]
    fn a_taken_histogram_leaves_an_empty_one() {
        let mut trend = recorded(&spread_values(20_000));
        let mut total = Trend::new();
        total.merge(&trend.take());
        assert_eq!((trend.count(), trend.is_exact()), (0, false));
        trend.record(5.0);
        total.merge(&trend.take());
        assert_eq!(total.count(), 20_001);
        assert_eq!(trend.percentile(0.5).to_bits(), 0.0_f64.to_bits());
    }
}
