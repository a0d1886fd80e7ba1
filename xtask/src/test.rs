//! `cargo xtask test`: every test of the workspace, and the summary of what ran.
//!
//! Invariants: a run in which no test passed is a failure; all test binaries run, also after one
//! of them failed.

use anyhow::bail;

use crate::servers::{self, Server};
use crate::shell;

/// Run every test of the workspace
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run every count that CI samples (sets BOXOFFICE_TEST_FULL=1 and PROPTEST_CASES)
    #[arg(long)]
    full: bool,
    /// Start these servers for the run and tell the tests where they listen
    #[arg(long, value_enum, value_delimiter = ',')]
    with: Vec<Server>,
    /// Passed on to `cargo test`, for example `-p boxoffice-engine` or a part of a test's name
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Args {
    /// All tests, with the counts of CI or all of them.
    pub(crate) fn all(full: bool) -> Self {
        Self {
            full,
            with: Vec::new(),
            args: Vec::new(),
        }
    }
}

/// Tells tests and their build to run every count that CI samples.
const FULL_VARIABLE: &str = "BOXOFFICE_TEST_FULL";

/// Cases per property with `--full`; the default of the framework is 256.
const FULL_PROPERTY_CASES: u32 = 4_096;

/// What the test binaries said about themselves.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// For each binary with tests its name, then its line as `cargo test` wrote it.
    pub(crate) lines: Vec<String>,
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed.
    pub(crate) failed: u64,
    binary: String,
}

impl Summary {
    /// Reads one line of `cargo test`.
    fn see(&mut self, line: &str) {
        let trimmed = line.trim_start();
        if let Some(binary) = trimmed
            .strip_prefix("Running ")
            .or(trimmed.strip_prefix("Doc-tests"))
        {
            // `unittests src/lib.rs (target/debug/deps/name-hash)`: the name says most.
            let name = binary.rsplit_once('/').map_or(binary, |(_, name)| name);
            let name = name.rsplit_once('-').map_or(name, |(name, _)| name).trim();
            let is_doc = trimmed.starts_with("Doc-tests");
            self.binary = if is_doc {
                format!("{} (docs)", binary.trim())
            } else {
                name.to_owned()
            };
        } else if let Some(counts) = line.strip_prefix("test result: ") {
            let (passed, failed) = (count(counts, " passed"), count(counts, " failed"));
            self.passed += passed;
            self.failed += failed;
            if passed + failed > 0 {
                self.lines.push(format!("     Running {}", self.binary));
                self.lines.push(line.to_owned());
            }
        }
    }

    /// The lines and the totals.
    pub(crate) fn show(&self) {
        for line in &self.lines {
            shell::put(line);
        }
        shell::put(&format!(
            "all tests: {} passed; {} failed",
            self.passed, self.failed
        ));
    }
}

/// The number before `what` in a line like `ok. 5 passed; 0 failed; …`.
fn count(counts: &str, what: &str) -> u64 {
    counts
        .split(what)
        .next()
        .and_then(|before| before.rsplit(' ').next())
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// Runs the tests and shows the summary.
///
/// # Errors
/// If a test fails, nothing passed, or a server that was asked for cannot be started.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut summary = Summary::default();
    let outcome = run_into(args, &mut summary);
    summary.show();
    outcome
}

/// Runs the tests and fills `summary`, also when they fail.
///
/// # Errors
/// Like [`run`].
pub(crate) fn run_into(args: &Args, summary: &mut Summary) -> anyhow::Result<()> {
    let running = servers::start(&args.with)?;
    let mut cargo = shell::cargo(["test", "--no-fail-fast", "--color", "never"]);
    if !chooses_packages(&args.args) {
        cargo.arg("--workspace");
    }
    cargo.args(&args.args).envs(
        running
            .variables()
            .iter()
            .map(|(name, value)| (*name, value)),
    );
    if args.full {
        cargo
            .env(FULL_VARIABLE, "1")
            .env("PROPTEST_CASES", FULL_PROPERTY_CASES.to_string());
    }
    let ended_well = shell::watch(&mut cargo, |line| summary.see(line))?;
    if !ended_well {
        bail!(
            "`cargo test` failed: {} tests failed, see above",
            summary.failed
        );
    }
    if summary.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

fn chooses_packages(args: &[String]) -> bool {
    args.iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--package" || arg.starts_with("--package=") || arg.starts_with("-p"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_each_binary_and_adds_up() {
        let mut summary = Summary::default();
        for line in [
            "   Compiling a v0.1.0",
            "     Running unittests src/lib.rs (target/debug/deps/boxoffice_engine-0a1b)",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "     Running tests/it/main.rs (target/debug/deps/it-77ff)",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "   Doc-tests boxoffice_sim",
            "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "   Doc-tests boxoffice_api",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            summary.see(line);
        }
        assert_eq!((summary.passed, summary.failed), (18, 2));
        let expected = [
            "     Running boxoffice_engine",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "     Running it",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "     Running boxoffice_api (docs)",
            "test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ];
        assert_eq!(summary.lines, expected);
    }

    #[test]
    fn choosing_a_package_leaves_out_the_others() {
        let args = |list: &[&str]| list.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>();
        assert!(chooses_packages(&args(&["-p", "a"])));
        assert!(chooses_packages(&args(&["--package=a"])));
        assert!(!chooses_packages(&args(&["name", "--", "-p"])));
    }
}
