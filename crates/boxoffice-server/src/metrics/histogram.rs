//! Counts values in fixed buckets, lock-free.

use std::sync::atomic::{AtomicU64, Ordering};

use super::exposition::Exposition;
use super::shard::Sharded;

/// Buckets, of which the last is for what lies above all bounds.
const BUCKETS: usize = 15;

/// A histogram of whole numbers.
#[derive(Debug)]
pub struct Histogram {
    /// Upper bounds, ascending; values above the last have a bucket of their own.
    bounds: &'static [u64],
    counts: Box<Sharded<Counts>>,
    /// What a printed one is in observed ones: 1,000,000 to print microseconds as seconds.
    unit: u32,
}

/// What one thread counted.
#[derive(Debug, Default)]
struct Counts {
    /// Not cumulative.
    buckets: [AtomicU64; BUCKETS],
    sum: AtomicU64,
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
        assert_eq!(bounds.len() + 1, BUCKETS, "every bound has its bucket");
        Self {
            bounds,
            counts: Box::default(),
            unit,
        }
    }

    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        let counts = self.counts.mine();
        counts.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        counts.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Adds its samples, with these labels, to the family that was begun last.
    pub fn expose(&self, exposition: &mut Exposition, labels: &[(&str, &str)]) {
        // Counted from the buckets themselves, so that one page never contradicts itself.
        let mut count = 0;
        let bounds = self.bounds.iter().map(Some).chain([None]);
        for (bucket_idx, bound) in bounds.enumerate() {
            let bucket = |counts: &Counts| counts.buckets[bucket_idx].load(Ordering::Relaxed);
            count += self.counts.all().map(bucket).sum::<u64>();
            let bound = bound.map_or("+Inf".to_owned(), |bound| self.in_units(*bound));
            exposition.suffixed("_bucket", &[labels, &[("le", &bound)]].concat(), count);
        }
        let sum = |counts: &Counts| counts.sum.load(Ordering::Relaxed);
        let sum = self.in_units(self.counts.all().map(sum).fold(0, u64::wrapping_add));
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
