//! Replays raw points, as `--out json` writes them, and prints what we make of them.
//!
//! Usage: `replay_points POINTS FACTS compact|full|export|script|json|csv|influx`, or
//! `replay_points DATA OPTIONS legacy` for the older text of a script's data. It shows whether our
//! summary of another tool's samples equals that tool's own.

#[path = "../tests/it/replay.rs"]
mod replay;

use std::io::Write as _;

use replay::{Failure, replay};
use serde_json::Value;
use stampede_metrics::Detail;
use stampede_metrics::output::{CsvWriter, InfluxWriter, JsonWriter, TimeFormat};
use stampede_metrics::summary::{
    LegacyOptions, TimeUnit, compact_text, export_json, full_text, legacy_text, script_json,
};

const USAGE: &str = "usage: replay_points POINTS FACTS compact|full|export|script|json|csv|influx";

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().collect();
    let [_, points, facts, mode] = args.as_slice() else {
        return Err(USAGE.into());
    };
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(facts)?)?;
    let points = std::fs::read_to_string(points)?;
    let bytes = if mode == "legacy" {
        legacy(&serde_json::from_str(&points)?, &facts)?.into_bytes()
    } else {
        written(&points, &facts, mode)?
    };
    std::io::stdout().write_all(&bytes)?;
    Ok(())
}

fn written(points: &str, facts: &Value, mode: &str) -> Result<Vec<u8>, Failure> {
    let detail = match mode {
        "full" => Detail::PerScenarioAndGroup,
        _ => Detail::Totals,
    };
    let run = replay(points, facts, detail)?;
    let mut out = Vec::new();
    match mode {
        "compact" => out.extend(compact_text(&run.summary).into_bytes()),
        "full" => out.extend(full_text(&run.summary).into_bytes()),
        "export" => out.extend(export_json(&run.summary).into_bytes()),
        "script" => out.extend(script_json(&run.summary).into_bytes()),
        "json" => {
            let mut writer = JsonWriter::new(run.plan);
            for sample in &run.samples {
                writer.write(sample, &mut out);
            }
        }
        "csv" => {
            let columns = facts["systemTags"].as_array().into_iter().flatten();
            let columns: Vec<&str> = columns.filter_map(Value::as_str).collect();
            let mut writer = CsvWriter::new(run.plan, &columns, TimeFormat::Unix);
            writer.write_header(&mut out);
            for sample in &run.samples {
                writer.write(sample, &mut out);
            }
        }
        "influx" => {
            let mut writer = InfluxWriter::new(run.plan, None)?;
            for sample in &run.samples {
                writer.write(sample, &mut out);
            }
        }
        _ => return Err(USAGE.into()),
    }
    Ok(out)
}

fn legacy(data: &Value, given: &Value) -> Result<String, Failure> {
    let mut options = LegacyOptions::default();
    if let Some(indent) = given["indent"].as_str() {
        indent.clone_into(&mut options.indent);
    }
    if let Some(colours) = given["enableColors"].as_bool() {
        options.colours = colours;
    }
    if let Some(unit) = given["summaryTimeUnit"].as_str() {
        options.time_unit = Some(TimeUnit::parse(unit)?);
    }
    if let Some(stats) = given["summaryTrendStats"].as_array() {
        let names = stats.iter().filter_map(Value::as_str);
        options.trend_stats = Some(names.map(str::to_owned).collect());
    }
    Ok(legacy_text(data, &options)?)
}
