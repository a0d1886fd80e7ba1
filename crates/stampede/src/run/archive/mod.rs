//! `stampede archive`: a script with everything that it reads and its options in one file, laid
//! out as k6 lays it out, and the way back.
//!
//! Never: writes what an archive holds to the file system; an archive that runs stays in memory.

mod read;
mod write;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::Value;
use stampede_js::{Files, Level};
use stampede_metrics::Detail;
use stampede_plan::Options;
use stampede_script::Prepared;

use super::args::RunArgs;
use super::log::Log;
use super::remote::Remote;
use super::{Failure, levels, limits, refused, source};
use crate::complain;
use crate::exit::Exit;

pub(super) use read::looks_like_archive;

/// The largest archive that is read, in bytes.
pub(super) const ARCHIVE_BYTES_MAX: u64 = 1 << 30;
/// The most files in an archive.
const FILES_MAX: usize = 100_000;
/// Where an archive says what it is.
const METADATA: &str = "metadata.json";
/// Where the script itself is.
const DATA: &str = "data";

/// Put a script, the files it reads and its options into one file that `run` takes
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    #[command(flatten)]
    run: RunArgs,
    /// The file to write, or - for standard output
    #[arg(short = 'O', long, value_name = "FILE", default_value = "archive.tar")]
    archive_out: String,
    /// Keep the variables of --env out of the archive
    #[arg(long)]
    exclude_env_vars: bool,
}

/// A script with all that it needs.
#[derive(Debug)]
pub(super) struct Archive {
    /// The script's path on the machine where it was archived.
    pub(super) path: PathBuf,
    /// The script's text.
    pub(super) data: Arc<[u8]>,
    /// The options as they were settled then.
    pub(super) options: Value,
    /// The variables that were given then.
    pub(super) env: BTreeMap<String, String>,
    /// The compatibility mode of then.
    pub(super) compatibility_mode: String,
    /// Files by path there; remote modules by address.
    pub(super) files: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// The files of an archive, for a run.
#[derive(Debug)]
pub(super) struct ArchivedFiles {
    /// By path; remote modules by address.
    pub(super) files: BTreeMap<PathBuf, Arc<[u8]>>,
    /// Where modules come from that the archive lacks, if any may.
    pub(super) remote: Option<Remote>,
}

impl Files for ArchivedFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                "it is not in the archive, which holds what the script read when it was archived",
            )),
        }
    }

    fn fetch(&self, url: &str) -> io::Result<Vec<u8>> {
        match (self.files.get(Path::new(url)), &self.remote) {
            (Some(bytes), _) => Ok(bytes.to_vec()),
            (None, Some(remote)) => remote.fetch(url),
            (None, None) => Err(io::Error::new(io::ErrorKind::Unsupported, url)),
        }
    }
}

/// Loads a script as a run would, and writes the archive.
pub(crate) fn archive(args: &ArchiveArgs, environment: &BTreeMap<String, String>) -> Exit {
    let log = match super::open_log(&args.run) {
        Ok(log) => Arc::new(log),
        Err(message) => {
            complain(&format!("stampede: {message}\n"));
            return Exit::Unknown;
        }
    };
    match archived(args, environment, &log) {
        Ok(()) => Exit::Success,
        Err(failure) => {
            log.say(Level::Error, &failure.message);
            failure.exit
        }
    }
}

fn archived(
    args: &ArchiveArgs,
    environment: &BTreeMap<String, String>,
    log: &Arc<Log>,
) -> Result<(), Failure> {
    let (levels, mut settings) = levels(&args.run, environment)?;
    // What happens to be set on this machine is no part of the test.
    settings.include_system_env_vars.get_or_insert(false);
    let mut source = source::open(&args.run, environment, log, &settings)?;
    let mut env = std::mem::take(&mut source.archived_env);
    env.extend(source::given_env(&args.run, environment)?);
    let path = source.source.path.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::config(format!("the system gives no event loop: {error}")))?;
    let prepared = runtime
        .block_on(Prepared::load(source.source, levels, true, Detail::Totals))
        .map_err(|error| refused(&error))?;
    limits::check(prepared.plan.max_vus()).map_err(Failure::config)?;
    for warning in &prepared.warnings {
        log.say(Level::Warn, &warning.to_string());
    }
    let mut files: BTreeMap<PathBuf, Arc<[u8]>> = prepared.bundle.files().into_iter().collect();
    let data = files.get(&path).cloned().unwrap_or_default();
    files.insert(path.clone(), Arc::clone(&data));
    let options = options_to_keep(prepared.options);
    let archive = Archive {
        path,
        data,
        options: serde_json::from_str(&options.to_json(&[])).unwrap_or_default(),
        env: if args.exclude_env_vars {
            BTreeMap::new()
        } else {
            env
        },
        compatibility_mode: source::mode(&settings).to_owned(),
        files,
    };
    let failed = |error: io::Error| Failure {
        message: format!(
            "the archive could not be written to {}: {error}",
            args.archive_out
        ),
        exit: Exit::Unknown,
    };
    let bytes = archive.to_bytes().map_err(failed)?;
    if args.archive_out == "-" {
        io::stdout().write_all(&bytes).map_err(failed)
    } else {
        std::fs::write(&args.archive_out, bytes).map_err(failed)
    }
}

/// The settled options without the scenario that was only made of shortcuts: whoever runs the
/// archive may give other shortcuts.
fn options_to_keep(mut options: Options) -> Options {
    let has_shortcuts =
        options.duration.is_some() || options.iterations.is_some() || options.stages.is_some();
    if has_shortcuts {
        options.scenarios = None;
    }
    options
}
