//! Where a script comes from: a file, standard input or an archive, and what it sees of the world.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use stampede_js::{Compatibility, Files, Level, LocalFiles, VuLimits};
use stampede_plan::RunOptions as Settings;
use stampede_script::Source;

use super::Failure;
use super::archive::{ARCHIVE_BYTES_MAX, Archive, ArchivedFiles, looks_like_archive};
use super::args::RunArgs;
use super::log::Log;
use super::remote::{FetchedFiles, Remote};
use super::secrets;
use crate::exit::Exit;

/// The compatibility mode of a run that names none.
const EXTENDED: &str = "extended";

/// A script that was found.
pub(super) struct Found {
    /// What a run needs.
    pub(super) source: Source,
    /// The variables that its archive brings; also in `source`.
    pub(super) archived_env: BTreeMap<String, String>,
}

/// The script and what surrounds it.
///
/// # Errors
/// A script that is not there or cannot be one, and variables that are none.
pub(super) fn open(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
    log: &Arc<Log>,
    settings: &Settings,
) -> Result<Found, Failure> {
    let mut env = BTreeMap::new();
    if settings.include_system_env_vars.unwrap_or(true) {
        env.clone_from(environment);
    }
    env.extend(given_env(args, environment)?);
    let mut limits = VuLimits::default();
    if let Some(mib) = args.vu_memory_mib {
        limits.memory_bytes = mib.saturating_mul(1 << 20);
    }
    let here = std::env::current_dir()
        .map_err(|error| Failure::config(format!("the working directory is gone: {error}")))?;
    let text = text(&args.script)?;
    let compatibility = compatibility(settings, log)?;
    let is_archive = match args.test_type.as_deref() {
        Some("archive") => true,
        Some("js") => false,
        _ => looks_like_archive(&text),
    };
    let remote = (args.offline == Some(false)).then(|| Remote::new(environment, log));
    let mut source = Source {
        path: here.join(&args.script),
        text: None,
        options: None,
        env,
        files: Arc::new(LocalFiles) as Arc<dyn Files>,
        log: Arc::clone(log) as _,
        secrets: secrets::open(args, environment)?,
        limits,
        compatibility,
    };
    let mut archived_env = BTreeMap::new();
    if is_archive {
        let archive = Archive::read(&text).map_err(|error| Failure {
            message: format!("the archive {} cannot run: {error}", args.script),
            exit: Exit::Unknown,
        })?;
        // What this machine and this command line say is stronger.
        for (name, value) in &archive.env {
            source
                .env
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
        source.path = archive.path;
        source.text = Some(archive.data.to_vec());
        source.options = Some(archive.options);
        source.files = Arc::new(ArchivedFiles {
            files: archive.files,
            remote,
        });
        archived_env = archive.env;
    } else {
        source.text = Some(text);
        if let Some(remote) = remote {
            source.files = Arc::new(FetchedFiles::new(remote));
        }
    }
    Ok(Found {
        source,
        archived_env,
    })
}

/// What surrounds the script, as a flag or a variable says: an archive keeps its mode for whoever
/// reads it, but it is the mode of the run that counts.
fn compatibility(settings: &Settings, log: &Log) -> Result<Compatibility, Failure> {
    match mode(settings) {
        EXTENDED => Ok(Compatibility::Extended),
        "base" => Ok(Compatibility::Base),
        old @ "experimental_enhanced" => {
            let message = format!(
                "the compatibility mode {old:?} is deprecated; write \"base\", which is the same"
            );
            log.say(Level::Warn, &message);
            Ok(Compatibility::Base)
        }
        other => Err(Failure {
            message: format!(
                "invalid compatibility mode {other:?}; write \"extended\" or \"base\""
            ),
            exit: Exit::Unknown,
        }),
    }
}

/// The name of the compatibility mode.
pub(super) fn mode(settings: &Settings) -> &str {
    let given = settings.compatibility_mode.as_deref();
    given.filter(|mode| !mode.is_empty()).unwrap_or(EXTENDED)
}

/// The bytes of the script or archive.
fn text(script: &str) -> Result<Vec<u8>, Failure> {
    if script == "-" {
        let mut text = Vec::new();
        std::io::stdin()
            .read_to_end(&mut text)
            .map_err(|error| Failure::config(format!("standard input cannot be read: {error}")))?;
        return Ok(text);
    }
    let mut text = Vec::new();
    let read = std::fs::File::open(script).and_then(|file| {
        // One more than fits tells that it does not fit.
        file.take(ARCHIVE_BYTES_MAX + 1).read_to_end(&mut text)
    });
    read.map(|_| text).map_err(|error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::IsADirectory => {
                "it is a directory; name the script in it".to_owned()
            }
            _ => error.to_string(),
        };
        Failure {
            message: format!(
                "The moduleSpecifier \"{script}\" couldn't be found on local disk: {why}"
            ),
            exit: Exit::Unknown,
        }
    })
}

/// The variables of `--env`.
///
/// # Errors
/// One whose name is none.
pub(super) fn given_env(
    args: &RunArgs,
    environment: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut env = BTreeMap::new();
    for pair in &args.env {
        let (name, value) = match pair.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            // As a bare name it is taken over from the process.
            None => (
                pair.as_str(),
                environment.get(pair).cloned().unwrap_or_default(),
            ),
        };
        if !is_variable(name) {
            return Err(Failure {
                message: format!(
                    "--env {pair:?}: {name:?} cannot be the name of a variable; write NAME=VALUE \
                     with letters, digits and _ in the name, no digit first"
                ),
                exit: Exit::Unknown,
            });
        }
        env.insert(name.to_owned(), value);
    }
    Ok(env)
}

fn is_variable(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(is_word)
}
