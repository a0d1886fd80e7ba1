//! What is measured, one file for each row.

mod bookings;
mod cold;
mod engine;
mod growth;
mod hostile;
mod hot;
mod house;
mod journal;
mod locks;
mod memory;
mod open;
mod race;
mod refusals;
mod restart;
mod seatmap;
mod shop;

use std::io::Write as _;

use anyhow::bail;
use stampede_run::load::LoadResult;

use crate::args::Cli;
use crate::children::{Endpoint, load};
use crate::context::Context;
use crate::figures::{Series, float};
use crate::job::{Job, LoadJob, Work};
use crate::report::Line;

/// Connections of most loads.
const CONNECTIONS: usize = 64;
/// Above this share of its time the loader's limit is measured, not the server's.
const LOADER_BUSY_MAX: f64 = 0.97;
/// Answers other than the expected ones that a load may have and still be quoted.
const UNEXPECTED_SHARE_MAX: f64 = 0.001;

/// A row, or several that come from the same measurement.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// For `--only`.
    pub(crate) name: &'static str,
    /// What is measured.
    pub(crate) what: &'static str,
    /// Measures it.
    pub(crate) run: fn(&Context) -> anyhow::Result<Vec<Line>>,
}

/// All rows in the order of the table.
const ROWS: &[Row] = &[
    Row {
        name: "engine",
        what: engine::WHAT,
        run: engine::run,
    },
    Row {
        name: "journal",
        what: journal::WHAT,
        run: journal::run,
    },
    Row {
        name: "bookings",
        what: bookings::WHAT,
        run: bookings::run,
    },
    Row {
        name: "refusals",
        what: refusals::WHAT,
        run: refusals::run,
    },
    Row {
        name: "hot",
        what: hot::WHAT,
        run: hot::run,
    },
    Row {
        name: "locks",
        what: locks::WHAT,
        run: locks::run,
    },
    Row {
        name: "open",
        what: open::WHAT,
        run: open::run,
    },
    Row {
        name: "race",
        what: race::WHAT,
        run: race::run,
    },
    Row {
        name: "shop",
        what: shop::WHAT,
        run: shop::run,
    },
    Row {
        name: "memory",
        what: memory::WHAT,
        run: memory::run,
    },
    Row {
        name: "restart",
        what: restart::WHAT,
        run: restart::run,
    },
    Row {
        name: "seatmap",
        what: seatmap::WHAT,
        run: seatmap::run,
    },
    Row {
        name: "hostile",
        what: hostile::WHAT,
        run: hostile::run,
    },
    Row {
        name: "growth-http",
        what: growth::WHAT_HTTP,
        run: growth::run_http,
    },
    Row {
        name: "growth-engine",
        what: growth::WHAT_ENGINE,
        run: growth::run_engine,
    },
    COLD,
];

const COLD: Row = Row {
    name: "cold-build",
    what: cold::WHAT,
    run: cold::run,
};

/// The rows that the command line asks for.
///
/// # Errors
/// If it names one that does not exist.
pub(crate) fn chosen(cli: &Cli) -> anyhow::Result<Vec<Row>> {
    if cli.list {
        for row in ROWS {
            writeln!(std::io::stdout(), "{:14} {}", row.name, row.what)?;
        }
        return Ok(Vec::new());
    }
    for name in &cli.only {
        if !ROWS.iter().any(|row| row.name == name) {
            bail!("there is no row {name:?}; --list names them");
        }
    }
    let is_chosen = |row: &&Row| match cli.only.as_slice() {
        [] => row.name != COLD.name || cli.cold_build,
        only => only.iter().any(|name| name == row.name),
    };
    Ok(ROWS.iter().filter(is_chosen).copied().collect())
}

/// What a load over HTTP needs besides the settings of the run.
pub(crate) struct Turn {
    pub(crate) endpoint: Endpoint,
    pub(crate) connections: usize,
    pub(crate) expected: &'static str,
    pub(crate) work: Work,
    pub(crate) per_second: Option<f64>,
}

impl Turn {
    /// A closed loop of [`CONNECTIONS`].
    fn closed(endpoint: Endpoint, expected: &'static str, work: Work) -> Self {
        Self {
            endpoint,
            connections: CONNECTIONS,
            expected,
            work,
            per_second: None,
        }
    }

    /// Runs it in a loader of its own.
    ///
    /// # Errors
    /// If answers were not as they should be: such a figure must not be quoted.
    pub(crate) fn run(self, context: &Context) -> anyhow::Result<Turned> {
        let job = Job::Load(LoadJob {
            address: self.endpoint.address,
            connections: self.connections,
            threads: context.loader_threads,
            warm_up_ms: millis(context.warm_up),
            duration_ms: millis(context.duration),
            per_second: self.per_second,
            expected: self.expected.to_owned(),
            work: self.work,
        });
        let before = self.endpoint.cpu()?;
        let result: LoadResult = load(context, &job)?;
        let cpu = self.endpoint.cpu()?.saturating_sub(before);
        let wrong = result.answered - result.expected + result.unanswered;
        if float(result.answered) * UNEXPECTED_SHARE_MAX < float(wrong) || result.answered == 0 {
            bail!(
                "of {} answers {wrong} were not {}: {:?}, {} without answer",
                result.answered,
                self.expected,
                result.statuses,
                result.unanswered
            );
        }
        let seconds = (context.warm_up + context.duration).as_secs_f64();
        let us_cpu_each = cpu.as_secs_f64() * 1e6 / (result.per_second * seconds);
        Ok(Turned {
            load: result,
            us_cpu_each,
        })
    }
}

/// What came of a turn.
#[derive(Debug)]
pub(crate) struct Turned {
    pub(crate) load: LoadResult,
    /// What the server's process computed for each answer, in microseconds: the figure that other
    /// programs on the machine disturb least.
    us_cpu_each: f64,
}

/// What is worth knowing about several turns besides their rates.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    pub(crate) per_second: Series,
    us_p99: Series,
    us_cpu_each: Series,
    loader_busy: Series,
}

impl Turns {
    pub(crate) fn add(&mut self, turned: &Turned) {
        self.per_second.push(turned.load.per_second);
        self.us_p99.push(turned.load.latency.us_p99);
        self.us_cpu_each.push(turned.us_cpu_each);
        self.loader_busy.push(turned.load.loader_busy);
    }

    /// The tail, and a warning when the loader was the limit.
    pub(crate) fn note(&self, whose: &str) -> String {
        let busy = self.loader_busy.median();
        let limit = if LOADER_BUSY_MAX < busy {
            ", LIMITED BY THE LOADER"
        } else {
            ""
        };
        format!(
            "{whose}: p99 {}, {:.1} µs of the server's cores each, loader busy {:.0} %{limit}",
            stampede_metrics::units::format_us(self.us_p99.median()),
            self.us_cpu_each.median(),
            busy * 100.0
        )
    }
}

/// A duration in whole milliseconds.
fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
