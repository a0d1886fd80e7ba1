//! Outputs that send, against a receiver in this process that decodes what arrives.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::mpsc::{Receiver, Sender, channel};

use prost::Message as _;

/// One request that arrived.
struct Arrived {
    /// Method and target.
    line: String,
    /// Headers by name in lower case.
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A receiver that answers everything with `answer`, or never if that is empty.
fn receiver(answer: &'static str) -> (SocketAddr, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, arrived) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || serve(stream, answer, &sender));
        }
    });
    (address, arrived)
}

fn serve(stream: TcpStream, answer: &str, sender: &Sender<Arrived>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or("0", String::as_str);
        let mut body = vec![0; length.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
        sender
            .send(Arrived {
                line,
                headers,
                body,
            })
            .ok()?;
        (&stream).write_all(answer.as_bytes()).ok()?;
    }
}

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\ndisk full";

const SCRIPT: &str = "
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
const made = new Counter('made'); const level = new Gauge('level');
const good = new Rate('good'); const took = new Trend('took', true);
export const options = { iterations: 4, vus: 1 };
export default function () {
  made.add(2, { kind: 'a b' }); level.add(7); good.add(__ITER !== 0); took.add(1500);
}";

fn run(out: &str, variables: &[(&str, &str)]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("script.js"), SCRIPT).unwrap();
    Command::new(env!("CARGO_BIN_EXE_stampede"))
        .current_dir(directory.path())
        .args(["run", "--quiet", "--summary-mode=disabled", "--out", out])
        .arg("script.js")
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn influxdb_gets_every_sample_as_a_line() {
    let (address, arrived) = receiver(NO_CONTENT);
    let output = run(
        &format!("influxdb=http://{address}/my db"),
        &[
            ("K6_INFLUXDB_USERNAME", "me"),
            ("K6_INFLUXDB_PASSWORD", "pw"),
            ("K6_INFLUXDB_PRECISION", "ms"),
            ("K6_INFLUXDB_RETENTION", "week"),
            ("K6_INFLUXDB_TAGS_AS_FIELDS", "kind"),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let arrived: Vec<Arrived> = arrived.try_iter().collect();
    assert_eq!(
        arrived[0].line,
        "POST /query?db=&params=%7B%7D&q=CREATE+DATABASE+my+db"
    );
    let mut lines = Vec::new();
    for request in &arrived[1..] {
        let target = "POST /write?consistency=&db=my+db&precision=ms&rp=week";
        assert_eq!(request.line, target);
        assert_eq!(request.headers["authorization"], "Basic bWU6cHc=");
        let text = String::from_utf8(request.body.clone()).unwrap();
        lines.extend(text.lines().map(str::to_owned));
    }
    let made: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("made,"))
        .collect();
    assert_eq!(made.len(), 4, "{lines:?}");
    for line in made {
        let (point, at_ms) = line.rsplit_once(' ').unwrap();
        assert_eq!(point, "made,scenario=default kind=\"a b\",value=2");
        assert_eq!(at_ms.len(), 13, "{at_ms} has milliseconds");
    }
    let of = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
    assert_eq!(
        (of("level"), of("good"), of("took"), of("iterations")),
        (4, 4, 4, 4)
    );
}

#[derive(Clone, PartialEq, prost::Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    series: Vec<TimeSeries>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    points: Vec<Point>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Point {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    at_ms: i64,
}

/// The values of a remote-write request by name.
fn written(request: &Arrived) -> BTreeMap<String, f64> {
    let bytes = snap::raw::Decoder::new()
        .decompress_vec(&request.body)
        .unwrap();
    let series = WriteRequest::decode(&*bytes).unwrap().series;
    let named = series.into_iter().map(|series| {
        let name = series.labels.iter().find(|label| label.name == "__name__");
        (name.unwrap().value.clone(), series.points[0].value)
    });
    named.collect()
}

#[test]
fn remote_write_carries_sums_headers_and_the_marks_of_the_end() {
    let (address, arrived) = receiver(NO_CONTENT);
    let output = run(
        "experimental-prometheus-rw",
        &[
            (
                "K6_PROMETHEUS_RW_SERVER_URL",
                &format!("http://{address}/in"),
            ),
            ("K6_PROMETHEUS_RW_BEARER_TOKEN", "secret"),
            ("K6_PROMETHEUS_RW_HTTP_HEADERS", "x-a:1, x-b:2:3"),
            ("K6_PROMETHEUS_RW_TREND_STATS", "max,p(99.9)"),
            ("K6_PROMETHEUS_RW_STALE_MARKERS", "true"),
        ],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let arrived: Vec<Arrived> = arrived.try_iter().collect();
    for request in &arrived {
        assert_eq!(request.line, "POST /in");
        for (name, value) in [
            ("authorization", "Bearer secret"),
            ("x-a", "1"),
            ("x-b", "2:3"),
            ("content-encoding", "snappy"),
            ("x-prometheus-remote-write-version", "0.1.0"),
        ] {
            assert_eq!(request.headers[name], value, "{name}");
        }
    }
    let (farewell, before) = arrived.split_last().unwrap();
    let mut latest = BTreeMap::new();
    for request in before {
        latest.extend(written(request));
    }
    for (name, value) in [
        ("k6_made_total", 8.0),
        ("k6_level", 7.0),
        ("k6_good_rate", 0.75),
        ("k6_took_max", 1.5),
        ("k6_took_p99_9", 1.5),
        ("k6_iterations_total", 4.0),
    ] {
        assert_eq!(latest.get(name), Some(&value), "{name} in {latest:?}");
    }
    let marks = written(farewell);
    assert_eq!(marks.len(), latest.len());
    assert!(
        marks
            .values()
            .all(|value| value.to_bits() == 0x7ff0_0000_0000_0002)
    );
}

#[derive(Clone, PartialEq, prost::Message)]
struct Export {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceMetrics {
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeMetrics {
    #[prost(message, repeated, tag = "2")]
    metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Metric {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "3")]
    unit: String,
}

/// The names of an OTLP request, with their units.
fn exported(body: &[u8]) -> BTreeMap<String, String> {
    let export = Export::decode(body).unwrap();
    let metrics = &export.resources[0].scopes[0].metrics;
    let named = metrics.iter().cloned();
    named.map(|metric| (metric.name, metric.unit)).collect()
}

#[test]
fn opentelemetry_goes_over_http_with_headers_prefix_and_path() {
    let (address, arrived) = receiver(NO_CONTENT);
    for name in ["opentelemetry", "experimental-opentelemetry"] {
        let output = run(
            name,
            &[
                ("K6_OTEL_EXPORTER_PROTOCOL", "http/protobuf"),
                ("K6_OTEL_HTTP_EXPORTER_ENDPOINT", &address.to_string()),
                ("K6_OTEL_HTTP_EXPORTER_INSECURE", "true"),
                ("K6_OTEL_HTTP_EXPORTER_URL_PATH", "/in/metrics"),
                ("K6_OTEL_METRIC_PREFIX", "load_"),
                ("K6_OTEL_HEADERS", "x-key=1"),
            ],
        );
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let request = arrived.try_recv().unwrap();
        assert_eq!(request.line, "POST /in/metrics");
        assert_eq!(request.headers["x-key"], "1");
        assert_eq!(request.headers["content-type"], "application/x-protobuf");
        let metrics = exported(&request.body);
        assert_eq!(metrics["load_took"], "ms", "{metrics:?}");
        assert_eq!(metrics["load_good.total"], "");
    }
}

/// A gRPC receiver of one call; answers with this status.
fn grpc_receiver(status: &'static str) -> (SocketAddr, Receiver<(String, Vec<u8>)>) {
    use http_body_util::{BodyExt as _, Empty};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, arrived) = channel();
    let answer = move |request: hyper::Request<hyper::body::Incoming>| {
        let sender = sender.clone();
        async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            sender.send((path, body.to_vec())).unwrap();
            let response = hyper::Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-status", status)
                .header("grpc-message", "as told")
                .body(Empty::<bytes::Bytes>::new());
            Ok::<_, hyper::Error>(response.unwrap())
        }
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper::service::service_fn(answer);
            let executor = hyper_util::rt::TokioExecutor::new();
            let served = hyper::server::conn::http2::Builder::new(executor)
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service);
            // The client closes when it has its answer.
            served.await.unwrap_or_default();
        });
    });
    (address, arrived)
}

#[test]
fn opentelemetry_goes_over_grpc_unless_told_otherwise() {
    for (status, told) in [("0", None), ("8", Some("status 8: as told"))] {
        let (address, arrived) = grpc_receiver(status);
        let output = run(
            "opentelemetry",
            &[
                ("K6_OTEL_GRPC_EXPORTER_ENDPOINT", &address.to_string()),
                ("K6_OTEL_GRPC_EXPORTER_INSECURE", "true"),
            ],
        );
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        let (path, body) = arrived.try_recv().unwrap();
        assert_eq!(
            path,
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
        );
        let length = u32::from_be_bytes(body[1..5].try_into().unwrap());
        assert_eq!((body[0], length as usize), (0, body.len() - 5));
        assert!(exported(&body[5..]).contains_key("iterations"));
        assert_eq!(told.is_some(), !stderr.is_empty(), "{stderr}");
        assert!(stderr.contains(told.unwrap_or_default()), "{stderr}");
    }
}

#[test]
fn a_receiver_that_is_down_or_broken_costs_samples_that_are_counted_and_no_exit_code() {
    // Bound and let go: nobody listens there.
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (broken, _arrived) = receiver(BROKEN);
    for (address, told) in [
        (nobody, "refused"),
        (broken, "500 Internal Server Error: disk full"),
    ] {
        let output = run(&format!("influxdb=http://{address}/db"), &[]);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
        // 4 iterations of 4 samples of the script and 4 of every iteration.
        assert!(stderr.contains("32 samples are lost"), "{stderr}");
        let url = format!("http://{address}/in");
        let variables = [("K6_PROMETHEUS_RW_SERVER_URL", &*url)];
        let output = run("experimental-prometheus-rw", &variables);
        let stderr = self::stderr(&output);
        assert_eq!(output.status.code(), Some(0), "{stderr}");
        assert!(stderr.contains("the latest values are lost"), "{stderr}");
    }
}

/// An exit code, an output, variables that make no sense for it, and what must be told of them.
type Mistake = (
    i32,
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

const MISTAKES: &[Mistake] = &[
    (
        255,
        "influxdb=ftp://x/db",
        &[
            ("K6_INFLUXDB_PUSH_INTERVAL", "soon"),
            ("K6_INFLUXDB_CONCURRENT_WRITES", "0"),
            ("K6_INFLUXDB_PRECISION", "zz"),
            ("K6_INFLUXDB_TAGS_AS_FIELDS", "a:nope"),
            ("K6_INFLUXDB_PROXY", "http://x"),
        ],
        &[
            "ftp://x/db",
            "soon",
            "=0",
            "=zz",
            "a:nope",
            "without a proxy",
        ],
    ),
    (
        255,
        "experimental-prometheus-rw",
        &[
            ("K6_PROMETHEUS_RW_SERVER_URL", "nowhere"),
            ("K6_PROMETHEUS_RW_TREND_STATS", "p(95),nope"),
            ("K6_PROMETHEUS_RW_STALE_MARKERS", "maybe"),
            ("K6_PROMETHEUS_RW_HTTP_HEADERS", "a=b"),
            ("K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM", "true"),
            ("K6_PROMETHEUS_RW_SIGV4_REGION", "eu"),
        ],
        &[
            "nowhere",
            "nope",
            "=maybe",
            "a=b",
            "native histograms",
            "SIGV4_REGION",
        ],
    ),
    (
        104,
        "opentelemetry",
        &[("K6_OTEL_EXPORTER_PROTOCOL", "smoke")],
        &["=smoke"],
    ),
    (
        255,
        "opentelemetry",
        &[
            ("K6_OTEL_EXPORTER_PROTOCOL", "smoke"),
            ("K6_OTEL_EXPORT_INTERVAL", "often"),
        ],
        &["=smoke", "often"],
    ),
    (
        255,
        "opentelemetry",
        &[
            ("K6_OTEL_EXPORTER_PROTOCOL", "http/protobuf"),
            ("K6_OTEL_HTTP_EXPORTER_ENDPOINT", "http://x:1"),
            ("K6_OTEL_HEADERS", "bad"),
            ("K6_OTEL_TLS_CERTIFICATE", "/nowhere.pem"),
        ],
        &["host and port alone", "bad", "/nowhere.pem"],
    ),
];

#[test]
fn all_settings_that_make_no_sense_are_told_at_once_before_the_run() {
    for (exit, out, variables, told) in MISTAKES {
        let output = run(out, variables);
        let stderr = stderr(&output);
        assert_eq!(output.status.code(), Some(*exit), "{out}: {stderr}");
        for text in *told {
            assert!(stderr.contains(text), "{out}: {text} in {stderr}");
        }
    }
}
