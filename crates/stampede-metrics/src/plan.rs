//! What a run keeps: its metrics, the submetrics its thresholds name, and the thresholds.
//!
//! Invariants: a plan does not change while a run goes on; every recorder of a run shares it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::kind::MetricKind;
use crate::registry::{MetricId, Registry};
use crate::selector::{Selector, SeriesKey};
use crate::threshold::{Threshold, ThresholdConfig, ThresholdError, parse_thresholds};

/// The most submetrics that thresholds may name.
pub const SUBMETRICS_MAX: usize = 10_000;

/// The submetric that every run has: requests that ended as the script expected.
const EXPECTED_RESPONSES: &str = "http_req_duration{expected_response:true}";

/// A submetric of one [`MetricPlan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubmetricId(u32);

impl SubmetricId {
    /// The submetric's place in its plan, from 0 without gaps.
    #[must_use]
    pub fn idx(self) -> usize {
        self.0 as usize
    }
}

/// The samples of a metric that have certain tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submetric {
    /// The submetric's place in the plan.
    pub id: SubmetricId,
    /// The metric it is a part of.
    pub metric: MetricId,
    /// The kind of that metric.
    pub kind: MetricKind,
    /// `metric{tag:value}`, as it was written.
    pub name: String,
    /// Which samples it takes.
    pub selector: Selector,
}

/// One series that a run keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SeriesId {
    /// All samples of a metric.
    Metric(MetricId),
    /// Those of a submetric.
    Submetric(SubmetricId),
}

/// What else than totals a run keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detail {
    /// Totals and submetrics, as the compact and the legacy summary need.
    #[default]
    Totals,
    /// Also every metric per scenario and group, as the full summary needs.
    PerScenarioAndGroup,
}

/// What a run keeps, shared by its recorders and its collector.
#[derive(Debug)]
pub struct MetricPlan {
    registry: Arc<Registry>,
    submetrics: Vec<Submetric>,
    /// For each metric by id, its submetrics; shorter than the registry if metrics came later.
    submetrics_by_metric: Vec<Vec<SubmetricId>>,
    thresholds: Vec<Threshold>,
    detail: Detail,
}

impl MetricPlan {
    /// Plans a run with these thresholds; every metric they name must be registered by now.
    ///
    /// # Errors
    /// All that is wrong with the thresholds. The caller ends with the exit code for a wrong
    /// configuration.
    pub fn new(
        registry: Arc<Registry>,
        thresholds: &[ThresholdConfig],
        detail: Detail,
    ) -> Result<MetricPlan, Vec<ThresholdError>> {
        let mut keys = SeriesKeys {
            registry: &registry,
            submetrics: Vec::new(),
            by_name: HashMap::new(),
        };
        let thresholds = parse_thresholds(thresholds, &mut keys)?;
        keys.resolve(EXPECTED_RESPONSES)
            .map_err(|error| vec![error])?;
        let submetrics = keys.submetrics;
        let mut submetrics_by_metric = vec![Vec::new(); registry.metrics().len()];
        for submetric in &submetrics {
            submetrics_by_metric[submetric.metric.idx()].push(submetric.id);
        }
        Ok(MetricPlan {
            registry,
            submetrics,
            submetrics_by_metric,
            thresholds,
            detail,
        })
    }

    /// The metrics of the run.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The submetrics by id.
    #[must_use]
    pub fn submetrics(&self) -> &[Submetric] {
        &self.submetrics
    }

    /// The submetrics of one metric, in the order of their keys.
    pub fn submetrics_of(&self, metric: MetricId) -> impl Iterator<Item = &Submetric> {
        self.submetrics_by_metric
            .get(metric.idx())
            .into_iter()
            .flatten()
            .map(|id| &self.submetrics[id.idx()])
    }

    /// The thresholds in the order of their keys.
    #[must_use]
    pub fn thresholds(&self) -> &[Threshold] {
        &self.thresholds
    }

    /// The threshold on one series, if there is one.
    #[must_use]
    pub fn threshold_on(&self, series: SeriesId) -> Option<&Threshold> {
        self.thresholds
            .iter()
            .find(|threshold| threshold.series == series)
    }

    /// What else than totals is kept.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.detail
    }
}

/// Finds the series that keys name, and collects the submetrics among them.
pub(crate) struct SeriesKeys<'a> {
    registry: &'a Registry,
    submetrics: Vec<Submetric>,
    by_name: HashMap<String, SubmetricId>,
}

impl SeriesKeys<'_> {
    /// The series of a key, its name, and the kind of its metric.
    pub(crate) fn resolve(
        &mut self,
        key: &str,
    ) -> Result<(SeriesId, String, MetricKind), ThresholdError> {
        let parsed = SeriesKey::parse(key).map_err(|problem| ThresholdError::Key {
            key: key.to_owned(),
            problem,
        })?;
        let Some(metric) = self.registry.find(&parsed.metric) else {
            return Err(ThresholdError::UnknownMetric {
                key: key.to_owned(),
                metric: parsed.metric,
            });
        };
        let name = parsed.name();
        let Some(selector) = parsed.selector else {
            return Ok((SeriesId::Metric(metric.id), name, metric.kind));
        };
        if let Some(&id) = self.by_name.get(&name) {
            return Ok((SeriesId::Submetric(id), name, metric.kind));
        }
        let too_many = || ThresholdError::TooMany {
            key: key.to_owned(),
            max: SUBMETRICS_MAX,
        };
        if self.submetrics.len() >= SUBMETRICS_MAX {
            return Err(too_many());
        }
        let id = SubmetricId(u32::try_from(self.submetrics.len()).map_err(|_| too_many())?);
        self.by_name.insert(name.clone(), id);
        self.submetrics.push(Submetric {
            id,
            metric: metric.id,
            kind: metric.kind,
            name: name.clone(),
            selector,
        });
        Ok((SeriesId::Submetric(id), name, metric.kind))
    }
}
