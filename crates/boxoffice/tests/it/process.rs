//! Starts, watches and ends the real `boxoffice`, and looks at the bytes that it keeps.
//!
//! Invariants: a server is ended with its handle; waiting is for a line or an end, within a limit.
//! Never: ends a process that it did not start; hands the environment of the tests to it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::http::Connection;

/// How long a start or an end may take before the test fails.
const WAIT: Duration = Duration::from_secs(120);

/// The program with arguments, without the environment of the tests: variables that are no
/// settings would be refused.
pub(crate) fn boxoffice(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_boxoffice"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs a command to its end.
pub(crate) fn run(args: &[&str]) -> Ended {
    ended(&mut boxoffice(args))
}

/// Runs a prepared command to its end.
pub(crate) fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("the program speaks UTF-8");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
    Ended {
        code: output.status.code(),
        stdout,
        stderr,
    }
}

/// Runs a command that has to succeed; what it wrote to standard output.
pub(crate) fn succeed(args: &[&str]) -> Ended {
    let ended = run(args);
    assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
    ended
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().expect("a path of the tests is text")
}

/// A process that was started to serve.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    lines: Receiver<String>,
    /// What it has said so far.
    pub(crate) said: String,
    address: Option<SocketAddr>,
}

impl Server {
    /// Starts `boxoffice serve` on a free port; it does not serve yet.
    pub(crate) fn spawn(data: &Path, args: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0", "--data", arg(data)];
        all.extend_from_slice(args);
        let mut command = boxoffice(&all);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        let stderr = child.stderr.take().expect("it is piped");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // The channel is closed by the end of the lines, and the other way round.
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            lines,
            said: String::new(),
            address: None,
        }
    }

    /// Starts it and waits until it is ready.
    pub(crate) fn start(data: &Path, args: &[&str]) -> Self {
        match Self::try_start(data, args) {
            Ok(server) => server,
            Err(ended) => panic!("it ended with {:?}:\n{}", ended.code, ended.stderr),
        }
    }

    /// Starts it and waits until it is ready or has ended.
    pub(crate) fn try_start(data: &Path, args: &[&str]) -> Result<Self, Ended> {
        let mut server = Self::spawn(data, args);
        if server.wait_for(": ready ") {
            Ok(server)
        } else {
            Err(server.wait())
        }
    }

    /// Waits for a line with this text; false when it ended without one.
    pub(crate) fn wait_for(&mut self, text: &str) -> bool {
        let until = Instant::now() + WAIT;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => {
                    self.said += &line;
                    self.said.push('\n');
                    if let Some((_, rest)) = line.split_once("serving http") {
                        let address = rest.trim_start_matches('s').strip_prefix("://");
                        self.address = address.and_then(|text| text.trim().parse().ok());
                    }
                    if line.contains(text) {
                        return true;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => panic!("it hangs; it said:\n{}", self.said),
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address.expect("it has said where")
    }

    /// Its URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// A connection to it.
    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address()).expect("it takes connections")
    }

    /// SIGKILL, and the end of the process.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("our own child can be killed");
        self.child.wait().expect("our own child ends");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let pid = pid.expect("a child has a pid");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ended {
        while self.wait_for("no line has this text") {}
        let status: ExitStatus = self.child.wait().expect("our own child ends");
        let stderr = std::mem::take(&mut self.said);
        assert!(!stderr.contains("panicked"), "{stderr}");
        Ended {
            code: status.code(),
            stdout: String::new(),
            stderr,
        }
    }

    /// SIGTERM, and an end in order.
    pub(crate) fn stop(self) -> Ended {
        self.terminate();
        let ended = self.wait();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// All bytes of a directory, by path; directories end in `/`.
pub(crate) type Contents = BTreeMap<String, Vec<u8>>;

/// Reads a directory.
pub(crate) fn contents(dir: &Path) -> Contents {
    let mut all = Contents::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inner = contents(&path);
            all.extend(
                inner
                    .into_iter()
                    .map(|(file, bytes)| (format!("{name}/{file}"), bytes)),
            );
            all.insert(format!("{name}/"), Vec::new());
        } else {
            all.insert(name, fs::read(&path).unwrap());
        }
    }
    all
}

/// Makes a directory have exactly these bytes.
pub(crate) fn write_contents(dir: &Path, all: &Contents) {
    if dir.exists() {
        fs::remove_dir_all(dir).unwrap();
    }
    fs::create_dir_all(dir).unwrap();
    for name in all.keys().filter(|name| name.ends_with('/')) {
        fs::create_dir_all(dir.join(name)).unwrap();
    }
    for (name, bytes) in all.iter().filter(|(name, _)| !name.ends_with('/')) {
        fs::write(dir.join(name), bytes).unwrap();
    }
}
