//! Samples added up per metric and tags, for outputs that send series instead of samples.
//!
//! Invariants: memory is bounded by the number of series given; samples of further series are
//! counted, never silently lost.

use std::collections::HashMap;
use std::sync::Arc;

use crate::plan::MetricPlan;
use crate::registry::{Metric, MetricId};
use crate::sample::{Sample, SampleTags, UnixNs};
use crate::sink::Sink;

/// The most series that an output keeps unless told otherwise.
pub const SERIES_MAX_DEFAULT: usize = 20_000;

/// What was recorded in one series since the run began.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) sink: Sink,
    pub(super) first: UnixNs,
    pub(super) latest: UnixNs,
    /// Whether something was added since it was last sent.
    changed: bool,
}

/// All series of an output.
#[derive(Debug)]
pub(super) struct SeriesTable {
    plan: Arc<MetricPlan>,
    series_max: usize,
    by_key: HashMap<(MetricId, Arc<SampleTags>), Series>,
    dropped: u64,
}

impl SeriesTable {
    pub(super) fn new(plan: Arc<MetricPlan>, series_max: usize) -> SeriesTable {
        SeriesTable {
            plan,
            series_max,
            by_key: HashMap::new(),
            dropped: 0,
        }
    }

    pub(super) fn add(&mut self, sample: &Sample) {
        let key = (sample.metric, Arc::clone(&sample.tags));
        if !self.by_key.contains_key(&key) && self.by_key.len() >= self.series_max {
            self.dropped += 1;
            return;
        }
        let plan = &self.plan;
        let series = self.by_key.entry(key).or_insert_with(|| Series {
            sink: Sink::new(plan.registry().metric(sample.metric).kind),
            first: sample.time,
            latest: sample.time,
            changed: true,
        });
        series.sink.add(sample.value, sample.time);
        series.first = series.first.min(sample.time);
        series.latest = series.latest.max(sample.time);
        series.changed = true;
    }

    /// How many samples were not added because there were too many series.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Lets the next call of [`SeriesTable::take_changed`] answer every series, because what it
    /// answered last did not arrive.
    pub(super) fn resend(&mut self) {
        for series in self.by_key.values_mut() {
            series.changed = true;
        }
    }

    /// The series that changed since the last call, by metric and tags.
    pub(super) fn take_changed(&mut self) -> Vec<(Metric, &SampleTags, &Series)> {
        let registry = self.plan.registry();
        let changed = self.by_key.iter_mut().filter_map(|((id, tags), series)| {
            let is_changed = std::mem::take(&mut series.changed);
            let series: &Series = series;
            is_changed.then(|| (registry.metric(*id), &**tags, series))
        });
        let mut changed: Vec<_> = changed.collect();
        // The order of a hash map must not reach the wire.
        changed.sort_by(|a, b| (a.0.id, &a.1.tags).cmp(&(b.0.id, &b.1.tags)));
        changed
    }
}
