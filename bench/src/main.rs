//! `cargo xtask bench`: measures boxoffice against its peers and prints one table of ratios;
//! `cargo xtask bench stampede` does the same for stampede.
//!
//! The process starts itself again for everything that must not share its memory: the loader, the
//! peers' HTTP fronts and the hostile clients. `bench/README.md` says what is compared with what.
//!
//! Invariants: what cannot be measured is a line that says so, never a line that is missing; peers
//! and ours are measured in turn within one run.

mod args;
mod call;
mod children;
mod context;
mod figures;
mod job;
mod loader;
mod peers;
mod report;
mod rows;
mod stampede;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use context::Context;

/// The same allocator as the binaries of the products, for the peers too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        None => measure(&cli),
        Some(Command::Stampede(args)) => stampede::measure(args),
        Some(Command::Target) => stampede::serve_target().map(|()| ExitCode::SUCCESS),
        Some(Command::Loader) => loader::main().map(|()| ExitCode::SUCCESS),
        Some(Command::Hostile { address }) => {
            loader::hostile::main(*address).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Peer { spec }) => peers::main(spec).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        context::say(&format!("error: {error:#}"));
        ExitCode::from(2)
    })
}

/// Measures all rows that were asked for. 1 when a target was missed or a row failed.
fn measure(cli: &Cli) -> anyhow::Result<ExitCode> {
    let rows = rows::chosen(cli)?;
    let context = Context::new(cli)?;
    let mut report = report::Report::new(&context);
    for row in rows {
        context.progress(&format!("{}: {}", row.name, row.what));
        match (row.run)(&context) {
            Ok(lines) => report.add(lines),
            Err(error) => report.add(vec![report::Line::not_run(
                row.name,
                row.what,
                &format!("{error:#}"),
            )]),
        }
        if let Some(path) = &cli.json {
            report.write_json(path)?;
        }
    }
    std::io::stdout().write_all(report.table().as_bytes())?;
    Ok(if report.is_green() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
