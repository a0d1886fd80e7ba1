//! Seat locks: hold and release over HTTP, against Redis with an fsync before each answer.

use std::time::Duration;

use super::{CONNECTIONS, Turn, millis};
use crate::call::put_show;
use crate::children::{load, new_house};
use crate::context::Context;
use crate::figures::{Series, Unit, per_second};
use crate::job::{Job, Locked, LocksJob, Work};
use crate::peers::redis::Redis;
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "seat locks, taken and released, 64 connections";

const SEATS: u64 = 64_000;

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let (server, _directory) = new_house(context, &[])?;
    let redis = Redis::start(context);
    let (mut ours, mut theirs) = (Series::default(), Series::default());
    for round in 1..=context.rounds {
        context.progress(&format!("locks: round {round} of {}", context.rounds));
        if let Ok(redis) = &redis {
            theirs.push(redis_locks(context, redis)?);
        }
        // A show of its own: what the last requests of a turn hold is not released any more.
        let show = format!("locks-{round}");
        put_show(server.address, &show, SEATS)?;
        let work = Work::HoldRelease {
            show,
            n_seats: SEATS,
        };
        let result = Turn::closed(server.endpoint(), "200,201", work)
            .run(context)?
            .load;
        let released = result.statuses.iter().find(|(status, _)| *status == 200);
        let n_pairs = released.map_or(0, |(_, count)| *count);
        ours.push(per_second(
            n_pairs,
            Duration::from_millis(millis(context.duration)),
        ));
    }
    let line = Line::ours("locks", "seat locks, hold + release", Unit::PerSecond, ours);
    let line = match redis {
        Ok(redis) => {
            let note = format!(
                "{}, appendfsync always, no pipelining, no HTTP",
                redis.version
            );
            line.against("Redis SET NX PX + script", theirs).note(&note)
        }
        Err(error) => line.without_peer("Redis", &format!("{error:#}")),
    };
    Ok(vec![
        line.target(Judged::RatioAtLeast, 1.0, 1.3)
            .note("pairs per second"),
    ])
}

fn redis_locks(context: &Context, redis: &Redis) -> anyhow::Result<f64> {
    let job = Job::RedisLocks(LocksJob {
        address: redis.address,
        connections: CONNECTIONS,
        threads: context.loader_threads,
        warm_up_ms: millis(context.warm_up),
        duration_ms: millis(context.duration),
        n_seats: SEATS,
    });
    let locked: Locked = load(context, &job)?;
    anyhow::ensure!(
        locked.wrong == 0,
        "Redis answered {} times otherwise",
        locked.wrong
    );
    Ok(locked.pairs_per_second)
}
