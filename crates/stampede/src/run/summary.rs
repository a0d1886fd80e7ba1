//! The end of a run: what handleSummary makes of it, or our own summary, and the export.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use stampede_js::Level;
use stampede_metrics::summary::{
    MachineFacts, RunFacts, RunSummary, SummaryOptions, TimeUnit, TrendStat, compact_text,
    export_json, full_text, machine_json, script_json,
};
use stampede_metrics::threshold::{Stage, Verdict, judge};
use stampede_plan::RunOptions as Settings;
use stampede_script::{Prepared, RunResult, handle_summary};

use super::log::Log;
use crate::print;

/// The form of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Compact,
    Full,
    Disabled,
}

impl Mode {
    pub(super) fn from_name(name: &str) -> Result<Mode, String> {
        match name {
            "compact" => Ok(Mode::Compact),
            "full" => Ok(Mode::Full),
            "disabled" => Ok(Mode::Disabled),
            other => Err(format!(
                "--summary-mode {other:?} is not known; use compact, full or disabled"
            )),
        }
    }
}

/// Shows and writes the summary; answers how the thresholds were judged.
pub(super) fn show(
    prepared: &Prepared,
    result: &RunResult,
    mode: Mode,
    settings: &Settings,
    log: &Log,
) -> Verdict {
    let metrics = &prepared.metrics;
    let verdict = judge(
        metrics.thresholds(),
        &result.sinks,
        result.duration,
        Stage::Ended,
    );
    let no_colour = settings.no_color.unwrap_or_default();
    let is_stdout_terminal = io::stdout().is_terminal();
    let facts = RunFacts {
        duration: result.duration,
        no_colour,
        is_stdout_terminal,
        is_stderr_terminal: io::stderr().is_terminal(),
        setup_data: result
            .setup_data
            .as_deref()
            .and_then(|json| serde_json::from_str(json).ok()),
        has_named_scenarios: prepared.has_named_scenarios,
    };
    let options = &prepared.options;
    let names = options.summary_trend_stats.iter().flatten();
    let stats: Vec<TrendStat> = names
        .filter_map(|name| TrendStat::parse(name).ok())
        .collect();
    let unit = options.summary_time_unit.as_deref();
    let options = SummaryOptions {
        trend_stats: if stats.is_empty() {
            TrendStat::defaults()
        } else {
            stats
        },
        time_unit: unit
            .and_then(|unit| TimeUnit::parse(unit).ok())
            .unwrap_or(TimeUnit::Auto),
        colours: is_stdout_terminal && !no_colour,
    };
    let summary = RunSummary::new(metrics, &result.sinks, facts, options);
    if mode == Mode::Disabled {
        return verdict;
    }
    let machine = settings.new_machine_readable_summary.unwrap_or_default();
    let machine = machine.then(|| machine_json(&summary, &machine_facts(prepared, mode)));
    if let Some(path) = &settings.summary_export {
        let export = machine.clone().unwrap_or_else(|| export_json(&summary));
        write_file(Path::new(path), export.as_bytes(), log);
    }
    let data = machine.unwrap_or_else(|| script_json(&summary));
    match handle_summary(prepared, data) {
        Ok(Ok(Some(files))) => {
            for (path, bytes) in files {
                write_to(&path, &bytes, log);
            }
            return verdict;
        }
        Ok(Ok(None)) => {}
        Ok(Err(error)) => log.say(Level::Error, &error.full()),
        Err(error) => log.say(
            Level::Error,
            &format!("handleSummary was not called: {error}"),
        ),
    }
    print(&text(&summary, mode));
    verdict
}

fn machine_facts(prepared: &Prepared, mode: Mode) -> MachineFacts {
    let script = prepared.bundle.script();
    MachineFacts {
        script: String::from_utf8_lossy(&script).into_owned(),
        generated_at: jiff::Timestamp::now().to_string(),
        k6_version: super::K6_VERSION.to_owned(),
        is_full: mode == Mode::Full,
    }
}

fn text(summary: &RunSummary, mode: Mode) -> String {
    match mode {
        Mode::Compact => compact_text(summary),
        Mode::Full => full_text(summary),
        Mode::Disabled => String::new(),
    }
}

/// Writes what handleSummary wants written.
fn write_to(path: &str, bytes: &[u8], log: &Log) {
    match path {
        // There is nobody to tell that standard output is gone.
        "stdout" => io::stdout().write_all(bytes).unwrap_or_default(),
        "stderr" => io::stderr().write_all(bytes).unwrap_or_default(),
        path => write_file(Path::new(path), bytes, log),
    }
}

fn write_file(path: &Path, bytes: &[u8], log: &Log) {
    if let Err(error) = std::fs::write(path, bytes) {
        log.say(
            Level::Error,
            &format!(
                "the summary could not be written to {}: {error}",
                path.display()
            ),
        );
    }
}
