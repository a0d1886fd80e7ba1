//! A thousand users of the shop who charge, order and pay without ever pausing.

use super::millis;
use crate::children::{load, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit, float};
use crate::job::{Job, ShopJob, Shopped};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "1,000 users of the shop without think time";

const USERS: u32 = 1_000;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &["--dialects", "--demo-house"])?;
    let (mut errors, mut timeouts) = (Series::default(), Series::default());
    let mut rate = Series::default();
    let (mut wrong, mut retries, mut p99) = (0, 0, Series::default());
    let mut problems = Vec::new();
    for round in 1..=context.rounds {
        context.progress(&format!("shop: round {round} of {}", context.rounds));
        let job = Job::Shop(ShopJob {
            address: server.address,
            users: USERS,
            duration_ms: millis(context.duration),
            seed: u64::from(round),
        });
        let shopped: Shopped = load(context, &job)?;
        anyhow::ensure!(
            0 < shopped.orders,
            "nobody ordered anything: {:?}",
            shopped.problems
        );
        errors.push(float(shopped.system_errors));
        timeouts.push(float(shopped.unanswered));
        rate.push(shopped.requests_per_second);
        p99.push(shopped.us_p99);
        wrong += shopped.payments_wrong;
        retries += shopped.retries;
        problems.extend(shopped.problems);
    }
    problems.truncate(3);
    let worst = |series: &Series| Series::one(series.max());
    let note = format!(
        "{}, slowest step's p99 {}, {retries} answers of 503 that were repeated {}",
        Unit::PerSecond.format(rate.median()),
        Unit::Microseconds.format(p99.median()),
        problems.join("; "),
    );
    Ok(vec![
        Line::ours(
            "shop",
            "1,000 users of the shop: system errors",
            Unit::Count,
            worst(&errors),
        )
        .target(Judged::OursAtMost, 0.0, 0.0)
        .note(note.trim_end()),
        Line::ours(
            "shop",
            "1,000 users of the shop: lock timeouts",
            Unit::Count,
            worst(&timeouts),
        )
        .target(Judged::OursAtMost, 0.0, 0.0)
        .note("requests that waited in vain: boxoffice has no locks"),
        Line::ours(
            "shop",
            "1,000 users of the shop: wrong payments",
            Unit::Count,
            Series::one(float(wrong)),
        )
        .target(Judged::OursAtMost, 0.0, 0.0),
    ])
}
