//! All want one seat: refusals, against a constant answer of the same size.

use super::house::{booking, constant};
use super::{Turn, Turns};
use crate::call::{must, put_show};
use crate::children::new_house;
use crate::context::Context;
use crate::figures::Unit;
use crate::job::Work;
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "refusals of one booked seat, 64 connections";

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    put_show(server.address, "refusals", 1_000)?;
    let body = booking("refusals");
    must(server.address, "POST", "/v1/bookings", &body, 201)?;
    let refusal = must(server.address, "POST", "/v1/bookings", &body, 409)?;
    let constant = constant(context, &refusal)?;
    let (mut ours, mut same) = (Turns::default(), Turns::default());
    let work = Work::Repeat {
        method: "POST".to_owned(),
        path: "/v1/bookings".to_owned(),
        body,
    };
    for round in 1..=context.rounds {
        context.progress(&format!("refusals: round {round} of {}", context.rounds));
        same.add(&Turn::closed(constant.endpoint(), "409", work.clone()).run(context)?);
        ours.add(&Turn::closed(server.endpoint(), "409", work.clone()).run(context)?);
    }
    Ok(vec![
        Line::ours(
            "refusals",
            "refusals, all want one seat",
            Unit::PerSecond,
            ours.per_second.clone(),
        )
        .against("constant answer", same.per_second.clone())
        .target(Judged::RatioAtLeast, 0.85, 0.95)
        .note(&ours.note("ours"))
        .note(&same.note("constant answer")),
    ])
}
