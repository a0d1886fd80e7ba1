//! How cost grows: throughput by connections, engine time by seats and by bookings.

use std::time::{Duration, Instant};

use boxoffice_engine::reply::Reply;

use super::engine::{Engine, book_direct, hold_and_book_all};
use super::house::new_seats;
use super::{Turn, Turns};
use crate::children::new_house;
use crate::context::Context;
use crate::figures::{Series, Unit, float};
use crate::job::Work;
use crate::report::Line;

pub(super) const WHAT_HTTP: &str = "durable bookings at 1 to 1,024 connections";
pub(super) const WHAT_ENGINE: &str = "engine time per decision by seats and by bookings";

const CONNECTIONS: [usize; 6] = [1, 4, 16, 64, 256, 1_024];
const SEATS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Small shows are measured again and again until so many decisions were made.
const DECISIONS_MIN: u64 = 400_000;
const BOOKINGS: [u64; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const SEATS_PER_SHOW: u64 = 1_000_000;
/// Of the shows of small houses.
const SEATS_PER_SHOW_MIN: u64 = 100_000;
/// Small houses are made again and again until so many bookings were measured.
const BOOKINGS_MEASURED_MIN: u64 = 10_000;
/// Commands that are made at once.
const PART_MAX: u64 = 10_000;

/// Throughput by connections.
pub(super) fn run_http(context: &Context) -> anyhow::Result<Vec<Line>> {
    let mut all: Vec<_> = CONNECTIONS.iter().map(|_| Turns::default()).collect();
    for round in 1..=context.rounds {
        // Rounds of all sizes sell millions of seats: each has a house of its own.
        let (server, _directory) = new_house(context, &[])?;
        for (connections, turns) in CONNECTIONS.into_iter().zip(&mut all) {
            context.progress(&format!("growth: round {round}, {connections} connections"));
            let name = format!("growth-{connections}");
            let seats = new_seats(context, server.address, &name)?;
            let mut turn = Turn::closed(server.endpoint(), "201", Work::Book(seats));
            turn.connections = connections;
            turns.add(&turn.run(context)?);
        }
    }
    let lines = CONNECTIONS
        .into_iter()
        .zip(&all)
        .map(|(connections, turns)| {
            let measure = format!(
                "bookings, {} connections",
                Unit::Count.format(float(connections as u64))
            );
            Line::ours(
                "growth-http",
                &measure,
                Unit::PerSecond,
                turns.per_second.clone(),
            )
            .note(&turns.note("latency"))
        });
    Ok(lines.collect())
}

/// Engine time by seats and by bookings.
pub(super) fn run_engine(context: &Context) -> anyhow::Result<Vec<Line>> {
    let mut by_seats = vec![Series::default(); SEATS.len()];
    for round in 1..=context.rounds {
        for (n_seats, series) in SEATS.into_iter().zip(&mut by_seats) {
            context.progress(&format!("growth: round {round}, {n_seats} seats"));
            let n_shows = DECISIONS_MIN.div_ceil(2 * n_seats);
            let mut elapsed = Duration::ZERO;
            for _ in 0..n_shows {
                elapsed += hold_and_book_all(n_seats)?;
            }
            series.push(nanoseconds_each(elapsed, n_shows * 2 * n_seats));
        }
    }
    let mut lines: Vec<_> = SEATS
        .into_iter()
        .zip(by_seats)
        .map(|(n_seats, series)| {
            let measure = format!(
                "engine per decision, {} seats",
                Unit::Count.format(float(n_seats))
            );
            Line::ours("growth-engine", &measure, Unit::Nanoseconds, series)
        })
        .collect();
    lines.extend(by_bookings(context)?);
    Ok(lines)
}

/// Time per booking on the last tenth of the way to each power of ten.
fn by_bookings(context: &Context) -> anyhow::Result<Vec<Line>> {
    let largest = context.sized(10_000_000, 1_000_000);
    let mut lines = Vec::new();
    for size in BOOKINGS.into_iter().filter(|size| *size <= largest) {
        context.progress(&format!("growth: {size} bookings"));
        let (mut elapsed, mut n_measured) = (Duration::ZERO, 0);
        while n_measured < BOOKINGS_MEASURED_MIN {
            let (took, count) = last_tenth(size)?;
            elapsed += took;
            n_measured += count;
        }
        let each = Series::one(nanoseconds_each(elapsed, n_measured));
        let measure = format!(
            "engine per booking, {} bookings",
            Unit::Count.format(float(size))
        );
        lines.push(Line::ours(
            "growth-engine",
            &measure,
            Unit::Nanoseconds,
            each,
        ));
    }
    Ok(lines)
}

/// Makes `size` bookings in a new house; how long the last tenth took, and how many that were.
fn last_tenth(size: u64) -> anyhow::Result<(Duration, u64)> {
    let seats_per_show = size.clamp(SEATS_PER_SHOW_MIN, SEATS_PER_SHOW);
    let measured_from = size - size / 10;
    let mut house = Engine::new();
    let mut show = house.add_show("growth-0", seats_per_show)?;
    let (mut booked, mut elapsed) = (0, Duration::ZERO);
    while booked < size {
        let show_idx = booked / seats_per_show;
        if booked != 0 && booked.is_multiple_of(seats_per_show) {
            show = house.add_show(&format!("growth-{show_idx}"), seats_per_show)?;
        }
        // In parts whose commands are made before they are timed.
        let bounds = [size, (show_idx + 1) * seats_per_show, booked + PART_MAX];
        let mut part = bounds.into_iter().fold(u64::MAX, u64::min) - booked;
        if booked < measured_from {
            part = part.min(measured_from - booked);
        }
        let first = booked % seats_per_show;
        let commands: Vec<_> = (first..first + part)
            .map(|i| book_direct(&show, i))
            .collect();
        let start = Instant::now();
        for command in &commands {
            let reply = house.ask(command);
            anyhow::ensure!(matches!(reply, Reply::Booked(_)), "refused: {reply:?}");
        }
        if measured_from <= booked {
            elapsed += start.elapsed();
        }
        booked += part;
    }
    Ok((elapsed, size - measured_from))
}

fn nanoseconds_each(elapsed: Duration, count: u64) -> f64 {
    elapsed.as_secs_f64() * 1e9 / float(count.max(1))
}
