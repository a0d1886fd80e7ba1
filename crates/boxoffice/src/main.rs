//! `boxoffice`: parses, reads the OS, wires and runs.
//!
//! Only this file reads arguments, environment and clocks of the process.

mod cli;
mod commands;
mod demo;
mod exit;
mod logging;
mod serve;
mod settings;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use boxoffice_server::auth::Role;
use clap::Parser as _;
use jiff::Timestamp;

use cli::{
    Cli, Command, ConfigCommand, JournalCommand, KeyCommand, RoleArg, SeatCommand, ServeArgs,
};
use commands::{backup, config, journal, key, seat};
use exit::Exit;
use settings::{Settings, SettingsError, Shown};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let (mut out, mut notes) = (std::io::stdout().lock(), std::io::stderr());
    match run(cli.command, &environment, &mut out, &mut notes) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Nobody is left to tell if standard error is closed.
            drop(tell(&mut notes, &error));
            exit_of(&error).into()
        }
    }
}

fn run(
    command: Command,
    environment: &BTreeMap<String, String>,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> anyhow::Result<Exit> {
    match command {
        Command::Serve(args) => {
            let (settings, _) = resolve(&args, environment)?;
            logging::start(settings.log, &settings.log_filter)?;
            serve::serve(&settings)
        }
        Command::Demo(args) => demo::run(&args, &std::env::current_exe()?, out),
        Command::Crowd => demo::crowd_process(&mut std::io::stdin().lock(), out),
        Command::Journal(JournalCommand::Verify { path }) => journal::verify_house(notes, &path),
        Command::Journal(JournalCommand::Export { path, from }) => {
            journal::export(out, &path, from)
        }
        Command::Journal(JournalCommand::Stat { path }) => journal::figures(out, notes, &path),
        Command::Journal(JournalCommand::AcceptLoss { path, at, force }) => {
            journal::cut(notes, &path, at, force)
        }
        Command::Backup(args) => backup::make(notes, &args.data, &args.target),
        Command::Restore(args) => backup::bring_back(notes, &args.from, &args.data),
        Command::Seat(SeatCommand::Release {
            show,
            seat,
            server,
            key,
        }) => {
            let key = key.or_else(|| environment.get("BOXOFFICE_KEY").cloned());
            seat::release(notes, &server, key.as_deref(), &show, &seat)
        }
        Command::Key(command) => manage_keys(command, out, notes),
        Command::Config(ConfigCommand::Show(args)) => {
            let (_, shown) = resolve(&args, environment)?;
            config::show(out, &shown)
        }
    }
}

fn manage_keys(
    command: KeyCommand,
    out: &mut dyn Write,
    notes: &mut dyn Write,
) -> anyhow::Result<Exit> {
    match command {
        KeyCommand::Create { name, role, data } => {
            let role = match role {
                RoleArg::Admin => Role::Admin,
                RoleArg::Seller => Role::Seller,
            };
            key::create(out, notes, &data, &name, role, now())
        }
        KeyCommand::List { data } => key::list(out, &data),
        KeyCommand::Revoke { number, data } => key::revoke(notes, &data, number, now()),
    }
}

fn resolve(
    args: &ServeArgs,
    environment: &BTreeMap<String, String>,
) -> Result<(Settings, Shown), SettingsError> {
    let file = args
        .config
        .clone()
        .or_else(|| environment.get("BOXOFFICE_CONFIG").map(PathBuf::from));
    let flags = args.flags().map_err(SettingsError)?;
    settings::resolve(&flags, environment, file.as_deref().map(Path::new))
}

fn now() -> Timestamp {
    Timestamp::now()
}

/// The error with all its causes.
fn tell(notes: &mut dyn Write, error: &anyhow::Error) -> std::io::Result<()> {
    writeln!(notes, "boxoffice: {error}")?;
    let mut said = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        if !said.contains(&text) {
            writeln!(notes, "  because: {text}")?;
        }
        said = text;
    }
    Ok(())
}

fn exit_of(error: &anyhow::Error) -> Exit {
    use boxoffice_engine::invariants::Broken;
    use boxoffice_journal::ReadError;
    use boxoffice_journal::backup::BackupError;
    use boxoffice_journal::snapshot::SnapshotError;
    use boxoffice_journal::sqlite::OpenError;
    use boxoffice_journal::verify::VerifyError;
    use boxoffice_server::auth::{KeyStoreFailed, ListenRefused};
    use boxoffice_writer::recovery::RecoveryError;
    // Whatever reads a house says the same about the same damage.
    let read = match error.downcast_ref() {
        Some(BackupError::Source(read)) => Some(read),
        _ => error.downcast_ref::<VerifyError>(),
    };
    let found_damage = read.is_some_and(|read| {
        !matches!(
            read,
            VerifyError::Storage(_)
                | VerifyError::Read(ReadError::Storage { .. })
                | VerifyError::Snapshot(SnapshotError::Storage(_))
        )
    });
    if error.is::<SettingsError>() || error.is::<ListenRefused>() || error.is::<commands::NoHouse>()
    {
        Exit::Usage
    } else if found_damage
        || error.is::<Broken>()
        || matches!(error.downcast_ref(), Some(OpenError::Refused(_)))
        || matches!(
            error.downcast_ref(),
            Some(KeyStoreFailed::Damaged { .. } | KeyStoreFailed::Missing { .. })
        )
        || error.is::<RecoveryError>()
        || error.is::<serve::DataRefused>()
        || error.is::<boxoffice_server::secret_file::SecretFailed>()
    {
        Exit::DataDamaged
    } else {
        Exit::Failure
    }
}
