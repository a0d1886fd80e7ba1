//! `boxoffice key create|list|revoke`, also while the server runs: it notices within a second.

use std::io::Write;
use std::path::Path;

use boxoffice_server::auth::{KeyStore, Role};
use jiff::Timestamp;

use super::require_house;
use crate::exit::Exit;

pub(crate) fn create(
    out: &mut dyn Write,
    notes: &mut dyn Write,
    data: &Path,
    name: &str,
    role: Role,
    now: Timestamp,
) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(data)?;
    let made = KeyStore::new(data).create(name, role, now)?;
    writeln!(
        notes,
        "key {} ({}) was made; this is the only time that its secret is shown:",
        made.key.number, made.key.name
    )?;
    writeln!(out, "{}", made.secret)?;
    Ok(Exit::Success)
}

pub(crate) fn list(out: &mut dyn Write, data: &Path) -> anyhow::Result<Exit> {
    let keys = KeyStore::new(data).list()?;
    if keys.is_empty() && !data.join("keys.lock").exists() {
        // Nobody made a key here, which is well in a house and a slip anywhere else.
        require_house(data)?;
    }
    writeln!(
        out,
        "{:>6}  {:<7}  {:<24}  {:<24}  revoked",
        "number", "role", "name", "created"
    )?;
    for key in keys {
        let role = match key.role {
            Role::Admin => "admin",
            Role::Seller => "seller",
        };
        let revoked = key.revoked_at.map_or_else(String::new, |at| at.to_string());
        let (number, name, created) = (key.number, &key.name, key.created_at.to_string());
        writeln!(
            out,
            "{number:>6}  {role:<7}  {name:<24}  {created:<24}  {revoked}"
        )?;
    }
    Ok(Exit::Success)
}

pub(crate) fn revoke(
    notes: &mut dyn Write,
    data: &Path,
    number: u32,
    now: Timestamp,
) -> anyhow::Result<Exit> {
    if !data.join("keys.json").exists() && !data.join("keys.lock").exists() {
        require_house(data)?;
    }
    let key = KeyStore::new(data).revoke(number, now)?;
    writeln!(
        notes,
        "key {} ({}) is revoked; a running server refuses it within a second",
        key.number, key.name
    )?;
    Ok(Exit::Success)
}
