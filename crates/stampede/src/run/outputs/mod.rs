//! The outputs of `--out`, by k6's names.
//!
//! Invariant: every output that cannot be had is reported before the run, all at once.

mod file;
mod grpc;
mod influxdb;
mod opentelemetry;
mod prometheus;
mod push;
mod settings;

use std::collections::BTreeMap;
use std::sync::Arc;

use stampede_metrics::MetricPlan;
use stampede_script::Output;

use super::log::Log;
use crate::exit::Exit;
use settings::Variables;

/// What k6 names and we do not write, with what to use instead.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "cloud",
        "results are not sent to a cloud service; use json=FILE, csv=FILE or --summary-export FILE",
    ),
    (
        "statsd",
        "this output is not built in; use influxdb=URL/DB, opentelemetry or \
         experimental-prometheus-rw",
    ),
    (
        "web-dashboard",
        "the report is not built in yet; use --summary-export FILE",
    ),
    (
        "dashboard",
        "the report is not built in yet; use --summary-export FILE",
    ),
];

/// The outputs that are there, for messages.
const KNOWN: &str = "json=FILE, csv=FILE, influxdb=URL/DB, opentelemetry or \
                     experimental-prometheus-rw";

/// What every output may need to know.
pub(super) struct Context<'a> {
    /// The metrics of the run.
    pub(super) metrics: &'a Arc<MetricPlan>,
    /// The system tags that samples have.
    pub(super) tags: &'a [&'a str],
    /// The environment of the process, where sending outputs have their settings.
    pub(super) environment: &'a BTreeMap<String, String>,
    /// Where failures are told when they happen.
    pub(super) log: &'a Arc<Log>,
}

/// Why an output cannot be had.
#[derive(Debug)]
pub(super) struct Refused {
    message: String,
    exit: Exit,
}

impl From<String> for Refused {
    fn from(message: String) -> Refused {
        Refused {
            message,
            exit: Exit::Unknown,
        }
    }
}

/// Opens the outputs of these arguments, such as `json=out.json`.
///
/// # Errors
/// A line for each that cannot be had, and how to exit.
pub(super) fn open(
    arguments: &[String],
    context: &Context<'_>,
) -> Result<Vec<Box<dyn Output>>, (String, Exit)> {
    let mut outputs = Vec::new();
    let mut problems: Vec<Refused> = Vec::new();
    for argument in arguments {
        match open_one(argument, context) {
            Ok(output) => outputs.push(output),
            Err(problem) => problems.push(problem),
        }
    }
    let Some(first) = problems.first() else {
        return Ok(outputs);
    };
    let messages: Vec<&str> = problems.iter().map(|one| &*one.message).collect();
    Err((messages.join("\n"), first.exit))
}

fn open_one(argument: &str, context: &Context<'_>) -> Result<Box<dyn Output>, Refused> {
    let (kind, target) = argument.split_once('=').unwrap_or((argument, ""));
    let variables = Variables::new(context.environment);
    match kind {
        "json" => Ok(file::json(target, context.metrics)?),
        "csv" => Ok(file::csv(target, context.metrics, context.tags)?),
        "influxdb" => influxdb::open(target, &variables, context),
        "experimental-prometheus-rw" => prometheus::open(&variables, context),
        "opentelemetry" | "experimental-opentelemetry" => opentelemetry::open(&variables, context),
        _ => Err(match ELSEWHERE.iter().find(|(name, _)| *name == kind) {
            Some((name, advice)) => Refused {
                message: format!("--out {name}: {advice}"),
                exit: Exit::Script,
            },
            None => format!("--out {kind}: there is no such output; use {KNOWN}").into(),
        }),
    }
}
