//! Records the samples of one worker thread, and hands over what it recorded once in a while.
//!
//! Invariants:
//! * Recording takes no lock. It allocates only while a sink is new or still exact, when a group
//!   or a check is seen for the first time, and for outputs that want raw samples.
//! * What all recorders hand over, merged in any order, is what one recorder would have recorded.

use std::sync::Arc;

use crate::checks::Checks;
use crate::kind::MetricKind;
use crate::plan::{Detail, MetricPlan, SeriesId};
use crate::registry::{MetricId, builtin};
use crate::sample::{Sample, SampleSink, SampleTags, UnixNs};
use crate::scopes::Scopes;
use crate::sink::Sink;
use crate::tags::Tags;

/// What was recorded: totals, submetrics, checks and groups. Merges with that of other recorders.
#[derive(Debug, Clone)]
pub struct Sinks {
    metrics: Vec<Sink>,
    submetrics: Vec<Sink>,
    scopes: Option<Scopes>,
    checks: Checks,
}

/// Records samples for one worker thread.
pub struct Recorder {
    plan: Arc<MetricPlan>,
    sinks: Sinks,
    output: Option<Box<dyn SampleSink>>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("sinks", &self.sinks)
            .field("has_output", &self.output.is_some())
            .finish_non_exhaustive()
    }
}

impl Sinks {
    /// Makes empty sinks for a run.
    #[must_use]
    pub fn new(plan: &MetricPlan) -> Sinks {
        let kinds = plan.registry().kinds_from(0);
        Sinks {
            metrics: kinds.into_iter().map(Sink::new).collect(),
            submetrics: plan
                .submetrics()
                .iter()
                .map(|submetric| Sink::new(submetric.kind))
                .collect(),
            scopes: match plan.detail() {
                Detail::Totals => None,
                Detail::PerScenarioAndGroup => Some(Scopes::new()),
            },
            checks: Checks::new(),
        }
    }

    /// Adds everything that `other`, which belongs to the same run, was given.
    pub fn merge(&mut self, other: &Sinks) {
        for (idx, sink) in other.metrics.iter().enumerate() {
            match self.metrics.get_mut(idx) {
                Some(ours) => ours.merge(sink),
                None => self.metrics.push(sink.clone()),
            }
        }
        for (ours, theirs) in self.submetrics.iter_mut().zip(&other.submetrics) {
            ours.merge(theirs);
        }
        if let (Some(ours), Some(theirs)) = (&mut self.scopes, &other.scopes) {
            ours.merge(theirs);
        }
        self.checks.merge(&other.checks);
    }

    /// The sink of a series; `None` if nothing was recorded since its metric was registered.
    #[must_use]
    pub fn series(&self, series: SeriesId) -> Option<&Sink> {
        match series {
            SeriesId::Metric(id) => self.metrics.get(id.idx()),
            SeriesId::Submetric(id) => self.submetrics.get(id.idx()),
        }
    }

    /// The sink of a metric; `None` if nothing was recorded since it was registered.
    #[must_use]
    pub fn metric(&self, metric: MetricId) -> Option<&Sink> {
        self.metrics.get(metric.idx())
    }

    /// Checks and groups.
    #[must_use]
    pub fn checks(&self) -> &Checks {
        &self.checks
    }

    /// What is kept per scenario and group, if it is.
    #[must_use]
    pub fn scopes(&self) -> Option<&Scopes> {
        self.scopes.as_ref()
    }

    fn take(&mut self) -> Sinks {
        Sinks {
            metrics: self.metrics.iter_mut().map(Sink::take).collect(),
            submetrics: self.submetrics.iter_mut().map(Sink::take).collect(),
            scopes: self.scopes.as_mut().map(Scopes::take),
            checks: self.checks.take(),
        }
    }
}

impl Recorder {
    /// Makes a recorder for a run.
    #[must_use]
    pub fn new(plan: Arc<MetricPlan>) -> Recorder {
        Recorder {
            sinks: Sinks::new(&plan),
            plan,
            output: None,
        }
    }

    /// Also sends every sample to `output`.
    #[must_use]
    pub fn with_output(mut self, output: Box<dyn SampleSink>) -> Recorder {
        self.output = Some(output);
        self
    }

    /// Whether raw samples are wanted, so that a caller may spare tags that only outputs write.
    #[must_use]
    pub fn has_output(&self) -> bool {
        self.output.is_some()
    }

    /// Records one value; durations in milliseconds, data in bytes. Values that are not finite
    /// are dropped: they would spoil every later figure.
    ///
    /// A sample of `checks` also counts for the check that its `check` tag names in the group of
    /// its `group` tag, and a sample of `group_duration` makes its group known.
    #[inline]
    pub fn record(&mut self, metric: MetricId, value: f64, at: UnixNs, tags: &Tags<'_>) {
        self.record_all(&[(metric, value)], at, tags);
    }

    /// Records several values that share their moment and tags, as the figures of one request.
    pub fn record_all(&mut self, values: &[(MetricId, f64)], at: UnixNs, tags: &Tags<'_>) {
        for &(metric, value) in values {
            if value.is_finite() {
                self.add(metric, value, at, tags);
            }
        }
        if let Some(scopes) = &mut self.sinks.scopes {
            scopes.record_all(self.plan.registry(), values, at, tags);
        }
        if let Some(output) = &mut self.output {
            let shared = Arc::new(SampleTags::copy_of(tags));
            for &(metric, value) in values.iter().filter(|(_, value)| value.is_finite()) {
                output.push(Sample {
                    metric,
                    time: at,
                    value,
                    tags: Arc::clone(&shared),
                });
            }
        }
    }

    /// Takes what was recorded since the last time.
    #[must_use]
    pub fn take(&mut self) -> Sinks {
        self.sinks.take()
    }

    #[inline]
    fn add(&mut self, metric: MetricId, value: f64, at: UnixNs, tags: &Tags<'_>) {
        if metric.idx() >= self.sinks.metrics.len() {
            self.learn_new_metrics();
        }
        self.sinks.metrics[metric.idx()].add(value, at);
        for submetric in self.plan.submetrics_of(metric) {
            if submetric.selector.matches(tags) {
                self.sinks.submetrics[submetric.id.idx()].add(value, at);
            }
        }
        if metric == builtin::CHECKS || metric == builtin::GROUP_DURATION {
            self.count_check_or_group(metric, value, at, tags);
        }
    }

    #[cold]
    fn learn_new_metrics(&mut self) {
        let known = self.sinks.metrics.len();
        let kinds: Vec<MetricKind> = self.plan.registry().kinds_from(known);
        self.sinks.metrics.extend(kinds.into_iter().map(Sink::new));
    }

    #[inline(never)]
    fn count_check_or_group(&mut self, metric: MetricId, value: f64, at: UnixNs, tags: &Tags<'_>) {
        let group = tags.get("group").unwrap_or("");
        if metric == builtin::GROUP_DURATION {
            self.sinks.checks.see_group(group, at);
        } else if let Some(check) = tags.get("check") {
            self.sinks.checks.count(group, check, value != 0.0, at);
        }
    }
}
