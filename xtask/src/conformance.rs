//! `cargo xtask conformance`: runs small scripts under k6 and under stampede and compares.
//!
//! Invariants: every script of the suite is run or told as unsupported, none is left out
//! silently; what k6 did is recorded only if two runs of it agree.

mod compare;
mod docs;
mod judge;
mod k6;
mod logfmt;
mod mask;
mod observe;
mod program;
mod record;
mod script;
mod server;
mod timing;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, bail, ensure};

use crate::shell;
use judge::{Comparison, Verdict};
use script::Script;

/// Run the conformance suite under k6 and stampede, and compare
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Compare with what k6 did when it was recorded; k6 is not run
    #[arg(long, conflicts_with_all = ["record", "k6", "k6_only"])]
    recorded: bool,
    /// Write what k6 does to conformance/recorded
    #[arg(long)]
    record: bool,
    /// Run k6 only, and compare it with its records
    #[arg(long)]
    k6_only: bool,
    /// Write the results to conformance/results.json and docs/k6-compatibility.md
    #[arg(long, conflicts_with = "only")]
    docs: bool,
    /// Run only scripts whose name has this text
    #[arg(long)]
    only: Option<String>,
    /// The k6 to compare with, instead of an installed one
    #[arg(long)]
    k6: Option<PathBuf>,
    /// The stampede to judge, instead of the one built from this work tree
    #[arg(long)]
    stampede: Option<PathBuf>,
    /// Scripts that run at once; those of the area `timing` always run alone
    #[arg(long, default_value_t = JOBS)]
    jobs: usize,
}

impl Args {
    /// What CI runs: every script, against what k6 did when it was recorded.
    pub(crate) const RECORDED: Args = Args {
        recorded: true,
        record: false,
        k6_only: false,
        docs: false,
        only: None,
        k6: None,
        stampede: None,
        jobs: JOBS,
    };
}

/// Scripts that run at once unless told otherwise.
const JOBS: usize = 2;

/// The area whose scripts must have the machine for themselves.
const ALONE: &str = "timing";

/// Runs the suite and shows a table of its areas.
///
/// # Errors
/// If a script fails (with `--recorded`: one that is not among the stored failures, or one of
/// those passes), or a program cannot be had.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let suite = shell::root().join("conformance");
    let all = script::load_all(&suite)?;
    docs::check_features(&suite, &all)?;
    let scripts: Vec<&Script> = all
        .iter()
        .filter(|script| {
            args.only
                .as_ref()
                .is_none_or(|text| script.name.contains(text))
        })
        .collect();
    ensure!(!scripts.is_empty(), "no script has that text in its name");

    let comparison = Comparison {
        k6: if args.recorded {
            None
        } else {
            Some(k6::find_or_install(args.k6.as_deref())?)
        },
        stampede: if args.k6_only || (args.record && args.stampede.is_none()) {
            None
        } else {
            Some(stampede(args.stampede.as_deref())?)
        },
        is_recording: args.record,
        suite: suite.clone(),
    };
    if args.recorded {
        shell::say(&format!(
            "comparing with what k6 {} did when it was recorded; k6 itself is not run",
            k6::VERSION
        ));
    }
    let verdicts = judge_all(&comparison, &scripts, args.jobs.max(1));
    show(&verdicts);
    if args.record {
        record::remove_strangers(&suite, &all)?;
    }
    if args.docs {
        ensure!(
            comparison.stampede.is_some(),
            "--docs needs results of stampede"
        );
        docs::write(&suite, &all, &verdicts)?;
        return Ok(());
    }
    let known = if args.recorded {
        record::results(&suite)?
    } else {
        BTreeMap::new()
    };
    let news = news(&verdicts, &known);
    if !news.is_empty() {
        bail!("{}", news.join("\n"));
    }
    Ok(())
}

/// The program to judge: `given`, or built from this work tree.
fn stampede(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => {
            shell::run(&mut shell::cargo([
                "build",
                "--quiet",
                "--package",
                "stampede",
            ]))?;
            shell::root().join("target/debug/stampede")
        }
    };
    path.canonicalize()
        .with_context(|| format!("there is no {}", path.display()))
}

/// Judges every script, several at a time, and those of [`ALONE`] one by one at the end.
fn judge_all(
    comparison: &Comparison,
    scripts: &[&Script],
    jobs: usize,
) -> BTreeMap<String, Verdict> {
    let (alone, together): (Vec<&Script>, Vec<&Script>) =
        scripts.iter().partition(|script| script.area() == ALONE);
    let verdicts = Mutex::new(BTreeMap::new());
    for (batch, threads) in [(together, jobs), (alone, 1)] {
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(script) = batch.get(next.fetch_add(1, Ordering::Relaxed)) {
                let verdict = comparison.judge(script);
                if let Verdict::Failed(reason) = &verdict {
                    shell::say(&format!("{}: {reason}", script.name));
                }
                verdicts
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .insert(script.name.clone(), verdict);
            }
        };
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
    }
    verdicts
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// One line for each area, and one for all.
fn show(verdicts: &BTreeMap<String, Verdict>) {
    let mut areas: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, verdict) in verdicts {
        let area = name.split_once('/').map_or("", |(area, _)| area);
        let (passed, failed) = areas.entry(area).or_default();
        match verdict {
            Verdict::Passed => *passed += 1,
            Verdict::Failed(_) => *failed += 1,
        }
    }
    shell::put(&format!("{:<20} {:>6} {:>6}", "area", "passed", "failed"));
    for (area, (passed, failed)) in &areas {
        shell::put(&format!("{area:<20} {passed:>6} {failed:>6}"));
    }
    let passed: usize = areas.values().map(|(passed, _)| passed).sum();
    let failed: usize = areas.values().map(|(_, failed)| failed).sum();
    shell::put(&format!("{:<20} {passed:>6} {failed:>6}", "all"));
}

/// Scripts that are named one by one when they pass unforeseen; more are counted.
const NAMED_MAX: usize = 10;

/// What the stored results did not foretell.
fn news(verdicts: &BTreeMap<String, Verdict>, known: &BTreeMap<String, String>) -> Vec<String> {
    let mut news = Vec::new();
    let mut mended = Vec::new();
    for (name, verdict) in verdicts {
        let was_failing = known
            .get(name)
            .is_some_and(|result| result != record::PASSED);
        match verdict {
            Verdict::Failed(reason) if !was_failing => news.push(format!("{name}: {reason}")),
            Verdict::Passed if was_failing => mended.push(name.as_str()),
            Verdict::Failed(_) | Verdict::Passed => {}
        }
    }
    if !mended.is_empty() {
        let count = mended.len();
        mended.truncate(NAMED_MAX);
        news.push(format!(
            "{count} scripts that failed pass now ({}{}); store that with `cargo xtask \
             conformance --docs`",
            mended.join(", "),
            if count > NAMED_MAX { ", …" } else { "" }
        ));
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_told() {
        let verdicts = BTreeMap::from([
            ("a/new".to_owned(), Verdict::Failed("x".to_owned())),
            ("a/old".to_owned(), Verdict::Failed("x".to_owned())),
            ("a/mended".to_owned(), Verdict::Passed),
            ("a/fine".to_owned(), Verdict::Passed),
        ]);
        let known = BTreeMap::from([
            ("a/old".to_owned(), "exit".to_owned()),
            ("a/mended".to_owned(), "log".to_owned()),
            ("a/fine".to_owned(), record::PASSED.to_owned()),
        ]);
        let news = news(&verdicts, &known);
        assert_eq!(news.len(), 2, "{news:?}");
        assert_eq!(news[0], "a/new: x");
        assert!(
            news[1].starts_with("1 scripts that failed pass now (a/mended)"),
            "{news:?}"
        );
    }
}
