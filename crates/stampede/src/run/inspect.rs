//! `stampede inspect`: the options of a script as JSON, without running it.

use std::collections::BTreeMap;
use std::sync::Arc;

use clap::Args;
use serde_json::Value;
use stampede_js::Level;
use stampede_metrics::Detail;
use stampede_script::Prepared;

use super::args::RunArgs;
use super::log::Log;
use super::{Failure, levels, progress, refused, source};
use crate::exit::Exit;
use crate::{complain, print};

/// Print the options of a script as JSON, without running it
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    run: RunArgs,
    /// Also print the longest time it takes and the most users it has
    #[arg(long)]
    execution_requirements: bool,
}

/// Prints what a run would do.
pub(crate) fn inspect(args: &InspectArgs, environment: &BTreeMap<String, String>) -> Exit {
    let log = match super::open_log(&args.run) {
        Ok(log) => Arc::new(log),
        Err(message) => {
            complain(&format!("stampede: {message}\n"));
            return Exit::Unknown;
        }
    };
    match text(args, environment, &log) {
        Ok(text) => print(&text),
        Err(failure) => {
            log.say(Level::Error, &failure.message);
            failure.exit
        }
    }
}

fn text(
    args: &InspectArgs,
    environment: &BTreeMap<String, String>,
    log: &Arc<Log>,
) -> Result<String, Failure> {
    let (levels, settings) = levels(&args.run, environment)?;
    let source = source::open(&args.run, environment, log, &settings)?.source;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::config(format!("the system gives no event loop: {error}")))?;
    let prepared = runtime
        .block_on(Prepared::load(source, levels, true, Detail::Totals))
        .map_err(|error| refused(&error))?;
    let plan = &prepared.plan;
    if !args.execution_requirements {
        return Ok(format!("{}\n", prepared.script_options.to_json(&[])));
    }
    let more = [
        (
            "totalDuration",
            Value::from(progress::plain(plan.max_duration())),
        ),
        ("maxVUs", Value::from(plan.max_vus())),
    ];
    Ok(format!("{}\n", prepared.options.to_json(&more)))
}
