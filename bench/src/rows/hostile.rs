//! Honest buyers among slow heads, slow bodies and ten thousand connections that say nothing.

use std::time::Duration;

use super::Turn;
use super::house::new_seats;
use crate::children::{Server, new_house, start_own};
use crate::context::Context;
use crate::figures::{Series, Unit};
use crate::job::Work;
use crate::loader::hostile::{IDLE, SLOW_BODIES, SLOW_HEADS};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "p99 of honest buyers among hostile clients";

/// A pace that the machine serves with ease, so that p99 is about the hostile clients and not about
/// a queue of honest ones.
const ARRIVALS_PER_SECOND: f64 = 5_000.0;

/// The opening of ten thousand connections is over by then, and the hostile clients are what they
/// will be for as long as they stay.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let (mut alone, mut among) = (Series::default(), Series::default());
    let address = server.address.to_string();
    for round in 1..=context.rounds {
        context.progress(&format!("hostile: round {round} of {}", context.rounds));
        alone.push(honest(context, &server, &format!("alone-{round}"))?);
        let (hostile, _ready) = start_own(context, ["hostile", &address])?;
        std::thread::sleep(SETTLE);
        among.push(honest(context, &server, &format!("among-{round}"))?);
        drop(hostile);
    }
    Ok(vec![
        Line::ours(
            "hostile",
            "honest p99 among hostile clients",
            Unit::Microseconds,
            among,
        )
        .against("without them", alone)
        .target(Judged::RatioAtMost, 2.0, 1.0)
        .note(&format!(
            "{IDLE} idle connections, {SLOW_HEADS} slow heads, {SLOW_BODIES} slow bodies; \
                 {ARRIVALS_PER_SECOND:.0} honest bookings/s"
        )),
    ])
}

fn honest(context: &Context, server: &Server, name: &str) -> anyhow::Result<f64> {
    let seats = new_seats(context, server.address, name)?;
    let mut turn = Turn::closed(server.endpoint(), "201", Work::Book(seats));
    turn.per_second = Some(ARRIVALS_PER_SECOND);
    Ok(turn.run(context)?.load.latency.us_p99)
}
