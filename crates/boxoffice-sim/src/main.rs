//! `boxoffice-sim`: replays one seed, runs many, proves that runs repeat and that bugs are seen.
//!
//! Exits with 0 if all passed, 1 if anything failed, 2 for a command line that says nothing.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use boxoffice_sim::judge::Bench;
use boxoffice_sim::run::{CANARY_SEEDS_MAX, Figures, Verdict, hunt, run, run_twice};
use boxoffice_sim::world::{Bug, Faults};
use clap::{Parser, ValueEnum};

/// Seeds between two updates of the progress.
const PROGRESS_EVERY: u64 = 50;
/// Failed seeds that are explained; of the others only the number is told.
const EXPLAINED_MAX: usize = 5;

/// Simulate the whole system by seed, with faults, and judge what its clients saw
#[derive(Debug, Parser)]
#[command(name = "boxoffice-sim", version)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
struct Args {
    /// Replay this seed and tell what happened
    #[arg(long, value_name = "N", group = "what")]
    seed: Option<u64>,
    /// Run so many seeds
    #[arg(long, value_name = "N", group = "what")]
    seeds: Option<u64>,
    /// Run so many seeds twice each and compare what happened, byte by byte
    #[arg(long, value_name = "N", group = "what")]
    meta: Option<u64>,
    /// Switch each known bug on until it is seen
    #[arg(long, group = "what")]
    canary: bool,
    /// First seed of many
    #[arg(long, value_name = "N", default_value_t = 0)]
    from: u64,
    /// How much goes wrong; by default it depends on the seed
    #[arg(long)]
    faults: Option<Weather>,
    /// Tell everything that happens
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Weather {
    /// Nothing: concurrency alone
    None,
    /// Slow commits, lost messages, a crash now and then
    Light,
    /// Everything, often
    Heavy,
}

impl Weather {
    fn faults(self) -> Faults {
        match self {
            Self::None => Faults::None,
            Self::Light => Faults::Light,
            Self::Heavy => Faults::Heavy,
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let faults = args.faults.map(Weather::faults);
    let (n_passed, n_failed) = match (args.seed, args.seeds, args.meta) {
        (Some(seed), ..) => replay(seed, faults, args.verbose)?,
        (_, Some(n), _) => run_many(args.from, n, &|seed| {
            Ok(run(seed, faults, None, false, Bench::Full))
        })?,
        (_, _, Some(n)) => run_many(args.from, n, &|seed| run_twice(seed, faults))?,
        (None, None, None) => canary()?,
    };
    say(format_args!("{n_passed} passed, {n_failed} failed"))?;
    Ok(if n_failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn say(line: impl Display) -> anyhow::Result<()> {
    writeln!(stdout().lock(), "{line}")?;
    Ok(())
}

fn progress(line: impl Display) {
    if stderr().is_terminal() {
        // Progress that cannot be shown is not worth ending for.
        drop(write!(stderr().lock(), "\r\x1b[K{line}"));
    }
}

fn replay(seed: u64, faults: Option<Faults>, verbose: bool) -> anyhow::Result<(u64, u64)> {
    let verdict = run(seed, faults, None, verbose, Bench::Full);
    stdout().lock().write_all(verdict.trace.as_bytes())?;
    let Figures {
        calls,
        told,
        turned_away,
        unknown,
        entries,
        facts,
        runs,
    } = verdict.figures;
    say(format_args!(
        "seed {seed}: {calls} calls, {told} answered, {turned_away} turned away, {unknown} unknown; \
         {entries} entries with {facts} facts by {runs} runs of the server"
    ))?;
    for wrong in &verdict.wrong {
        say(format_args!("  {wrong}"))?;
    }
    Ok(if verdict.wrong.is_empty() {
        (1, 0)
    } else {
        (0, 1)
    })
}

/// Runs seeds on all cores.
fn run_many(
    from: u64,
    n: u64,
    one: &(dyn Fn(u64) -> Result<Verdict, String> + Sync),
) -> anyhow::Result<(u64, u64)> {
    let next = AtomicU64::new(from);
    let failed: Mutex<Vec<(u64, Vec<String>)>> = Mutex::default();
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..n_threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if from.saturating_add(n) <= seed {
                        return;
                    }
                    if (seed - from).is_multiple_of(PROGRESS_EVERY) {
                        progress(format_args!("seed {seed}"));
                    }
                    let wrong = match one(seed) {
                        Ok(verdict) => verdict.wrong,
                        Err(why) => vec![why],
                    };
                    if !wrong.is_empty() {
                        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                        failed.push((seed, wrong));
                    }
                }
            });
        }
    });
    progress("");
    let mut failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.sort();
    for (seed, wrong) in failed.iter().take(EXPLAINED_MAX) {
        say(format_args!(
            "seed {seed} failed; replay it with --seed {seed}"
        ))?;
        for wrong in wrong {
            say(format_args!("  {wrong}"))?;
        }
    }
    for (seed, _) in failed.iter().skip(EXPLAINED_MAX) {
        say(format_args!("seed {seed} failed"))?;
    }
    let n_failed = failed.len() as u64;
    Ok((n - n_failed, n_failed))
}

/// Every bug must be seen, and without one nothing may be.
fn canary() -> anyhow::Result<(u64, u64)> {
    let mut n_failed = 0;
    for bug in Bug::ALL {
        progress(bug.name());
        let clients = hunt(bug, Bench::ClientsOnly, CANARY_SEEDS_MAX);
        let full = hunt(bug, Bench::Full, CANARY_SEEDS_MAX);
        progress("");
        match &full {
            Some(found) => say(format_args!(
                "{}: seed {}: {}",
                bug.name(),
                found.seed,
                found.what
            ))?,
            None => {
                n_failed += 1;
                say(format_args!(
                    "{}: not seen in {CANARY_SEEDS_MAX} seeds",
                    bug.name()
                ))?;
            }
        }
        match &clients {
            Some(found) => say(format_args!(
                "  by clients alone: seed {}: {}",
                found.seed, found.what
            ))?,
            None => say("  by clients alone: not seen")?,
        }
    }
    let clean = |seed| Ok(run(seed, Some(Faults::Heavy), None, false, Bench::Full));
    let (_, n_unclean) = run_many(0, CANARY_SEEDS_MAX, &clean)?;
    if n_unclean > 0 {
        say(format_args!("without any bug, {n_unclean} seeds failed"))?;
        n_failed += 1;
    }
    Ok((Bug::ALL.len() as u64 + 1 - n_failed, n_failed))
}
