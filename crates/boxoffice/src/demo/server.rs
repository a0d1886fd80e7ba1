//! The server of the demo: this program in a process of its own, so that it can be killed.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::client::Client;

/// A server that is not ready after this long has failed.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// How often the server is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// A running server process.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts the server on `data` and waits until it is ready. Its log is appended to a file.
    pub(super) fn start(
        program: &Path,
        listen: &str,
        data: &Path,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let mut child = Command::new(program)
            .args([
                "serve",
                "--dialects",
                "--demo-house",
                "--listen",
                listen,
                "--data",
            ])
            .arg(data)
            .env_remove("BOXOFFICE_LOG")
            .env("BOXOFFICE_LOG_FILTER", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("the server process cannot be started")?;
        let address = match follow_log(&mut child, log) {
            Ok(address) => address,
            Err(error) => {
                end(&mut child);
                return Err(error);
            }
        };
        let mut server = Self { child, address };
        if let Err(error) = server.wait_until_ready() {
            end(&mut server.child);
            return Err(error);
        }
        Ok(server)
    }

    fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let give_up_at = Instant::now() + READY_WITHIN;
        let mut client = Client::new(self.address)?;
        while Instant::now() < give_up_at {
            if let Ok((200, _)) = client.get("/readyz") {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended before it was ready ({status})");
            }
            std::thread::sleep(ASK_EVERY);
        }
        bail!(
            "the server was not ready within {} s",
            READY_WITHIN.as_secs()
        )
    }

    /// kill -9: no goodbye, no flush.
    pub(super) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the server to stop and waits until it has.
    pub(super) fn stop(mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        anyhow::ensure!(
            status.success(),
            "the server did not stop in order ({status})"
        );
        Ok(())
    }

    /// Waits until the server ends by itself or is told to by the terminal.
    pub(super) fn wait(mut self) -> anyhow::Result<()> {
        self.child.wait()?;
        Ok(())
    }
}

/// Reads the server's log up to the address that it serves; the rest goes to the file.
fn follow_log(child: &mut Child, log: &Path) -> anyhow::Result<SocketAddr> {
    let stderr = child.stderr.take().expect("standard error was piped");
    let mut lines = BufReader::new(stderr).lines();
    let mut file = File::options().create(true).append(true).open(log)?;
    let mut said = Vec::new();
    let address = loop {
        let Some(line) = lines.next().transpose()? else {
            bail!("the server did not start:\n{}", said.join("\n"));
        };
        writeln!(file, "{line}")?;
        if let Some((_, address)) = line.split_once("serving http://") {
            break address
                .trim()
                .parse()
                .context("the server's address cannot be read")?;
        }
        said.push(line);
    };
    std::thread::Builder::new()
        .name("server log".into())
        .spawn(move || {
            for line in lines.map_while(Result::ok) {
                if writeln!(file, "{line}").is_err() {
                    // The log is lost, the server must not notice: keep reading its pipe.
                    continue;
                }
            }
        })?;
    Ok(address)
}

fn end(child: &mut Child) {
    // It may have ended already; either way it is gone afterwards.
    drop(child.kill());
    drop(child.wait());
}

/// A directory for the house, removed at the end unless it was given by the user.
#[derive(Debug)]
pub(super) struct DataDir {
    pub(super) path: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl DataDir {
    pub(super) fn new(given: Option<&Path>) -> anyhow::Result<Self> {
        match given {
            Some(path) => Ok(Self {
                path: path.to_path_buf(),
                _temporary: None,
            }),
            None => {
                let temporary = tempfile::Builder::new()
                    .prefix("boxoffice-demo-")
                    .tempdir()?;
                let path = temporary.path().join("house");
                Ok(Self {
                    path,
                    _temporary: Some(temporary),
                })
            }
        }
    }
}
