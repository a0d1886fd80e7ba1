//! `cargo xtask bench stampede`: measures stampede against k6, oha and wrk.
//!
//! | file | what |
//! | --- | --- |
//! | `target` | the server that all of them load, a process of its own |
//! | `tools` | the load testers: where they are, how they are started |
//! | `rows` | what is measured |
//! | `scripts` | what k6 and stampede run |
//!
//! Invariants: all load the same target on the same two cores, in turn, within one run; rates,
//! times and memory come from the target and from the system, never from the load tester, unless
//! it is the load tester's word that is judged.

mod rows;
mod target;
mod tools;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use tempfile::TempDir;

use crate::args::Cli;
use crate::context::Context;
use crate::report::{Line, Report};
use tools::{Programs, Tool};

pub(crate) use target::main as serve_target;

/// Cores that target and load tester share.
const CORES: usize = 2;

/// Measure stampede against k6, oha and wrk, all on this machine
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Measure only these rows; `--list` names them
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Print the names of all rows
    #[arg(long)]
    list: bool,
    /// Smaller sizes and shorter rounds, for a look in between; not for figures to quote
    #[arg(long)]
    quick: bool,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(3..=100))]
    rounds: u32,
    /// How long each turn is measured; 3 without, 1 with --quick
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=600))]
    seconds: Option<u32>,
    /// Write all figures to this file as well
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measure this program, which takes k6's commands, instead of building stampede
    #[arg(long, value_name = "PROGRAM")]
    stampede: Option<PathBuf>,
    /// Compare with this k6 instead of the one in `target/conformance`, in PATH or in /opt/k6
    #[arg(long, value_name = "PROGRAM")]
    k6: Option<PathBuf>,
}

/// What all rows share.
struct Bench<'a> {
    context: &'a Context,
    ours: Tool,
    /// Or why there is none.
    k6: Result<Tool, String>,
    programs: Programs,
    scripts: TempDir,
}

impl Bench<'_> {
    /// The directory of the scripts.
    fn scripts(&self) -> &Path {
        self.scripts.path()
    }
}

/// Measures all rows that were asked for. 1 when a target was missed or a row failed.
///
/// # Errors
/// If a row does not exist, or nothing can be measured at all.
pub(crate) fn measure(args: &Args) -> anyhow::Result<ExitCode> {
    if args.list {
        for row in rows::ROWS {
            writeln!(std::io::stdout(), "{:10} {}", row.name, row.what)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows = chosen(args)?;
    let context = Context::new(&settings(args))?;
    let n_cores = take_cores()?;
    if n_cores < CORES {
        context.progress("there is one core only; ratios are not those of two");
    }
    let programs = Programs::new(&context);
    let ours = match &args.stampede {
        Some(program) => Tool::at("stampede", program.clone()),
        None => Tool::at("stampede", programs.build_stampede()?),
    };
    let bench = Bench {
        context: &context,
        ours,
        k6: programs.k6(args.k6.as_deref()),
        programs,
        scripts: tools::write_scripts(&context)?,
    };
    let mut report = Report::new(&context);
    for row in rows {
        context.progress(&format!("{}: {}", row.name, row.what));
        match (row.run)(&bench) {
            Ok(lines) => report.add(lines),
            Err(error) => report.add(vec![Line::not_run(
                row.name,
                row.what,
                &format!("{error:#}"),
            )]),
        }
        if let Some(path) = &args.json {
            report.write_json(path)?;
        }
    }
    std::io::stdout().write_all(report.table().as_bytes())?;
    Ok(if report.is_green() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The settings that both kinds of run share.
fn settings(args: &Args) -> Cli {
    Cli {
        only: Vec::new(),
        list: false,
        quick: args.quick,
        rounds: args.rounds,
        seconds: args.seconds,
        loader_threads: 1,
        json: args.json.clone(),
        server: None,
        dir: None,
        cold_build: false,
        command: None,
    }
}

fn chosen(args: &Args) -> anyhow::Result<Vec<rows::Row>> {
    for name in &args.only {
        if !rows::ROWS.iter().any(|row| row.name == name) {
            bail!("there is no row {name:?}; --list names them");
        }
    }
    let is_chosen =
        |row: &&rows::Row| args.only.is_empty() || args.only.iter().any(|n| n == row.name);
    Ok(rows::ROWS.iter().filter(is_chosen).copied().collect())
}

/// Keeps this process and all that it starts on the first [`CORES`] cores that it may use; how many
/// there are.
fn take_cores() -> anyhow::Result<usize> {
    let allowed = sched_getaffinity(None)?;
    let mut taken = CpuSet::new();
    let ours = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    ours.take(CORES).for_each(|core| taken.set(core));
    sched_setaffinity(None, &taken)?;
    Ok(usize::try_from(taken.count())?)
}
