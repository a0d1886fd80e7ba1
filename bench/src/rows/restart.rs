//! Restart after a crash, with a million events since the last snapshot.

use super::memory::NO_SNAPSHOTS;
use crate::call::{must, put_show};
use crate::children::{Server, load, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit};
use crate::job::{FillJob, Filled, Job, Seats};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "restart with 1,000,000 events since the last snapshot";

const EVENTS: u64 = 1_000_000;
const EVENTS_QUICK: u64 = 100_000;
const SHOWS: u64 = 5;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let n_events = context.sized(EVENTS, EVENTS_QUICK);
    let (server, _directory) = new_house(context, &NO_SNAPSHOTS)?;
    let shows: Vec<_> = (0..SHOWS)
        .map(|show_idx| format!("restart-{show_idx}"))
        .collect();
    for show in &shows {
        put_show(server.address, show, n_events / SHOWS)?;
    }
    // A booking in one step is one event.
    let job = FillJob {
        address: server.address,
        connections: super::CONNECTIONS,
        seats: Seats {
            shows: shows.clone(),
            per_show: n_events / SHOWS,
        },
        seats_per_booking: 1,
        bookings: n_events,
    };
    let filled: Filled = load(context, &Job::Fill(job))?;
    anyhow::ensure!(filled.booked == n_events, "only {} bookings", filled.booked);
    let data = server.data().to_owned();
    let mut server = server;
    let mut ready = Series::default();
    for round in 1..=context.rounds {
        context.progress(&format!("restart: round {round} of {}", context.rounds));
        server.kill()?;
        server = Server::start(context, &data, &NO_SNAPSHOTS)?;
        ready.push(server.ready_after.as_secs_f64());
    }
    check_booked(&server, &shows, n_events)?;
    Ok(vec![
        Line::ours(
            "restart",
            "restart after 1,000,000 events",
            Unit::Seconds,
            ready,
        )
        .target(Judged::OursAtMost, 2.0, 1.0)
        .note(&format!(
            "{n_events} events made in {:.1} s; killed, then from start to ready, page cache warm",
            filled.seconds
        )),
    ])
}

/// A fast restart that forgot something would be worth nothing.
fn check_booked(server: &Server, shows: &[String], n_events: u64) -> anyhow::Result<()> {
    for show in shows {
        let reply = must(server.address, "GET", &format!("/v1/shows/{show}"), "", 200)?;
        let body: serde_json::Value = serde_json::from_str(&reply.body)?;
        let booked = body.get("booked").and_then(serde_json::Value::as_u64);
        anyhow::ensure!(
            booked == Some(n_events / SHOWS),
            "{show} has {booked:?} booked seats after the restart"
        );
    }
    Ok(())
}
