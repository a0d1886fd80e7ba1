//! The seat map of a large hall from a warm view, against a static file of the same size.

use super::house::booking;
use super::{Turn, Turns};
use crate::call::{must, put_show};
use crate::children::{PeerServer, new_house};
use crate::context::Context;
use crate::figures::Unit;
use crate::job::Work;
use crate::peers::{Parse, Recorded, Spec};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "seat map of 50,000 seats, 64 connections";

const SEATS: u64 = 50_000;
const PATH: &str = "/v1/shows/map/seats";

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    put_show(server.address, "map", SEATS)?;
    must(server.address, "POST", "/v1/bookings", &booking("map"), 201)?;
    let map = must(server.address, "GET", PATH, "", 200)?;
    let file = context.directory("static")?;
    let path = file.path().join("map.json");
    std::fs::write(&path, &map.body)?;
    let mut recorded = Recorded::of(&map, Parse::Nothing);
    recorded.body.clear();
    let peer = PeerServer::start(context, &Spec::StaticFile { path, recorded })?;
    let (mut ours, mut theirs) = (Turns::default(), Turns::default());
    let work = Work::Repeat {
        method: "GET".to_owned(),
        path: PATH.to_owned(),
        body: String::new(),
    };
    for round in 1..=context.rounds {
        context.progress(&format!("seatmap: round {round} of {}", context.rounds));
        theirs.add(&Turn::closed(peer.endpoint(), "200", work.clone()).run(context)?);
        ours.add(&Turn::closed(server.endpoint(), "200", work.clone()).run(context)?);
    }
    Ok(vec![
        Line::ours(
            "seatmap",
            "seat map of 50,000 seats",
            Unit::PerSecond,
            ours.per_second.clone(),
        )
        .against("static file", theirs.per_second.clone())
        .target(Judged::RatioAtLeast, 0.8, 0.95)
        .note(&format!("{} bytes each", map.body.len()))
        .note(&ours.note("ours"))
        .note(&theirs.note("static file")),
    ])
}
