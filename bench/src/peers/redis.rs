//! A Redis of our own that syncs before it answers (`appendfsync always`). What is measured of it
//! is in `loader/redis.rs`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::children::{Process, free_address};
use crate::context::Context;

/// How long a sign of life may take.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// A running Redis.
#[derive(Debug)]
pub(crate) struct Redis {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What it calls itself.
    pub(crate) version: String,
    _process: Process,
    _directory: TempDir,
}

impl Redis {
    /// Starts one with an empty append-only file.
    ///
    /// # Errors
    /// If the program is missing or does not work.
    pub(crate) fn start(context: &Context) -> anyhow::Result<Self> {
        let version = Command::new("redis-server").arg("--version").output();
        let version = version.context("no Redis here; install the package `redis-server`")?;
        let directory = context.directory("redis")?;
        let address = free_address()?;
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &address.port().to_string()]);
        command.args(["--appendonly", "yes", "--appendfsync", "always"]);
        // No rewrite of the file and no snapshot falls into a run.
        command.args(["--auto-aof-rewrite-percentage", "0", "--save", "", "--dir"]);
        command.arg(directory.path()).process_group(0);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = Process::start(&mut command, Signal::TERM)?;
        process.wait_until(|| answers_ping(address).unwrap_or(false))?;
        let version = String::from_utf8_lossy(&version.stdout);
        let version = version
            .split(' ')
            .nth(2)
            .unwrap_or("unknown")
            .trim_start_matches("v=");
        Ok(Self {
            address,
            version: format!("Redis {version}"),
            _process: process,
            _directory: directory,
        })
    }
}

fn answers_ping(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, PING_TIMEOUT)?;
    stream.set_read_timeout(Some(PING_TIMEOUT))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG")
}
