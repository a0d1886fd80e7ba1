//! Measures what recording costs per sample; run it with `--release`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use stampede_metrics::{
    Detail, Layer, MetricId, MetricPlan, Recorder, Registry, TagSet, Tags, UnixNs, builtin,
};

/// The samples of one request, as the HTTP client records them.
const REQUEST: [MetricId; 9] = [
    builtin::HTTP_REQS,
    builtin::HTTP_REQ_FAILED,
    builtin::HTTP_REQ_DURATION,
    builtin::HTTP_REQ_BLOCKED,
    builtin::HTTP_REQ_CONNECTING,
    builtin::HTTP_REQ_TLS_HANDSHAKING,
    builtin::HTTP_REQ_SENDING,
    builtin::HTTP_REQ_WAITING,
    builtin::HTTP_REQ_RECEIVING,
];

const REQUESTS: u32 = 2_000_000;

/// A collector takes once in this many requests, as once a second in a fast run.
const REQUESTS_PER_TAKE: u32 = 50_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    let vu: TagSet = [("kind", "crowd")].into_iter().collect();
    for detail in [Detail::Totals, Detail::PerScenarioAndGroup] {
        let plan = MetricPlan::new(Arc::new(Registry::new()), &[], detail);
        let plan = Arc::new(plan.map_err(|errors| format!("{errors:?}"))?);
        let mut recorder = Recorder::new(plan);
        let started = Instant::now();
        for n in 0..REQUESTS {
            record_request(&mut recorder, &vu, n);
        }
        let ns = started.elapsed().as_nanos() / u128::from(REQUESTS);
        let per_sample = ns / REQUEST.len() as u128;
        writeln!(
            out,
            "{detail:?}: {ns} ns per request, {per_sample} ns per sample"
        )?;
    }
    Ok(())
}

fn record_request(recorder: &mut Recorder, vu: &TagSet, n: u32) {
    let ms = f64::from(n.wrapping_mul(2_654_435_761) >> 12) / 65_536.0;
    let mut values = [(builtin::HTTP_REQS, ms); REQUEST.len()];
    for (value, metric) in values.iter_mut().zip(REQUEST) {
        value.0 = metric;
    }
    let scenario = [("scenario", "default"), ("group", "::basket")];
    let own = [
        ("method", "POST"),
        ("url", "http://127.0.0.1:8080/seats/1"),
        ("name", "http://127.0.0.1:8080/seats/1"),
        ("status", "200"),
        ("proto", "HTTP/1.1"),
        ("expected_response", "true"),
    ];
    let layers = [Layer::Slice(&scenario), Layer::Set(vu), Layer::Slice(&own)];
    recorder.record_all(&values, UnixNs(u64::from(n)), &Tags::new(&layers));
    if n.is_multiple_of(REQUESTS_PER_TAKE) {
        drop(recorder.take());
    }
}
