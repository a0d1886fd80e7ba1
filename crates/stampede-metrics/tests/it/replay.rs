//! Replays raw points, as `--out json` writes them, through a recorder.
//!
//! Facts about a run that points do not tell are a JSON object with `durationMs`, `thresholds`,
//! `trendStats`, `timeUnit`, `namedScenarios`, `colours` and `metrics` (those without a point, as
//! `"name": ["trend", "time"]`), all optional.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stampede_metrics::summary::{RunFacts, RunSummary, SummaryOptions, TimeUnit, TrendStat};
use stampede_metrics::threshold::{ThresholdConfig, ThresholdRule};
use stampede_metrics::{
    Contains, Detail, Layer, MetricId, MetricKind, MetricPlan, Recorder, Registry, Sample,
    SampleSink, Tag, Tags, UnixNs,
};

pub(crate) type Failure = Box<dyn std::error::Error>;

/// A replayed run.
pub(crate) struct Replay {
    pub(crate) plan: Arc<MetricPlan>,
    pub(crate) summary: RunSummary,
    /// Every point again, as a sample.
    pub(crate) samples: Vec<Sample>,
}

struct Collect(Rc<RefCell<Vec<Sample>>>);

impl SampleSink for Collect {
    fn push(&mut self, sample: Sample) {
        self.0.borrow_mut().push(sample);
    }
}

/// Replays the points of a run.
pub(crate) fn replay(points: &str, facts: &Value, detail: Detail) -> Result<Replay, Failure> {
    let lines: Vec<Value> = points
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let registry = Arc::new(Registry::new());
    let ids = register(&registry, &lines, facts)?;
    let thresholds = thresholds(&facts["thresholds"])?;
    let plan = MetricPlan::new(registry, &thresholds, detail);
    let plan = Arc::new(plan.map_err(|errors| format!("{errors:?}"))?);
    let samples = Rc::new(RefCell::new(Vec::new()));
    let mut recorder =
        Recorder::new(Arc::clone(&plan)).with_output(Box::new(Collect(Rc::clone(&samples))));
    for line in lines.iter().filter(|line| line["type"] == "Point") {
        record(&mut recorder, &ids, line)?;
    }
    let summary = RunSummary::new(
        &plan,
        &recorder.take(),
        RunFacts {
            duration: Duration::from_secs_f64(facts["durationMs"].as_f64().unwrap_or(0.0) / 1e3),
            has_named_scenarios: facts["namedScenarios"].as_bool().unwrap_or(false),
            setup_data: facts.get("setupData").cloned(),
            ..RunFacts::default()
        },
        options(facts)?,
    );
    drop(recorder);
    Ok(Replay {
        plan,
        summary,
        samples: samples.take(),
    })
}

fn register<'a>(
    registry: &Registry,
    lines: &'a [Value],
    facts: &Value,
) -> Result<HashMap<&'a str, MetricId>, Failure> {
    let mut ids = HashMap::new();
    for line in lines.iter().filter(|line| line["type"] == "Metric") {
        let kind: MetricKind = serde_json::from_value(line["data"]["type"].clone())?;
        let contains: Contains = serde_json::from_value(line["data"]["contains"].clone())?;
        let name = line["metric"].as_str().ok_or("a metric has no name")?;
        ids.insert(name, registry.register(name, kind, contains)?);
    }
    for (name, definition) in facts["metrics"].as_object().into_iter().flatten() {
        let kind: MetricKind = serde_json::from_value(definition[0].clone())?;
        let contains: Contains = serde_json::from_value(definition[1].clone())?;
        registry.register(name, kind, contains)?;
    }
    Ok(ids)
}

fn record(
    recorder: &mut Recorder,
    ids: &HashMap<&str, MetricId>,
    line: &Value,
) -> Result<(), Failure> {
    let data = &line["data"];
    let tags = pairs(&data["tags"]);
    let metadata = pairs(&data["metadata"]);
    let name = line["metric"].as_str().ok_or("a point has no metric")?;
    let value = data["value"].as_f64().ok_or("a point has no value")?;
    let time: jiff::Timestamp = data["time"]
        .as_str()
        .ok_or("a point has no time")?
        .parse()?;
    let tags = [Layer::Slice(&tags)];
    let metadata = [Layer::Slice(&metadata)];
    recorder.record(
        ids[name],
        value,
        UnixNs(u64::try_from(time.as_nanosecond())?),
        &Tags::new(&tags).with_metadata(&metadata),
    );
    Ok(())
}

fn pairs(object: &Value) -> Vec<Tag<'_>> {
    let pairs = object.as_object().into_iter().flatten();
    pairs
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect()
}

fn options(facts: &Value) -> Result<SummaryOptions, Failure> {
    let mut options = SummaryOptions {
        time_unit: TimeUnit::parse(facts["timeUnit"].as_str().unwrap_or(""))?,
        colours: facts["colours"].as_bool().unwrap_or(false),
        ..SummaryOptions::default()
    };
    if let Some(stats) = facts["trendStats"].as_array() {
        let names = stats.iter().filter_map(Value::as_str);
        options.trend_stats = names.map(TrendStat::parse).collect::<Result<_, _>>()?;
    }
    Ok(options)
}

fn thresholds(given: &Value) -> Result<Vec<ThresholdConfig>, Failure> {
    let mut configs = Vec::new();
    for (key, rules) in given.as_object().into_iter().flatten() {
        let rules = rules.as_array().ok_or("thresholds are lists")?.iter();
        let rules = rules.map(|rule| {
            let source = rule.as_str().or_else(|| rule["threshold"].as_str());
            let mut parsed = ThresholdRule::new(source.ok_or("a rule has no text")?);
            parsed.abort_on_fail = rule["abortOnFail"].as_bool().unwrap_or(false);
            Ok::<ThresholdRule, Failure>(parsed)
        });
        configs.push(ThresholdConfig {
            key: key.clone(),
            rules: rules.collect::<Result<_, _>>()?,
        });
    }
    Ok(configs)
}
