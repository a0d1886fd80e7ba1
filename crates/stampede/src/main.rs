//! The `stampede` command: parses, runs, prints, and exits with one of k6's numbers.
//!
//! Never: measures or decides anything; that is the work of `stampede-run`.

mod exit;
mod race;
mod run;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use exit::Exit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Test what a crowd does to an HTTP server, and prove that it stayed right
#[derive(Debug, Parser)]
#[command(
    name = "stampede",
    version,
    max_term_width = 100,
    propagate_version = true
)]
#[command(
    after_help = "Exit codes:\n  0    proven\n  99   a resource was won twice, or a \
                        threshold was missed\n  104  the options make no sense, the server \
                        cannot be reached, or a reset was refused\n  120  nothing was proven\n  255  unknown option, \
                        command or file"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::RunArgs>),
    Inspect(Box<run::InspectArgs>),
    Archive(Box<run::ArchiveArgs>),
    New(run::NewArgs),
    Race(Box<race::RaceArgs>),
    /// Print a script that completes this command's words in a shell
    Completion {
        /// The shell
        shell: Shell,
    },
    /// Print the version
    Version,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let is_run = std::env::args_os()
                .nth(1)
                .is_some_and(|word| word != "race");
            return report_usage(&error, is_run).into();
        }
    };
    let exit = match cli.command {
        Command::Run(args) => run::run(&args, &environment()),
        Command::Inspect(args) => run::inspect(&args, &environment()),
        Command::Archive(args) => run::archive(&args, &environment()),
        Command::New(args) => run::new(&args),
        Command::Race(args) => race::run(&args),
        Command::Completion { shell } => completion(shell),
        Command::Version => print(&format!("stampede {}\n", env!("CARGO_PKG_VERSION"))),
    };
    exit.into()
}

fn completion(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "stampede", &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// The environment of the process; only here is it read. What is not text cannot be a script's.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Says what is wrong with the command line. k6 has one number for all of that, `race` has two.
fn report_usage(error: &clap::Error, has_one_number: bool) -> Exit {
    // Nobody is left to tell if the terminal is gone.
    let printed = error.print();
    match error.kind() {
        _ if printed.is_err() => Exit::Config,
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Exit::Success,
        ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand => Exit::Unknown,
        _ if has_one_number => Exit::Unknown,
        _ => Exit::Config,
    }
}

/// Writes to stdout; a reader that went away (as in `| head`) is no failure of the run.
fn print(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Success,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(_) => Exit::Config,
    }
}

/// Writes to stderr, where nothing can be done about a failure.
fn complain(text: &str) {
    io::stderr().write_all(text.as_bytes()).unwrap_or_default();
}

/// Whether stdout is a terminal, which alone gets colour.
fn colour_of_stdout() -> stampede_run::text::Colour {
    if io::stdout().is_terminal() {
        stampede_run::text::Colour::On
    } else {
        stampede_run::text::Colour::Off
    }
}
