//! The largest rate of arrivals at which no iteration is dropped.

use std::time::Duration;

use super::{in_turn, script_duration, wait_for_first};
use crate::figures::{Unit, float};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Tool};

pub(super) const WHAT: &str = "largest open arrival that drops nothing";

/// Users who are there from the start; with all of them busy, an arrival is dropped.
const USERS: u32 = 1_000;
/// Where the search begins, and the largest rate that is tried.
const RATE_FIRST: u64 = 2_000;
const RATE_MAX: u64 = 512_000;
/// How often the interval is halved once its ends are known.
const HALVINGS: u32 = 4;
/// How long after the last arrival its answer may be missing.
const LATE_MAX: Duration = Duration::from_millis(100);
/// Share of the planned requests that must have been answered: one may be under way at the end.
const ANSWERED_SHARE_MIN: f64 = 0.99;

/// Whether every arrival at this rate was served.
fn holds(bench: &Bench<'_>, target: &mut Target, tool: &Tool, rate: u64) -> anyhow::Result<bool> {
    target.begin(Mode::Plain)?;
    let url = target.url();
    let run = Run {
        script: "arrival.js",
        url: &url,
        flags: Vec::new(),
        env: vec![
            ("RATE", rate.to_string()),
            ("VUS", USERS.to_string()),
            ("DURATION", script_duration(bench.context.duration)),
        ],
        lasts: bench.context.duration,
    };
    let mut running = tool.start(bench, &run)?;
    wait_for_first(target, &mut running)?;
    std::thread::sleep(bench.context.duration + LATE_MAX);
    // Now, not at the end: what is served after its time has neither held nor been dropped.
    let answered = float(target.count()?.answered);
    let summary = running.finish()?;
    let dropped = summary.figure("dropped_iterations", "count").unwrap_or(0.0);
    let planned = float(rate) * bench.context.duration.as_secs_f64();
    Ok(dropped < 1.0 && planned * ANSWERED_SHARE_MIN <= answered)
}

/// Doubles the rate until it does not hold, then halves the interval.
fn largest(bench: &Bench<'_>, target: &mut Target, tool: &Tool) -> anyhow::Result<f64> {
    let (mut held, mut broken) = (0, RATE_FIRST);
    while broken <= RATE_MAX && holds(bench, target, tool, broken)? {
        (held, broken) = (broken, broken * 2);
    }
    for _ in 0..HALVINGS {
        let rate = u64::midpoint(held, broken);
        if holds(bench, target, tool, rate)? {
            held = rate;
        } else {
            broken = rate;
        }
    }
    Ok(float(held))
}

pub(super) fn run(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let mut target = Target::start(bench.context)?;
    let figures = in_turn(bench, "arrival", |tool| largest(bench, &mut target, tool))?;
    let line = figures.compared(bench, |series| {
        Line::ours("arrival", WHAT, Unit::PerSecond, series)
    });
    Ok(vec![line.target(Judged::RatioAtLeast, 4.0, 8.0)])
}
