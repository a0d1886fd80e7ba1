//! `cargo xtask sim`: runs the whole-system simulation by seed.

use crate::shell;

/// Simulate the system by seed, with faults; replay is the seed and the commit
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Passed on: `--seed N [--faults P]`, `--seeds N`, `--meta N` or `--canary`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    args: Vec<String>,
}

impl Args {
    /// The arguments of one run.
    pub(crate) fn of(args: &[&str]) -> Self {
        Self {
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        }
    }
}

/// Builds and runs the simulation in release mode.
///
/// # Errors
/// If it does not build or a seed fails.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let mut cargo = shell::cargo(["run", "--release", "--quiet", "--package", "boxoffice-sim"]);
    shell::run(
        cargo
            .args(["--bin", "boxoffice-sim", "--"])
            .args(&args.args),
    )
}
