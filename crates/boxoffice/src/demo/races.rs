//! The two races of the seeds, and the larger one that the second seed proposes.

use anyhow::bail;
use stampede_metrics::units::{format_bytes, format_rate};
use stampede_run::race::{RaceResult, numbered};

use super::Stage;
use super::job::{Done, Job, RaceJob};
use super::table::Act;

/// `simultaneous-booking.md`: five requests for one seat.
pub(super) fn simultaneous(stage: &mut Stage) -> anyhow::Result<Act> {
    free_all(stage, "theatre:1")?;
    let job = theatre_job(stage, 5, vec!["10".to_owned()]);
    let race = run(stage, job)?;
    let mut act = Act::new(
        "simultaneous booking",
        "5 requests at once for one theatre seat",
    );
    judge(&mut act, &race);
    act.latency("slowest answer", "63.51ms", race.latency.all.us_max);
    act.latency("winner's answer", "51.47ms", race.latency.winners.us_max);
    Ok(act)
}

/// `order-race.md`: 100 users at each of 16 seats.
pub(super) fn order_race(stage: &mut Stage) -> anyhow::Result<Act> {
    free_all(stage, "race:1:1")?;
    let job = RaceJob {
        url: format!("http://{}/api/order", stage.address),
        body: r#"{"event_id":1,"session_id":1,"seat_ids":["{resource}"],"organization_id":1,"discount_id":null}"#
            .to_owned(),
        headers: vec![("Authorization".to_owned(), "Bearer demo-crowd".to_owned())],
        clients: 100,
        resources: numbered(16),
        won: "200,201".to_owned(),
        lost: "400".to_owned(),
    };
    let race = run(stage, job)?;
    let mut act = Act::new("order race", "100 users × 16 seats, all at once");
    judge(&mut act, &race);
    act.exactly("seats held afterwards", 16, stage.totals("race:1:1")?.held);
    let latency = &race.latency;
    act.figure(
        "requests/s",
        "203.7",
        format_rate(race.total.requests_per_second),
    );
    act.latency("median", "305ms", latency.all.us_med);
    act.latency("p95", "980ms", latency.all.us_p95);
    act.latency("slowest", "6.53s", latency.all.us_max);
    act.latency("winners' average", "3.58s", latency.winners.us_avg);
    act.figure("received", "103 KB/s", {
        let seconds = (race.total.duration_us / 1e6).max(1e-6);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let bytes = race.total.received_bytes as f64;
        format!("{}/s", format_bytes(bytes / seconds))
    });
    Ok(act)
}

/// The next step that `order-race.md` proposes: 500 users at each of 100 seats. The show sells out.
pub(super) fn sold_out_race(stage: &mut Stage) -> anyhow::Result<Act> {
    free_all(stage, "theatre:1")?;
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

/// Frees every seat, so that the demo can be run again on the same house.
fn free_all(stage: &mut Stage, show: &str) -> anyhow::Result<()> {
    stage.settle()?;
    let map = stage.client.json(&format!("/v1/shows/{show}/seats"))?;
    let seats = map["seats"].as_array().cloned().unwrap_or_default();
    for seat in seats.iter().filter(|seat| seat["status"] != "free") {
        let id = seat["seat"].as_str().unwrap_or_default();
        let path = format!("/v1/shows/{show}/seats/{id}/release");
        let (status, body) = stage.client.ask("POST", &path, &[], "")?;
        if status != 200 {
            bail!(
                "seat {id} of {show} cannot be freed: {}",
                String::from_utf8_lossy(&body)
            );
        }
    }
    Ok(())
}
