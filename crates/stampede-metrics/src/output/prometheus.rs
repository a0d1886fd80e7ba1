//! `--out experimental-prometheus-rw`: series by metric and tags, and the remote-write request.
//!
//! Invariants: memory is bounded by the number of series given; samples of further series are
//! counted in [`PrometheusSeries::dropped`], never silently lost.

use std::sync::Arc;

use prost::Message as _;

use super::series::SeriesTable;
use crate::kind::Contains;
use crate::plan::MetricPlan;
use crate::sample::{Sample, SampleTags, UnixNs};
use crate::sink::Sink;
use crate::summary::{TrendFigure, TrendStat, figures_of};

/// What every name begins with.
const PREFIX: &str = "k6_";

/// The bits of the number that marks a series as ended; any other NaN is a value.
const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;

/// The figures of trends that are sent.
#[derive(Debug, Clone, PartialEq)]
pub struct PrometheusStats {
    /// In the order in which they are sent.
    pub stats: Vec<TrendStat>,
}

impl Default for PrometheusStats {
    fn default() -> PrometheusStats {
        PrometheusStats {
            stats: vec![TrendStat::parse("p(99)").expect("p(99) is a figure of a trend")],
        }
    }
}

/// What was recorded per metric and tags since the run began.
#[derive(Debug)]
pub struct PrometheusSeries {
    table: SeriesTable,
    stats: PrometheusStats,
}

impl PrometheusSeries {
    /// Makes an empty set of at most `series_max` series.
    #[must_use]
    pub fn new(
        plan: Arc<MetricPlan>,
        stats: PrometheusStats,
        series_max: usize,
    ) -> PrometheusSeries {
        PrometheusSeries {
            table: SeriesTable::new(plan, series_max),
            stats,
        }
    }

    /// Adds a sample to its series.
    pub fn add(&mut self, sample: &Sample) {
        self.table.add(sample);
    }

    /// How many samples were not added because there were too many series.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.table.dropped()
    }

    /// The body of a request with every series that changed since the last one; `None` if none
    /// did. It is protobuf, compressed with snappy.
    ///
    /// Durations are in seconds. Counters end in `_total`, rates in `_rate`, figures of trends in
    /// their own names.
    pub fn take_request(&mut self) -> Option<Vec<u8>> {
        self.request(|figure, latest| (figure, latest))
    }

    /// Lets the next request carry every series, because the last one did not arrive.
    pub fn resend(&mut self) {
        self.table.resend();
    }

    /// The body of a request that marks every series as ended at `at`; `None` if there is none.
    pub fn take_stale_markers(&mut self, at: UnixNs) -> Option<Vec<u8>> {
        self.table.resend();
        self.request(|_, latest| (f64::from_bits(STALE_NAN_BITS), at.max(latest)))
    }

    fn request(&mut self, point: impl Fn(f64, UnixNs) -> (f64, UnixNs)) -> Option<Vec<u8>> {
        let mut timeseries = Vec::new();
        for (metric, tags, series) in self.table.take_changed() {
            for (suffix, figure) in figures(&series.sink, metric.contains, &self.stats) {
                let (value, at) = point(figure, series.latest);
                let name = format!("{PREFIX}{}{suffix}", metric.name);
                timeseries.push(TimeSeries {
                    labels: labels(name, tags),
                    samples: vec![PointSample {
                        value,
                        timestamp: i64::try_from(at.0 / 1_000_000).unwrap_or(i64::MAX),
                    }],
                });
            }
        }
        (!timeseries.is_empty()).then(|| encode_write_request(timeseries))
    }
}

/// Encodes series as the body of a remote-write request.
fn encode_write_request(timeseries: Vec<TimeSeries>) -> Vec<u8> {
    let bytes = WriteRequest { timeseries }.encode_to_vec();
    snap::raw::Encoder::new()
        .compress_vec(&bytes)
        .expect("a request is far below the 4 GiB that snappy can compress")
}

fn figures(sink: &Sink, contains: Contains, stats: &PrometheusStats) -> Vec<(String, f64)> {
    match sink {
        Sink::Counter(counter) => vec![("_total".to_owned(), counter.value)],
        Sink::Gauge(gauge) => vec![(String::new(), gauge.value)],
        Sink::Rate(rate) => vec![("_rate".to_owned(), rate.share())],
        Sink::Trend(trend) => {
            let wanted: Vec<TrendFigure> = stats.stats.iter().map(|stat| stat.figure).collect();
            let values = figures_of(trend, &wanted);
            let pairs = stats.stats.iter().zip(values);
            pairs
                .map(|(stat, value)| {
                    let is_duration =
                        contains == Contains::Time && stat.figure != TrendFigure::Count;
                    let value = if is_duration { value / 1_000.0 } else { value };
                    (format!("_{}", label_of(&stat.name)), value)
                })
                .collect()
        }
    }
}

/// `p(99.9)` as a part of a metric's name: `p99_9`.
fn label_of(stat: &str) -> String {
    let plain = stat.replace(['(', ')'], "");
    plain.replace('.', "_")
}

fn labels(name: String, tags: &SampleTags) -> Vec<Label> {
    let mut labels = vec![Label {
        name: "__name__".to_owned(),
        value: name,
    }];
    let tags = tags.tags.iter().filter(|(_, value)| !value.is_empty());
    labels.extend(tags.map(|(name, value)| Label {
        name: label_name(name),
        value: value.to_string(),
    }));
    labels.sort_by(|a, b| a.name.cmp(&b.name));
    labels
}

/// A tag's name with everything replaced that a label's name may not have.
fn label_name(tag: &str) -> String {
    let mut name: String = tag
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// The messages of the remote-write protocol, version 1.
#[derive(Clone, PartialEq, prost::Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<PointSample>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PointSample {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}
