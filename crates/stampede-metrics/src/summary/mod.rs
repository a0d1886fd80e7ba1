//! The summary of a run: one model, written as text and as JSON.
//!
//! [`RunSummary::new`] computes every figure once; [`compact_text`], [`full_text`],
//! [`export_json`], [`script_json`] and [`machine_json`] only write it. [`legacy_text`] writes the
//! older text from the JSON that scripts get, because scripts may change that before they print it.
//!
//! Never: reads a clock, a terminal or a file; the caller says all that with [`RunFacts`].

mod build;
mod collate;
mod colour;
mod figures;
mod json;
mod layout;
mod legacy;
mod machine;
mod stats;
mod text;

use std::time::Duration;

pub(crate) use figures::script_number;
pub use figures::{TimeUnit, TimeUnitError};
pub use json::{export_json, script_json};
pub use legacy::{LegacyOptions, LegacyTextError, legacy_text};
pub use machine::{MachineFacts, machine_json};
pub(crate) use stats::figures_of;
pub use stats::{DEFAULT_TREND_STATS, TrendFigure, TrendStat, TrendStatError};
pub use text::{compact_text, full_text};

use crate::checks::{Check, Group};
use crate::kind::{Contains, MetricKind};

/// How summaries are written.
#[derive(Debug, Clone, PartialEq)]
pub struct SummaryOptions {
    /// The figures of trends, in order.
    pub trend_stats: Vec<TrendStat>,
    /// The unit of durations.
    pub time_unit: TimeUnit,
    /// Whether the text has colours, as for a terminal.
    pub colours: bool,
}

impl Default for SummaryOptions {
    fn default() -> SummaryOptions {
        SummaryOptions {
            trend_stats: TrendStat::defaults(),
            time_unit: TimeUnit::Auto,
            colours: false,
        }
    }
}

/// What a summary says about a run that nothing recorded.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunFacts {
    /// How long the run took: the time by which rates are divided.
    pub duration: Duration,
    /// Whether colours were switched off.
    pub no_colour: bool,
    /// Whether standard output is a terminal.
    pub is_stdout_terminal: bool,
    /// Whether standard error is a terminal.
    pub is_stderr_terminal: bool,
    /// What the script's setup returned; `None` if it returned nothing.
    pub setup_data: Option<serde_json::Value>,
    /// Whether the script names its scenarios, which the full text then shows one by one.
    pub has_named_scenarios: bool,
}

/// Everything a summary shows.
#[derive(Debug, Clone, PartialEq)]
pub struct RunSummary {
    /// What the caller knows.
    pub facts: RunFacts,
    /// How it is written.
    pub options: SummaryOptions,
    /// Metrics with samples or thresholds by name.
    pub metrics: Vec<MetricSummary>,
    /// Checks by name, whatever their group, in first-seen order.
    pub checks: Vec<Check>,
    /// All groups with their checks.
    pub root_group: Group,
    /// Groups outside of scenarios, for the full text.
    pub groups: Vec<SectionSummary>,
    /// Scenarios by name, for the full text.
    pub scenarios: Vec<SectionSummary>,
}

/// One metric of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricSummary {
    /// The name; for a submetric with its selector.
    pub name: String,
    /// What its values stand for.
    pub contains: Contains,
    /// Its figures.
    pub values: Values,
    /// How its thresholds were judged.
    pub thresholds: Vec<RuleSummary>,
    /// Whether it has a threshold, though perhaps one without rules.
    pub is_named: bool,
    /// Its submetrics in order.
    pub submetrics: Vec<SubmetricSummary>,
}

/// One submetric of a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmetricSummary {
    /// What stands between the braces.
    pub suffix: String,
    /// The submetric itself; it has no submetrics.
    pub metric: MetricSummary,
}

/// The judgement of one rule of a threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSummary {
    /// The expression.
    pub source: String,
    /// Whether it holds.
    pub ok: bool,
    /// The method as it was written.
    pub method: String,
    /// The figure that was judged; `None` if the summary does not show it.
    pub figure: Option<RuleFigure>,
}

/// How the figure of a rule is written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RuleFigure {
    /// A value of the metric.
    Value(f64),
    /// A value of the metric per second.
    PerSecond(f64),
    /// A share, 0.0-1.0.
    Share(f64),
}

/// The figures of a metric.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Of a counter.
    Counter {
        /// The sum.
        count: f64,
        /// The sum per second.
        rate: f64,
    },
    /// Of a gauge.
    Gauge {
        /// The latest value.
        value: f64,
        /// The smallest value.
        min: f64,
        /// The largest value.
        max: f64,
    },
    /// Of a rate.
    Rate {
        /// The share of samples that were not zero.
        rate: f64,
        /// How many were not zero.
        passes: u64,
        /// How many were zero.
        fails: u64,
    },
    /// Of a trend: the figures asked for, with their names.
    Trend(Vec<(String, f64)>),
}

impl Values {
    /// The kind of the metric.
    #[must_use]
    pub fn kind(&self) -> MetricKind {
        match self {
            Values::Counter { .. } => MetricKind::Counter,
            Values::Gauge { .. } => MetricKind::Gauge,
            Values::Rate { .. } => MetricKind::Rate,
            Values::Trend(_) => MetricKind::Trend,
        }
    }
}

/// A scenario or a group of the full text.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionSummary {
    /// The name.
    pub name: String,
    /// Metrics with samples, by name.
    pub metrics: Vec<MetricSummary>,
    /// Checks in first-seen order.
    pub checks: Vec<Check>,
    /// The groups in it.
    pub groups: Vec<SectionSummary>,
}
