//! All want one product's stock: durable decrements of one row.

use super::bookings::{POOL, POOL_TUNED};
use super::{Turn, Turns};
use crate::call::must;
use crate::children::{PeerServer, new_house};
use crate::context::Context;
use crate::figures::Unit;
use crate::job::Work;
use crate::peers::cluster::Cluster;
use crate::peers::{PostgresSpec, Spec};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "durable decrements of one product's stock, 64 connections";

const PRODUCT: &str = "hot";

/// The cluster comes last, because what it serves has to end first.
fn fronts(context: &Context) -> anyhow::Result<(PeerServer, PeerServer, Cluster)> {
    let cluster = Cluster::start(context)?;
    let start = |pool, tuned| {
        let spec = PostgresSpec {
            address: cluster.address,
            pool,
            tuned,
            shows: Vec::new(),
            seats_per_show: 0,
            product: Some(PRODUCT.to_owned()),
        };
        PeerServer::start(context, &Spec::Postgres(spec))
    };
    let (seeds, tuned) = (start(POOL, false)?, start(POOL_TUNED, true)?);
    Ok((seeds, tuned, cluster))
}

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let body = r#"{"name":"Hot","price":50000,"currency":"EUR","stock":1000000000000}"#;
    must(
        server.address,
        "PUT",
        &format!("/v1/products/{PRODUCT}"),
        body,
        201,
    )?;
    let fronts = fronts(context);
    let (mut ours, mut seeds, mut tuned) = (Turns::default(), Turns::default(), Turns::default());
    let work = Work::Order {
        product: PRODUCT.to_owned(),
    };
    for round in 1..=context.rounds {
        context.progress(&format!("hot: round {round} of {}", context.rounds));
        ours.add(&Turn::closed(server.endpoint(), "201", work.clone()).run(context)?);
        let Ok((front_seeds, front_tuned, _)) = &fronts else {
            continue;
        };
        seeds.add(&Turn::closed(front_seeds.endpoint(), "201", work.clone()).run(context)?);
        tuned.add(&Turn::closed(front_tuned.endpoint(), "201", work.clone()).run(context)?);
    }
    let line = |measure: &str| Line::ours("hot", measure, Unit::PerSecond, ours.per_second.clone());
    let (locked, best) = (
        line("durable decrements, one hot row"),
        line("- against the best PostgreSQL"),
    );
    Ok(match fronts {
        Ok(_) => vec![
            locked
                .against("PostgreSQL, FOR UPDATE, pool 20", seeds.per_second.clone())
                .target(Judged::RatioAtLeast, 40.0, 60.0)
                .note(&ours.note("ours"))
                .note(&seeds.note("PostgreSQL")),
            best.against("PostgreSQL, tuned", tuned.per_second.clone()),
        ],
        Err(error) => {
            let why = format!("{error:#}");
            let locked = locked.without_peer("PostgreSQL", &why);
            vec![
                locked.target(Judged::RatioAtLeast, 40.0, 60.0),
                best.without_peer("PostgreSQL", &why),
            ]
        }
    })
}
