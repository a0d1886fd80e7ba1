//! Sinks: what is kept of the samples of one series.
//!
//! Invariants: a sink's memory does not grow with the number of samples once a trend is past
//! [`TREND_EXACT_VALUES_MAX`]; merging two sinks equals recording everything into one.

mod histogram;
mod trend;

pub use trend::{TREND_EXACT_VALUES_MAX, Trend};

use crate::kind::MetricKind;
use crate::sample::UnixNs;

/// A sum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counter {
    /// The sum of all values.
    pub value: f64,
    /// How many values were added; 0 means that nothing was ever recorded.
    pub samples: u64,
}

/// A latest value.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Gauge {
    /// The value of the latest moment; of several at one moment the last recorded.
    pub value: f64,
    /// The smallest value; 0 when there was none.
    pub min: f64,
    /// The largest value; 0 when there was none.
    pub max: f64,
    /// How many values were set; 0 means that nothing was ever recorded.
    pub samples: u64,
    latest: UnixNs,
}

/// A share of samples that were not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Samples that were not zero.
    pub trues: u64,
    /// All samples.
    pub total: u64,
}

/// What is kept of the samples of one series, by the kind of its metric.
#[derive(Debug, Clone)]
pub enum Sink {
    /// Of a counter.
    Counter(Counter),
    /// Of a gauge.
    Gauge(Gauge),
    /// Of a rate.
    Rate(Rate),
    /// Of a trend.
    Trend(Box<Trend>),
}

impl Counter {
    fn add(&mut self, value: f64) {
        self.value += value;
        self.samples += 1;
    }

    /// The sum per second over `elapsed_s` seconds; 0 when no time has passed.
    #[must_use]
    pub fn per_second(&self, elapsed_s: f64) -> f64 {
        if elapsed_s > 0.0 {
            self.value / elapsed_s
        } else {
            0.0
        }
    }
}

impl Gauge {
    fn set(&mut self, value: f64, at: UnixNs) {
        self.merge(&Gauge {
            value,
            min: value,
            max: value,
            samples: 1,
            latest: at,
        });
    }

    fn merge(&mut self, other: &Gauge) {
        if other.samples == 0 {
            return;
        }
        if self.samples == 0 {
            *self = *other;
            return;
        }
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.samples += other.samples;
        if other.latest >= self.latest {
            self.value = other.value;
            self.latest = other.latest;
        }
    }
}

impl Rate {
    /// Samples that were zero.
    #[must_use]
    pub fn falses(&self) -> u64 {
        self.total - self.trues
    }

    /// The share of samples that were not zero, 0.0-1.0; 0 when there were none.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        to_f64(self.trues) / to_f64(self.total)
    }
}

impl Sink {
    /// Makes an empty sink for a metric of this kind.
    #[must_use]
    pub fn new(kind: MetricKind) -> Sink {
        match kind {
            MetricKind::Counter => Sink::Counter(Counter::default()),
            MetricKind::Gauge => Sink::Gauge(Gauge::default()),
            MetricKind::Rate => Sink::Rate(Rate::default()),
            MetricKind::Trend => Sink::Trend(Box::default()),
        }
    }

    /// The kind of metric this sink is for.
    #[must_use]
    pub fn kind(&self) -> MetricKind {
        match self {
            Sink::Counter(_) => MetricKind::Counter,
            Sink::Gauge(_) => MetricKind::Gauge,
            Sink::Rate(_) => MetricKind::Rate,
            Sink::Trend(_) => MetricKind::Trend,
        }
    }

    /// Adds one value, which must be finite.
    #[inline]
    pub fn add(&mut self, value: f64, at: UnixNs) {
        match self {
            Sink::Counter(counter) => counter.add(value),
            Sink::Gauge(gauge) => gauge.set(value, at),
            Sink::Rate(rate) => {
                rate.total += 1;
                rate.trues += u64::from(value != 0.0);
            }
            Sink::Trend(trend) => trend.record(value),
        }
    }

    /// Adds everything that `other` was given.
    ///
    /// # Panics
    /// When the kinds differ.
    pub fn merge(&mut self, other: &Sink) {
        match (self, other) {
            (Sink::Counter(ours), Sink::Counter(theirs)) => {
                ours.value += theirs.value;
                ours.samples += theirs.samples;
            }
            (Sink::Gauge(ours), Sink::Gauge(theirs)) => ours.merge(theirs),
            (Sink::Rate(ours), Sink::Rate(theirs)) => {
                ours.total += theirs.total;
                ours.trues += theirs.trues;
            }
            (Sink::Trend(ours), Sink::Trend(theirs)) => ours.merge(theirs),
            (ours, theirs) => panic!(
                "a {} cannot take in a {}: the series belong to different metrics",
                ours.kind(),
                theirs.kind()
            ),
        }
    }

    /// How many samples were added.
    #[must_use]
    pub fn samples(&self) -> u64 {
        match self {
            Sink::Counter(counter) => counter.samples,
            Sink::Gauge(gauge) => gauge.samples,
            Sink::Rate(rate) => rate.total,
            Sink::Trend(trend) => trend.count(),
        }
    }

    /// Whether no sample was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.samples() == 0
    }

    /// Takes what was recorded and leaves an empty sink that is ready for as much again.
    #[must_use]
    pub(crate) fn take(&mut self) -> Sink {
        match self {
            Sink::Counter(counter) => Sink::Counter(std::mem::take(counter)),
            Sink::Gauge(gauge) => Sink::Gauge(std::mem::take(gauge)),
            Sink::Rate(rate) => Sink::Rate(std::mem::take(rate)),
            Sink::Trend(trend) => Sink::Trend(Box::new(trend.take())),
        }
    }
}

/// A count as a float; counts stay far below 2^53.
pub(crate) fn to_f64(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    {
        count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Rate, Sink};
    use crate::kind::MetricKind;
    use crate::sample::UnixNs;

    fn sink(kind: MetricKind, values: &[(f64, u64)]) -> Sink {
        let mut sink = Sink::new(kind);
        for &(value, at) in values {
            sink.add(value, UnixNs(at));
        }
        sink
    }

    #[test]
    fn a_gauge_keeps_the_latest_value_whatever_the_order_of_merging() {
        let early = sink(MetricKind::Gauge, &[(5.0, 1), (9.0, 2)]);
        let late = sink(MetricKind::Gauge, &[(-1.0, 3), (4.0, 4)]);
        let empty = Sink::new(MetricKind::Gauge);
        for order in [[&early, &late, &empty], [&empty, &late, &early]] {
            let mut all = Sink::new(MetricKind::Gauge);
            for other in order {
                all.merge(other);
            }
            let Sink::Gauge(gauge) = all else {
                panic!("a gauge stays a gauge")
            };
            assert_eq!(
                (gauge.value, gauge.min, gauge.max, gauge.samples),
                (4.0, -1.0, 9.0, 4)
            );
        }
    }

    #[test]
    fn a_counter_that_was_given_zero_is_not_empty() {
        assert!(Sink::new(MetricKind::Counter).is_empty());
        let counter = sink(MetricKind::Counter, &[(0.0, 1)]);
        assert!(!counter.is_empty());
    }

    #[test]
    fn any_value_but_zero_is_true_for_a_rate() {
        let Sink::Rate(rate) = sink(MetricKind::Rate, &[(0.0, 1), (1.0, 2), (-3.5, 3)]) else {
            panic!("a rate stays a rate")
        };
        assert_eq!(rate, Rate { trues: 2, total: 3 });
        assert_eq!(rate.falses(), 1);
    }

    #[test]
    fn taking_leaves_nothing_behind() {
        for kind in [
            MetricKind::Counter,
            MetricKind::Gauge,
            MetricKind::Rate,
            MetricKind::Trend,
        ] {
            let mut whole = sink(kind, &[(3.0, 1), (4.0, 2)]);
            let taken = whole.take();
            assert_eq!((taken.samples(), whole.samples()), (2, 0), "{kind}");
            assert_eq!(whole.kind(), kind);
        }
    }
}
