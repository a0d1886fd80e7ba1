//! What a user costs in memory, and whether requests cost any.

use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::{LOOK_EVERY, in_turn, script_duration, wait_for_first};
use crate::figures::{Unit, float};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Tool};

pub(super) const WHAT: &str = "memory of each user, small script and one with a library of 300 kB";
pub(super) const WHAT_GROWTH: &str = "growth of memory with a million requests, no URL twice";

/// How long all users come, and how long they stay.
const RAMP: Duration = Duration::from_secs(2);
const HOLD: Duration = Duration::from_secs(4);
/// Users of the growth row.
const GROWTH_USERS: u32 = 64;
/// Requests that growth is stated for.
const MILLION: f64 = 1e6;
/// kB of a MB.
const KB_OF_MB: f64 = 1_000.0;

/// The largest resident size of a run, in kB.
fn peak_kb(
    bench: &Bench<'_>,
    target: &mut Target,
    tool: &Tool,
    script: &'static str,
    users: u64,
) -> anyhow::Result<f64> {
    target.begin(Mode::Plain)?;
    let url = target.url();
    let run = Run {
        script,
        url: &url,
        flags: Vec::new(),
        env: vec![
            ("VUS", users.to_string()),
            ("RAMP", script_duration(RAMP)),
            ("HOLD", script_duration(HOLD)),
        ],
        lasts: RAMP + HOLD,
    };
    let mut running = tool.start(bench, &run)?;
    let mut peak = 0.0;
    while running.is_running()? {
        // It ends between the question and the look; the last answer stands.
        peak = running.peak_kb().unwrap_or(peak);
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(peak)
}

/// What each of many users adds to what few users take.
fn kb_per_user(
    bench: &Bench<'_>,
    tool: &Tool,
    script: &'static str,
    users: (u64, u64),
) -> anyhow::Result<f64> {
    let mut target = Target::start(bench.context)?;
    let (few, many) = users;
    let with_few = peak_kb(bench, &mut target, tool, script, few)?;
    let with_many = peak_kb(bench, &mut target, tool, script, many)?;
    Ok((with_many - with_few) / float(many - few))
}

pub(super) fn run(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let small = (20, bench.context.sized(1_020, 220));
    let large = (20, bench.context.sized(220, 120));
    let small = in_turn(bench, "memory, small script", |tool| {
        kb_per_user(bench, tool, "think.js", small)
    })?;
    let large = in_turn(bench, "memory, with a library", |tool| {
        kb_per_user(bench, tool, "library-user.js", large)
    })?;
    let line = |measure| move |series| Line::ours("memory", measure, Unit::Kilobytes, series);
    Ok(vec![
        small
            .compared(bench, line("memory per user, small script"))
            .target(Judged::RatioAtMost, 1.2, 0.8),
        large
            .compared(bench, line("memory per user, 300 kB library"))
            .target(Judged::RatioAtMost, 1.3, 0.7),
    ])
}

/// How much the largest resident size grows over the last three quarters of a run, in MB for each
/// million requests.
fn growth_mb(bench: &Bench<'_>, tool: &Tool) -> anyhow::Result<f64> {
    let mut target = Target::start(bench.context)?;
    let lasts = Duration::from_secs(bench.context.sized(30, 8));
    let url = target.url();
    let run = Run {
        script: "unique.js",
        url: &url,
        flags: vec![
            "--vus".to_owned(),
            GROWTH_USERS.to_string(),
            "--duration".to_owned(),
            script_duration(lasts),
        ],
        env: Vec::new(),
        lasts,
    };
    let mut running = tool.start(bench, &run)?;
    wait_for_first(&mut target, &mut running)?;
    let start = Instant::now();
    let mut first = None;
    let mut last = None;
    // The summary at the end has its own needs; what grows has grown before.
    while start.elapsed() < lasts.mul_f64(0.95) && running.is_running()? {
        let look = running.peak_kb().zip(Some(target.count()?.answered));
        if first.is_none() && lasts.mul_f64(0.25) < start.elapsed() {
            first = look;
        }
        last = look.or(last);
        std::thread::sleep(LOOK_EVERY);
    }
    running.finish()?;
    let (kb_first, n_first) = first.context("the run was too short")?;
    let (kb_last, n_last) = last.context("the run was too short")?;
    let n_requests = float((n_last - n_first).max(1));
    // The kernel counts pages in each thread and adds up now and then: the largest size may seem to
    // shrink by some of them.
    let kb_grown = (kb_last - kb_first).max(0.0);
    Ok(kb_grown / KB_OF_MB / n_requests * MILLION)
}

pub(super) fn run_growth(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let figures = in_turn(bench, "growth", |tool| growth_mb(bench, tool))?;
    let line = figures.alone(|series| {
        let measure = "memory growth per million requests, unique URLs";
        Line::ours("growth", measure, Unit::Megabytes, series)
    });
    Ok(vec![line.target(Judged::OursAtMost, 1.0, 0.0)])
}
