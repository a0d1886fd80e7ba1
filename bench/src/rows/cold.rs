//! The first build of a clean clone: the first thing that a newcomer feels.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, bail};

use crate::context::Context;
use crate::figures::{Series, Unit};
use crate::report::{Judged, Line};

pub(super) const WHAT: &str = "cold build of the README's first command";

pub(super) fn run(context: &Context) -> anyhow::Result<Vec<Line>> {
    let directory = context.directory("clone")?;
    let clone = directory.path().join("boxoffice");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let mut git = Command::new("git");
    run_quietly(git.args(["clone", "--quiet", root]).arg(&clone))?;
    // What a newcomer's network takes is not ours to measure.
    run_quietly(cargo(&clone).args(["fetch", "--locked", "--quiet"]))?;
    let start = Instant::now();
    run_quietly(cargo(&clone).args([
        "build",
        "--release",
        "--locked",
        "--quiet",
        "--bin",
        "boxoffice",
    ]))?;
    let elapsed = Series::one(start.elapsed().as_secs_f64());
    Ok(vec![
        Line::ours(
            "cold-build",
            "cold build of `cargo run --release -- demo`",
            Unit::Seconds,
            elapsed,
        )
        .target(Judged::OursAtMost, 240.0, 150.0)
        .note("a clean clone of the last commit; downloads not counted"),
    ])
}

/// Cargo in the clone, without what the build of this program handed down.
fn cargo(clone: &std::path::Path) -> Command {
    let mut cargo = Command::new("cargo");
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG") || name_text.starts_with("CARGO_MANIFEST") {
            cargo.env_remove(name);
        }
    }
    cargo
        .current_dir(clone)
        .env("CARGO_TARGET_DIR", clone.join("target"));
    cargo
}

fn run_quietly(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().display().to_string();
    let status = command
        .status()
        .with_context(|| format!("cannot start {name}"))?;
    if !status.success() {
        bail!("{command:?} ended with {status}");
    }
    Ok(())
}
