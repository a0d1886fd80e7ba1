//! Buyers who come at their own pace: the tail of bookings at half of the measured maximum, and
//! beside it that of the same arrivals on the bare disk.

use super::house::new_seats;
use super::{Turn, Turns};
use crate::children::{Server, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit};
use crate::job::Work;
use crate::peers::file::PreallocatedFile;
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "p99 of bookings that arrive at half of the measured maximum";

/// Connections that arrivals find.
const CONNECTIONS: usize = 256;
/// What a booking takes in the journal.
const BOOKING_BYTES: usize = 220;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let maximum = maximum(context, &server)?;
    let per_second = maximum / 2.0;
    let (mut p99, mut lag, mut reached) = (Series::default(), Series::default(), Series::default());
    let directory = context.directory("open")?;
    let mut disk = PreallocatedFile::create(&directory.path().join("file"))?;
    let mut floor = Series::default();
    let mut unsent = 0;
    for round in 1..=context.rounds {
        context.progress(&format!("open: round {round} of {}", context.rounds));
        let seats = new_seats(context, server.address, &format!("open-{round}"))?;
        let mut turn = Turn::closed(server.endpoint(), "201", Work::Book(seats));
        turn.connections = CONNECTIONS;
        turn.per_second = Some(per_second);
        let result = turn.run(context)?.load;
        p99.push(result.latency.us_p99);
        lag.push(result.schedule_lag.us_p99);
        reached.push(result.per_second);
        unsent += result.unsent;
        let waits = disk.pace(per_second, context.duration, BOOKING_BYTES)?;
        floor.push(waits.percentile_ns(0.99) / 1_000.0);
    }
    let format = stampede_metrics::units::format_us;
    Ok(vec![
        Line::ours(
            "open",
            "open arrival at half of the maximum: p99",
            Unit::Microseconds,
            p99,
        )
        .against("bare file, fdatasync", floor)
        .target(Judged::OursAtMost, 10_000.0, 5_000.0)
        .note(&format!(
            "{} arrivals/s, {} answered/s, {unsent} never sent, p99 of the loader's own delay {}",
            Unit::Count.format(per_second),
            Unit::Count.format(reached.median()),
            format(lag.median()),
        )),
    ])
}

/// What the row about bookings measured, or a short measurement of our own.
fn maximum(context: &Context, server: &Server) -> anyhow::Result<f64> {
    if let Some(maximum) = context.bookings_per_second.get() {
        return Ok(maximum);
    }
    let mut turns = Turns::default();
    for round in 1..=context.rounds {
        let seats = new_seats(context, server.address, &format!("most-{round}"))?;
        turns.add(&Turn::closed(server.endpoint(), "201", Work::Book(seats)).run(context)?);
    }
    let maximum = turns.per_second.median();
    context.bookings_per_second.set(Some(maximum));
    Ok(maximum)
}
