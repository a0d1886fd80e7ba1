//! Durable bookings of distinct seats, against a constant answer and against PostgreSQL.

use anyhow::Context as _;

use super::house::{book_one, constant, new_seats, shows_for};
use super::{Turn, Turns};
use crate::children::{PeerServer, new_house};
use crate::context::Context;
use crate::figures::Unit;
use crate::job::Work;
use crate::peers::cluster::Cluster;
use crate::peers::{PostgresSpec, Spec};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "durable bookings, distinct seats, 64 connections";

/// Connections of the seeds' pool.
pub(super) const POOL: usize = 20;
/// Connections of the tuned front: one for each client that waits.
pub(super) const POOL_TUNED: usize = 64;
/// No PostgreSQL on two cores sells faster; its shows are made for so many.
const POSTGRES_PER_SECOND_MAX: f64 = 30_000.0;

/// The two ways to sell from PostgreSQL.
struct Fronts {
    version: String,
    seeds: PeerServer,
    tuned: PeerServer,
    /// Last, because what it serves has to end first.
    _cluster: Cluster,
}

fn fronts(context: &Context) -> anyhow::Result<Fronts> {
    let cluster = Cluster::start(context)?;
    let start = |name: &str, pool, tuned| {
        let rounds = 0..context.rounds;
        let shows = rounds.flat_map(|round| {
            shows_for(context, &format!("{name}-{round}"), POSTGRES_PER_SECOND_MAX).shows
        });
        let spec = PostgresSpec {
            address: cluster.address,
            pool,
            tuned,
            shows: shows.collect(),
            seats_per_show: super::house::SEATS_PER_SHOW,
            product: None,
        };
        PeerServer::start(context, &Spec::Postgres(spec)).context("the front over PostgreSQL")
    };
    let seeds = start("seeds", POOL, false)?;
    let tuned = start("tuned", POOL_TUNED, true)?;
    Ok(Fronts {
        version: cluster.version.clone(),
        seeds,
        tuned,
        _cluster: cluster,
    })
}

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let constant = constant(context, &book_one(server.address)?)?;
    let fronts = fronts(context);
    let (mut ours, mut same) = (Turns::default(), Turns::default());
    let (mut seeds, mut tuned) = (Turns::default(), Turns::default());
    for round in 1..=context.rounds {
        context.progress(&format!("bookings: round {round} of {}", context.rounds));
        let seats = new_seats(context, server.address, &format!("bookings-{round}"))?;
        let work = Work::Book(seats);
        same.add(&Turn::closed(constant.endpoint(), "201", work.clone()).run(context)?);
        ours.add(&Turn::closed(server.endpoint(), "201", work).run(context)?);
        let Ok(fronts) = &fronts else { continue };
        let turns = [
            (&mut seeds, &fronts.seeds, "seeds"),
            (&mut tuned, &fronts.tuned, "tuned"),
        ];
        for (turns, front, name) in turns {
            let name = format!("{name}-{}", round - 1);
            let work = Work::Book(shows_for(context, &name, POSTGRES_PER_SECOND_MAX));
            turns.add(&Turn::closed(front.endpoint(), "201", work).run(context)?);
        }
    }
    context
        .bookings_per_second
        .set(Some(ours.per_second.median()));
    let line = |measure: &str| {
        Line::ours(
            "bookings",
            measure,
            Unit::PerSecond,
            ours.per_second.clone(),
        )
    };
    let mut lines = vec![
        line("durable bookings, distinct seats")
            .against("constant answer", same.per_second.clone())
            .target(Judged::RatioAtLeast, 0.70, 0.85)
            .note(&ours.note("ours"))
            .note(&same.note("constant answer")),
    ];
    let (locked, best) = (
        line("- against row locks"),
        line("- against the best PostgreSQL"),
    );
    match &fronts {
        Ok(fronts) => {
            lines.push(
                locked
                    .against("PostgreSQL, FOR UPDATE, pool 20", seeds.per_second.clone())
                    .target(Judged::RatioAtLeast, 8.0, 12.0)
                    .note(&seeds.note(&fronts.version)),
            );
            lines.push(
                best.against("PostgreSQL, tuned", tuned.per_second.clone())
                    .note(&tuned.note("one statement, 64 connections")),
            );
        }
        Err(error) => {
            let why = format!("{error:#}");
            let locked = locked.without_peer("PostgreSQL", &why);
            lines.push(locked.target(Judged::RatioAtLeast, 8.0, 12.0));
            lines.push(best.without_peer("PostgreSQL", &why));
        }
    }
    Ok(lines)
}
