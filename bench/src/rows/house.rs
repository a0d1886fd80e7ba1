//! What the rows about seats have in common: shows that are large enough, and a recorded answer.

use std::net::SocketAddr;

use crate::call::{Reply, must, put_show, seat_id};
use crate::children::PeerServer;
use crate::context::Context;
use crate::figures::whole;
use crate::job::Seats;
use crate::peers::{Parse, Recorded, Spec};

/// Seats of each show whose seats are sold one by one.
pub(super) const SEATS_PER_SHOW: u64 = 200_000;
/// No server on two cores with its loader sells faster; shows are made for so many.
const BOOKINGS_PER_SECOND_MAX: f64 = 150_000.0;

/// The names of shows with enough seats for one turn at `per_second`.
pub(super) fn shows_for(context: &Context, name: &str, per_second: f64) -> Seats {
    let seconds = (context.warm_up + context.duration).as_secs_f64();
    let n_shows = whole(per_second * seconds).div_ceil(SEATS_PER_SHOW).max(1);
    let shows = (0..n_shows)
        .map(|show_idx| format!("{name}-{show_idx}"))
        .collect();
    Seats {
        shows,
        per_show: SEATS_PER_SHOW,
    }
}

/// Makes the shows of one turn.
///
/// # Errors
/// If the server does not take them.
pub(super) fn new_seats(
    context: &Context,
    address: SocketAddr,
    name: &str,
) -> anyhow::Result<Seats> {
    let seats = shows_for(context, name, BOOKINGS_PER_SECOND_MAX);
    for show in &seats.shows {
        put_show(address, show, seats.per_show)?;
    }
    Ok(seats)
}

/// Books one seat of a show of its own, and returns the answer.
///
/// # Errors
/// If it is not confirmed.
pub(super) fn book_one(address: SocketAddr) -> anyhow::Result<Reply> {
    // Names as long as those that are measured.
    put_show(address, "bookings-0-0", 1_000)?;
    must(
        address,
        "POST",
        "/v1/bookings",
        &booking("bookings-0-0"),
        201,
    )
}

/// The body of a booking of the show's first seat but 99.
pub(super) fn booking(show: &str) -> String {
    format!(
        r#"{{"buyer":"buyer-12345","show":"{show}","seats":["{}"]}}"#,
        seat_id(99)
    )
}

/// A peer that answers bookings as `reply` does, without making any.
///
/// # Errors
/// If it does not start.
pub(super) fn constant(context: &Context, reply: &Reply) -> anyhow::Result<PeerServer> {
    PeerServer::start(
        context,
        &Spec::Constant(Recorded::of(reply, Parse::Booking)),
    )
}
