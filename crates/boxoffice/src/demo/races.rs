//! The larger race that the second seed proposes, every request at once.

use anyhow::bail;
use stampede_metrics::units::format_rate;
use stampede_run::race::{RaceResult, numbered};

use super::job::{Done, Job, RaceJob};
use super::table::Act;
use super::{Stage, TAKEN};

/// The next step that `order-race.md` proposes: 500 users at each of 100 seats. The show sells out.
pub(super) fn sold_out_race(stage: &mut Stage) -> anyhow::Result<Act> {
    stage.free("theatre:1", &TAKEN)?;
    let job = theatre_job(stage, 500, numbered(100));
    let race = run(stage, job)?;
    let mut act = Act::new("the hall sells out", "500 clients × 100 theatre seats");
    judge(&mut act, &race);
    let totals = stage.totals("theatre:1")?;
    act.exactly("seats booked afterwards", 100, totals.booked);
    act.exactly("seats free afterwards", 0, totals.free);
    act.figure(
        "requests/s",
        "—",
        format_rate(race.total.requests_per_second),
    );
    act.latency("median", "—", race.latency.all.us_med);
    act.latency("p95", "—", race.latency.all.us_p95);
    Ok(act)
}

fn theatre_job(stage: &Stage, clients: u32, resources: Vec<String>) -> RaceJob {
    RaceJob {
        url: format!("http://{}/api/book-seat/", stage.address),
        body: r#"{"seat_id": {resource}, "show_id": 1}"#.to_owned(),
        headers: Vec::new(),
        clients,
        resources,
        won: "200".to_owned(),
        lost: "409".to_owned(),
    }
}

fn run(stage: &mut Stage, job: RaceJob) -> anyhow::Result<RaceResult> {
    match stage.run_apart(&Job::Race(job))? {
        Done::Race(race) => Ok(*race),
        _ => bail!("the load process answered another question"),
    }
}

fn judge(act: &mut Act, race: &RaceResult) {
    let n_resources = u64::from(race.setup.resources);
    let n_requests = race.setup.requests_per_race;
    act.exactly("winners", n_resources, race.total.requests.won);
    act.exactly(
        "clear refusals",
        n_requests - n_resources,
        race.total.requests.lost,
    );
    act.exactly("sold twice", 0, race.total.double_wins);
    act.exactly("server errors (5xx)", 0, race.total.requests.system_errors);
    act.exactly("no answer", 0, race.total.requests.unanswered);
    let met = race
        .races
        .iter()
        .map(|race| race.contention.max)
        .max()
        .unwrap_or(0);
    act.holds(
        "met in flight on one seat",
        "2 or more",
        met.to_string(),
        met >= 2,
    );
}
