//! Runs one of the scripts in `crowds/`, which are part of this program, with stampede.
//!
//! Invariants: nothing is read from the disk; a run that did not go as planned says why.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use stampede_js::{Entry, Files, Level, LogSink, VuLimits};
use stampede_metrics::Detail;
use stampede_metrics::summary::{
    RunFacts, RunSummary, SummaryOptions, TimeUnit, TrendStat, export_json,
};
use stampede_metrics::threshold::{Stage, judge};
use stampede_plan::Levels;
use stampede_script::{
    Ended, Output, OutputThread, Prepared, RunOptions, RunResult, Snapshot, Source, Status, Stop,
    Watch,
};

use super::watch::{Observed, Observer};

/// Where the scripts seem to lie.
const ROOT: &str = "/crowds";

/// The scripts, and what they import, by path below [`ROOT`].
const SCRIPTS: [(&str, &str); 9] = [
    ("cinema.js", include_str!("../../../../crowds/cinema.js")),
    ("concert.js", include_str!("../../../../crowds/concert.js")),
    (
        "order-race.js",
        include_str!("../../../../crowds/order-race.js"),
    ),
    (
        "shop-charge.js",
        include_str!("../../../../crowds/shop-charge.js"),
    ),
    (
        "shop-order.js",
        include_str!("../../../../crowds/shop-order.js"),
    ),
    (
        "shop-pay.js",
        include_str!("../../../../crowds/shop-pay.js"),
    ),
    ("theatre.js", include_str!("../../../../crowds/theatre.js")),
    (
        "lib/profile.js",
        include_str!("../../../../crowds/lib/profile.js"),
    ),
    (
        "lib/server-timing.js",
        include_str!("../../../../crowds/lib/server-timing.js"),
    ),
];

/// Descriptors of this process that are not connections of users.
const DESCRIPTORS_RESERVED: u64 = 64;
/// Warnings and errors of a script that are told; a crowd would repeat the rest.
const LINES_MAX: usize = 10;

/// A script, and what its environment says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ScriptJob {
    pub(super) script: String,
    pub(super) env: BTreeMap<String, String>,
    /// Whether requests and seats are watched one by one; for crowds that are not in a hurry.
    pub(super) is_watched: bool,
}

/// What a script left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ScriptDone {
    /// Why it did not go as planned: how it ended, thresholds that were crossed, lost samples.
    pub(super) problems: Vec<String>,
    /// The first warnings and errors that it logged.
    pub(super) lines: Vec<String>,
    /// Its figures, in the form of `--summary-export`.
    pub(super) summary: Value,
    pub(super) observed: Observed,
    pub(super) duration_ms: u64,
}

impl ScriptDone {
    fn metric(&self, metric: &str, field: &str) -> f64 {
        let value = &self.summary["metrics"][metric][field];
        value.as_f64().unwrap_or_default()
    }

    /// A counter; 0 if nothing was ever added.
    pub(super) fn count(&self, metric: &str) -> u64 {
        whole(self.metric(metric, "count"))
    }

    /// How often a rate was told `true` and `false`.
    pub(super) fn passes_and_fails(&self, metric: &str) -> (u64, u64) {
        let of = |field| whole(self.metric(metric, field));
        (of("passes"), of("fails"))
    }

    /// A figure of a trend in milliseconds, such as `p(95)`, as microseconds.
    pub(super) fn trend_us(&self, metric: &str, figure: &str) -> f64 {
        self.metric(metric, figure) * 1_000.0
    }

    /// How often a check passed and failed.
    pub(super) fn check(&self, name: &str) -> (u64, u64) {
        let check = &self.summary["root_group"]["checks"][name];
        let of = |field: &str| check[field].as_u64().unwrap_or_default();
        (of("passes"), of("fails"))
    }

    /// What a counter grew by in each second.
    pub(super) fn rate(&self, metric: &str) -> f64 {
        self.metric(metric, "rate")
    }

    /// Requests per second of the whole run.
    pub(super) fn requests_per_second(&self) -> f64 {
        self.rate("http_reqs")
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count, far below 2^53"
)]
fn whole(count: f64) -> u64 {
    count.round() as u64
}

/// The scripts in place of a disk.
#[derive(Debug)]
struct Embedded;

impl Files for Embedded {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let below = path.strip_prefix(ROOT).ok().and_then(Path::to_str);
        let found = SCRIPTS.iter().find(|(name, _)| Some(*name) == below);
        match found {
            Some((_, text)) => Ok(text.as_bytes().to_vec()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Keeps the first lines that tell of something wrong.
#[derive(Debug, Default)]
struct Wrongs(Mutex<Vec<String>>);

impl LogSink for Wrongs {
    fn log(&self, entry: &Entry<'_>) {
        if matches!(entry.level, Level::Warn | Level::Error) {
            let mut lines = self.0.lock().expect("no thread panics while it writes");
            if lines.len() < LINES_MAX {
                lines.push(entry.message.to_owned());
            }
        }
    }
}

/// Whoever started this process looks at the end alone.
struct Unwatched;

impl Watch for Unwatched {
    fn tick(&self, _status: &Status, _now: Snapshot) {}
}

/// Runs a script to its end. Blocks.
pub(super) fn run(job: &ScriptJob) -> anyhow::Result<ScriptDone> {
    let log = Arc::new(Wrongs::default());
    let prepared = prepare(job, &log)?;
    let users = prepared.plan.max_vus();
    let may_open = stampede_run::raise_connection_limit();
    anyhow::ensure!(
        users + DESCRIPTORS_RESERVED <= may_open,
        "{users} users need more connections than the {may_open} that this process may open; \
         raise the limit with `ulimit -n`"
    );
    let observer = Observer::new(prepared.metrics.registry());
    let observed = observer.observed();
    let outputs: Vec<Box<dyn Output>> = if job.is_watched {
        vec![Box::new(observer)]
    } else {
        Vec::new()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = RunOptions {
        workers_max: cores,
        no_setup: false,
        no_teardown: false,
        outputs: OutputThread::start(outputs)?,
    };
    let result = stampede_script::run(&prepared, options, &Stop::new(), Rc::new(Unwatched))?;
    let summary = export_json(&summary(&prepared, &result));
    let lines = std::mem::take(&mut *log.0.lock().expect("the workers have ended"));
    let observed = std::mem::take(&mut *observed.lock().expect("the outputs have ended"));
    Ok(ScriptDone {
        problems: problems(&prepared, &result),
        lines,
        summary: serde_json::from_str(&summary).context("the summary is no JSON")?,
        observed: observed.judged(),
        duration_ms: u64::try_from(result.duration.as_millis()).unwrap_or(u64::MAX),
    })
}

fn prepare(job: &ScriptJob, log: &Arc<Wrongs>) -> anyhow::Result<Prepared> {
    let source = Source {
        path: PathBuf::from(ROOT).join(&job.script),
        text: None,
        options: None,
        env: job.env.clone(),
        files: Arc::new(Embedded),
        log: Arc::clone(log) as _,
        secrets: stampede_js::Secrets::default(),
        compatibility: stampede_js::Compatibility::Extended,
        limits: VuLimits::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let loading = Prepared::load(source, Levels::default(), true, Detail::Totals);
    runtime
        .block_on(loading)
        .with_context(|| format!("crowds/{} cannot be loaded", job.script))
}

fn summary(prepared: &Prepared, result: &RunResult) -> RunSummary {
    let facts = RunFacts {
        duration: result.duration,
        no_colour: true,
        is_stdout_terminal: false,
        is_stderr_terminal: false,
        setup_data: None,
        has_named_scenarios: prepared.has_named_scenarios,
    };
    let options = SummaryOptions {
        trend_stats: TrendStat::defaults(),
        time_unit: TimeUnit::Auto,
        colours: false,
    };
    RunSummary::new(&prepared.metrics, &result.sinks, facts, options)
}

/// Everything that keeps a run from counting as passed.
fn problems(prepared: &Prepared, result: &RunResult) -> Vec<String> {
    let mut problems = result.output_problems.clone();
    match &result.ended {
        Ended::AsPlanned => {}
        Ended::NoUsers(error) | Ended::Setup(error) | Ended::Teardown(error) => {
            problems.push(error.full());
        }
        other => problems.push(format!("it ended early: {other:?}")),
    }
    let thresholds = prepared.metrics.thresholds();
    let verdict = judge(thresholds, &result.sinks, result.duration, Stage::Ended);
    problems.extend(verdict.crossed().map(|name| format!("threshold on {name}")));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_of_the_demo_loads_from_within_the_program() {
        for (script, _) in SCRIPTS.iter().filter(|(name, _)| !name.contains('/')) {
            let job = ScriptJob {
                script: (*script).to_owned(),
                env: BTreeMap::from([("SCALE".to_owned(), "0.01".to_owned())]),
                is_watched: false,
            };
            let prepared = prepare(&job, &Arc::default()).unwrap();
            assert!(prepared.plan.max_vus() > 0, "{script}");
            assert!(!prepared.metrics.thresholds().is_empty(), "{script}");
        }
    }

    #[test]
    fn what_is_no_part_of_the_program_is_not_there() {
        for path in ["/crowds/opera.js", "/etc/passwd", "/crowds/../etc/passwd"] {
            let error = Embedded.read(Path::new(path)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{path}");
        }
    }
}
