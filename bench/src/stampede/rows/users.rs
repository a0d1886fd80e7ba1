//! Whether thousands of users on two cores come back when they should.

use std::time::{Duration, Instant};

use anyhow::bail;
use stampede_metrics::units::format_count;

use super::{LOOK_EVERY, in_turn, script_duration, wait_for_first};
use crate::figures::{Series, Unit, per_second};
use crate::report::{Judged, Line};
use crate::stampede::Bench;
use crate::stampede::target::{Mode, Target};
use crate::stampede::tools::{Run, Tool};

pub(super) const WHAT: &str = "10,000 users who pause for 1 s: how late they come back, p99";

/// How late the hundredth part of the users may be.
const LAG_US_MAX: f64 = 20_000.0;
/// What the script pauses for.
const PAUSE_US: f64 = 1e6;
/// Users who come in a second, one after the other.
const COME_PER_SECOND: u64 = 1_000;
/// How long they are left alone after the last one came.
const SETTLE: Duration = Duration::from_secs(2);
/// The shortest time that is measured: each user comes back a few times.
const WINDOW_MIN: Duration = Duration::from_secs(5);
/// How long after the first request the last user may take to come.
const COME_MAX: Duration = Duration::from_secs(120);

/// What else was seen.
#[derive(Default)]
struct Seen {
    us_p50: Series,
    us_max: Series,
    per_second: Series,
    peak_mb: Series,
}

impl Seen {
    fn note(&self, whose: &str) -> String {
        let us = |series: &Series| Unit::Microseconds.format(series.median());
        format!(
            "{whose}: p50 {}, largest {}, {} requests, {} at its largest",
            us(&self.us_p50),
            us(&self.us_max),
            Unit::PerSecond.format(self.per_second.median()),
            Unit::Megabytes.format(self.peak_mb.median()),
        )
    }
}

fn lag_us(bench: &Bench<'_>, tool: &Tool, users: u64, seen: &mut Seen) -> anyhow::Result<f64> {
    let mut target = Target::start(bench.context)?;
    target.begin(Mode::Pauses)?;
    let window = bench.context.duration.max(WINDOW_MIN);
    let hold = SETTLE * 2 + window;
    let ramp = Duration::from_secs(users.div_ceil(COME_PER_SECOND));
    let url = target.url();
    let run = Run {
        script: "think.js",
        url: &url,
        flags: Vec::new(),
        env: vec![
            ("VUS", users.to_string()),
            ("RAMP", script_duration(ramp)),
            ("HOLD", script_duration(hold)),
        ],
        lasts: ramp + hold,
    };
    let mut running = tool.start(bench, &run)?;
    wait_for_first(&mut target, &mut running)?;
    let start = Instant::now();
    while target.count()?.connections < users {
        if COME_MAX < start.elapsed() || !running.is_running()? {
            let connections = target.count()?.connections;
            bail!("{}: only {connections} of {users} users came", tool.name);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    std::thread::sleep(SETTLE);
    let (before, _ramp) = (target.count()?, target.times()?);
    std::thread::sleep(window);
    let (after, times) = (target.count()?, target.times()?);
    let peak_kb = running.peak_kb();
    running.finish()?;
    let elapsed = Duration::from_nanos(after.at_ns - before.at_ns);
    let rate = per_second(after.answered - before.answered, elapsed);
    seen.per_second.push(rate);
    seen.us_p50.push(times.us_p50 - PAUSE_US);
    seen.us_max.push(times.us_max - PAUSE_US);
    seen.peak_mb.push(peak_kb.unwrap_or(0.0) / 1_000.0);
    Ok(times.us_p99 - PAUSE_US)
}

/// Stampede and k6 in turn.
fn against_k6(bench: &Bench<'_>, users: u64) -> anyhow::Result<Line> {
    let (mut ours, mut k6) = (Seen::default(), Seen::default());
    let figures = in_turn(bench, "users", |tool| {
        let seen = if tool.name == bench.ours.name {
            &mut ours
        } else {
            &mut k6
        };
        lag_us(bench, tool, users, seen)
    })?;
    let line = figures.alone(|series| lag(users, series));
    Ok(line
        .target(Judged::OursAtMost, LAG_US_MAX, LAG_US_MAX)
        .note(&ours.note("ours"))
        .note(&k6.note("k6")))
}

/// Stampede alone, with as many users as it is to take one day.
fn alone(bench: &Bench<'_>, users: u64) -> anyhow::Result<Line> {
    let mut seen = Seen::default();
    let mut series = Series::default();
    for round in 1..=bench.context.rounds {
        let progress = format!("{users} users: round {round} of {}", bench.context.rounds);
        bench.context.progress(&progress);
        series.push(lag_us(bench, &bench.ours, users, &mut seen)?);
    }
    Ok(lag(users, series).note(&seen.note("ours")))
}

fn lag(users: u64, series: Series) -> Line {
    let measure = format!("{} users, 1 s pause: lag p99", format_count(users));
    Line::ours("users", &measure, Unit::Microseconds, series)
}

pub(super) fn run(bench: &Bench<'_>) -> anyhow::Result<Vec<Line>> {
    let must = bench.context.sized(10_000, 1_000);
    let aim = bench.context.sized(15_000, 1_500);
    let more = alone(bench, aim)
        .unwrap_or_else(|error| Line::not_run("users", "more users", &format!("{error:#}")));
    Ok(vec![against_k6(bench, must)?, more])
}
