//! What the command line can say.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Measure boxoffice against its peers, all on this machine
#[derive(Debug, clap::Parser)]
#[command(
    name = "bench",
    max_term_width = 100,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    /// Measure only these rows; `--list` names them
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Print the names of all rows
    #[arg(long)]
    pub(crate) list: bool,
    /// Smaller sizes and shorter rounds, for a look in between; not for figures to quote
    #[arg(long)]
    pub(crate) quick: bool,
    /// How often each contender has its turn
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(3..=100))]
    pub(crate) rounds: u32,
    /// How long each turn is measured; 3 without, 1 with --quick
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: Option<u32>,
    /// Threads of the loader
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) loader_threads: u32,
    /// Write all figures to this file as well
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Measure this server instead of building the one of this workspace
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) server: Option<PathBuf>,
    /// Where journals and databases are written; it must be on the disk that is to be measured
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Also measure the first build of a clean clone, which takes minutes
    #[arg(long)]
    pub(crate) cold_build: bool,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Another product to measure, or what this program starts itself again as.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Stampede(crate::stampede::Args),
    /// Be the server that load testers load, until stdin ends
    #[command(hide = true)]
    Target,
    /// Do the job that stdin describes
    #[command(hide = true)]
    Loader,
    /// Hold idle, slow and slower connections until stdin ends
    #[command(hide = true)]
    Hostile {
        /// The server
        address: SocketAddr,
    },
    /// Serve as a peer until stdin ends
    #[command(hide = true)]
    Peer {
        /// File that describes it
        spec: PathBuf,
    },
}
