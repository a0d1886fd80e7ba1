//! Whether the latency that a load tester reports is the one that the server saw.

use std::time::Duration;

use super::{in_turn, script_duration};
use crate::figures::{Series, Unit};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Tool};

pub(super) const WHAT: &str = "error of the reported p99 at 5,000 requests/s, open arrival";

/// Arrivals per second.
const RATE: u32 = 5_000;
/// Enough users for a stall of 100 ms beside the target's delays.
const USERS: u32 = 700;
/// The shortest run: what connecting takes at its start must stay below one percent.
const RUN_MIN: Duration = Duration::from_secs(10);
/// Thousandths.
const MS: f64 = 1_000.0;

/// What a load tester said, and what the target saw.
#[derive(Default)]
struct Percentiles {
    said_p50: Series,
    seen_p50: Series,
    said_p99: Series,
    seen_p99: Series,
    dropped: Series,
}

impl Percentiles {
    fn note(&self, whose: &str) -> String {
        let us = |series: &Series| Unit::Microseconds.format(series.median());
        format!(
            "{whose}: said p50 {} p99 {}, the target saw p50 {} p99 {}, {} dropped",
            us(&self.said_p50),
            us(&self.said_p99),
            us(&self.seen_p50),
            us(&self.seen_p99),
            self.dropped.median()
        )
    }
}

fn error(
    bench: &Bench<'_>,
    target: &mut Target,
    seen: &mut Percentiles,
    tool: &Tool,
) -> anyhow::Result<f64> {
    target.begin(Mode::Delay)?;
    let lasts = bench.context.duration.max(RUN_MIN);
    let url = target.url();
    let run = Run {
        script: "arrival.js",
        url: &url,
        flags: Vec::new(),
        env: vec![
            ("RATE", RATE.to_string()),
            ("VUS", USERS.to_string()),
            ("DURATION", script_duration(lasts)),
        ],
        lasts,
    };
    let summary = tool.start(bench, &run)?.finish()?;
    let times = target.times()?;
    let said = |figure: &str| {
        let ms = summary.figure("http_req_duration", figure);
        anyhow::Context::context(ms, "the summary has no http_req_duration").map(|ms| ms * MS)
    };
    let (said_p50, said_p99) = (said("med")?, said("p(99)")?);
    seen.said_p50.push(said_p50);
    seen.said_p99.push(said_p99);
    seen.seen_p50.push(times.us_p50);
    seen.seen_p99.push(times.us_p99);
    let dropped = summary.figure("dropped_iterations", "count");
    seen.dropped.push(dropped.unwrap_or(0.0));
    Ok((said_p99 - times.us_p99).abs())
}

pub(super) fn run(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let mut target = Target::start(bench.context)?;
    let (mut ours, mut k6) = (Percentiles::default(), Percentiles::default());
    let figures = in_turn(bench, "latency", |tool| {
        let seen = if tool.name == bench.ours.name {
            &mut ours
        } else {
            &mut k6
        };
        error(bench, &mut target, seen, tool)
    })?;
    let line = figures.alone(|series| {
        let measure = "error of the reported p99, 5,000/s";
        Line::ours("latency", measure, Unit::Microseconds, series)
    });
    Ok(vec![
        line.target(Judged::OursAtMost, 1_000.0, 300.0)
            .note(&ours.note("ours"))
            .note(&k6.note("k6")),
    ])
}
