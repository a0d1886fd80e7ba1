//! The target of the load testers: one epoll loop with a fixed answer, which counts and times what
//! it is sent. It is a process of its own; this is what is said between it and the benchmark.
//!
//! Invariants: the target's own view decides, never what a load tester says about itself.

pub(super) mod percentiles;
mod server;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::context::Context;

pub(crate) use server::main;

/// How long the target may take to end.
const STOP_MAX: Duration = Duration::from_secs(5);
/// Time between two looks at the target.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// What the target does with the requests that follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mode {
    /// Answer at once.
    Plain,
    /// Answer after 1 to 30 ms, another delay each time, and remember how long it really was.
    Delay,
    /// Answer at once, and remember how long each connection paused between an answer and its next
    /// request.
    Pauses,
}

/// What the target is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Say {
    /// Start counting anew.
    Begin(Mode),
    /// Tell how far it is.
    Count,
    /// Tell what was remembered since the last [`Say::Begin`] or [`Say::Times`].
    Times,
}

/// How far the target is.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Count {
    /// Requests that were answered since the beginning.
    pub(super) answered: u64,
    /// Connections that are open.
    pub(super) connections: u64,
    /// When this was counted, on the monotonic clock.
    pub(super) at_ns: u64,
    /// When the first request since the beginning had arrived, on the monotonic clock.
    pub(super) first_ns: Option<u64>,
}

/// A summary of remembered times, in microseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Times {
    pub(super) count: u64,
    pub(super) us_p50: f64,
    pub(super) us_p99: f64,
    pub(super) us_max: f64,
}

/// The running target.
#[derive(Debug)]
pub(super) struct Target {
    /// Where it listens.
    pub(super) address: SocketAddr,
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Target {
    /// Starts it on a free port of loopback.
    ///
    /// # Errors
    /// If it does not say where it listens.
    pub(super) fn start(context: &Context) -> anyhow::Result<Self> {
        let mut child = Command::new(&context.own_program)
            .arg("target")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the target")?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("the target has a stdout")?;
        let mut stdout = BufReader::new(stdout);
        let address = read(&mut stdout)?;
        Ok(Self {
            address,
            child,
            stdin,
            stdout,
        })
    }

    /// The address as a URL.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts counting anew.
    ///
    /// # Errors
    /// If the target is gone.
    pub(super) fn begin(&mut self, mode: Mode) -> anyhow::Result<()> {
        self.ask::<Count>(&Say::Begin(mode)).map(|_| ())
    }

    /// How far it is.
    ///
    /// # Errors
    /// If the target is gone.
    pub(super) fn count(&mut self) -> anyhow::Result<Count> {
        self.ask(&Say::Count)
    }

    /// What it remembered, which it then forgets.
    ///
    /// # Errors
    /// If the target is gone.
    pub(super) fn times(&mut self) -> anyhow::Result<Times> {
        self.ask(&Say::Times)
    }

    fn ask<T: DeserializeOwned>(&mut self, say: &Say) -> anyhow::Result<T> {
        let stdin = self.stdin.as_mut().context("the target was stopped")?;
        let mut line = serde_json::to_vec(say)?;
        line.push(b'\n');
        stdin.write_all(&line).context("the target is gone")?;
        read(&mut self.stdout)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // It ends with its stdin.
        drop(self.stdin.take());
        let start = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if STOP_MAX < start.elapsed() {
                drop(self.child.kill());
                drop(self.child.wait());
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

fn read<T: DeserializeOwned>(stdout: &mut BufReader<ChildStdout>) -> anyhow::Result<T> {
    let mut line = String::new();
    if stdout.read_line(&mut line)? == 0 {
        bail!("the target ended");
    }
    serde_json::from_str(&line).context("the target said something else")
}

/// Now, on the clock that all processes of the machine share.
pub(super) fn monotonic_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let (seconds, nanoseconds) = (now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs());
    seconds * 1_000_000_000 + nanoseconds
}
