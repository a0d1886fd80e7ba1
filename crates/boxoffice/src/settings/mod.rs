//! Settings of the server: flag before environment before file before default.
//!
//! Invariants: all problems are found before anything starts, and told together; `config show`
//! prints exactly what a server started the same way would use, and where each value is from.
//! Never: reads the environment itself (main hands it over), changes anything.

mod table;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

pub(crate) use table::SETTINGS;
use value::{Problems, Values};

/// Where a value is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Flag,
    Environment(String),
    File(PathBuf),
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// When the tail mark is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Background,
    Strict,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Everything that a server can be told.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) data: PathBuf,
    pub(crate) dialects: bool,
    pub(crate) demo_house: bool,
    pub(crate) house: Option<PathBuf>,
    pub(crate) mark: Mark,
    pub(crate) free_bytes_min: u64,
    pub(crate) snapshot_every_entries: u64,
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) cors_origins: Vec<String>,
    pub(crate) trusted_proxies: Vec<IpAddr>,
    pub(crate) idempotency_key_required: bool,
    pub(crate) key_effect_ms: u64,
    pub(crate) key_refusal_ms: u64,
    pub(crate) keys_per_principal_max: u64,
    pub(crate) keys_per_house_max: u64,
    pub(crate) order_ttl_ms: u64,
    pub(crate) threads: u64,
    pub(crate) connections_max: u64,
    pub(crate) header_timeout_ms: u64,
    pub(crate) body_timeout_ms: u64,
    pub(crate) body_memory_bytes_max: u64,
    pub(crate) idle_timeout_ms: u64,
    pub(crate) drain_timeout_ms: u64,
    pub(crate) log: LogFormat,
    pub(crate) log_filter: String,
}

/// What was wrong with the settings, all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub(crate) struct SettingsError(pub(crate) Vec<String>);

/// A resolved value for `config show`.
pub(crate) type Shown = BTreeMap<&'static str, (String, Source)>;

/// Variables that are no settings: the settings file, and the key of commands that ask a server.
const VARIABLES_OF_COMMANDS: [&str; 2] = ["BOXOFFICE_CONFIG", "BOXOFFICE_KEY"];

/// What the largest show needs while its description arrives.
const BODY_MEMORY_BYTES_MIN: u64 = 3 * boxoffice_server::v1::SHOW_BODY_BYTES_MAX as u64 / 2;

/// Resolves all settings. `flags` holds what the command line said by setting name; `environment`
/// every variable of the process.
pub(crate) fn resolve(
    flags: &BTreeMap<&'static str, String>,
    environment: &BTreeMap<String, String>,
    file: Option<&Path>,
) -> Result<(Settings, Shown), SettingsError> {
    let mut problems = Problems::default();
    let file_values = file.map_or_else(BTreeMap::new, |path| table::read_file(path, &mut problems));
    let mut shown = Shown::new();
    for setting in SETTINGS {
        let variable = setting.variable();
        let from_file = || {
            let value = file_values.get(setting.name)?.clone();
            Some((value, Source::File(file?.to_path_buf())))
        };
        let from_environment = || {
            let value = environment.get(&variable)?.clone();
            Some((value, Source::Environment(variable.clone())))
        };
        let from_flag = || Some((flags.get(setting.name)?.clone(), Source::Flag));
        let resolved = from_flag()
            .or_else(from_environment)
            .or_else(from_file)
            .unwrap_or_else(|| (setting.default.to_owned(), Source::Default));
        shown.insert(setting.name, resolved);
    }
    for name in environment
        .keys()
        .filter(|name| name.starts_with("BOXOFFICE_"))
    {
        let is_setting = SETTINGS.iter().any(|setting| setting.variable() == *name);
        if !is_setting && !VARIABLES_OF_COMMANDS.contains(&name.as_str()) {
            problems.add(format!("environment {name}: there is no such setting"));
        }
    }
    let settings = read(&mut Values::new(&shown, &mut problems));
    match settings {
        Some(settings) if problems.is_empty() => Ok((settings, shown)),
        _ => Err(SettingsError(problems.into_lines())),
    }
}

/// Reads every value, so that all problems are found.
fn read(values: &mut Values<'_>) -> Option<Settings> {
    let listen = values.list("listen");
    let data = values.path("data");
    let tls_cert = values.optional_path("tls-cert");
    let tls_key = values.optional_path("tls-key");
    let tls = match (tls_cert, tls_key) {
        (Some(cert), Some(key)) => Some((cert, key)),
        (None, None) => None,
        _ => {
            values.problem("tls-cert and tls-key: give both or none".to_owned());
            None
        }
    };
    let mark = values.choice(
        "mark",
        &[("background", Mark::Background), ("strict", Mark::Strict)],
    );
    let log = values.choice(
        "log",
        &[("text", LogFormat::Text), ("json", LogFormat::Json)],
    );
    let settings = Settings {
        listen,
        data,
        dialects: values.switch("dialects"),
        demo_house: values.switch("demo-house"),
        house: values.optional_path("house"),
        mark: mark.unwrap_or(Mark::Background),
        free_bytes_min: values.bytes("free-space-min"),
        snapshot_every_entries: values.number("snapshot-every-entries", 1..=u64::MAX),
        tls,
        allowed_hosts: values.list("allowed-hosts"),
        cors_origins: values.list("cors-origins"),
        trusted_proxies: values.list("trusted-proxies"),
        idempotency_key_required: values.switch("idempotency-key-required"),
        key_effect_ms: values.duration_ms("key-retention"),
        key_refusal_ms: values.duration_ms("key-retention-refused"),
        keys_per_principal_max: values.number("keys-per-principal-max", 1..=100_000_000),
        keys_per_house_max: values.number("keys-per-house-max", 1..=100_000_000),
        order_ttl_ms: values.duration_ms("order-ttl"),
        threads: values.number("threads", 0..=1_024),
        connections_max: values.number("connections-max", 1..=1_000_000),
        header_timeout_ms: values.duration_ms("header-timeout"),
        body_timeout_ms: values.duration_ms("body-timeout"),
        body_memory_bytes_max: values.bytes("body-memory-max"),
        idle_timeout_ms: values.duration_ms("idle-timeout"),
        drain_timeout_ms: values.duration_ms("drain-timeout"),
        log: log.unwrap_or(LogFormat::Text),
        log_filter: values.text("log-filter"),
    };
    if settings.body_memory_bytes_max < BODY_MEMORY_BYTES_MIN {
        values.problem("body-memory-max: takes at least 96MiB, for one large show".to_owned());
    }
    if values.text("listen").is_empty() {
        values.problem("listen: give at least one address".to_owned());
    }
    Some(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_default() {
        let flags = BTreeMap::from([("threads", "3".to_owned())]);
        let env = environment(&[("BOXOFFICE_THREADS", "4"), ("BOXOFFICE_MARK", "strict")]);
        let (settings, shown) = resolve(&flags, &env, None).unwrap();
        assert_eq!(settings.threads, 3);
        assert_eq!(settings.mark, Mark::Strict);
        assert_eq!(shown["threads"].1, Source::Flag);
        assert_eq!(
            shown["listen"],
            ("127.0.0.1:8080".to_owned(), Source::Default)
        );
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let env = environment(&[
            ("BOXOFFICE_THREADS", "many"),
            ("BOXOFFICE_LISTEN", "here"),
            ("BOXOFFICE_KEY_RETENTION", "5 parsecs"),
            ("BOXOFFICE_TLS_CERT", "a.pem"),
            ("BOXOFFICE_TYPO", "1"),
            ("BOXOFFICE_BODY_MEMORY_MAX", "95MiB"),
        ]);
        let error = resolve(&BTreeMap::new(), &env, None).unwrap_err();
        assert_eq!(error.0.len(), 6, "{error}");
    }

    #[test]
    fn the_memory_of_large_bodies_has_room_for_the_largest_show() {
        let env = environment(&[("BOXOFFICE_BODY_MEMORY_MAX", "96MiB")]);
        let (settings, shown) = resolve(&BTreeMap::new(), &env, None).unwrap();
        assert_eq!(settings.body_memory_bytes_max, 96 << 20);
        assert_eq!(shown["body-memory-max"].0, "96MiB");
        let standard = resolve(&BTreeMap::new(), &BTreeMap::new(), None).unwrap();
        let options = boxoffice_server::http::HttpOptions::new(Vec::new());
        let default_bytes = usize::try_from(standard.0.body_memory_bytes_max).unwrap();
        assert_eq!(default_bytes, options.body_memory_bytes_max);
    }
}
