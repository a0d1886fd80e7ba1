//! The processes of a run: the server that is measured, peers, loaders.
//!
//! Invariants: every process that was started here is stopped here; each is known by its id.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::call::call;
use crate::context::Context;
use crate::job::Job;
use crate::peers::Spec;

/// How long a process may take until it answers.
const START_MAX: Duration = Duration::from_secs(120);
/// How long a process may take until it has ended by itself.
const STOP_MAX: Duration = Duration::from_secs(30);
/// Time between two looks at a process that starts or stops.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// What Linux counts computing time in, on every architecture that it shows to programs.
const TICKS_PER_SECOND: u64 = 100;

/// A process that ends with this.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    stop: Signal,
}

impl Process {
    /// Starts a program; `stop` is the signal that asks it to end.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(crate) fn start(command: &mut Command, stop: Signal) -> anyhow::Result<Self> {
        let name = command.get_program().to_owned();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {}", name.display()))?;
        Ok(Self { child, stop })
    }

    /// Its id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `is_ready` says so.
    ///
    /// # Errors
    /// If the process ends first or takes too long.
    pub(crate) fn wait_until(&mut self, is_ready: impl Fn() -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !is_ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended with {status} before it was ready");
            }
            if START_MAX < start.elapsed() {
                bail!("it was not ready after {} s", START_MAX.as_secs());
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn ask_to_end(&self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It may have ended meanwhile, which is what is wanted.
            let _ended_already = kill_process(pid, self.stop);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A process that was waited for must not be signalled: its id may be another's by now.
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // Whoever reads stdin to its end ends with it.
        drop(self.child.stdin.take());
        self.ask_to_end();
        let start = Instant::now();
        while start.elapsed() < STOP_MAX {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Who is under load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Endpoint {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its process.
    pub(crate) process: u32,
}

impl Endpoint {
    /// The time that its threads have computed so far.
    ///
    /// # Errors
    /// If the system does not say.
    pub(crate) fn cpu(self) -> anyhow::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process))?;
        // The name in the second field may hold anything; what follows its bracket is regular.
        let (_, fields) = stat.rsplit_once(") ").context("a damaged stat")?;
        let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.sum::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks * (1_000 / TICKS_PER_SECOND)))
    }
}

/// A running boxoffice.
#[derive(Debug)]
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From its start until it was ready.
    pub(crate) ready_after: Duration,
    process: Process,
    data: PathBuf,
}

impl Server {
    /// Starts one on `data`, with its default settings but for `flags`.
    ///
    /// # Errors
    /// If it does not become ready; the end of its log says why.
    pub(crate) fn start(context: &Context, data: &Path, flags: &[&str]) -> anyhow::Result<Self> {
        let program = context.server_program()?;
        let address = free_address()?;
        let log_path = data.with_extension("log");
        let mut command = Command::new(&program);
        command
            .arg("serve")
            .arg("--listen")
            .arg(address.to_string())
            .arg("--data")
            .arg(data);
        command
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command.stderr(File::create(&log_path)?);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("BOXOFFICE_") {
                command.env_remove(name);
            }
        }
        let start = Instant::now();
        let mut process = Process::start(&mut command, Signal::TERM)?;
        let is_ready = || call(address, "GET", "/readyz", "").is_ok_and(|r| r.status == 200);
        if let Err(error) = process.wait_until(is_ready) {
            let log = std::fs::read_to_string(&log_path).unwrap_or_default();
            let last: Vec<_> = log.lines().rev().take(5).collect();
            bail!("{}: {error}: {}", program.display(), last.join(" | "));
        }
        let ready_after = start.elapsed();
        Ok(Self {
            address,
            ready_after,
            process,
            data: data.to_owned(),
        })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where load goes.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint {
            address: self.address,
            process: self.id(),
        }
    }

    /// Where its journal is.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// If the system does not let us.
    pub(crate) fn kill(self) -> anyhow::Result<()> {
        self.process.kill()
    }

    /// A figure of its memory in KiB: `VmRSS` now, `VmHWM` at its largest.
    ///
    /// # Errors
    /// If the system does not say.
    pub(crate) fn memory_kib(&self, figure: &str) -> anyhow::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let value = line.and_then(|line| line.trim_matches([':', '\t', ' ']).split(' ').next());
        let value = value.with_context(|| format!("the system does not tell {figure}"))?;
        Ok(value.trim().parse()?)
    }
}

/// A server with a new house and the directory of both.
///
/// # Errors
/// Those of [`Server::start`].
pub(crate) fn new_house(context: &Context, flags: &[&str]) -> anyhow::Result<(Server, TempDir)> {
    let directory = context.directory("house")?;
    let server = Server::start(context, &directory.path().join("data"), flags)?;
    Ok((server, directory))
}

/// A running peer of ours.
#[derive(Debug)]
pub(crate) struct PeerServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    process: Process,
    _directory: TempDir,
}

impl PeerServer {
    /// Where load goes.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint {
            address: self.address,
            process: self.process.id(),
        }
    }

    /// Starts this program as the peer that `spec` describes.
    ///
    /// # Errors
    /// If it does not say where it listens.
    pub(crate) fn start(context: &Context, spec: &Spec) -> anyhow::Result<Self> {
        let directory = context.directory("peer")?;
        let path = directory.path().join("spec.json");
        std::fs::write(&path, serde_json::to_vec(spec)?)?;
        let mut command = own(context, ["peer".as_ref(), path.as_os_str()]);
        let mut process = Process::start(&mut command, Signal::TERM)?;
        let line = first_line(&mut process)?;
        let address = line
            .trim()
            .parse()
            .context("the peer did not say where it listens")?;
        Ok(Self {
            address,
            process,
            _directory: directory,
        })
    }
}

/// Starts this program as something that says one line when it is ready and ends with its stdin.
///
/// # Errors
/// If it says nothing.
pub(crate) fn start_own(context: &Context, args: [&str; 2]) -> anyhow::Result<(Process, String)> {
    let mut command = own(context, args.map(OsStr::new));
    let mut process = Process::start(&mut command, Signal::TERM)?;
    let line = first_line(&mut process)?;
    Ok((process, line))
}

/// Has a loader process of its own do a job.
///
/// # Errors
/// If the job makes no sense or the process fails.
pub(crate) fn load<T: DeserializeOwned>(context: &Context, job: &Job) -> anyhow::Result<T> {
    let mut command = own(context, ["loader".as_ref()]);
    let mut process = Process::start(&mut command, Signal::TERM)?;
    let mut stdin = process
        .child
        .stdin
        .take()
        .context("the loader has a stdin")?;
    stdin.write_all(&serde_json::to_vec(job)?)?;
    drop(stdin);
    let mut text = String::new();
    let mut stdout = process
        .child
        .stdout
        .take()
        .context("the loader has a stdout")?;
    stdout.read_to_string(&mut text)?;
    let status = process.child.wait()?;
    if !status.success() {
        bail!("the loader ended with {status}");
    }
    serde_json::from_str(&text).context("the loader did not say what it saw")
}

/// What a child writes to its parent.
///
/// # Errors
/// If the parent is gone.
pub(crate) fn tell(value: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout();
    serde_json::to_writer(&mut stdout, value)?;
    stdout.write_all(b"\n")?;
    Ok(stdout.flush()?)
}

/// An address that was free a moment ago.
///
/// # Errors
/// If loopback has none.
pub(crate) fn free_address() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on loopback")?;
    Ok(listener.local_addr()?)
}

fn own<const N: usize>(context: &Context, args: [&OsStr; N]) -> Command {
    let mut command = Command::new(&context.own_program);
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    // Ctrl-C is for the parent, which stops its children in order.
    command.process_group(0);
    command
}

fn first_line(process: &mut Process) -> anyhow::Result<String> {
    let stdout = process
        .child
        .stdout
        .take()
        .context("the child has a stdout")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    if line.is_empty() {
        bail!("it ended before it was ready");
    }
    Ok(line.trim().trim_matches('"').to_owned())
}
