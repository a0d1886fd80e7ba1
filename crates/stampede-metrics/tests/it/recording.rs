//! What recorders hand over, and that it adds up.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use stampede_metrics::summary::{RunFacts, RunSummary, SummaryOptions, full_text};
use stampede_metrics::threshold::{ThresholdConfig, ThresholdRule};
use stampede_metrics::{
    CHECKS_PER_GROUP_MAX, Contains, Detail, GROUPS_MAX, Layer, MetricKind, MetricPlan, Recorder,
    Registry, Sample, SampleSink, SeriesId, Sink, Tags, UnixNs, builtin,
};

fn plan(detail: Detail) -> Arc<MetricPlan> {
    let thresholds = [ThresholdConfig {
        key: "http_reqs{status:409}".to_owned(),
        rules: vec![ThresholdRule::new("count>0")],
    }];
    let plan = MetricPlan::new(Arc::new(Registry::new()), &thresholds, detail);
    Arc::new(plan.unwrap_or_else(|errors| panic!("{errors:?}")))
}

/// A run's n-th request, with a check, in one of two scenarios and three groups.
fn record_request(recorder: &mut Recorder, n: u64) {
    let scenario = ["crowd", "late"][usize::try_from(n % 2).unwrap()];
    let group = ["", "::basket", "::basket::pay"][usize::try_from(n % 3).unwrap()];
    let status = if n.is_multiple_of(5) { "409" } else { "200" };
    let url = format!("http://127.0.0.1:8080/seats/{n}");
    let vu = [("scenario", scenario), ("group", group)];
    let own = [("status", status), ("url", &*url)];
    let layers = [Layer::Slice(&vu), Layer::Slice(&own)];
    let ms = f64::from(u32::try_from(n * 7_919 % 1_000).unwrap()) / 8.0;
    recorder.record_all(
        &[
            (builtin::HTTP_REQS, 1.0),
            (builtin::HTTP_REQ_DURATION, ms),
            (builtin::HTTP_REQ_FAILED, f64::from(status == "409")),
        ],
        UnixNs(n),
        &Tags::new(&layers),
    );
    let check = [(
        "check",
        if n.is_multiple_of(4) {
            "held"
        } else {
            "answered"
        },
    )];
    let layers = [Layer::Slice(&vu), Layer::Slice(&check)];
    let passed = f64::from(!n.is_multiple_of(7));
    recorder.record(builtin::CHECKS, passed, UnixNs(n), &Tags::new(&layers));
    recorder.record(builtin::VUS, ms, UnixNs(n), &Tags::NONE);
}

fn text_of(plan: &MetricPlan, sinks: &stampede_metrics::Sinks) -> String {
    let facts = RunFacts {
        duration: Duration::from_secs(10),
        has_named_scenarios: true,
        ..RunFacts::default()
    };
    let summary = RunSummary::new(plan, sinks, facts, SummaryOptions::default());
    full_text(&summary)
}

#[test]
fn many_recorders_together_equal_one() {
    let plan = plan(Detail::PerScenarioAndGroup);
    let mut alone = Recorder::new(Arc::clone(&plan));
    let mut workers: Vec<Recorder> = (0..3).map(|_| Recorder::new(Arc::clone(&plan))).collect();
    let mut total = stampede_metrics::Sinks::new(&plan);
    for n in 0..6_000 {
        record_request(&mut alone, n);
        let worker = usize::try_from(n * n % 3).unwrap();
        record_request(&mut workers[worker], n);
        if n % 500 == 0 {
            for worker in workers.iter_mut().rev() {
                total.merge(&worker.take());
            }
        }
    }
    for worker in &mut workers {
        total.merge(&worker.take());
    }
    let expected = text_of(&plan, &alone.take());
    assert_eq!(text_of(&plan, &total), expected);
    assert!(expected.contains("{ status:409 }"), "{expected}");
    assert!(expected.contains("GROUP: pay"), "{expected}");
}

#[test]
fn what_was_taken_is_gone() {
    let plan = plan(Detail::Totals);
    let mut recorder = Recorder::new(Arc::clone(&plan));
    record_request(&mut recorder, 1);
    assert_eq!(
        recorder
            .take()
            .metric(builtin::HTTP_REQS)
            .unwrap()
            .samples(),
        1
    );
    let second = recorder.take();
    assert_eq!(second.metric(builtin::HTTP_REQS).unwrap().samples(), 0);
    assert!(second.checks().is_empty());
}

#[test]
fn values_that_are_not_finite_are_dropped() {
    let mut recorder = Recorder::new(plan(Detail::PerScenarioAndGroup));
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3.0] {
        recorder.record(builtin::ITERATION_DURATION, value, UnixNs(1), &Tags::NONE);
    }
    let sinks = recorder.take();
    let Some(Sink::Trend(trend)) = sinks.metric(builtin::ITERATION_DURATION) else {
        panic!("a trend has a trend's sink")
    };
    assert_eq!((trend.count(), trend.max()), (1, 3.0));
}

#[test]
fn a_metric_that_is_registered_late_is_recorded() {
    let plan = plan(Detail::Totals);
    let mut recorder = Recorder::new(Arc::clone(&plan));
    let mut total = stampede_metrics::Sinks::new(&plan);
    let late = plan
        .registry()
        .register("late_one", MetricKind::Counter, Contains::Default)
        .unwrap();
    assert!(total.series(SeriesId::Metric(late)).is_none());
    recorder.record(late, 2.0, UnixNs(1), &Tags::NONE);
    total.merge(&recorder.take());
    recorder.record(late, 3.0, UnixNs(2), &Tags::NONE);
    total.merge(&recorder.take());
    let Some(Sink::Counter(counter)) = total.metric(late) else {
        panic!("a counter has a counter's sink")
    };
    assert_eq!((counter.value, counter.samples), (5.0, 2));
}

#[test]
fn too_many_groups_and_checks_are_counted_but_not_listed() {
    let mut recorder = Recorder::new(plan(Detail::PerScenarioAndGroup));
    for n in 0..GROUPS_MAX + 10 {
        let group = format!("::g{n}");
        let tags = [Layer::Slice(&[("group", &*group), ("check", "ok")])];
        recorder.record(builtin::CHECKS, 1.0, UnixNs(1), &Tags::new(&tags));
    }
    for n in 0..CHECKS_PER_GROUP_MAX + 20 {
        let check = format!("c{n}");
        let tags = [Layer::Slice(&[("group", "::g0"), ("check", &*check)])];
        recorder.record(builtin::CHECKS, 1.0, UnixNs(2), &Tags::new(&tags));
    }
    let sinks = recorder.take();
    let listed = GROUPS_MAX + CHECKS_PER_GROUP_MAX - 1;
    assert_eq!(sinks.checks().list().len(), listed);
    assert_eq!(sinks.checks().overflow(), 10 + 21);
    let all = (listed + 31) as u64;
    assert_eq!(sinks.metric(builtin::CHECKS).unwrap().samples(), all);
}

struct Collect(Rc<RefCell<Vec<Sample>>>);

impl SampleSink for Collect {
    fn push(&mut self, sample: Sample) {
        self.0.borrow_mut().push(sample);
    }
}

#[test]
fn an_output_gets_every_sample_and_one_request_shares_its_tags() {
    let samples = Rc::new(RefCell::new(Vec::new()));
    let output = Box::new(Collect(Rc::clone(&samples)));
    let mut recorder = Recorder::new(plan(Detail::Totals)).with_output(output);
    assert!(recorder.has_output());
    record_request(&mut recorder, 5);
    let samples = samples.borrow();
    let metrics: Vec<_> = samples.iter().map(|sample| sample.metric).collect();
    assert_eq!(
        metrics,
        [
            builtin::HTTP_REQS,
            builtin::HTTP_REQ_DURATION,
            builtin::HTTP_REQ_FAILED,
            builtin::CHECKS,
            builtin::VUS
        ]
    );
    assert!(Arc::ptr_eq(&samples[0].tags, &samples[2].tags));
    let tags: Vec<(&str, &str)> = samples[0]
        .tags
        .tags
        .iter()
        .map(|(name, value)| (&**name, &**value))
        .collect();
    assert_eq!(
        tags,
        [
            ("group", "::basket::pay"),
            ("scenario", "late"),
            ("status", "409"),
            ("url", "http://127.0.0.1:8080/seats/5")
        ]
    );
}
