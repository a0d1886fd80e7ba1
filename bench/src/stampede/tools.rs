//! The load testers: where they are, how they are started, and what they say at the end.
//!
//! Invariants: a run that did not end with 0 is an error and not a figure, thresholds included;
//! every process that was started here is stopped here.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::target::monotonic_ns;
use crate::children::Endpoint;
use crate::context::Context;

/// The version of `oha` that is installed where there is none.
const OHA_VERSION: &str = "1.16.0";
/// Where `cargo xtask conformance` installs k6, below `target/conformance`.
const K6: &str = "k6-2.2.0/k6";
/// How much longer than asked a run may take until it is given up.
const LATE_MAX: Duration = Duration::from_secs(120);
/// Time between two looks at a process.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// Functions of the generated library, nearly 300 bytes each.
const LIBRARY_FUNCTIONS: usize = 1_015;

const SCRIPTS: [(&str, &str); 6] = [
    ("post.js", include_str!("scripts/post.js")),
    ("get.js", include_str!("scripts/get.js")),
    ("unique.js", include_str!("scripts/unique.js")),
    ("arrival.js", include_str!("scripts/arrival.js")),
    ("think.js", include_str!("scripts/think.js")),
    ("library-user.js", include_str!("scripts/library-user.js")),
];

/// Writes all scripts and the library to a directory of their own.
///
/// # Errors
/// If they cannot be written.
pub(super) fn write_scripts(context: &Context) -> anyhow::Result<TempDir> {
    let directory = context.directory("scripts")?;
    for (name, text) in SCRIPTS {
        std::fs::write(directory.path().join(name), text)?;
    }
    std::fs::write(directory.path().join("library.js"), library())?;
    Ok(directory)
}

/// A module of about 300 kB, as bundled libraries are: many small functions, tables and texts.
fn library() -> String {
    let function = |n: usize| {
        format!(
            "const table{n} = [{}, {}, {}, 'rule number {n}', {{ name: 'rule{n}', weight: {} }}];\n\
             export function rule{n}(value) {{\n  \
             const scaled = (Number(value) * table{n}[0] + table{n}[1]) % 1009;\n  \
             if (scaled > table{n}[2]) {{\n    return `${{table{n}[3]}}-${{scaled}}`;\n  }}\n  \
             return table{n}[4].name + scaled;\n}}\n",
            n % 97,
            n % 89,
            n % 83,
            n % 79,
        )
    };
    (0..LIBRARY_FUNCTIONS).map(function).collect()
}

/// Finds and installs load testers.
#[derive(Debug)]
pub(super) struct Programs {
    /// `target/bench-tools`, where they are installed.
    root: PathBuf,
    own_program: PathBuf,
}

impl Programs {
    pub(super) fn new(context: &Context) -> Self {
        let target = context.own_program.ancestors().nth(2);
        Self {
            root: target.unwrap_or(Path::new(".")).join("bench-tools"),
            own_program: context.own_program.clone(),
        }
    }

    /// Builds the stampede of this workspace.
    ///
    /// # Errors
    /// If it does not build.
    pub(super) fn build_stampede(&self) -> anyhow::Result<PathBuf> {
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--release", "--quiet", "--package", "stampede"]);
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cargo.status().context("cannot start cargo")?.success() {
            bail!("stampede does not build");
        }
        Ok(self.own_program.with_file_name("stampede"))
    }

    /// k6, the named one or the first that starts.
    pub(super) fn k6(&self, named: Option<&Path>) -> Result<Tool, String> {
        let usual = [
            self.root.with_file_name("conformance").join(K6),
            PathBuf::from("k6"),
            PathBuf::from("/opt/k6/bin/k6"),
        ];
        let candidates = named.map_or_else(|| usual.to_vec(), |named| vec![named.to_owned()]);
        let found = candidates.iter().find(|program| starts(program, "version"));
        found
            .map(|program| Tool::at("k6", program.clone()))
            .ok_or_else(|| format!("none of {candidates:?} starts"))
    }

    /// oha, which is installed from the crate registry if it is not there yet.
    pub(super) fn oha(&self, context: &Context) -> Result<PathBuf, String> {
        let program = self.root.join("bin/oha");
        if !starts(&program, "--version") {
            context.progress("installing oha, once");
            let mut cargo = Command::new("cargo");
            cargo.args([
                "install",
                "oha",
                "--quiet",
                "--locked",
                "--version",
                OHA_VERSION,
            ]);
            cargo.arg("--root").arg(&self.root);
            let installed = cargo.status().is_ok_and(|status| status.success());
            if !installed {
                return Err(format!("cargo install oha@{OHA_VERSION} failed"));
            }
        }
        Ok(program)
    }

    /// wrk, from the machine's packages.
    #[expect(
        clippy::unused_self,
        reason = "all programs are asked for in the same way"
    )]
    pub(super) fn wrk(&self) -> Result<PathBuf, String> {
        let program = PathBuf::from("wrk");
        // It prints its version and ends with 1.
        let printed = Command::new(&program).arg("-v").output();
        match printed {
            Ok(_) => Ok(program),
            Err(error) => Err(format!("{error}; apt has it as wrk")),
        }
    }
}

fn starts(program: &Path, flag: &str) -> bool {
    let printed = Command::new(program).arg(flag).output();
    printed.is_ok_and(|output| output.status.success())
}

/// A program that runs k6's scripts.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    /// For people.
    pub(super) name: &'static str,
    program: PathBuf,
}

/// What a [`Tool`] runs.
#[derive(Debug)]
pub(super) struct Run<'a> {
    /// One of [`SCRIPTS`].
    pub(super) script: &'static str,
    /// The target's URL.
    pub(super) url: &'a str,
    /// Flags besides those of every run.
    pub(super) flags: Vec<String>,
    /// What the script finds in its environment besides the target.
    pub(super) env: Vec<(&'static str, String)>,
    /// How long the script means to run.
    pub(super) lasts: Duration,
}

impl Tool {
    pub(super) fn at(name: &'static str, program: PathBuf) -> Self {
        Self { name, program }
    }

    /// Starts a run.
    ///
    /// # Errors
    /// If the program does not start.
    pub(super) fn start(&self, bench: &super::Bench<'_>, run: &Run<'_>) -> anyhow::Result<Running> {
        let directory = bench.context.directory("run")?;
        let mut command = Command::new(&self.program);
        command.args(["run", "--quiet", "--no-color"]);
        command.arg("--summary-trend-stats=avg,med,p(99),max");
        let summary = directory.path().join("summary.json");
        command.arg(format!("--summary-export={}", summary.display()));
        command.arg("--env").arg(format!("TARGET={}", run.url));
        for (name, value) in &run.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        command.args(&run.flags);
        command.arg(bench.scripts().join(run.script));
        command.env("K6_NO_USAGE_REPORT", "true");
        Running::start(self.name, command, directory, run.lasts)
    }
}

/// A load tester at work.
#[derive(Debug)]
pub(super) struct Running {
    name: &'static str,
    child: Child,
    /// When it was started, on the monotonic clock.
    pub(super) started_ns: u64,
    give_up: Instant,
    directory: TempDir,
}

impl Running {
    /// Starts any program that is to load for so long.
    ///
    /// # Errors
    /// If it does not start.
    pub(super) fn start(
        name: &'static str,
        mut command: Command,
        directory: TempDir,
        lasts: Duration,
    ) -> anyhow::Result<Self> {
        let log = File::create(directory.path().join("log"))?;
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let started_ns = monotonic_ns();
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self {
            name,
            child,
            started_ns,
            give_up: Instant::now() + lasts + LATE_MAX,
            directory,
        })
    }

    /// Its process, for computing time.
    pub(super) fn endpoint(&self, address: std::net::SocketAddr) -> Endpoint {
        Endpoint {
            address,
            process: self.child.id(),
        }
    }

    /// The largest resident size so far in kB; `None` once it has ended.
    pub(super) fn peak_kb(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: f64 = line.trim().split(' ').next()?.parse().ok()?;
        Some(kib * 1.024)
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// If it ended with anything but 0, or takes far too long.
    pub(super) fn is_running(&mut self) -> anyhow::Result<bool> {
        match self.child.try_wait()? {
            None if self.give_up < Instant::now() => bail!("{} does not end", self.name),
            None => Ok(true),
            Some(status) => self.must_be_ok(status).map(|()| false),
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If it ended with anything but 0, or takes far too long.
    pub(super) fn finish(mut self) -> anyhow::Result<Summary> {
        while self.is_running()? {
            std::thread::sleep(LOOK_EVERY);
        }
        let text = std::fs::read(self.directory.path().join("summary.json"));
        let json = match text {
            Ok(text) => serde_json::from_slice(&text).context("the summary is no JSON")?,
            // Those that run no scripts write none.
            Err(_) => Value::Null,
        };
        Ok(Summary(json))
    }

    fn must_be_ok(&self, status: ExitStatus) -> anyhow::Result<()> {
        if status.success() {
            return Ok(());
        }
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let last: Vec<_> = log.lines().rev().take(3).collect();
        bail!("{} ended with {status}: {}", self.name, last.join(" | "))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing is left to be killed after a run that was waited for.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

/// The summary that a run exported.
#[derive(Debug)]
pub(super) struct Summary(Value);

impl Summary {
    /// A figure of a metric; `None` if there is no such metric.
    pub(super) fn figure(&self, metric: &str, figure: &str) -> Option<f64> {
        self.0.get("metrics")?.get(metric)?.get(figure)?.as_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_is_about_300_kb_and_has_what_the_script_imports() {
        let library = library();
        assert!(
            (290_000..310_000).contains(&library.len()),
            "{}",
            library.len()
        );
        assert!(library.contains("export function rule0(value)"));
    }

    #[test]
    fn figures_are_found_by_metric_and_name() {
        let json = r#"{"metrics": {"http_req_duration": {"p(99)": 1.5}}}"#;
        let summary = Summary(serde_json::from_str(json).unwrap());
        assert_eq!(summary.figure("http_req_duration", "p(99)"), Some(1.5));
        assert_eq!(summary.figure("dropped_iterations", "count"), None);
    }
}
