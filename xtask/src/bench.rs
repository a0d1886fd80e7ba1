//! `cargo xtask bench`: measures the products against their peers.

use crate::shell;

/// Measure the products against their peers, in release mode
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Passed on to the `bench` binary
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Builds and runs the benchmark.
///
/// # Errors
/// If it does not build or does not end with 0.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut cargo = shell::cargo(["run", "--release", "--package", "bench", "--"]);
    shell::run(cargo.args(&args.args))
}
