//! `stampede run`: a script, its options and flags into a run, its summary and its exit code.
//!
//! Invariants: nothing is sent before everything about the run has been checked; the first thing
//! that went wrong decides the exit code.

mod archive;
mod args;
mod inspect;
mod limits;
mod log;
mod new;
mod outputs;
mod progress;
mod remote;
mod screen;
mod secrets;
mod signals;
mod source;
mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use stampede_js::{Level, ScriptError, ScriptErrorKind};
use stampede_metrics::Detail;
use stampede_plan::{Levels, Options, RunOptions as Settings};
use stampede_script::{
    Ended, OutputThread, PrepareError, Prepared, RunOptions, RunResult, Source, Stop, StopReason,
};

pub(crate) use archive::{ArchiveArgs, archive};
pub(crate) use args::RunArgs;
pub(crate) use inspect::{InspectArgs, inspect};
use log::Log;
pub(crate) use new::{NewArgs, new};
use progress::Progress;

use crate::exit::Exit;
use crate::{complain, print};

/// The version of k6 that a run behaves like.
const K6_VERSION: &str = "2.2.0";

/// Why a run did not start or did not end well: what to say, and how to exit.
struct Failure {
    message: String,
    exit: Exit,
}

impl Failure {
    fn config(message: impl Into<String>) -> Failure {
        Failure {
            message: message.into(),
            exit: Exit::Config,
        }
    }
}

/// Runs a script. `environment` is that of the process.
pub(crate) fn run(args: &RunArgs, environment: &BTreeMap<String, String>) -> Exit {
    let log = match open_log(args) {
        Ok(log) => Arc::new(log),
        Err(message) => {
            complain(&format!("stampede: {message}\n"));
            return Exit::Unknown;
        }
    };
    match run_with_log(args, environment, &log) {
        Ok(exit) => exit,
        Err(failure) => {
            log.say(Level::Error, &failure.message);
            failure.exit
        }
    }
}

fn open_log(args: &RunArgs) -> Result<Log, String> {
    Log::open(
        args.log_output.as_deref(),
        args.log_format.as_deref(),
        args.console_output.as_deref(),
        args.no_color,
        args.verbose,
    )
}

fn run_with_log(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
    log: &Arc<Log>,
) -> Result<Exit, Failure> {
    let (levels, settings) = levels(args, environment)?;
    let mode = summary::Mode::from_name(settings.summary_mode.as_deref().unwrap_or("compact"))
        .map_err(|message| Failure {
            message,
            exit: Exit::Unknown,
        })?;
    refuse_what_is_not_there(args, environment)?;
    let detail = match mode {
        summary::Mode::Full => Detail::PerScenarioAndGroup,
        _ => Detail::Totals,
    };
    let source = source::open(args, environment, log, &settings)?.source;
    let keeps_thresholds = !settings.no_thresholds.unwrap_or_default();
    let prepared = load(source, levels, keeps_thresholds, detail)?;
    log.say(
        Level::Debug,
        "the script is loaded and its options are settled",
    );
    for warning in &prepared.warnings {
        log.say(Level::Warn, &warning.to_string());
    }
    limits::check(prepared.plan.max_vus()).map_err(Failure::config)?;
    let out = settings.out.clone().unwrap_or_default();
    let system_tags = prepared.options.system_tags.iter().flatten();
    let tags: Vec<&str> = system_tags.map(|tag| tag.name()).collect();
    let context = outputs::Context {
        metrics: &prepared.metrics,
        tags: &tags,
        environment,
        log,
    };
    let outputs =
        outputs::open(&out, &context).map_err(|(message, exit)| Failure { message, exit })?;
    let outputs = OutputThread::start(outputs)
        .map_err(|error| Failure::config(format!("the system gives no thread: {error}")))?;
    if !args.quiet {
        print(&banner(args, &prepared, &out));
    }
    let stop = Stop::new();
    signals::stop_on_signal(&stop)?;
    let plan = &prepared.plan;
    let progress = Rc::new(Progress::new(
        args.quiet,
        plan.max_vus(),
        plan.max_duration(),
        log.screen(),
    ));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let options = RunOptions {
        workers_max: args.threads.unwrap_or(cores),
        no_setup: prepared.options.no_setup.unwrap_or_default(),
        no_teardown: prepared.options.no_teardown.unwrap_or_default(),
        outputs,
    };
    let watch: Rc<dyn stampede_script::Watch> = Rc::clone(&progress) as _;
    let result = stampede_script::run(&prepared, options, &stop, watch)
        .map_err(|error| Failure::config(format!("the system gives no threads: {error}")))?;
    warn_if_nothing_finished(&result, log);
    progress.pause();
    let verdict = summary::show(&prepared, &result, mode, &settings, log);
    progress.end(&result.status, result.duration);
    let exit = exit_of(&prepared, &result, &verdict, log);
    if settings.linger.unwrap_or_default() && !stop.is_stopped() {
        signals::linger(&stop);
    }
    Ok(exit)
}

/// Flags of k6 whose other values mean something that is not there yet: never silently.
fn refuse_what_is_not_there(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
) -> Result<(), Failure> {
    let script = |message: String| Failure {
        message,
        exit: Exit::Script,
    };
    match args.test_type.as_deref() {
        None | Some("js" | "archive" | "") => {}
        Some(other) => {
            return Err(Failure {
                message: format!("--type {other}: unknown test type; write js or archive"),
                exit: Exit::Unknown,
            });
        }
    }
    if args.paused == Some(true) {
        let message = "--paused: there is no control API that could resume the test; leave it out";
        return Err(script(message.to_owned()));
    }
    let dashboard = environment.get("K6_WEB_DASHBOARD").map(String::as_str);
    if matches!(dashboard, Some("true" | "1")) {
        let message = "K6_WEB_DASHBOARD: the report is not built in yet; use --summary-export FILE";
        return Err(script(message.to_owned()));
    }
    match args.traces_output.as_deref() {
        None | Some("none" | "") => Ok(()),
        Some(other) => Err(script(format!(
            "--traces-output {other}: traces are not supported"
        ))),
    }
}

/// Joins what flags, variables and the config file say; the script's part comes later.
fn levels(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
) -> Result<(Levels, Settings), Failure> {
    let mut problems = Vec::new();
    let read = |name: &str| environment.get(name).cloned();
    let (from_environment, mut settings) = match Options::from_environment(&read) {
        Ok(read) => read.options,
        Err(wrong) => {
            problems.extend(wrong.list().iter().map(ToString::to_string));
            Default::default()
        }
    };
    let mut is_usage = false;
    let flags = args.options().unwrap_or_else(|wrong| {
        is_usage = true;
        problems.extend(wrong.iter().map(ToString::to_string));
        Options::default()
    });
    let mut config = Options::default();
    let config_path = args
        .config
        .clone()
        .or_else(|| settings.config.clone().map(PathBuf::from));
    if let Some(path) = config_path {
        match read_config(&path) {
            Ok((options, more)) => {
                config = options;
                settings = over(settings, more);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(Failure {
            message: problems.join("\n"),
            exit: if is_usage {
                Exit::Unknown
            } else {
                Exit::Config
            },
        });
    }
    let levels = Levels {
        config,
        script: Options::default(),
        environment: from_environment,
        flags,
    };
    Ok((levels, over(of_flags(args), settings)))
}

fn read_config(path: &Path) -> Result<(Options, Settings), String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("the config file {shown} cannot be read: {error}"))?;
    let value = serde_json::from_str(&text)
        .map_err(|error| format!("the config file {shown} is not JSON: {error}"))?;
    let parsed = Options::from_config(&value).map_err(|wrong| format!("{shown}: {wrong}"))?;
    Ok(parsed.options)
}

/// What the flags say about outputs and reports.
fn of_flags(args: &RunArgs) -> Settings {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    Settings {
        out: (!args.out.is_empty()).then(|| args.out.clone()),
        linger: args.linger,
        no_thresholds: args.no_thresholds.then_some(true),
        summary_mode: args.summary_mode.clone(),
        summary_export: path(&args.summary_export),
        new_machine_readable_summary: args.new_machine_readable_summary,
        no_color: args.no_color.then_some(true),
        include_system_env_vars: args.include_system_env_vars,
        compatibility_mode: args.compatibility_mode.clone(),
        ..Settings::default()
    }
}

/// What `strong` says, and else what `weak` says.
fn over(strong: Settings, weak: Settings) -> Settings {
    Settings {
        out: strong.out.or(weak.out),
        linger: strong.linger.or(weak.linger),
        no_usage_report: strong.no_usage_report.or(weak.no_usage_report),
        no_thresholds: strong.no_thresholds.or(weak.no_thresholds),
        summary_mode: strong.summary_mode.or(weak.summary_mode),
        summary_export: strong.summary_export.or(weak.summary_export),
        new_machine_readable_summary: strong
            .new_machine_readable_summary
            .or(weak.new_machine_readable_summary),
        include_system_env_vars: strong
            .include_system_env_vars
            .or(weak.include_system_env_vars),
        compatibility_mode: strong.compatibility_mode.or(weak.compatibility_mode),
        test_type: strong.test_type.or(weak.test_type),
        traces_output: strong.traces_output.or(weak.traces_output),
        no_color: strong.no_color.or(weak.no_color),
        log_output: strong.log_output.or(weak.log_output),
        log_format: strong.log_format.or(weak.log_format),
        config: strong.config.or(weak.config),
        address: strong.address.or(weak.address),
    }
}

fn load(
    source: Source,
    levels: Levels,
    keeps_thresholds: bool,
    detail: Detail,
) -> Result<Prepared, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::config(format!("the system gives no event loop: {error}")))?;
    runtime
        .block_on(Prepared::load(source, levels, keeps_thresholds, detail))
        .map_err(|error| refused(&error))
}

fn warn_if_nothing_finished(result: &RunResult, log: &Log) {
    if matches!(result.ended, Ended::AsPlanned) && result.status.snapshot().completed == 0 {
        let message =
            "No script iterations fully finished, consider making the test duration longer";
        log.say(Level::Warn, message);
    }
}

/// Why a run cannot start.
fn refused(error: &PrepareError) -> Failure {
    if let PrepareError::Several(errors) = error
        && let Some(first) = errors.first()
    {
        return Failure {
            message: error.to_string(),
            exit: refused(first).exit,
        };
    }
    let (message, exit) = match error {
        PrepareError::Script(script) => (
            script.full(),
            match script.kind {
                ScriptErrorKind::Shape => Exit::Unknown,
                ScriptErrorKind::Resources => Exit::Config,
                ScriptErrorKind::Aborted => Exit::Verdict(108),
                _ => Exit::Script,
            },
        ),
        PrepareError::Options(problems) if problems.exit_code() == Exit::Unknown.code() => {
            (problems.to_string(), Exit::Unknown)
        }
        other => (other.to_string(), Exit::Config),
    };
    Failure { message, exit }
}

/// What is about to happen.
fn banner(args: &RunArgs, prepared: &Prepared, out: &[String]) -> String {
    let out = if out.is_empty() {
        "-".to_owned()
    } else {
        out.join(", ")
    };
    let mut lines = prepared.plan.description().into_iter();
    let first = lines.next().unwrap_or_default();
    let mut text = format!(
        "\n  stampede {}\n\n     execution: local\n        script: {}\n        output: {out}\n\n     \
         scenarios: {first}\n",
        env!("CARGO_PKG_VERSION"),
        args.script,
    );
    for line in lines {
        text.push_str("              ");
        text.push_str(&line);
        text.push('\n');
    }
    text.push('\n');
    text
}

/// The exit code, with a line for what went wrong.
fn exit_of(
    prepared: &Prepared,
    result: &RunResult,
    verdict: &stampede_metrics::threshold::Verdict,
    log: &Log,
) -> Exit {
    let say = |message: &str| log.say(Level::Error, message);
    let thrown = |error: &ScriptError| say(&error.full());
    let exit = match &result.ended {
        Ended::AsPlanned | Ended::Stopped(StopReason::Threshold) => None,
        Ended::Stopped(StopReason::Signal) => {
            say("the run was ended by a signal");
            Some(Exit::Verdict(105))
        }
        Ended::Stopped(StopReason::Script(reason)) => {
            say(reason);
            Some(Exit::Verdict(108))
        }
        Ended::NoUsers(error) | Ended::Setup(error) | Ended::Teardown(error) => {
            thrown(error);
            Some(match error.kind {
                ScriptErrorKind::Resources => Exit::Config,
                ScriptErrorKind::Shape => Exit::Unknown,
                _ => Exit::Script,
            })
        }
        Ended::SetupTimeout(timeout) => {
            let after = progress::plain(*timeout);
            say(&format!(
                "setup() execution timed out after {after}; setupTimeout sets how long"
            ));
            Some(Exit::Verdict(100))
        }
        Ended::TeardownTimeout(timeout) => {
            let after = progress::plain(*timeout);
            say(&format!(
                "teardown() execution timed out after {after}; teardownTimeout sets how long"
            ));
            Some(Exit::Verdict(101))
        }
        _ => Some(Exit::Config),
    };
    for problem in &result.output_problems {
        say(&format!("an output failed and is not complete: {problem}"));
    }
    let mut crossed = verdict.crossed().peekable();
    let is_crossed = crossed.peek().is_some();
    if is_crossed {
        let names: Vec<&str> = crossed.collect();
        let how = match result.ended {
            Ended::Stopped(StopReason::Threshold) => {
                "were crossed; at least one has \
                abortOnFail enabled, stopping test prematurely"
            }
            _ => "have been crossed",
        };
        say(&format!(
            "thresholds on metrics '{}' {how}",
            names.join(", ")
        ));
    }
    if let Some(exit) = exit {
        return exit;
    }
    if let Some(reason) = prepared.bundle.failure_reason() {
        say(&format!("test marked as failed: {reason}"));
        return Exit::Verdict(110);
    }
    if is_crossed {
        return Exit::Verdict(99);
    }
    Exit::Success
}
