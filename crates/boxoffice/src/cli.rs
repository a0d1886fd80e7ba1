//! The command line of `boxoffice`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Reservation and checkout server that cannot sell the same thing twice
#[derive(Debug, Parser)]
#[command(name = "boxoffice", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a house
    Serve(Box<ServeArgs>),
    /// Sell a demo house out under crowds, check that it adds up, and keep serving it
    Demo(DemoArgs),
    /// Look at and repair the journal of a house
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Copy a house, also while it is served, to an empty directory
    Backup(BackupArgs),
    /// Copy a backup to an empty data directory and verify all of it
    Restore(RestoreArgs),
    /// Free a seat on a running server
    #[command(subcommand)]
    Seat(SeatCommand),
    /// Make, list and revoke API keys, also while the house is served
    #[command(subcommand)]
    Key(KeyCommand),
    /// Show the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Run one crowd and print its result as JSON
    #[command(hide = true, name = "__crowd")]
    Crowd,
}

/// Flags of the settings; anything not given comes from BOXOFFICE_… variables, the file, defaults.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Settings file (TOML, the flags' names as keys) [env: BOXOFFICE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Address to listen on; may be given several times [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Directory of the house's journal [default: boxoffice-data]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
    /// Serve the five dialects beside the native API
    #[arg(long)]
    dialects: bool,
    /// Load the demo house where it is missing
    #[arg(long)]
    demo_house: bool,
    /// Load shows, products and accounts from a JSON or CSV file where they are missing
    #[arg(long, value_name = "FILE")]
    house: Option<String>,
    /// PEM file with the certificate chain
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// PEM file with the private key
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// When the tail mark is synced: background or strict
    #[arg(long, value_name = "MODE")]
    mark: Option<String>,
    /// Refuse changes without an Idempotency-Key
    #[arg(long)]
    idempotency_key_required: bool,
    /// Origin of web pages that may call the API; may be given several times
    #[arg(long, value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    /// Further Host name that an open house answers for; may be given several times
    #[arg(long, value_name = "HOST")]
    allowed_hosts: Vec<String>,
    /// Peer whose X-Forwarded headers are believed; may be given several times
    #[arg(long, value_name = "ADDRESS")]
    trusted_proxies: Vec<String>,
    /// Threads that serve connections; 0 takes one for each core
    #[arg(long, value_name = "N")]
    threads: Option<String>,
    /// Open connections; the longest idle one makes room
    #[arg(long, value_name = "N")]
    connections_max: Option<String>,
    /// Journal entries between two snapshots
    #[arg(long, value_name = "N")]
    snapshot_every_entries: Option<String>,
    /// Below this much free space writes are refused
    #[arg(long, value_name = "SIZE")]
    free_space_min: Option<String>,
    /// Log format: text or json
    #[arg(long, value_name = "FORMAT")]
    log: Option<String>,
    /// Any other setting, as NAME=VALUE; see `boxoffice config show`
    #[arg(long = "set", value_name = "NAME=VALUE")]
    set: Vec<String>,
}

impl ServeArgs {
    /// What the command line says, by setting name; or what is wrong with `--set`.
    pub(crate) fn flags(&self) -> Result<BTreeMap<&'static str, String>, Vec<String>> {
        let mut flags = BTreeMap::new();
        let lists = [
            ("listen", &self.listen),
            ("cors-origins", &self.cors_origins),
            ("allowed-hosts", &self.allowed_hosts),
            ("trusted-proxies", &self.trusted_proxies),
        ];
        for (name, values) in lists {
            if !values.is_empty() {
                flags.insert(name, values.join(","));
            }
        }
        let switches = [
            ("dialects", self.dialects),
            ("demo-house", self.demo_house),
            ("idempotency-key-required", self.idempotency_key_required),
        ];
        for (name, _) in switches.into_iter().filter(|(_, on)| *on) {
            flags.insert(name, "true".to_owned());
        }
        let values = [
            ("data", &self.data),
            ("house", &self.house),
            ("tls-cert", &self.tls_cert),
            ("tls-key", &self.tls_key),
            ("mark", &self.mark),
            ("threads", &self.threads),
            ("connections-max", &self.connections_max),
            ("snapshot-every-entries", &self.snapshot_every_entries),
            ("free-space-min", &self.free_space_min),
            ("log", &self.log),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                flags.insert(name, value.clone());
            }
        }
        let mut problems = Vec::new();
        for pair in &self.set {
            let known = pair.split_once('=').and_then(|(name, value)| {
                let known = crate::settings::SETTINGS.iter().find(|s| s.name == name)?;
                Some((known.name, value.to_owned()))
            });
            match known {
                Some((name, value)) => {
                    flags.insert(name, value);
                }
                None => problems.push(format!(
                    "--set {pair}: takes NAME=VALUE with a name from `boxoffice config show`"
                )),
            }
        }
        if problems.is_empty() {
            Ok(flags)
        } else {
            Err(problems)
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Exit after the crowds: 0 only if all is right
    #[arg(long)]
    pub(crate) once: bool,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// Keep the house here; a temporary directory if not given
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Write the results as JSON to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Re-read everything: chain, records, re-execution, invariants
    Verify {
        /// Data directory or backup
        path: PathBuf,
    },
    /// Print every public event as a line of JSON (CloudEvents)
    Export {
        /// Data directory or backup
        path: PathBuf,
        /// First position to print
        #[arg(long, default_value_t = 1)]
        from: u64,
    },
    /// Print figures about the journal
    Stat {
        /// Data directory or backup
        path: PathBuf,
    },
    /// Cut a damaged journal behind an entry: the only way on after a loss
    AcceptLoss {
        /// Data directory
        path: PathBuf,
        /// The last entry to keep
        #[arg(long, value_name = "POSITION")]
        at: u64,
        /// Give up intact entries too
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// Data directory of the house
    #[arg(long, value_name = "DIR", default_value = "boxoffice-data")]
    pub(crate) data: PathBuf,
    /// Empty or absent directory to copy to
    pub(crate) target: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// Directory that a backup was made in
    pub(crate) from: PathBuf,
    /// Empty or absent data directory to restore to
    #[arg(long, value_name = "DIR", default_value = "boxoffice-data")]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SeatCommand {
    /// Free a seat, whoever holds or booked it; a paid order is refunded first, not here
    Release {
        /// The show's id
        show: String,
        /// The seat's id
        seat: String,
        /// The running server
        #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
        server: String,
        /// An admin key, where the server needs keys [env: BOXOFFICE_KEY]
        #[arg(long, value_name = "SECRET")]
        key: Option<String>,
    },
}

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleArg {
    /// Set up the house
    Admin,
    /// Sell
    Seller,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key and print its secret, this once
    Create {
        /// What the key is for, for people
        name: String,
        /// What it allows
        #[arg(long, value_enum)]
        role: RoleArg,
        /// Data directory of the house
        #[arg(long, value_name = "DIR", default_value = "boxoffice-data")]
        data: PathBuf,
    },
    /// List all keys, without their secrets
    List {
        /// Data directory of the house
        #[arg(long, value_name = "DIR", default_value = "boxoffice-data")]
        data: PathBuf,
    },
    /// Make a key stop working
    Revoke {
        /// Its number, from `boxoffice key list`
        number: u32,
        /// Data directory of the house
        #[arg(long, value_name = "DIR", default_value = "boxoffice-data")]
        data: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value and where the value is from
    Show(Box<ServeArgs>),
}
