//! A show of 1,000 seats sells out while the server is killed and started again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::bail;
use stampede_metrics::units::{format_count, format_us};

use super::Stage;
use super::job::{Done, Job, run_apart};
use super::sellout::{Bought, SellOut, SellOutResult};
use super::table::Act;

const SEATS: u32 = 1_000;
const BUYERS: u32 = 200;
/// The server is killed once so many seats are sold.
const KILL_AT: u64 = 300;
/// Acknowledged bookings that are asked for once more with their key.
const REPEATED: usize = 50;
const LOOK_EVERY: Duration = Duration::from_millis(1);
const SELLS_WITHIN: Duration = Duration::from_secs(20);

/// Sells the show out with a kill -9 in the middle.
pub(super) fn sell_out_and_kill(stage: &mut Stage) -> anyhow::Result<Act> {
    let run = stage.run;
    let show = format!("kill-{run}");
    let spec = format!(
        r#"{{"name":"Survivors","currency":"EUR","sections":[{{"id":"main","price":4500,
            "rows":[{{"row":"S","seats":{SEATS}}}]}}]}}"#
    );
    let (status, body) = stage
        .client
        .ask("PUT", &format!("/v1/shows/{show}"), &[], &spec)?;
    if status != 201 {
        bail!(
            "the show cannot be put: {status} {}",
            String::from_utf8_lossy(&body)
        );
    }
    let job = SellOut {
        address: stage.address,
        show: show.clone(),
        buyers: BUYERS,
        seats: SEATS,
        run,
    };
    let program = stage.program.clone();
    let crowd = std::thread::spawn(move || run_apart(&program, &Job::SellOut(job)));
    let sold_before = wait_until_sold(stage, &show)?;
    let down = Instant::now();
    stage.kill_and_restart()?;
    let down = down.elapsed();
    let Done::SellOut(result) = crowd.join().expect("the thread only waits")? else {
        bail!("the load process answered another question");
    };
    let mut act = Act::new(
        "kill -9 in the middle",
        "200 buyers × 1,000 seats until sold out",
    );
    judge(&mut act, stage, &show, &result)?;
    act.holds(
        "sold when the server was killed",
        "300 to 999",
        format_count(sold_before),
        sold_before < u64::from(SEATS),
    );
    act.holds(
        "requests that the kill cut off",
        "1 or more",
        format_count(result.repeated),
        result.repeated > 0,
    );
    act.figure(
        "killed until serving again",
        "—",
        format_us(down.as_secs_f64() * 1e6),
    );
    act.figure("refusals", "—", format_count(result.refused));
    Ok(act)
}

fn wait_until_sold(stage: &mut Stage, show: &str) -> anyhow::Result<u64> {
    let give_up_at = Instant::now() + SELLS_WITHIN;
    while Instant::now() < give_up_at {
        let booked = stage.totals_now(show)?.booked;
        if booked >= KILL_AT {
            return Ok(booked);
        }
        std::thread::sleep(LOOK_EVERY);
    }
    bail!(
        "{show} did not sell {KILL_AT} seats within {} s",
        SELLS_WITHIN.as_secs()
    )
}

fn judge(
    act: &mut Act,
    stage: &mut Stage,
    show: &str,
    result: &SellOutResult,
) -> anyhow::Result<()> {
    let seats: BTreeSet<&str> = result.bought.iter().map(|bought| &*bought.seat).collect();
    act.exactly(
        "acknowledged bookings",
        u64::from(SEATS),
        result.bought.len() as u64,
    );
    act.exactly(
        "different seats in them",
        u64::from(SEATS),
        seats.len() as u64,
    );
    act.exactly("answers of another kind", 0, result.wrong.len() as u64);
    let totals = stage.totals(show)?;
    act.exactly("seats booked afterwards", u64::from(SEATS), totals.booked);
    let mut lost = 0_u64;
    for bought in &result.bought {
        lost += u64::from(!is_there(stage, bought)?);
    }
    act.exactly("acknowledged, then lost", 0, lost);
    let mut different = 0_u64;
    for bought in result.bought.iter().take(REPEATED) {
        different += u64::from(!answers_the_same(stage, show, bought)?);
    }
    act.exactly("other answer under the same key", 0, different);
    Ok(())
}

fn is_there(stage: &mut Stage, bought: &Bought) -> anyhow::Result<bool> {
    let booking = stage
        .client
        .json(&format!("/v1/bookings/{}", bought.booking))?;
    let has_seat = booking["seats"]
        .as_array()
        .is_some_and(|seats| seats.iter().any(|seat| seat["seat"] == *bought.seat));
    Ok(booking["buyer"] == *bought.buyer && has_seat)
}

fn answers_the_same(stage: &mut Stage, show: &str, bought: &Bought) -> anyhow::Result<bool> {
    let body = format!(
        r#"{{"buyer":"{}","show":"{show}","seats":["{}"]}}"#,
        bought.buyer, bought.seat
    );
    let headers = [("idempotency-key", &*bought.key)];
    let (status, answer) = stage.client.ask("POST", "/v1/bookings", &headers, &body)?;
    Ok(status == bought.status && answer == bought.body.as_bytes())
}
