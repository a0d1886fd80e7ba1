//! Real servers for tests that need them: found, installed if that is allowed, started on a free
//! port of loopback in a temporary directory, stopped afterwards.
//!
//! Invariants: nothing is installed or started that was not asked for; a server of the machine
//! that already runs is neither used nor stopped.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tempfile::TempDir;

use crate::shell;

/// A server that tests can ask for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Server {
    /// PostgreSQL, told to tests by BOXOFFICE_TEST_POSTGRESQL_URL
    Postgresql,
    /// Redis, told to tests by BOXOFFICE_TEST_REDIS_URL
    Redis,
    /// A browser, told to tests by BOXOFFICE_TEST_CHROMIUM
    Chromium,
}

impl Server {
    /// The Debian package that brings it.
    fn package(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Redis => "redis-server",
            Self::Chromium => "chromium",
        }
    }

    /// A shell line that writes the path of its program, or nothing.
    fn search(self) -> &'static str {
        match self {
            // Debian keeps the versions apart and out of PATH; the newest comes last.
            Self::Postgresql => {
                "ls /usr/lib/postgresql/*/bin/postgres 2>&- | sort -V | tail -1 | grep . \
                 || command -v postgres"
            }
            Self::Redis => "command -v redis-server",
            Self::Chromium => {
                "command -v chromium || command -v chromium-browser || command -v google-chrome"
            }
        }
    }
}

/// How long a server may take until it answers.
const START_MAX: Duration = Duration::from_secs(60);

/// How long a server may take until it has stopped by itself.
const STOP_MAX: Duration = Duration::from_secs(20);

/// Time between two looks at a server that starts or stops.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Servers that run until this is dropped.
#[derive(Debug, Default)]
pub(crate) struct Running {
    variables: Vec<(&'static str, String)>,
    children: Vec<Child>,
    directories: Vec<TempDir>,
}

impl Running {
    /// What tests must find in their environment.
    pub(crate) fn variables(&self) -> &[(&'static str, String)] {
        &self.variables
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.children {
            stop(child);
        }
        self.directories.clear();
    }
}

/// Finds or installs each of `servers`, and starts those that serve.
///
/// # Errors
/// If one is missing and cannot be installed, or does not answer in time; the message says what
/// to install.
pub(crate) fn start(servers: &[Server]) -> anyhow::Result<Running> {
    let mut running = Running::default();
    for server in servers {
        let program = find_or_install(*server)?;
        match server {
            Server::Postgresql => start_postgresql(&program, &mut running)?,
            Server::Redis => start_redis(&program, &mut running)?,
            Server::Chromium => running.variables.push(("BOXOFFICE_TEST_CHROMIUM", program)),
        }
    }
    Ok(running)
}

fn find_or_install(server: Server) -> anyhow::Result<String> {
    if let Some(program) = find(server)? {
        return Ok(program);
    }
    let package = server.package();
    if !is_root()? || !is_program("apt-get") {
        bail!("{server:?} is missing: install the package `{package}` and run this again");
    }
    let apt = |args: &[&str]| {
        let mut command = shell::command("apt-get", args);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        shell::run(&mut command)
    };
    apt(&["update", "--quiet"])?;
    apt(&[
        "install",
        "--quiet",
        "--yes",
        "--no-install-recommends",
        package,
    ])?;
    find(server)?.with_context(|| format!("the package `{package}` did not bring the program"))
}

fn find(server: Server) -> anyhow::Result<Option<String>> {
    let output = shell::command("sh", ["-c", server.search()])
        .output()
        .context("cannot start `sh`")?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((!path.is_empty()).then_some(path))
}

fn is_program(name: &str) -> bool {
    shell::command("sh", ["-c", "command -v \"$0\"", name])
        .output()
        .is_ok_and(|output| output.status.success())
}

fn is_root() -> anyhow::Result<bool> {
    Ok(shell::read(&mut shell::command("id", ["-u"]))?.trim() == "0")
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener
        .local_addr()
        .context("a bound socket has an address")?
        .port())
}

fn start_postgresql(program: &str, running: &mut Running) -> anyhow::Result<()> {
    let bin = Path::new(program)
        .parent()
        .context("a program lies in a directory")?;
    let directory = TempDir::new().context("cannot make a temporary directory")?;
    let data = directory.path().join("data");
    let port = free_port()?;
    // PostgreSQL refuses to run as root; its package brings a user for it.
    let owner = if is_root()? {
        Some(postgres_ids()?)
    } else {
        None
    };
    if let Some((uid, gid)) = owner {
        std::os::unix::fs::chown(directory.path(), Some(uid), Some(gid))
            .context("cannot give the data directory to `postgres`")?;
    }
    let as_owner = |mut command: Command| {
        command.current_dir(directory.path());
        if let Some((uid, gid)) = owner {
            command.uid(uid).gid(gid);
        }
        command
    };

    let mut init = as_owner(command(&bin.join("initdb")));
    init.args([
        "--auth=trust",
        "--username=boxoffice",
        "--encoding=UTF8",
        "--pgdata",
    ])
    .arg(&data);
    shell::run(init.stdout(Stdio::null()))?;

    let mut serve = as_owner(command(Path::new(program)));
    serve.arg("-D").arg(&data).arg("-k").arg(directory.path());
    serve.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    serve.stdout(Stdio::null()).stderr(Stdio::null());
    running.children.push(
        serve
            .spawn()
            .with_context(|| format!("cannot start {program}"))?,
    );
    running.directories.push(directory);

    let is_ready = bin.join("pg_isready");
    wait_until("PostgreSQL", || {
        command(&is_ready)
            .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
            .status()
            .is_ok_and(|status| status.success())
    })?;
    let url = format!("postgres://boxoffice@127.0.0.1:{port}/postgres");
    running
        .variables
        .push(("BOXOFFICE_TEST_POSTGRESQL_URL", url));
    Ok(())
}

fn postgres_ids() -> anyhow::Result<(u32, u32)> {
    let id = |flag: &str| -> anyhow::Result<u32> {
        let text = shell::read(&mut shell::command("id", [flag, "postgres"]))?;
        text.trim().parse().context("`id` did not write a number")
    };
    Ok((id("-u")?, id("-g")?))
}

fn start_redis(program: &str, running: &mut Running) -> anyhow::Result<()> {
    let directory = TempDir::new().context("cannot make a temporary directory")?;
    let port = free_port()?;
    let mut serve = command(Path::new(program));
    serve.args([
        "--bind",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--save",
        "",
        "--dir",
    ]);
    serve
        .arg(directory.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    running.children.push(
        serve
            .spawn()
            .with_context(|| format!("cannot start {program}"))?,
    );
    running.directories.push(directory);
    wait_until("Redis", || answers_ping(port).unwrap_or(false))?;
    running.variables.push((
        "BOXOFFICE_TEST_REDIS_URL",
        format!("redis://127.0.0.1:{port}"),
    ));
    Ok(())
}

fn answers_ping(port: u16) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(START_MAX))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG")
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

fn wait_until(what: &str, mut is_done: impl FnMut() -> bool) -> anyhow::Result<()> {
    let start = Instant::now();
    while !is_done() {
        if start.elapsed() > START_MAX {
            bail!("{what} does not answer after {} s", START_MAX.as_secs());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// Asks the process to stop, and ends it if it does not.
fn stop(child: &mut Child) {
    let pid = child.id().to_string();
    let asked = command(Path::new("kill")).args(["-INT", &pid]).status();
    let start = Instant::now();
    while asked.is_ok() && start.elapsed() < STOP_MAX {
        match child.try_wait() {
            Ok(Some(_)) => return,
            Ok(None) => std::thread::sleep(LOOK_EVERY),
            Err(_) => break,
        }
    }
    if let Err(error) = child.kill().and_then(|()| child.wait().map(drop)) {
        shell::say(&format!("cannot stop process {pid}: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_started_that_was_not_asked_for() {
        let running = start(&[]).unwrap();
        assert_eq!(running.variables(), []);
        assert!(running.children.is_empty());
        assert!(running.directories.is_empty());
    }

    #[test]
    fn dropping_stops_the_process_and_removes_its_directory() {
        let directory = TempDir::new().unwrap();
        let path = directory.path().to_owned();
        let child = command(Path::new("cat"))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id();
        drop(Running {
            variables: Vec::new(),
            children: vec![child],
            directories: vec![directory],
        });
        assert!(!path.exists());
        let mut probe = command(Path::new("kill"));
        let is_alive = probe
            .args(["-0", &pid.to_string()])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!is_alive.success());
    }
}
