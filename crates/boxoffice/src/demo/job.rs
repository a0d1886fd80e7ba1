//! What the load process is asked to do, and what it found: JSON over its standard streams.
//!
//! The load process is this program started with a hidden subcommand, so that load and server
//! share nothing but the network.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use stampede_run::crowd::Crowd;
use stampede_run::crowd::cinema::{Cinema, CinemaResult, cinema};
use stampede_run::crowd::shop::{Shop, ShopResult, shop};
use stampede_run::race::{self, Plan, Progress, RaceResult};
use stampede_run::wire::Target;

use super::sellout::{SellOut, SellOutResult, sell_out};

/// How long one request of a crowd may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// One crowd.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    Race(RaceJob),
    Cinema(CinemaJob),
    Shop(ShopJob),
    SellOut(SellOut),
}

/// Clients released together at resources `1` to `resources`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct RaceJob {
    pub(super) url: String,
    pub(super) body: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) clients: u32,
    pub(super) resources: Vec<String>,
    pub(super) won: String,
    pub(super) lost: String,
}

/// Users that lock, wait and release.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct CinemaJob {
    pub(super) address: SocketAddr,
    pub(super) users: u32,
    pub(super) duration_ms: u64,
    pub(super) think_factor: f64,
    pub(super) hot_seats: Option<u32>,
}

/// Users that charge, order and pay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ShopJob {
    pub(super) address: SocketAddr,
    pub(super) users: u32,
    pub(super) duration_ms: u64,
    pub(super) products: Vec<u64>,
    pub(super) charge_amount: u64,
    /// Idempotency keys follow from it: crowds of one house need different ones.
    pub(super) seed: u64,
}

/// What a crowd found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    Race(Box<RaceResult>),
    Cinema(Box<CinemaResult>),
    Shop(Box<ShopResult>),
    SellOut(Box<SellOutResult>),
}

/// Runs a job in a process of its own.
pub(super) fn run_apart(program: &std::path::Path, job: &Job) -> anyhow::Result<Done> {
    let mut child = Command::new(program)
        .arg("__crowd")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .context("the load process cannot be started")?;
    let mut input = child.stdin.take().expect("standard input was piped");
    serde_json::to_writer(&mut input, job)?;
    drop(input);
    let output = child.wait_with_output()?;
    anyhow::ensure!(
        output.status.success(),
        "the load process failed ({})",
        output.status
    );
    serde_json::from_slice(&output.stdout).context("the load process said something else")
}

/// The load process: one job from `input`, what it found to `output`.
pub(super) fn serve_one(input: &mut dyn Read, output: &mut dyn Write) -> anyhow::Result<()> {
    let job: Job = serde_json::from_reader(input)?;
    let done = match job {
        Job::Race(job) => Done::Race(Box::new(race::run(&plan(job)?, &Progress::default())?)),
        Job::Cinema(job) => {
            let crowd = crowd(job.address, job.users, job.duration_ms, job.think_factor, 1);
            let cinema_job = Cinema {
                showtimes: vec![1, 2, 3],
                hot_seats: job.hot_seats,
            };
            Done::Cinema(Box::new(cinema(&crowd, &cinema_job)?))
        }
        Job::Shop(job) => {
            let crowd = crowd(job.address, job.users, job.duration_ms, 0.0, job.seed);
            let shop_job = Shop {
                products: job.products,
                charge_amount: job.charge_amount,
                quantity: 1,
            };
            Done::Shop(Box::new(shop(&crowd, &shop_job)?))
        }
        Job::SellOut(job) => Done::SellOut(Box::new(sell_out(&job)?)),
    };
    serde_json::to_writer(output, &done)?;
    Ok(())
}

fn plan(job: RaceJob) -> anyhow::Result<Plan> {
    let mut plan = Plan::new("POST", &job.url);
    plan.clients = job.clients;
    plan.resources = job.resources;
    plan.headers = job.headers;
    plan.body = Some(job.body);
    plan.won = job
        .won
        .parse()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    plan.lost = job
        .lost
        .parse()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(plan)
}

fn crowd(address: SocketAddr, users: u32, duration_ms: u64, think_factor: f64, seed: u64) -> Crowd {
    Crowd {
        target: Target::at(address),
        users,
        duration: Duration::from_millis(duration_ms),
        iterations_max: None,
        timeout: REQUEST_TIMEOUT,
        think_factor,
        seed,
    }
}
