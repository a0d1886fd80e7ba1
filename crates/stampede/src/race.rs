//! `stampede race`: options into a plan, the plan run, the result printed.
//!
//! Invariant: every wrong option is reported, all at once, before anything is sent.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use stampede_metrics::units::parse_duration;
use stampede_run::race::{Call, Plan, Progress, RaceResult, Release, Report, numbered};
use stampede_run::text::Colour;
use stampede_run::wire::Trust;

use crate::exit::Exit;
use crate::{colour_of_stdout, complain, print};

/// How often the progress line is drawn.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// Let many clients ask for the same thing at one instant, and see that exactly one gets it
///
/// Every client asks for every resource. Connections are opened beforehand, requests are written
/// out beforehand, and all of them leave at one instant. If each resource has exactly one winner
/// and all others were told that they lost, the race is passed (exit 0). A resource with two
/// winners is a failure (exit 99). A resource without a winner, or with a request that was answered
/// with something else or not at all, proves nothing (exit 120).
///
/// {resource}, {client} (from 1) and {uuid} are filled in wherever they stand in URL, body and
/// headers.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:\n  \
    Five clients book one seat, which is freed before:\n    \
    stampede race --clients 5 --url http://localhost:8000/api/book-seat/ \\\n      \
    --body '{\"seat_id\": 10, \"show_id\": 1}' \\\n      \
    --reset 'POST http://localhost:8000/api/cancel-booking/' --reset-body same\n\n  \
    A hundred clients want each of 16 seats, each of which is freed before by its own call:\n    \
    stampede race --clients 100 --resources 16 --url http://localhost:8000/api/book-seat/ \\\n      \
    --body '{\"seat_id\": {resource}, \"show_id\": 1}' \\\n      \
    --reset 'POST http://localhost:8000/api/cancel-booking/' \\\n      \
    --reset-body '{\"seat_id\": {resource}, \"show_id\": 1}'\n\n  \
    A reset without a body, and a look at who has the seat if nobody won it:\n    \
    stampede race --resources 16 --method PUT --url http://localhost/seats/{resource}/owner \\\n      \
    --reset 'DELETE http://localhost/seats/{resource}/owner' \\\n      \
    --why 'GET http://localhost/seats/{resource}'\n\n  \
    A hundred clients want each of 16 seats:\n    \
    stampede race --clients 100 --resources 16 --url http://localhost:8084/api/order \\\n      \
    --header 'Authorization: Bearer user-{client}' --p95 2s \\\n      \
    --body '{\"event_id\": 1, \"session_id\": 1, \"seat_ids\": [\"{resource}\"], \
    \"organization_id\": 1}'")]
pub(crate) struct RaceArgs {
    /// Where the requests go, absolute
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Method of the requests
    #[arg(long, value_name = "METHOD", default_value = "POST")]
    method: String,
    /// Body of the requests; sent as application/json unless a header says otherwise
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    body: Option<String>,
    /// File with the body of the requests
    #[arg(long, value_name = "FILE")]
    body_file: Option<PathBuf>,
    /// Header of the requests; may be given several times
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<String>,
    /// Clients that want each resource, 2 to 10,000
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        allow_hyphen_values = true
    )]
    clients: String,
    /// Resources with the ids 1 to N
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    resources: Option<String>,
    /// File with the ids of the resources, one per line; empty lines are skipped
    #[arg(long, value_name = "FILE")]
    ids: Option<PathBuf>,
    /// Statuses that mean the request won: codes, ranges and classes
    #[arg(long, value_name = "STATUSES", default_value = "200,201")]
    won: String,
    /// Statuses that mean the request lost; any other answer leaves its resource undecided
    #[arg(long, value_name = "STATUSES", default_value = "400,409,423")]
    lost: String,
    /// Race for one resource after the other, all clients together at each
    ///
    /// Without it every request has its own connection and all leave at one instant, as long as
    /// there are at most 10,000 and descriptors suffice; beyond that each client has one connection
    /// and asks for the resources one after the other, in the same order as all others.
    #[arg(long)]
    rounds: bool,
    /// Races to run one after the other, 1 to 1,000
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        allow_hyphen_values = true
    )]
    repeat: String,
    /// Request that frees the resources before each race: 'METHOD URL'
    ///
    /// Sent once per resource if its URL or body says {resource}, else once. It has the race's
    /// headers, and no body unless --reset-body gives one. 2xx and 404 (nothing to free) are good;
    /// another 4xx, a 5xx or no answer ends the run before the race (exit 104). The report has a
    /// table of what the resets were answered.
    #[arg(long, value_name = "METHOD URL")]
    reset: Option<String>,
    /// Body of the reset: a text, or 'same' for the race's own body
    ///
    /// 'same' is for POST, PUT and PATCH. For instance --reset-body '{"seat_id": {resource}}'.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    reset_body: Option<String>,
    /// Request that tells about a resource which nobody won: 'METHOD URL'
    ///
    /// With it, nothing else is asked after the race. Without it, the race's own request is sent
    /// once more, alone, but never so that it takes what nobody won: only if its method is GET,
    /// HEAD or OPTIONS, or if there is a --reset, which is then sent after it.
    #[arg(long, value_name = "METHOD URL")]
    why: Option<String>,
    /// Fail (exit 99) if the 95th percentile of winners and losers is above this: 2s, 500ms
    #[arg(long, value_name = "DURATION")]
    p95: Option<String>,
    /// How long a request may take
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    timeout: String,
    /// Write the result as JSON to a file, or to stdout with '-' (the report then goes to stderr)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Trust the certificates in this PEM file instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Accept every certificate
    #[arg(long)]
    insecure: bool,
}

/// Runs the command.
pub(crate) fn run(args: &RaceArgs) -> Exit {
    let plan = match plan(args) {
        Ok(plan) => plan,
        Err(problems) => {
            let mut text = String::from("Nothing was sent, because of these options:\n");
            for problem in problems {
                text.push_str(&stampede_run::text::wrap("  • ", &problem));
            }
            text.push_str("See 'stampede race --help'.\n");
            complain(&text);
            return Exit::Config;
        }
    };
    let progress = Progress::default();
    let result = with_progress(&plan, &progress, || {
        stampede_run::race::run(&plan, &progress)
    });
    match result {
        Ok(result) => publish(args, &result),
        Err(error) => {
            complain(&format!("The race did not take place: {error}\n"));
            if matches!(error, stampede_run::race::RaceError::Open(_)) {
                complain("Is the server running, and are the URL's host and port right?\n");
            }
            Exit::Config
        }
    }
}

fn publish(args: &RaceArgs, result: &RaceResult) -> Exit {
    let verdict = Exit::Verdict(result.verdict.exit_code);
    let Some(path) = &args.json else {
        print(&Report::new(result, colour_of_stdout()).to_string());
        return verdict;
    };
    let mut json = serde_json::to_string_pretty(result).expect("a result has only string keys");
    json.push('\n');
    if path == Path::new("-") {
        complain(&Report::new(result, Colour::Off).to_string());
        print(&json);
        return verdict;
    }
    print(&Report::new(result, colour_of_stdout()).to_string());
    if let Err(error) = std::fs::write(path, json) {
        complain(&format!(
            "The result could not be written to {}: {error}\n",
            path.display()
        ));
        return Exit::Config;
    }
    verdict
}

/// Draws a line on the terminal while `work` runs.
fn with_progress<T>(plan: &Plan, progress: &Progress, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let drawing = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                complain(&format!(
                    "\r\u{1b}[KRace {} of {}: {} connections, {} of {} answers",
                    progress.race(),
                    plan.repeat,
                    progress.opened(),
                    progress.finished(),
                    plan.requests_per_race()
                ));
                std::thread::park_timeout(PROGRESS_INTERVAL);
            }
            complain("\r\u{1b}[K");
        });
        let result = work();
        is_done.store(true, Ordering::Relaxed);
        drawing.thread().unpark();
        result
    })
}

/// Makes the plan, or lists everything that is wrong with the options.
fn plan(args: &RaceArgs) -> Result<Plan, Vec<String>> {
    let mut problems = Vec::new();
    let mut plan = Plan::new(
        &args.method.to_ascii_uppercase(),
        args.url.as_deref().unwrap_or(""),
    );
    set(&mut plan.clients, "--clients", &args.clients, &mut problems);
    set(&mut plan.repeat, "--repeat", &args.repeat, &mut problems);
    set(&mut plan.won, "--won", &args.won, &mut problems);
    set(&mut plan.lost, "--lost", &args.lost, &mut problems);
    set_duration(&mut plan.timeout, "--timeout", &args.timeout, &mut problems);
    if let Some(p95) = &args.p95 {
        set_duration(
            plan.p95_max.insert(Duration::ZERO),
            "--p95",
            p95,
            &mut problems,
        );
    }
    if args.rounds {
        plan.release = Release::Rounds;
    }
    set_resources(&mut plan, args, &mut problems);
    set_body(&mut plan, args, &mut problems);
    for header in &args.header {
        match header.split_once(':') {
            Some((name, value)) => {
                plan.headers
                    .push((name.trim().to_owned(), value.trim().to_owned()));
            }
            None => problems.push(format!(
                "--header '{header}' has no colon: write 'Name: value'"
            )),
        }
    }
    set_calls(&mut plan, args, &mut problems);
    match (&args.ca, args.insecure) {
        (Some(_), true) => problems.push("--ca and --insecure exclude each other".to_owned()),
        (Some(path), false) => plan.trust = Trust::File(path.clone()),
        (None, true) => plan.trust = Trust::Anything,
        (None, false) => {}
    }
    problems.extend(plan.problems());
    if problems.is_empty() {
        Ok(plan)
    } else {
        Err(problems)
    }
}

fn set_resources(plan: &mut Plan, args: &RaceArgs, problems: &mut Vec<String>) {
    match (&args.resources, &args.ids) {
        (Some(_), Some(_)) => {
            problems.push("--resources and --ids exclude each other".to_owned());
        }
        (Some(count), None) => {
            let mut n_resources = 1_u32;
            set(&mut n_resources, "--resources", count, problems);
            // Far more than a plan may have, so that the plan says so, but not all that was asked.
            let n_resources = n_resources.min(1_000_000);
            plan.resources = numbered(n_resources as usize);
        }
        (None, Some(path)) => {
            if let Some(text) = read("--ids", path, problems) {
                plan.resources = text
                    .lines()
                    .map(str::trim)
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned)
                    .collect();
            }
        }
        (None, None) => {}
    }
}

fn set_body(plan: &mut Plan, args: &RaceArgs, problems: &mut Vec<String>) {
    match (&args.body, &args.body_file) {
        (Some(_), Some(_)) => {
            problems.push("--body and --body-file exclude each other".to_owned());
        }
        (Some(body), None) => plan.body = Some(body.clone()),
        (None, Some(path)) => plan.body = read("--body-file", path, problems),
        (None, None) => {}
    }
}

fn set_calls(plan: &mut Plan, args: &RaceArgs, problems: &mut Vec<String>) {
    let mut call = |option: &str, text: &str| {
        let call = Call::parse(text, None);
        if call.is_none() {
            problems.push(format!("{option} '{text}' is not 'METHOD URL'"));
        }
        call
    };
    if let Some(text) = &args.why {
        plan.why = call("--why", text);
    }
    if let Some(text) = &args.reset {
        plan.reset = call("--reset", text);
    }
    match (&mut plan.reset, args.reset_body.as_deref()) {
        (Some(reset), Some("same")) => {
            if !matches!(reset.method.as_str(), "POST" | "PUT" | "PATCH") {
                problems.push(format!(
                    "--reset-body same is for POST, PUT and PATCH, not for {}",
                    reset.method
                ));
            }
            if plan.body.is_none() && args.body.is_none() && args.body_file.is_none() {
                problems.push("--reset-body same, but the race has no body".to_owned());
            }
            reset.body = plan.body.clone();
        }
        (Some(reset), Some(body)) => reset.body = Some(body.to_owned()),
        (None, Some(_)) if args.reset.is_none() => {
            problems.push("--reset-body without --reset".to_owned());
        }
        (_, _) => {}
    }
}

fn read(option: &str, path: &Path, problems: &mut Vec<String>) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            problems.push(format!("{option}: cannot read {}: {error}", path.display()));
            None
        }
    }
}

/// Reads a value into its place, or leaves the default there and adds a problem.
fn set<T: FromStr<Err: std::fmt::Display>>(
    place: &mut T,
    option: &str,
    text: &str,
    problems: &mut Vec<String>,
) {
    match text.parse() {
        Ok(value) => *place = value,
        Err(error) => problems.push(format!("{option} '{text}': {error}")),
    }
}

fn set_duration(place: &mut Duration, option: &str, text: &str, problems: &mut Vec<String>) {
    match parse_duration(text) {
        Ok(value) => *place = value,
        Err(error) => problems.push(format!("{option}: {error}")),
    }
}
