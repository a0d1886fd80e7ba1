//! The figures of a load test: what is recorded, how it is judged, and how it is written.
//!
//! A [`Registry`] names the metrics. A [`MetricPlan`] adds what thresholds ask for. Each worker
//! thread records into its own [`Recorder`]; a collector merges what they hand over into one
//! [`Sinks`], judges it, and builds the summary from it. Latencies of script-less commands
//! go into a [`Latency`].
//!
//! Never: knows HTTP, a script engine, a clock or a terminal. Callers measure; this crate counts,
//! judges and formats.

mod checks;
mod kind;
mod latency;
pub mod output;
mod plan;
mod recorder;
mod registry;
mod sample;
mod scopes;
mod selector;
mod sink;
pub mod summary;
mod tags;
pub mod threshold;
pub mod units;

pub use checks::{
    CHECKS_PER_GROUP_MAX, Check, CheckCount, Checks, GROUP_SEPARATOR, GROUPS_MAX, Group,
};
pub use kind::{Contains, MetricKind};
pub use latency::{EXACT_VALUES_MAX, LATENCY_NS_MAX, Latency, Summary};
pub use plan::{Detail, MetricPlan, SUBMETRICS_MAX, SeriesId, Submetric, SubmetricId};
pub use recorder::{Recorder, Sinks};
pub use registry::{
    METRIC_NAME_CHARS_MAX, METRIC_NAME_CHARS_MIN, METRICS_MAX, Metric, MetricId, RegisterError,
    Registry, builtin, is_metric_name,
};
pub use sample::{Sample, SampleSink, SampleTags, UnixNs};
pub use scopes::{SCOPES_MAX, Scope, Scopes};
pub use selector::{Selector, SeriesKey, SeriesKeyError};
pub use sink::{Counter, Gauge, Rate, Sink, TREND_EXACT_VALUES_MAX, Trend};
pub use tags::{Layer, Tag, TagSet, Tags};
