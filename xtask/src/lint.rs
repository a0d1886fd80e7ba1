//! `cargo xtask lint`: formatting and clippy, every warning an error.

use anyhow::Context as _;

use crate::shell;

/// Check formatting and run clippy on all targets, warnings denied
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Format the code and let clippy mend what it can, then check
    #[arg(long)]
    fix: bool,
}

impl Args {
    /// Check only; change nothing.
    pub(crate) const CHECK: Self = Self { fix: false };
}

/// Formats or checks, then runs clippy.
///
/// # Errors
/// If something is left to mend.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.fix {
        let fix = ["clippy", "--fix", "--workspace", "--all-targets"];
        shell::run(shell::cargo(fix).args(["--allow-dirty", "--allow-staged"]))?;
        shell::run(&mut shell::cargo(["fmt", "--all"]))?;
    }
    let format = format();
    // Clippy runs even if the formatting is off, so that one run shows everything.
    let clippy = clippy();
    format.and(clippy)
}

fn format() -> anyhow::Result<()> {
    shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))
        .context("mend with `cargo xtask lint --fix` (needs `rustup component add rustfmt`)")
}

fn clippy() -> anyhow::Result<()> {
    let clippy = [
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ];
    shell::run(&mut shell::cargo(clippy))
        .context("mend what is shown above (needs `rustup component add clippy`)")
}
