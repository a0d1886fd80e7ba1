//! `cargo xtask ci`: exactly what CI runs.
//!
//! Invariants: every step runs, also after a failed one, so that one run shows everything; the
//! last lines are the summaries of the tests; any failure makes the whole fail.

use std::time::Instant;

use anyhow::bail;

use crate::{conformance, licences, lint, openapi, shell, sim, test, tidy};

/// Run everything that CI runs
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run every count that CI samples
    #[arg(long)]
    full: bool,
}

/// Seeds of the simulation in every run.
const SEEDS: &str = "1000";

/// Seeds of the simulation with `--full`.
const FULL_SEEDS: &str = "20000";

/// Seeds that `--full` runs twice and compares byte by byte.
const FULL_META_SEEDS: &str = "100";

type Step<'a> = (&'a str, Box<dyn FnMut() -> anyhow::Result<()> + 'a>);

/// Runs all steps and shows a table of them.
///
/// # Errors
/// If a step fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut summary = test::Summary::default();
    let seeds = if args.full { FULL_SEEDS } else { SEEDS };
    let mut steps: Vec<Step<'_>> = vec![
        ("tidy", Box::new(|| tidy::run(&tidy::Args {}))),
        ("licences", Box::new(|| licences::run(&licences::Args {}))),
        ("lint", Box::new(|| lint::run(&lint::Args::CHECK))),
        ("openapi", Box::new(|| openapi::run(&openapi::Args::CHECK))),
        (
            "test",
            Box::new(|| test::run_into(&test::Args::all(args.full), &mut summary)),
        ),
        (
            "conformance",
            Box::new(|| conformance::run(&conformance::Args::RECORDED)),
        ),
        (
            "sim",
            Box::new(|| sim::run(&sim::Args::of(&["--seeds", seeds]))),
        ),
        (
            "canary",
            Box::new(|| sim::run(&sim::Args::of(&["--canary"]))),
        ),
    ];
    if args.full {
        let meta = || sim::run(&sim::Args::of(&["--meta", FULL_META_SEEDS]));
        steps.push(("meta", Box::new(meta)));
    }
    let (table, failed) = run_all(&mut steps);
    drop(steps);
    for line in &table {
        shell::put(line);
    }
    summary.show();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Runs every step; returns one line for each, and the names of those that failed.
fn run_all(steps: &mut [Step<'_>]) -> (Vec<String>, Vec<String>) {
    let mut table = Vec::new();
    let mut failed = Vec::new();
    for (name, step) in steps {
        shell::say(&format!("== {name}"));
        let start = Instant::now();
        let outcome = step();
        let took_s = start.elapsed().as_secs();
        let verdict = match outcome {
            Ok(()) => "ok".to_owned(),
            Err(error) => {
                shell::say(&format!("error: {error:#}"));
                failed.push((*name).to_owned());
                let text = format!("{error:#}");
                format!("FAILED: {}", text.lines().next().unwrap_or_default())
            }
        };
        table.push(format!("{name:<12} {took_s:>5} s  {verdict}"));
    }
    (table, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named_and_the_later_ones_still_run() {
        let mut ran = Vec::new();
        let mut steps: Vec<Step<'_>> = vec![
            ("first", Box::new(|| bail!("broken\nin detail"))),
            (
                "second",
                Box::new(|| {
                    ran.push("second");
                    Ok(())
                }),
            ),
        ];
        let (table, failed) = run_all(&mut steps);
        drop(steps);
        assert_eq!(ran, ["second"]);
        assert_eq!(failed, ["first"]);
        assert!(table[0].ends_with("FAILED: broken"), "{table:?}");
        assert!(table[1].ends_with("ok"), "{table:?}");
    }
}
