//! Replays raw points, as `--out json` writes them, and prints the summary of such a run.
//!
//! Usage: `replay_points POINTS FACTS compact|full|export|script`. It shows whether our summary of
//! the samples of another tool equals that tool's own. FACTS is a JSON object with `durationMs`,
//! `thresholds`, `trendStats`, `timeUnit`, `namedScenarios` and `colours`, all optional.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use stampede_metrics::summary::{
    RunFacts, RunSummary, SummaryOptions, TimeUnit, TrendStat, compact_text, export_json,
    full_text, script_json,
};
use stampede_metrics::threshold::{ThresholdConfig, ThresholdRule};
use stampede_metrics::{
    Contains, Detail, Layer, MetricId, MetricKind, MetricPlan, Recorder, Registry, Tags, UnixNs,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let [_, points, facts, mode] = args.as_slice() else {
        return Err("usage: replay_points POINTS FACTS compact|full|export|script".into());
    };
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(facts)?)?;
    let lines: Vec<Value> = std::fs::read_to_string(points)?
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let summary = replay(&lines, &facts, mode)?;
    let text = match mode.as_str() {
        "compact" => compact_text(&summary),
        "full" => full_text(&summary),
        "export" => export_json(&summary),
        "script" => script_json(&summary),
        other => return Err(format!("unknown mode '{other}'").into()),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}

fn replay(lines: &[Value], facts: &Value, mode: &str) -> Result<RunSummary, Failure> {
    let registry = Arc::new(Registry::new());
    let mut ids: HashMap<&str, MetricId> = HashMap::new();
    for line in lines.iter().filter(|line| line["type"] == "Metric") {
        let kind: MetricKind = serde_json::from_value(line["data"]["type"].clone())?;
        let contains: Contains = serde_json::from_value(line["data"]["contains"].clone())?;
        let name = line["metric"].as_str().ok_or("a metric has no name")?;
        ids.insert(name, registry.register(name, kind, contains)?);
    }
    let detail = match mode {
        "full" => Detail::PerScenarioAndGroup,
        _ => Detail::Totals,
    };
    let thresholds = thresholds(&facts["thresholds"])?;
    let plan = Arc::new(
        MetricPlan::new(registry, &thresholds, detail).map_err(|errors| format!("{errors:?}"))?,
    );
    let mut recorder = Recorder::new(Arc::clone(&plan));
    for (order, line) in lines.iter().enumerate() {
        if line["type"] != "Point" {
            continue;
        }
        let data = &line["data"];
        let tags: Vec<(&str, &str)> = data["tags"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        let name = line["metric"].as_str().ok_or("a point has no metric")?;
        let value = data["value"].as_f64().ok_or("a point has no value")?;
        // The file is in order of time, and only the order matters here.
        let at = UnixNs(order as u64);
        recorder.record(ids[name], value, at, &Tags::new(&[Layer::Slice(&tags)]));
    }
    let run_facts = RunFacts {
        duration: Duration::from_secs_f64(facts["durationMs"].as_f64().unwrap_or(0.0) / 1_000.0),
        has_named_scenarios: facts["namedScenarios"].as_bool().unwrap_or(false),
        ..RunFacts::default()
    };
    let mut options = SummaryOptions {
        time_unit: TimeUnit::parse(facts["timeUnit"].as_str().unwrap_or(""))?,
        colours: facts["colours"].as_bool().unwrap_or(false),
        ..SummaryOptions::default()
    };
    if let Some(stats) = facts["trendStats"].as_array() {
        let names = stats.iter().filter_map(Value::as_str);
        options.trend_stats = names.map(TrendStat::parse).collect::<Result<_, _>>()?;
    }
    Ok(RunSummary::new(&plan, &recorder.take(), run_facts, options))
}

fn thresholds(given: &Value) -> Result<Vec<ThresholdConfig>, Failure> {
    let mut configs = Vec::new();
    for (key, rules) in given.as_object().into_iter().flatten() {
        let rules = rules.as_array().ok_or("thresholds are lists")?.iter();
        let rules = rules.map(|rule| {
            let source = rule.as_str().or_else(|| rule["threshold"].as_str());
            source.map(ThresholdRule::new).ok_or("a rule has no text")
        });
        configs.push(ThresholdConfig {
            key: key.clone(),
            rules: rules.collect::<Result<_, _>>()?,
        });
    }
    Ok(configs)
}
