//! The developer commands: `cargo xtask <command>`, the same on a laptop and in CI.
//!
//! Never: anything that a product binary needs. Nothing in the workspace depends on this crate.

mod bench;
mod ci;
mod conformance;
mod deps;
mod licences;
mod lint;
mod metadata;
mod openapi;
mod servers;
mod shell;
mod sim;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Developer commands of the workspace
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ci(ci::Args),
    Test(test::Args),
    Lint(lint::Args),
    Tidy(tidy::Args),
    Bench(bench::Args),
    Conformance(conformance::Args),
    Sim(sim::Args),
    Openapi(openapi::Args),
    Licences(licences::Args),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Ci(args) => ci::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Lint(args) => lint::run(&args),
        Command::Tidy(args) => tidy::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Conformance(args) => conformance::run(&args),
        Command::Sim(args) => sim::run(&args),
        Command::Openapi(args) => openapi::run(&args),
        Command::Licences(args) => licences::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
