//! What the load process is asked to do, and what it found: JSON over its standard streams.
//!
//! The load process is this program started with a hidden subcommand, so that load and server
//! share nothing but the network.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use stampede_run::race::{self, Plan, Progress, RaceResult};

use super::script::{self, ScriptDone, ScriptJob};
use super::sellout::{SellOut, SellOutResult, sell_out};

/// One crowd.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Job {
    Race(RaceJob),
    Script(ScriptJob),
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

/// What a crowd found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Done {
    Race(Box<RaceResult>),
    Script(Box<ScriptDone>),
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
        Job::Script(job) => Done::Script(Box::new(script::run(&job)?)),
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
