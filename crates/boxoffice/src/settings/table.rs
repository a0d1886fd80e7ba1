//! The list of settings: name, default, and what each means.

use std::collections::BTreeMap;
use std::path::Path;

use super::value::Problems;

/// One setting; its flag is `--name`, its variable `BOXOFFICE_NAME`, its key in a file `name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) help: &'static str,
}

impl Setting {
    /// The environment variable of this setting.
    pub(crate) fn variable(&self) -> String {
        format!(
            "BOXOFFICE_{}",
            self.name.to_ascii_uppercase().replace('-', "_")
        )
    }
}

const fn setting(name: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting {
        name,
        default,
        help,
    }
}

/// Every setting, in the order in which help and `config show` print them.
pub(crate) const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        "127.0.0.1:8080",
        "Address to listen on; may be given several times",
    ),
    setting("data", "boxoffice-data", "Directory of the house's journal"),
    setting(
        "dialects",
        "false",
        "Serve the five dialects beside the native API",
    ),
    setting(
        "demo-house",
        "false",
        "Load the demo house where it is missing",
    ),
    setting(
        "house",
        "",
        "JSON or CSV file with shows, products and accounts to load",
    ),
    setting(
        "mark",
        "background",
        "When the tail mark is synced: background or strict",
    ),
    setting(
        "free-space-min",
        "256MiB",
        "Below this much free space writes are refused",
    ),
    setting(
        "snapshot-every-entries",
        "100000",
        "Journal entries between two snapshots",
    ),
    setting("tls-cert", "", "PEM file with the certificate chain"),
    setting("tls-key", "", "PEM file with the private key"),
    setting(
        "allowed-hosts",
        "",
        "Further Host names that an open house answers for",
    ),
    setting(
        "cors-origins",
        "",
        "Origins of web pages that may call the API",
    ),
    setting(
        "trusted-proxies",
        "",
        "Peers whose X-Forwarded headers are believed",
    ),
    setting(
        "idempotency-key-required",
        "false",
        "Refuse changes without an Idempotency-Key",
    ),
    setting(
        "key-retention",
        "24h",
        "How long an effect keeps its idempotency key",
    ),
    setting(
        "key-retention-refused",
        "10m",
        "How long a refusal keeps its idempotency key",
    ),
    setting(
        "keys-per-principal-max",
        "2000000",
        "Idempotency keys that one API key may have",
    ),
    setting(
        "keys-per-house-max",
        "4000000",
        "Idempotency keys that the house may have",
    ),
    setting("order-ttl", "15m", "Time to pay an order without seats"),
    setting(
        "threads",
        "0",
        "Threads that serve connections; 0 takes one for each core",
    ),
    setting(
        "connections-max",
        "20000",
        "Open connections; the longest idle one makes room",
    ),
    setting("header-timeout", "10s", "Time for the head of a request"),
    setting("body-timeout", "30s", "Time for the body of a request"),
    setting(
        "body-memory-max",
        "256MiB",
        "Memory for all bodies above 64 KiB together; without room the answer is 503",
    ),
    setting(
        "idle-timeout",
        "5m",
        "Time that a connection may stay open without a request",
    ),
    setting(
        "drain-timeout",
        "10s",
        "Time for requests under way when the server stops",
    ),
    setting("log", "text", "Log format: text or json"),
    setting(
        "log-filter",
        "info",
        "Log filter, for instance info,boxoffice_server=debug",
    ),
];

/// Reads a settings file: TOML with the setting names as keys.
pub(super) fn read_file(path: &Path, problems: &mut Problems) -> BTreeMap<String, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            problems.add(format!("file {}: cannot be read: {error}", path.display()));
            return BTreeMap::new();
        }
    };
    let table = match text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            problems.add(format!("file {}: not TOML: {error}", path.display()));
            return BTreeMap::new();
        }
    };
    let mut values = BTreeMap::new();
    for (name, value) in table {
        if !SETTINGS.iter().any(|setting| setting.name == name) {
            problems.add(format!(
                "file {}: there is no setting {name:?}",
                path.display()
            ));
            continue;
        }
        match as_text(&value) {
            Some(text) => {
                values.insert(name, text);
            }
            None => problems.add(format!(
                "file {}: {name} must be a text, a number, a truth value or a list of texts",
                path.display()
            )),
        }
    }
    values
}

fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
