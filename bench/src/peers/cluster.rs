//! A PostgreSQL of our own: initialised in a directory of the run, on a port of its own, stopped
//! afterwards. One that already runs on the machine is neither used nor stopped.

use std::net::SocketAddr;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::children::{Process, free_address};
use crate::context::Context;

/// Settings that a good administrator would choose for this machine. All of them help PostgreSQL:
/// no checkpoint and no vacuum falls into a run. What makes it durable stays on.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=1GB",
    "max_wal_size=16GB",
    "min_wal_size=2GB",
    "checkpoint_timeout=1h",
    "autovacuum=off",
    "max_connections=120",
    "wal_compression=off",
];

/// A running PostgreSQL.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it calls itself.
    pub(crate) version: String,
    _process: Process,
    _directory: TempDir,
}

impl Cluster {
    /// Initialises and starts one.
    ///
    /// # Errors
    /// If the programs are missing or do not work.
    pub(crate) fn start(context: &Context) -> anyhow::Result<Self> {
        let bin = programs().context("no PostgreSQL here; install the package `postgresql`")?;
        let directory = context.directory("postgresql")?;
        let owner = owner()?;
        if let Some((uid, gid)) = owner {
            std::os::unix::fs::chown(directory.path(), Some(uid), Some(gid))?;
            open_path_to(directory.path())?;
        }
        let data = directory.path().join("data");
        let command = |name: &str| {
            let mut command = Command::new(bin.join(name));
            command
                .current_dir(directory.path())
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            // PostgreSQL refuses to run as root; its package brings a user for it.
            if let Some((uid, gid)) = owner {
                command.uid(uid).gid(gid);
            }
            command
        };
        let mut init = command("initdb");
        init.args([
            "--auth=trust",
            "--username=bench",
            "--encoding=UTF8",
            "--locale=C",
        ]);
        let output = init
            .arg("--pgdata")
            .arg(&data)
            .stderr(Stdio::piped())
            .output()?;
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let address = free_address()?;
        let port = address.port().to_string();
        let mut serve = command("postgres");
        serve.arg("-D").arg(&data).arg("-k").arg(directory.path());
        serve
            .args(["-h", "127.0.0.1", "-p", &port])
            .stderr(Stdio::null());
        serve.process_group(0);
        for setting in SETTINGS {
            serve.args(["-c", setting]);
        }
        let mut process = Process::start(&mut serve, Signal::INT)?;
        let is_ready = bin.join("pg_isready");
        process.wait_until(|| {
            let mut probe = Command::new(&is_ready);
            probe.args(["-q", "-h", "127.0.0.1", "-p", &port]);
            probe.status().is_ok_and(|status| status.success())
        })?;
        let version = Command::new(bin.join("postgres"))
            .arg("--version")
            .output()?;
        let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
        Ok(Self {
            address,
            version,
            _process: process,
            _directory: directory,
        })
    }
}

/// Debian keeps the versions apart and out of PATH; the newest is taken.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let mut paths: Vec<_> = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    paths.sort_by_key(|path| version(path));
    let bins = paths.into_iter().rev().map(|path| path.join("bin"));
    bins.into_iter()
        .find(|bin| bin.join("postgres").exists() && bin.join("initdb").exists())
}

/// The user `postgres`, if we are root.
fn owner() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::getuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line
        .context("there is no user `postgres`")?
        .split(':')
        .skip(2);
    let mut id = || {
        fields
            .next()
            .and_then(|id| id.parse().ok())
            .context("a damaged passwd")
    };
    Ok(Some((id()?, id()?)))
}

/// The run's directory is ours alone; PostgreSQL's user must be able to pass through it.
fn open_path_to(directory: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = directory
        .parent()
        .context("a directory of the run has a parent")?;
    std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o711))?;
    Ok(())
}
