//! What outputs write about samples.

use std::sync::Arc;

use serde_json::Value;
use stampede_metrics::output::{
    CsvWriter, InfluxPrecision, InfluxWriter, JsonWriter, OpenTelemetrySeries, OpenTelemetrySource,
    PrometheusSeries, PrometheusStats, TimeFormat, wants_gzip,
};
use stampede_metrics::summary::TrendStat;
use stampede_metrics::threshold::{ThresholdConfig, ThresholdRule};
use stampede_metrics::{
    Contains, Detail, Layer, MetricId, MetricKind, MetricPlan, Registry, Sample, SampleTags, Tags,
    UnixNs, builtin,
};

use crate::replay::replay;

const NOON: UnixNs = UnixNs(1_795_193_297_388_194_420);

fn sample(metric: MetricId, value: f64, tags: &[(&str, &str)]) -> Sample {
    let layers = [Layer::Slice(tags)];
    let metadata = [Layer::Slice(&[("vu", "3"), ("trace", "a\"b")])];
    let tags = Tags::new(&layers).with_metadata(&metadata);
    Sample {
        metric,
        time: NOON,
        value,
        tags: Arc::new(SampleTags::copy_of(&tags)),
    }
}

fn plan() -> Arc<MetricPlan> {
    let mut stop = ThresholdRule::new("count<5");
    stop.abort_on_fail = true;
    let mut late = ThresholdRule::new(" count<9 ");
    late.abort_on_fail = true;
    late.delay_abort_eval = std::time::Duration::from_secs(90);
    let thresholds = [
        ThresholdConfig {
            key: "iterations".to_owned(),
            rules: vec![ThresholdRule::new(" count>0 "), stop, late],
        },
        ThresholdConfig {
            key: "iterations{a:b, c:\"d\"}".to_owned(),
            rules: Vec::new(),
        },
    ];
    let plan = MetricPlan::new(Arc::new(Registry::new()), &thresholds, Detail::Totals);
    Arc::new(plan.unwrap_or_else(|errors| panic!("{errors:?}")))
}

#[test]
fn json_defines_a_metric_once_and_escapes_what_it_must() {
    let mut writer = JsonWriter::new(plan());
    let mut out = Vec::new();
    writer.write(
        &sample(
            builtin::ITERATIONS,
            1.0,
            &[("b", "\u{2028}\n"), ("a", "<&>")],
        ),
        &mut out,
    );
    writer.write(&sample(builtin::ITERATIONS, 1e21, &[]), &mut out);
    let text = String::from_utf8(out).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"type":"Metric","data":{"name":"iterations","type":"counter","#,
            r#""contains":"default","thresholds":[" count>0 ","#,
            r#"{"threshold":"count<5","abortOnFail":true,"delayAbortEval":null},"#,
            r#"{"threshold":" count<9 ","abortOnFail":true,"#,
            r#""delayAbortEval":"1m30s"}],"submetrics":[{"name":"iterations{a:b, c:\"d\"}","#,
            r#""suffix":"a:b, c:\"d\"","tags":{"a":"b","c":"d"}}]},"metric":"iterations"}"#,
            "\n",
            r#"{"metric":"iterations","type":"Point","data":{"#,
            r#""time":"2026-11-20T16:48:17.38819442Z","value":1,"#,
            r#""tags":{"a":"<&>","b":"\u2028\n"},"metadata":{"trace":"a\"b","vu":"3"}}}"#,
            "\n",
            r#"{"metric":"iterations","type":"Point","data":{"#,
            r#""time":"2026-11-20T16:48:17.38819442Z","value":1e+21,"#,
            r#""tags":{},"metadata":{"trace":"a\"b","vu":"3"}}}"#,
            "\n",
        )
    );
}

#[test]
fn points_that_k6_wrote_are_written_again_as_they_were() {
    let points = include_str!("../fixtures/compact.points.ndjson");
    let facts: Value =
        serde_json::from_str(include_str!("../fixtures/compact.facts.json")).unwrap();
    let run = replay(points, &facts, Detail::Totals).unwrap();
    let mut writer = JsonWriter::new(run.plan);
    let mut out = Vec::new();
    for sample in &run.samples {
        writer.write(sample, &mut out);
    }
    let is_point = |line: &&str| line.contains(r#""type":"Point""#);
    let got = String::from_utf8(out).unwrap();
    let got: Vec<&str> = got.lines().filter(is_point).collect();
    let expected: Vec<&str> = points.lines().filter(is_point).collect();
    assert_eq!(got, expected);
    assert!(expected.len() > 100);
}

#[test]
fn csv_has_a_column_per_system_tag_and_quotes_what_it_must() {
    let columns = ["url", "vu", "check", "iter", "group"];
    let mut writer = CsvWriter::new(plan(), &columns, TimeFormat::Unix);
    let mut out = Vec::new();
    writer.write_header(&mut out);
    let tags = [
        ("check", "a,b"),
        ("z", "q\"u"),
        ("k y", "x&y=z"),
        ("group", ""),
    ];
    writer.write(&sample(builtin::CHECKS, 0.123_456_7, &tags), &mut out);
    writer.write(
        &sample(builtin::ITERATIONS, -1.0, &[("group", "::g")]),
        &mut out,
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "metric_name,timestamp,metric_value,check,group,url,extra_tags,metadata\n\
         checks,1795193297,0.123457,\"a,b\",,,\"k y=x&y=z&z=q\"\"u\",\"trace=a\"\"b&vu=3\"\n\
         iterations,1795193297,-1.000000,,::g,,,\"trace=a\"\"b&vu=3\"\n"
    );
}

#[test]
fn csv_writes_moments_in_the_format_asked_for() {
    for (name, expected) in [
        ("unix", "1795193297"),
        ("unix_milli", "1795193297388"),
        ("unix_micro", "1795193297388194"),
        ("unix_nano", "1795193297388194420"),
        ("rfc3339", "2026-11-20T16:48:17Z"),
        ("rfc3339_nano", "2026-11-20T16:48:17.38819442Z"),
    ] {
        let format = TimeFormat::parse(name).unwrap();
        let mut out = Vec::new();
        CsvWriter::new(plan(), &[], format).write(&sample(builtin::VUS, 1.0, &[]), &mut out);
        let row = String::from_utf8(out).unwrap();
        assert_eq!(row.split(',').nth(1), Some(expected), "{name}");
    }
    assert!(TimeFormat::parse("iso").is_err());
}

#[test]
fn influx_lines_escape_tags_and_make_fields_of_the_many_valued() {
    let mut writer = InfluxWriter::new(plan(), None).unwrap();
    let mut out = Vec::new();
    let tags = [
        ("a b", "c,d=e"),
        ("empty", ""),
        ("url", "http://x/\"y\"\\"),
        ("line", "1\n2"),
        ("end", "\\"),
    ];
    writer.write(&sample(builtin::HTTP_REQS, 1e21, &tags), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "http_reqs,a\\ b=c\\,d\\=e,end=\\\\ ,line=1\\ 2 \
         url=\"http://x/\\\"y\\\"\\\\\",vu=3i,value=1000000000000000000000 1795193297388194420\n"
    );
    for (precision, moment) in [
        ("us", "1795193297388194"),
        ("s", "1795193297"),
        ("h", "498664"),
    ] {
        let writer = InfluxWriter::new(plan(), None).unwrap();
        let precision = InfluxPrecision::parse(precision).unwrap();
        let mut out = Vec::new();
        let iteration = sample(builtin::ITERATIONS, 1.0, &[]);
        writer.with_precision(precision).write(&iteration, &mut out);
        let line = String::from_utf8(out).unwrap();
        assert_eq!(line, format!("iterations vu=3i,value=1 {moment}\n"));
    }
    assert_eq!(InfluxPrecision::parse("zz"), None);
    let error = InfluxWriter::new(plan(), Some(&["vu:number"])).unwrap_err();
    assert_eq!(error.given, "vu:number");
}

#[test]
fn names_that_end_in_gz_are_compressed() {
    for (name, expected) in [("a.json.gz", true), ("a.csv", false), ("gz", false)] {
        assert_eq!(wants_gzip(name), expected, "{name}");
    }
}

/// The messages of the remote-write protocol, as its specification has them.
mod wire {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct WriteRequest {
        #[prost(message, repeated, tag = "1")]
        pub(super) timeseries: Vec<TimeSeries>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct TimeSeries {
        #[prost(message, repeated, tag = "1")]
        pub(super) labels: Vec<Label>,
        #[prost(message, repeated, tag = "2")]
        pub(super) samples: Vec<Point>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Label {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(string, tag = "2")]
        pub(super) value: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Point {
        #[prost(double, tag = "1")]
        pub(super) value: f64,
        #[prost(int64, tag = "2")]
        pub(super) timestamp: i64,
    }
}

/// One line per series of a request: labels, value, milliseconds.
fn decoded(request: &[u8]) -> Vec<String> {
    use prost::Message as _;
    let bytes = snap::raw::Decoder::new().decompress_vec(request).unwrap();
    let request = wire::WriteRequest::decode(bytes.as_slice()).unwrap();
    let series = request.timeseries.iter().map(|series| {
        let labels: Vec<String> = series
            .labels
            .iter()
            .map(|label| format!("{}={}", label.name, label.value))
            .collect();
        let point = &series.samples[0];
        format!("{} {} {}", labels.join(","), point.value, point.timestamp)
    });
    series.collect()
}

#[test]
fn remote_write_sends_changed_series_with_durations_in_seconds() {
    let plan = plan();
    let wait = plan
        .registry()
        .register("wait", MetricKind::Trend, Contains::Time)
        .unwrap();
    let stats = ["p(99.9)", "count", "max"].map(|name| TrendStat::parse(name).unwrap());
    let stats = PrometheusStats {
        stats: stats.to_vec(),
    };
    let mut series = PrometheusSeries::new(plan, stats, 4);
    assert_eq!(series.take_request(), None);
    series.add(&sample(wait, 500.0, &[("group", ""), ("seat no", "14C")]));
    series.add(&sample(wait, 1_500.0, &[("group", ""), ("seat no", "14C")]));
    series.add(&sample(builtin::ITERATIONS, 2.0, &[]));
    series.add(&sample(builtin::CHECKS, 1.0, &[("check", "ok")]));
    series.add(&sample(builtin::VUS, 7.0, &[]));
    series.add(&sample(builtin::VUS_MAX, 9.0, &[]));
    assert_eq!(series.dropped(), 1);
    assert_eq!(
        decoded(&series.take_request().unwrap()),
        [
            "__name__=k6_vus 7 1795193297388",
            "__name__=k6_iterations_total 2 1795193297388",
            "__name__=k6_checks_rate,check=ok 1 1795193297388",
            "__name__=k6_wait_p99_9,seat_no=14C 1.499 1795193297388",
            "__name__=k6_wait_count,seat_no=14C 2 1795193297388",
            "__name__=k6_wait_max,seat_no=14C 1.5 1795193297388",
        ]
    );
    assert_eq!(series.take_request(), None);
    series.add(&sample(builtin::ITERATIONS, 3.0, &[]));
    assert_eq!(
        decoded(&series.take_request().unwrap()),
        ["__name__=k6_iterations_total 5 1795193297388"]
    );
    // What did not arrive comes again with everything else, and so do the marks of the end.
    series.resend();
    assert_eq!(decoded(&series.take_request().unwrap()).len(), 6);
    let marks = decoded(
        &series
            .take_stale_markers(UnixNs(NOON.0 + 2_000_000))
            .unwrap(),
    );
    assert_eq!(marks.len(), 6);
    assert_eq!(marks[0], "__name__=k6_vus NaN 1795193297390");
    assert_eq!(series.take_request(), None);
}

/// The fields of a protobuf message, one per line and nested ones indented, as any decoder that
/// knows no schema would print them. Eight-byte fields are printed in hexadecimal.
fn dumped(message: &[u8], indent: usize, out: &mut String) -> Option<()> {
    use std::fmt::Write as _;
    let mut rest = message;
    while !rest.is_empty() {
        let key = prost::encoding::decode_varint(&mut rest).ok()?;
        write!(out, "{:indent$}{}:", "", key >> 3).ok()?;
        match key & 7 {
            0 => {
                let value = prost::encoding::decode_varint(&mut rest).ok()?;
                writeln!(out, " {value}").ok()?;
            }
            1 => {
                let (value, after) = rest.split_first_chunk()?;
                writeln!(out, " {:x}", u64::from_le_bytes(*value)).ok()?;
                rest = after;
            }
            2 => {
                let length = prost::encoding::decode_varint(&mut rest).ok()?;
                let (inner, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                rest = after;
                let text = std::str::from_utf8(inner).unwrap_or("\0");
                let mut nested = String::new();
                if !text.contains(char::is_control) {
                    writeln!(out, " {text}").ok()?;
                } else if dumped(inner, indent + 1, &mut nested).is_some() {
                    write!(out, "\n{nested}").ok()?;
                } else {
                    let bytes = inner.iter().map(|byte| format!("{byte:02x}"));
                    writeln!(out, " {}", bytes.collect::<String>()).ok()?;
                }
            }
            _ => return None,
        }
    }
    Some(())
}

#[test]
fn opentelemetry_sends_sums_gauges_and_histograms() {
    let plan = plan();
    let source = OpenTelemetrySource {
        service_name: "k6".to_owned(),
        service_version: "1.0".to_owned(),
        metric_prefix: "pre.".to_owned(),
    };
    let mut series = OpenTelemetrySeries::new(plan, source, 5);
    assert_eq!(series.take_request(), None);
    series.add(&sample(builtin::ITERATIONS, 2.0, &[("b", "x"), ("a", "")]));
    series.add(&sample(builtin::ITERATIONS, 3.0, &[("b", "y")]));
    series.add(&sample(builtin::VUS, 7.0, &[]));
    series.add(&sample(builtin::CHECKS, 1.0, &[("check", "ok")]));
    series.add(&sample(builtin::ITERATION_DURATION, 6.0, &[]));
    series.add(&sample(builtin::ITERATION_DURATION, 20_000.0, &[]));
    series.add(&sample(builtin::VUS_MAX, 9.0, &[]));
    assert_eq!(series.dropped(), 1);
    let mut got = String::new();
    let request = series.take_request().unwrap();
    assert_eq!(dumped(&request, 0, &mut got), Some(()), "{got}");
    assert_eq!(got, include_str!("../fixtures/opentelemetry.txt"));
    assert_eq!(series.take_request(), None);
}
