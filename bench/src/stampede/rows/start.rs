//! How long it takes from the command to the first request.

use std::time::Duration;

use super::{in_turn, wait_for_first};
use crate::figures::{Unit, float};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Tool};

pub(super) const WHAT: &str = "from the start of the program to its first request, 100 users";

const USERS: u32 = 100;

fn seconds(bench: &Bench<'_>, target: &mut Target, tool: &Tool) -> anyhow::Result<f64> {
    target.begin(Mode::Plain)?;
    let url = target.url();
    let run = Run {
        script: "post.js",
        url: &url,
        flags: ["--vus", &USERS.to_string(), "--duration", "1s"]
            .map(str::to_owned)
            .to_vec(),
        env: Vec::new(),
        lasts: Duration::from_secs(1),
    };
    let mut running = tool.start(bench, &run)?;
    let started_ns = running.started_ns;
    let count = wait_for_first(target, &mut running)?;
    running.finish()?;
    let first_ns = count.first_ns.unwrap_or(started_ns);
    Ok(float(first_ns.saturating_sub(started_ns)) / 1e9)
}

pub(super) fn run(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let mut target = Target::start(bench.context)?;
    let figures = in_turn(bench, "start", |tool| seconds(bench, &mut target, tool))?;
    let line = figures.alone(|series| {
        Line::ours(
            "start",
            "start to first request, 100 users",
            Unit::Seconds,
            series,
        )
    });
    Ok(vec![line.target(Judged::OursAtMost, 0.3, 0.1)])
}
