//! `stampede new`: a first script to change.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::Args;

use crate::exit::Exit;
use crate::{complain, print};

/// What a new script looks like.
const SCRIPT: &str = include_str!("new.js");

/// Make a first script
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// The file to make
    #[arg(default_value = "script.js")]
    path: PathBuf,
    /// Replace a file that is there
    #[arg(short = 'f', long)]
    force: bool,
}

/// Writes a script that runs.
pub(crate) fn new(args: &NewArgs) -> Exit {
    let mut options = OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let shown = args.path.display();
    let written = options
        .open(&args.path)
        .and_then(|mut file| file.write_all(SCRIPT.as_bytes()));
    match written {
        Ok(()) => print(&format!(
            "New script created: {shown}. Run it with: stampede run {shown}\n"
        )),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            complain(&format!(
                "stampede: {shown} is there already and was not changed; use --force to replace it\n"
            ));
            Exit::Unknown
        }
        Err(error) => {
            complain(&format!("stampede: {shown} cannot be written: {error}\n"));
            Exit::Unknown
        }
    }
}
