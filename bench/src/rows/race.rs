//! Races: every client wants every seat, exactly one may get each.

use crate::call::put_show;
use crate::children::{load, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit, float};
use crate::job::{Job, RaceJob, Raced};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "races of 100, 200, 500 clients for 16, 50, 100 seats";

const CLIENTS: [u32; 3] = [100, 200, 500];
const SEATS: [u64; 3] = [16, 50, 100];
/// Races of each size in each round: a single one lasts milliseconds.
const REPEAT: u32 = 5;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let mut rates = vec![vec![Series::default(); SEATS.len()]; CLIENTS.len()];
    let (mut wrong, mut errors, mut races) = (0, 0, 0_u32);
    for round in 1..=context.rounds {
        for (clients_idx, clients) in CLIENTS.into_iter().enumerate() {
            for (seats_idx, seats) in SEATS.into_iter().enumerate() {
                context.progress(&format!(
                    "race: round {round}, {clients} clients × {seats} seats"
                ));
                let name = |race: u32| format!("race-{clients}-{seats}-{round}-{race}");
                let shows: Vec<_> = (0..REPEAT).map(name).collect();
                for show in &shows {
                    put_show(server.address, show, seats)?;
                }
                let job = RaceJob {
                    address: server.address,
                    clients,
                    seats,
                    shows,
                };
                let raced: Raced = load(context, &Job::Race(job))?;
                wrong += u64::from(REPEAT) * seats - raced.one_winner;
                errors += raced.system_errors + raced.unanswered;
                races += REPEAT;
                rates[clients_idx][seats_idx].push(Series(raced.requests_per_second).median());
            }
        }
    }
    let mut lines = vec![
        Line::ours(
            "race",
            "races: seats without exactly one winner",
            Unit::Count,
            Series::one(float(wrong)),
        )
        .target(Judged::OursAtMost, 0.0, 0.0)
        .note(&format!("{races} races")),
        Line::ours(
            "race",
            "races: 5xx and no answer",
            Unit::Count,
            Series::one(float(errors)),
        )
        .target(Judged::OursAtMost, 0.0, 0.0),
    ];
    for (clients, rates) in CLIENTS.into_iter().zip(&rates) {
        let measure = format!("race of {clients} clients, 100 seats");
        lines.push(
            Line::ours("race", &measure, Unit::PerSecond, rates[2].clone())
                .against("the same, 16 seats", rates[0].clone())
                .target(Judged::RatioAtLeast, 0.9, 1.0)
                .note(&format!(
                    "50 seats {}",
                    Unit::PerSecond.format(rates[1].median())
                )),
        );
    }
    Ok(lines)
}
