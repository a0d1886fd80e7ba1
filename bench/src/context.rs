//! What all rows share: settings, directories, the server's program, and who to tell.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::args::Cli;

/// Settings of a run.
#[derive(Debug)]
pub(crate) struct Context {
    /// How often each contender has its turn.
    pub(crate) rounds: u32,
    /// How long each turn is measured.
    pub(crate) duration: Duration,
    /// Load before each measured turn.
    pub(crate) warm_up: Duration,
    /// Smaller sizes.
    pub(crate) quick: bool,
    /// Threads of the loader.
    pub(crate) loader_threads: usize,
    /// This program.
    pub(crate) own_program: PathBuf,
    /// Durable bookings per second at 64 connections, once a row has measured them.
    pub(crate) bookings_per_second: Cell<Option<f64>>,
    server: Option<PathBuf>,
    directory: TempDir,
}

impl Context {
    /// Prepares a run: finds this program and makes a directory that ends with it.
    ///
    /// # Errors
    /// If there is no directory to write to.
    pub(crate) fn new(cli: &Cli) -> anyhow::Result<Self> {
        let own_program = std::env::current_exe().context("where is this program?")?;
        // Beside the build: /tmp is memory on many machines, and memory needs no fsync.
        let target = own_program.ancestors().nth(2).unwrap_or(Path::new("."));
        let parent = cli.dir.clone().unwrap_or_else(|| target.join("bench"));
        std::fs::create_dir_all(&parent)
            .with_context(|| format!("cannot make {}", parent.display()))?;
        let directory = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(&parent)?;
        let (seconds, warm_up_ms) = if cli.quick { (1, 300) } else { (3, 500) };
        Ok(Self {
            rounds: cli.rounds,
            duration: Duration::from_secs(u64::from(cli.seconds.unwrap_or(seconds))),
            warm_up: Duration::from_millis(warm_up_ms),
            quick: cli.quick,
            loader_threads: usize::try_from(cli.loader_threads)?,
            own_program,
            bookings_per_second: Cell::new(None),
            server: cli.server.clone(),
            directory,
        })
    }

    /// A new directory on the disk that is measured; it ends with the run.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn directory(&self, name: &str) -> anyhow::Result<TempDir> {
        let prefix = format!("{name}-");
        let made = tempfile::Builder::new()
            .prefix(&prefix)
            .tempdir_in(self.directory.path());
        made.context("cannot make a directory to measure in")
    }

    /// The size to measure with: smaller in a quick run.
    pub(crate) fn sized(&self, full: u64, quick: u64) -> u64 {
        if self.quick { quick } else { full }
    }

    /// The program that is measured, built from this workspace unless one was named.
    ///
    /// # Errors
    /// If it does not build.
    pub(crate) fn server_program(&self) -> anyhow::Result<PathBuf> {
        if let Some(server) = &self.server {
            return Ok(server.clone());
        }
        self.progress("building boxoffice");
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--quiet", "--package", "boxoffice"]);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        let built = cargo.status().context("cannot start cargo")?;
        if !built.success() {
            bail!("boxoffice does not build");
        }
        Ok(self.own_program.with_file_name("boxoffice"))
    }

    /// Says what is going on, if somebody watches.
    pub(crate) fn progress(&self, text: &str) {
        if std::io::stderr().is_terminal() {
            say(text);
        }
    }
}

/// Writes a line to stderr.
pub(crate) fn say(text: &str) {
    // Nobody is left to tell if that fails.
    drop(writeln!(std::io::stderr(), "{text}"));
}
