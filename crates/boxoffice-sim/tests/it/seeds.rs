//! Seeds: a smoke of clean ones, the same one twice, and one with a bug for every bug.

use boxoffice_sim::judge::Bench;
use boxoffice_sim::run::{CANARY_SEEDS_MAX, hunt, run, run_twice};
use boxoffice_sim::world::{Bug, Faults};

const SMOKE_SEEDS: u64 = 50;

#[test]
fn fifty_seeds_keep_every_promise() {
    for seed in 0..SMOKE_SEEDS {
        let verdict = run(seed, None, None, false, Bench::Full);
        assert!(
            verdict.wrong.is_empty(),
            "seed {seed}: {}",
            verdict.wrong.join("\n")
        );
    }
}

#[test]
fn seeds_crash_and_lose_answers_and_are_judged_on_many() {
    let verdicts: Vec<_> = (0..20)
        .map(|seed| run(seed, Some(Faults::Heavy), None, false, Bench::Full))
        .collect();
    assert!(
        verdicts.iter().map(|v| v.figures.runs).sum::<usize>() > 60,
        "the machine crashes"
    );
    assert!(
        verdicts.iter().all(|v| v.figures.told > 50),
        "clients are answered"
    );
    assert!(
        verdicts.iter().map(|v| v.figures.unknown).sum::<usize>() > 200,
        "answers are lost"
    );
}

#[test]
fn a_seed_runs_the_same_twice() {
    for seed in 0..8 {
        let verdict = run_twice(seed, Some(Faults::Heavy)).unwrap();
        assert!(
            verdict.trace.lines().count() > 300,
            "the trace tells what happened"
        );
    }
}

#[test]
fn every_bug_is_seen() {
    for bug in Bug::ALL {
        let found = hunt(bug, Bench::Full, CANARY_SEEDS_MAX);
        assert!(found.is_some(), "{} is not seen", bug.name());
    }
}

/// What the journal hides with a liar, clients still see.
#[test]
fn most_bugs_are_seen_by_clients_alone() {
    for bug in [
        Bug::DoubleGrant,
        Bug::EarlyExpiry,
        Bug::AcknowledgedThenLost,
        Bug::AnswerBeforeCommit,
        Bug::RefusalBeforeCause,
        Bug::DoublePayment,
        Bug::OversellByOne,
        Bug::ForgottenKey,
        Bug::StaleRead,
        Bug::PartialClaim,
    ] {
        let found = hunt(bug, Bench::ClientsOnly, CANARY_SEEDS_MAX);
        assert!(found.is_some(), "{} is not seen", bug.name());
    }
}
