//! The loader: a process of its own that does one job and writes what it saw to stdout.

mod fill;
pub(crate) mod hostile;
mod redis;
mod work;

use std::io::Read as _;
use std::time::Duration;

use anyhow::Context as _;
use stampede_run::crowd::Crowd;
use stampede_run::crowd::shop::{Shop, shop};
use stampede_run::load::{Load, closed_loop, open_loop};
use stampede_run::race::{self, Plan, Progress, Release};
use stampede_run::wire::Target;

use crate::call::seat_id;
use crate::children::tell;
use crate::job::{Job, LoadJob, RaceJob, Raced, ShopJob, Shopped};

/// How long an answer may take before it counts as none.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Products of the demo house.
const SHOP_PRODUCTS: u64 = 10;

/// Does the job that stdin describes.
///
/// # Errors
/// If the job makes no sense or the server cannot be reached.
pub(crate) fn main() -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    match serde_json::from_str(&text).context("stdin describes no job")? {
        Job::Load(job) => tell(&load(&job)?),
        Job::Fill(job) => tell(&fill::fill(&job)?),
        Job::Race(job) => tell(&run_races(&job)?),
        Job::Shop(job) => tell(&run_shop(&job)?),
        Job::RedisLocks(job) => tell(&redis::locks(&job)?),
    }
}

fn load(job: &LoadJob) -> anyhow::Result<stampede_run::load::LoadResult> {
    let target = Target::at(job.address);
    let load = Load {
        target: target.clone(),
        connections: job.connections,
        threads: job.threads,
        warm_up: Duration::from_millis(job.warm_up_ms),
        duration: Duration::from_millis(job.duration_ms),
        timeout: TIMEOUT,
        expected: job.expected.parse()?,
    };
    let clients = |connection_idx| work::client(job, &target, connection_idx);
    Ok(match job.per_second {
        None => closed_loop(&load, &clients)?,
        Some(per_second) => open_loop(&load, per_second, &clients)?,
    })
}

fn run_races(job: &RaceJob) -> anyhow::Result<Raced> {
    let mut raced = Raced {
        requests_per_second: Vec::new(),
        one_winner: 0,
        several_winners: 0,
        system_errors: 0,
        unanswered: 0,
    };
    for show in &job.shows {
        let mut plan = Plan::new("POST", &format!("http://{}/v1/bookings", job.address));
        plan.clients = job.clients;
        plan.resources = (0..job.seats).map(seat_id).collect();
        let body = serde_json::json!({
            "buyer": "buyer-{client}", "show": show, "seats": ["{resource}"],
        });
        plan.body = Some(body.to_string());
        // The same kind of release for all sizes, or their rates could not be compared.
        plan.release = Release::Walk;
        let result = race::run(&plan, &Progress::default())?;
        raced
            .requests_per_second
            .push(result.total.requests_per_second);
        raced.one_winner += result.total.resources.one_winner;
        raced.several_winners += result.total.resources.several_winners;
        raced.system_errors += result.total.requests.system_errors;
        raced.unanswered += result.total.requests.unanswered;
    }
    Ok(raced)
}

fn run_shop(job: &ShopJob) -> anyhow::Result<Shopped> {
    let crowd = Crowd {
        target: Target::at(job.address),
        users: job.users,
        duration: Duration::from_millis(job.duration_ms),
        iterations_max: None,
        timeout: TIMEOUT,
        think_factor: 0.0,
        seed: job.seed,
    };
    let wants = Shop {
        products: (1..=SHOP_PRODUCTS).collect(),
        charge_amount: 10_000,
        quantity: 1,
    };
    let result = shop(&crowd, &wants)?;
    let p99 = result
        .crowd
        .steps
        .iter()
        .map(|step| step.latency.us_p99)
        .fold(0.0, f64::max);
    let mut problems = result.crowd.problems;
    problems.extend(result.payments_wrong_listed);
    Ok(Shopped {
        requests_per_second: result.crowd.requests_per_second,
        orders: result.total.orders,
        system_errors: result.crowd.system_errors,
        unanswered: result.crowd.unanswered,
        retries: result.crowd.retries,
        payments_wrong: result.payments_wrong,
        problems,
        us_p99: p99,
    })
}
