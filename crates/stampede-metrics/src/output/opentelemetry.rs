//! `--out opentelemetry`: the body of an OTLP metrics request, version 1.
//!
//! Invariants: memory is bounded by the number of series given; samples of further series are
//! counted in [`OpenTelemetrySeries::dropped`], never silently lost.

use std::sync::Arc;

use prost::Message as _;

use super::series::{Series, SeriesTable};
use crate::kind::Contains;
use crate::plan::MetricPlan;
use crate::registry;
use crate::sample::{Sample, SampleTags};
use crate::sink::{Sink, Trend};

/// The upper ends of a histogram's buckets, each included in its bucket; one more bucket takes
/// what is larger.
const BUCKET_BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1_000.0, 2_500.0, 5_000.0,
    7_500.0, 10_000.0,
];

/// Points add up from the beginning of the run.
const CUMULATIVE: i32 = 2;

/// Who sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTelemetrySource {
    /// The service's name, such as `k6`.
    pub service_name: String,
    /// The service's version.
    pub service_version: String,
    /// What the name of every metric begins with; usually nothing.
    pub metric_prefix: String,
}

/// What was recorded per metric and tags since the run began.
#[derive(Debug)]
pub struct OpenTelemetrySeries {
    table: SeriesTable,
    source: OpenTelemetrySource,
}

impl OpenTelemetrySeries {
    /// Makes an empty set of at most `series_max` series.
    #[must_use]
    pub fn new(
        plan: Arc<MetricPlan>,
        source: OpenTelemetrySource,
        series_max: usize,
    ) -> OpenTelemetrySeries {
        OpenTelemetrySeries {
            table: SeriesTable::new(plan, series_max),
            source,
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

    /// Lets the next request carry every series, because the last one did not arrive.
    pub fn resend(&mut self) {
        self.table.resend();
    }

    /// The body of a request with every series that changed since the last one; `None` if none
    /// did. It is protobuf, not compressed.
    ///
    /// Counters become sums, gauges gauges, trends histograms, and a rate the sum `name.total`
    /// with the attribute `condition`, which is `nonzero` or `zero`, as far as there was any.
    pub fn take_request(&mut self) -> Option<Vec<u8>> {
        let mut metrics: Vec<Metric> = Vec::new();
        for (metric, tags, series) in self.table.take_changed() {
            let data = data_of(series, tags);
            // Series come sorted by metric, so those of one metric are neighbours.
            let name = name_of(&self.source.metric_prefix, &metric, &data);
            match metrics.last_mut() {
                Some(last) if last.name == name => last.append(data),
                _ => metrics.push(Metric {
                    name,
                    unit: unit_of(metric.contains).to_owned(),
                    data: Some(data),
                }),
            }
        }
        if metrics.is_empty() {
            return None;
        }
        let request = Request {
            resource_metrics: vec![ResourceMetrics {
                resource: Some(Resource {
                    attributes: vec![
                        attribute("service.name", &self.source.service_name),
                        attribute("service.version", &self.source.service_version),
                    ],
                }),
                scope_metrics: vec![ScopeMetrics {
                    scope: Some(Scope {
                        name: self.source.service_name.clone(),
                    }),
                    metrics,
                }],
            }],
        };
        Some(request.encode_to_vec())
    }
}

fn name_of(prefix: &str, metric: &registry::Metric, data: &Data) -> String {
    let is_rate = metric.kind == crate::kind::MetricKind::Rate;
    let suffix = match data {
        Data::Sum(_) if is_rate => ".total",
        Data::Sum(_) | Data::Gauge(_) | Data::Histogram(_) => "",
    };
    format!("{prefix}{}{suffix}", metric.name)
}

fn unit_of(contains: Contains) -> &'static str {
    match contains {
        Contains::Default => "",
        Contains::Time => "ms",
        Contains::Data => "By",
    }
}

fn data_of(series: &Series, tags: &SampleTags) -> Data {
    let point = |value: Value, condition: Option<&str>| NumberPoint {
        start_ns: series.first.0,
        time_ns: series.latest.0,
        value: Some(value),
        attributes: attributes(tags, condition),
    };
    match &series.sink {
        Sink::Counter(counter) => sum(vec![point(Value::Double(counter.value), None)]),
        Sink::Gauge(gauge) => Data::Gauge(Gauge {
            points: vec![point(Value::Double(gauge.value), None)],
        }),
        Sink::Rate(rate) => {
            let count = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
            let sides = [(rate.trues, "nonzero"), (rate.falses(), "zero")];
            // A side that was never counted is no series.
            let sides = sides.into_iter().filter(|&(n, _)| n > 0);
            sum(sides
                .map(|(n, condition)| point(count(n), Some(condition)))
                .collect())
        }
        Sink::Trend(trend) => Data::Histogram(Histogram {
            points: vec![histogram_point(trend, series, tags)],
            temporality: CUMULATIVE,
        }),
    }
}

fn sum(points: Vec<NumberPoint>) -> Data {
    Data::Sum(Sum {
        points,
        temporality: CUMULATIVE,
        is_monotonic: true,
    })
}

fn histogram_point(trend: &Trend, series: &Series, tags: &SampleTags) -> HistogramPoint {
    let mut below = 0;
    let mut bucket_counts: Vec<u64> = trend
        .counts_up_to(&BUCKET_BOUNDS)
        .into_iter()
        .map(|count| {
            let in_bucket = count - below;
            below = count;
            in_bucket
        })
        .collect();
    bucket_counts.push(trend.count() - below);
    HistogramPoint {
        start_ns: series.first.0,
        time_ns: series.latest.0,
        count: trend.count(),
        sum: Some(trend.sum()),
        bucket_counts,
        bounds: BUCKET_BOUNDS.to_vec(),
        attributes: attributes(tags, None),
        min: Some(trend.min()),
        max: Some(trend.max()),
    }
}

fn attributes(tags: &SampleTags, condition: Option<&str>) -> Vec<KeyValue> {
    let tags = tags.tags.iter().filter(|(_, value)| !value.is_empty());
    let mut all: Vec<KeyValue> = tags.map(|(name, value)| attribute(name, value)).collect();
    all.extend(condition.map(|condition| attribute("condition", condition)));
    all.sort_by(|a, b| a.key.cmp(&b.key));
    all
}

fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            text: value.to_owned(),
        }),
    }
}

impl Metric {
    /// Adds the points of another series of the same metric.
    fn append(&mut self, more: Data) {
        match (&mut self.data, more) {
            (Some(Data::Sum(ours)), Data::Sum(more)) => ours.points.extend(more.points),
            (Some(Data::Gauge(ours)), Data::Gauge(more)) => ours.points.extend(more.points),
            (Some(Data::Histogram(ours)), Data::Histogram(more)) => {
                ours.points.extend(more.points);
            }
            (_, more) => unreachable!("a metric has one kind of data, not also {more:?}"),
        }
    }
}

/// The messages of OTLP, version 1, as far as they are used here.
#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeMetrics {
    #[prost(message, optional, tag = "1")]
    scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Scope {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct KeyValue {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<AnyValue>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct AnyValue {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    unit: String,
    #[prost(oneof = "Data", tags = "5, 7, 9")]
    data: Option<Data>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Data {
    #[prost(message, tag = "5")]
    Gauge(Gauge),
    #[prost(message, tag = "7")]
    Sum(Sum),
    #[prost(message, tag = "9")]
    Histogram(Histogram),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Gauge {
    #[prost(message, repeated, tag = "1")]
    points: Vec<NumberPoint>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Sum {
    #[prost(message, repeated, tag = "1")]
    points: Vec<NumberPoint>,
    #[prost(int32, tag = "2")]
    temporality: i32,
    #[prost(bool, tag = "3")]
    is_monotonic: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct NumberPoint {
    #[prost(fixed64, tag = "2")]
    start_ns: u64,
    #[prost(fixed64, tag = "3")]
    time_ns: u64,
    #[prost(oneof = "Value", tags = "4, 6")]
    value: Option<Value>,
    #[prost(message, repeated, tag = "7")]
    attributes: Vec<KeyValue>,
}

#[derive(Clone, Copy, PartialEq, prost::Oneof)]
enum Value {
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(sfixed64, tag = "6")]
    Int(i64),
}

#[derive(Clone, PartialEq, prost::Message)]
struct Histogram {
    #[prost(message, repeated, tag = "1")]
    points: Vec<HistogramPoint>,
    #[prost(int32, tag = "2")]
    temporality: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct HistogramPoint {
    #[prost(fixed64, tag = "2")]
    start_ns: u64,
    #[prost(fixed64, tag = "3")]
    time_ns: u64,
    #[prost(fixed64, tag = "4")]
    count: u64,
    #[prost(double, optional, tag = "5")]
    sum: Option<f64>,
    #[prost(fixed64, repeated, tag = "6")]
    bucket_counts: Vec<u64>,
    #[prost(double, repeated, tag = "7")]
    bounds: Vec<f64>,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<KeyValue>,
    #[prost(double, optional, tag = "11")]
    min: Option<f64>,
    #[prost(double, optional, tag = "12")]
    max: Option<f64>,
}
