//! How many requests a load tester makes, against k6 and against those that run no script.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{COOL_DOWN, WARM_UP, in_turn, script_duration, wait_for_first};
use crate::children::Endpoint;
use crate::figures::{Series, Unit, per_second};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Running, Tool};

pub(super) const WHAT_POST: &str =
    "POST, two checks, JSON, custom Counter and Rate, thresholds, 64 users";
pub(super) const WHAT_GET: &str = "http.get and nothing else, 64 users";

const USERS: usize = 64;

/// What came of the turns of one load tester.
#[derive(Default)]
struct Turns {
    per_second: Series,
    us_cpu_each: Series,
    target_busy: Series,
}

impl Turns {
    fn note(&self, whose: &str) -> String {
        format!(
            "{whose}: {:.1} µs of computing for each request, the target busy {:.0} %",
            self.us_cpu_each.median(),
            self.target_busy.median() * 100.0
        )
    }
}

/// How long a run is asked to load.
fn lasts(bench: &Bench<'_>) -> Duration {
    WARM_UP + bench.context.duration + COOL_DOWN
}

/// Measures a run in its middle.
fn turn(
    bench: &Bench<'_>,
    target: &mut Target,
    turns: &mut Turns,
    start: impl FnOnce() -> anyhow::Result<Running>,
) -> anyhow::Result<f64> {
    target.begin(Mode::Plain)?;
    let mut running = start()?;
    wait_for_first(target, &mut running)?;
    std::thread::sleep(WARM_UP);
    let tester = running.endpoint(target.address);
    let server = Endpoint {
        address: target.address,
        process: target.id(),
    };
    let (before, tester_before, server_before) = (target.count()?, tester.cpu()?, server.cpu()?);
    std::thread::sleep(bench.context.duration);
    let (after, tester_after, server_after) = (target.count()?, tester.cpu()?, server.cpu()?);
    running.finish()?;
    let answered = after.answered - before.answered;
    let elapsed = Duration::from_nanos(after.at_ns - before.at_ns);
    let rate = per_second(answered, elapsed);
    turns.per_second.push(rate);
    let cpu = tester_after.saturating_sub(tester_before);
    turns
        .us_cpu_each
        .push(cpu.as_secs_f64() * 1e6 / (rate * elapsed.as_secs_f64()).max(1.0));
    let busy = server_after.saturating_sub(server_before);
    turns
        .target_busy
        .push(busy.as_secs_f64() / elapsed.as_secs_f64());
    Ok(rate)
}

fn script_turn(
    bench: &Bench<'_>,
    target: &mut Target,
    turns: &mut Turns,
    tool: &Tool,
    script: &'static str,
) -> anyhow::Result<f64> {
    let url = target.url();
    let run = Run {
        script,
        url: &url,
        flags: vec![
            "--vus".to_owned(),
            USERS.to_string(),
            "--duration".to_owned(),
            script_duration(lasts(bench)),
        ],
        env: Vec::new(),
        lasts: lasts(bench),
    };
    turn(bench, target, turns, || tool.start(bench, &run))
}

/// Runs a program that needs no script.
fn plain_turn(
    bench: &Bench<'_>,
    target: &mut Target,
    turns: &mut Turns,
    name: &'static str,
    command: Command,
) -> anyhow::Result<f64> {
    let directory = bench.context.directory("run")?;
    turn(bench, target, turns, || {
        Running::start(name, command, directory, lasts(bench))
    })
}

fn oha(program: &Path, bench: &Bench<'_>, target: &Target) -> Command {
    let mut command = Command::new(program);
    let duration = script_duration(lasts(bench));
    command.args(["--no-tui", "-c", &USERS.to_string(), "-z", &duration]);
    command.arg(target.url());
    command
}

fn wrk(program: &Path, bench: &Bench<'_>, target: &Target) -> Command {
    let mut command = Command::new(program);
    let seconds = lasts(bench).as_secs().to_string();
    command.args(["-t2", "-c", &USERS.to_string(), "-d", &seconds]);
    command.arg(target.url());
    command
}

pub(super) fn run_post(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let mut target = Target::start(bench.context)?;
    let (mut ours, mut k6) = (Turns::default(), Turns::default());
    let figures = in_turn(bench, "post", |tool| {
        let turns = if tool.name == bench.ours.name {
            &mut ours
        } else {
            &mut k6
        };
        script_turn(bench, &mut target, turns, tool, "post.js")
    })?;
    let line = figures.compared(bench, |series| {
        Line::ours("post", "scripted POST", Unit::PerSecond, series)
    });
    Ok(vec![
        line.target(Judged::RatioAtLeast, 4.0, 6.0)
            .note(&ours.note("ours"))
            .note(&k6.note("k6")),
    ])
}

pub(super) fn run_get(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let mut target = Target::start(bench.context)?;
    let oha_program = bench.programs.oha(bench.context);
    let wrk_program = bench.programs.wrk();
    let (mut ours, mut k6) = (Turns::default(), Turns::default());
    let (mut with_oha, mut with_wrk) = (Turns::default(), Turns::default());
    for round in 1..=bench.context.rounds {
        let progress = format!("get: round {round} of {}", bench.context.rounds);
        bench.context.progress(&progress);
        script_turn(bench, &mut target, &mut ours, &bench.ours, "get.js")?;
        if let Ok(tool) = &bench.k6 {
            script_turn(bench, &mut target, &mut k6, tool, "get.js")?;
        }
        if let Ok(program) = &oha_program {
            let command = oha(program, bench, &target);
            plain_turn(bench, &mut target, &mut with_oha, "oha", command)?;
        }
        if let Ok(program) = &wrk_program {
            let command = wrk(program, bench, &target);
            plain_turn(bench, &mut target, &mut with_wrk, "wrk", command)?;
        }
    }
    let line = |measure: &str| Line::ours("get", measure, Unit::PerSecond, ours.per_second.clone());
    let compared = |measure: &str, name: &'static str, turns: &Turns, why: Option<&String>| {
        let line = line(measure);
        match why {
            None => line
                .against(name, turns.per_second.clone())
                .note(&turns.note(name)),
            Some(why) => line.without_peer(name, why),
        }
    };
    Ok(vec![
        compared("http.get only", "k6", &k6, bench.k6.as_ref().err())
            .target(Judged::RatioAtLeast, 4.0, 6.0)
            .note(&ours.note("ours")),
        compared(
            "- against oha, no script",
            "oha",
            &with_oha,
            oha_program.as_ref().err(),
        )
        .target(Judged::RatioAtLeast, 0.5, 0.7),
        compared(
            "- against wrk, no script",
            "wrk",
            &with_wrk,
            wrk_program.as_ref().err(),
        )
        .target(Judged::RatioAtLeast, 0.5, 0.7),
    ])
}
