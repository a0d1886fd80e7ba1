//! Counts values in fixed buckets, lock-free.

use std::sync::atomic::{AtomicU64, Ordering};

use super::exposition::Exposition;

/// A histogram of whole numbers.
#[derive(Debug)]
pub struct Histogram {
    /// Upper bounds, ascending; values above the last have a bucket of their own.
    bounds: &'static [u64],
    /// Not cumulative.
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
    /// What a printed one is in observed ones: 1,000,000 to print microseconds as seconds.
    unit: u32,
}

impl Histogram {
    /// Bounds for times of microseconds to seconds, in microseconds.
    pub const TIMES_US: &[u64] = &[
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000,
        1_000_000, 10_000_000,
    ];

    /// Bounds for how many things are done at once.
    pub const SIZES: &[u64] = &[
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192,
    ];

    /// A histogram of microseconds that is printed in seconds.
    #[must_use]
    pub fn of_times() -> Self {
        Self::new(Self::TIMES_US, 1_000_000)
    }

    /// A histogram of counts.
    #[must_use]
    pub fn of_sizes() -> Self {
        Self::new(Self::SIZES, 1)
    }

    fn new(bounds: &'static [u64], unit: u32) -> Self {
        let buckets = (0..=bounds.len()).map(|_idx| AtomicU64::new(0)).collect();
        Self {
            bounds,
            buckets,
            sum: AtomicU64::new(0),
            unit,
        }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Adds its samples, with these labels, to the family that was begun last.
    pub fn expose(&self, exposition: &mut Exposition, labels: &[(&str, &str)]) {
        // Counted from the buckets themselves, so that one page never contradicts itself.
        let mut count = 0;
        for (bucket, bound) in self
            .buckets
            .iter()
            .zip(self.bounds.iter().map(Some).chain([None]))
        {
            count += bucket.load(Ordering::Relaxed);
            let bound = bound.map_or("+Inf".to_owned(), |bound| self.in_units(*bound));
            exposition.suffixed("_bucket", &[labels, &[("le", &bound)]].concat(), count);
        }
        let sum = self.in_units(self.sum.load(Ordering::Relaxed));
        exposition.suffixed("_sum", labels, sum);
        exposition.suffixed("_count", labels, count);
    }

    fn in_units(&self, value: u64) -> String {
        let unit = u64::from(self.unit);
        let (whole, rest) = (value / unit, value % unit);
        if rest == 0 {
            whole.to_string()
        } else {
            format!("{whole}.{rest:06}")
        }
    }
}
