//! What is measured of load testers, one file for each kind of row.

mod arrival;
mod latency;
mod memory;
mod start;
mod throughput;
mod users;

use std::time::Duration;

use super::Bench;
use super::target::{Count, Target};
use super::tools::{Running, Tool};
use crate::figures::Series;
use crate::report::Line;

/// Time between two looks at a run.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Load before each measured turn: connections, compilers and collectors settle.
const WARM_UP: Duration = Duration::from_secs(1);
/// Load after it, so that the end of a run is never measured.
const COOL_DOWN: Duration = Duration::from_secs(1);

/// A row, or several that come from the same measurement.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// For `--only`.
    pub(super) name: &'static str,
    /// What is measured.
    pub(super) what: &'static str,
    /// Measures it.
    pub(super) run: fn(&Bench<'_>) -> anyhow::Result<Vec<Line>>,
}

/// All rows in the order of the table.
pub(super) const ROWS: &[Row] = &[
    Row {
        name: "post",
        what: throughput::WHAT_POST,
        run: throughput::run_post,
    },
    Row {
        name: "get",
        what: throughput::WHAT_GET,
        run: throughput::run_get,
    },
    Row {
        name: "latency",
        what: latency::WHAT,
        run: latency::run,
    },
    Row {
        name: "arrival",
        what: arrival::WHAT,
        run: arrival::run,
    },
    Row {
        name: "memory",
        what: memory::WHAT,
        run: memory::run,
    },
    Row {
        name: "growth",
        what: memory::WHAT_GROWTH,
        run: memory::run_growth,
    },
    Row {
        name: "users",
        what: users::WHAT,
        run: users::run,
    },
    Row {
        name: "start",
        what: start::WHAT,
        run: start::run,
    },
];

/// Our figures and k6's, if it is there.
struct Figures {
    ours: Series,
    k6: Option<Series>,
}

/// Lets stampede and k6 take turns.
fn in_turn(
    bench: &Bench<'_>,
    name: &str,
    mut measure: impl FnMut(&Tool) -> anyhow::Result<f64>,
) -> anyhow::Result<Figures> {
    let mut ours = Series::default();
    let mut k6 = bench.k6.is_ok().then(Series::default);
    for round in 1..=bench.context.rounds {
        let progress = format!("{name}: round {round} of {}", bench.context.rounds);
        bench.context.progress(&progress);
        ours.push(measure(&bench.ours)?);
        if let (Some(series), Ok(tool)) = (&mut k6, &bench.k6) {
            series.push(measure(tool)?);
        }
    }
    Ok(Figures { ours, k6 })
}

impl Figures {
    /// A line whose ratio is judged.
    fn compared(&self, bench: &Bench<'_>, line: impl Fn(Series) -> Line) -> Line {
        let line = line(self.ours.clone());
        match (&self.k6, &bench.k6) {
            (Some(k6), _) => line.against("k6", k6.clone()),
            (None, Err(why)) => line.without_peer("k6", why),
            (None, Ok(_)) => line,
        }
    }

    /// A line whose own figure is judged: it needs no peer.
    fn alone(&self, line: impl Fn(Series) -> Line) -> Line {
        let line = line(self.ours.clone());
        match &self.k6 {
            Some(k6) => line.against("k6", k6.clone()),
            None => line,
        }
    }
}

/// Waits until the target has answered something.
///
/// # Errors
/// If the run ends first.
fn wait_for_first(target: &mut Target, running: &mut Running) -> anyhow::Result<Count> {
    loop {
        let count = target.count()?;
        if count.first_ns.is_some() {
            return Ok(count);
        }
        if !running.is_running()? {
            anyhow::bail!("it ended without a request");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// A duration as scripts and flags have it.
fn script_duration(duration: Duration) -> String {
    format!("{}ms", duration.as_millis())
}
