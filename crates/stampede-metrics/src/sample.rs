//! Raw samples, made only when an output wants them.

use std::sync::Arc;

use crate::registry::MetricId;
use crate::tags::Tags;

/// A moment: nanoseconds since the Unix epoch. The caller reads the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UnixNs(pub u64);

/// One measured value with everything an output may write about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What was measured.
    pub metric: MetricId,
    /// When it was measured.
    pub time: UnixNs,
    /// The value; durations in milliseconds, data in bytes.
    pub value: f64,
    /// Its tags, shared by the samples of one request.
    pub tags: Arc<SampleTags>,
}

/// The owned tags and metadata of a [`Sample`], each sorted by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SampleTags {
    /// Tags by name.
    pub tags: Vec<(Box<str>, Box<str>)>,
    /// Metadata by name.
    pub metadata: Vec<(Box<str>, Box<str>)>,
}

impl SampleTags {
    /// Copies a view.
    #[must_use]
    pub fn copy_of(tags: &Tags<'_>) -> SampleTags {
        let owned = |pairs: Vec<(&str, &str)>| {
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect()
        };
        SampleTags {
            tags: owned(tags.sorted()),
            metadata: owned(tags.sorted_metadata()),
        }
    }

    /// The value of a tag.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let idx = self
            .tags
            .binary_search_by(|(other, _)| (**other).cmp(name))
            .ok()?;
        Some(&self.tags[idx].1)
    }
}

/// Where a recorder sends raw samples, typically a bounded channel to the thread of the outputs.
pub trait SampleSink {
    /// Takes one sample. It must not block for long: it is called while a VU runs.
    fn push(&mut self, sample: Sample);
}

impl SampleSink for Vec<Sample> {
    fn push(&mut self, sample: Sample) {
        Vec::push(self, sample);
    }
}
