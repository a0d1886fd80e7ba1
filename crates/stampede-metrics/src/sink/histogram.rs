//! A histogram of floats with a relative error of at most 0.1 %, in pages per power of two.
//!
//! Invariants:
//! * A value counts in the slot of its sign, its power of two and the next [`SLOT_BITS`] bits of
//!   its fraction; a slot stands for its middle, which is off by at most 2^-10 of the value.
//! * Magnitudes below 2^-64 count as zero, those of 2^64 and more as the largest slot; the trend
//!   around it keeps the exact extremes.
//! * Memory is at most 256 pages of 4 KiB; the values of a usual run need five to ten.

/// The bits of the fraction that choose a slot.
const SLOT_BITS: u32 = 9;

const SLOTS_PER_PAGE: usize = 1 << SLOT_BITS;

/// Powers of two per sign: 2^-64 to 2^63.
const OCTAVES: usize = 128;

/// Pages for positive values come first, then those for negative ones.
const PAGES_MAX: usize = 2 * OCTAVES;

/// A page number that means that the page does not exist yet.
const NO_PAGE: u16 = u16::MAX;

/// The biased exponent of 2^-64 in an IEEE 754 double.
const EXPONENT_FIRST: u64 = 1023 - 64;

const FRACTION_BITS: u32 = 52;

/// Counts values by slot.
#[derive(Clone)]
pub(super) struct Histogram {
    /// The page of each power of two, by sign.
    directory: Box<[u16; PAGES_MAX]>,
    /// The pages in order of creation.
    counts: Vec<u64>,
    zeros: u64,
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Histogram")
            .field("pages", &(self.counts.len() / SLOTS_PER_PAGE))
            .finish_non_exhaustive()
    }
}

/// Where a value counts.
enum Place {
    Zero,
    Slot { page: usize, slot: usize },
}

impl Histogram {
    pub(super) fn new() -> Histogram {
        Histogram {
            directory: Box::new([NO_PAGE; PAGES_MAX]),
            counts: Vec::new(),
            zeros: 0,
        }
    }

    /// An empty histogram with the same pages, so that recording as before allocates nothing.
    pub(super) fn emptied(&self) -> Histogram {
        Histogram {
            directory: self.directory.clone(),
            counts: vec![0; self.counts.len()],
            zeros: 0,
        }
    }

    #[inline]
    pub(super) fn record(&mut self, value: f64) {
        match place_of(value) {
            Place::Zero => self.zeros += 1,
            Place::Slot { page, slot } => {
                let start = self.page_start(page);
                self.counts[start + slot] += 1;
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        self.zeros += other.zeros;
        for (page, &number) in other.directory.iter().enumerate() {
            if number == NO_PAGE {
                continue;
            }
            let theirs = &other.counts[usize::from(number) * SLOTS_PER_PAGE..][..SLOTS_PER_PAGE];
            let start = self.page_start(page);
            for (ours, theirs) in self.counts[start..].iter_mut().zip(theirs) {
                *ours += theirs;
            }
        }
    }

    /// Every slot that holds something, from the smallest value to the largest: its middle and
    /// its count.
    pub(super) fn slots(&self) -> impl Iterator<Item = (f64, u64)> {
        let negative = (OCTAVES..PAGES_MAX).rev().flat_map(|page| {
            let slots = self.page(page).iter().enumerate().rev();
            slots.map(move |(slot, &count)| (middle_of(page, slot), count))
        });
        let positive = (0..OCTAVES).flat_map(|page| {
            let slots = self.page(page).iter().enumerate();
            slots.map(move |(slot, &count)| (middle_of(page, slot), count))
        });
        negative
            .chain(std::iter::once((0.0, self.zeros)))
            .chain(positive)
            .filter(|&(_, count)| count > 0)
    }

    /// The slots of a page; none when the page does not exist.
    fn page(&self, page: usize) -> &[u64] {
        match self.directory[page] {
            NO_PAGE => &[],
            number => &self.counts[usize::from(number) * SLOTS_PER_PAGE..][..SLOTS_PER_PAGE],
        }
    }

    #[inline]
    fn page_start(&mut self, page: usize) -> usize {
        match self.directory[page] {
            NO_PAGE => self.add_page(page),
            number => usize::from(number) * SLOTS_PER_PAGE,
        }
    }

    #[cold]
    fn add_page(&mut self, page: usize) -> usize {
        let start = self.counts.len();
        self.directory[page] =
            u16::try_from(start / SLOTS_PER_PAGE).expect("there are at most PAGES_MAX pages");
        self.counts.resize(start + SLOTS_PER_PAGE, 0);
        start
    }
}

#[inline]
fn place_of(value: f64) -> Place {
    let bits = value.abs().to_bits();
    let exponent = bits >> FRACTION_BITS;
    if exponent < EXPONENT_FIRST {
        return Place::Zero;
    }
    let sign_pages = if value < 0.0 { OCTAVES } else { 0 };
    let octave = usize::try_from(exponent - EXPONENT_FIRST).unwrap_or(usize::MAX);
    if octave >= OCTAVES {
        return Place::Slot {
            page: sign_pages + OCTAVES - 1,
            slot: SLOTS_PER_PAGE - 1,
        };
    }
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let slot = usize::try_from(fraction >> (FRACTION_BITS - SLOT_BITS))
        .expect("SLOT_BITS bits fit a usize");
    Place::Slot {
        page: sign_pages + octave,
        slot,
    }
}

/// The value in the middle of a slot.
fn middle_of(page: usize, slot: usize) -> f64 {
    let (octave, negative) = (page % OCTAVES, page >= OCTAVES);
    let exponent = (EXPONENT_FIRST + octave as u64) << FRACTION_BITS;
    let fraction =
        ((slot as u64) << (FRACTION_BITS - SLOT_BITS)) | (1 << (FRACTION_BITS - SLOT_BITS - 1));
    let magnitude = f64::from_bits(exponent | fraction);
    if negative { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    fn only_slot(value: f64) -> f64 {
        let mut histogram = Histogram::new();
        histogram.record(value);
        let slots: Vec<(f64, u64)> = histogram.slots().collect();
        assert_eq!(slots.len(), 1, "{value}");
        assert_eq!(slots[0].1, 1, "{value}");
        slots[0].0
    }

    #[test]
    fn a_slot_is_within_a_thousandth_of_every_value_in_it() {
        for exponent in -60..60 {
            for step in 0..1_000 {
                let value = 2.0_f64.powi(exponent) * (1.0 + f64::from(step) / 1_000.0);
                for value in [value, -value] {
                    let middle = only_slot(value);
                    assert!(
                        (middle - value).abs() <= value.abs() * 0.001,
                        "{value} counts as {middle}"
                    );
                }
            }
        }
    }

    #[test]
    fn magnitudes_out_of_range_count_at_the_ends() {
        assert!(only_slot(0.0).abs() < f64::MIN_POSITIVE);
        assert!(only_slot(1e-300).abs() < f64::MIN_POSITIVE);
        assert!(only_slot(f64::MAX) > 1e19);
        assert!(only_slot(f64::MIN) < -1e19);
    }

    #[test]
    fn slots_come_in_order_of_value() {
        let mut histogram = Histogram::new();
        for value in [3.0, -2.0, 0.0, 1e6, 2.5, -2.25, 1e-5, -7e3, 3.0] {
            histogram.record(value);
        }
        let slots: Vec<(f64, u64)> = histogram.slots().collect();
        assert!(slots.is_sorted_by(|a, b| a.0 < b.0), "{slots:?}");
        assert_eq!(slots.iter().map(|&(_, count)| count).sum::<u64>(), 9);
    }

    #[test]
    fn memory_depends_on_the_spread_of_the_values_not_on_their_number() {
        let mut histogram = Histogram::new();
        let spread = |n: u32| f64::from(n % 1_000_000 + 1) / 1_000.0;
        for n in 0..1_000_000 {
            histogram.record(spread(n));
        }
        let slots = histogram.counts.len();
        assert!(slots <= 21 * super::SLOTS_PER_PAGE, "{slots}");
        for n in 0..1_000_000 {
            histogram.record(spread(n));
        }
        assert_eq!(histogram.counts.len(), slots);
    }

    #[test]
    fn an_emptied_histogram_has_its_pages_and_nothing_in_them() {
        let mut histogram = Histogram::new();
        histogram.record(3.0);
        histogram.record(300.0);
        let emptied = histogram.emptied();
        assert_eq!(emptied.counts.len(), histogram.counts.len());
        assert_eq!(emptied.slots().count(), 0);
    }
}
