//! Thresholds from their configuration to the verdict.

use std::sync::Arc;
use std::time::Duration;

use stampede_metrics::summary::{RunFacts, RunSummary, SummaryOptions, compact_text};
use stampede_metrics::threshold::{Stage, ThresholdConfig, ThresholdRule, judge};
use stampede_metrics::{
    Contains, Detail, Layer, MetricKind, MetricPlan, Recorder, Registry, Tags, UnixNs,
};

fn registry() -> Arc<Registry> {
    let registry = Registry::new();
    for (name, kind) in [
        ("count_of", MetricKind::Counter),
        ("level", MetricKind::Gauge),
        ("share", MetricKind::Rate),
        ("wait", MetricKind::Trend),
    ] {
        registry.register(name, kind, Contains::Default).unwrap();
    }
    Arc::new(registry)
}

fn config(key: &str, expression: &str) -> ThresholdConfig {
    ThresholdConfig {
        key: key.to_owned(),
        rules: vec![ThresholdRule::new(expression)],
    }
}

/// Judges one threshold on a series with the samples 2, 4 and 9 (a rate: true, false, true).
fn verdict(key: &str, expression: &str) -> bool {
    let plan = MetricPlan::new(registry(), &[config(key, expression)], Detail::Totals);
    let plan = Arc::new(plan.unwrap_or_else(|errors| panic!("{errors:?}")));
    let mut recorder = Recorder::new(Arc::clone(&plan));
    let layers = [Layer::Slice(&[("group", "::a"), ("seat", "14C")])];
    let tags = Tags::new(&layers);
    for value in [2.0, 4.0, 9.0] {
        for name in ["count_of", "level", "wait"] {
            let id = plan.registry().find(name).unwrap().id;
            recorder.record(id, value, UnixNs(1), &tags);
        }
        let share = plan.registry().find("share").unwrap().id;
        recorder.record(share, f64::from(value != 4.0), UnixNs(1), &tags);
    }
    let sinks = recorder.take();
    let elapsed = Duration::from_secs(10);
    judge(plan.thresholds(), &sinks, elapsed, Stage::Ended).ok()
}

#[test]
fn every_method_and_operator_is_judged() {
    for (key, expression, expected) in [
        ("count_of", "count==15", true),
        ("count_of", "count === 15", true),
        ("count_of", "count!=15", false),
        ("count_of", "rate>1.4", true),
        ("count_of", "rate<1.5", false),
        ("count_of", "rate<=1.5", true),
        ("level", "value>=9", true),
        ("level", "value>9", false),
        ("share", "rate>0.66", true),
        ("share", "rate>.67", false),
        ("wait", "avg==5", true),
        ("wait", "min<2", false),
        ("wait", "max<=9", true),
        ("wait", "med==4", true),
        ("wait", "p(75)==6.5", true),
        ("wait", " p(50) <  1e3 ", true),
        ("wait", "p(0)>-1", true),
        ("wait", "p(99.99)<+9", true),
    ] {
        assert_eq!(verdict(key, expression), expected, "{key} {expression}");
    }
}

#[test]
fn a_submetric_counts_the_samples_with_its_tags() {
    for (key, expected) in [
        ("count_of{seat:14C}", true),
        ("count_of{group:::a}", true),
        ("count_of{ seat : 14C , group:::a}", true),
        ("count_of{seat:\"14C\"}", true),
        ("count_of{seat:'14C'}", true),
        ("count_of{seat:14D}", false),
        ("count_of{seat:14C,row:2}", false),
        ("count_of{seat:{14C}}", false),
    ] {
        assert_eq!(verdict(key, "count==15"), expected, "{key}");
    }
}

#[test]
fn every_problem_is_reported_at_once_and_names_what_is_accepted() {
    let configs = [
        config("count_of", "avg<1"),
        config("level", "value"),
        config("missing", "count>1"),
        config("share", "rate<1%"),
        config("share{}", "rate<1"),
        config("wait", "p(101)<1"),
        config("wait{a:1", "avg<1"),
        config("wait{a:}", "avg<1"),
        config("wait{a}", "avg<1"),
        config("wait{b:1}", "median<1"),
        config("wait{c:1}", "p(95)=<1"),
        config("wait{d:1}", "p( 95 )<1"),
        config("wait{e:1}x", "avg<1"),
    ];
    let errors = MetricPlan::new(registry(), &configs, Detail::Totals).unwrap_err();
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let shape = "write a method, one of < <= > >= == === !=, and a number, such as p(95)<500";
    let tag = "between the braces write tag:value pairs with a comma between them, none empty";
    let braces = "its braces do not match; write metric or metric{tag:value,tag:value}";
    let percentile = "is no percentile; write p(N) with a number N from 0 to 100, such as p(99.9)";
    let method = "is no method; use count, rate, value, avg, min, max, med or p(N)";
    assert_eq!(
        messages,
        [
            "threshold 'avg<1' on 'count_of': a counter has no such figure; use count or rate"
                .to_owned(),
            format!("threshold 'value' on 'level': {shape}"),
            "threshold on 'missing': there is no metric 'missing'; custom metrics must be created \
             in the init context, before the run starts"
                .to_owned(),
            "threshold 'rate<1%' on 'share': '1%' is no number; durations are plain numbers of \
             milliseconds"
                .to_owned(),
            format!("threshold on 'share{{}}': {tag}"),
            format!("threshold 'p(101)<1' on 'wait': '101' {percentile}"),
            format!("threshold on 'wait{{a:1': {braces}"),
            format!("threshold on 'wait{{a:}}': {tag}"),
            format!("threshold on 'wait{{a}}': {tag}"),
            format!("threshold 'median<1' on 'wait{{b:1}}': 'median' {method}"),
            format!("threshold 'p(95)=<1' on 'wait{{c:1}}': 'p(95)=' {method}"),
            format!("threshold 'p( 95 )<1' on 'wait{{d:1}}': ' 95 ' {percentile}"),
            format!("threshold on 'wait{{e:1}}x': {braces}"),
        ]
    );
}

#[test]
fn a_series_without_samples_is_zero_in_the_end_but_a_rate_holds() {
    let configs = [
        config("count_of", "count>0"),
        config("level", "value>0"),
        config("share", "rate>0.5"),
        config("wait", "avg<1"),
        config("wait{a:1}", "avg>0"),
    ];
    let plan = MetricPlan::new(registry(), &configs, Detail::Totals).unwrap();
    let mut recorder = Recorder::new(Arc::new(plan));
    let sinks = recorder.take();
    let plan = MetricPlan::new(registry(), &configs, Detail::Totals).unwrap();
    let at = Duration::from_secs(4);
    let running = judge(plan.thresholds(), &sinks, at, Stage::Running);
    assert!(running.ok(), "nothing to judge yet");
    let ended = judge(plan.thresholds(), &sinks, at, Stage::Ended);
    let crossed: Vec<&str> = ended.crossed().collect();
    assert_eq!(crossed, ["count_of", "level", "wait{a:1}"]);
}

#[test]
fn blanks_at_the_braces_are_no_part_of_a_name() {
    let configs = [
        config("count_of{ seat : 14C }", "count>0"),
        config("count_of{seat : 14C}", "count<9"),
    ];
    let plan = MetricPlan::new(registry(), &configs, Detail::Totals).unwrap();
    let names: Vec<&str> = plan.thresholds().iter().map(|one| &*one.key).collect();
    assert_eq!(names, ["count_of{seat : 14C}"], "both keys mean one series");
    assert_eq!(plan.thresholds()[0].rules.len(), 2);
    let submetrics = plan.submetrics().iter().map(|one| &*one.name);
    assert_eq!(
        submetrics.filter(|name| name.starts_with("count")).count(),
        1
    );
}

#[test]
fn the_text_shows_unequal_as_k6_does() {
    let expressions = [
        ("count_of", "count!=3", "\u{2713} 'count!=3' count!=0.25/s"),
        ("level", "value!=1", "\u{2717} 'value!=1' value!=1"),
        ("level", "value != 2", "\u{2713} 'value != 2' value !=1"),
        ("share", "rate!=0.5", "\u{2713} 'rate!=0.5' rate!=100.00%"),
        ("wait", "avg!=5", "\u{2713} 'avg!=5' avg!="),
        ("wait", "avg<5", "\u{2713} 'avg<5' avg=1"),
    ];
    for (key, expression, expected) in expressions {
        let plan = MetricPlan::new(registry(), &[config(key, expression)], Detail::Totals);
        let plan = plan.unwrap();
        let id = plan.registry().find(key).unwrap().id;
        let plan = Arc::new(plan);
        let mut recorder = Recorder::new(Arc::clone(&plan));
        recorder.record(id, 1.0, UnixNs(1), &Tags::NONE);
        let facts = RunFacts {
            duration: Duration::from_secs(4),
            ..RunFacts::default()
        };
        let options = SummaryOptions::default();
        let summary = RunSummary::new(&plan, &recorder.take(), facts, options);
        let text = compact_text(&summary);
        let line = text.lines().find(|line| line.contains(expression)).unwrap();
        assert_eq!(line.trim(), expected);
    }
}

#[test]
fn a_broken_rule_ends_the_run_once_its_delay_is_over() {
    let mut patient = ThresholdRule::new("count<1");
    patient.abort_on_fail = true;
    patient.delay_abort_eval = Duration::from_secs(3);
    let configs = [ThresholdConfig {
        key: "count_of".to_owned(),
        rules: vec![ThresholdRule::new("count<1"), patient],
    }];
    let plan = Arc::new(MetricPlan::new(registry(), &configs, Detail::Totals).unwrap());
    let mut recorder = Recorder::new(Arc::clone(&plan));
    let id = plan.registry().find("count_of").unwrap().id;
    recorder.record(id, 1.0, UnixNs(1), &Tags::NONE);
    let sinks = recorder.take();
    for (at_s, expected) in [(2, false), (3, true), (4, true)] {
        let at = Duration::from_secs(at_s);
        let verdict = judge(plan.thresholds(), &sinks, at, Stage::Running);
        assert!(!verdict.ok());
        assert_eq!(verdict.abort, expected, "after {at_s} s");
    }
}
