//! Runs seeds: lives through a world, judges its history, tells what came of it.

use crate::history::End;
use crate::judge::{Bench, judge};
use crate::world::{Bug, Faults, live};

/// Seeds within which a bug must be found.
pub const CANARY_SEEDS_MAX: u64 = 200;

/// What came of a seed.
#[derive(Debug)]
pub struct Verdict {
    /// The seed.
    pub seed: u64,
    /// What was wrong, explained; empty if nothing was.
    pub wrong: Vec<String>,
    /// What happened, in figures.
    pub figures: Figures,
    /// Everything that happened, if it was asked for.
    pub trace: String,
}

/// How much happened in a seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Attempts of clients.
    pub calls: usize,
    /// Of these, answered with an effect, a view or a refusal.
    pub told: usize,
    /// Of these, turned away before deciding.
    pub turned_away: usize,
    /// Of these, with an unknown outcome.
    pub unknown: usize,
    /// Entries of the journal.
    pub entries: usize,
    /// Facts in them.
    pub facts: usize,
    /// Runs of the server.
    pub runs: usize,
}

/// Runs one seed before these judges.
#[must_use]
pub fn run(
    seed: u64,
    faults: Option<Faults>,
    bug: Option<Bug>,
    traced: bool,
    bench: Bench,
) -> Verdict {
    let lived = live(seed, faults, bug, traced);
    let history = &lived.history;
    let mut wrong = Vec::new();
    match lived.broken {
        Some(broken) if bench == Bench::Full => {
            wrong.push(format!("the machine recovers what it wrote: {broken}"));
        }
        _ => {
            let violations = judge(history, &lived.rules, bench);
            wrong.extend(violations.iter().map(|v| v.explain(history).to_string()));
        }
    }
    let count = |wanted: fn(&End) -> bool| {
        history
            .calls
            .iter()
            .filter(|call| wanted(&call.end))
            .count()
    };
    let figures = Figures {
        calls: history.calls.len(),
        told: count(|end| matches!(end, End::Told { .. })),
        turned_away: count(|end| matches!(end, End::TurnedAway(_))),
        unknown: count(|end| matches!(end, End::Unknown)),
        entries: history.journal.len(),
        facts: history.journal.iter().map(|entry| entry.facts.len()).sum(),
        runs: history.runs.len(),
    };
    Verdict {
        seed,
        wrong,
        figures,
        trace: lived.trace,
    }
}

/// Runs one seed twice.
///
/// # Errors
/// The first line in which the two traces differ.
pub fn run_twice(seed: u64, faults: Option<Faults>) -> Result<Verdict, String> {
    let first = run(seed, faults, None, true, Bench::Full);
    let second = run(seed, faults, None, true, Bench::Full);
    if first.trace == second.trace {
        return Ok(first);
    }
    let mut lines = first.trace.lines().zip(second.trace.lines()).enumerate();
    let differs = lines.find(|(_, (a, b))| a != b);
    Err(differs.map_or_else(
        || format!("seed {seed}: one trace is longer than the other"),
        |(line, (a, b))| format!("seed {seed}: line {} differs:\n  {a}\n  {b}", line + 1),
    ))
}

/// How a bug was found.
#[derive(Debug)]
pub struct Found {
    /// The first seed that showed it.
    pub seed: u64,
    /// What the judge said, shortened to the law and how it was broken.
    pub what: String,
}

/// Runs seeds with a bug switched on until these judges see it.
#[must_use]
pub fn hunt(bug: Bug, bench: Bench, seeds_max: u64) -> Option<Found> {
    (0..seeds_max).find_map(|seed| {
        let verdict = run(seed, Some(Faults::Heavy), Some(bug), false, bench);
        let first = verdict.wrong.first()?;
        let line = first.lines().next().unwrap_or_default();
        let what = line.chars().take(160).collect();
        Some(Found { seed, what })
    })
}
